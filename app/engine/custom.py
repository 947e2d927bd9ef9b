"""Fields that are data: what an administrator added or worded anew, as every surface needs it; and what they are in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import get_locale
from sqlalchemy import Date, DateTime, Integer, Numeric, Text, TypeDecorator, cast, literal_column, or_, type_coerce

from app.engine.conditions import leaves, parse
from app.engine.errors import Refused
from app.engine.expr.read import MARK, names
from app.engine.expr.read import kept as kept_tree
from app.engine.fields import Field, declared


@dataclass(frozen=True, slots=True)
class Said:
    """A word in both languages, in the reader's when it is shown."""

    zh: str
    en: str = ""

    def __str__(self) -> str:
        return (self.en if str(get_locale() or "").startswith("en") else self.zh) or self.zh or self.en


class Written(TypeDecorator[Any]):
    """A value that lies in ``extra`` as a text whose order is the value's own, so that it is compared without being read."""

    impl, cache_ok = Text, True
    real: Any = Text()

    def process_bind_param(self, value: Any, _dialect: Any) -> Any:
        return value if value is None or isinstance(value, str) else kept(value)


class DayText(Written):
    cache_ok, real = True, Date()

    def process_result_value(self, value: Any, _dialect: Any) -> Any:
        return None if value is None else date.fromisoformat(value)


class MomentText(Written):
    cache_ok, real = True, DateTime(timezone=True)

    def process_result_value(self, value: Any, _dialect: Any) -> Any:
        return None if value is None else datetime.fromisoformat(value)


class FlagText(Written):
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: Any) -> Any:
        return None if value is None else value == "true"


READ: dict[str, Callable[[Any], Any]] = {
    "money": Decimal, "number": Decimal, "whole": int, "rating": int, "signature": int, "day": date.fromisoformat,
    "moment": datetime.fromisoformat, "flag": lambda text: text == "true", "tags": list,
}  # fmt: skip
IN_SQL: dict[str, Any] = {"day": DayText(), "moment": MomentText(), "flag": FlagText()}
CASTS: dict[str, Any] = {"money": Numeric, "number": Numeric, "whole": Integer, "rating": Integer, "signature": Integer}
EXACT = ("text", "note", "choice", "flag", "day")  # what is equal is equal to the letter: found by the index on ``extra``


def kept(value: Any) -> Any:
    """A value as ``extra`` holds it: text, or a list of texts."""
    if value is None or isinstance(value, list):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat()  # one length, one zone: the text sorts as the moment does
    return str(value)


def real(column: Any) -> Any:
    """The expression of a day or moment as PostgreSQL's own type, for what only that can do."""
    written = getattr(column, "type", None)
    return cast(column, written.real) if isinstance(written, (DayText, MomentText)) else column


@dataclass(frozen=True, slots=True)
class Custom(Field):
    """A field somebody added while the product runs. Its value lives in ``extra``."""

    added: ClassVar[bool] = True
    type: str = "text"
    needed: bool = False
    start: Any = None  # what a new record begins with
    shown: str = ""  # a condition or an expression: only where it holds is the field asked for
    section: str = ""  # where it stands on the form: the first field of that section
    listed: bool = True

    def read(self, record: Any, name: str) -> Any:
        return self.out(record.extra, name)

    def out(self, extra: dict[str, Any] | None, name: str) -> Any:
        """The value as it lies in ``extra``."""
        stored = (extra or {}).get(name)
        return stored if stored is None or self.type not in READ else READ[self.type](stored)

    def write(self, record: Any, name: str, value: Any) -> None:
        record.extra = {**(record.extra or {}), name: self.kept(value)}

    def kept(self, value: Any) -> Any:
        return [] if value is None and self.type == "tags" else kept(value)

    def column(self, model: Any, name: str) -> Any:
        # The name stands in the statement: as a value that is sent, SQLAlchemy 2.1 cannot tell two of one condition apart, and warns.
        held = model.extra[literal_column(f"'{name}'") if name.replace("_", "").isalnum() else name]
        if self.type == "tags":
            return held
        text = held.astext
        return cast(text, CASTS[self.type]) if self.type in CASTS else type_coerce(text, IN_SQL.get(self.type, Text()))

    def among(self, model: Any, name: str, values: Iterable[Any]) -> Any:
        """That the value is one of these, in the one form that the index on ``extra`` serves."""
        return or_(*(model.extra.contains({name: self.kept(v)}) for v in values))

    def kind(self, model: Any, name: str) -> str:
        return self.type

    def required(self, model: Any, name: str) -> bool:
        return self.needed and not self.shown  # one that is not always asked for: see app.engine.wanted


def compiled(model: Any, rows: Iterable[Any]) -> dict[str, Field]:
    """The fields of one record type from the rows that describe them: added ones, and lists of words that were edited."""
    found: dict[str, Field] = {}
    for row in rows:
        field = worded(declared(model).get(row.builtin), row.choices) if row.builtin else added(row)
        if field is not None:
            found[row.name] = field
    known = {*declared(model), *found}
    return {n: f if sound(f, known) else replace(f, shown="") for n, f in found.items()}  # type: ignore[call-arg]


def paths(asked: str) -> list[str]:
    """The fields that a written condition or an expression asks about."""
    return names(kept_tree(asked)) if asked.startswith(MARK) else [leaf.path for leaf in leaves(parse(asked))]


def sound(field: Field, known: set[str]) -> bool:
    """Whether the condition of a field asks about fields that are there."""
    try:
        return not isinstance(field, Custom) or all(n in known for n in paths(field.shown))
    except Refused:
        return False


def added(row: Any) -> Custom:
    made = Custom(
        Said(row.label, row.label_en or ""), row.group, Said(row.help or "", row.help_en or ""), type=row.kind, needed=bool(row.required),
        shown=row.shown or "", section=row.section or "", listed=row.listed is not False,
    )  # fmt: skip
    if row.choices:
        made = replace(made, **listed(row.choices))
    return replace(made, start=made.out({"x": row.start}, "x")) if row.start not in (None, "", []) else made


def worded(field: Field | None, choices: list[dict[str, Any]] | None) -> Field | None:
    """A built-in choice with the company's own words; what the program knows of and the list does not comes last."""
    if field is None or not field.open or not choices:
        return None
    made = listed(choices)
    made["choices"] |= {c: w for c, w in (field.choices or {}).items() if c not in made["choices"]}
    return replace(field, **made)


def listed(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "choices": {c["code"]: Said(c["zh"], c.get("en", "")) for c in choices},
        "tints": {c["code"]: c["tint"] for c in choices if c.get("tint")},
        "retired": frozenset(c["code"] for c in choices if c.get("archived")),
    }
