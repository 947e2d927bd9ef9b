"""One comparison of a field with a value, in SQL and, for a row in hand, in Python. Both answer alike."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Text, and_, func, not_, null, or_
from sqlalchemy.dialects.postgresql import ARRAY

from app.engine import values
from app.engine.clock import bounds
from app.engine.conditions import WORDS
from app.engine.current import current
from app.engine.custom import EXACT, Custom, real
from app.engine.errors import Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.periods import days_of, in_yearly, period, yearly

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda c, v: c == v,
    "ne": lambda c, v: c != v,
    "gt": lambda c, v: c > v,
    "ge": lambda c, v: c >= v,
    "lt": lambda c, v: c < v,
    "le": lambda c, v: c <= v,
    "ct": lambda c, v: c.contains(v, autoescape=True),
    "nc": lambda c, v: not_(c.contains(v, autoescape=True)),
    "sw": lambda c, v: c.startswith(v, autoescape=True),
    "in": lambda c, v: c.in_(v),
    "empty": lambda c, v: c.is_(None) if v else c.is_not(None),
    "me": lambda c, v: c == v,
    "yearly": yearly,
}
TEXTUAL = ("text", "note", "choice")
TEXT: dict[str, Callable[[Any, Any], Any]] = {"ct": lambda h, v: v in h, "nc": lambda h, v: v not in h, "sw": lambda h, v: h.startswith(v)}
PLAIN = {n: getattr(operator, n) for n in ("eq", "ne", "gt", "ge", "lt", "le")}
ORDERED = ("money", "number", "whole", "place", "day", "moment", "rating")
DAYS = ("day", "moment")


def holds(model: Any, name: str, how: str, value: Any) -> Any:  # noqa: PLR0911
    """The comparison in SQL, whoever asks. Raises ``Refused`` for an operator or value that does not fit the field."""
    field = fields_of(model)[name]
    kind, column = field.kind(model, name), field.column(model, name)
    if how == "empty":
        found = OPERATORS["empty"](column, none := values.flag(str(value or "1")))
        return found if kind != "tags" else or_(found, column == []) if none else and_(found, column != [])
    if kind == "tags":
        return tagged(column, how, value)
    if how in TEXT:
        found = OPERATORS[how](column, str(value)) if kind in TEXTUAL else refuse()
        # The cheap half stands first: rows that are read without the index mostly stop there.
        return and_(found, lettered(column, str(value))) if how == "ct" and name in model.__lettered__ else found
    if how in ("when", "bt"):
        return within(column, kind, *ends(kind, how, value))
    if how in ("me", "yearly"):
        return OPERATORS[how](real(column), special(model, name, how, value))
    if how in ("eq", "in") and isinstance(field, Custom) and kind in EXACT:
        return field.among(model, name, [one(kind, v) for v in (many(value) if how == "in" else [value])])
    if how == "in":
        return column.in_([one(kind, v) for v in many(value)])
    if kind == "moment" and len(str(value)) == 10:
        return on_day(column, how, values.day(str(value)))
    return OPERATORS[how](column, one(kind, value))


def matches(model: Any, name: str, how: str, value: Any, held: Any) -> bool:  # noqa: PLR0911
    """Whether a value that a row holds passes the comparison. Nothing is more, less or other than a value, as in SQL."""
    kind = fields_of(model)[name].kind(model, name)
    held = getattr(held, "id", held) if kind == "link" else held
    if how == "empty":
        return (held in (None, []) if kind == "tags" else held is None) == values.flag(str(value or "1"))
    if held is None:
        return False
    if kind == "tags":
        return {"ct": str(value) in held, "nc": str(value) not in held}.get(how, bool({*held} & {*map(str, many(value))}))
    if how in TEXT:
        return bool(TEXT[how](held, str(value)))
    if how in ("when", "bt"):
        return inside(held, *ends(kind, how, value))
    if how == "yearly":
        return in_yearly(held, special(model, name, how, value))
    if how == "me":
        return bool(held == special(model, name, how, value))
    if how == "in":
        return held in [one(kind, v) for v in many(value)]
    if kind == "moment" and len(str(value)) == 10:
        return in_day(held, how, *bounds(values.day(str(value))))
    return bool(PLAIN[how](held, one(kind, value)))


def fits(model: Any, name: str, how: str, value: Any) -> None:
    """Raises ``Refused`` for what could never be compared; sealed numbers are compared nowhere but in a search."""
    field = fields_of(model).get(name)
    if field is None or isinstance(field, Secret) or how not in WORDS:
        refuse()
    holds(model, name, how, value)


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else str(value).split(",")


def one(kind: str, value: Any) -> Any:
    found = values.whole(str(value)) if kind == "link" else values.read(kind, value)
    return refuse() if found is None else found


def tagged(column: Any, how: str, value: Any) -> Any:
    if how not in ("ct", "nc", "in", "eq"):
        refuse()
    has = or_(*(column.contains([str(v)]) for v in (many(value) if how == "in" else [value])))
    return not_(has) if how == "nc" else has


def lettered(column: Any, text: str) -> Any:
    """That all letters of a text are there: what the index of letters knows. It finds two Chinese characters, which trigrams do not."""
    return func.string_to_array(column, null(), type_=ARRAY(Text)).contains(sorted(set(text)))


def special(model: Any, name: str, how: str, value: Any) -> Any:
    """The actor's own number for a link to staff, or the days until an anniversary."""
    field = fields_of(model)[name]
    if how == "yearly":
        return days_of(value) if field.kind(model, name) == "day" else refuse()
    mine = isinstance(field, Link) and field.target(model, name).__tablename__ == "staff" and values.flag(str(value or "1"))
    return current().actor_id or 0 if mine else refuse()


def ends(kind: str, how: str, value: Any) -> tuple[Any, Any]:
    """The first and last value of a period or a span; None is no end. A moment's last is the first one after it."""
    if how == "when":
        first, last = period(str(value)) if kind in DAYS else refuse()
    else:
        given = many(value)
        first, last = [one("day" if kind == "moment" else kind, v) for v in given] if kind in ORDERED and len(given) == 2 else refuse()
    if kind != "moment":
        return first, last
    return first and bounds(first)[0], last and bounds(last)[1]


def within(column: Any, kind: str, first: Any, last: Any) -> Any:
    below = None if last is None else column < last if kind == "moment" else column <= last
    return and_(*(part for part in (None if first is None else column >= first, below) if part is not None))


def inside(held: Any, first: Any, last: Any) -> bool:
    return (first is None or held >= first) and (last is None or (held < last if isinstance(held, datetime) else held <= last))


def on_day(column: Any, how: str, day: Any) -> Any:
    """A moment compared with a whole day."""
    first, next_ = bounds(day)
    return {
        "eq": and_(column >= first, column < next_), "ne": or_(column < first, column >= next_), "gt": column >= next_,
        "ge": column >= first, "lt": column < first, "le": column < next_,
    }[how]  # fmt: skip


def in_day(held: datetime, how: str, first: datetime, next_: datetime) -> bool:
    return {
        "eq": first <= held < next_, "ne": not first <= held < next_, "gt": held >= next_, "ge": held >= first, "lt": held < first,
        "le": held < next_,
    }[how]  # fmt: skip


def refuse() -> Any:
    raise Refused(_("This filter does not fit the field. Choose another operator or value."))
