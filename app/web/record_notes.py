"""The routes of a record's notes and of what is to be done about it; its own view says where, and finds the record."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.notes import finish, remove
from app.extensions import db
from app.web.enter import page, wants_json
from app.web.notes import as_json, context, left, lines, one_json
from app.web.screen import allowed


class RecordNotes:
    """Reading all notes, leaving one, doing what is to be done."""

    @property
    @abstractmethod
    def base(self) -> str:
        """Where the record's pages stand."""

    @abstractmethod
    def opened(self, pk: int) -> Any:
        """The record. Raises ``Missing`` or ``Forbidden``."""

    @expose("/notes/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def notes(self, pk: int) -> Any:
        record = self.opened(pk)
        if request.method == "GET":
            found = lines(record)
            return jsonify(result=[as_json(n) for n in found]) if wants_json() else page("parts/notes.html", **context(record))
        made, deaf = left(record, {n: next((v for v in request.form.getlist(n) if v), "") for n in ("text", "due_on", "for")})
        db.session.commit()
        if wants_json():
            return jsonify(result=one_json(record, made.id), not_told=deaf), 201
        flash(_("Saved."), "success")
        if deaf:
            flash(_("Not told, since they may not read the notes here: %(names)s.", names="、".join(deaf)), "warning")
        return redirect(f"{self.base}/show/{pk}")

    @expose("/note/<int:pk>/<int:part_id>/<any(done, open, remove):what>", methods=["POST"])
    @allowed()
    def note(self, pk: int, part_id: int, what: str) -> Any:
        record = self.opened(pk)
        if what == "remove":
            remove(db.session, record, part_id)
        else:
            finish(db.session, record, part_id, done=what == "done")
        db.session.commit()
        if wants_json():
            return jsonify(message="ok")
        flash({"done": _("Done."), "open": _("It is to be done again."), "remove": _("The note was removed.")}[what], "success")
        return redirect("/" if request.form.get("back") == "home" else f"{self.base}/show/{pk}")
