"""The work of imports and exports, at once for a few rows and by a worker for many; and lists that go out by mail."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import Any, BinaryIO

from flask import Response
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import tasks
from app.engine.clock import now, today
from app.engine.columns import Plan
from app.engine.current import acting, current, tenant_id
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.exchange import DUE, TRIED, UNDO_DAYS, UNDONE, WRITTEN, ExportFile, ExportPlan, ImportRun, following, wait
from app.engine.export import KINDS, export
from app.engine.fields import fields_of
from app.engine.files import PDF
from app.engine.imports import bring_in, may_import
from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.outbox import Notice, announce, reaction
from app.engine.query import find
from app.engine.record import hold, record_named, records
from app.engine.takeback import take_back
from app.engine.tasks import Task, report, work
from app.engine.trial import Trial
from app.engine.vault import seal, unseal
from app.extensions import storage
from app.web.asked import Asked

PIECE = 1 << 16  # bytes
LINES = 2000  # rows that are sealed together
SHOWN = 50  # rows of a trial that a page shows
SUBSCRIPTIONS.append(
    Subscription(
        "export.ready", "owner", "mail", _("Your list is ready: %(name)s"),
        _("%(rows)s rows. Only you can open the link, after signing in, until %(until)s."),
    )
)  # fmt: skip


def named(name: str) -> Any:
    """The record class of that name. Raises ``Missing``."""
    found = next((m for m in records() if m.__name__ == name), None)
    if found is None:
        raise Missing
    return found


# Out


def exported(session: Session, model: Any, asked: Asked, names: list[str], kind: str, progress: Any = lambda _done: None) -> ExportFile:  # noqa: PLR0913, PLR0917
    """Make a file for the actor, to be fetched by nobody else."""
    with tempfile.TemporaryFile() as file:
        rows = export(session, model, asked.conditions(model), file=file, names=names, by=asked.by, kind=kind, progress=progress)
        size = file.tell()
        file.seek(0)
        stored = storage().put(tenant_id(), file)
    name = f"{model.__tablename__}-{today():%Y%m%d}.{kind}"
    made = ExportFile(model=model.__name__, name=name, kind=kind, key=stored.key, size=size, rows=rows)
    session.add(made)
    session.flush()
    return made


@work("export")
def export_work(session: Session, task: Task) -> dict[str, Any]:
    sent, model = task.data, named(task.data["model"])
    asked = Asked.of(sent["ask"])
    made = exported(session, model, asked, sent["names"], sent["kind"], lambda done: report(task, done))
    if sent.get("mail"):
        announce("export.ready", made)
    words = [str(_("%(n)s rows.", n=f"{made.rows:,}")), str(_("The file is kept until %(until)s.", until=made.facts()["until"]))]
    return {"words": words, "links": [[str(_("Download")), made.page_url]], "file": made.id}


def ask_for(session: Session, model: Any, asked: Asked, names: list[str], kind: str, total: int, *, mail: bool = False) -> Task:  # noqa: PLR0913, PLR0917
    ask = asked.url("", sort=asked.by or "-id", after=None)
    data = {"model": model.__name__, "ask": ask, "names": names, "kind": kind, "mail": mail}
    label = _("Export: %(kind)s", kind=model.__plural__ or model.__label__)
    return tasks.begin(session, "export", data, str(label), total)


@reaction(DUE)
def due(session: Session, notice: Notice) -> None:
    """The time of a plan has come: begin the work under its owner's rights of now, and wait for the next time."""
    plan = session.get(ExportPlan, notice.record_id)
    if plan is None or plan.version != notice.facts.get("version"):
        return  # it was given up, or moved
    person = session.get(record_named("staff"), plan.owner_id)
    model = named(plan.model)
    if person is not None and person.active:
        who = {"actor_id": person.id, "store_id": person.store_id, "roles": frozenset(person.roles or ()), "trusted": ""}
        with acting(**who), force_locale(plan.language):
            ask_for(session, model, Asked.of(plan.ask), list(fields_of(model)), plan.kind, 0, mail=True)
        plan.next_at = following(plan.weekday, plan.hour, now())
        wait(session, plan)


def streamed(file: Any, kind: str, name: str) -> Response:
    """A file as an answer, piece by piece; it is closed with the last one."""

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(PIECE):
                yield piece

    answer = Response(pieces(), mimetype=KINDS.get(kind, PDF))
    answer.call_on_close(file.close)  # also when nobody read it to its end
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


# In


def put_rows(rows: list[list[str]]) -> str:
    """Keep the rows of a file, sealed: it is full of phones."""
    return put(json.dumps(rows[n : n + LINES], ensure_ascii=False) for n in range(0, len(rows), LINES))


def put(parts: Any) -> str:
    with tempfile.TemporaryFile() as file:
        for part in parts:
            file.write(seal(part).encode() + b"\n")
        file.seek(0)
        return storage().put(tenant_id(), file).key


def rows_of(key: str) -> list[Any]:
    """What :func:`put` kept. Raises ``Refused`` when it is there no more."""
    try:
        content: BinaryIO = storage().open(key)
    except Missing:
        raise Refused(_("This trial is too old. Choose the file again.")) from None
    with closing(content), io.TextIOWrapper(content, encoding="ascii") as lines:
        return [row for line in lines for row in json.loads(unseal(line.strip()))]


def run_of(session: Session, model: Any, pk: int | str) -> ImportRun:
    """One's own import of a type; a 404 for others', as if it were not there."""
    run: ImportRun | None = find(session, ImportRun, pk)
    if run is None or run.owner_id != current().actor_id or run.model != model.__name__:
        raise Missing
    return run


def plan_of(run: ImportRun) -> Plan:
    return Plan({int(n): name for n, name in run.columns.items()}, run.match, run.mode)


def tried(session: Session, run: ImportRun, rows: list[list[str]], *, keep: bool, progress: Any = lambda _done: None) -> Trial:
    """Try the rows, or write them; what came of it is kept with the run."""
    model = named(run.model)
    if keep:
        session.flush()  # what was chosen a moment ago; the lock reads the row anew
        hold(session, run)
        if run.state != TRIED:
            raise Refused(_("This file was written already."))
    trial = bring_in(session, model, rows, plan_of(run), keep=keep, progress=progress)
    wrong = sorted({f.row for f in trial.faults if f.row > 1}) or range(2, len(rows) + 1)
    told = {
        "heads": rows[0], "columns": {str(n): name for n, name in trial.columns.items()}, "ignored": trial.ignored,
        "faults": [asdict(f) for f in trial.faults], "twins": [asdict(f) for f in trial.twins],
        "repairs": [asdict(r) for r in trial.repairs], "repaired": trial.repaired, "made": trial.made, "changed": trial.changed,
        "lines": [[n, rows[n - 1]] for n in list(wrong)[:SHOWN] if rows[n - 1]],
    }  # fmt: skip
    run.trial, run.rows = json.dumps(told, ensure_ascii=False), trial.rows
    if trial.done:
        run.journal = put(json.dumps(trial.journal[n : n + LINES], default=str) for n in range(0, len(trial.journal), LINES))
        run.state, run.expires_at = WRITTEN, now() + timedelta(days=UNDO_DAYS)
    return trial


@work("import")
def import_work(session: Session, task: Task) -> dict[str, Any]:
    run = run_of(session, named(task.data["model"]), task.data["run"])
    trial = tried(session, run, rows_of(run.key), keep=task.data["keep"], progress=lambda done: report(task, done))
    label = _("See what was written") if trial.done else _("See the dry run")
    links = [[str(label), f"/{named(run.model).__tablename__}/import/{run.id}"]]
    return {"words": [said(trial), *put_right(trial.repaired)], "links": links, "repaired": trial.repaired, "wrong": len(trial.faults)}


def said(trial: Trial) -> str:
    if trial.faults:
        return str(_("%(n)s cells are wrong. Nothing is written.", n=len(trial.faults)))
    if trial.done:
        return str(_("%(made)s rows were added, %(changed)s changed.", made=trial.made, changed=trial.changed))
    return str(_("%(n)s rows are right. Nothing is written yet.", n=trial.rows))


def put_right(repaired: dict[str, int]) -> list[str]:
    """How many cells were read otherwise than they stand in the file, column by column; nothing is guessed in silence."""
    where = ", ".join(f"{label} {n:,}" for label, n in repaired.items())
    return [str(_("%(n)s cells were put right: %(where)s.", n=f"{sum(repaired.values()):,}", where=where))] if repaired else []


@work("import.undo")
def undo_work(session: Session, task: Task) -> dict[str, Any]:
    model = named(task.data["model"])
    run = run_of(session, model, task.data["run"])
    hold(session, run)
    if run.state != WRITTEN:
        raise Refused(_("This import was taken back already."))
    if not may_import(model, run.mode):
        raise Forbidden
    removed, restored, stay = take_back(session, model, rows_of(run.journal), lambda done: report(task, done))
    run.state = UNDONE
    words = [str(_("%(removed)s rows were removed, %(restored)s put back.", removed=removed, restored=restored))]
    if stay:
        words.append(str(_("%(n)s rows stay as they are:", n=len(stay))))
        words += [f"{model.__label__} {pk}: {why}" for pk, why in stay[:SHOWN]]
    links = [[f"{model.__label__} {pk}", f"/{model.__tablename__}/show/{pk}"] for pk, _why in stay[:10]]
    return {"words": words, "links": links}


