"""Signing by link: asking for it, withdrawing it, and the signature itself, which counts once."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.engine.current import trusted
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.outbox import announce
from app.engine.policy import may
from app.engine.record import hold
from app.engine.signatures import keep, read
from app.models.contract import Contract
from app.models.contract_version import ContractVersion, latest
from app.models.signing import ContractSignature
from app.workflows.contract import ContractFlow, check_open
from app.workflows.signing import all_signed, parties, signatures

DAYS = 7  # for which a link opens
CONSENT = _("I have read the whole text above, I agree to it, and I sign it electronically.")
OVER = _("This link is used, withdrawn or too old. Ask the office for a new one.")


def ask_to_sign(session: Session, contract: Contract, party: str) -> ContractSignature:
    """A link for one party; an earlier one of that party opens no more. The caller commits.

    Raises:
        Forbidden: the actor may not have this contract signed.
        Refused: it does not wait for a signature, or not for this party's.

    """
    if not may(Contract, "step:sign", contract):
        raise Forbidden
    with trusted("ask to sign"):
        hold(session, contract)
        check_open(contract)
        version = version_now(session, contract)
        mine = [s for s in signatures(session, contract) if s.party == party and s.number == version.number]
        if party not in parties(contract) or any(s.standing == "signed" for s in mine):
            raise Refused(_("There is nothing to sign for this party."))
        for one in mine:
            one.standing = "revoked"
        made = ContractSignature(
            contract_id=contract.id, contract=contract, party=party, number=version.number, digest=version.digest,
            expires_at=now() + timedelta(days=DAYS),
        )  # fmt: skip
        session.add(made)
        session.flush()
        announce("contract.ask_to_sign", made)
    return made


def withdraw(session: Session, contract: Contract, pk: int) -> None:
    """A link that was sent opens no more; the caller commits."""
    if not may(Contract, "step:sign", contract):
        raise Forbidden
    with trusted("withdraw link"):
        for one in signatures(session, contract):
            if one.id == pk and one.standing == "waiting":
                one.standing = "revoked"
        session.flush()


def version_now(session: Session, contract: Contract) -> ContractVersion:
    found = latest(session, contract)
    if found is None:
        raise Missing(OVER)
    return found


def version_of(session: Session, signature: ContractSignature) -> ContractVersion:
    """What a signature signs. Raises ``Missing`` where that is not kept."""
    mine = ContractVersion.contract_id == signature.contract_id, ContractVersion.number == signature.number
    found = session.scalars(select(ContractVersion).where(*mine)).first()
    if found is None:
        raise Missing(OVER)
    return found


def sign_by_link(  # noqa: PLR0913
    session: Session, signature: ContractSignature, *, name: str, picture: str, digest: str, address: str
) -> bool:
    """Sign, if this link still may; False when it was signed already. The caller is trusted, and commits.

    The contract is held first: of two at once the second finds what the first one did. When the last party has signed,
    the contract is signed, with all that this brings.

    Raises:
        Refused: no name, no drawing, or words that are not those that were read.
        NotInThisState: the link is withdrawn or too old, or the contract has changed.
    """
    contract = signature.contract
    hold(session, contract)
    hold(session, signature)
    if signature.standing == "signed":
        return False
    if not signature.open or contract.state != "to_sign":
        raise NotInThisState(OVER)
    version = version_now(session, contract)
    if version.number != signature.number or digest != version.digest:
        raise NotInThisState(_("The contract has changed meanwhile. Read it again, then sign."))
    if not name.strip():
        raise Refused(_("Write your name."))
    if not picture:
        raise Refused(_("Draw your signature first."))
    signature.picture = keep(session, signature, "picture", read(signature, "picture", picture))
    signature.name, signature.signed_at, signature.standing = name.strip()[:80], now(), "signed"
    signature.digest, signature.address, signature.said = version.digest, address, str(CONSENT)
    session.flush()
    announce("contract.signed_by_link", signature)
    if all_signed(session, contract):
        ContractFlow(contract).take("sign")
    return True
