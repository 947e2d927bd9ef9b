"""What is done to the days of a long order: paused, counted again, another carer from the hour, one more. Who is concerned is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import local
from app.engine.current import trusted
from app.engine.errors import Forbidden, Refused
from app.engine.outbox import announce
from app.models import care_sums
from app.models.care_day import WORK, CareChange
from app.models.care_sums import NONE
from app.models.order import Order, end_of
from app.models.worker import Worker
from app.workflows import matching
from app.workflows.care_lines import (
    begin_of,
    days_of,
    full_hours,
    held,
    kept,
    lines_of,
    listed_day,
    may_plan,
    may_price,
    note,
    place_of,
    read,
    span,
    write,
)
from app.workflows.care_prices import agrees, ask_price
from app.workflows.care_visits import change_visits, check_carer, day_rate, send
from app.workflows.matching import Candidate

SUBSTITUTES = 3


def pause(session: Session, order: Order, first: date, last: date, reason: str) -> CareChange:
    """Nothing is billed or paid for some days: surgery, intensive care. The customer is told. The caller commits."""
    if not reason.strip():
        raise Refused(_("Say why."))
    with held(session, order, may=may_plan):
        made = care_sums.pause(read(session, order), span(first, last), reason.strip())
        change = note(session, order, "pause", begin_of(order, first), until=last, reason=reason.strip())
        write(session, order, made, change)
        announce("care_change.paused", change)
        return change


def resume(session: Session, order: Order, first: date, last: date) -> CareChange:
    """Some days count again. The caller commits."""
    with held(session, order, may=may_plan):
        made = care_sums.resume(read(session, order), span(first, last))
        change = note(session, order, "resume", begin_of(order, first), until=last)
        write(session, order, made, change)
        return change


def substitutes(session: Session, order: Order, since: datetime) -> list[Candidate]:
    """Who could take over from a moment on: the three best of those the board would propose, with the reasons."""
    with trusted(WORK):
        busy = {r.worker_id for r in lines_of(session, order) if r.on_day >= place_of(order, since)[0]}
    found = matching.candidates(session, order, since=max(since, order.starts_at))
    return [c for c in found if c.worker.id not in busy and policy.seen(c.worker)][:SUBSTITUTES]


def replace_carer(  # noqa: PLR0913
    session: Session, order: Order, old: Worker, new: Worker, at: datetime, *, reason: str, price: Decimal | None = None,
    handover: str = "",
) -> CareChange:  # fmt: skip
    """Another carer from the hour on: days, pay and visits split there. A price that somebody must agree to is asked for.

    The caller commits.

    Raises:
        Forbidden: the actor does not send carers; or names a price and agrees on none.
        NotInThisState: the order has no carer now.
        Refused: a hard rule is against the new carer, or the days are billed already.

    """
    if not reason.strip():
        raise Refused(_("Say why."))
    if price is not None and not may_price(order):
        raise Forbidden
    asks = price is not None and not agrees(session, order, price)
    with held(session, order, may=may_plan):
        at = max(at, order.starts_at)
        check_carer(session, order, new, at)
        day, hour = place_of(order, at)
        lines = read(session, order)
        usual = next((x.price for x in lines if x.worker == old.id and x.day >= day), None)
        rate = day_rate(order, new, at)
        made = care_sums.swap(lines, old.id, new.id, day, hour, price=None if asks else price, rate=rate)
        moment = min(begin_of(order, day) + timedelta(hours=float(hour)), end_of(order))
        before: dict[str, Any] = {"lines": [kept(x) for x in lines if not x.closed]}
        visit, ended, ends_at = change_visits(session, order, old, new, moment)
        before |= {"ended": ended and ended.id, "ends_at": ends_at and ends_at.isoformat()}
        told = {"price_before": usual, "price": usual if price is None or asks else price}
        change = note(
            session, order, "replace", moment, replaced_id=old.id, worker_id=new.id, reason=reason.strip(),
            handover=handover.strip() or None, visit_id=visit.id, before=before, **told,
        )  # fmt: skip
        write(session, order, [replace(x, visit=visit.id) if x.worker == new.id and x.visit is None else x for x in made], change)
        announce("care_change.replaced", change)
    if asks and price is not None:
        ask_price(session, order, new, day, price, why=reason)
    return change


def add_carer(  # noqa: PLR0913
    session: Session, order: Order, new: Worker, since: date, *, price: Decimal | None = None, reason: str = "",
) -> CareChange:  # fmt: skip
    """One more carer from a day to the end, at the day's price or the one that was agreed. The caller commits."""
    if price is not None and not may_price(order):
        raise Forbidden
    asks = price is not None and not agrees(session, order, price)
    with held(session, order, may=may_plan):
        days = [d for d in days_of(order) if local(d).date() >= since]
        if not days:
            raise Refused(_("The order is over by then."))
        check_carer(session, order, new, days[0])
        usual = listed_day(order) or next((x.price for x in read(session, order)), NONE)
        charged = usual if price is None or asks else price
        dates = [local(d).date() for d in days]
        rate = day_rate(order, new, days[0])
        made = care_sums.join(read(session, order), new.id, dates, price=charged, rate=rate, full=full_hours(order))
        lines = [kept(x) for x in read(session, order) if not x.closed]
        visit = send(session, order, new, days[0])
        change = note(
            session, order, "add", days[0], worker_id=new.id, price=charged, reason=reason.strip() or None, visit_id=visit.id,
            before={"lines": lines},
        )  # fmt: skip
        write(session, order, [replace(x, visit=visit.id) if x.worker == new.id and x.visit is None else x for x in made], change)
        announce("care_change.added", change)
    if asks and price is not None:
        ask_price(session, order, new, since, price, why=reason or str(_("Carer added")))
    return change
