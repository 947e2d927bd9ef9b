"""``/explain/<table>/<id>/<field>``: where a number comes from, as a page, beside its record, and as plain data."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder import expose

from app.engine import policy, query
from app.engine.errors import Forbidden, Missing
from app.engine.explain import explain, explained
from app.engine.fields import fields_of
from app.engine.present import label
from app.engine.record import record_named
from app.engine.rules import Level
from app.extensions import db
from app.web.cells import cell, shown
from app.web.enter import page, wants_json
from app.web.screen import Screen, allowed
from app.web.showing import history


class ExplainScreen(Screen):
    """Every number that the business explains."""

    @expose("/explain/<table>/<int:pk>/<name>")
    @allowed()
    def explain(self, table: str, pk: int, name: str) -> Any:
        model = record_named(table)
        if model is None or model.__platform__ or name not in fields_of(model):
            raise Missing
        if not policy.opens(model):
            raise Forbidden
        record = query.find(db.session, model, pk)
        if record is None:
            raise Missing
        told = described(record, name)
        if wants_json():
            return jsonify(result=told)
        layout = "parts/bare.html" if "part" in request.args else "base.html"
        return page("explain.html", layout=layout, page_title=told["title"], **told)


def described(record: Any, name: str) -> dict[str, Any]:
    """What the page says, in the reader's language."""
    model, made = type(record), explain(db.session, record, name)
    names = (name, *made.follows)
    words = {str(fields_of(model)[n].label) for n in names}
    return {
        "title": label(record), "url": link(record), "field": str(fields_of(model)[name].label), "shown": cell(record, name).shown,
        "formula": str(made.formula), "total": shown(made.kind, made.total),
        "parts": [
            {
                "label": str(p.label), "value": "" if p.value is None else shown(made.kind, p.value), "why": str(p.why), "hidden": p.hidden,
                "record": called(p.record), "url": link(p.record),
            }
            for p in made.parts
        ],
        "beside": [{"kind": str(type(r).__label__), "record": called(r), "url": link(r), "explain": first(r)} for r in made.beside],
        "changes": [
            {"at": h["at"], "who": h["who"], "verb": h["verb"], "changes": [c for c in h["changes"] if c["label"] in words]}
            for h in history(record)
            if h["action"] == "create" or any(c["label"] in words for c in h["changes"])
        ],
    }  # fmt: skip


def called(record: Any) -> str:
    return label(record) if record is not None else ""


def link(record: Any) -> str:
    return f"/{record.__tablename__}/show/{record.id}" if record is not None else ""


def first(record: Any) -> str:
    """The explanation of a record's own number, where it has one that the actor may read."""
    able = [n for n in explained(type(record)) if policy.level(record, n) >= Level.READ]
    return f"/explain/{record.__tablename__}/{record.id}/{able[0]}" if able else ""


def links(record: Any) -> dict[str, str]:
    """The explained fields of a record that the actor may read, each with the address of its explanation."""
    table = type(record).__tablename__
    able = [n for n in explained(type(record)) if policy.level(record, n) >= Level.READ and getattr(record, n, None) is not None]
    return {n: f"/explain/{table}/{record.id}/{n}" for n in able}
