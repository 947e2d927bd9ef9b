"""Who "the dispatchers", "the owner", "the carer" and "the customer" of a record are, and how each is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.engine import policy
from app.engine.current import acting
from app.engine.notes import RecordNote, listeners
from app.engine.notify import Message
from app.engine.reminders import Reminder, ReminderRule
from app.engine.rules import Level
from app.engine.tell import person_of
from app.engine.values import mask
from app.models.care_day import CareBill
from app.models.complaint import Complaint
from app.models.contract import Contract
from app.models.dispatch import Visit
from app.models.hour_card import HourCard
from app.models.order import Order
from app.models.organisation import Staff
from app.models.payment import Receipt
from app.models.signing import ContractSignature
from app.models.worker import Worker
from app.web.links import link_to

# What a customer is shown of it: of a card nothing, of all else the order.
PAGES: dict[Any, str] = {Complaint: "complaint", Contract: "agreement", CareBill: "bill", HourCard: ""}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person: who it is, the language, where to reach them, and their own signed page."""

    key: str
    language: str
    staff_id: int | None = None
    address: str = ""
    shown: str = ""
    path: str = ""


def recipients(session: Any, record: Any, to: str, language: str) -> list[Recipient]:
    """The people a subscription means by ``to``; ``language`` is for those who never chose one."""
    if to.startswith("role:"):
        return [colleague(p) for p in holders(session, to.removeprefix("role:"), record.store_id)]
    if to in ("owner", "maker"):
        pk = record.owner_id if to == "owner" else record.created_by
        person = session.get(Staff, pk) if pk else None
        return [colleague(person)] if person is not None and person.active else []
    if isinstance(record, Reminder):
        return [colleague(p) for p in reminded(session, record)]
    if isinstance(record, RecordNote):
        return [colleague(p) for p in listeners(session, record, to)]
    return outsiders(record, to, language)


def outsiders(record: Any, to: str, language: str) -> list[Recipient]:
    """The carer or the customer of a record; whom its company writes to by hand gets no signed page with it."""
    order, person = order_of(record), person_of(record)
    if to == "told" and person is not None and person.phone:
        return [outsider(person, type(person).__tablename__, language, "")]
    if to == "worker" and isinstance(record, Visit):
        return [outsider(record.worker, "worker", language, link_to("carer", record))]
    if to == "worker" and isinstance(record, Worker):
        return [outsider(record, "worker", language, link_to("me", record))]
    if to == "signer" and isinstance(record, ContractSignature) and (signer := record.signer) is not None:
        return [outsider(signer, type(signer).__tablename__, language, link_to("sign", record))]
    if to == "customer":
        purpose, about = PAGES.get(type(record), "customer"), record if type(record) in PAGES else order
        path = link_to(purpose, about) if purpose and about is not None else ""
        return [outsider(about.customer, "customer", language, path)] if about is not None else []
    return []


def reminded(session: Any, reminder: Reminder) -> list[Staff]:
    """Whose reminder it is, or the role's people of the record's store; of these, who may read the record and its day."""
    rule, record = session.get(ReminderRule, reminder.rule_id), reminder.subject(session)
    if rule is None or record is None:
        return []
    person = session.get(Staff, reminder.for_id) if reminder.for_id else None
    people = holders(session, reminder.role, reminder.store_id) if reminder.role else [person] if person and person.active else []
    return [p for p in people if may_hear(record, rule.field, p)]


def may_hear(record: Any, name: str, person: Staff) -> bool:
    roles = frozenset(person.roles or ())
    with acting(actor_id=person.id, store_id=person.store_id, roles=roles, trusted=""):
        return bool(policy.opens(type(record)) and policy.seen(record) and policy.level(record, name) >= Level.READ)


def holders(session: Any, role: str, store: int | None) -> list[Staff]:
    """The staff of a role in a store; where the store has none, everyone of the role."""
    query = select(Staff).where(Staff.active, Staff.roles.contains([role])).order_by(Staff.id)
    found = list(session.scalars(query))
    return [p for p in found if p.store_id == store] or found


def colleague(person: Staff) -> Recipient:
    return Recipient(f"staff:{person.id}", person.language or "zh", person.id, person.email or "", person.name)


def outsider(person: Any, kind: str, language: str, path: str) -> Recipient:
    phone = person.phone or ""
    return Recipient(f"{kind}:{person.id}", language, None, phone, mask("phone", phone), path)


def may_know(session: Any, record: Any, who: Recipient) -> bool:
    """Whether a role of a colleague reaches the record; who is told because nobody else is there hears no more than that."""
    person = session.get(Staff, who.staff_id) if who.staff_id else None
    if person is None or type(record).__platform__:
        return True  # a carer or a customer, told of their own; or a wish for access, whose words hold nothing of the record
    roles = frozenset(person.roles or ())
    with acting(actor_id=person.id, store_id=person.store_id, roles=roles, trusted=""):
        return bool(policy.reached(record))


def mail_address(session: Any, message: Message) -> str:
    """Where a kept message goes by mail, as it is known now; empty when nowhere. What is kept shows a name instead."""
    person = session.get(Staff, message.staff_id) if message.staff_id else None
    return (person.email or "") if person is not None and person.active else ""


def order_of(record: Any) -> Order | None:
    return record if isinstance(record, Order) else getattr(record, "order", None)


def watched_orders(record: Any) -> list[int]:
    """The orders whose customers' pages show something of this record."""
    order = order_of(record.receivable if isinstance(record, Receipt) else record)
    return [order.id] if order is not None else []
