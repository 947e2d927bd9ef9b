"""An expression fitted to a record type: names become codes, words of choices become theirs, and what cannot be compared is refused."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _

from app.engine.expr.read import ORDER, Part, Unread, read
from app.engine.expr.work import TYPES
from app.engine.fields import fields_of

KINDS = {
    "n": _("a number"), "d": _("a day"), "m": _("a moment"), "t": _("text"), "b": _("yes or no"), "l": _("several choices"),
    "r": _("another record"),
}  # fmt: skip
LANGUAGES = ("zh", "en")


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).lower()


def fitted(model: Any, text: str, *, truth: bool = True) -> Part:
    """The tree of what somebody typed about a record type, in codes. Raises ``Unread``; with ``truth`` it must say yes or no."""
    tree = read(text)
    made, tag = Fitter(model, text).fit(tree)
    if truth and tag != "b":
        raise Unread(_("this is %(kind)s. Compare it, so that it says yes or no.", kind=KINDS[tag]), made.at, text)
    return made


class Fitter:
    """The names of one record type, and the rules of what goes with what."""

    def __init__(self, model: Any, text: str) -> None:
        self.model, self.text, self.fields = model, text, fields_of(model)
        self.called: dict[str, list[str]] = {}
        for locale in LANGUAGES:
            with force_locale(locale):
                for name, field in self.fields.items():
                    known = self.called.setdefault(plain(str(field.label)), [])
                    if name not in known:
                        known.append(name)

    def refuse(self, words: Any, part: Part) -> Any:
        raise Unread(words, part.at, self.text)

    def find(self, word: str) -> list[str]:
        return [word] if word in self.fields else self.called.get(plain(word), [])

    def field(self, part: Part) -> tuple[Part, str]:
        word = str(part.of[0])
        found = self.find(word)
        if not found:
            self.refuse(_("there is no field “%(name)s”. Text stands in quotes, and a name with blanks in [brackets].", name=word), part)
        if len(found) > 1:
            self.refuse(_("several fields are called so: %(names)s. Use one of these codes.", names=", ".join(found)), part)
        kind = self.fields[found[0]].kind(self.model, found[0])
        if kind not in TYPES:
            self.refuse(_("sealed numbers are asked about nowhere."), part)
        return Part("field", (found[0],), part.at), TYPES[kind]

    def fit(self, part: Part) -> tuple[Part, str]:
        """A part in codes, and the type of what it gives."""
        if part.op == "field":
            return self.field(part)
        if part.op in ("value", "today"):
            return part, str(part.of[0]) if part.of else "d"
        if part.op in (*ORDER, "in", "contains"):
            return self.compared(part)
        done = [self.fit(p) for p in part.of]
        made, tags = Part(part.op, tuple(p for p, _tag in done), part.at), [t for _p, t in done]
        if part.op in ("and", "or", "not"):
            for (one, tag) in done:
                if tag != "b":
                    self.refuse(_("this is %(kind)s. Compare it, so that it says yes or no.", kind=KINDS[tag]), one)
            return made, "b"
        if part.op == "empty":
            if tags[0] == "b":
                self.refuse(_("yes or no is never empty: what nobody said is no."), done[0][0])
            return made, "b"
        return made, self.reckoned(part, tags)

    def reckoned(self, part: Part, tags: list[str]) -> str:
        left, right = tags
        if left == right == "n":
            return "n"
        if part.op == "+" and left == "n":
            left, right = right, left
        if part.op in ("+", "-") and left in ("d", "m") and right == "n":
            return left
        if part.op == "-" and {left, right} <= {"d", "m"}:
            return "n"
        words = _("“%(sign)s” does not go with %(left)s and %(right)s.", sign=part.op, left=KINDS[tags[0]], right=KINDS[tags[1]])
        return str(self.refuse(words, part))

    def compared(self, part: Part) -> tuple[Part, str]:
        """A comparison. Beside a choice a text, or a bare word that is no field, is one of its codes or words."""
        sides = list(part.of)
        first = next((p for p in sides if p.op == "field" and len(self.find(p.of[0])) == 1 and self.choices(self.find(p.of[0])[0])), None)
        if first is not None:
            words = self.choices(self.find(first.of[0])[0])
            sides = [self.coded(p, words) for p in sides]
        done = [self.fit(p) for p in sides]
        made, (left, *others) = Part(part.op, tuple(p for p, _tag in done), part.at), [t for _p, t in done]
        for tag, (one, _tag) in zip(others, done[1:], strict=True):
            if not self.fits(part.op, left, tag):
                self.refuse(_("%(left)s and %(right)s do not go together here.", left=KINDS[left], right=KINDS[tag]), one)
        if part.op in ("<", "<=", ">", ">=") and left not in ("n", "d", "m"):
            self.refuse(_("only numbers, days and moments are more or less."), part)
        return made, "b"

    @staticmethod
    def fits(op: str, left: str, right: str) -> bool:
        if op == "contains":
            return left in ("t", "l") and right == "t"
        return {left, right} <= {"d", "m"} or (left == right and left not in ("l", "r"))

    def choices(self, name: str) -> dict[str, list[str]]:
        """Code -> its words, in both languages."""
        field, found = self.fields[name], dict[str, list[str]]()
        codes: Any = field.choices or {}
        if name == "state" and self.model.__flow__:
            codes = {code: state.label for code, state in self.model.__flow__.states.items()}
        for code in codes:
            found[code] = []
            for locale in LANGUAGES:
                with force_locale(locale):
                    found[code].append(plain(str(codes[code])))
        return found

    def coded(self, part: Part, words: dict[str, list[str]]) -> Part:
        bare = part.op == "field" and not self.find(part.of[0])
        if not bare and not (part.op == "value" and part.of[0] == "t"):
            return part
        said = str(part.of[0] if bare else part.of[1])
        code = said if said in words else next((c for c, known in words.items() if plain(said) in known), None)
        if code is None:
            self.refuse(_("“%(word)s” is none of the choices.", word=said), part)
        return Part("value", ("t", code), part.at)
