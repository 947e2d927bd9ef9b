"""Printing by REST: ``/api/v1/<table>/<id>/print/<template>``, and many rows in one file."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, cast

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from app.engine.errors import Refused
from app.engine.printing.papers import PAPERS, Template
from app.engine.printing.templates import template, templates
from app.extensions import db
from app.web.print_work import AT_ONCE, ask_for, file_name, made, need, printable, shown
from app.web.printing import file_of, rows
from app.web.signed import signed_in
from app.web.transfer_api import waiting


class PrintRest:
    """The routes of one record's resource."""

    @property
    def about(self) -> Any:
        """The type of record."""
        return cast("Any", self).model

    @abstractmethod
    def find(self, pk: int) -> Any:
        """The record, or a 404."""

    @expose("/<int:pk>/print", methods=["GET"])
    @signed_in
    def prints(self, pk: int) -> Any:
        """The templates that this record can be printed by, the default first."""
        need(self.about, self.find(pk))
        return jsonify(result=[described(t) for t in templates(db.session, self.about)])

    @expose("/<int:pk>/print/<code>", methods=["GET"])
    @signed_in
    def print_file(self, pk: int, code: str) -> Any:
        return file_of(self.about, self.find(pk), code)

    @expose("/print", methods=["POST"])
    @signed_in
    def print_many(self) -> Any:
        """``{ids | all, template}``: a PDF, or for many rows 202 with a task and a ``Location`` that has the file."""
        printable(self.about)
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise Refused(_("Send a JSON object."))
        ids = sent.get("ids")
        pks = rows(self.about, ids if isinstance(ids, list) else [], every=sent.get("all") is True)
        one = template(db.session, self.about, str(sent.get("template") or ""))
        if len(pks) > AT_ONCE:
            task = ask_for(self.about, one, pks)
            db.session.commit()
            return waiting(self.about, task)
        return shown(lambda: made(db.session, self.about, one, pks), file_name(self.about))


def described(one: Template) -> dict[str, Any]:
    wide, high = one.size
    return {
        "code": one.code, "name": one.called(str(get_locale() or "zh")), "paper": one.paper, "paper_label": str(PAPERS[one.paper]),
        "width": wide, "height": high, "first": one.first,
    }  # fmt: skip
