"""One choice taken up by another: every record that holds it gets the other one, it is put away, and all of it can be taken back."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import naming, tailor
from app.engine.bulk import AT_ONCE, batches
from app.engine.compare import holds
from app.engine.current import tenant_id, trusted
from app.engine.custom import Said
from app.engine.errors import Missing, NotInThisState, Refused
from app.engine.fields import fields_of
from app.engine.record import record_named
from app.engine.rules import CustomField
from app.engine.takeback import attempt
from app.engine.tasks import Task, at_once, begin, report, work
from app.engine.undo import Journal, Undo, drop, keep
from app.engine.undoing import possible, since, take_back, ways
from app.engine.vault import unseal

MERGE, UNMERGE = "choice.merge", "choice.unmerge"
REASON, BACK = "merge of choices", "merge of choices taken back"  # rows are the program's to change, locked ones too
ways[MERGE] = UNMERGE


def row_of(session: Session, model: Any, name: str) -> CustomField:
    """The list of a field, built-in or one's own. Raises ``Missing`` where there is none to edit."""
    if name in fields_of(model) and not fields_of(model)[name].added:
        return tailor.list_of(session, model, name)
    number = name.removeprefix("x_")
    row = tailor.found(session, model, int(number) if number.isdecimal() and len(number) < 10 else 0)
    if row.archived or not row.choices or name != row.name:
        raise Missing
    return row


def held(model: Any, name: str, code: str) -> Any:
    """The rows that hold a choice, in SQL."""
    return holds(model, name, "ct" if fields_of(model)[name].kind(model, name) == "tags" else "eq", code)


def count(session: Session, model: Any, name: str, code: str) -> int:
    """How many records would change, whoever may see them."""
    with trusted(REASON):
        return session.scalar(select(func.count()).select_from(model).where(held(model, name, code))) or 0


def pair(row: CustomField, old: str, new: str) -> tuple[str, str]:
    """Both in words. Raises ``Refused`` for what is none, for the same one twice, and for one that was put away."""
    kept = {c["code"]: c for c in row.choices or []}
    if old not in kept or new not in kept or kept[new]["archived"] or old == new:
        raise Refused(_("Choose two different choices; the one that stays must be offered."))
    return tuple(str(Said(kept[c]["zh"], kept[c].get("en", ""))) for c in (old, new))  # type: ignore[return-value]


def start(session: Session, model: Any, name: str, old: str, new: str) -> Task:
    """Do it: at once for a few rows, as a task for many. Raises ``Refused`` with the places that name it; the caller commits."""
    row = row_of(session, model, name)
    words = pair(row, old, new)
    if places := naming.uses(session, model, row, old):
        raise Refused(_("“%(choice)s” is named elsewhere. Change these first: %(places)s", choice=words[0], places="; ".join(places)))
    total = count(session, model, name, old)
    data = {"model": model.__tablename__, "field": name, "old": old, "new": new}
    ask = at_once if total <= AT_ONCE else begin
    label = _("%(field)s: “%(old)s” into “%(new)s”", field=fields_of(model)[name].label, old=words[0], new=words[1])
    return ask(session, MERGE, data, str(label), total)


@work(MERGE)
def run(session: Session, task: Task) -> dict[str, Any]:
    """The task's work: the rows, then the choice, all of it or nothing."""
    data = task.data
    model, name, old, new = record_named(data["model"]), data["field"], data["old"], data["new"]
    tailor.one_at_a_time(session)
    row = row_of(session, model, name)
    words = pair(row, old, new)
    done = 0
    with trusted(REASON):
        for batch in batches(list(session.scalars(select(model.id).where(held(model, name, old)).order_by(model.id)))):
            done += changed(session, task, model, name, batch, old, new)
            report(task, done)
    away = next(c["archived"] for c in row.choices or [] if c["code"] == old)
    choices = [c | {"archived": c["archived"] or c["code"] == old} for c in row.choices or []]
    told = tailor.save(session, model, row, {"choices": choices}, {"merged": [words[0], words[1]]})
    task.data = data | {"row": told.id, "was_away": away}
    said = [str(_("%(n)s records now hold “%(choice)s”.", n=done, choice=words[1])), str(_("“%(choice)s” was put away.", choice=words[0]))]
    address = f"/custom/{data['model']}/{f'choices/{name}' if row.builtin else row.id}"
    # One row more than were changed: the choice itself can be taken back where no record held it.
    return {"words": said, "model": data["model"], "done": done, "undo": done + 1, "links": [[str(_("Choices")), address]]}


def changed(session: Session, task: Task, model: Any, name: str, batch: list[int], old: str, new: str) -> int:  # noqa: PLR0913, PLR0917
    """Set the other choice on some rows, and keep what they were."""
    field = fields_of(model)[name]
    query = select(model).where(model.id.in_(batch)).order_by(model.id).with_for_update(key_share=True, of=model)
    rows, was = list(session.scalars(query.execution_options(populate_existing=True))), dict[int, Any]()
    for record in rows:
        before = field.read(record, name)
        several = isinstance(before, list)
        if (old not in before) if several else before != old:
            continue  # somebody was quicker
        was[record.id] = before
        field.write(record, name, list(dict.fromkeys(new if c == old else c for c in before)) if several else new)
    session.flush()
    journal: Journal = [(model.__name__, r.id, r.version, {name: was[r.id]}) for r in rows if r.id in was]
    return keep(session, task.id, journal)


@work(UNMERGE)
def undone(session: Session, task: Task) -> dict[str, Any]:
    """The choice is offered again, and rows that nobody changed since hold it again."""
    first = session.get(Task, task.data["task"])
    if first is None or first.kind != MERGE:
        raise Missing
    data = first.data
    model, name, old = record_named(data["model"]), data["field"], data["old"]
    tailor.one_at_a_time(session)
    row = row_of(session, model, name)
    if not any(c["code"] == old for c in row.choices or []):
        raise NotInThisState(_("This cannot be undone any more."))
    if not data["was_away"]:
        choices = [c | {"archived": c["archived"] and c["code"] != old} for c in row.choices or []]
        if choices != row.choices:
            tailor.save(session, model, row, {"choices": choices})
    kept = list(session.scalars(select(Undo).where(Undo.task_id == first.id).order_by(Undo.id)))
    conflicts: list[list[Any]] = []
    done = 0
    for batch in batches(kept):
        with trusted(BACK):
            query = select(model).where(model.id.in_([u.record_id for u in batch])).execution_options(populate_existing=True)
            there = {r.id: r for r in session.scalars(query)}
            same = [u for u in batch if u.record_id in there and there[u.record_id].version == u.made]
            if not attempt(session, model, [(there[u.record_id], json.loads(unseal(u.before))) for u in same]):
                raise Refused(_("A rule of the database forbids these values. Check them and try again."))
        conflicts += since(session, model, [u for u in batch if u not in same])
        done += len(same)
        report(task, done)
    words = [str(_("%(n)s of %(all)s rows are as they were before.", n=done, all=len(kept)))]
    if conflicts:
        words.append(str(_("%(n)s rows were changed by somebody since; they stay as they are.", n=len(conflicts))))
    drop(session, first.id)
    links = [[str(_("Back to the list")), f"/{data['model']}/list"]]
    return {"words": words, "model": data["model"], "done": done, "refused": [], "refused_count": 0, "conflicts": conflicts, "links": links}


def roll_back(session: Session, model: Any, row: CustomField, entry: int) -> None:
    """Make a field what it was before one of its changes; the records of merges made since go back as well, where nobody touched them."""
    told = next((e for e in tailor.history(session, row) if e.id == entry), None)
    if told is not None:
        mine = Task.tenant_id == tenant_id(), Task.kind == MERGE, Task.undone_by.is_(None), Task.data["row"].as_integer() == row.id
        for task in session.scalars(select(Task).where(*mine, Task.ended_at >= told.created_at).order_by(Task.id.desc())):
            if possible(task):
                take_back(session, task)
    tailor.roll_back(session, model, row, entry)
