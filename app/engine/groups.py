"""Counts, sums and averages, over everything or by a field: one query, and a hidden cell adds nothing to any of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, func, literal_column, select

from app.engine import policy
from app.engine.clock import zone
from app.engine.custom import real
from app.engine.errors import Forbidden
from app.engine.fields import fields_of

FORMS = {"day": "YYYY-MM-DD", "month": "YYYY-MM", "year": "YYYY"}
NUMBERS = ("money", "number", "whole")
KEYS = ("choice", "link", "flag", "text", "day", "moment", "whole", "rating")  # the kinds that rows may be grouped by


def shown(model: Any, name: str) -> Any:
    """A field's value where it may be read, else nothing. Raises ``Forbidden``."""
    if not policy.comparable(model, [name]):
        raise Forbidden
    column, known = fields_of(model)[name].column(model, name), policy.readable_where(model, name)
    return column if known is None else case((known, column))


def key_of(model: Any, by: str) -> Any:
    """What rows are grouped by: a field, or ``starts_at:month`` of a time, then as text such as 2026-11."""
    name, _colon, form = by.partition(":")
    key = shown(model, name)
    if form:
        key = real(key)
        here = key if fields_of(model)[name].kind(model, name) == "day" else func.timezone(zone().key, key)
        key = func.to_char(here, FORMS[form])
    return key


def groupable(model: Any, by: str) -> bool:
    """Whether the actor may group by it."""
    name, colon, form = by.partition(":")
    field = fields_of(model).get(name)
    if field is None or not policy.comparable(model, [name]):
        return False
    kind = field.kind(model, name)
    return form in FORMS if kind in ("day", "moment") else not colon and kind in KEYS


def measures(model: Any, names: list[str]) -> list[str]:
    """Those of some fields that can be added up, by this actor."""
    fields = fields_of(model)
    return [n for n in policy.comparable(model, names) if fields[n].kind(model, n) in NUMBERS]


def grouped(model: Any, by: str, sums: list[str], conditions: list[Any]) -> Select[Any]:
    """(key, number of rows, a sum for each of ``sums``), by key."""
    columns = [func.sum(shown(model, n)) for n in sums]
    query = select(key_of(model, by).label("key"), func.count().label("count"), *columns).select_from(model).where(*conditions)
    # Grouped by position: the same expression with bound values twice is two expressions to PostgreSQL.
    return query.group_by(literal_column("1")).order_by(literal_column("1").asc().nulls_last())


def totals(model: Any, sums: list[str], conditions: list[Any]) -> Select[Any]:
    """One row: the number of rows, then sum and average of each of ``sums``; what is hidden or empty counts in neither."""
    columns = [made for n in sums for made in (func.sum(shown(model, n)), func.avg(shown(model, n)))]
    return select(func.count(), *columns).select_from(model).where(*conditions)
