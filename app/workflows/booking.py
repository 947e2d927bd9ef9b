"""Booking by clients themselves: which times are free, and an order that takes one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.engine.clock import now, today, zone
from app.engine.errors import Refused
from app.engine.record import hold
from app.models.catalog import SPANS, Service
from app.models.channel import MECHANISMS
from app.models.customer import Customer, same_phone
from app.models.dispatch import overlaps
from app.models.order import Order
from app.models.organisation import Staff, Store
from app.models.payment import Receivable
from app.models.pricing import options_for
from app.models.pricing_of import OrderOption, reprice
from app.models.slot import BookedSlot, hold_slot
from app.models.worker import Worker
from app.models.worker_gate import demands, lacking
from app.workflows.matching import busy_of, reasons_against
from app.workflows.order import place_order
from app.workflows.screening import outside_shift

OPENS, CLOSES, NOTICE, FARTHEST, SHOWN = 8, 20, timedelta(hours=2), 60, 8  # hours, hours, before it begins, days, carers on a page
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for."""

    service: Service
    worker: Worker
    starts_at: datetime
    quantity: Decimal
    mechanism: str
    name: str
    phone: str
    district: str
    address: str
    special: str = ""
    options: tuple[int, ...] = ()
    key: str = ""


def on_offer(session: Session) -> list[Service]:
    """What may be booked by oneself: what lasts hours, not days; of what is rented, the job does."""
    days = [u for u, span in SPANS.items() if span >= timedelta(days=1)]
    asked = select(Service).where(Service.active, or_(Service.unit.not_in(days), Service.work.is_not(None)))
    return list(session.scalars(asked.order_by(Service.category, Service.id)))


def workers_for(session: Session, store: Store, service: Service) -> list[Worker]:
    """Who of a store is at work and has the skill, the best rated first."""
    able = Worker.store_id == store.id, Worker.active == "working", Worker.skills.contains([service.skill])
    return list(session.scalars(select(Worker).where(*able).order_by(Worker.rating.desc().nulls_last(), Worker.id).limit(SHOWN)))


def free_times(session: Session, store: Store, service: Service, day: date, quantity: Decimal) -> list[tuple[Worker, list[datetime]]]:
    """The times at which each of them could begin on a day. The caller is trusted."""
    if not today() <= day <= today() + timedelta(days=FARTHEST):
        return []
    workers, first = workers_for(session, store, service), datetime.combine(day, time(), zone())
    ids = [w.id for w in workers]
    taken, papers = spans(session, ids, first, first + timedelta(days=2)), demands(session, ids)
    found = []
    for worker in workers:
        if lacking(papers, worker, service.category, day):
            continue
        times = []
        for hour in range(OPENS, CLOSES):
            begins = first.replace(hour=hour)
            ends = service.end(begins, quantity)
            late = ends > first.replace(hour=CLOSES) or outside_shift(work(begins, ends), worker)
            if begins >= now() + NOTICE and not late and not any(overlaps((begins, ends), span) for span in taken.get(worker.id, ())):
                times.append(begins)
        found.append((worker, times))
    return found


def work(begins: datetime, ends: datetime) -> Any:
    """A span as the rules on shifts look at an order."""
    return SimpleNamespace(starts_at=begins, ends_at=ends)


def spans(session: Session, ids: list[int], first: datetime, last: datetime) -> dict[int, list[Span]]:
    """What is taken of their time: visits, and what was booked."""
    found: dict[int, list[Span]] = {pk: [(b.starts_at, b.ends_at) for b in rows] for pk, rows in busy_of(session, ids, first, last).items()}
    held = select(BookedSlot).where(BookedSlot.worker_id.in_(ids), BookedSlot.starts_at < last, BookedSlot.ends_at > first)
    for slot in session.scalars(held):
        found.setdefault(slot.worker_id, []).append((slot.starts_at, slot.ends_at))
    return found


def book(session: Session, store: Store, wish: Wish) -> Order:
    """Take a client's booking, and the carer's time with it. The caller is trusted, and commits.

    Raises:
        Refused: what was chosen is not free, not on offer, or the client did not say who and where.
        IntegrityError: somebody else has just booked this time; the database decides who was first.
    """
    check(session, store, wish)
    hold(session, wish.worker)  # nobody is sent there meanwhile
    state, who = "placed" if wish.mechanism == "pay" else "booked", client(session, store, wish)
    order = place_order(
        session, who, wish.service, wish.starts_at, wish.quantity, store_id=store.id, source="web",
        wanted=wish.worker, mechanism=wish.mechanism, district=wish.district, address=wish.address, city=store.city,
        special=wish.special or None, request=wish.key or None, state=state, owner_id=who.owner_id or looks_after(session, store),
    )  # fmt: skip
    known = {o.id: o for o in options_for(session, wish.service)}
    session.add_all(OrderOption(order=order, option=known[pk]) for pk in wish.options if pk in known)
    hold_slot(session, order)
    if against := reasons_against(session, order, wish.worker):
        raise Refused(against[0])
    reprice(session, order)
    session.flush()
    if wish.mechanism == "pay":
        session.refresh(order)
        session.add(Receivable(order=order, customer=order.customer, due_on=today()))
        session.flush()
    return order



def looks_after(session: Session, store: Store) -> int | None:
    """Of a store's agents the one who got the fewest orders of late; None where it has none."""
    lately = (Order.owner_id == Staff.id) & (Order.created_at > now() - timedelta(days=7))
    agents = select(Staff.id).outerjoin(Order, lately).where(Staff.active, Staff.store_id == store.id, Staff.roles.contains(["agent"]))
    return session.scalar(agents.group_by(Staff.id).order_by(func.count(Order.id), Staff.id).limit(1))


def check(session: Session, store: Store, wish: Wish) -> None:
    missing = [n for n in (wish.name, wish.phone, wish.address) if not n.strip()]
    if missing or len(wish.phone.strip()) < 7:
        raise Refused(_("Write your name, phone and address."))
    if wish.mechanism not in MECHANISMS or wish.service not in on_offer(session):
        raise Refused(_("Choose a service."))
    free = dict(free_times(session, store, wish.service, wish.starts_at.astimezone(zone()).date(), wish.quantity))
    if wish.starts_at not in free.get(wish.worker, []):
        raise Refused(_("Somebody has just booked this time. Choose another one."))


def client(session: Session, store: Store, wish: Wish) -> Customer:
    """Whom we know by this name and number, else somebody new. Nothing of what we know is told or changed."""
    for one in same_phone(session, wish.phone):
        if one.name == wish.name.strip():
            return one
    made = Customer(
        name=wish.name.strip(), phone=wish.phone.strip(), city=store.city, district=wish.district or None, address=wish.address,
        source="web", store_id=store.id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
