"""The canaries: a value for each cell that fits its kind and is known again wherever it turns up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.engine.fields import Link

DAWN, STEP, ROW = date(2101, 1, 15), timedelta(days=32), 20  # a month of its own for each day, so many of them in a row
ROWS = 700  # of all types together; what is written later gets months beyond theirs
PRIME = 7919  # spreads numbers, so that the order of values says nothing of the order of ids
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TEXT = re.compile(r"canary\d{5}", re.IGNORECASE)
MONTH = re.compile(r"(?<!\d)(?:2[1-9]|3\d)\d\d-\d\d(?=-|\b)")
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*\.\d+(?!\d)")
DIGITS = re.compile(r"(?<!\d)(?:199\d{8}|\d{17}[\dXx])(?!\d)")
SHORTEST = 5  # digits of a number that is worth looking for


class Nest:
    """Gives values, none of them twice."""

    def __init__(self) -> None:
        self.given = self.rows = 0

    def row(self) -> int:
        """A new row's place among the days: later rows get earlier ones, so that order by a day is not order by id."""
        self.rows += 1
        return (ROWS - self.rows) * ROW

    def value(self, kind: str, day: int) -> Any:  # noqa: PLR0911
        """A value of a kind; ``day`` numbers those that must rise within a row. None for what has no room for one."""
        self.given += 1
        n = self.given * PRIME % 9973
        match kind:
            case "text" | "note" | "choice":
                return f"canary{n:05d}"
            case "tags":
                return [f"canary{n:05d}"]
            case "money":
                return Decimal(1_000_000 + n * n % 999_983) + Decimal(n % 89 + 11) / 100  # squares: what is left of two is like no other
            case "number":
                return 10 + Decimal(n // 9 * 10 + n % 9 + 1) / 1000  # small, so that a percentage holds it; it never ends with nought
            case "place":
                return round(10 + (n // 9 * 10 + n % 9 + 1) / 100_00, 4)
            case "whole":
                return 7_000_000 + n
            case "day":
                return DAWN + STEP * day
            case "moment":
                return datetime.combine(DAWN + STEP * day, datetime.min.time(), UTC) + timedelta(hours=4)
            case "phone":
                return f"1990000{n:04d}"
            case "idnumber":
                body = f"999999{date(1900, 1, 1) + timedelta(days=n):%Y%m%d}777"
                return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]
            case "flag":
                return True
        return None


def tokens(text: str) -> set[str]:
    """Everything in a text that may be a canary, in the one form it is kept by."""
    found = {m.lower() for m in TEXT.findall(text)}
    found |= set(MONTH.findall(text)) | {m.upper() for m in DIGITS.findall(text)}
    return found | {plain for m in NUMBER.findall(text) if (plain := number(m.replace(",", "")))}


def number(text: str) -> str:
    plain = f"{abs(Decimal(text)).normalize():f}"  # pages write a minus in several ways
    return plain if len(plain.replace(".", "")) >= SHORTEST and "." in plain else ""


def signs(value: Any) -> Iterator[str]:
    """The tokens by which a stored value would be known; none for one that many cells share, such as yes."""
    if isinstance(value, (date, datetime)):
        yield f"{value:%Y-%m}"
    elif isinstance(value, (Decimal, float)) and not isinstance(value, bool):
        if plain := number(str(value)):
            yield plain
    elif isinstance(value, list):
        for one in value:
            yield from signs(one)
    elif isinstance(value, str):
        yield from tokens(value)


def fit(field: Any, model: Any, name: str) -> str:
    """The kind of value a field takes, or nothing where no canary is laid: links, states, sums."""
    column = model.__table__.c.get(name)
    if isinstance(field, Link) or (name == "state" and model.__flow__) or name in model.__computed__:
        return ""
    if column is not None and column.computed is not None:
        return ""
    return str(field.kind(model, name))
