"""What a template may name: fields, those behind at most two links, rows that point here, and a few words about the print itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.current import current
from app.engine.fields import Link, fields_of
from app.engine.printing.errors import BadTemplate
from app.engine.printing.language import Filtered, For, If, Joined, Path, Show
from app.engine.record import records

HOPS = 2  # links on the way to a field
ROWS = "_rows"  # ends the name of rows that point at a record
PRINT = "print"
WORDS = ("company", "at", "by", "page", "pages", "copy", "title", "kind", "lang", "url", "signed")  # see press.facts
STAMPED = ("owner_id", "store_id")
Checked = Callable[[Filtered], Any]  # the reason why a filter cannot be used so, or None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: a field of a record type, or with ``rows`` the records of a type that point here."""

    model: Any
    name: str
    rows: bool = False


def children(model: Any) -> dict[str, tuple[Any, str]]:
    """The rows that point at a record: word -> (their type, their link)."""
    memo, slot = current().memo, ("children", model)
    if slot not in memo:
        memo[slot] = pointing(model)
    kept: dict[str, tuple[Any, str]] = memo[slot]
    return kept


def pointing(model: Any) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for child in [m for m in records() if not m.__platform__]:
        links = [
            n for n, f in fields_of(child).items() if isinstance(f, Link) and f.via not in STAMPED and f.target(child, n) is model
        ]
        for name in links:
            found[f"{child.__tablename__}{ROWS if len(links) == 1 else '_' + name + ROWS}"] = (child, name)
    return found


def place(model: Any, names: Iterable[str], line: int = 0) -> Place:
    """Where a path leads from a type of record. Raises ``BadTemplate`` for a name that is not there."""
    *way, last = names
    if len(way) > HOPS:
        raise BadTemplate(_("“%(path)s” goes over more than two links.", path=".".join([*way, last])), line)
    for name in way:
        field = fields_of(model).get(name)
        if not isinstance(field, Link):
            raise unknown(name, [n for n, f in fields_of(model).items() if isinstance(f, Link)], model, line)
        model = field.target(model, name)
    if last in fields_of(model):
        return Place(model, last)
    if last.endswith(ROWS) and last in (there := children(model)):
        return Place(*there[last], rows=True)
    raise unknown(last, fields_of(model), model, line)


def unknown(name: str, known: Iterable[str], model: Any, line: int) -> BadTemplate:
    near = get_close_matches(name, list(known), 1, 0.6)
    if near:
        words = _("“%(kind)s” has no field “%(name)s”. Is “%(near)s” meant?", kind=model.__label__, name=name[:40], near=near[0])
    else:
        words = _("“%(kind)s” has no field “%(name)s”. Choose one from the list.", kind=model.__label__, name=name[:40])
    return BadTemplate(words, line)


def check(parts: list[Any], model: Any, filters: Checked) -> None:
    """Raises ``BadTemplate`` for the first name or filter that is not there."""
    walk(parts, {"": model}, filters)


def walk(parts: list[Any], scope: dict[str, Any], filters: Checked) -> None:
    for part in parts:
        if isinstance(part, Show):
            looked(part.of, scope, filters)
        elif isinstance(part, If):
            for condition, body in part.branches:
                if condition is not None:
                    looked(condition, scope, filters)
                walk(body, scope, filters)
        elif isinstance(part, For):
            there = reached(part.path, scope)
            if there is None or not there.rows:
                raise BadTemplate(_("“%(path)s” is no table of rows.", path=".".join(part.path.names)), part.line)
            walk(part.body, scope | {part.name: there.model}, filters)


def looked(expression: Any, scope: dict[str, Any], filters: Checked) -> None:
    if isinstance(expression, Path):
        there = reached(expression, scope)
        if there is not None and there.rows:
            words = _("“%(path)s” is a table of rows: go through it with “for”.", path=".".join(expression.names))
            raise BadTemplate(words, expression.line)
    elif isinstance(expression, Filtered):
        looked(expression.of, scope, filters)
        if why := filters(expression):
            raise BadTemplate(why, expression.line)
    elif isinstance(expression, Joined):
        for term in expression.terms:
            looked(term, scope, filters)


def reached(path: Path, scope: dict[str, Any]) -> Place | None:
    """Where a path leads from the record or the row of a loop; None for a row itself and for words about the print."""
    first, *rest = path.names
    if first == PRINT:
        if len(rest) != 1 or rest[0] not in WORDS:
            words = _("There is no “%(name)s”. After “print.” there are: %(names)s.", name=".".join(path.names), names=", ".join(WORDS))
            raise BadTemplate(words, path.line)
        return None
    if first in scope:
        return place(scope[first], rest, path.line) if rest else None
    return place(scope[""], path.names, path.line)


def ways(parts: list[Any], model: Any) -> list[tuple[str, ...]]:
    """The links that a template goes over from its record, so that many records bring them along at once."""
    found: dict[tuple[str, ...], None] = {}
    for names in paths(parts):
        there = model
        for n, name in enumerate(names[: HOPS + 1], 1):
            field = fields_of(there).get(name)
            if not isinstance(field, Link):
                break
            found[names[:n]] = None
            there = field.target(there, name)
    return [way for way in found if len(way) <= HOPS]


def paths(part: Any) -> Iterable[tuple[str, ...]]:
    """Every path in a part of a template, in its order."""
    if isinstance(part, list):
        inner: list[Any] = part
    elif isinstance(part, If):
        inner = [one for condition, body in part.branches for one in (condition, body)]
    elif isinstance(part, For):
        inner = [part.path, part.body]
    else:
        inner = list(part.terms) if isinstance(part, Joined) else [part.of] if isinstance(part, (Show, Filtered)) else []
    if isinstance(part, Path):
        yield part.names
    for one in inner:
        yield from paths(one)
