"""Counts, sums and averages, over everything or by a field: one query, and a hidden cell adds nothing to any of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, DateTime, Integer, Interval, Select, Text, TypeDecorator, and_, case, cast, func, literal_column, select
from sqlalchemy import type_coerce as taken_as

from app.engine import policy
from app.engine.clock import bounds, zone
from app.engine.custom import DayText, real
from app.engine.errors import Forbidden
from app.engine.fields import fields_of

FORMS = {"day": 10, "month": 7, "year": 4}  # how a time may be cut, and the letters of it that are then said
FIRST, LAST = date(1900, 1, 1), date(2100, 1, 1)  # between them a month is found quickly
NUMBERS = ("money", "number", "whole")
KEYS = ("choice", "link", "flag", "text", "day", "moment", "whole", "rating")  # the kinds that rows may be grouped by


class Cut(TypeDecorator[str]):
    """A day, or the number of a month since the year 0 or of a year, said as a text such as 2026-11."""

    impl, cache_ok = Integer, True

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form

    def process_result_value(self, value: Any, _dialect: Any) -> str | None:
        if value is None or self.form == "day":
            return value.isoformat() if value else None
        return f"{value:04}" if self.form == "year" else f"{value // 12:04}-{value % 12 + 1:02}"


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
    return cut(key, form, fields_of(model)[name].kind(model, name)) if form else key


def cut(key: Any, form: str, kind: str) -> Any:
    """A day or moment, as far as its day, month or year.

    Months and years are found among their beginnings, which costs a quarter of taking each moment apart in its time zone.
    """
    if isinstance(key.type, DayText):
        return func.left(key, FORMS[form], type_=Text())
    key, made = real(key), Cut(form)
    here = key if kind == "day" else func.timezone(zone().key, key, type_=DateTime())
    if form == "day":
        return taken_as(cast(here, Date), made)
    begin = func.generate_series(cast(FIRST, DateTime), cast(LAST, DateTime), cast(f"1 {form}", Interval)).column_valued("begin")
    begins = func.array(select(cast(begin, Date) if kind == "day" else func.timezone(zone().key, begin)).scalar_subquery())
    year, parts = func.extract("year", here), 1 if form == "year" else 12
    slow = year if form == "year" else year * 12 + func.extract("month", here) - 1
    inside = and_(key >= ends(FIRST, kind), key < ends(LAST, kind))
    number = func.width_bucket(key, begins, type_=Integer()) + literal_column(str(FIRST.year * parts - 1))
    return taken_as(case((inside, number), else_=cast(slow, Integer)), made)


def ends(day: date, kind: str) -> Any:
    return day if kind == "day" else bounds(day)[0]


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


def added(model: Any, names: list[str]) -> list[str]:
    """Those of some fields whose sum says something below a list."""
    return [n for n in measures(model, names) if n not in model.__apart__]


def apart(model: Any, keys: list[str], measures_: list[str], conditions: list[Any]) -> tuple[list[Any], list[Any]]:
    """The columns that rows are grouped by, and those that are added up, of a query within the one that groups.

    ``OFFSET '0'`` keeps PostgreSQL from looking through it: of an expression it knows nothing, takes every row for a group of its own,
    and sorts them all. Of a column that a query made it expects few different values, and adds up as it reads. As a text the zero is
    known to be one early enough for several processes to read.
    """
    made = [key_of(model, by).label(f"k{n}") for n, by in enumerate(keys)]
    added = [shown(model, name).label(f"m{n}") for n, name in enumerate(measures_)]
    rows = select(*made, *added).select_from(model).where(*conditions).offset(literal_column("'0'")).subquery("rows")
    return [rows.c[one.name] for one in made], [rows.c[one.name] for one in added]


def grouped(model: Any, by: str, sums: list[str], conditions: list[Any]) -> Select[Any]:
    """(key, number of rows, a sum for each of ``sums``), by key."""
    [key], added = apart(model, [by], sums, conditions)
    query = select(key.label("key"), func.count().label("count"), *map(func.sum, added))
    return query.group_by(key).order_by(key.asc().nulls_last())


def totals(model: Any, sums: list[str], conditions: list[Any]) -> Select[Any]:
    """One row: the number of rows, then sum and average of each of ``sums``; what is hidden or empty counts in neither."""
    columns = [made for n in sums for made in (func.sum(shown(model, n)), func.avg(shown(model, n)))]
    return select(func.count(), *columns).select_from(model).where(*conditions)
