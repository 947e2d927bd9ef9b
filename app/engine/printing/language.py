"""The language of templates, read: text, ``{{ values }}``, ``{% if %}`` and ``{% for %}``. It knows names and texts, and no Python."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.printing.errors import BadTemplate

LONGEST, DEEPEST = 20_000, 12  # characters of a template, and blocks inside one another
TAG = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}", re.DOTALL)
WORD = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"[^\"\n]*\"|'[^'\n]*')|(?P<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign>==|!=|<=|>=|[<>|(),]))",
    re.ASCII,
)
COMPARED = ("==", "!=", "<", "<=", ">", ">=")
JOINING = ("and", "or", "not", "in", "if", "for", "else", "elif", "endif", "endfor")


@dataclass(frozen=True, slots=True)
class Path:
    """A name, or names with dots between: ``order.customer.name``."""

    names: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Filtered:
    """A value changed by a filter: ``amount | money``."""

    of: Any
    name: str
    args: tuple[Any, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Joined:
    """``and``, ``or``, ``not``, or a comparison of its terms."""

    how: str
    terms: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Show:
    of: Any


@dataclass(slots=True)
class If:
    """Branches of (condition or None, what stands there)."""

    branches: list[tuple[Any, list[Any]]]
    line: int


@dataclass(slots=True)
class For:
    name: str
    path: Path
    line: int
    body: list[Any] = field(default_factory=list)


def parse(text: str) -> list[Any]:
    """The parts of a template: texts, ``Show``, ``If`` and ``For``. Raises ``BadTemplate`` naming the line."""
    if len(text) > LONGEST:
        raise BadTemplate(_("The template is longer than %(n)s characters.", n=f"{LONGEST:,}"))
    root: list[Any] = []
    stack: list[tuple[Any, list[Any]]] = [(None, root)]
    at = 0
    for found in TAG.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        plain(text[at : found.start()], text, at, stack[-1][1])
        at = found.end()
        if found[1] is not None:
            stack[-1][1].append(Show(expression(found[1], line)))
        elif found[2] is not None:
            tag(found[2].strip(), line, stack)
    plain(text[at:], text, at, stack[-1][1])
    if len(stack) > 1:
        block = stack[-1][0]
        word = "if" if isinstance(block, If) else "for"
        raise BadTemplate(_("“%(tag)s” is not closed. Put “%(end)s” where it ends.", tag=word, end="{% end" + word + " %}"), block.line)
    return root


def plain(part: str, text: str, at: int, into: list[Any]) -> None:
    """Text as it stands; half of a tag in it is a slip of the pen."""
    for mark in ("{{", "}}", "{%", "%}"):
        if mark in part:
            raise BadTemplate(_("“%(mark)s” has no partner.", mark=mark), text.count("\n", 0, at + part.index(mark)) + 1)
    if part:
        into.append(part)


def tag(words: str, line: int, stack: list[tuple[Any, list[Any]]]) -> None:
    """One ``{% … %}``: opens, turns or closes a block."""
    name, _space, rest = words.partition(" ")
    block, into = stack[-1]
    if name in ("if", "for"):
        if len(stack) > DEEPEST:
            raise BadTemplate(_("Too many blocks inside one another."), line)
        made: Any = If([(expression(rest, line), [])], line) if name == "if" else loop(rest, line)
        into.append(made)
        stack.append((made, made.branches[0][1] if name == "if" else made.body))
    elif name in ("elif", "else") and isinstance(block, If) and block.branches[-1][0] is not None:
        block.branches.append((expression(rest, line) if name == "elif" else None, []))
        stack[-1] = (block, block.branches[-1][1])
    elif (name == "endif" and isinstance(block, If)) or (name == "endfor" and isinstance(block, For)):
        stack.pop()
    elif name in ("elif", "else", "endif", "endfor"):
        raise BadTemplate(_("“%(tag)s” belongs to nothing here.", tag=name), line)
    else:
        raise BadTemplate(_("“%(tag)s” is not known. There are if, elif, else, endif, for and endfor.", tag=name[:40]), line)


def loop(words: str, line: int) -> For:
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s+in\s+([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*", words, re.ASCII)
    if not found or found[1] in JOINING or found[1] == "print":
        raise BadTemplate(_("Write it as “for line in rows”."), line)
    return For(found[1], Path(tuple(found[2].split(".")), line), line)


def expression(text: str, line: int) -> Any:
    return Reader(text, line).whole()


class Reader:
    """One expression: ``a.b | filter(1)``, compared and joined."""

    def __init__(self, text: str, line: int) -> None:
        self.line, self.words, at = line, [], 0
        text = text.strip()
        while at < len(text):
            found = WORD.match(text, at)
            if not found:
                raise BadTemplate(_("“%(text)s” is not understood.", text=text[at : at + 20].strip()), line)
            self.words.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()
        if not self.words:
            raise BadTemplate(_("There is nothing between the braces."), line)
        self.depth = 0

    def whole(self) -> Any:
        made = self.either()
        if self.words:
            raise self.lost()
        return made

    def lost(self) -> BadTemplate:
        word = self.words[0][1] if self.words else ""
        return BadTemplate(_("“%(text)s” is not understood.", text=word[:40]) if word else _("Something is missing at its end."), self.line)

    def take(self, *wanted: str) -> str:
        """The next word if it is one of these."""
        if self.words and self.words[0][0] != "text" and self.words[0][1] in wanted:
            return str(self.words.pop(0)[1])
        return ""

    def either(self) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadTemplate(_("Too many blocks inside one another."), self.line)
        terms = [self.both()]
        while self.take("or"):
            terms.append(self.both())
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Joined("or", tuple(terms))

    def both(self) -> Any:
        terms = [self.turned()]
        while self.take("and"):
            terms.append(self.turned())
        return terms[0] if len(terms) == 1 else Joined("and", tuple(terms))

    def turned(self) -> Any:
        turns = 0
        while self.take("not"):
            turns += 1
        made = self.compared()
        return Joined("not", (made,)) if turns % 2 else made

    def compared(self) -> Any:
        left = self.filtered()
        how = self.take(*COMPARED)
        return Joined(how, (left, self.filtered())) if how else left

    def filtered(self) -> Any:
        made = self.one()
        while self.take("|"):
            if not self.words or self.words[0][0] != "path":
                raise self.lost()
            name, args = self.words.pop(0)[1], []
            if self.take("("):
                while not self.take(")"):
                    args.append(self.literal())
                    if not self.take(",") and not (self.words and self.words[0][1] == ")"):
                        raise self.lost()
            made = Filtered(made, name, tuple(args), self.line)
        return made

    def literal(self) -> Any:
        if not self.words or self.words[0][0] not in ("text", "number"):
            raise self.lost()
        kind, word = self.words.pop(0)
        return word[1:-1] if kind == "text" else float(word) if "." in word else int(word[:9])

    def one(self) -> Any:
        if self.take("("):
            made = self.either()
            if not self.take(")"):
                raise self.lost()
            return made
        if self.words and self.words[0][0] == "path" and self.words[0][1] not in JOINING:
            return Path(tuple(self.words.pop(0)[1].split(".")), self.line)
        return Literal(self.literal())
