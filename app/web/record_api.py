"""The REST resource every record gets: /api/v1/<table>/. Same policy as the screens, same steps as the buttons."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder.api import BaseApi, expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.engine import policy, query
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import fields_of
from app.engine.files import attachment, attachments, remove
from app.engine.notes import RecordNote, finish
from app.engine.notes import remove as unnote
from app.engine.present import present, present_all
from app.engine.sharing import withdraw
from app.engine.signatures import signed
from app.engine.verbs import VERBS
from app.extensions import db
from app.web import inline
from app.web.asked import Asked
from app.web.bulk import rest
from app.web.files import described_files, sent, taken
from app.web.notes import as_json, left, lines, one_json
from app.web.pivots import numbers
from app.web.print_api import PrintRest
from app.web.shares import described_share, shared, shares_context
from app.web.signed import signed_in
from app.web.transfer_api import TransferParts


class RecordApi(TransferParts, PrintRest, BaseApi):
    """List, read, create, change, delete and step one kind of record; in and out by file."""

    model: Any = None

    @expose("/", methods=["GET"])
    @signed_in
    def get_list(self) -> Any:
        """``?amount.gt=100&sort=-amount&after=5&size=50``; a field that may not be compared is refused, by name."""
        self.open()
        asked = Asked.now()
        names = columns(self.model)
        found = query.page(
            db.session, self.model, asked.conditions(self.model), by=asked.by, after=asked.after, size=asked.size, eager=names
        )
        return self.response(200, count=found.count, more=found.about, next=found.after, result=present_all(found.rows, names))

    @expose("/<int:pk>", methods=["GET"])
    @signed_in
    def get(self, pk: int) -> Any:
        return self.response(200, result=present(self.find(pk), columns(self.model)))

    @expose("/", methods=["POST"])
    @signed_in
    def post(self) -> Any:
        if not policy.may(self.model, "can:add"):
            raise Forbidden
        key = request.headers.get("Idempotency-Key", "")[:40] if hasattr(self.model, "request") else ""
        if key and (there := self.made_before(key)):
            return self.made(200, there)  # the first answer was lost
        record, sent_ = self.model(), body()
        if key:
            record.request = key
        try:
            inline.rest(record, sent_)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            if not key or (there := self.made_before(key)) is None:
                raise
            return self.made(200, there)  # a twin was quicker
        return self.made(201, record)

    def made(self, status: int, record: Any) -> Any:
        return self.response(status, id=record.id, result=present(record, columns(self.model)))

    def made_before(self, key: str) -> Any:
        """The record that the same request made already, or None."""
        return db.session.scalars(select(self.model).where(self.model.request == key)).first()

    @expose("/<int:pk>", methods=["PUT"])
    @signed_in
    def put(self, pk: int) -> Any:
        record = inline.rest(self.find(pk), body())
        db.session.commit()
        return self.response(200, result=present(record, columns(self.model)))

    @expose("/<int:pk>", methods=["DELETE"])
    @signed_in
    def delete(self, pk: int) -> Any:
        db.session.delete(self.find(pk))
        db.session.commit()
        return self.response(200, message=str(_("Deleted.")))

    @expose("/<int:pk>/files", methods=["GET", "POST"])
    @signed_in
    def files(self, pk: int) -> Any:
        """The files of a record; a POST of ``multipart/form-data`` adds those named ``file``."""
        record = self.find(pk)
        if request.method == "POST":
            added = taken(record)
            db.session.commit()
            return self.response(201, result=described_files(record, added))
        return self.response(200, result=described_files(record, attachments(db.session, record)))

    @expose("/<int:pk>/files/<int:file_id>", methods=["GET", "DELETE"])
    @signed_in
    def file(self, pk: int, file_id: int) -> Any:
        record = self.find(pk)
        if request.method == "GET":
            return sent(attachment(db.session, record, file_id))
        remove(db.session, record, file_id)
        db.session.commit()
        return self.response(200, message=str(_("Deleted.")))

    @expose("/<int:pk>/signature/<name>", methods=["GET"])
    @signed_in
    def signature(self, pk: int, name: str) -> Any:
        return sent(signed(db.session, self.find(pk), name))

    @expose("/<int:pk>/shares", methods=["GET", "POST"])
    @signed_in
    def shares(self, pk: int) -> Any:
        """Whom a record is shared with; a POST of ``{to, targets, level, until}`` shares it."""
        record = self.find(pk)
        if request.method == "POST":
            sent_ = body()
            targets = sent_.pop("targets", [])
            made = shared(record, sent_, [str(t) for t in targets] if isinstance(targets, list) else [])
            db.session.commit()
            return self.response(201, result=[described_share(self.model, s) for s in made])
        return self.response(200, result=shares_context(record)["rows"])

    @expose("/<int:pk>/shares/<int:part_id>", methods=["DELETE"])
    @signed_in
    def end_share(self, pk: int, part_id: int) -> Any:
        withdraw(db.session, self.find(pk), part_id)
        db.session.commit()
        return self.response(200, message=str(_("No longer shared.")))

    @expose("/<int:pk>/notes", methods=["GET", "POST"])
    @signed_in
    def notes(self, pk: int) -> Any:
        """The notes of a record, newest first; a POST of ``{text}`` leaves one."""
        return self.noted(self.find(pk), ("text",), RecordNote.due_on.is_(None))

    @expose("/<int:pk>/activities", methods=["GET", "POST"])
    @signed_in
    def activities(self, pk: int) -> Any:
        """What is to be done, and what was; a POST of ``{text, due_on, for}`` adds to it."""
        return self.noted(self.find(pk), ("text", "due_on", "for"), RecordNote.due_on.is_not(None))

    def noted(self, record: Any, names: tuple[str, ...], which: Any) -> Any:
        if request.method == "GET":
            return self.response(200, result=[as_json(n) for n in lines(record, which)])
        sent_ = body()
        if "due_on" in names and not sent_.get("due_on"):
            raise Refused(_("Say by which day it is to be done."))
        made, deaf = left(record, {n: sent_.get(n) for n in names})
        db.session.commit()
        return self.response(201, result=one_json(record, made.id), not_told=deaf)

    @expose("/<int:pk>/notes/<int:note_id>", methods=["DELETE"])
    @signed_in
    def end_note(self, pk: int, note_id: int) -> Any:
        """Remove a note, or something that was to be done."""
        unnote(db.session, self.find(pk), note_id)
        db.session.commit()
        return self.response(200, message=str(_("Deleted.")))

    @expose("/<int:pk>/activities/<int:note_id>", methods=["PUT"])
    @signed_in
    def activity(self, pk: int, note_id: int) -> Any:
        """``{"done": true}``, or false to take that back."""
        record, done = self.find(pk), body().get("done")
        if not isinstance(done, bool):
            raise Refused(_("Say whether it is done: true or false."))
        finish(db.session, record, note_id, done=done)
        db.session.commit()
        return self.response(200, result=one_json(record, note_id))

    @expose("/bulk", methods=["POST"])
    @signed_in
    def bulk(self) -> Any:
        """One deed to many rows; see ``app.web.bulk``. With ``dry_run`` it only says what would happen."""
        return rest(self.model, body())

    @expose("/pivot", methods=["GET"])
    @signed_in
    def pivot(self) -> Any:
        """``?rows=state,district&across=starts_at:month&measure=amount``, or ``amount:avg``; without a measure it counts rows."""
        self.open()
        return self.response(200, **numbers(self.model, Asked.now()))

    @expose("/<int:pk>/<step>", methods=["POST"])
    @signed_in
    def step(self, pk: int, step: str) -> Any:
        record, flow = self.find(pk), self.model.__flow__
        if verb := VERBS.get(self.model, {}).get(step):
            verb.take(db.session, record, body(empty=True))
            db.session.commit()
            return self.response(200, result=present(record, columns(self.model)))
        if flow is None or step not in flow.steps:
            raise Missing
        flow(record).take(step, **body(empty=True))
        db.session.commit()
        return self.response(200, result=present(record, columns(self.model)))

    def open(self) -> None:
        if not policy.opens(self.model):
            raise Forbidden

    def find(self, pk: int) -> Any:
        self.open()
        found = query.find(db.session, self.model, pk, query.loads(self.model, columns(self.model)))
        if found is None:
            raise Missing
        return found


def columns(model: Any) -> list[str]:
    """The fields a resource shows the actor."""
    return [n for n in policy.readable(model) if n in fields_of(model)]


def body(*, empty: bool = False) -> dict[str, Any]:
    """The JSON object that was sent. Raises ``Refused`` for anything else."""
    sent = request.get_json(silent=True)
    if sent is None and empty and not request.data:
        return {}
    if not isinstance(sent, dict):
        raise Refused(_("Send a JSON object."))
    return sent


def api_for(model: Any) -> type[RecordApi]:
    """Make the resource class of a record; its table gives the address."""
    return type(f"{model.__name__}Api", (RecordApi,), {"model": model, "resource_name": model.__tablename__})
