"""The address of a list, read: filters, search, order, page. The same words for pages, REST and export."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import lazy_gettext as _

from app.engine import query
from app.engine.errors import Refused

WORDS = ("q", "sort", "after", "size", "lang", "f", "o", "v")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    filters: list[tuple[str, str, str]] = field(default_factory=list)  # name, operator, value
    q: str = ""
    by: str = ""
    after: int | None = None
    size: int = query.PAGE

    @classmethod
    def now(cls, by: str = "") -> Asked:
        """Read the present request. Raises ``Refused`` for a page or size that is no number."""
        args = request.args
        found = []
        for key, values in args.lists():
            if key not in WORDS:
                name, _dot, operator = key.partition(".")
                found += [(name, operator or "eq", v) for v in values if v != ""]
        if args.get("f") and args.get("v"):  # the filter row of a page without scripts
            found.append((args["f"], args.get("o", "eq"), args["v"]))
        return cls(found, args.get("q", "").strip()[:100], args.get("sort", by), number("after", None), number("size", query.PAGE) or 1)

    def conditions(self, model: Any) -> list[Any]:
        made = [query.where(model, name, operator, value) for name, operator, value in self.filters]
        return [*made, query.search(model, self.q)] if self.q else made

    def url(self, base: str, **changes: Any) -> str:
        """The same question with something else in it; None leaves it out."""
        pairs: list[tuple[str, Any]] = [(n if o == "eq" else f"{n}.{o}", v) for n, o, v in changes.pop("filters", self.filters)]
        words = {"q": self.q, "sort": self.by, "after": self.after} | changes
        pairs += [(k, v) for k, v in words.items() if v not in (None, "")]
        return f"{base}?{urlencode(pairs)}" if pairs else base


def number(name: str, default: int | None) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or len(text) > 9:
        raise Refused(_("“%(name)s” must be a whole number.", name=name))
    return int(text)
