"""A list as a pivot: numbers by fields of one's choice, each cell with the way to the rows behind it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.conditions import ALL as EVERY
from app.engine.conditions import ANY, Group, Leaf
from app.engine.export import allowed as exportable
from app.engine.fields import fields_of
from app.engine.pivot import ALL, Keys, Numbers, Pivot, counted
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import shown
from app.web.charts import drilled
from app.web.listing import head
from app.web.pivot_file import sent
from app.web.pivots import axis, measured, options, wanted, written

ACROSS = 60  # columns on a page
NONE = dict.fromkeys(("as", "by", "rows", "then", "across", "measure", "group"))


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything the pivot needs; one query, and one more for each link that it names."""
    model, pivot = view.model, wanted(view.model, asked)
    numbers = counted(db.session, model, pivot, asked.conditions(model))
    table = drawn(view, asked, pivot, numbers) if numbers else None
    total = numbers.sums[(ALL,) * len(pivot.keys)].count if numbers and numbers.cells else 0
    kinds = ("xlsx", "csv") if policy.may(model, "can:export") else ()
    files = {kind: asked.url(f"{view.base}/pivot.{kind}", after=None) for kind in kinds}
    able = options(model)
    return {
        "pivot": table, "pivot_wide": table is None or len(table["across"]) > ACROSS,
        "pivot_empty": numbers is not None and not numbers.cells,
        "pivot_files": files, "pivot_form": [
            {"name": "rows", "label": str(_("Lines by")), "value": pivot.rows[0], "options": able},
            {"name": "then", "label": str(_("then by")), "value": "".join(pivot.rows[1:]), "options": [("", "—"), *able]},
            {"name": "across", "label": str(_("Across")), "value": pivot.across, "options": [("", "—"), *able]},
            {"name": "measure", "label": str(_("Cells")), "value": written(pivot), "options": measured(model)},
        ],
    } | head(view, asked, f"{total:,}" if numbers else "")  # fmt: skip


def drawn(view: Any, asked: Asked, pivot: Pivot, numbers: Numbers) -> dict[str, Any]:
    """{heads, across, lines, foot}: each cell as {text, value, url}."""
    model, width = view.model, len(pivot.rows)
    axes = [axis(model, by, {keys[n] for keys in numbers.cells}) for n, by in enumerate(pivot.keys)]
    columns = axes[width] if pivot.across else []

    def cells(left: Keys) -> list[dict[str, Any]]:
        rights: list[Keys] = [*((key,) for key, _words in columns), (ALL,)] if columns else [()]
        return [cell(view, asked, pivot, numbers, left + right) for right in rights]

    lines: list[dict[str, Any]] = []
    for first, words in axes[0]:
        inner = [(k, w) for k, w in axes[1] if (first, k, *([ALL] if columns else [])) in numbers.sums] if width > 1 else []
        if width > 1:
            lines += [
                {"head": w, "group": "" if n else words, "span": 0 if n else len(inner), "cells": cells((first, k)), "sub": False}
                for n, (k, w) in enumerate(inner)
            ]
        if width == 1 or len(inner) > 1:
            left = (first,) if width == 1 else (first, ALL)
            lines.append({"head": words, "group": "", "span": 0, "cells": cells(left), "sub": width > 1})
    label = dict(options(model))
    return {
        "heads": [label[by] for by in pivot.rows], "over": label[pivot.across] if pivot.across else "", "two": width > 1,
        "across": [words for _key, words in columns], "lines": lines, "foot": cells((ALL,) * width) if numbers.cells else [],
        "measure": dict(measured(model))[written(pivot)],
    }


def cell(view: Any, asked: Asked, pivot: Pivot, numbers: Numbers, keys: Keys) -> dict[str, Any]:
    heap = numbers.cells.get(keys) or numbers.sums.get(keys)
    if heap is None:
        return {"text": "", "value": None, "url": ""}
    value = heap.value(pivot.how)
    kind = fields_of(view.model)[pivot.measure].kind(view.model, pivot.measure) if pivot.measure else ""
    text = f"{value:,}" if not kind else shown(kind, round(value, 2)) if value is not None else "—"
    return {"text": text, "value": value, "url": behind(view, asked, pivot, keys)}


def behind(view: Any, asked: Asked, pivot: Pivot, keys: Keys) -> str:
    """The list of the very rows that a number stands for: also a total leaves out rows on which one of its fields is hidden."""
    filters, known = list(asked.filters), list[Group]()
    for by, key in zip(pivot.keys, keys, strict=True):
        name = by.partition(":")[0]
        if key is not ALL:
            filters += drilled(by, key)
        elif policy.readable_where(view.model, name) is not None:
            known.append(Group(ANY, (Leaf(name, "empty", "1"), Leaf(name, "empty", "0"))))
    where = Group(EVERY, (*(asked.where.terms if asked.where.mode == EVERY else (asked.where,)), *known)) if known else asked.where
    return asked.url(f"{view.base}/list", filters=filters, where=where, after=None, **NONE)


def exported(view: Any, asked: Asked, kind: str) -> Any:
    """The pivot as a file, of the rows that the actor may take away. Raises ``Forbidden``."""
    model, pivot = view.model, wanted(view.model, asked)
    numbers = counted(db.session, model, pivot, exportable(model, asked.conditions(model)))
    table = drawn(view, asked, pivot, numbers) if numbers else None
    return sent(model, table, [*dict.fromkeys(by.partition(":")[0] for by in (*pivot.keys, pivot.measure) if by)], kind)
