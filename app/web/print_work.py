"""Records into one PDF: at once for a few, by a worker for many."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.engine import policy, tasks
from app.engine.clock import today
from app.engine.current import tenant_id
from app.engine.errors import Forbidden, Refused
from app.engine.exchange import ExportFile
from app.engine.fields import fields_of
from app.engine.files import PDF
from app.engine.printing.errors import BadTemplate
from app.engine.printing.language import parse
from app.engine.printing.names import ways
from app.engine.printing.papers import Template
from app.engine.printing.templates import template
from app.engine.tasks import Task, report, work
from app.extensions import db, storage
from app.web.enter import wants_json
from app.web.exchanging import named
from app.web.files import FRAMED

MOST, AT_ONCE, BATCH = 2000, 50, 100  # rows of one file, rows that nobody waits long for, rows read together


def base() -> str:
    """Where the addresses on paper lead."""
    return str(current_app.config["PUBLIC_URL"])


def printable(model: Any) -> list[Any]:
    """The condition of the rows that the actor may print. Raises ``Forbidden`` for whoever may print none."""
    if not policy.opens(model) or not policy.may(model, "can:print"):
        raise Forbidden
    where = policy.rows_where(model, "can:print")
    return [] if where is None else [where]


def need(model: Any, record: Any) -> None:
    """Raises ``Forbidden`` for whoever may not print this record."""
    if not policy.opens(model) or not policy.may(model, "can:print", record):
        raise Forbidden


def chosen(model: Any, conditions: list[Any]) -> list[int]:
    """The numbers of the rows among these that the actor may print. Raises ``Refused`` for none, or too many."""
    asked = select(model.id).where(*conditions, *printable(model)).order_by(model.id).limit(MOST + 1)
    found = list(db.session.scalars(asked))
    if shared := {pk for name, pk in policy.shares() if name == model.__name__} & set(found):  # a share gives no verb
        there = db.session.scalars(select(model).where(model.id.in_(shared)))
        found = sorted({*found} - {r.id for r in there if not policy.may(model, "can:print", r)})
    if not found:
        raise Refused(_("None of these rows can be printed by you."))
    if len(found) > MOST:
        raise Refused(_("At most %(n)s rows at once. Narrow the question.", n=f"{MOST:,}"))
    return found


def read(session: Session, model: Any, pks: list[int], one: Template) -> Iterator[Any]:
    """The records of some numbers, a batch at a time, with what stands behind the links that a template goes over."""
    links = [along(model, way) for way in ways(parse(one.body), model)]
    for start in range(0, len(pks), BATCH):
        part = pks[start : start + BATCH]
        there = {r.id: r for r in session.scalars(select(model).where(model.id.in_(part), *printable(model)).options(*links))}
        yield from (there[pk] for pk in part if pk in there)


def along(model: Any, way: tuple[str, ...]) -> Any:
    """What brings the record behind one or two links along."""
    found = joinedload(getattr(model, way[0]))
    for before, name in itertools.pairwise(way):
        model = fields_of(model)[before].target(model, before)  # type: ignore[attr-defined]
        found = found.joinedload(getattr(model, name))
    return found


def made(session: Session, model: Any, one: Template, pks: list[int], progress: Any = lambda _done: None, *, again: bool = False) -> bytes:  # noqa: PLR0913
    """The file, told to the trail unless somebody only looks ``again`` while writing a template; the caller commits."""
    from app.engine.printing.press import note, printed  # noqa: PLC0415  # the font and its program are loaded by the first who prints

    data, done = printed(session, one, read(session, model, pks, one), base(), progress)
    if not again:
        note(session, one, done)
    return data


@work("print")
def print_work(session: Session, task: Task) -> dict[str, Any]:
    model, pks = named(task.data["model"]), task.data["ids"]
    data = made(session, model, template(session, model, task.data["code"]), pks, lambda done: report(task, done))
    stored = storage().put(tenant_id(), io.BytesIO(data))
    file = ExportFile(model=model.__name__, name=file_name(model), kind="pdf", key=stored.key, size=stored.size, rows=len(pks))
    session.add(file)
    session.flush()
    words = [str(_("%(n)s rows.", n=f"{len(pks):,}")), str(_("The file is kept until %(until)s.", until=file.facts()["until"]))]
    return {"words": words, "links": [[str(_("Download")), file.page_url]], "file": file.id}


def ask_for(model: Any, one: Template, pks: list[int]) -> Task:
    """Let a worker print; the caller commits."""
    data = {"model": model.__name__, "ids": pks, "code": one.code}
    label = _("Print: %(kind)s", kind=model.__plural__ or model.__label__)
    return tasks.begin(db.session, "print", data, str(label), len(pks))


def file_name(model: Any, pk: int | str = "") -> str:
    return f"{model.__tablename__}-{pk or f'{today():%Y%m%d}'}.pdf"


def answer(data: bytes, name: str) -> Response:
    """A PDF for the browser's own viewer."""
    made_ = framed(Response(data, mimetype=PDF))
    made_.headers["Content-Disposition"] = f"inline; filename={name}"
    return made_


def shown(print_: Callable[[], bytes], name: str) -> Response:
    """A PDF that is made now and committed; or, where it would be seen, what is wrong with its template."""
    try:
        data = print_()
    except BadTemplate as problem:
        if wants_json():
            raise
        db.session.rollback()
        return framed(Response(str(problem), problem.status, mimetype="text/plain"))
    db.session.commit()
    return answer(data, name)


def framed(made_: Response) -> Response:
    """Shown in a frame of our pages alone."""
    made_.headers["Content-Security-Policy"] = FRAMED
    made_.headers["X-Frame-Options"] = "SAMEORIGIN"
    made_.headers["Cache-Control"] = "private, no-store"
    made_.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return made_
