"""A box to try expressions in: on a real record, with the value of each part. By JSON it says whether an expression fits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import answers, policy, query
from app.engine.errors import Missing, Refused
from app.engine.expr.fit import fitted
from app.engine.expr.read import LONGEST, Part, walk
from app.engine.expr.said import said
from app.engine.expr.words import EMPTY, WORDS
from app.engine.expr.work import DAY, TYPES, UNIT
from app.engine.fields import fields_of
from app.engine.present import label
from app.extensions import db
from app.web.cells import choices
from app.web.designing import view_of
from app.web.enter import page, wants_json
from app.web.field_forms import kinds
from app.web.screen import Screen, administers, allowed

SHOWN = [WORDS[key][:2] for key in ("and", "or", "not", "in", "contains")] + [EMPTY, WORDS["today"]]


class ExpressionScreen(Screen):
    """``/expressions/<table>?e=…&record=…``: reached from the page of layouts and from the form of a field."""

    @expose("/expressions/<table>")
    @allowed(administers)
    def box(self, table: str) -> Any:
        model = view_of(table).model
        text = request.args.get("e", "").strip()[: LONGEST + 1]
        record, wrong, tree = chosen(model), "", None
        if text:
            try:
                tree = fitted(model, text, truth=wants_json())
            except Refused as refused:
                if wants_json():
                    raise
                wrong = str(refused)
        if wants_json():
            return jsonify(said=said(model, tree) if tree else "")
        parts = lines(model, record, tree) if tree is not None and record is not None else []
        return page(
            "expression.html", 422 if wrong else 200, text=text, wrong=wrong, said=said(model, tree) if tree else "", parts=parts,
            record={"id": record.id, "label": label(record)} if record is not None else None, base=f"/{table}",
            page_title=_("Try an expression"), fields=known(model), words=zip(*SHOWN, strict=True), **kinds(model),
        )  # fmt: skip


def chosen(model: Any) -> Any:
    """The record to try it on, if the actor sees it."""
    asked = request.args.get("record", "")
    if not asked:
        return None
    policy.opens(model) or missing()
    record = query.find(db.session, model, int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    return record if record is not None else missing()


def missing() -> Any:
    raise Missing


def known(model: Any) -> list[dict[str, Any]]:
    """The fields that may be asked about, with the words of choices."""
    return [
        {"name": n, "label": str(f.label), "words": [w for _c, w in choices(model, n)][:12]}
        for n, f in fields_of(model).items() if f.kind(model, n) in TYPES
    ]  # fmt: skip


def lines(model: Any, record: Any, tree: Part) -> list[dict[str, Any]]:
    """Each part in the reader's words, with what it comes to; the whole first."""
    found = [(p, answers.answer(record, p)) for p in walk(tree) if p.op != "value"]
    once = {said(model, p): (p, value) for p, value in found}
    return [{"text": text, "value": shown(model, p, value), "whole": p is tree} for text, (p, value) in once.items()]


def shown(model: Any, part: Part, value: Any) -> str:
    if value is None:
        return str(_("empty"))
    kind, held = value
    if kind == "b":
        return str(_("Yes") if held else _("No"))
    if kind == "n":
        return f"{(Decimal(held) / UNIT).normalize():f}"
    if kind == "d":
        return date.fromordinal(held).isoformat()
    if kind == "m":
        return f"{date.fromordinal(held // DAY)} {held % DAY // 60:02}:{held % 60:02}"
    words = dict(choices(model, part.of[0])) if part.op == "field" else {}
    return "、".join(words.get(str(v), str(v)) for v in (held if isinstance(held, list) else [held]))
