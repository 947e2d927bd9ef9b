"""Signatures of a contract: who has to sign, who has, on paper or by link."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.models.contract import Contract
from app.models.contract_version import ContractVersion, latest
from app.models.signing import ContractSignature

PAPER = _("The scan of the signed paper is among the files.")


def parties(contract: Contract) -> list[str]:
    """Who has to sign: the customer, and in a three-party contract the carer."""
    return ["customer", *(["worker"] if contract.kind == "three_party" and contract.worker_id is not None else [])]


def signatures(session: Session, contract: Contract) -> list[ContractSignature]:
    """The newest first, those that were withdrawn too."""
    mine = select(ContractSignature).where(ContractSignature.contract_id == contract.id)
    return list(session.scalars(mine.order_by(ContractSignature.id.desc())))


def signed_parties(session: Session, contract: Contract, version: ContractVersion) -> set[str]:
    return {s.party for s in signatures(session, contract) if s.standing == "signed" and s.number == version.number}


def all_signed(session: Session, contract: Contract) -> bool:
    """Whether every party has signed the version that stands now."""
    version = latest(session, contract)
    return version is not None and set(parties(contract)) <= signed_parties(session, contract, version)


def withdraw_links(session: Session, contract: Contract) -> None:
    """Links that were sent and not used open no more."""
    for one in signatures(session, contract):
        if one.standing == "waiting":
            one.standing = "revoked"


def sign_on_paper(session: Session, contract: Contract) -> None:
    """Whoever has not signed by link has signed the paper. The caller is trusted."""
    version = latest(session, contract)
    if version is None:
        return
    withdraw_links(session, contract)
    there = signed_parties(session, contract, version)
    names = {"customer": contract.customer, "worker": contract.worker}
    for party in parties(contract):
        if party not in there:
            session.add(
                ContractSignature(
                    contract_id=contract.id,
                    contract=contract,
                    party=party,
                    number=version.number,
                    way="paper",
                    standing="signed",
                    name=str(names[party]),
                    signed_at=now(),
                    digest=version.digest,
                    said=str(PAPER),
                )
            )
    session.flush()
