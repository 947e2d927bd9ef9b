"""The money of a contract: its fees become receivables when it is signed, and a part goes back when it ends early."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.clock import today
from app.engine.record import hold
from app.engine.values import cents
from app.models.contract import Contract, after, fees_of
from app.models.contract_template import FEES
from app.models.payment import Receipt, Receivable

NOTHING, HUNDRED = Decimal(0), Decimal(100)


def post_fees(session: Session, contract: Contract) -> list[Receivable]:
    """Each fee that a customer or carer pays is owed, once: the contract is held, and the database knows each fee once.

    The company's own are no receivables. The caller is trusted, and commits.
    """
    hold(session, contract)
    there = set(session.scalars(select(Receivable.fee_id).where(Receivable.contract_id == contract.id)))
    made = [
        Receivable(fee=fee, customer_id=None, due_on=fee.due_on)
        for fee in fees_of(session, contract)
        if fee.payer != "company" and fee.amount > 0 and fee.id not in there
    ]
    for one in made:  # each by itself: the numbers go up in the order of the fees
        session.add(one)
        session.flush()
    return made


@dataclass
class Line:
    """One fee: what was paid, how much of it was served, what goes back."""

    label: Any
    paid: Decimal
    why: Any
    back: Decimal


@dataclass
class Refund:
    """What is given back when a contract ends on a day."""

    on: date
    served: int = 0
    whole: int = 1
    unit: str = "days"
    lines: list[Line] = field(default_factory=list)
    cut: Decimal = NOTHING
    fee: Decimal = NOTHING

    @property
    def sum(self) -> Decimal:
        return sum((one.back for one in self.lines), NOTHING)

    @property
    def total(self) -> Decimal:
        return max(NOTHING, self.sum - self.cut - self.fee)


def refund(session: Session, contract: Contract, on: date | None = None) -> Refund:
    """By the contract's own formula: of each paid fee its part, less the deduction. The caller is trusted.

    The day of the end counts as served. A contract without an end counts as a year.
    """
    on = on or today()
    last = contract.ends_on or after(contract.starts_on, 12)
    served, whole = (counted(contract, day) for day in (min(on, last), last))
    made = Refund(on, served, whole, contract.counted)
    taken = paid(session, contract)
    for fee in fees_of(session, contract):
        got, part = taken.get(fee.id, NOTHING), fee.refund or "none"
        if fee.payer != "customer":
            continue
        left = Decimal(whole - served) / Decimal(whole)
        back = {"full": got, "unserved": cents(got * left)}.get(part, NOTHING)
        made.lines.append(Line(FEES.get(fee.kind, fee.kind), got, REASONS[part], back))
    unserved = sum((one.back for one in made.lines if one.why is REASONS["unserved"]), NOTHING)
    made.cut = cents(unserved * contract.refund_cut / HUNDRED)
    made.fee = min(contract.refund_fee, made.sum - made.cut)
    return made


REASONS = {"unserved": _("what was not served"), "full": _("all of it"), "none": _("is not given back")}


def counted(contract: Contract, day: date) -> int:
    """How many days, or months begun, of the contract are over at the end of a day."""
    if day < contract.starts_on:
        return 0
    if contract.counted == "days":
        return (day - contract.starts_on).days + 1
    months = 1
    while after(contract.starts_on, months) < day:
        months += 1
    return months


def paid(session: Session, contract: Contract) -> dict[int, Decimal]:
    """What came in for each fee."""
    query = (
        select(Receivable.fee_id, func.sum(Receipt.amount))
        .join(Receipt, Receipt.receivable_id == Receivable.id)
        .where(Receivable.contract_id == contract.id)
        .group_by(Receivable.fee_id)
    )
    return {fee: Decimal(amount) for fee, amount in session.execute(query) if fee is not None}

