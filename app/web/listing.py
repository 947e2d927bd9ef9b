"""What a list page shows: columns, cells, filters, tabs, and where the next page begins."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.fields import fields_of
from app.engine.present import label
from app.extensions import db
from app.web import builder, views
from app.web.asked import Asked
from app.web.cells import Cell, cell, cells, described


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything ``record/list.html`` needs; two queries."""
    model, base = view.model, f"{view.base}/list"
    names = policy.readable(model, [n for n in view.columns or list(fields_of(model))[:6] if n in fields_of(model)])
    names += [n for n in fields_of(model) if n.startswith("x_") and n in policy.readable(model)]
    found = query.page(db.session, model, asked.conditions(model), by=asked.by, after=asked.after, size=asked.size, eager=names)
    columns = [described(model, n) | sorting(model, n, asked, base) for n in names]
    columns = columns or [{"name": "id", "label": str(model.__label__), "css": "k-text"}]  # rows one may see, but no field in a column
    attention = "attention" in fields_of(model)
    rows = [
        {
            "id": r.id, "url": f"{view.base}/show/{r.id}", "cells": cells(r, names) or [Cell(label(r), "read")],
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
            "empty_hint": "",
        },
        "columns": columns, "rows": rows, "q": asked.q, "page_title": plural,
        "count_text": about(found), "first_url": asked.url(base, after=None) if asked.after else "",
        "next_url": asked.url(base, after=found.after) if found.after else "",
        "charts": [f"{view.base}/chart/{n}{query_string(asked)}" for n, c in enumerate(view.charts) if c.open_to(model)],
        "export_url": asked.url(f"{view.base}/export.xlsx", after=None), "import_url": f"{view.base}/import",
        "add_url": f"{view.base}/add", "list_url": base,
    } | views.context(view, asked, base) | builder.context(view, asked, base, own=views.there(model)[1] is not None)  # fmt: skip


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
