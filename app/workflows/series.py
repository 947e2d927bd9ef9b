"""Recurring bookings at work: visits are made some weeks ahead, moved one by one or from one on, called off, and reminded of."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.engine.clock import local, now, today
from app.engine.current import trusted
from app.engine.errors import NotInThisState, Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.record import hold
from app.models.order import MOVABLE, Order
from app.models.pricing_of import reprice
from app.models.series import AHEAD, OrderSeries, planned
from app.models.slot import follow
from app.workflows.dispatch import take_off
from app.workflows.order import OrderFlow, place_order

SCOPES = {
    "this": _("Only this visit"), "future": _("This one and all that follow"),
    "untouched": _("All that follow and were not changed by hand"),
}  # fmt: skip


def zoned(day: date, clock: str) -> datetime:
    """A time of day at the company, on a day."""
    there = local(now())
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=there.tzinfo)


def generate(session: Session, series: OrderSeries, ahead: int = AHEAD) -> list[Order]:
    """Make the visits of the next weeks that are not made yet. The caller is trusted, and commits."""
    hold(session, series)
    until, made = today() + timedelta(weeks=ahead), []
    if series.standing != "running" or not series.service.active:
        return []
    for day in planned(series, until):
        starts_at = zoned(day + timedelta(days=series.shift or 0), series.at)
        if (series.made_until is not None and day <= series.made_until) or starts_at < now():
            continue
        more = {"wanted": series.wanted, "site": series.site, "special": series.special, "area": series.area, "owner_id": series.owner_id}
        made.append(
            place_order(
                session, series.customer, series.service, starts_at, series.quantity, store_id=series.store_id, series=series,
                planned_on=day, **more,
            )
        )  # fmt: skip
    series.made_until = max(until, series.made_until or until)
    session.flush()
    return made


def generate_all(session: Session) -> int:
    """The next visits of every series that runs. The caller is trusted."""
    soon = or_(OrderSeries.made_until.is_(None), OrderSeries.made_until < today() + timedelta(weeks=AHEAD))
    due = select(OrderSeries).where(OrderSeries.standing == "running", soon).order_by(OrderSeries.id).limit(200)
    return sum(len(generate(session, series)) for series in session.scalars(due))


@reaction("series.begun")
def begin(session: Session, notice: Notice) -> None:
    """Who books for every Tuesday sees the first visits at once."""
    series = session.get(OrderSeries, notice.record_id)
    if series is not None:
        generate(session, series)


def visits_of(session: Session, series_id: int) -> list[Order]:
    """All that were made, in the order they were planned."""
    return list(session.scalars(select(Order).where(Order.series_id == series_id).order_by(Order.planned_on)))


def meant(session: Session, order: Order, scope: str) -> list[Order]:
    """The visits that a change of one means: those that can still be changed."""
    if scope == "this":
        found = [order]
    else:
        since = order.planned_on or today()
        found = [o for o in visits_of(session, order.series_id or 0) if o.planned_on is not None and o.planned_on >= since]
        if scope == "untouched":
            found = [o for o in found if not o.by_hand]
    return [o for o in found if o.state in MOVABLE]


def move(session: Session, order: Order, scope: str, starts_at: datetime, quantity: Decimal | None = None) -> int:
    """Move a visit; of those that follow each by as many days as this one, and to its time of day. Returns how many were changed.

    The caller has asked for the right, and commits.

    Raises:
        NotInThisState: the visit is under way or over.
        Refused: the new time is past.
    """
    with trusted("series"):
        series = check(session, order)
        if starts_at < now():
            raise Refused(_("This lies in the past."))
        if quantity is not None and quantity <= 0:
            raise Refused(_("The quantity must be above zero."))
        days = (local(starts_at).date() - local(order.starts_at).date()).days
        clock, chosen = f"{local(starts_at):%H:%M}", meant(session, order, scope)
        for one in chosen:
            there = local(one.starts_at).date() + timedelta(days=days)
            moved(session, one, zoned(there, clock), quantity)
            one.by_hand = scope == "this"
        if scope != "this":  # visits that are yet to be made follow too
            series.shift, series.at = (series.shift or 0) + days, clock
            series.quantity = quantity if quantity is not None else series.quantity
        session.flush()
        return len(chosen)


def check(session: Session, order: Order) -> OrderSeries:
    if order.series is None or order.state not in MOVABLE:
        raise NotInThisState(_("This is now “%(state)s”, so the step cannot be taken.", state=OrderFlow(order).state.label))
    hold(session, order.series)
    return order.series


def moved(session: Session, order: Order, starts_at: datetime, quantity: Decimal | None) -> None:
    """Give one visit another time; a carer who was sent is asked anew."""
    if (starts_at, quantity or order.quantity) == (order.starts_at, order.quantity):
        return
    if order.state == OrderFlow.assigned.name:
        take_off(session, order)
    ends_at = order.service.end(starts_at, quantity or order.quantity)  # first: to look it up would write half of the change
    order.starts_at, order.ends_at, order.quantity, order.reminded_at = starts_at, ends_at, quantity or order.quantity, None
    reprice(session, order)
    session.flush()
    follow(session, order)


def call_off(session: Session, order: Order, scope: str, reason: str) -> int:
    """Cancel a visit, or from it on; then no more are made. The caller has asked for the right, and commits."""
    if not reason:
        raise Refused(_("Say why."))
    with trusted("series"):
        series = check(session, order)
        chosen = meant(session, order, scope)
        for one in chosen:
            OrderFlow(one).take("cancel", reason=reason)
        if scope != "this" and order.planned_on is not None:
            series.standing = "stopped"
        session.flush()
        return len(chosen)


def remind(session: Session) -> int:
    """Tell the clients of tomorrow's recurring visits, once. The caller is trusted, and commits."""
    tomorrow = today() + timedelta(days=1)
    first, last = zoned(tomorrow, "00:00"), zoned(tomorrow + timedelta(days=1), "00:00")
    asked: Any = select(Order).where(
        Order.series_id.is_not(None), Order.state.in_(MOVABLE), Order.reminded_at.is_(None), Order.starts_at >= first,
        Order.starts_at < last,
    )  # fmt: skip
    found = list(session.scalars(asked.order_by(Order.id).limit(500)))
    for order in found:
        order.reminded_at = now()
        announce("order.tomorrow", order)
    session.flush()
    return len(found)
