"""What hangs on a record beside its fields, fetched when its tab is opened: files, and whom it is shared with."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, cast

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.errors import Missing
from app.engine.files import attachment, remove
from app.engine.sharing import withdraw
from app.engine.signatures import signed
from app.extensions import db
from app.web.enter import page, wants_json
from app.web.files import described_files, files_context, sent, taken
from app.web.screen import allowed
from app.web.shares import described_share, shared, shares_context
from app.web.showing import beside


class RecordParts:
    """The routes; the record's own view says where, and finds the record."""

    @property
    @abstractmethod
    def base(self) -> str:
        """Where the record's pages stand."""

    @abstractmethod
    def open(self) -> None:
        """Raise ``Forbidden`` for whoever has nothing to see of such records."""

    @abstractmethod
    def find(self, pk: int) -> Any:
        """The record. Raises ``Missing``."""

    def opened(self, pk: int) -> Any:
        self.open()
        return self.find(pk)

    @expose("/related/<int:pk>/<table>/<name>")
    @allowed()
    def related_rows(self, pk: int, table: str, name: str) -> Any:
        """One of the tabs that are fetched when they are opened."""
        found = beside(table, name, self.opened(pk)) if (table, name) in cast("Any", self).later else None
        if found is None:
            raise Missing
        return page("parts/related.html", r=found)

    @expose("/files/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def files(self, pk: int) -> Any:
        record = self.opened(pk)
        if request.method == "GET":
            return page("parts/files.html", **files_context(record))
        added = taken(record)
        db.session.commit()
        if wants_json():
            return jsonify(result=described_files(record, added)), 201
        flash(_("Saved."), "success")
        return redirect(f"{self.base}/show/{pk}#files")

    @expose("/file/<int:pk>/<int:part_id>")
    @allowed()
    def file(self, pk: int, part_id: int) -> Any:
        return sent(attachment(db.session, self.opened(pk), part_id))

    @expose("/file/<int:pk>/<int:part_id>/remove", methods=["POST"])
    @allowed()
    def remove_file(self, pk: int, part_id: int) -> Any:
        remove(db.session, self.opened(pk), part_id)
        db.session.commit()
        flash(_("The file was removed. The trail keeps who did it."), "success")
        return redirect(f"{self.base}/show/{pk}#files")

    @expose("/signature/<int:pk>/<name>")
    @allowed()
    def signature(self, pk: int, name: str) -> Any:
        return sent(signed(db.session, self.opened(pk), name))

    @expose("/shares/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def shares(self, pk: int) -> Any:
        record = self.opened(pk)
        if request.method == "GET":
            return page("parts/shares.html", **shares_context(record))
        made = shared(record, request.form.to_dict(), request.form.getlist("targets"))
        db.session.commit()
        if wants_json():
            return jsonify(result=[described_share(type(record), s) for s in made]), 201
        flash(_("Shared. It can be seen at once."), "success")
        return redirect(f"{self.base}/show/{pk}#shares")

    @expose("/share/<int:pk>/<int:part_id>/withdraw", methods=["POST"])
    @allowed()
    def withdraw_share(self, pk: int, part_id: int) -> Any:
        withdraw(db.session, self.opened(pk), part_id)
        db.session.commit()
        flash(_("No longer shared."), "success")
        return redirect(f"{self.base}/show/{pk}#shares")
