"""Who could go: every carer with the reasons for and against, in four queries however many there are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import any_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import local
from app.engine.current import trusted
from app.engine.present import label
from app.models.catalog import SKILLS
from app.models.dispatch import FREE, Visit, overlaps
from app.models.dispatch import hours as worked
from app.models.order import Order, end_of
from app.models.organisation import Store
from app.models.worker import WORK, Worker
from app.models.worker_gate import Demand, away, demands, lacking
from app.models.worker_leave import WorkerLeave
from app.workflows.screening import Wishes, not_usual

MOST = 200  # carers looked at, nearest first
FULL_WEEK = 44  # hours
NEAR = 10  # kilometres
FINE = 4.8  # stars of five
BEST, UNHAPPY = 4.5, 2.5  # stars that one customer gave, on the average
FIRST = 150  # points: more than nearness and a free week come to


class Busy(NamedTuple):
    """A visit that takes a carer's time; one without a number is time off."""

    starts_at: datetime
    ends_at: datetime
    number: str | None


class Served(NamedTuple):
    """How often a carer was at a customer's, and what the customer thought of it; no stars is no word."""

    times: int
    stars: float | None


NEVER = Served(0, None)


@dataclass
class Candidate:
    """One carer for one order. ``cons`` begin with ``blocks``, the rules that nobody can set aside."""

    worker: Worker
    pros: list[Any] = field(default_factory=list)
    cons: list[Any] = field(default_factory=list)
    blocks: list[Any] = field(default_factory=list)
    score: float = 0
    km: float | None = None
    hours: float = 0
    times: int = 0

    @property
    def ok(self) -> bool:
        """Whether the carer can be sent."""
        return not self.blocks


def candidates(session: Session, order: Order, wishes: Wishes | None = None, *, since: datetime | None = None) -> list[Candidate]:
    """The carers of the tenant for one order: who can go first, best first. Whom the wishes leave out comes with the reason.

    ``since`` asks for the rest of the order only: who takes over need not have been free before.

    What a visit is about stays hidden: of other visits only their times are used.
    """
    start, end = week_of(order)
    if wishes is not None and wishes.span is not None:
        start, end = min(start, wishes.span[0]), max(end, wishes.span[1])
    with trusted("candidates"):
        workers = session.scalars(nearest(order)).all()
        ids = [w.id for w in workers]
        busy = busy_of(session, ids, since or start, end)
        served = served_by(session, ids, order)
        asked = demands(session, ids)
    tells = bool(policy.comparable(Order, ["rating"]))
    found = [weighed(order, w, busy.get(w.id, []), served.get(w.id, NEVER), asked, tells=tells) for w in workers]
    for one in found if wishes is not None else ():
        one.blocks += wishes.unmet(one.worker, [(b.starts_at, b.ends_at) for b in busy.get(one.worker.id, [])])  # type: ignore[union-attr]
        one.cons = [*one.blocks, *(c for c in one.cons if c not in one.blocks)]
    return sorted(found, key=lambda c: (not c.ok, len(c.blocks), -c.score))


def reasons_against(session: Session, order: Order, worker: Worker) -> list[Any]:
    """The hard rules that keep a carer from an order, in words; empty when there are none."""
    busy = busy_of(session, [worker.id], order.starts_at, end_of(order))
    return hard_rules(order, worker, busy.get(worker.id, []), demands(session, [worker.id]))


def nearest(order: Order) -> Any:
    """Those who still work here; by skill, then roughly by distance, so that the cap leaves out the hopeless.

    An order that was given to a store is done by its carers; a partner agency's carers do nothing else.
    """
    able = literal(order.service.skill) == any_(Worker.skills)
    partners = select(Store.id).where(Store.kind == "partner")
    ours = or_(Worker.store_id.is_(None), Worker.store_id.not_in(partners))
    whose = Worker.store_id == order.given_id if order.given_id else ours
    query = select(Worker).where(Worker.active != "left", whose).order_by(able.desc())
    if order.lat is not None and order.lng is not None:
        narrow = math.cos(math.radians(order.lat)) ** 2
        apart = func.power(Worker.lat - order.lat, 2) + narrow * func.power(Worker.lng - order.lng, 2)
        query = query.order_by(apart.nulls_last())
    return query.order_by(Worker.id).limit(MOST)


def busy_of(session: Session, ids: Sequence[int], start: datetime, end: datetime) -> dict[int, list[Busy]]:
    """The visits of those carers that touch a span, and the times they are off."""
    visits = select(Visit.worker_id, Visit.starts_at, Visit.ends_at, Visit.number)
    visits = visits.where(Visit.worker_id.in_(ids), Visit.state.not_in(FREE), Visit.starts_at < end, Visit.ends_at > start)
    off = select(WorkerLeave.worker_id, WorkerLeave.starts_at, WorkerLeave.ends_at, literal(None, Visit.number.type))
    off = off.where(WorkerLeave.worker_id.in_(ids), WorkerLeave.starts_at < end, WorkerLeave.ends_at > start)
    rows = session.execute(union_all(visits, off).order_by("starts_at"))
    found: dict[int, list[Busy]] = {}
    for worker_id, begins, ends, number in rows:
        found.setdefault(worker_id, []).append(Busy(begins, ends, number))
    return found


def served_by(session: Session, ids: Sequence[int], order: Order) -> dict[int, Served]:
    """How often each of those carers finished a visit at this order's customer, and the stars given for it."""
    rows = session.execute(
        select(Visit.worker_id, func.count(), func.avg(Order.rating))
        .join(Order, Order.id == Visit.order_id)
        .where(Visit.worker_id.in_(ids), Visit.state == "finished", Order.customer_id == order.customer_id)
        .group_by(Visit.worker_id)
    )
    return {pk: Served(times, None if stars is None else float(stars)) for pk, times, stars in rows}


def hard_rules(order: Order, worker: Worker, busy: Iterable[Busy], asked: Iterable[Demand] = ()) -> list[Any]:
    """What nobody can set aside: at work, skilled, with the papers that are demanded, free."""
    against: list[Any] = []
    skill = order.service.skill
    if worker.active != "working":
        against.append(_("%(who)s: %(state)s.", who=label(worker), state=WORK.get(worker.active, worker.active)))
    if skill not in (worker.skills or ()):
        against.append(_("%(who)s lacks the skill: %(skill)s.", who=label(worker), skill=SKILLS.get(skill, skill)))
    against += lacking(asked, worker, order.service.category, local(end_of(order)).date())
    for taken in busy:
        if taken.number is None and overlaps((taken.starts_at, taken.ends_at), (order.starts_at, end_of(order))):
            against.append(away(worker, taken.starts_at, taken.ends_at))
            break
        if overlaps((taken.starts_at, taken.ends_at), (order.starts_at, end_of(order))):
            against.append(
                _(
                    "%(who)s already has visit %(number)s, %(start)s to %(end)s. Choose another carer or time.",
                    who=label(worker),
                    number=taken.number,
                    start=f"{local(taken.starts_at):%m-%d %H:%M}",
                    end=f"{local(taken.ends_at):%m-%d %H:%M}",
                )
            )
            break
    return against


def weighed(  # noqa: PLR0913
    order: Order, worker: Worker, busy: list[Busy], served: Served, asked: Iterable[Demand] = (), *, tells: bool = True
) -> Candidate:
    """A candidate with its reasons and its score; kilometres, hours and familiarity are weighed against each other.

    Whom the customer asks for, and whom they gave five stars, comes before everybody whom only nearness speaks for.
    ``tells`` says whether the stars may be named: they are read by right.
    """
    start, end = week_of(order)
    times, stars = served
    km = distance(order.lat, order.lng, worker.lat, worker.lng)
    hours = sum(load(b, start, end) for b in busy if b.number is not None and overlaps((b.starts_at, b.ends_at), (start, end)))
    made = Candidate(worker, blocks=hard_rules(order, worker, busy, asked), km=km, hours=round(hours, 1), times=times)
    made.cons = list(made.blocks)
    if not made.blocks:
        made.pros.append(_("Has the skill and is free at that time"))
    if times:
        made.pros.append(_("Served this customer %(times)s times", times=times))
    if stars is not None and tells:
        words = _("%(stars)s stars from this customer", stars=f"{stars:.1f}".removesuffix(".0"))
        (made.pros if stars > UNHAPPY else made.cons).append(words)
    asked_for = worker.id in (order.wanted_id, order.wanted_too_id)
    if asked_for:
        made.pros.append(_("The customer asked for this carer"))
    if km is not None:
        (made.pros if km <= NEAR else made.cons).append(_("%(km)s km away", km=f"{km:.1f}"))
    if hours > FULL_WEEK:
        made.cons.append(_("%(hours)s hours in that week already", hours=f"{hours:.0f}"))
    else:
        made.pros.append(_("%(hours)s hours in that week", hours=f"{hours:.0f}"))
    made.cons += not_usual(order, worker)
    if worker.store_id != order.store_id:
        made.cons.append(_("Belongs to another store"))
    rating = float(worker.rating or 0)
    if rating >= FINE:
        made.pros.append(_("Rated %(rating)s", rating=f"{rating:.1f}"))
    far = 20.0 if km is None else min(km, 60.0)
    own = 8 if worker.store_id == order.store_id else 0
    liked = FIRST if asked_for or (stars or 0) >= BEST else -FIRST if stars is not None and stars <= UNHAPPY else 0
    made.score = round(100 + (order.wanted_id == worker.id) - 1.5 * far - 0.6 * hours + 12 * min(times, 3) + 4 * rating + own + liked, 1)
    return made


def week_of(order: Order) -> tuple[datetime, datetime]:
    """The span that is looked at: the week in which the order begins, Monday first, up to the order's end."""
    day = local(order.starts_at).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = day - timedelta(days=day.weekday())
    return monday, max(monday + timedelta(days=7), end_of(order))


def load(visit: Busy, start: datetime, end: datetime) -> float:
    """Hours of a visit within its first week."""
    return worked(max(visit.starts_at, start), min(visit.ends_at, end, start + timedelta(days=7)))


def distance(lat: float | None, lng: float | None, to_lat: float | None, to_lng: float | None) -> float | None:
    """Kilometres as the crow flies; None when a place is unknown."""
    if lat is None or lng is None or to_lat is None or to_lng is None:
        return None
    half = math.sin(math.radians(to_lat - lat) / 2) ** 2
    half += math.cos(math.radians(lat)) * math.cos(math.radians(to_lat)) * math.sin(math.radians(to_lng - lng) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))
