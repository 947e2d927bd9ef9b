"""Printing from a record's page and from a list: choose a template, see the very file that goes to the printer, and print it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, cast

from flask import redirect, request
from flask_appbuilder import expose
from flask_babel import get_locale

from app.engine.errors import Missing
from app.engine.present import label
from app.engine.printing.papers import PAPERS
from app.engine.printing.templates import template, templates
from app.extensions import db
from app.web.asked import Asked
from app.web.enter import page
from app.web.print_store import recall, remember
from app.web.print_work import AT_ONCE, ask_for, chosen, file_name, made, need, printable, shown
from app.web.screen import administers, allowed


class PrintParts:
    """The routes of one type of record."""

    @property
    def about(self) -> Any:
        """The type of record."""
        return cast("Any", self).model

    @property
    @abstractmethod
    def base(self) -> str:
        """Where the record's pages stand."""

    @abstractmethod
    def find(self, pk: int, *, eager: bool = False) -> Any:
        """The record, or a 404."""

    @expose("/print/<int:pk>")
    @allowed()
    def print_page(self, pk: int) -> Any:
        """The templates of a record, and what the chosen one prints."""
        record = self.find(pk)
        need(self.about, record)
        here = f"{self.base}/print/{pk}"
        return page("print.html", back_url=f"{self.base}/show/{pk}", heading=label(record), **offered(self.about, here))

    @expose("/print/<int:pk>/<code>")
    @allowed()
    def print_file(self, pk: int, code: str) -> Any:
        return file_of(self.about, self.find(pk), code)

    @expose("/print", methods=["POST"])
    @allowed()
    def print_rows(self) -> Any:
        """The rows that were ticked, or all that fit the question of the address."""
        every = request.form.get("all") == "1"
        pks = rows(self.about, request.form.getlist("ids"), every=every)
        token = remember("rows", {"model": self.about.__tablename__, "ids": pks})
        return redirect(f"{self.base}/print/many/{token}")

    @expose("/print/many/<token>")
    @allowed()
    def print_many(self, token: str) -> Any:
        printable(self.about)
        pks = recall("rows", token, self.about)["ids"]
        told: dict[str, Any] = {"count": len(pks), "waits": len(pks) > AT_ONCE}
        told["heading"] = str(self.about.__plural__ or self.about.__label__)
        return page("print.html", back_url=f"{self.base}/list", **told, **offered(self.about, f"{self.base}/print/many/{token}"))

    @expose("/print/many/<token>/<code>", methods=["GET", "POST"])
    @allowed()
    def print_many_file(self, token: str, code: str) -> Any:
        """A few rows at once; many, or by a POST, as a task that makes the file."""
        printable(self.about)
        pks, one = recall("rows", token, self.about)["ids"], template(db.session, self.about, code)
        if request.method == "POST":
            task = ask_for(self.about, one, pks)
            db.session.commit()
            return redirect(task.page_url)
        if len(pks) > AT_ONCE:
            return redirect(f"{self.base}/print/many/{token}?t={one.code}")
        return shown(lambda: made(db.session, self.about, one, pks), file_name(self.about))


def file_of(model: Any, record: Any, code: str) -> Any:
    """One record as a PDF; told to the trail. Raises ``Forbidden`` without the right, ``Missing`` for an unknown template."""
    need(model, record)
    one, pk = template(db.session, model, code), record.id
    return shown(lambda: made(db.session, model, one, [pk]), file_name(model, pk))


def rows(model: Any, ids: list[Any], *, every: bool) -> list[int]:
    """The rows that were chosen and may be printed. Raises ``Missing`` for what is no number."""
    if every:
        return chosen(model, Asked.now().conditions(model))
    if not all(str(pk).isdecimal() and int(pk) < 2**31 for pk in ids):
        raise Missing
    return chosen(model, [model.id.in_([int(pk) for pk in ids])])


def offered(model: Any, here: str) -> dict[str, Any]:
    """What ``print.html`` needs: the templates, and where each one's file is."""
    tongue = str(get_locale() or "zh")
    found = templates(db.session, model)
    now = next((t for t in found if t.code == request.args.get("t")), found[0])
    lines = [(t, t.called(tongue), str(PAPERS[t.paper])) for t in found]
    return {
        "templates": [{"name": name, "paper": paper, "url": f"{here}?t={t.code}", "on": t is now} for t, name, paper in lines],
        "file_url": f"{here}/{now.code}", "page_title": now.called(tongue), "kind": str(model.__label__),
        "change_url": f"/prints/{model.__tablename__}/{now.code}" if administers() else "",
    }  # fmt: skip
