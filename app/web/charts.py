"""A chart's numbers as JSON, each bar with the address of the list behind it."""

from __future__ import annotations

import calendar
from typing import Any
from urllib.parse import urlencode

from flask import jsonify
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.charts import Chart
from app.engine.errors import Forbidden
from app.engine.fields import Link, fields_of
from app.engine.present import label
from app.extensions import db
from app.web.cells import choices


def chart_json(chart: Chart, model: Any, conditions: list[Any]) -> Any:
    """{title, kind, rows: [{key, label, value, url}]}. Raises ``Forbidden`` when a field of it is not the actor's."""
    if not chart.open_to(model):
        raise Forbidden
    return jsonify(title=str(chart.title), kind=chart.kind, money=bool(chart.measure), rows=rows(chart, model, conditions))


def rows(chart: Chart, model: Any, conditions: list[Any]) -> list[dict[str, Any]]:
    """One grouped query, one more for the names of linked records."""
    found = db.session.execute(chart.query(model, conditions).limit(chart.limit)).all()
    words = names(model, chart.field, [key for key, _value in found if key is not None])
    return [
        {
            "key": key, "label": str(words.get(key, key)) if key is not None else str(_("(none)")), "value": float(value or 0),
            "url": drill(chart, model, key),
        }
        for key, value in found
    ]  # fmt: skip


def names(model: Any, name: str, keys: list[Any]) -> dict[Any, str]:
    """Words for the values of a field that rows are grouped by; one query where they are records."""
    field = fields_of(model)[name]
    if isinstance(field, Link):
        target = field.target(model, name)
        return {r.id: label(r) for r in db.session.scalars(select(target).where(target.id.in_(keys)))} if keys else {}
    return dict(choices(model, name))


def drill(chart: Chart, model: Any, key: Any) -> str:
    """The list behind one bar."""
    pairs = [(name if how == "eq" else f"{name}.{how}", value) for name, how, value in drilled(chart.by, key)]
    return f"/{model.__tablename__}/list?{urlencode(pairs)}"


def drilled(by: str, key: Any) -> list[tuple[str, str, str]]:
    """The conditions (field, operator, value) that hold for the rows of one bar or group."""
    name, _colon, form = by.partition(":")
    if key is None:
        return [(name, "empty", "1")]
    if form == "month":
        year, month = map(int, key.split("-"))
        return [(name, "ge", f"{key}-01"), (name, "le", f"{key}-{calendar.monthrange(year, month)[1]:02d}")]
    if form == "year":
        return [(name, "ge", f"{key}-01-01"), (name, "le", f"{key}-12-31")]
    if form == "day":
        return [(name, "ge", key), (name, "le", key)]
    return [(name, "eq", {True: "1", False: "0"}[key] if isinstance(key, bool) else str(key))]
