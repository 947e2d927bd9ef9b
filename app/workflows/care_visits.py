"""Visits move along with care days: one carer's ends where the next one's begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import local
from app.engine.errors import NotInThisState, Refused
from app.engine.outbox import announce
from app.engine.record import hold
from app.models.dispatch import FREE, Visit
from app.models.order import Order, end_of
from app.models.worker import Worker
from app.models.worker_gate import demands
from app.workflows.care_lines import full_hours
from app.workflows.dispatch import DispatchFlow
from app.workflows.matching import busy_of, hard_rules
from app.workflows.pay import pay_of


def check_carer(session: Session, order: Order, new: Worker, since: datetime) -> None:
    """The same hard rules as of the board, for the rest of the order. Raises ``Refused`` with the first."""
    hold(session, new)
    against = hard_rules(order, new, busy_of(session, [new.id], since, end_of(order)).get(new.id, []), demands(session, [new.id]))
    if against:
        raise Refused(against[0])


def day_rate(order: Order, worker: Worker, at: datetime) -> Decimal:
    """What a carer gets for a full day of an order."""
    return pay_of(worker, order, at, at + timedelta(hours=float(full_hours(order))))


def send(session: Session, order: Order, worker: Worker, at: datetime) -> Visit:
    """A visit from a moment to the order's end, offered to its carer."""
    if at >= end_of(order):
        raise Refused(_("The order is over by then."))
    visit = Visit(order=order, worker=worker, starts_at=at, ends_at=end_of(order))
    session.add(visit)
    session.flush()
    announce("visit.offered", visit)
    return visit


def change_visits(
    session: Session, order: Order, old: Worker, new: Worker, at: datetime
) -> tuple[Visit, Visit | None, datetime | None]:
    """The new carer's visit; the old one ends at that moment, or is called off where it has not begun by then."""
    mine = Visit.order_id == order.id, Visit.worker_id == old.id, Visit.state.not_in((*FREE, "finished")), Visit.ends_at > at
    visit, before = session.scalars(select(Visit).where(*mine).order_by(Visit.id.desc())).first(), None
    made = send(session, order, new, at)
    if visit is not None:
        before = visit.ends_at
        if visit.starts_at >= at and visit.state in ("offered", "accepted", "on_the_way"):
            DispatchFlow(visit).take("cancel", reason=str(_("Another carer takes over.")))
        elif visit.starts_at < at:
            visit.ends_at = at
            session.flush()
            announce("visit.ends_early", visit, until=f"{local(at):%m-%d %H:%M}")
        else:
            raise NotInThisState(_("This carer is at work already. Choose a later moment."))
    return made, visit, before


def cancel_quietly(session: Session, visit: Visit) -> None:
    """Call a visit off without letting the order look for somebody: the one before comes back."""
    visit.state, visit.reason = "cancelled", str(_("It was taken back."))
    session.flush()
    announce("visit.cancel", visit, reason=visit.reason)
