"""What a list fetches once it stands: rows of a group, totals, its panel of columns, a row beside it, a cell to change in place."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flask import jsonify, render_template, request
from flask_appbuilder import expose

from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.fields import fields_of
from app.engine.present import apply
from app.extensions import db
from app.web import listing, showing
from app.web.asked import Asked
from app.web.cells import cell, described
from app.web.enter import page
from app.web.grouping import added_up
from app.web.look import look, offered
from app.web.screen import allowed


class RecordLooks:
    """The routes; the record's own view says which record, and finds it."""

    @property
    def kind(self) -> Any:
        """The type of record."""
        return getattr(self, "model")  # noqa: B009  # declared by the view

    @abstractmethod
    def open(self) -> None:
        """Raise ``Forbidden`` for whoever has nothing to see of such records."""

    @abstractmethod
    def find(self, pk: int, *, eager: bool = False) -> Any:
        """The record. Raises ``Missing``."""

    @expose("/rows")
    @allowed()
    def rows(self) -> Any:
        """Lines for the table of a list: those of one group."""
        self.open()
        return page("parts/rows.html", **listing.some(self, Asked.now(listing.by(self))))

    @expose("/totals")
    @allowed()
    def totals(self) -> Any:
        """Sums and averages over every row of the question, not only over the page."""
        self.open()
        asked = Asked.now()
        return jsonify(added_up(self.kind, look(self, asked), asked))

    @expose("/columns")
    @allowed()
    def columns_offered(self) -> Any:
        self.open()
        return jsonify(offered(self))

    @expose("/peek/<int:pk>")
    @allowed()
    def peek(self, pk: int) -> Any:
        """A record in short, to stand beside its list."""
        self.open()
        return page("parts/peek.html", **showing.peek(self, self.find(pk, eager=True)))

    @expose("/cell/<int:pk>/<name>", methods=["GET", "POST"])
    @allowed()
    def cell(self, pk: int, name: str) -> Any:
        """One input, and the change of that one cell. Nothing else of the record is set."""
        self.open()
        record = self.find(pk)
        if name not in fields_of(self.kind):
            raise Missing
        if request.method == "GET":
            made = showing.one(self.kind, record, name, {}, {})
            if made is None or made["readonly"] or self.kind.__appended__:
                raise Forbidden
            return page("parts/cell_form.html", input=made, version=record.version)
        empty = "0" if name in request.form.getlist("__flags") else ""  # a box that is not ticked sends nothing
        sent = {name: request.form.get(name, empty), "version": request.form.get("version")}
        try:
            apply(record, sent, db.session)
        except Invalid as wrong:
            raise Refused(next(iter(wrong.fields.values()))) from wrong  # one cell: its own words say all
        db.session.commit()
        shown = render_template("parts/one_cell.html", field=described(self.kind, name), cell=cell(record, name))
        return jsonify(html=shown, version=record.version)
