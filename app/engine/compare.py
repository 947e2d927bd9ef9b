"""One comparison of a field with a value, in SQL and, for a row in hand, in Python. Both answer alike."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, not_, or_

from app.engine import values
from app.engine.clock import bounds
from app.engine.errors import Refused
from app.engine.fields import Secret, fields_of

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
}
TEXTUAL = ("text", "note", "choice")
TEXT: dict[str, Callable[[Any, Any], Any]] = {"ct": lambda h, v: v in h, "nc": lambda h, v: v not in h, "sw": lambda h, v: h.startswith(v)}
PLAIN = {n: getattr(operator, n) for n in ("eq", "ne", "gt", "ge", "lt", "le")}


def holds(model: Any, name: str, how: str, value: Any) -> Any:
    """The comparison in SQL, whoever asks. Raises ``Refused`` for an operator or value that does not fit the field."""
    field = fields_of(model)[name]
    kind, column = field.kind(model, name), field.column(model, name)
    if how == "empty":
        return OPERATORS["empty"](column, values.flag(str(value or "1")))
    if kind == "tags":
        return column.contains([str(value)])
    if how in TEXT:
        return OPERATORS[how](column, str(value)) if kind in TEXTUAL else refuse()
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
        return (held is None) == values.flag(str(value or "1"))
    if held is None:
        return False
    if kind == "tags":
        return str(value) in held
    if how in TEXT:
        return bool(TEXT[how](held, str(value)))
    if how == "in":
        return held in [one(kind, v) for v in many(value)]
    if kind == "moment" and len(str(value)) == 10:
        return in_day(held, how, *bounds(values.day(str(value))))
    return bool(PLAIN[how](held, one(kind, value)))


def fits(model: Any, name: str, how: str, value: Any) -> None:
    """Raises ``Refused`` for what could never be compared; sealed numbers are compared nowhere but in a search."""
    field = fields_of(model).get(name)
    if field is None or isinstance(field, Secret) or how not in OPERATORS:
        refuse()
    holds(model, name, how, value)


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else str(value).split(",")


def one(kind: str, value: Any) -> Any:
    found = values.whole(str(value)) if kind == "link" else values.read(kind, value)
    return refuse() if found is None else found


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
