"""The markup of a print: a small part of HTML, read strictly into a tree. What is not listed here is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.printing.errors import BadTemplate
from app.engine.printing.language import TAG


def between(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise ValueError
        return value

    return read


def one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


def shares(text: str) -> list[float]:
    """The widths of columns, as parts of the whole."""
    found = [float(part) for part in text.split()]
    if not 0 < len(found) <= 20 or not all(0 < part <= 1000 for part in found):
        raise ValueError
    return found


def whole(text: str) -> int:
    if not 1 <= int(text) <= 20:
        raise ValueError
    return int(text)


ALIGN, SIZE = one_of("left", "center", "right"), between(5, 40)
TEXT: dict[str, Callable[[str], Any]] = {"align": ALIGN, "size": SIZE}
TAGS: dict[str, dict[str, Callable[[str], Any]]] = {
    "h1": TEXT, "h2": TEXT, "p": TEXT, "b": {}, "u": {}, "small": {}, "big": {}, "br": {}, "hr": {}, "newpage": {},
    "gap": {"mm": between(0, 200)}, "header": {}, "footer": {},
    "table": {"widths": shares, "lines": one_of("all", "rows", "none"), "size": SIZE},
    "tr": {"height": between(1, 100)},
    "td": {"align": ALIGN, "span": whole, "size": SIZE, "valign": one_of("top", "middle", "bottom")},
    "th": {"align": ALIGN, "span": whole, "size": SIZE},
    "qr": {"size": between(8, 120), "value": str, "align": ALIGN}, "img": {"key": int, "width": between(8, 120), "align": ALIGN},
    "pageno": {}, "pages": {},
}  # fmt: skip
EMPTY = ("br", "hr", "newpage", "gap", "qr", "img", "pageno", "pages")
OURS = ("qr", "img", "pageno", "pages")  # made by what a template writes in braces, not typed
TEXTS = ("p", "h1", "h2", "td", "th")
INSIDE = {  # what a tag may stand in; "" is the page
    "tr": ("table",), "td": ("tr",), "th": ("tr",), "header": ("",), "footer": ("",), "newpage": ("",),
    "table": ("", "header", "footer"), "p": ("", "td", "th", "header", "footer"), "h1": ("", "td", "header", "footer"),
    "h2": ("", "td", "header", "footer"), "hr": ("", "td", "header", "footer"), "gap": ("", "td", "header", "footer"),
}  # fmt: skip
NESTED = 8


@dataclass(slots=True)
class Node:
    """A tag with what stands in it: other nodes, and texts."""

    tag: str
    attrs: dict[str, Any] = field(default_factory=dict)
    line: int = 0
    inside: list[Any] = field(default_factory=list)


def read(text: str, *, typed: bool = False) -> Node:
    """The tree of a text. ``typed`` is a template as somebody wrote it: then errors name lines, and our own tags are not theirs."""
    reader = Reader(typed=typed)
    reader.feed(text)
    reader.close()
    if len(reader.stack) > 1:
        left = reader.stack[-1]
        raise BadTemplate(_("<%(tag)s> is not closed.", tag=left.tag), left.line if typed else 0)
    return reader.stack[0]


def check(template: str) -> None:
    """Raises ``BadTemplate`` for markup that is not known or not closed, whatever the values will be."""

    def bare(found: re.Match[str]) -> str:
        word = "x" if found[1] is not None else ""
        return word + "\n" * found[0].count("\n")

    read(TAG.sub(bare, template), typed=True)


class Reader(HTMLParser):
    def __init__(self, *, typed: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.typed, self.stack = typed, [Node("")]

    def bad(self, why: Any) -> BadTemplate:
        return BadTemplate(why, self.getpos()[0] if self.typed else 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or (self.typed and tag in OURS):
            raise self.bad(_("<%(tag)s> is not known.", tag=tag[:40]))
        above = self.stack[-1].tag
        if above not in INSIDE.get(tag, (above,)) or (tag not in INSIDE and above in ("table", "tr")):
            raise self.bad(_("<%(tag)s> cannot stand in <%(above)s>.", tag=tag, above=above or "page"))
        found: dict[str, Any] = {}
        for name, value in attrs:
            if name not in TAGS[tag]:
                raise self.bad(_("<%(tag)s> has no “%(name)s”.", tag=tag, name=name[:40]))
            try:
                found[name] = TAGS[tag][name](value or "")
            except ValueError:
                raise self.bad(_("“%(value)s” cannot be “%(name)s” of <%(tag)s>.", value=(value or "")[:40], name=name, tag=tag)) from None
        made = Node(tag, found, self.getpos()[0])
        self.stack[-1].inside.append(made)
        if tag not in EMPTY:
            if len(self.stack) > NESTED:
                raise self.bad(_("Too many blocks inside one another."))
            self.stack.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY and tag in TAGS:
            return
        if self.stack[-1].tag != tag:
            open_ = self.stack[-1].tag
            raise self.bad(
                _("</%(tag)s> closes nothing here; <%(open)s> is open.", tag=tag[:40], open=open_) if open_
                else _("</%(tag)s> closes nothing here.", tag=tag[:40])
            )  # fmt: skip
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        if self.stack[-1].tag in ("table", "tr"):
            if data.strip():
                raise self.bad(_("Text in a table stands in <td>…</td>."))
            return
        self.stack[-1].inside.append(data)

    def handle_decl(self, decl: str) -> None:
        raise self.bad(_("<%(tag)s> is not known.", tag="!" + decl[:20]))

    def handle_pi(self, data: str) -> None:
        raise self.bad(_("<%(tag)s> is not known.", tag="?" + data[:20]))
