"""What a list page shows: columns, cells, filters, tabs, and where the next page begins."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.fields import fields_of
from app.engine.present import label
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import cell, choices, described
from app.web.exports import plan_url

OPERATORS = {
    "eq": _("is"), "ne": _("is not"), "gt": _("more than"), "ge": _("from"), "lt": _("less than"), "le": _("up to"),
    "ct": _("contains"), "nc": _("does not contain"), "sw": _("starts with"), "in": _("is one of"), "empty": _("is empty"),
}  # fmt: skip


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything ``record/list.html`` needs; two queries."""
    model, base = view.model, f"{view.base}/list"
    names = policy.readable(model, [n for n in view.columns or list(fields_of(model))[:6] if n in fields_of(model)])
    names += [n for n in fields_of(model) if n.startswith("x_") and n in policy.readable(model)]
    found = query.page(db.session, model, asked.conditions(model), by=asked.by, after=asked.after, size=asked.size, eager=names)
    columns = [described(model, n) | sorting(model, n, asked, base) for n in names]
    attention = "attention" in fields_of(model)
    rows = [
        {
            "id": r.id, "url": f"{view.base}/show/{r.id}", "cells": [cell(r, n) for n in names],
            "attention": cell(r, "attention").raw if attention else None,
        }
        for r in found.rows
    ]  # fmt: skip
    able = {verb: policy.may(model, f"can:{verb}") for verb in ("add", "export", "import")}
    plural = str(model.__plural__ or model.__label__)
    return {
        "view": {
            "label": str(model.__label__), "plural": plural, "icon": model.__icon__, "table": model.__tablename__,
            "can_add": able["add"], "can_export": able["export"], "can_import": able["import"],
            "empty_hint": "", "filters_open": bool(asked.filters),
        },
        "columns": columns, "rows": rows, "q": asked.q, "page_title": plural,
        "count_text": about(found), "first_url": asked.url(base, after=None) if asked.after else "",
        "next_url": asked.url(base, after=found.after) if found.after else "",
        "filter_fields": filter_fields(model), "active_filters": active(model, asked, base), "tabs": tabs(view, asked, base),
        "charts": [f"{view.base}/chart/{n}{query_string(asked)}" for n, c in enumerate(view.charts) if c.open_to(model)],
        "export_url": asked.url(f"{view.base}/export.xlsx", after=None), "import_url": f"{view.base}/import",
        "csv_url": asked.url(f"{view.base}/export.csv", after=None),
        "plan_url": plan_url(model.__tablename__, asked.url("", after=None)[1:]),
        "add_url": f"{view.base}/add", "list_url": base, "clear_url": base,
    }  # fmt: skip


def by(view: Any) -> str:
    """The list's own order, or the newest first for whoever may not read the field that gives it."""
    name = view.order.lstrip("-")
    return view.order if name == "id" or policy.comparable(view.model, [name]) else "-id"


def query_string(asked: Asked) -> str:
    return asked.url("", sort=None, after=None)


def about(found: query.Page) -> str:
    """The count, said as it is known."""
    return str(_("over %(n)s", n=f"{query.COUNTED:,}")) if found.about else f"{found.count:,}"


def sorting(model: Any, name: str, asked: Asked, base: str) -> dict[str, Any]:
    sortable = bool(policy.comparable(model, [name])) and fields_of(model)[name].kind(model, name) not in ("tags", "phone", "idnumber")
    now = {name: "asc", f"-{name}": "desc"}.get(asked.by, "")
    turned = f"-{name}" if now == "asc" else name
    return {"sortable": sortable, "sorted": now, "sort_url": asked.url(base, sort=turned, after=None)}


def filter_fields(model: Any) -> list[dict[str, Any]]:
    """The fields that may be asked about, with the operators that fit."""
    found = []
    words = {code: str(word) for code, word in OPERATORS.items()}
    for name in fields_of(model):
        if policy.comparable(model, [name]) or policy.findable(model, name):
            field = described(model, name)
            kind = fields_of(model)[name].kind(model, name)
            kind = "choice" if name == "state" and model.__flow__ else kind
            found.append(field | {"operators": [(o, words[o]) for o in query.operators(kind)]})
    return found


def active(model: Any, asked: Asked, base: str) -> list[dict[str, Any]]:
    """The filters in force, in words, each with the address without it."""
    made = []
    for n, (name, operator, value) in enumerate(asked.filters):
        codes = dict(choices(model, name))
        text = "、".join(codes.get(v, v) for v in value.split(",")) if codes else value
        if described(model, name)["kind"] == "link" and value.isdecimal():
            target = db.session.get(fields_of(model)[name].target(model, name), int(value))  # type: ignore[attr-defined]
            text = label(target) if target else value
        filled = _("is filled") if value == "0" else OPERATORS["empty"]
        words = str(filled) if operator == "empty" else f"{OPERATORS[operator]} {text}"
        rest = [f for m, f in enumerate(asked.filters) if m != n]
        made.append(
            {
                "label": str(fields_of(model)[name].label), "text": words, "name": name, "op": operator, "value": value,
                "remove_url": asked.url(base, filters=rest, after=None),
            }
        )  # fmt: skip
    return made


def tabs(view: Any, asked: Asked, base: str) -> list[dict[str, Any]]:
    """The view's ready-made questions; one is lit when the address is just it."""
    if not view.tabs:
        return []
    now = urlencode(sorted((n if o == "eq" else f"{n}.{o}", v) for n, o, v in asked.filters))
    made: list[dict[str, Any]] = []
    if all(ask for _words, ask in view.tabs):
        made.append({"label": str(_("All")), "url": base, "on": not asked.filters, "count": None})
    for words, ask in view.tabs:
        pairs = [(k, v) for k, v in parse_qsl(ask) if k != "sort"]
        if all(policy.comparable(view.model, [k.partition(".")[0]]) for k, _v in pairs):
            made.append(
                {"label": str(words), "url": f"{base}?{ask}" if ask else base, "on": urlencode(sorted(pairs)) == now, "count": None}
            )
    return made
