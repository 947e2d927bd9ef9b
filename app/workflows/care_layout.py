"""The days of a long order are there once it has its carer, and go with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import local
from app.engine.current import trusted
from app.engine.outbox import Notice, reaction
from app.engine.record import hold
from app.models import care_sums
from app.models.care_day import WORK, CareChange, CareDay
from app.models.care_sums import NONE
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.workflows.care_lines import LIVE, days_of, full_hours, is_long, lines_of, listed_day, note, write
from app.workflows.dispatch import followers


def lay_out(session: Session, order: Order) -> int:
    """The days of a long order that has its carer; none twice. Their sum is the order's amount. The caller is trusted, and commits."""
    hold(session, order)
    if order.state not in LIVE or not is_long(order) or lines_of(session, order):
        return 0
    asked = select(Visit).where(Visit.order_id == order.id, Visit.state.not_in(FREE)).order_by(Visit.id.desc())
    visit = session.scalars(asked).first()
    if visit is None:
        return 0
    days = [local(d).date() for d in days_of(order)]
    more = {"worker_id": visit.worker_id, "visit_id": visit.id, "price": listed_day(order), "before": {"extras": str(order.extras)}}
    change = note(session, order, "start", order.starts_at, **more)
    prices = care_sums.spread(order.amount or NONE, len(days))
    rates = care_sums.spread(visit.pay or NONE, len(days))
    made = care_sums.lay(days, visit.worker_id, prices, rates, full_hours(order))
    write(session, order, [replace(x, visit=visit.id) for x in made], change)
    return len(made)


def settle(session: Session, order: Order) -> None:
    """Days for who is sent to a long order; none while nobody is. Nothing that is billed goes."""
    with trusted(WORK):
        if order.state in LIVE:
            lay_out(session, order)
        elif (rows := lines_of(session, order)) and not any(r.billed_id is not None for r in rows):
            take_away(session, order, rows)


def take_away(session: Session, order: Order, rows: list[CareDay]) -> None:
    """No days any more: the order's price is what it was before they were laid out."""
    for row in rows:
        session.delete(row)
    begun = select(CareChange).where(CareChange.order_id == order.id, CareChange.deed == "start").order_by(CareChange.id.desc())
    change = session.scalars(begun.limit(1)).first()
    if change is not None and "extras" in (change.before or {}):
        order.extras = Decimal(change.before["extras"])  # type: ignore[index]
    session.flush()


followers.append(settle)


@reaction("order.cancel")
@reaction("order.moved")
def lay_out_anew(session: Session, notice: Notice) -> None:
    """An order that was called off has no days; one that was moved has others. Neither has begun."""
    order = session.get(Order, notice.record_id)
    if order is None or not is_long(order):
        return
    with trusted(WORK):
        hold(session, order)
        rows = lines_of(session, order)
        if not rows or any(r.billed_id is not None for r in rows) or order.state == "under_way":
            return
        take_away(session, order, rows)
        lay_out(session, order)
