"""What a board, a calendar, a pivot and a map of a list fetch and send: more cards, a move, numbers as a file, points."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flask import jsonify, render_template, request
from flask_appbuilder import expose

from app.engine.errors import Forbidden, Invalid
from app.engine.fields import fields_of
from app.extensions import db
from app.web import list_board, list_calendar, list_map, listing, plot_file
from app.web.asked import Asked
from app.web.enter import page
from app.web.screen import allowed


class RecordAs:
    """The routes; the record's own view says which record, and finds it."""

    @abstractmethod
    def open(self) -> None:
        """Raise ``Forbidden`` for whoever has nothing to see of such records."""

    @abstractmethod
    def find(self, pk: int, *, eager: bool = False) -> Any:
        """The record. Raises ``Missing``."""

    @expose("/cards")
    @allowed()
    def cards(self) -> Any:
        """The next cards of one column of a board."""
        self.open()
        return page("parts/cards.html", **list_board.some(self, Asked.now(listing.by(self))))

    @expose("/move/<int:pk>", methods=["POST"])
    @allowed()
    def move(self, pk: int) -> Any:
        """A card into another column, or an entry to another day; the address has the question of its list."""
        self.open()
        record, asked, sent = self.find(pk), Asked.now(listing.by(self)), request.form.to_dict()
        way = list_calendar if dict(asked.look).get("as") == "calendar" else list_board
        by = way.chosen(type(record), asked)
        if dict(asked.look).get("by", by) != by:
            raise Forbidden  # nothing is moved by another field than the one that was meant
        was = fields_of(type(record))[by].read(record, by)
        try:
            message = way.move(record, by, sent)
            db.session.flush()
        except Invalid as wrong:
            raise list_board.refused(wrong) from wrong
        db.session.commit()
        if way is list_calendar:
            return jsonify(message=message, version=record.version)
        made = list_board.moved(self, record, asked, was)
        html = render_template("parts/cards.html", columns=made["columns"], rows=made["rows"], more_url="")
        return jsonify(message=message, version=record.version, html=html, heads=made["heads"], back=made["back"])

    @expose("/points")
    @allowed()
    def points(self) -> Any:
        """What a map draws."""
        self.open()
        return jsonify(list_map.points(self, Asked.now(listing.by(self))))

    @expose("/pivot.xlsx")
    @allowed()
    def pivot_xlsx(self) -> Any:
        self.open()
        return plot_file.exported(self, Asked.now(listing.by(self)), "xlsx")

    @expose("/pivot.csv")
    @allowed()
    def pivot_csv(self) -> Any:
        self.open()
        return plot_file.exported(self, Asked.now(listing.by(self)), "csv")
