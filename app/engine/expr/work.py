"""An expression worked out. app/static/expr.js does the same on the page; a property test holds the two together.

Values are None, or a pair of a type and what it holds: ``n`` a number in millionths, ``d`` a day by its number, ``m`` minutes of the
tenant's wall clock, ``t`` text, ``b`` yes or no, ``l`` texts, ``r`` another record. What is empty passes no comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.engine.clock import local
from app.engine.expr.read import Part

UNIT, MOST, DAY = 1_000_000, 10**21, 1440
TYPES = {
    "text": "t", "note": "t", "choice": "t", "money": "n", "number": "n", "whole": "n", "place": "n", "rating": "n", "day": "d",
    "moment": "m", "flag": "b", "tags": "l", "link": "r", "signature": "r",
}  # fmt: skip  # kinds that are not here are sealed, and asked about nowhere
LAST = date.max.toordinal()
Value = tuple[str, Any] | None
NO: Value = ("b", False)


def wire(kind: str, value: Any) -> str | bool | list[str] | None:
    """A field's value as it goes to the page: the text that an input would hold."""
    tag = TYPES[kind]
    if tag == "b":
        return bool(value)
    if value is None or value in ("", []):
        return None
    if tag == "m":
        return f"{local(value):%Y-%m-%dT%H:%M}"
    if tag == "n":
        return f"{Decimal(repr(value)) if isinstance(value, float) else Decimal(value):f}"
    if tag == "l":
        return [str(v) for v in value]
    return str(getattr(value, "id", value)) if tag == "r" else str(value)


def taken(tag: str, given: Any) -> Value:
    """A value from what :func:`wire` or a written value says."""
    if tag == "b":
        return "b", bool(given)
    if given is None or given in ("", []):
        return None
    if tag == "n":
        return number(scaled(Decimal(given)))
    if tag == "d":
        return "d", date.fromisoformat(given).toordinal()
    if tag == "m":
        at = datetime.fromisoformat(given)
        return "m", at.toordinal() * DAY + at.hour * 60 + at.minute
    return tag, given


def scaled(value: Decimal) -> int:
    sign, digits, exponent = value.as_tuple()
    whole = int("".join(map(str, digits)) or "0")
    if not isinstance(exponent, int) or exponent > 30:
        return MOST * 2
    found = whole * 10 ** (exponent + 6) if exponent >= -6 else halved(whole, 10 ** (-exponent - 6))
    return -found if sign else found


def halved(a: int, b: int) -> int:
    """A / b, b above nought, rounded half away from nought."""
    found = (abs(a) * 2 + b) // (b * 2)
    return -found if a < 0 else found


def number(units: int) -> Value:
    return ("n", units) if abs(units) <= MOST else None


def day(n: int) -> Value:
    return ("d", n) if 1 <= n <= LAST else None


def worked(tree: Part, given: Mapping[str, Value], today: int) -> Value:
    """The value of an expression. ``given`` holds the fields; one that is not there is empty."""
    if tree.op == "field":
        return given.get(tree.of[0])
    if tree.op == "value":
        return taken(*tree.of)
    if tree.op == "today":
        return "d", today
    found = [worked(p, given, today) for p in tree.of]
    return result(tree.op, found)


def holds(tree: Part, given: Mapping[str, Value], today: int) -> bool:
    return worked(tree, given, today) == ("b", True)


def result(op: str, found: list[Value]) -> Value:  # noqa: PLR0911
    """One part of the values of its parts."""
    yes = ("b", True)
    if op == "and":
        return "b", found[0] == yes and found[1] == yes
    if op == "or":
        return "b", yes in found
    if op == "not":
        return "b", found[0] != yes
    if op == "empty":
        return "b", found[0] is None
    if found[0] is None:
        return NO if op not in ("+", "-", "*", "/") else None
    if op == "in":
        return "b", any(v is not None and same(found[0], v) for v in found[1:])
    if found[1] is None:
        return NO if op not in ("+", "-", "*", "/") else None
    if op in ("+", "-", "*", "/"):
        return reckoned(op, found[0], found[1])
    if op == "contains":
        return "b", found[0][0] in ("t", "l") and found[1][0] == "t" and found[1][1] in found[0][1]
    return "b", compared(op, found[0], found[1])


def same(left: tuple[str, Any], right: tuple[str, Any]) -> bool:
    left, right = alike(left, right)
    return left == right


def alike(left: tuple[str, Any], right: tuple[str, Any]) -> tuple[tuple[str, Any], tuple[str, Any]]:
    """A moment beside a day is its day."""
    if {left[0], right[0]} == {"d", "m"}:
        return only_day(left), only_day(right)
    return left, right


def only_day(value: tuple[str, Any]) -> tuple[str, Any]:
    return ("d", value[1] // DAY) if value[0] == "m" else value


def compared(op: str, left: tuple[str, Any], right: tuple[str, Any]) -> bool:
    left, right = alike(left, right)
    if left[0] != right[0]:
        return False
    if op in ("=", "!="):
        return (left == right) == (op == "=")
    if left[0] not in ("n", "d", "m"):
        return False
    a, b = left[1], right[1]
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])


def reckoned(op: str, left: tuple[str, Any], right: tuple[str, Any]) -> Value:  # noqa: PLR0911
    (s, a), (t, b) = left, right
    if (s, t) == ("n", "n"):
        if op == "/":
            return number(halved(a * UNIT if b > 0 else -a * UNIT, abs(b))) if b else None
        return number(a + b if op == "+" else a - b if op == "-" else halved(a * b, UNIT))
    if op not in ("+", "-"):
        return None
    if op == "+" and s == "n":
        s, a, t, b = t, b, s, a
    if t == "n" and s == "d":
        return day(a + (b if op == "+" else -b) // UNIT)
    if t == "n" and s == "m":
        moved = a + (b if op == "+" else -b) * DAY // UNIT
        return ("m", moved) if DAY <= moved < (LAST + 1) * DAY else None
    if op == "-" and s == t == "m":
        return number(halved((a - b) * UNIT, DAY))
    if op == "-" and {s, t} <= {"d", "m"}:
        return number((only_day(left)[1] - only_day(right)[1]) * UNIT)
    return None
