"""Questions as trees of conditions, and their one written form: ``(district.eq.朝阳区,or(level.eq.vip,owner.me))``.

Parentheses ask for all of their terms, ``or(…)`` for any, ``not(…)`` for none. docs/questions.md has the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, false, func, not_, or_, true

from app.engine.errors import Refused

ALL, ANY, NONE = "all", "any", "none"
OPENS = {"(": ALL, "and(": ALL, "or(": ANY, "not(": NONE}
WRITTEN = {ALL: "(", ANY: "or(", NONE: "not("}
WORDS = ("eq", "ne", "gt", "ge", "lt", "le", "bt", "ct", "nc", "sw", "in", "empty", "me", "when", "yearly")
BARE = {"empty": "1", "me": "1"}  # operators that need no value
SEVERAL = ("in", "bt")
DEEPEST, MOST, LONGEST = 8, 60, 3000
HEAD = re.compile(rf"\s*([a-z]\w*(?:\.[a-z]\w*){{0,2}}?)\.({'|'.join(WORDS)})(?=[.,)\s]|$)", re.ASCII)
OPEN = re.compile(r"\s*((?:and|or|not)?\()")
PLAIN = re.compile(r"""[^\s,()"\\\x00](?:[^,()"\\\x00\n\r]*[^\s,()"\\\x00])?""")
QUOTED = re.compile(r'"((?:[^"\\\x00]|\\["\\])*)"')
BLANK = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison; the path leads over at most two links: ``customer.owner.name``."""

    path: str
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """All, any or none of some terms."""

    mode: str
    terms: tuple[Leaf | Group, ...]


Node = Leaf | Group
EVERYTHING = Group(ALL, ())


def parse(text: str) -> Group:
    """The tree of a written question; what is no group becomes one. Raises ``Refused`` for anything else."""
    if len(text) > LONGEST:
        raise Refused(_("This question is too long. Ask for less at once."))
    if not text.strip():
        return EVERYTHING
    reader = Reader(text)
    node = reader.node(1)
    if BLANK.match(text, reader.at).end() != len(text):  # type: ignore[union-attr]
        reader.refuse()
    return node if isinstance(node, Group) else Group(ALL, (node,))


class Reader:
    """A place in a text, and the reading on from there."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.count = text, 0, 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if found := pattern.match(self.text, self.at):
            self.at = found.end()
        return found

    def node(self, depth: int) -> Node:
        self.count += 1
        if depth > DEEPEST or self.count > MOST:
            raise Refused(_("This question is too deep or has too many conditions. Ask for less at once."))
        if opened := self.take(OPEN):
            terms = [self.node(depth + 1)]
            while self.sign() == ",":
                terms.append(self.node(depth + 1))
            if self.text[self.at - 1 : self.at] != ")":
                self.refuse()
            return Group(OPENS[opened[1]], tuple(terms))
        if not (head := self.take(HEAD)):
            self.refuse()
        path, how = head[1], head[2]  # type: ignore[index]
        if self.text[self.at : self.at + 1] != ".":
            return Leaf(path, how, BARE[how]) if how in BARE else self.refuse()
        self.at += 1
        return Leaf(path, how, self.several() if how in SEVERAL and self.text[self.at : self.at + 1] == "(" else self.value())

    def sign(self) -> str:
        """A comma or a closing parenthesis, taken; nothing else may follow a term."""
        self.take(BLANK)
        self.at += 1
        sign = self.text[self.at - 1 : self.at]
        return sign if sign in {",", ")"} else self.refuse()

    def value(self) -> str:
        if quoted := self.take(QUOTED):
            return re.sub(r"\\(.)", r"\1", quoted[1])
        plain = self.take(PLAIN)
        return plain[0] if plain else self.refuse()

    def several(self) -> str:
        """``(a,b)``: kept as one text, as an address has it. A part cannot hold a comma."""
        self.at += 1
        parts = [self.value()]
        while self.sign() == ",":
            parts.append(self.value())
        return ",".join(parts) if not any("," in p for p in parts) else self.refuse()

    def refuse(self) -> Any:
        raise Refused(_("This question cannot be read from here on: “%(rest)s”.", rest=self.text[self.at : self.at + 40]))


def write(node: Node) -> str:
    """The written form of a tree; reading it gives the tree again."""
    if isinstance(node, Group):
        return f"{WRITTEN[node.mode]}{','.join(write(t) for t in node.terms)})" if node.terms else ""
    if BARE.get(node.how) == node.value:
        return f"{node.path}.{node.how}"
    parts = node.value.split(",") if node.how in SEVERAL else []
    kept = f"({','.join(quoted(p) for p in parts)})" if len(parts) > 1 else quoted(node.value)
    return f"{node.path}.{node.how}.{kept}"


def quoted(text: str) -> str:
    return text if PLAIN.fullmatch(text) else '"' + re.sub(r'(["\\])', r"\\\1", text.replace("\x00", "")) + '"'


def leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for term in node.terms:
            yield from leaves(term)


def sql(node: Node, leaf: Callable[[Leaf, bool], Any], *, negated: bool = False) -> Any:
    """The tree in SQL. NOT goes down to the leaves, so that a cell that is unknown holds neither way: ``leaf`` is told."""
    if isinstance(node, Leaf):
        return leaf(node, negated)
    parts = [sql(t, leaf, negated=negated != (node.mode == NONE)) for t in node.terms]
    join = or_ if (node.mode == ANY) != negated else and_
    return join(*parts) if len(parts) > 1 else parts[0] if parts else true()


def untrue(found: Any) -> Any:
    """What does not hold, an empty cell included: ``not(level.eq.vip)`` finds who has no level, ``level.ne.vip`` does not."""
    return not_(func.coalesce(found, false()))


def holds(node: Node, leaf: Callable[[Leaf], bool]) -> bool:
    """The same of a row in hand, every cell of which is known."""
    if isinstance(node, Leaf):
        return leaf(node)
    found = (holds(t, leaf) for t in node.terms)
    return all(found) if node.mode == ALL else any(found) if node.mode == ANY else not any(found)
