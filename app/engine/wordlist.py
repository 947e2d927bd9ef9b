"""A list of choices as a company edits it: words in two languages, colours, order. A code never changes, and none is ever dropped."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _

from app.engine.errors import Refused
from app.engine.fields import Field

Choice = dict[str, Any]  # code, zh, en, tint, archived
TINTS = {
    "": _("No colour"), "bad": _("Red"), "wait": _("Amber"), "done": _("Green"), "run": _("Teal"), "plan": _("Blue"),
    "pause": _("Violet"), "draft": _("Grey"),
}  # fmt: skip
MOST, LONGEST = 100, 40
CODE = re.compile(r"[a-z0-9_]{1,40}")  # one that another company's list brings along


def of(field: Field) -> list[Choice]:
    """The choices of a built-in field as a list to begin with."""
    words = {code: both(word) for code, word in (field.choices or {}).items()}
    return [
        {"code": c, "zh": zh, "en": en, "tint": (field.tints or {}).get(c, ""), "archived": c in field.retired}
        for c, (zh, en) in words.items()
    ]


def both(word: Any) -> tuple[str, str]:
    """A word in Chinese and in English."""
    made = []
    for locale in ("zh", "en"):
        with force_locale(locale):
            made.append(str(word))
    return made[0], made[1]


def read(kept: list[Choice], sent: list[Choice]) -> list[Choice]:
    """The new list, in the order that was sent. Raises ``Refused`` in words."""
    known, made = {c["code"]: c for c in kept}, list[Choice]()
    for given in sent:
        if (one := single(given, known)) is not None:
            made.append(one | {"code": one["code"] or fresh(one["en"], {c["code"] for c in made} | known.keys())})
    if len({c["code"] for c in made}) < len(made):
        raise Refused(_("Choose one from the list."))
    live = [c for c in made if not c["archived"]]
    for words in ([c["zh"] for c in live], [c["en"] for c in live if c["en"]]):
        if twice := next((w for w in words if words.count(w) > 1), None):
            raise Refused(_("“%(choice)s” stands there twice.", choice=twice))
    if len(live) > MOST:
        raise Refused(_("At most %(n)s choices.", n=MOST))
    codes = {c["code"] for c in made}
    return made + [c | {"archived": True} for c in kept if c["code"] not in codes]


def single(given: Choice, known: dict[str, Choice]) -> Choice | None:
    """One choice as it was sent; None for a row that was left blank."""
    code, zh, en = (" ".join(str(given.get(n) or "").split()) for n in ("code", "zh", "en"))
    tint = str(given.get("tint") or "")
    if not code and not zh and not en:
        return None
    if tint not in TINTS or (code and code not in known and not (given.get("brought") and CODE.fullmatch(code))):
        raise Refused(_("Choose one from the list."))
    if not zh and not en:
        raise Refused(_("Give “%(choice)s” a word. To take it away, put it away.", choice=known.get(code, given).get("zh") or code))
    if max(len(zh), len(en)) > LONGEST or {"\x00", ",", "，"} & {*zh, *en}:
        raise Refused(_("A choice has at most %(n)s characters, and no comma.", n=LONGEST))
    return {"code": code, "zh": zh or en, "en": en, "tint": tint, "archived": bool(given.get("archived"))}


def fresh(en: str, taken: set[str]) -> str:
    """A code that nobody has: from the English word where there is one, since programs read it."""
    word = re.sub(r"[^a-z0-9]+", "_", en.lower()).strip("_")[:30]
    n = len(taken) + 1
    while not word or word in taken:
        word, n = f"c{n}", n + 1
    return word


def code_of(name: str, taken: set[str | None]) -> str:
    """A word for a field, role or view that people of other companies can read; nobody here has it yet."""
    word = re.sub(r"\W+", "_", name.lower()).strip("_")[:50] or "x"
    made, n = word, 2
    while made in taken:
        made, n = f"{word}_{n}", n + 1
    return made
