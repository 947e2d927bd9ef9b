"""Hand-over: what somebody looked after gets a new owner, in one transaction, and the trail tells of each record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.current import tenant_id, trusted
from app.engine.notes import RecordNote
from app.engine.record import record_named, records
from app.engine.reminders import Reminder

TASKS: tuple[Any, ...] = (RecordNote, Reminder)


def open_records(model: Any, staff_id: int) -> Any:
    """The statement for one's records that still need somebody: all of a plain type, of a flow those not at an end."""
    query = looked_after(model, staff_id)
    if model.__flow__:
        query = query.where(model.state.not_in([s.name for s in model.__flow__.states.values() if s.final]))
    return query


def looked_after(model: Any, staff_id: int) -> Any:
    """The statement for all of one's records, what is over included: whoever takes up a customer reads what was."""
    return select(model).where(model.tenant_id == tenant_id(), model.owner_id == staff_id).order_by(model.id)


def open_tasks(model: Any, staff_id: int) -> Any:
    """What somebody still has to do, or to think of: both kinds say whose they are in the same column."""
    left = model.done_at.is_(None) & (model.removed_at.is_(None) if model is RecordNote else model.for_id.is_not(None))
    return select(model).where(model.tenant_id == tenant_id(), model.for_id == staff_id, left).order_by(model.id)


def kinds() -> list[Any]:
    """The types of record that are handed over: not the platform's, no ledgers, no people and places."""
    fixed = (record_named("staff"), record_named("store"))
    return [m for m in records() if not m.__platform__ and not m.__appended__ and m not in fixed]


def count(session: Session, staff_id: int) -> dict[Any, int]:
    """How many of each type wait for a new owner."""
    with trusted("hand-over"):
        found = {m: len(session.scalars(open_records(m, staff_id).with_only_columns(m.id)).all()) for m in kinds()}
        found |= {m: len(session.scalars(open_tasks(m, staff_id).with_only_columns(m.id)).all()) for m in TASKS}
    return {m: n for m, n in found.items() if n}


def hand_over(session: Session, leaver: Any, heir: Any) -> dict[Any, int]:
    """Give everything to the heir, history and things to do included, and those whom the leaver led a new leader.

    Ledgers stay as they were written. Returns how many of each type.
    """
    done: dict[Any, int] = {}
    with trusted("hand-over"):
        for model in kinds():
            rows = list(session.scalars(looked_after(model, leaver.id)))
            for record in rows:
                record.owner_id = heir.id
            session.flush()
            done[model] = len(rows)
        for model in TASKS:
            tasks = list(session.scalars(open_tasks(model, leaver.id)))
            for task in tasks:
                task.for_id = heir.id
            done[model] = len(tasks)
        session.flush()
        staff = type(leaver)
        for led in session.scalars(select(staff).where(staff.tenant_id == tenant_id(), staff.leader_id == leaver.id)):
            led.leader_id = heir.id if led.id != heir.id else None
        session.flush()
    return {m: n for m, n in done.items() if n}
