"""What is done to the days of a long order: laid out, paused, another carer from the hour, one more, another price, and undone.

Each deed holds the order first, so of fifty people at once each finds what the one before left. The arithmetic is
``models/care_sums``; here its lines are read, written and explained by a change. Visits move along, and who is concerned is told.
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
from app.engine.clock import local, now
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.record import hold
from app.engine.rules import Level
from app.engine.values import cents
from app.engine.workflow import State, Workflow, step
from app.models import care_sums
from app.models.care_day import WORK, CareChange, CareDay, CarePrice
from app.models.care_sums import NONE, Line
from app.models.dispatch import FREE, Visit
from app.models.order import Order, end_of
from app.models.pricing import may_agree
from app.models.slip import PayLine
from app.models.worker import Worker
from app.models.worker_gate import demands
from app.workflows import matching
from app.workflows.dispatch import DispatchFlow, followers
from app.workflows.matching import Candidate, busy_of, hard_rules
from app.workflows.pay import pay_of

LONG = ("day", "term")  # units whose orders have care days
FULL, DAY = Decimal(24), timedelta(days=1)
MOST = 400  # days of one order
SUBSTITUTES = 3
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


# --- rights -------------------------------------------------------------------------------------------------------------------------


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


# --- lines --------------------------------------------------------------------------------------------------------------------------


def lines_of(session: Session, order: Order) -> list[CareDay]:
    """All lines of an order as they are now, corrections included."""
    asked: Any = select(CareDay).where(CareDay.order_id == order.id).order_by(CareDay.day, CareDay.from_hour, CareDay.id)
    return list(session.scalars(asked.execution_options(populate_existing=True)))


def read(session: Session, order: Order) -> list[Line]:
    """The lines for the arithmetic, without corrections. Those of a visit on a pay line are closed."""
    rows = [r for r in lines_of(session, order) if r.corrects_id is None]
    visits = {r.visit_id for r in rows if r.visit_id}
    paid = set(session.scalars(select(PayLine.visit_id).where(PayLine.visit_id.in_(visits)))) if visits else set()
    return [r.line(paid=r.visit_id in paid) for r in rows]


def write(session: Session, order: Order, lines: Iterable[Line], change: CareChange) -> None:
    """Make the lines what they are to be; what is the same stays untouched. Then price, visits and all follow."""
    rows = {(r.worker_id, r.day): r for r in lines_of(session, order) if r.corrects_id is None}
    wanted = {(x.worker, x.day): x for x in lines}
    for slot in rows.keys() - wanted.keys():
        session.delete(rows[slot])
    for slot, x in wanted.items():
        row = rows.get(slot)
        if row is not None and replace(row.line(), closed=x.closed) == x:
            continue
        if row is None:
            row = CareDay(order_id=order.id, worker_id=x.worker, day=x.day)
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


# --- laid out, and taken away ---------------------------------------------------------------------------------------------------------


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


def listed_day(order: Order) -> Decimal | None:
    """The list price of one day of an order."""
    return None if order.listed is None else cents(order.listed / len(days_of(order)))


# --- deeds --------------------------------------------------------------------------------------------------------------------------


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


def span(first: date, last: date) -> set[date]:
    if last < first or (last - first).days > MOST:
        raise Refused(_("The end must come after the start."))
    return {first + DAY * n for n in range((last - first).days + 1)}


def begin_of(order: Order, day: date) -> datetime:
    """When the care day of a date begins."""
    return order.starts_at + DAY * (day - local(order.starts_at).date()).days


def substitutes(session: Session, order: Order, since: datetime) -> list[Candidate]:
    """Who could take over from a moment on: the three best of those the board would propose, with the reasons."""
    with trusted(WORK):
        busy = {r.worker_id for r in lines_of(session, order) if r.day >= place_of(order, since)[0]}
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


def reprice(  # noqa: PLR0913
    session: Session, order: Order, worker: Worker, since: date, price: Decimal, *, reason: str
) -> CareChange | CarePrice:
    """Another price of a carer's days from one on; below what the actor may agree to alone it waits. The caller commits."""
    if not may_price(order):
        raise Forbidden
    if not reason.strip():
        raise Refused(_("Say why."))
    if price < 0:
        raise Refused(_("The price cannot be below zero."))
    if not agrees(session, order, price):
        return ask_price(session, order, worker, since, price, why=reason)
    with held(session, order, may=may_price):
        return set_price(session, order, (worker.id, since, price), reason, current().actor_id)


def set_price(session: Session, order: Order, asked: tuple[int, date, Decimal], reason: str, approver: int | None) -> CareChange:
    """``asked``: whose days, from which on, and the price. The order is held, the caller trusted."""
    worker_id, since, price = asked
    lines = read(session, order)
    made = care_sums.reprice(lines, worker_id, since, price)
    usual = next(x.price for x in lines if x.worker == worker_id and x.day >= since)
    told = {"price_before": usual, "price": price, "approver_id": approver}
    change = note(session, order, "price", begin_of(order, since), worker_id=worker_id, reason=reason.strip(), **told)
    write(session, order, made, change)
    return change


def agrees(session: Session, order: Order, price: Decimal) -> bool:
    """Whether the actor may agree to the price of a day alone: the tiers are those of orders."""
    with trusted(WORK):
        return may_agree(session, price, listed_day(order) or NONE)


def ask_price(  # noqa: PLR0913
    session: Session, order: Order, worker: Worker, since: date, price: Decimal, *, why: str
) -> CarePrice:
    """A price that somebody else has to agree to. Until then the days keep theirs."""
    with held(session, order, may=may_price):
        care_sums.reprice(read(session, order), worker.id, since, price)  # it must be possible at all
        asked = CarePrice(order_id=order.id, worker_id=worker.id, since=since, price=price, listed=listed_day(order), why=why.strip())
        session.add(asked)
        session.flush()
        note(session, order, "ask", begin_of(order, since), worker_id=worker.id, price=price, reason=why.strip())
        announce("care_price.asked", asked)
        return asked


class CarePriceFlow(Workflow[CarePrice]):
    """Asked for, then agreed to or refused, by the tiers of prices. Only an agreed price is ever charged."""

    waiting = State(_("Price to agree to"), "pause", initial=True)
    agreed = State(_("Agreed"), "done", final=True, locks="basic finance")
    refused = State(_("Refused"), "off", final=True, locks="basic finance")

    @step(_("Agree to the price"), waiting, to=agreed)
    def agree(self) -> None:
        asked, session = self.record, session_of(self.record)
        if not may_agree(session, asked.price, asked.listed or NONE):
            raise Forbidden(_("This price is below what you may agree to. Somebody with a lower tier can."))
        with trusted(WORK):
            hold(session, asked.order)
            set_price(session, asked.order, (asked.worker_id, asked.since, asked.price), asked.why or "", current().actor_id)

    @step(_("Refuse the price"), waiting, to=refused, fields={"reason": _("Reason")})
    def refuse(self, reason: str) -> None:
        asked, session = self.record, session_of(self.record)
        asked.reason = reason
        with trusted(WORK):
            hold(session, asked.order)
            more = {"worker_id": asked.worker_id, "price": asked.price, "reason": reason, "approver_id": current().actor_id}
            note(session, asked.order, "refuse", begin_of(asked.order, asked.since), **more)


def session_of(record: Any) -> Session:
    found = Session.object_session(record)
    if found is None:
        raise RuntimeError("a step needs a record in a session")
    return found


# --- visits -------------------------------------------------------------------------------------------------------------------------


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


# --- undo ---------------------------------------------------------------------------------------------------------------------------

UNDONE = ("pause", "resume", "replace", "add", "price")


def last_change(session: Session, order: Order) -> CareChange | None:
    """The change that may be taken back: the newest, if nothing was billed since and it was not taken back yet."""
    done = select(CareChange).where(CareChange.order_id == order.id, CareChange.deed.not_in(("ask", "refuse")))
    found: CareChange | None = session.scalars(done.order_by(CareChange.id.desc()).limit(1)).first()
    return found if found is not None and found.deed in UNDONE else None


def may_undo(order: Order, change: CareChange) -> bool:
    return may_price(order) if change.deed == "price" else may_plan(order)


def undo(session: Session, order: Order, change_id: int) -> CareChange:
    """Take the last change back: the lines become what they were, a visit that it made is called off. The caller commits.

    Raises ``NotInThisState`` where something was done or billed since, or the new carer has set out.
    """
    with trusted(WORK):
        seen = last_change(session, order)
    if seen is None or seen.id != change_id:
        raise NotInThisState(_("Something else was done since. Look at the days again."))
    with held(session, order, may=lambda o: may_undo(o, seen)):
        change = last_change(session, order)
        if change is None or change.id != change_id:
            raise NotInThisState(_("Something else was done since. Look at the days again."))
        before = change.before or {}
        lines = [unkept(x) for x in before.get("lines", ())]
        if change.visit_id is not None:
            lines = visits_back(session, order, change, lines, before)
        made = note(session, order, "undo", now(), undoes_id=change.id, worker_id=change.replaced_id, replaced_id=change.worker_id)
        closed = [x for x in read(session, order) if x.closed]
        write(session, order, [*closed, *lines], made)
        return made


def visits_back(session: Session, order: Order, change: CareChange, lines: list[Line], before: dict[str, Any]) -> list[Line]:
    """Call the new visit off, and give the one before its time again. Returns the lines with the visits they belong to now."""
    visit = change.visit
    if visit is not None and visit.state not in FREE:
        if visit.state not in ("offered", "accepted"):
            raise NotInThisState(_("The new carer has set out already. Replace them instead."))
        cancel_quietly(session, visit)
    ended = session.get(Visit, before["ended"]) if before.get("ended") else None
    if ended is None:
        return lines
    if ended.state not in FREE:
        if ended.state == "finished":
            raise NotInThisState(_("The carer before has finished already. Replace the new one instead."))
        ended.ends_at = datetime.fromisoformat(before["ends_at"])
        session.flush()
        return lines
    again = send(session, order, ended.worker, max(ended.starts_at, order.starts_at))
    return [replace(x, visit=again.id) if x.visit == ended.id else x for x in lines]


def cancel_quietly(session: Session, visit: Visit) -> None:
    """Call a visit off without letting the order look for somebody: the one before comes back."""
    visit.state, visit.reason = "cancelled", str(_("It was taken back."))
    session.flush()
    announce("visit.cancel", visit, reason=visit.reason)
