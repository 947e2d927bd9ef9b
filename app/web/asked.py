"""The address of a list, read: conditions, search, order, page. The same words for pages, REST and export."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from flask import request
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from app.engine import conditions as trees
from app.engine import query
from app.engine.conditions import ALL, EVERYTHING, Group, Leaf
from app.engine.errors import Refused

# Words that say how a list looks: they stay in every address, and all but the day are saved with a view.
LOOKS: tuple[str, ...] = ("cols", "group", "as", "by", "span", "day", "rows", "then", "across", "measure", "draw", "than")
WORDS = ("q", "sort", "after", "size", "lang", "where", "view", *LOOKS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    filters: list[tuple[str, str, str]] = field(default_factory=list)  # name, operator, value
    q: str = ""
    by: str = ""
    after: int | None = None
    size: int = query.PAGE
    where: Group = EVERYTHING
    view: str = ""  # the saved view it began with; "0" is none, on purpose
    look: tuple[tuple[str, str], ...] = ()

    @classmethod
    def now(cls, by: str = "") -> Asked:
        """Read the present request. Raises ``Refused`` for a page or size that is no number, or a tree that cannot be read."""
        return cls.read(request.args, by)

    @classmethod
    def of(cls, text: str) -> Asked:
        """Read an address, or what stands behind its question mark."""
        return cls.read(MultiDict(parse_qsl(text.rpartition("?")[2], keep_blank_values=True)))

    @classmethod
    def read(cls, args: MultiDict[str, str], by: str = "") -> Asked:
        found = []
        for key, values in args.lists():
            if key not in WORDS:
                name, _dot, operator = key.partition(".")
                found += [(name, operator or "eq", v) for v in values if v != ""]
        trees_ = [trees.parse(text) for text in args.getlist("where") if text.strip()]
        return cls(
            found, args.get("q", "").strip()[:100], args.get("sort", by), number("after", None, args),
            number("size", query.PAGE, args) or 1, trees_[0] if len(trees_) == 1 else Group(ALL, tuple(trees_)),
            args.get("view", "")[:9] if args.get("view", "").isdecimal() else "", tuple((n, args[n][:500]) for n in LOOKS if args.get(n)),
        )  # fmt: skip

    def conditions(self, model: Any) -> list[Any]:
        made = [query.where(model, name, operator, value) for name, operator, value in self.filters]
        made += [query.ask(model, self.where)] if self.where.terms else []
        return [*made, query.search(model, self.q)] if self.q else made

    @property
    def tree(self) -> Group:
        """Every condition of the address as one tree, the search box apart."""
        rest = self.where.terms if self.where.mode == ALL else (self.where,)
        flat = tuple(Leaf(*one) for one in self.filters)
        return Group(ALL, (*flat, *rest)) if flat else self.where

    def url(self, base: str, **changes: Any) -> str:
        """The same question with something else in it; None leaves it out."""
        pairs: list[tuple[str, Any]] = [(n if o == "eq" else f"{n}.{o}", v) for n, o, v in changes.pop("filters", self.filters)]
        where = trees.write(changes.pop("where", self.where) or EVERYTHING)
        words = {"where": where, "q": self.q, "sort": self.by, "after": self.after, "view": self.view} | dict(self.look) | changes
        pairs += [(k, v) for k, v in words.items() if v not in (None, "")]
        return f"{base}?{encoded(pairs)}" if pairs else base


def encoded(pairs: list[tuple[str, Any]]) -> str:
    """An address that people can read: parentheses and commas stand as they are."""
    return urlencode(pairs, safe="(),", quote_via=quote)


def number(name: str, default: int | None, args: MultiDict[str, str] | None = None) -> int | None:
    text = (request.args if args is None else args).get(name, "")
    if not text:
        return default
    if not text.isdecimal() or len(text) > 9:
        raise Refused(_("“%(name)s” must be a whole number.", name=name))
    return int(text)
