"""Merging one choice into another: chosen, tried, then done, for lists of one's own and for built-in ones."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import choice_merge, naming
from app.engine.custom import Said
from app.engine.errors import Missing
from app.engine.fields import fields_of
from app.engine.record import record_named
from app.engine.undoing import KEPT
from app.extensions import db
from app.web.enter import page
from app.web.frame import record_views
from app.web.screen import Screen, administers, allowed
from app.web.tasks import pages
from app.web.undoing import ended

pages[choice_merge.MERGE] = pages[choice_merge.UNMERGE] = ("parts/bulk_done.html", ended)


class ChoiceMergeScreen(Screen):
    """Reached from the page of a list of choices."""

    @expose("/custom/<table>/merge/<name>")
    @allowed(administers)
    def ask(self, table: str, name: str) -> Any:
        """The two choices; when both are named, what would happen. Nothing is written."""
        model = model_of(table)
        row = choice_merge.row_of(db.session, model, name)
        old, new = (request.args.get(n, "") for n in ("old", "new"))
        tried: dict[str, Any] = {}
        if old and new:
            words = choice_merge.pair(row, old, new)
            tried = {
                "old": words[0], "new": words[1], "n": choice_merge.count(db.session, model, name, old),
                "uses": naming.uses(db.session, model, row, old), "days": KEPT.days,
            }  # fmt: skip
        choices = [
            {"code": c["code"], "word": str(Said(c["zh"], c.get("en", ""))), "tint": c.get("tint", ""), "archived": c["archived"]}
            for c in row.choices or []
        ]
        back = f"/custom/{table}/{f'choices/{name}' if row.builtin else row.id}"
        return page(
            "choice_merge.html", choices=choices, old=old, new=new, tried=tried, back=back,
            records=str(model.__plural__ or model.__label__), heading=str(fields_of(model)[name].label), page_title=_("Merge two choices"),
        )  # fmt: skip

    @expose("/custom/<table>/merge/<name>", methods=["POST"])
    @allowed(administers)
    def do(self, table: str, name: str) -> Any:
        task = choice_merge.start(db.session, model_of(table), name, request.form.get("old", ""), request.form.get("new", ""))
        db.session.commit()
        return redirect(task.page_url)


def model_of(table: str) -> Any:
    """A record type with screens that people write. Raises ``Missing``."""
    model = record_named(table)
    if model is None or model.__appended__ or not any(v.model is model for v in record_views()):
        raise Missing
    return model
