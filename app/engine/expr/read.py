"""An expression as a tree: ``level = "vip" and (amount > 100 or ends_on < today + 30 days)``. It knows words, and no Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

from flask_babel import lazy_gettext as _

from app.engine.errors import Refused
from app.engine.expr.words import JOINED, WORDS

MARK = "="  # what a kept expression begins with; a condition as an address has it never does
LONGEST, MOST, DEEPEST = 1000, 80, 16  # characters, parts, and parts inside one another
KEY = {word: key for key, words in WORDS.items() for word in words}
SIGNS = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">=", "×": "*", "÷": "/", "、": ",", "−": "-"}
TOKEN = re.compile(
    r"""\s*(?:(?P<day>\d{4}-\d{2}-\d{2}(?![\d-]))|(?P<number>\d+(?:\.\d+)?(?!\w))|(?P<text>"[^"\n]*"|'[^'\n]*'|“[^”\n]*”)"""
    r"""|(?P<name>\[[^\]\n]+\])|(?P<word>[^\W\d]\w*)|(?P<sign>==|!=|<>|<=|>=|[=<>≠≤≥+\-−*/×÷(),、]))"""
)
ORDER = ("=", "!=", "<", "<=", ">", ">=")


class Unread(Refused):
    """An expression that cannot be read or does not fit; ``at`` is the place, counted from nought."""

    status = 422

    def __init__(self, words: Any, at: int, text: str = "") -> None:
        near = text[at : at + 20].strip()
        said = _("Place %(n)s, at “%(part)s”: %(reason)s", n=at + 1, part=near, reason=words)
        said = said if near else _("At its end: %(reason)s", reason=words)
        super().__init__(said)
        self.at = at


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it is, the parts it is made of (of a field its name, of a value its type and the value), and where it stands."""

    op: str
    of: tuple[Any, ...] = ()
    at: int = field(default=0, compare=False)

    def parts(self) -> tuple[Part, ...]:
        return tuple(p for p in self.of if isinstance(p, Part))


def walk(tree: Part) -> Iterator[Part]:
    yield tree
    for part in tree.parts():
        yield from walk(part)


def names(tree: Part) -> list[str]:
    """The fields an expression asks about, each once."""
    return list(dict.fromkeys(str(p.of[0]) for p in walk(tree) if p.op == "field"))


@lru_cache(2048)
def kept(text: str) -> Part:
    """The tree of a kept expression, the mark in front."""
    return read(text.removeprefix(MARK))


def read(text: str) -> Part:
    """The tree of what somebody typed. Raises ``Unread`` with the place and the reason."""
    if len(text) > LONGEST:
        raise Unread(_("This is too long. Ask for less at once."), LONGEST, text)
    return Reader(text).whole()


class Reader:
    """The words of an expression, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.text, self.words, self.n, self.count, self.depth = text, list[tuple[str, str, int]](), 0, 0, 0
        plain = "".join(c if len(c_ := unicodedata.normalize("NFKC", c)) != 1 or c == "—" else c_ for c in text)  # full width: one for one
        at, end = 0, len(plain.rstrip())
        while at < end:
            found = TOKEN.match(plain, at)
            if not found:
                self.refuse(_("this sign is not known."), at + len(plain[at:]) - len(plain[at:].lstrip()))
            kind, start = str(found.lastgroup), found.start(str(found.lastgroup))
            word = found[kind]
            at = found.end()
            if kind == "text":
                word = text[start + 1 : at - 1]  # as it was typed
            elif kind == "name":
                word = word[1:-1].strip()
            elif kind == "sign":
                word = SIGNS.get(word, word)
            elif kind == "word" and (key := KEY.get(word.lower())):
                kind, word = "key", key
            elif kind == "word" and word in JOINED:
                self.words += [("key", key, start) for key in JOINED[word]]
                continue
            self.words.append((kind, word, start))

    def refuse(self, words: Any, at: int | None = None) -> NoReturn:
        raise Unread(words, self.at if at is None else at, self.text)

    @property
    def at(self) -> int:
        return self.words[self.n][2] if self.n < len(self.words) else len(self.text)

    def make(self, op: str, of: tuple[Any, ...], at: int) -> Part:
        self.count += 1
        if self.count > MOST:
            self.refuse(_("it has more than %(n)s parts. Ask for less at once.", n=MOST), at)
        return Part(op, of, at)

    def take(self, *wanted: str) -> str:
        """The next word, if it is one of these keywords or signs."""
        if self.n < len(self.words) and self.words[self.n][0] in ("key", "sign") and self.words[self.n][1] in wanted:
            self.n += 1
            return self.words[self.n - 1][1]
        return ""

    def whole(self) -> Part:
        if not self.words:
            self.refuse(_("nothing is written."), len(self.text))
        made = self.either()
        if self.n < len(self.words):
            self.refuse(_("this does not belong here."))
        return made

    def either(self) -> Part:
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(_("too many parts lie inside one another."))
        made, at = self.both(), self.at
        while self.take("or"):
            made = self.make("or", (made, self.both()), at)
            at = self.at
        self.depth -= 1
        return made

    def both(self) -> Part:
        made, at = self.turned(), self.at
        while self.take("and"):
            made = self.make("and", (made, self.turned()), at)
            at = self.at
        return made

    def turned(self) -> Part:
        at, turns = self.at, 0
        while self.take("not"):
            turns += 1
        made = self.compared()
        for _turn in range(turns):
            made = self.make("not", (made,), at)
        return made

    def compared(self) -> Part:
        left, at = self.summed(), self.at
        if how := self.take(*ORDER):
            if how in ("=", "!=") and self.take("empty"):
                return self.perhaps_not(how == "!=", self.make("empty", (left,), at), at)
            return self.make(how, (left, self.summed()), at)
        if self.take("is"):
            turned = bool(self.take("not"))
            if not self.take("empty"):
                self.refuse(_("“empty” is missing here."))
            return self.perhaps_not(turned, self.make("empty", (left,), at), at)
        before, turned = self.n, bool(self.take("not"))
        if self.take("in"):
            return self.perhaps_not(turned, self.make("in", (left, *self.several()), at), at)
        if self.take("contains"):
            return self.perhaps_not(turned, self.make("contains", (left, self.summed()), at), at)
        self.n = before
        return left

    def perhaps_not(self, turned: bool, part: Part, at: int) -> Part:  # noqa: FBT001
        return self.make("not", (part,), at) if turned else part

    def several(self) -> tuple[Part, ...]:
        if not self.take("("):
            self.refuse(_("write the values in parentheses."))
        found = [self.summed()]
        while self.take(","):
            found.append(self.summed())
        if not self.take(")"):
            self.refuse(_("a parenthesis is not closed."))
        return tuple(found)

    def summed(self) -> Part:
        made, at = self.multiplied(), self.at
        while sign := self.take("+", "-"):
            made = self.make(sign, (made, self.multiplied()), at)
            at = self.at
        return made

    def multiplied(self) -> Part:
        made, at = self.signed(), self.at
        while sign := self.take("*", "/"):
            made = self.make(sign, (made, self.signed()), at)
            at = self.at
        return made

    def signed(self) -> Part:
        at = self.at
        if not self.take("-"):
            return self.one()
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(_("too many parts lie inside one another."))
        made = self.make("-", (self.make("value", ("n", "0"), at), self.signed()), at)
        self.depth -= 1
        return made

    def one(self) -> Part:
        at = self.at
        if self.take("("):
            made = self.either()
            if not self.take(")"):
                self.refuse(_("a parenthesis is not closed."))
            return made
        if self.n >= len(self.words):
            self.refuse(_("something is missing."))
        kind, word, _at = self.words[self.n]
        self.n += 1
        if kind == "key" and word in ("today", "true", "false"):
            return self.make("today", (), at) if word == "today" else self.make("value", ("b", word == "true"), at)
        if kind == "number":
            self.take("days")  # a word for the eye: days are numbers
            return self.make("value", ("n", word), at)
        if kind == "day":
            try:
                date.fromisoformat(word)
            except ValueError:
                self.refuse(_("there is no such day."), at)
            return self.make("value", ("d", word), at)
        if kind == "text":
            return self.make("value", ("t", word), at)
        if kind not in ("name", "word"):
            self.refuse(_("a field or a value is missing here."), at)
        return self.make("field", (word,), at)
