"""What happened to the sample's orders: the trail behind every one of them, and the bells of the last two days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import tenant_id
from app.engine.notify import SUBSCRIPTIONS, Message
from app.models.dispatch import Visit
from app.models.order import Order
from app.workflows.sample_company import Company

RECENT, READ = timedelta(hours=48), timedelta(hours=5)  # bells are kept for so long, and older ones were read


@dataclass(frozen=True)
class Event:
    """Something that happened to a record: when, by whom (None is the program or a carer), and from which state to which."""

    record: Any
    name: str
    at: datetime | None
    by: int | None
    states: tuple[str, str] | None = None


def make_trail(session: Session, company: Company, made: list[Any]) -> None:
    """Write the trail of everything that was made, and ring the bells that would have rung."""
    dispatchers = {s.store_id: s.id for s in company.staff if "dispatcher" in s.roles}
    events = [e for record in made for e in happened(record, dispatchers) if e.at and e.at <= now()]
    events.sort(key=lambda e: e.at or now())
    common = {"tenant_id": tenant_id(), "version": 1}
    trail = [
        common
        | {
            "model": type(e.record).__name__, "record_id": e.record.id, "made": 1, "store_id": e.record.store_id,
            "action": "update" if e.states else "create", "reason": f"step: {e.name}" if e.states else "",
            "changes": {"state": list(e.states)} if e.states else {}, "created_at": e.at, "created_by": e.by,
        }
        for e in events
    ]  # fmt: skip
    for start in range(0, len(trail), 1000):
        session.execute(insert(AuditEntry.__table__), trail[start : start + 1000])
    bells = [common | bell for n, e in enumerate(events) for bell in rung(n, e, dispatchers)]
    if bells:
        session.execute(insert(Message.__table__), bells)


def happened(record: Any, dispatchers: dict[int | None, int]) -> Iterator[Event]:
    if isinstance(record, Order):
        yield Event(record, "placed", record.created_at, record.owner_id)
        if record.state == "cancelled":
            yield Event(record, "cancel", record.created_at + timedelta(hours=2), record.owner_id, ("placed", "cancelled"))
    if not isinstance(record, Visit):
        return
    order, sender = record.order, dispatchers.get(record.store_id)
    yield Event(record, "offered", record.created_at, sender)
    if record.state == "declined":
        yield Event(record, "decline", record.created_at + timedelta(minutes=25), None, ("offered", "declined"))
    if record.state in ("declined", "cancelled"):
        return
    yield Event(order, "assign", record.created_at, sender, ("placed", "assigned"))
    yield Event(record, "accept", record.accepted_at, None, ("offered", "accepted"))
    yield Event(record, "set_out", record.set_out_at, None, ("accepted", "on_the_way"))
    yield Event(record, "check_in", record.checked_in_at, None, ("on_the_way", "on_site"))
    yield Event(order, "start", record.checked_in_at, None, ("assigned", "under_way"))
    yield Event(record, "finish", record.finished_at, None, ("on_site", "finished"))
    yield Event(order, "finish", record.finished_at, None, ("under_way", "done"))


def rung(n: int, event: Event, dispatchers: dict[int | None, int]) -> Iterator[dict[str, Any]]:
    """The bells of one event, in Chinese: for the dispatcher of its store, and for who looks after the customer."""
    at, record = event.at or now(), event.record
    if at < now() - RECENT:
        return
    owner = record.order.owner_id if isinstance(record, Visit) else None
    reader = {"role:dispatcher": dispatchers.get(record.store_id), "owner": owner}
    for subscription in SUBSCRIPTIONS:
        staff = reader.get(subscription.to)
        if subscription.channel != "bell" or subscription.event != f"{record.__tablename__}.{event.name}" or staff is None:
            continue
        with force_locale("zh"):
            title, text = (str(words) % record.facts() for words in (subscription.title, subscription.text))
        yield {
            "key": f"sample-{n}:bell:{staff}", "event": subscription.event, "channel": "bell", "staff_id": staff, "address": "",
            "title": title, "text": text, "url": f"/{record.__tablename__}/show/{record.id}", "sound": False, "sent_at": at,
            "created_at": at, "read_at": at + timedelta(minutes=9) if at < now() - READ else None,
        }  # fmt: skip
