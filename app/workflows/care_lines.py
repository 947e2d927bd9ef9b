"""The lines of a long order: which days it has, who may change them, how they are read, written and kept for undoing.

Whoever changes them holds the order first, so of fifty people at once each finds what the one before left. The arithmetic is
``models/care_sums``; what is written here is explained by a change, and price, visits and pay follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import local
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.record import hold
from app.engine.rules import Level
from app.engine.values import cents
from app.models import care_sums
from app.models.care_day import WORK, CareChange, CareDay
from app.models.care_sums import NONE, Line
from app.models.dispatch import FREE, Visit
from app.models.order import Order, end_of
from app.models.slip import PayLine

LONG = ("day", "term")  # units whose orders have care days

FULL, DAY = Decimal(24), timedelta(days=1)

MOST = 400  # days of one order

LIVE = ("assigned", "under_way")


def is_long(order: Order) -> bool:
    """Whether an order is one of days: not what is rented by the day, whose job is done in an hour."""
    return order.service.unit in LONG and not order.service.work


def days_of(order: Order) -> list[datetime]:
    """When each care day of an order begins. A day lasts from the hour of the start to the same hour of the next one."""
    span = max((end_of(order) - order.starts_at).total_seconds(), 1)
    many = min(max(-int(-span // 86400), 1), MOST)
    return [order.starts_at + DAY * n for n in range(many)]


def full_hours(order: Order) -> Decimal:
    """Working hours of a full day."""
    hours = Decimal(order.service.minutes or 0) / 60 if order.service.unit == "day" else FULL
    return hours if 0 < hours < FULL else FULL


def place_of(order: Order, at: datetime) -> tuple[date, Decimal]:
    """The care day a moment lies in, and its hour there, to the half."""
    n = max(int((at - order.starts_at) // DAY), 0)
    begins = order.starts_at + DAY * n
    hour = care_sums.half_hours(max((at - begins).total_seconds(), 0) / 3600, full_hours(order))
    return local(begins).date(), hour


def may_plan(order: Order) -> bool:
    """Whoever sends carers pauses days, replaces carers and adds some."""
    return policy.may(Order, "can:assign", order) and policy.opens(CareDay)


def may_price(order: Order) -> bool:
    """Whoever may agree on an order's price may ask for another one of its days."""
    return policy.level(order, "agreed") >= Level.WRITE and policy.ceiling(CareDay, "price") >= Level.READ


@contextmanager
def held(session: Session, order: Order, *, may: Callable[[Order], bool]) -> Any:
    """The order locked, with its rights asked first. Raises ``Forbidden``, or ``NotInThisState`` without a carer."""
    if not may(order):
        raise Forbidden
    with trusted(WORK):
        hold(session, order)
        if order.state not in LIVE or not lines_of(session, order):
            raise NotInThisState(_("This order has no care days now."))
        yield


def lines_of(session: Session, order: Order) -> list[CareDay]:
    """All lines of an order as they are now, corrections included."""
    asked: Any = select(CareDay).where(CareDay.order_id == order.id).order_by(CareDay.on_day, CareDay.from_hour, CareDay.id)
    return list(session.scalars(asked.execution_options(populate_existing=True)))


def read(session: Session, order: Order) -> list[Line]:
    """The lines for the arithmetic, without corrections. Those of a visit on a pay line are closed."""
    rows = [r for r in lines_of(session, order) if r.corrects_id is None]
    visits = {r.visit_id for r in rows if r.visit_id}
    paid = set(session.scalars(select(PayLine.visit_id).where(PayLine.visit_id.in_(visits)))) if visits else set()
    return [r.line(paid=r.visit_id in paid) for r in rows]


def write(session: Session, order: Order, lines: Iterable[Line], change: CareChange) -> None:
    """Make the lines what they are to be; what is the same stays untouched. Then price, visits and all follow."""
    rows = {(r.worker_id, r.on_day): r for r in lines_of(session, order) if r.corrects_id is None}
    wanted = {(x.worker, x.day): x for x in lines}
    for slot in rows.keys() - wanted.keys():
        session.delete(rows[slot])
    for slot, x in wanted.items():
        row = rows.get(slot)
        if row is not None and replace(row.line(), closed=x.closed) == x:
            continue
        if row is None:
            row = CareDay(order_id=order.id, worker_id=x.worker, on_day=x.day)
            session.add(row)
        row.from_hour, row.to_hour, row.full_hours, row.price, row.rate = x.start, x.end, x.full, x.price, x.rate
        row.kind = "paused" if x.paused else "planned" if row.kind in (None, "paused") else row.kind
        row.reason, row.visit_id, row.change_id = x.reason or None, x.visit, change.id
    session.flush()
    follow_price(session, order)
    follow_pay(session, order)


def follow_price(session: Session, order: Order) -> None:
    """The order's amount is the sum of its lines: the difference to quantity times price comes on top."""
    if order.unit_price is not None:
        total = sum((r.bill or NONE for r in lines_of(session, order)), NONE)
        order.extras = total - cents(order.quantity * order.unit_price)
        session.flush()


def follow_pay(session: Session, order: Order) -> None:
    """The planned pay of each visit is the sum of its lines."""
    pay: dict[int, Decimal] = {}
    for row in lines_of(session, order):
        if row.visit_id is not None:
            pay[row.visit_id] = pay.get(row.visit_id, NONE) + (row.pay or NONE)
    for visit in session.scalars(select(Visit).where(Visit.order_id == order.id, Visit.state.not_in(FREE))):
        if visit.id in pay and visit.pay != pay[visit.id]:
            visit.pay = pay[visit.id]
    session.flush()


def note(session: Session, order: Order, deed: str, at: datetime, **more: Any) -> CareChange:
    """Add to the change log, with the lines as they were."""
    before = {"lines": [kept(x) for x in read(session, order) if not x.closed], **more.pop("before", {})}
    change = CareChange(order_id=order.id, deed=deed, at=at, before=before, **more)
    session.add(change)
    session.flush()
    return change


def kept(line: Line) -> dict[str, Any]:
    return {
        "worker": line.worker, "day": line.day.isoformat(), "start": str(line.start), "end": str(line.end), "full": str(line.full),
        "price": str(line.price), "rate": str(line.rate), "paused": line.paused, "reason": line.reason, "visit": line.visit,
    }  # fmt: skip


def unkept(said: dict[str, Any]) -> Line:
    numbers: dict[str, Any] = {n: Decimal(said[n]) for n in ("start", "end", "full", "price", "rate")}
    rest: dict[str, Any] = {n: said[n] for n in ("worker", "paused", "reason", "visit")}
    return Line(day=date.fromisoformat(said["day"]), **numbers, **rest)


def listed_day(order: Order) -> Decimal | None:
    """The list price of one day of an order."""
    return None if order.listed is None else cents(order.listed / len(days_of(order)))


def span(first: date, last: date) -> set[date]:
    if last < first or (last - first).days > MOST:
        raise Refused(_("The end must come after the start."))
    return {first + DAY * n for n in range((last - first).days + 1)}


def begin_of(order: Order, day: date) -> datetime:
    """When the care day of a date begins."""
    return order.starts_at + DAY * (day - local(order.starts_at).date()).days
