"""Signatures of a contract: asked for by a link or given on paper, each for one version and one party."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Index, column
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import now
from app.engine.fields import Code, Moment, Name, Note, Signature, choice, field, key, link
from app.engine.record import Record
from app.models.contract import Contract

PARTIES = {"customer": _("Customer"), "worker": _("Carer")}
WAYS = {"link": _("By link"), "paper": _("On paper")}
STANDING = {"waiting": _("Waiting"), "signed": _("Signed"), "revoked": _("Withdrawn")}
TINTS = {"waiting": "wait", "signed": "done", "revoked": "off"}


class ContractSignature(Record):
    """One party's signature. What was signed is named by its version and by the hash of its very words."""

    __label__ = _("Signature")
    __plural__ = _("Signatures")
    __icon__ = "ti-signature"
    __called__ = ("name", "party")
    __search__ = ("name",)
    __table_args__ = (
        Index(
            "contract_signature_once", "tenant_id", "contract_id", "number", "party",
            unique=True, postgresql_where=column("signed_at").is_not(None),
        ),
    )  # fmt: skip

    contract_id: Mapped[int] = key("contract")
    contract: Mapped[Contract] = link(_("Contract"), readonly=True)
    party: Mapped[Code] = choice(_("Who signs"), PARTIES, "workflow", default="customer")
    number: Mapped[int] = field(_("Version"), "workflow", readonly=True)
    way: Mapped[Code] = choice(_("How"), WAYS, "workflow", default="link")
    standing: Mapped[Code] = choice(_("Signature"), STANDING, "workflow", tints=TINTS, default="waiting")
    expires_at: Mapped[Moment | None] = field(_("Link works until"), "workflow", readonly=True)
    name: Mapped[Name | None] = field(_("Signed by"), "workflow", personal=True)
    signed_at: Mapped[Moment | None] = field(_("Signed at"), "workflow", readonly=True)
    picture: Mapped[Signature | None] = field(_("Drawn"), "workflow", readonly=True)
    said: Mapped[Note | None] = field(_("Agreed to"), "workflow", readonly=True)
    digest: Mapped[Name | None] = field(_("Hash of the words"), "workflow", readonly=True)
    address: Mapped[Name | None] = field(_("Address, as a hash"), "workflow", personal=True)

    def __str__(self) -> str:
        return self.name or str(PARTIES.get(self.party, self.party))

    def before_create(self, session: Session) -> None:
        """A signature belongs to whom its contract belongs to."""
        with session.no_autoflush:
            contract = self.contract or session.get(Contract, self.contract_id or 0)
            if contract is not None:
                self.store_id, self.owner_id = contract.store_id, contract.owner_id

    @property
    def signer(self) -> Any:
        """The customer or the carer who signs."""
        return self.contract.customer if self.party == "customer" else self.contract.worker

    @property
    def open(self) -> bool:
        """Whether its link may still be signed."""
        return self.standing == "waiting" and self.expires_at is not None and self.expires_at > now()

    def facts(self) -> dict[str, str]:
        return {"number": self.contract.number, "name": self.name or str(self.signer or "")}
