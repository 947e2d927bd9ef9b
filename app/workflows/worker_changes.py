"""What a carer proposes for the own record, and what the office makes of it, field by field."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import now
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Invalid, Missing, NotInThisState, Refused
from app.engine.fields import fields_of
from app.engine.outbox import announce
from app.engine.present import apply, parsed
from app.engine.record import hold
from app.engine.rules import Level
from app.models.worker import Worker
from app.models.worker_change import APPROVED, OPEN, REFUSED, WorkerChange

# What people know best about themselves. Grade, pay and papers are the office's to write.
OWN = (
    "phone", "wechat", "address", "district", "native_place", "birthday", "height", "marital", "emergency", "emergency_phone", "dialects",
    "skills", "areas", "shift_days", "shift_from", "shift_until",
)  # fmt: skip


def written(value: Any) -> str:
    """A value as text that ``parsed`` reads again."""
    return ",".join(value) if isinstance(value, list) else "" if value is None else str(value)


def open_changes(session: Session, worker: Worker) -> list[WorkerChange]:
    mine = WorkerChange.worker_id == worker.id, WorkerChange.state == OPEN
    return list(session.scalars(select(WorkerChange).where(*mine).order_by(WorkerChange.id)))


def propose(session: Session, worker: Worker, sent: dict[str, Any]) -> list[WorkerChange]:
    """Keep what differs from the record as wishes; one for each field, the last one counts. The caller is trusted, and commits.

    Raises:
        Invalid: naming every field that cannot be understood; then nothing is kept.

    """
    hold(session, worker)  # the same form sent twice at once is one wish
    there, wrong, meant = {c.field: c for c in open_changes(session, worker)}, dict[str, Any](), dict[str, str]()
    for name in (n for n in OWN if n in sent):
        try:
            meant[name] = written(parsed(Worker, name, sent[name], session))
        except Refused as refused:
            wrong[name] = refused.args[0]
    if wrong:
        raise Invalid(wrong)
    found = []
    for name, value in meant.items():
        open_one = there.get(name)
        if value == written(getattr(worker, name)):
            if open_one is not None:
                session.delete(open_one)
        elif open_one is None or open_one.value != value:
            found.append(open_one or WorkerChange(worker_id=worker.id, field=name, store_id=worker.store_id))
            found[-1].value = value
    session.add_all(found)
    session.flush()
    if found:
        announce("worker.proposed", worker, count=str(len(found)))
    return found


def decide(session: Session, worker: Worker, pk: int, *, approve: bool, reason: str = "") -> WorkerChange:
    """Take over one wish through the guard, or refuse it with a reason. The caller commits.

    Raises:
        Forbidden: the field is not the actor's to change.
        Missing: there is no such wish of this carer.
        NotInThisState: somebody decided it already.

    """
    with trusted("proposed change"):
        change = session.get(WorkerChange, pk)
        if change is None or change.worker_id != worker.id:
            raise Missing
        hold(session, change)
    if policy.level(worker, change.field) < Level.WRITE:
        raise Forbidden(_("You may not change “%(field)s” here.", field=fields_of(Worker)[change.field].label))
    if change.state != OPEN:
        raise NotInThisState(_("This was decided already."))
    if approve:
        apply(worker, {change.field: change.value}, session)
    elif not reason.strip():
        raise Refused(_("Say why, so that the carer knows."))
    change.state, change.reason = (APPROVED, None) if approve else (REFUSED, reason.strip()[:200])
    change.decided_by, change.decided_at = current().actor_id, now()
    session.flush()
    return change
