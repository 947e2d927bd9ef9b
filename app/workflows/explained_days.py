"""Where the numbers of long orders come from: each care day by its hours and price, the order and the pay by their days."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.explain import Explained, Part, explains
from app.models.care_day import KINDS, CareDay
from app.models.care_sums import NONE
from app.models.order import Order
from app.models.slip import PayLine
from app.workflows.care_explain import BILL, PAY, changes
from app.workflows.care_lines import lines_of


def how(line: CareDay, whole: Decimal) -> str:
    """A line in figures: its hours of a full day, at the price of one."""
    return f"{line.hours.normalize():f} ÷ {line.full_hours.normalize():f} h × ¥{whole:,.2f}"


def days(session: Session, rows: list[CareDay], name: str) -> list[Part]:
    """A part for each line; ``name`` is ``bill`` or ``pay``."""
    known, whole = changes(session, rows), "price" if name == "bill" else "rate"
    why = {r.id: (how(r, getattr(r, whole)), str(known.get(r.change_id or 0) or "")) for r in rows}
    told = f"on_day hours kind {name} {whole}"
    return [Part(KINDS.get(r.kind, r.kind), getattr(r, name) or NONE, r, " · ".join(p for p in why[r.id] if p), told) for r in rows]


def of_days(session: Session, order: Order, beside: tuple[Any, ...]) -> Explained | None:
    """The amount of an order that is priced day by day; None for another."""
    rows = lines_of(session, order)
    if not rows:
        return None
    parts = days(session, rows, "bill")
    return Explained(BILL, parts, sum((p.value for p in parts), NONE), "money", ("unit_price",), beside)


def of_paid_days(session: Session, line: PayLine, beside: tuple[Any, ...]) -> Explained | None:
    """A pay line of a visit that is paid day by day; None for another."""
    rows = list(session.scalars(select(CareDay).where(CareDay.visit_id == line.visit_id).order_by(CareDay.on_day, CareDay.id)))
    if not rows:
        return None
    return Explained(PAY, days(session, rows, "pay"), line.amount or NONE, "money", (), beside)


@explains("CareDay", "bill")
def of_bill(_session: Session, line: CareDay) -> Explained:
    """What the customer is billed for it."""
    return of_day(line, "bill")


@explains("CareDay", "pay")
def of_carers_pay(_session: Session, line: CareDay) -> Explained:
    """What its carer gets for it."""
    return of_day(line, "pay")


def of_day(line: CareDay, name: str) -> Explained:
    """One line, the difference that it corrects included."""
    whole, more = (line.price, line.bill_more) if name == "bill" else (line.rate, line.pay_more)
    total = getattr(line, name) or NONE
    why = str(_("Paused: nothing")) if line.kind == "paused" else how(line, whole)
    parts = [Part(_("Hours of the day"), total - more, None, why, "", f"hours kind {'price' if name == 'bill' else 'rate'}")]
    if more:
        parts.append(Part(_("Difference"), more, line.corrects, line.reason or "", "", "reason"))
    return Explained(BILL if name == "bill" else PAY, parts, total, "money", (), (line.order, line.visit, line.billed))
