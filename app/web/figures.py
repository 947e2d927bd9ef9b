"""Figures and short lists for pages made by hand: each says its question as an address, and is what that list holds.

Whoever may not ask the question does not get the figure: it is left out, not shown as zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, true, union_all

from app.engine import policy, query
from app.engine.clock import now, today
from app.engine.conditions import leaves
from app.engine.fields import fields_of
from app.engine.groups import shown as value_of
from app.engine.present import label
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import NOTHING, cell, shown

ROWS = 8


@dataclass(frozen=True, slots=True)
class Figure:
    """How many rows of ``model`` answer ``ask`` (``state=placed&starts_at.ge=2026-11-22``), or the sum of a field."""

    label: Any
    model: Any
    ask: str
    measure: str = ""
    tint: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The first rows that answer ``ask``: the first of ``shows`` is the line, the others stand below it.

    A row whose ``late`` (a day or moment) is past is tinted; ``late_word`` then stands in place of its ``tag``.
    """

    title: Any
    model: Any
    ask: str
    empty: Any
    shows: tuple[str, ...]
    tag: str = "state"
    late: str = ""
    late_word: Any = ""
    measure: str = ""


def address(asked: Figure | Listing) -> str:
    return f"/{asked.model.__tablename__}/list?{asked.ask}"


def open_to_actor(asked: Figure | Listing) -> bool:
    """Whether the actor may ask the question, and add up what is added up."""
    question = Asked.of(asked.ask)
    names = [leaf.path.partition(".")[0] for leaf in leaves(question.tree)] + [n for n in (question.by.lstrip("-"), asked.measure) if n]
    return policy.opens(asked.model) and policy.comparable(asked.model, names) == names


def conditions(model: Any, ask: str) -> list[Any]:
    """The conditions of an address, as the list page makes them."""
    return Asked.of(ask).conditions(model)


def usable(asked: Iterable[Any]) -> list[Any]:
    """What the actor may see of it, each question once, the first way it was put."""
    found: dict[Any, Any] = {}
    for one in asked:
        found.setdefault((one.model, one.ask, one.measure), one)
    return [one for one in found.values() if open_to_actor(one)]


def tiles(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """{label, value, url, tint} of each figure, all in one statement."""
    chosen = usable(figures)
    if not chosen:
        return []
    parts = [counted(model, [(n, f) for n, f in enumerate(chosen) if f.model is model]) for model in dict.fromkeys(f.model for f in chosen)]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, true())
    row = db.session.execute(select(*[c for p in parts for c in p.c]).select_from(joined)).one()._mapping
    return [
        {
            "label": f.label, "value": whole(row[f"n{n}"]) if f.measure else f"{row[f'n{n}']:,}",
            "url": address(f), "tint": f.tint if row[f"n{n}"] else "draft",
        }
        for n, f in enumerate(chosen)
    ]  # fmt: skip


def whole(amount: Any) -> str:
    """Money as a headline; cents are told where there are any, so that it is the sum of its list."""
    return shown("money", amount).removesuffix(".00")


def counted(model: Any, figures: list[tuple[int, Figure]]) -> Any:
    """One row with every figure of one model."""
    wanted = {n: and_(true(), *conditions(model, f.ask)) for n, f in figures}
    columns = []
    for n, f in figures:
        value = func.sum(value_of(model, f.measure)) if f.measure else func.count()
        columns.append(func.coalesce(value.filter(wanted[n]), 0).label(f"n{n}"))
    return select(*columns).select_from(model).where(or_(*wanted.values())).subquery()


def lists(listings: Iterable[Listing]) -> list[dict[str, Any]]:
    """{title, rows, empty, more_url} of each listing; one statement for each model."""
    chosen = usable(listings)
    found: dict[int, list[Any]] = {n: [] for n in range(len(chosen))}
    for model in dict.fromkeys(a.model for a in chosen):
        mine = [(n, a) for n, a in enumerate(chosen) if a.model is model]
        first = union_all(*[select(ids(model, n, a).subquery()) for n, a in mine]).subquery()
        names = {name for _n, a in mine for name in a.shows}
        rows = select(first.c.n, model).join(first, first.c.id == model.id).options(*query.loads(model, sorted(names)))
        for n, record in db.session.execute(rows.order_by(first.c.n, first.c.at)):
            found[n].append(record)
    return [
        {"title": a.title, "rows": [line(a, r) for r in found[n]], "empty": a.empty, "more_url": address(a)} for n, a in enumerate(chosen)
    ]


def ids(model: Any, n: int, asked: Listing) -> Any:
    keys = query.order(model, Asked.of(asked.ask).by or "-id")
    by = [(e.desc() if down else e.asc()).nulls_last() for e, down in keys]
    place = func.row_number().over(order_by=by)
    return select(literal(n).label("n"), place.label("at"), model.id).where(*conditions(model, asked.ask)).order_by(*by).limit(ROWS)


def line(asked: Listing, record: Any) -> dict[str, Any]:
    """One row, cell by cell as the actor may see it."""
    words = [w for w in (cell(record, name).shown for name in asked.shows) if w] or [label(record)]
    tag = cell(record, asked.tag) if asked.tag in fields_of(asked.model) else NOTHING
    late = bool(asked.late) and past(cell(record, asked.late).raw)
    return {
        "text": words[0], "sub": " · ".join(words[1:]), "url": f"/{asked.model.__tablename__}/show/{record.id}",
        "state": (late and asked.late_word) or tag.shown, "tint": "bad" if late else tag.tint,
    }  # fmt: skip


def past(value: Any) -> bool:
    if isinstance(value, datetime):
        return value < now()
    return isinstance(value, date) and value < today()
