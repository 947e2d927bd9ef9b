"""An expression as text: in codes, as it is kept, or in the reader's words. Reading either gives the same tree again."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import get_locale

from app.engine.expr.fit import Fitter
from app.engine.expr.read import KEY, MARK, TOKEN, Part
from app.engine.expr.words import EMPTY, FULL, WORDS

BINDS = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6}  # the rest compares: 4
COMPARES, WHOLE = 4, 7


def code(tree: Part) -> str:
    """The form in which it is kept."""
    return MARK + Writer(None, "en").say(tree)


def said(model: Any, tree: Part) -> str:
    """The same in the words of the reader."""
    return Writer(Fitter(model, ""), "en" if str(get_locale() or "").startswith("en") else "zh").say(tree)


class Writer:
    """Writes with the names of a record type, or in codes where there is none."""

    def __init__(self, names: Fitter | None, language: str) -> None:
        self.names, self.at = names, 0 if language == "en" else 1

    def word(self, key: str) -> str:
        return WORDS[key][self.at if key not in ("true", "false") else 1 + self.at]

    def say(self, part: Part) -> str:  # noqa: PLR0911
        if part.op == "field":
            return self.name(str(part.of[0]))
        if part.op == "value":
            return self.value(*part.of)
        if part.op == "today":
            return self.word("today")
        if part.op == "not":
            inner = part.of[0]
            if inner.op == "empty":
                return f"{self.inner(inner.of[0], 5)} {FULL[self.at]}"
            return f"{self.word('not')} {self.inner(inner, 3)}"
        if part.op == "empty":
            return f"{self.inner(part.of[0], 5)} {EMPTY[self.at]}"
        if part.op in BINDS:
            mine = BINDS[part.op]
            sign = self.word(part.op) if part.op in WORDS else part.op
            return f"{self.inner(part.of[0], mine)} {sign} {self.inner(part.of[1], mine + 1)}"
        found = [self.coded(part, n) or self.inner(p, 5) for n, p in enumerate(part.of)]
        if part.op == "in":
            return f"{found[0]} {self.word('in')} ({', '.join(found[1:])})"
        return f"{found[0]} {self.word(part.op) if part.op in WORDS else part.op} {found[1]}"

    def inner(self, part: Part, least: int) -> str:
        """A part of a part: in parentheses where it would be read otherwise without."""
        own = BINDS.get(part.op, WHOLE if part.op in ("field", "value", "today") else COMPARES)
        if part.op == "not" and part.of[0].op == "empty":
            own = COMPARES
        text = self.say(part)
        return text if own >= least else f"({text})"

    def coded(self, part: Part, n: int) -> str:
        """A choice by its word, where one stands on the other side."""
        one = part.of[n]
        if self.names is None or one.op != "value" or one.of[0] != "t":
            return ""
        sides = [p for p in part.of if p.op == "field" and p.of[0] in self.names.fields and self.names.choices(p.of[0])]
        words = self.names.choices(sides[0].of[0]) if sides else {}
        if one.of[1] not in words:
            return ""
        choices = self.names.fields[sides[0].of[0]].choices or {}
        flow = self.names.model.__flow__
        shown = str(choices[one.of[1]] if one.of[1] in choices else flow.states[one.of[1]].label)
        return quoted(shown) if [c for c, known in words.items() if shown.lower() in known or c == shown] == [one.of[1]] else ""

    def name(self, name: str) -> str:
        label = str(self.names.fields[name].label) if self.names is not None and name in self.names.fields else name
        if self.names is not None and self.names.find(label) != [name]:
            label = name  # it would be taken for another one
        found = TOKEN.fullmatch(label)
        bare = found is not None and found.lastgroup == "word" and label.lower() not in KEY and unicodedata.is_normalized("NFKC", label)
        return label if bare or "]" in label else f"[{label}]"

    def value(self, tag: str, value: Any) -> str:
        if tag == "b":
            return self.word("true" if value else "false")
        return quoted(value) if tag == "t" else str(value)


def quoted(text: str) -> str:
    """Text in quotes that do not stand in it."""
    marks = next(((a, b) for a, b in ('""', "''", "“”") if b not in unicodedata.normalize("NFKC", text)), ('"', '"'))
    return f"{marks[0]}{text}{marks[1]}"
