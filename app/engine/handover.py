"""Hand-over: what somebody looked after gets a new owner, in one transaction, and the trail tells of each record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.current import tenant_id, trusted
from app.engine.record import record_named, records


def open_records(model: Any, staff_id: int) -> Any:
    """The statement for one's records that still need somebody: all of a plain type, of a flow those not at an end."""
    query = select(model).where(model.tenant_id == tenant_id(), model.owner_id == staff_id)
    if model.__flow__:
        query = query.where(model.state.not_in([s.name for s in model.__flow__.states.values() if s.final]))
    return query.order_by(model.id)


def kinds() -> list[Any]:
    """The types of record that are handed over: not the platform's, no ledgers, no people and places."""
    fixed = (record_named("staff"), record_named("store"))
    return [m for m in records() if not m.__platform__ and not m.__appended__ and m not in fixed]


def count(session: Session, staff_id: int) -> dict[Any, int]:
    """How many of each type wait for a new owner."""
    with trusted("hand-over"):
        found = {m: len(session.scalars(open_records(m, staff_id).with_only_columns(m.id)).all()) for m in kinds()}
    return {m: n for m, n in found.items() if n}


def hand_over(session: Session, leaver: Any, heir: Any) -> dict[Any, int]:
    """Give everything open to the heir, and those whom the leaver led a new leader. Returns how many of each type."""
    done: dict[Any, int] = {}
    with trusted("hand-over"):
        for model in kinds():
            rows = list(session.scalars(open_records(model, leaver.id)))
            for record in rows:
                record.owner_id = heir.id
            session.flush()
            done[model] = len(rows)
        staff = type(leaver)
        for led in session.scalars(select(staff).where(staff.tenant_id == tenant_id(), staff.leader_id == leaver.id)):
            led.leader_id = heir.id if led.id != heir.id else None
        session.flush()
    return {m: n for m, n in done.items() if n}
