"""One deed to many rows: tried without writing, then done in batches, row by row under rights, and kept to be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.engine import policy
from app.engine.assign import Assign
from app.engine.audit import differences
from app.engine.current import current
from app.engine.deed import Deed
from app.engine.deeds import deed
from app.engine.errors import Conflict, Missing, Refused
from app.engine.outbox import announce
from app.engine.present import label
from app.engine.query import loads
from app.engine.record import record_named
from app.engine.rules import Level
from app.engine.tasks import Task, at_once, begin, report, work
from app.engine.undo import Handed
from app.engine.undo import keep as keep_undo

MOST = 10_000  # rows of one deed
AT_ONCE = 300  # rows that are done while the person waits; more become a task
BATCH = 200
TOLD = 1000  # refusals that are kept with their reasons; the others are counted
KIND = "bulk"
POINTED = _("Other records still point here, so it cannot be deleted. Archive or move them first.")
AGAINST = _("A rule of the database forbids these values. Check them and try again.")
Rows = list[tuple[int, int | None]]  # number and the version that was shown


@dataclass(slots=True)
class Line:
    """What a deed would do to one row: its fields as [before, after], or why not."""

    pk: int
    label: str = ""
    changes: dict[str, list[Any]] = field(default_factory=dict)
    why: str = ""


def chosen(session: Session, model: Any, conditions: Iterable[Any]) -> Rows:
    """The rows that fit a question, with their versions. Raises ``Refused`` when they are too many."""
    query = select(model.id, model.version).where(*conditions).order_by(model.id).limit(MOST + 1)
    return fitting([(pk, version) for pk, version in session.execute(query)])


def fitting(rows: Rows) -> Rows:
    if not rows:
        raise Refused(_("Tick some rows first."))
    if len(rows) > MOST:
        raise Refused(_("At most %(n)s rows at once. Narrow the question.", n=f"{MOST:,}"))
    return rows


def attempt(session: Session, model: Any, name: str, inputs: dict[str, Any], rows: Rows) -> list[Line]:
    """A line for each row; nothing is written, and the caller rolls back."""
    act, lines = deed(session, model, name, inputs), []
    with session.no_autoflush:
        for batch in batches(rows):
            there = read(session, model, act, batch)
            for pk, version in batch:
                lines.append(line := Line(pk))
                if (record := there.get(pk)) is None:
                    line.why = str(Missing.message)
                    continue
                line.label = label(record)
                mark = act.mark()
                try:
                    act.allow(record, version)
                    act.trial(record)
                    line.changes = {n: p for n, p in differences(record).items() if policy.level(record, n) >= Level.READ}
                except Refused as refused:
                    act.back(mark)
                    line.why = str(refused)
                session.expire(record)  # what was tried is forgotten
    return lines


def start(session: Session, model: Any, name: str, inputs: dict[str, Any], rows: Rows) -> Task:
    """Do it: at once for a few rows, as a task for many. The caller commits."""
    act = deed(session, model, name, inputs)
    data = {"model": model.__tablename__, "act": name, "inputs": inputs, "rows": [list(r) for r in rows]}
    words = _("%(act)s: %(n)s × %(records)s", act=act.label, n=len(rows), records=model.__plural__ or model.__label__)
    ask = at_once if len(rows) <= AT_ONCE else begin
    return ask(session, KIND, data, str(words), len(rows))


def batches(rows: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(rows), BATCH):
        yield rows[at : at + BATCH]


def read(session: Session, model: Any, act: Deed, batch: Rows) -> dict[int, Any]:
    """The rows of a batch as they are now, those that the actor sees, in one statement."""
    query = select(model).where(model.id.in_([pk for pk, _version in batch])).options(*loads(model, act.names()))
    return {r.id: r for r in session.scalars(query.execution_options(populate_existing=True))}


@work(KIND)
def run(session: Session, task: Task) -> dict[str, Any]:
    """The task's work. A row that is refused stays as it is; the others are done all together or not at all."""
    model = record_named(task.data["model"])
    act = deed(session, model, task.data["act"], task.data["inputs"])
    rows: Rows = [(pk, version) for pk, version in task.data["rows"]]
    refused: list[list[Any]] = []
    done = kept = at = 0
    for batch in batches(rows):
        before = bunch(session, act, batch, refused)
        done += len(before)
        kept += keep(session, task, act, before)
        at += len(batch)
        report(task, at)
    if isinstance(act, Assign):
        tell(session, task, model, act)
    words = [str(_("%(n)s of %(all)s rows done.", n=done, all=len(rows)))]
    if refused:
        words.append(str(_("%(n)s rows stay as they were.", n=len(refused))))
    return {
        "words": words, "model": model.__tablename__, "act": act.name, "done": done, "undo": kept, "refused_count": len(refused),
        "refused": refused[:TOLD], "links": [[str(_("Back to the list")), f"/{model.__tablename__}/list"]],
    }  # fmt: skip


Before = list[tuple[Any, dict[str, Any]]]  # a record, and what it was


def bunch(session: Session, act: Deed, batch: Rows, refused: list[list[Any]]) -> Before:
    """Do a batch with one flush; where the database has something against it, take its rows one by one."""
    mark, told = act.mark(), len(refused)
    if not act.alone:
        try:
            with session.begin_nested():
                found = touched(session, act, batch, refused)
                session.flush()
                return found
        except (Refused, IntegrityError, StaleDataError):
            act.back(mark)
            del refused[told:]
    found = []
    for row in batch:
        mark = act.mark()
        try:
            with session.begin_nested():
                one = touched(session, act, [row], refused)
                session.flush()
            found += one
        except (Refused, IntegrityError, StaleDataError) as problem:
            act.back(mark)
            refused.append([row[0], in_words(problem)])
    return found


def touched(session: Session, act: Deed, batch: Rows, refused: list[list[Any]]) -> Before:
    """Change the rows in memory, each as far as it is allowed. A step writes by itself: what it refuses ends the bunch."""
    found: Before = []
    there = read(session, act.model, act, batch)
    for pk, version in batch:
        if (record := there.get(pk)) is None:
            refused.append([pk, str(Missing.message)])
            continue
        if act.alone:
            act.allow(record, version)
            act.touch(record)
            found.append((record, {}))
            continue
        mark = act.mark()
        with session.no_autoflush:
            try:
                act.allow(record, version)
                act.trial(record)
                if act.apart:
                    act.touch(record)
            except Refused as no:
                act.back(mark)
                session.expire(record)
                refused.append([pk, str(no)])
                continue
            found.append((record, {n: pair[0] for n, pair in differences(record).items()}))
    return found


def in_words(problem: Exception) -> str:
    if isinstance(problem, Refused):
        return str(problem)
    if isinstance(problem, StaleDataError):
        return str(Conflict.message)
    return str(POINTED if getattr(getattr(problem, "orig", None), "sqlstate", "") == "23503" else AGAINST)


def keep(session: Session, task: Task, act: Deed, before: Before) -> int:
    """Keep what the rows were, sealed. Returns how many can be put back."""
    if not act.can_undo:
        return 0
    journal = [(type(r).__name__, r.id, r.version, {n: plain(v) for n, v in was.items()}) for r, was in before if was]
    return keep_undo(session, task.id, journal)


def plain(value: Any) -> Any:
    """A value that ``apply`` takes back as it was."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def tell(session: Session, task: Task, model: Any, act: Assign) -> None:
    """One notice for each who got some; nobody is told what he did himself."""
    who = session.get(record_named("staff"), current().actor_id)
    for pk, count in act.given.items():
        if count and pk != current().actor_id:
            handed = Handed(owner_id=pk, task_id=task.id, model=model.__tablename__, count=count)
            session.add(handed)
            session.flush()
            announce("handed.given", handed, who=str(who or ""))
