"""Duplicates of a record: the page that finds them, and the one that lets one take up the other."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.errors import Conflict, Missing
from app.engine.merging import alike, choices, merge, moving, why_not
from app.engine.present import label
from app.engine.undoing import KEPT as UNDOABLE
from app.extensions import db
from app.web.cells import cell, described
from app.web.enter import page
from app.web.screen import allowed


class RecordSame:
    """The routes; the record's own view says where, and finds the record."""

    @property
    @abstractmethod
    def base(self) -> str:
        """Where the record's pages stand."""

    @abstractmethod
    def opened(self, pk: int) -> Any:
        """The record. Raises ``Missing`` or ``Forbidden``."""

    @expose("/same/<int:pk>")
    @allowed()
    def same(self, pk: int) -> Any:
        record = self.opened(pk)
        if not type(record).__alike__:
            raise Missing
        names = list(dict.fromkeys(n for way in type(record).__alike__ for n in way))
        lines = [
            {"id": r.id, "label": label(r), "url": f"{self.base}/show/{r.id}", "cells": [cell(r, n) for n in names],
             "merge_url": f"{self.base}/merge/{pk}/{r.id}" if r.id != pk else ""}
            for r in (record, *alike(db.session, record))
        ]  # fmt: skip
        title, columns = _("Same as %(name)s?", name=label(record)), [described(type(record), n) for n in names]
        return page("record/same.html", page_title=title, lines=lines, columns=columns, back_url=f"{self.base}/show/{pk}")

    @expose("/merge/<int:pk>/<int:other>", methods=["GET", "POST"])
    @allowed()
    def merge(self, pk: int, other: int) -> Any:
        kept, gone = self.opened(pk), self.opened(other)
        if not type(kept).__alike__:
            raise Missing
        if request.method == "GET":
            return page("record/merge.html", **self.sides(kept, gone))
        if request.form.get("versions") != f"{kept.version}-{gone.version}":  # what was compared is not what stands there now
            raise Conflict
        take = [n.removeprefix("f:") for n, value in request.form.items() if n.startswith("f:") and value == "other"]
        name = label(gone)
        task = merge(db.session, kept, gone, take)
        db.session.commit()
        flash(_("“%(name)s” is now part of this record.", name=name), f"success {task.page_url}/undo")
        return redirect(f"{self.base}/show/{pk}")

    def sides(self, kept: Any, gone: Any) -> dict[str, Any]:
        """Both side by side: the fields in which they differ, what moves, and what stands against it."""
        reasons = why_not(db.session, kept, gone)
        rows = [
            {
                "field": described(type(kept), c.name), "mine": cell(kept, c.name), "theirs": cell(gone, c.name), "able": c.able,
                "take": c.take,
            }
            for c in choices(kept, gone)
        ]  # fmt: skip
        return {
            "rows": rows, "reasons": reasons, "versions": f"{kept.version}-{gone.version}", "page_title": _("Merge two records"),
            "kept": {"label": label(kept), "id": kept.id, "url": f"{self.base}/show/{kept.id}"},
            "gone": {"label": label(gone), "id": gone.id, "url": f"{self.base}/show/{gone.id}"},
            "moving": [(str(m.__plural__ or m.__label__), n) for m, n in moving(db.session, gone)],
            "url": f"{self.base}/merge/{kept.id}/{gone.id}", "turned_url": f"{self.base}/merge/{gone.id}/{kept.id}",
            "back_url": f"{self.base}/same/{kept.id}", "undo_days": UNDOABLE.days,
        }  # fmt: skip
