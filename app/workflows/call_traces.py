"""What is made during a call finds its call by itself: nobody has to press anything for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event, or_, select
from sqlalchemy.orm import Session

from app.engine import vault
from app.engine.clock import now
from app.engine.current import current, tenant_id, trusted
from app.engine.notes import RecordNote
from app.engine.record import Record
from app.models.customer import Customer
from app.models.telephone import CallTrace, PhoneCall
from app.workflows.calls import LONGEST

AFTER = timedelta(minutes=10)  # in which an agent still writes down what was agreed
SLOT = "made on a call"


def watch(session: Any) -> None:
    """Look at what every flush made."""
    event.listen(session, "after_flush", collect)
    event.listen(session, "after_flush_postexec", connect)


def collect(session: Session, _context: Any) -> None:
    who = current()
    if who.actor_id is None or who.trusted == "sample":
        return
    made = [(type(r).__name__, r.id, *whose(r)) for r in session.new if isinstance(r, Record) and not isinstance(r, PhoneCall)]
    if mine := [m for m in made if m[2] is not None]:
        session.info.setdefault(SLOT, []).extend(mine)


def whose(record: Any) -> tuple[int | None, str]:
    """The customer that a new record is about, and the number of a new customer."""
    if isinstance(record, Customer):
        return record.id, record.phone or ""
    if isinstance(record, RecordNote):
        return (record.record_id if record.model == "Customer" else None), ""
    return (None if type(record).__platform__ else getattr(record, "customer_id", None)), ""


def connect(session: Session, _context: Any) -> None:
    """Tie it to the agent's call with that customer, if there is one or was a moment ago."""
    if not (made := session.info.pop(SLOT, None)):
        return
    with trusted("call"):
        recent = or_(PhoneCall.ended_at.is_(None), PhoneCall.ended_at > now() - AFTER)
        mine = PhoneCall.agent_id == current().actor_id, PhoneCall.rang_at > now() - LONGEST, PhoneCall.tenant_id == tenant_id()
        calls = list(session.scalars(select(PhoneCall).where(*mine, recent).order_by(PhoneCall.id.desc()).limit(5)))
        for model, pk, customer, phone in made:
            fits = [c for c in calls if c.customer_id == customer or (c.customer_id is None and phone and c.phone == vault.normal(phone))]
            if fits:
                session.add(CallTrace(call_id=fits[0].id, model=model, record_id=pk))
