"""Taking a deed back: rows that nobody changed since become what they were, the others are listed with who and when."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.engine import policy
from app.engine.audit import AuditEntry
from app.engine.bulk import AT_ONCE, KIND, batches, in_words
from app.engine.clock import now
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.present import apply
from app.engine.record import hold, record_named
from app.engine.tasks import CANCELLED, DONE, FAILED, Task, at_once, begin, report, work
from app.engine.undo import Undo, drop
from app.engine.vault import unseal

KEPT = timedelta(days=7)
UNDO = "bulk.undo"
ways = {KIND: UNDO}  # a kind of task that can be taken back -> the kind that does it


def possible(task: Task) -> bool:
    """Whether a task left something that can still be taken back."""
    kept = task.kind in ways and task.state == DONE and bool((task.result or {}).get("undo"))
    return kept and task.undone_by is None and task.ended_at is not None and task.ended_at > now() - KEPT


def take_back(session: Session, task: Task) -> Task:
    """Undo a deed of the actor's own, once. The caller commits.

    Raises ``NotInThisState`` when it was taken back already, or never can be.
    """
    hold(session, task)  # of two who try at once the second waits here
    if task.undone_by is not None:
        other = session.get(Task, task.undone_by)
        if other is None or other.state not in (FAILED, CANCELLED):
            raise NotInThisState(_("This was undone already."))
        task.undone_by = None
    if not possible(task):
        raise NotInThisState(_("This cannot be undone any more."))
    total = task.result["undo"] if task.result else 0
    ask = at_once if total <= AT_ONCE else begin
    undoing = ask(session, ways[task.kind], {"task": task.id}, str(_("Undo: %(what)s", what=task.label)), total)
    task.undone_by = undoing.id
    session.flush()
    return undoing


@work(UNDO)
def run(session: Session, task: Task) -> dict[str, Any]:
    """The task's work: a row whose version is still the one that the deed made is put back."""
    first = session.get(Task, task.data["task"])
    if first is None or first.owner_id != task.owner_id:
        raise Forbidden
    model = record_named(first.data["model"])
    kept = list(session.scalars(select(Undo).where(Undo.task_id == first.id).order_by(Undo.id)))
    conflicts: list[list[Any]] = []
    refused: list[list[Any]] = []
    done = at = 0
    for batch in batches(kept):
        done += put_back(session, model, batch, conflicts, refused)
        at += len(batch)
        report(task, at)
    words = [str(_("%(n)s of %(all)s rows are as they were before.", n=done, all=len(kept)))]
    if conflicts:
        words.append(str(_("%(n)s rows were changed by somebody since; they stay as they are.", n=len(conflicts))))
    if refused:
        words.append(str(_("%(n)s rows stay as they were.", n=len(refused))))
    drop(session, first.id)
    return {
        "words": words, "model": first.data["model"], "done": done, "refused": refused, "refused_count": len(refused),
        "conflicts": conflicts, "links": [[str(_("Back to the list")), f"/{first.data['model']}/list"]],
    }  # fmt: skip


def put_back(session: Session, model: Any, batch: list[Undo], conflicts: list[list[Any]], refused: list[list[Any]]) -> int:
    """Put a batch back, each row in a savepoint of its own only where the database has something against it."""
    with trusted("undo"):  # rows that were given away may be out of the actor's reach now; what is done to them is judged below
        query = select(model).where(model.id.in_([u.record_id for u in batch]))
        there = {r.id: r for r in session.scalars(query.execution_options(populate_existing=True))}
    same = [u for u in batch if u.record_id in there and there[u.record_id].version == u.made]
    conflicts += since(session, model, [u for u in batch if u not in same])
    told = len(refused)
    try:
        with session.begin_nested():
            done = sum(restored(session, there[u.record_id], u, refused) for u in same)
    except (Refused, IntegrityError, StaleDataError):
        del refused[told:]
    else:
        return done
    done = 0
    for one in same:
        try:
            with session.begin_nested():
                done += restored(session, there[one.record_id], one, refused)
        except (Refused, IntegrityError, StaleDataError) as problem:
            refused.append([one.record_id, in_words(problem)])
    return done


def restored(session: Session, record: Any, kept: Undo, refused: list[list[Any]]) -> int:
    """Set what the row was, as far as the actor may; owners go back to whom he took it from."""
    was = json.loads(unseal(kept.before))
    owner = {"owner": was.pop("owner")} if "owner" in was else {}
    try:
        if owner and not policy.may(type(record), "can:assign"):
            raise Forbidden
        if was:
            apply(record, was, session)
            session.flush()
        if owner:
            with trusted("undo"):
                record.owner_id = owner["owner"]
                session.flush()
    except Refused as no:
        session.expire(record)
        refused.append([record.id, str(no)])
        return 0
    return 1


def since(session: Session, model: Any, kept: list[Undo]) -> list[list[Any]]:
    """Who changed each of these rows last, and when: [number, person, moment]."""
    if not kept:
        return []
    last: dict[int, tuple[int | None, str]] = {}
    with trusted("undo"):
        made = {u.record_id: u.made for u in kept}
        query = select(AuditEntry.record_id, AuditEntry.made, AuditEntry.action, AuditEntry.created_by, AuditEntry.created_at)
        about = AuditEntry.model == model.__name__, AuditEntry.record_id.in_(made)
        for pk, version, action, person, at in session.execute(query.where(*about).order_by(AuditEntry.id)):
            if version > made[pk] or action == "delete":
                last[pk] = person, at.isoformat()
    return [[u.record_id, *last.get(u.record_id, (None, ""))] for u in kept]
