"""Where the three sums of care days come from: the formula, the lines it adds up with the change behind each, and the total."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.current import trusted
from app.models.care_day import WORK, CareChange, CareDay
from app.models.care_sums import NONE
from app.models.order import Order
from app.workflows.care_lines import lines_of

Part = tuple[Any, Decimal, Any, Any]  # label, value, record, why
Found = tuple[Any, list[Part], Decimal]
BILL = _("The sum of what each care day is billed at: price × hours ÷ hours of a full day; nothing where it is paused")
PAY = _("The sum of each care day's pay: rate × hours ÷ hours of a full day; nothing where it is paused")
MARGIN = _("What is billed, less the carers' pay")


def explain_bill(session: Session, order: Order) -> Found:
    return BILL, *parts(session, order, "bill")


def explain_pay(session: Session, order: Order) -> Found:
    return PAY, *parts(session, order, "pay")


def explain_margin(session: Session, order: Order) -> Found:
    """Two parts, each explained by itself."""
    bill, pay = explain_bill(session, order)[2], explain_pay(session, order)[2]
    return MARGIN, [(_("Billed to the customer"), bill, order, BILL), (_("Carer's pay"), -pay, order, PAY)], bill - pay


def explain_day(session: Session, line: CareDay, name: str) -> Found:
    """One line: ``bill`` or ``pay``."""
    whole, more = (line.price, line.bill_more) if name == "bill" else (line.rate, line.pay_more)
    total = getattr(line, name) or NONE
    why = because(line, changes(session, [line]))
    found: list[Part] = [(_("Hours"), line.hours, line, why), (_("A full day"), whole, line, why)]
    return (BILL if name == "bill" else PAY), [*found, (_("Difference"), more, line, line.reason or "")] if more else found, total


def parts(session: Session, order: Order, name: str) -> tuple[list[Part], Decimal]:
    with trusted(WORK):
        rows = lines_of(session, order)
        known = changes(session, rows)
        found = [(f"{r.on_day} {r.worker}", getattr(r, name) or NONE, r, because(r, known)) for r in rows]
    return found, sum((x[1] for x in found), NONE)


def changes(session: Session, rows: list[CareDay]) -> dict[int, CareChange]:
    ids = {r.change_id for r in rows if r.change_id}
    with trusted(WORK):
        return {c.id: c for c in session.scalars(select(CareChange).where(CareChange.id.in_(ids)))} if ids else {}


def because(line: CareDay, known: dict[int, CareChange]) -> str:
    """The change that made a line what it is."""
    change = known.get(line.change_id or 0)
    return " · ".join(p for p in (str(change), change.reason or "") if p) if change is not None else ""
