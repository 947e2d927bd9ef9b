"""A template filled: every value is read through the policy, as whoever prints may see it, and written as text that is no markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy, query
from app.engine.clock import local
from app.engine.fields import fields_of
from app.engine.flat import worded
from app.engine.present import label, value_of
from app.engine.printing.errors import BadTemplate
from app.engine.printing.language import Filtered, For, If, Literal, Path, Show
from app.engine.printing.names import PRINT, place
from app.engine.record import Record
from app.engine.rules import Level
from app.engine.values import STARS

STEPS, LONGEST, ROWS, TABLES = 100_000, 400_000, 1000, 500  # of one record: parts gone through, letters, rows of a table, tables
ENDLESS = _("This template goes through too many rows. Put fewer tables inside one another.")


class Markup(str):
    """Text of our own making that holds tags; everything else is escaped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as the reader may see it. Of a hidden one there is nothing at all."""

    raw: Any = None
    text: str = ""
    level: Level = Level.NONE
    model: Any = None
    name: str = ""
    record: Any = None


HIDDEN = Cell()


class Filling:
    """One record and what is written of it. ``facts`` are the words about the print; ``filters`` change values."""

    def __init__(self, session: Session, record: Any, facts: dict[str, Any], filters: dict[str, Any]) -> None:
        self.session, self.record, self.facts, self.filters = session, record, facts, filters
        self.pictures: list[bytes] = []
        self.steps = self.size = self.tables = 0

    def fill(self, parts: list[Any]) -> str:
        """The markup. Raises ``BadTemplate`` for a template that does not come to an end."""
        made: list[str] = []
        self.write(parts, {"": self.record}, made)
        return "".join(made)

    def write(self, parts: list[Any], scope: dict[str, Any], made: list[str]) -> None:
        for part in parts:
            self.steps += 1
            if self.steps > STEPS:
                raise BadTemplate(ENDLESS)
            if isinstance(part, str):
                self.put(part, made)
            elif isinstance(part, Show):
                self.put(written(self.value(part.of, scope)), made)
            elif isinstance(part, If):
                for condition, body in part.branches:
                    if condition is None or holds(self.value(condition, scope)):
                        self.write(body, scope, made)
                        break
            elif isinstance(part, For):
                for row in self.rows(part.path, scope):
                    self.write(part.body, scope | {part.name: row}, made)

    def put(self, text: str, made: list[str]) -> None:
        self.size += len(text)
        if self.size > LONGEST:
            raise BadTemplate(_("The print would be longer than %(n)s characters.", n=f"{LONGEST:,}"))
        made.append(text)

    def value(self, of: Any, scope: dict[str, Any]) -> Any:
        """A cell, a text, a number or a yes or no."""
        if isinstance(of, Path):
            return self.cell(of, scope)
        if isinstance(of, Literal):
            return of.value
        if isinstance(of, Filtered):
            return self.filters[of.name].run(self, self.value(of.of, scope), *of.args)
        if of.how == "not":
            return not holds(self.value(of.terms[0], scope))
        if of.how in ("and", "or"):
            found = (holds(self.value(term, scope)) for term in of.terms)
            return all(found) if of.how == "and" else any(found)
        return compared(of.how, *(bare(self.value(term, scope)) for term in of.terms))

    def cell(self, path: Path, scope: dict[str, Any]) -> Any:
        first, *rest = path.names
        if first == PRINT:
            return self.facts.get(rest[0], "") if rest else ""
        if first in scope and not rest:
            return Cell(scope[first], label(scope[first]), Level.READ)
        record, names = (scope[first], rest) if first in scope else (scope[""], list(path.names))
        record = self.behind(record, names[:-1])
        return HIDDEN if record is None else read(record, names[-1])

    def behind(self, record: Any, names: list[str]) -> Any:
        """The record behind some links, if there is one for this reader."""
        for name in names:
            if name not in fields_of(type(record)):
                return None
            has, record = value_of(record, name)
            if has < Level.READ or not isinstance(record, Record):
                return None
        return record

    def rows(self, path: Path, scope: dict[str, Any]) -> list[Any]:
        """The rows that point at a record, the oldest first: those that the reader sees, by a link that he may read."""
        names = list(path.names)
        start = scope[names.pop(0)] if names[0] in scope else scope[""]
        record = self.behind(start, names[:-1])
        if record is None:
            return []
        there = place(type(record), names[-1:], path.line)
        if not there.rows or not policy.opens(there.model) or not policy.comparable(there.model, [there.name]):
            return []
        self.tables += 1
        if self.tables > TABLES:
            raise BadTemplate(ENDLESS)
        asked = select(there.model).where(query.where(there.model, there.name, "eq", record.id)).order_by(there.model.id).limit(ROWS)
        return list(self.session.scalars(asked))


def read(record: Any, name: str) -> Cell:
    """One cell of a record under the policy."""
    model = type(record)
    if name not in fields_of(model):
        return HIDDEN
    has, value = value_of(record, name)
    if has == Level.NONE:
        return HIDDEN
    text = str(value or "") if has == Level.MASKED else said(model, name, value)
    return Cell(value, text, has, model, name, record)


def said(model: Any, name: str, value: Any) -> str:  # noqa: PLR0911
    """A value as it stands on paper: always with its year, in the language of the print."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, Record):
        return label(value)
    field = fields_of(model)[name]
    kind, words = field.kind(model, name), worded(model, name, field)
    if isinstance(value, list):
        return "、".join(words.get(v, str(v)) for v in value)
    if words and isinstance(value, str):
        return words.get(value, value)
    if kind == "rating":
        return "★" * int(value) + "☆" * (STARS - int(value))
    if kind == "signature":
        return str(_("Signed"))
    if kind == "flag":
        return str(_("Yes") if value else _("No"))
    if kind == "place":
        return f"{value:.6g}"
    return plainly(value, money=kind == "money")


def plainly(value: Any, *, money: bool = False) -> str:
    """A number, a moment or a day."""
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, Decimal):
        return f"¥{value:,.2f}".replace("¥-", "-¥") if money else f"{value.normalize():,f}"
    return str(value)


def bare(value: Any) -> Any:
    """What is compared: of a masked or hidden cell only what is seen."""
    return value.raw if isinstance(value, Cell) else value


def holds(value: Any) -> bool:
    """Whether there is something: a hidden cell, nothing, no, and zero are not."""
    return bool(bare(value))


def written(value: Any) -> str:
    """A value as markup."""
    if isinstance(value, Markup):
        return value
    if value is None or isinstance(value, bool):
        return ""
    text = value.text if isinstance(value, Cell) else plainly(value)
    return escape("".join(c for c in text if c.isprintable() or c == "\n")).replace("\n", "<br>")


def compared(how: str, left: Any, right: Any) -> bool:
    """A comparison; what cannot be compared is not equal, and neither more nor less."""
    if isinstance(left, Record) or isinstance(right, Record):
        left, right = (label(x) if isinstance(x, Record) else x for x in (left, right))
    if how in ("==", "!="):
        same = str(left) == str(right) if isinstance(left, (date, datetime)) else left == right
        return same if how == "==" else not same
    if isinstance(left, (date, datetime)) and isinstance(right, str):
        left = plainly(left)
    try:
        return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[how])
    except TypeError:
        return False
