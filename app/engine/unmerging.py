"""A merge taken back: the one that went stands again, and what moved goes home, unless somebody touched it since."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import told
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState
from app.engine.merging import MERGE, frozen
from app.engine.record import Record, hold, record_named, records
from app.engine.tasks import Task, work
from app.engine.undo import Undo, drop
from app.engine.undoing import since, ways
from app.engine.vault import unseal

UNMERGE = "record.merge.undo"
UNMERGED = "unmerge"  # the word of the trail
ways[MERGE] = UNMERGE


@work(UNMERGE)
def run(session: Session, task: Task) -> dict[str, Any]:
    """The task's work. Shares that ended with the merge stay ended."""
    first = session.get(Task, task.data["task"])
    if first is None or first.owner_id != task.owner_id:
        raise Forbidden
    model, old, new = record_named(first.data["model"]), first.data["gone"], first.data["kept"]
    journal = list(session.scalars(select(Undo).where(Undo.task_id == first.id).order_by(Undo.id)))
    was = {(u.model, u.record_id): json.loads(unseal(u.before)) for u in journal}
    kept = session.get(model, new, populate_existing=True)
    if kept is None or (model.__name__, old) not in was:
        raise NotInThisState(_("The record is gone, or was forgotten. This cannot be undone any more."))
    if not policy.may(model, "can:delete", kept):
        raise Forbidden
    hold(session, kept)
    changes = was.pop((model.__name__, new), {})
    with trusted(UNMERGED):
        stands = parted(session, kept, changes)
        session.add(model(**thawed(model, was.pop((model.__name__, old)))))
        session.flush()
        away = sum(not home(session, name, pk, pointed, new) for (name, pk), pointed in was.items())
        session.add(told(kept, UNMERGED, "", {"id": [None, old]}))
        session.flush()
        drop(session, first.id)
    conflicts = [] if stands else since(session, model, [u for u in journal if (u.model, u.record_id) == (model.__name__, new)])
    words = [str(_("They are two records again."))]
    if away:
        words.append(str(_("%(n)s records were moved elsewhere since, and stay there.", n=away)))
    if conflicts:
        words.append(str(_("What was changed by hand since the merge stays as it is.")))
    url = f"/{model.__tablename__}/show/"
    links = [[str(_("The one that stayed")), f"{url}{new}"], [str(_("The one that is back")), f"{url}{old}"]]
    return {"words": words, "model": first.data["model"], "refused": [], "conflicts": conflicts, "links": links}


def parted(session: Session, kept: Record, changes: dict[str, list[Any]]) -> bool:
    """Give back what the survivor took. Returns whether all of it stood as it was taken."""
    there = frozen(kept)
    mine = {name: before for name, (before, taken) in changes.items() if there[name] == taken}
    for name, value in thawed(type(kept), mine).items():
        setattr(kept, name, value)
    session.flush()  # before its numbers are the other's again
    return len(mine) == len(changes)


def home(session: Session, name: str, pk: int, pointed: dict[str, int], new: int) -> bool:
    """Point one row back at the one it belonged to, if it still points where the merge pointed it."""
    model = next(m for m in records() if m.__name__ == name)
    row = session.get(model, pk)
    ((column, old),) = pointed.items()
    if row is None or getattr(row, column) != new:
        return False
    setattr(row, column, old)
    return True


def thawed(model: Any, kept: dict[str, Any]) -> dict[str, Any]:
    """Columns from JSON in their own types."""
    makers: dict[type, Any] = {date: date.fromisoformat, datetime: datetime.fromisoformat, Decimal: Decimal}
    make = {n: makers.get(model.__table__.c[n].type.python_type, lambda v: v) for n in kept}
    return {n: None if v is None else make[n](v) for n, v in kept.items()}
