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
from app.web.bulk import everything, offers
from app.web.cells import Cell, cells
from app.web.exports import plan_url
from app.web.grouping import groups
from app.web.look import Look, columns, look


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything ``record/list.html`` needs for a table; two queries."""
    model, base, shape = view.model, f"{view.base}/list", look(view, asked)
    found = (
        query.Page([], query.count(db.session, asked.conditions(model), model), None) if shape.group else
        query.page(db.session, model, asked.conditions(model), by=asked.by, after=asked.after, size=asked.size, eager=shape.names)
    )  # fmt: skip
    heads = columns(model, shape, lambda n: sorting(model, n, asked, base))
    return {
        "columns": heads, "rows": lines(view, shape, found.rows),
        "groups": groups(model, shape, asked, base) if shape.group else [], "group": shape.group, "sized": bool(shape.widths),
        "totals_url": asked.url(f"{view.base}/totals", after=None, sort=None) if any(c.get("sum") for c in heads) else "",
        "totals_wait": found.about, "first_url": asked.url(base, after=None) if asked.after else "",
        "next_url": asked.url(base, after=found.after) if found.after else "",
        "bulk": [*offers(model), *prints(view, asked)] if not shape.group else None, "bulk_url": asked.url(f"{view.base}/bulk", after=None),
        "bulk_all": everything(found),
    } | head(view, asked, about(found))  # fmt: skip


def head(view: Any, asked: Asked, count_text: str) -> dict[str, Any]:
    """What stands above the rows, whatever way they are shown; one query."""
    model, base = view.model, f"{view.base}/list"
    able = {verb: policy.may(model, f"can:{verb}") for verb in ("add", "export", "import")}
    plural = str(model.__plural__ or model.__label__)
    return {
        "view": {
            "label": str(model.__label__), "plural": plural, "icon": model.__icon__, "table": model.__tablename__,
            "can_add": able["add"], "can_export": able["export"], "can_import": able["import"],
            "empty_hint": "",
        },
        "q": asked.q, "page_title": plural, "count_text": count_text, "columns_url": f"{view.base}/columns",
        "charts": [f"{view.base}/chart/{n}{query_string(asked)}" for n, c in enumerate(view.charts) if c.open_to(model)],
        "export_url": asked.url(f"{view.base}/export.xlsx", after=None), "import_url": f"{view.base}/import",
        "csv_url": asked.url(f"{view.base}/export.csv", after=None),
        "plan_url": plan_url(model.__tablename__, asked.url("", after=None)[1:]),
        "add_url": f"{view.base}/add", "list_url": base,
    } | views.context(view, asked, base) | builder.context(view, asked, base, own=views.there(model)[1] is not None)  # fmt: skip


def prints(view: Any, asked: Asked) -> list[dict[str, Any]]:
    """The button that prints the rows that were ticked."""
    url = asked.url(f"{view.base}/print", after=None)
    return [{"name": "print", "label": str(_("Print")), "icon": "ti-printer", "url": url}] if policy.may(view.model, "can:print") else []


def lines(view: Any, shape: Look, rows: list[Any]) -> list[dict[str, Any]]:
    """The rows of a list as its table draws them."""
    ranked = "attention" in fields_of(view.model)
    names = [*shape.names, "attention"] if ranked else shape.names  # its rank colours the row: decided with the other cells, once
    found = []
    for r in rows:
        made = cells(r, names)
        rank = made.pop().tint if ranked else None
        found.append({"id": r.id, "url": f"{view.base}/show/{r.id}", "cells": made or [Cell(label(r), "read")], "attention": rank})
    return found


def some(view: Any, asked: Asked) -> dict[str, Any]:
    """The rows of one group, as many as a page holds, and the way to the others."""
    model, shape = view.model, look(view, asked)
    found = query.page(db.session, model, asked.conditions(model), by=asked.by, after=asked.after, size=asked.size, eager=shape.names)
    heads = columns(model, shape, lambda _n: {})
    more = asked.url(f"{view.base}/list", group=None, after=None) if found.after else ""
    return {"columns": heads, "rows": lines(view, shape, found.rows), "more_url": more, "count_text": about(found)}


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
    kind = fields_of(model)[name].kind(model, name)
    sortable = bool(policy.comparable(model, [name])) and kind not in ("tags", "phone", "idnumber", "signature")
    now = {name: "asc", f"-{name}": "desc"}.get(asked.by, "")
    turned = f"-{name}" if now == "asc" else name
    return {"sortable": sortable, "sorted": now, "sort_url": asked.url(base, sort=turned, after=None)}
