"""A list as a pivot: numbers by fields of one's choice, each cell with the way to the rows behind it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.conditions import ALL as EVERY
from app.engine.conditions import ANY, Group, Leaf
from app.engine.export import allowed as exportable
from app.engine.pivot import ALL, Keys, Numbers, Pivot, counted
from app.extensions import db
from app.web.asked import Asked, encoded
from app.web.charts import drilled
from app.web.listing import head
from app.web.pivot_file import lined, sent
from app.web.pivots import axis, measured, options, said, wanted, written

ACROSS = 60  # columns on a page
NONE = dict.fromkeys(("as", "by", "rows", "then", "across", "measure", "group", "draw", "than"))


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
    columns, way = axes[width] if pivot.across else [], Behind(view, asked, pivot)

    def cells(left: Keys) -> list[dict[str, Any]]:
        rights: list[Keys] = [*((key,) for key, _words in columns), (ALL,)] if columns else [()]
        return [cell(pivot, numbers, left + right, way) for right in rights]

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


def cell(pivot: Pivot, numbers: Numbers, keys: Keys, behind_: Behind) -> dict[str, Any]:
    heap = numbers.cells.get(keys) or numbers.sums.get(keys)
    if heap is None:
        return {"text": "", "value": None, "url": ""}
    value = heap.value(pivot.how)
    return {"text": said(behind_.model, pivot, value), "value": value, "url": behind_(keys)}


class Behind:
    """The list of the very rows that a number stands for: also a total leaves out rows on which one of its fields is hidden.

    A pivot has hundreds of numbers, so each part of the addresses is written once.
    """

    def __init__(self, view: Any, asked: Asked, pivot: Pivot) -> None:
        self.model, self.base, self.asked, self.pivot = view.model, f"{view.base}/list", asked, pivot
        names = [by.partition(":")[0] for by in pivot.keys]
        self.hidden = [n if policy.readable_where(view.model, n) is not None else "" for n in names]
        self.begin = written_filters(asked.filters)
        self.parts: dict[tuple[str, Any], str] = {}
        self.ends: dict[tuple[str, ...], str] = {}

    def __call__(self, keys: Keys) -> str:
        pairs = list(zip(self.pivot.keys, keys, strict=True))
        known = tuple(n for n, key in zip(self.hidden, keys, strict=True) if n and key is ALL)
        parts = [self.begin, *(self.part(by, key) for by, key in pairs if key is not ALL), self.end(known)]
        return self.base + ("?" + "&".join(filter(None, parts)) if any(parts) else "")

    def part(self, by: str, key: Any) -> str:
        if (by, key) not in self.parts:
            self.parts[by, key] = written_filters(drilled(by, key))
        return self.parts[by, key]

    def end(self, names: tuple[str, ...]) -> str:
        if names not in self.ends:
            known = [Group(ANY, (Leaf(n, "empty", "1"), Leaf(n, "empty", "0"))) for n in names]
            where = self.asked.where
            where = Group(EVERY, (*(where.terms if where.mode == EVERY else (where,)), *known)) if known else where
            self.ends[names] = self.asked.url("", filters=[], where=where, after=None, **NONE).removeprefix("?")
        return self.ends[names]


def written_filters(filters: list[tuple[str, str, str]]) -> str:
    return encoded([(n if o == "eq" else f"{n}.{o}", v) for n, o, v in filters])


def exported(view: Any, asked: Asked, kind: str) -> Any:
    """The pivot as a file, of the rows that the actor may take away. Raises ``Forbidden``."""
    model, pivot = view.model, wanted(view.model, asked)
    numbers = counted(db.session, model, pivot, exportable(model, asked.conditions(model)))
    table = drawn(view, asked, pivot, numbers) if numbers else None
    grid = lined(table) if table else None
    return sent(model, grid, [*dict.fromkeys(by.partition(":")[0] for by in (*pivot.keys, pivot.measure) if by)], kind)
