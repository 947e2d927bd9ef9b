"""Files in and out by REST: ``/api/v1/<table>/import`` and ``/export``. The same trial, rights and limits as on the pages."""

from __future__ import annotations

import json
from typing import Any, cast

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from app.engine import policy
from app.engine.columns import plain
from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.exchange import TRIED, ImportRun
from app.engine.export import KINDS
from app.engine.fields import fields_of
from app.engine.imports import may_import
from app.engine.tasks import DONE, OPEN, Task
from app.engine.trial import letter
from app.extensions import db
from app.web.asked import Asked
from app.web.exchanging import put_right, rows_of, run_of
from app.web.exports import fetched
from app.web.signed import signed_in
from app.web.tasks import described, own
from app.web.transfer import choose, done, made_of, received, undone

LOCK = 7_401_003  # any number; with that of a request's key it lets two equal requests follow one another
TRUE = ("1", "true", "yes", "on")
TOLD = ("faults", "repairs", "repaired", "twins", "ignored", "made", "changed")


class TransferParts:
    """The routes of one record's resource."""

    @property
    def about(self) -> Any:
        """The type of record."""
        return cast("Any", self).model

    @expose("/import", methods=["POST"])
    @signed_in
    def import_(self) -> Any:
        """``multipart/form-data``: ``file``, ``mode`` (insert, update, both), ``match``, ``columns``, ``dry_run``.

        Without ``dry_run`` the rows are written if not a single cell is wrong. The same ``Idempotency-Key`` is the same import.
        """
        if not may_import(self.about, request.form.get("mode", "insert")):
            raise Forbidden
        if (key := request.headers.get("Idempotency-Key", "")[:40]) and (there := sent_before(self.about, key)):
            return told(self.about, there)
        run, rows = received(self.about)
        choose(self.about, run)
        run.columns = meant(self.about, rows[0])
        run.extra = {"request": key} if key else None
        done(self.about, run, rows, keep=request.form.get("dry_run", "").lower() not in TRUE)
        return told(self.about, run, made=True)

    @expose("/import/<int:pk>", methods=["GET", "POST"])
    @signed_in
    def import_run(self, pk: int) -> Any:
        """How one's import stands; a POST of ``{"do": "write"}`` writes what was tried, ``{"do": "undo"}`` takes it back."""
        run = run_of(db.session, self.about, pk)
        if not may_import(self.about, run.mode):
            raise Forbidden
        if request.method == "POST":
            sent = request.get_json(silent=True)
            do = sent.get("do") if isinstance(sent, dict) else None
            if do == "undo":
                task = undone(self.about, run)
                return jsonify(result=described(task)), 200 if task.state == DONE else 202
            if do != "write":
                raise Refused(_("Choose one from the list."))
            if run.state != TRIED:
                raise NotInThisState(_("This file was written already."))
            done(self.about, run, rows_of(run.key), keep=True)
        return told(self.about, run, made=request.method == "POST")

    @expose("/export", methods=["GET"])
    @signed_in
    def export(self) -> Any:
        """The rows of a list's question, as ``?format=csv`` or ``xlsx``; ``cols=name,phone`` chooses columns. Many become a task."""
        model, args = self.about, MultiDict(request.args)
        kind = args.pop("format", "csv")
        if not policy.opens(model):
            raise Forbidden
        if kind not in KINDS:
            raise Refused(_("Choose one from the list."))
        asked = Asked.read(args, "-id")
        names = [part.partition(":")[0] for part in args.get("cols", "").split(",") if part]
        if unknown := set(names) - set(policy.readable(model)):
            raise Forbidden(_("No such field, or not yours to see: %(names)s", names=", ".join(sorted(unknown))))
        made = made_of(model, asked, names or list(fields_of(model)), kind)
        return waiting(model, made) if isinstance(made, Task) else made

    @expose("/export/<int:pk>", methods=["GET"])
    @signed_in
    def export_file(self, pk: int) -> Any:
        """The file of a task, when it is made; until then how far it is."""
        task = own(pk)
        if task.kind not in ("export", "print") or task.data.get("model") != self.about.__name__:
            raise Missing
        if task.state in OPEN:
            return waiting(self.about, task)
        if task.state != DONE:
            raise NotInThisState(task.error or _("It was cancelled."))
        return fetched((task.result or {}).get("file", 0), self.about)


def waiting(model: Any, task: Task) -> Any:
    return jsonify(result=described(task)), 202, {"Location": f"/api/v1/{model.__tablename__}/export/{task.id}"}


def sent_before(model: Any, key: str) -> ImportRun | None:
    """The import that the same request began already. Of two at once the second waits here until the first has ended."""
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK, func.hashtext(f"{tenant_id()}:{current().actor_id}:{key}"))))
    mine = ImportRun.owner_id == current().actor_id, ImportRun.model == model.__name__
    query = select(ImportRun).where(*mine, ImportRun.extra["request"].astext == key)
    found: ImportRun | None = db.session.scalars(query.order_by(ImportRun.id)).first()
    return found


def meant(model: Any, heads: list[str]) -> dict[str, str]:
    """``columns``: an object of heading -> field, where the heading does not say it itself; an empty field leaves a column out."""
    try:
        sent = json.loads(request.form.get("columns") or "{}")
    except ValueError:
        sent = None
    if not isinstance(sent, dict) or any(not isinstance(v, str) or (v and v not in fields_of(model)) for v in sent.values()):
        raise Refused(_("Send “columns” as an object of heading and field."))
    known = {plain(head): name for head, name in sent.items()}
    return {str(n): known[plain(head)] for n, head in enumerate(heads) if plain(head) in known}


def told(model: Any, run: ImportRun, *, made: bool = False) -> Any:
    """An import as JSON: its trial with errors by cell, or its task as long as that runs."""
    task = db.session.get(Task, run.extra["task"]) if run.extra and "task" in run.extra else None
    base = {"id": run.id, "state": run.state, "mode": run.mode, "match": run.match, "rows": run.rows}
    there = {"Location": f"/api/v1/{model.__tablename__}/import/{run.id}"}
    if task is not None and task.state in OPEN:
        return jsonify(result=base | {"task": described(task)}), 202, there
    found = {n: run.told.get(n) for n in TOLD} if run.trial else {}
    if task is not None and task.error:
        found["error"] = task.error
    result = base | found | {"columns": {letter(int(n)): name for n, name in run.told.get("columns", {}).items()}}
    wrong = found.get("faults")
    words = [str(_("%(n)s cells are wrong. Nothing is written.", n=len(wrong)))] if wrong else []
    words += put_right(found.get("repaired") or {})
    status = 422 if wrong and request.method == "POST" else 201 if made and run.state != TRIED else 200
    return jsonify(message=" ".join(words), result=result), status, there
