"""Versions of a contract: what stood in it, the very words that are signed, and a hash of them."""

from __future__ import annotations

import hashlib
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.current import tenant_id
from app.engine.fields import fields_of, key
from app.engine.present import label
from app.engine.record import Record
from app.engine.tenant import Tenant
from app.models import contract as contracts
from app.models.contract import WORDED, Contract, ContractFee, fees_of
from app.models.contract_template import FEES, PAYERS
from app.models.organisation import Store

HIDDEN = ("worker_pay",)  # agreed with the carer: it does not stand in the words that the customer reads


class ContractVersion(Record):
    """One version. The text is written once, in the company's language, so that its hash means something."""

    __platform__ = True
    __audited__ = False  # the trail of the contract tells of the change
    __unique__ = (("contract_id", "number"),)
    contract_id: Mapped[int] = key("contract")
    number: Mapped[int] = mapped_column()
    cells: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text, default="")
    approved: Mapped[list[Any]] = mapped_column(JSONB, default=list)  # [role, staff, moment] of each who passed it


def versions_of(session: Session, contract: Contract) -> list[ContractVersion]:
    """The newest first."""
    mine = select(ContractVersion).where(ContractVersion.contract_id == contract.id)
    return list(session.scalars(mine.order_by(ContractVersion.number.desc())))


def latest(session: Session, contract: Contract) -> ContractVersion | None:
    mine = select(ContractVersion).where(ContractVersion.contract_id == contract.id)
    return session.scalars(mine.order_by(ContractVersion.number.desc()).limit(1)).first()


def keep_version(session: Session, contract: Contract, why: str = "") -> ContractVersion:
    """The version of what stands now: a new one only where something differs from the last. Not yet flushed."""
    with session.no_autoflush:
        last = latest(session, contract)
        held, text = cells(session, contract), words(session, contract)
        found = hashlib.sha256(text.encode()).hexdigest()
        if last is not None and last.digest == found and last.cells == held:
            return last
        made = ContractVersion(
            contract_id=contract.id, number=(last.number if last else 0) + 1, cells=held, words=text, digest=found, why=why, approved=[],
            store_id=contract.store_id,
        )  # fmt: skip
        session.add(made)
        return made


contracts.versions[:] = [keep_version]


def cells(session: Session, contract: Contract) -> dict[str, Any]:
    """What is agreed, field by field, and fee by fee."""
    with force_locale(language(session)):  # one language for all: what is called otherwise by another reader is no change
        found: dict[str, Any] = {name: plain(getattr(contract, name)) for name in WORDED}
    fees = [
        {"kind": f.kind, "payer": f.payer, "amount": f"{f.amount:.2f}", "due_on": str(f.due_on), "refund": f.refund}
        for f in fees_of(session, contract)
    ]
    return found | {"fees": fees}


def language(session: Session) -> str:
    """The company's: contracts are written in it, whoever has them written."""
    return session.scalar(select(Tenant.language).where(Tenant.id == tenant_id())) or "zh"


def plain(value: Any) -> str:
    """A value as text that compares: 12 is 12.00."""
    if isinstance(value, Record):
        return label(value)
    if hasattr(value, "as_tuple"):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def words(session: Session, contract: Contract) -> str:
    """The contract as it is read and signed: a heading, a line for each thing agreed, then the clauses."""
    company = session.scalar(select(Tenant.name).where(Tenant.id == tenant_id())) or ""
    store = session.get(Store, contract.store_id) if contract.store_id else None
    with force_locale(language(session)):
        fields = fields_of(Contract)
        kinds = dict(fields["kind"].choices or {})
        lines = [
            f"{kinds.get(contract.kind, contract.kind)} {contract.number}",
            f"{_('Customer')}: {contract.customer.name}",
            f"{_('Company')}: {company} {store or ''}".strip(),
        ]
        lines += [f"{_('Carer')}: {contract.worker.name}"] if contract.worker else []
        for name in ("service", "starts_on", "ends_on", "monthly", "total", "hours", "hour_price"):
            value = getattr(contract, name)
            if value is not None:
                lines.append(f"{fields[name].label}: {plain(value)}")
        lines += [line(f) for f in fees_of(session, contract) if f.payer != "company"]
        cut, fee = plain(contract.refund_cut), plain(contract.refund_fee)
        counted = dict(fields["counted"].choices or {}).get(contract.counted, "")
        lines.append(str(_("Early end: refund %(counted)s, less %(cut)s%% and ¥%(fee)s", counted=counted, cut=cut, fee=fee)))
        for name in ("matters", "terms", "special"):
            if text := (getattr(contract, name) or "").strip():
                lines += ["", str(fields[name].label), *text.splitlines()]
    return "\n".join(str(part) for part in lines)


def line(fee: ContractFee) -> str:
    kind, payer = FEES.get(fee.kind, fee.kind), PAYERS.get(fee.payer, fee.payer)
    amount = f"{fee.amount:.2f}"
    return str(_("%(kind)s: ¥%(amount)s, paid by the %(payer)s, due %(day)s", kind=kind, amount=amount, payer=payer, day=fee.due_on))
