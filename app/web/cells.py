"""Values as people see them on a page: words, tints, masks and links, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.clock import local, today
from app.engine.current import current
from app.engine.fields import Field, Link, fields_of
from app.engine.flat import worded as words_of
from app.engine.present import label, told
from app.engine.rules import Level, source
from app.engine.values import STARS

LEVELS = {has: has.name.lower() for has in Level}
RIGHT = ("money", "number", "whole", "place")
RANKS = {"bad": "1", "wait": "2", "plan": "3", "draft": "4", "": "5"}  # of attention: a colour is the rank that styles a row


@dataclass(frozen=True, slots=True)
class Cell:
    """One value on a page; ``look`` is how it is drawn."""

    shown: str
    level: str
    raw: Any = None
    url: str = ""
    tint: str = ""
    reveal_url: str = ""
    look: str = "plain"


NOTHING = Cell("", "none", look="none")


def cells(record: Any, names: list[str], levels: Mapping[str, Level] | None = None) -> list[Cell]:
    """Some cells of one row, as the actor may see them."""
    levels = levels or policy.levels(record)
    return [cell(record, name, levels) for name in names]


def cell(record: Any, name: str, levels: Mapping[str, Level] | None = None) -> Cell:  # noqa: C901, PLR0911
    """One cell, as the actor may see it."""
    model = type(record)
    _head, kind, field, words = known(model, name)
    has, value = told(record, name, field, (levels or policy.levels(record))[name])
    if has == Level.NONE:
        return NOTHING
    level = LEVELS[has]
    if has == Level.MASKED:
        reveal = f"/{model.__tablename__}/reveal/{record.id}/{name}" if value and policy.may(model, "can:reveal", record) else ""
        return Cell(str(value), level, reveal_url=reveal, look="masked")
    if value is None or value in ("", []):
        return Cell("", level, value, look="empty")
    if kind == "link":
        called, there = linked(value)
        return Cell(called, level, value.id, there, look="link" if there else "plain")
    if kind == "signature":
        return Cell(str(_("Signed")), level, url=f"/{model.__tablename__}/signature/{record.id}/{name}", tint="done", look="badge")
    if isinstance(value, list):
        return Cell("、".join(words.get(v, str(v)) for v in value), level, value, look="tags")
    if kind == "state":
        return Cell(words.get(value, value), level, value, tint=model.__flow__.states[value].tint, look="badge")
    if words:
        tint = (field.tints or {}).get(value, "")
        if name == "attention":
            return Cell(words.get(value, value), level, value, tint=RANKS.get(tint, tint), look="attention")
        look = "plain" if not tint else "tint" if field.open or field.added else "badge"
        return Cell(words.get(value, value), level, value, tint=tint, look=look)
    if value is True and name in model.__sounds__:
        return Cell(shown(kind, value), level, value, model.__sounds__[name].format(id=record.id), look="sound")
    return Cell(shown(kind, value), level, value, look=kind if kind in ("money", "phone", "note", "rating") else "plain")


def linked(record: Any) -> tuple[str, str]:
    """What a linked record is called and where it opens; a page names the same few again and again."""
    memo, slot = current().memo, ("linked", type(record), record.id)
    if slot not in memo:
        memo[slot] = label(record), f"/{record.__tablename__}/show/{record.id}" if policy.opens(type(record)) else ""
    found: tuple[str, str] = memo[slot]
    return found


def shown(kind: str, value: Any) -> str:  # noqa: PLR0911
    """A plain value in the product's one way of writing it."""
    if value is None or value == "":
        return ""
    if kind == "rating":
        return "★" * int(value) + "☆" * (STARS - int(value))
    if kind == "signature":
        return str(_("Signed"))
    if kind == "money":
        return f"¥{value:,.2f}".replace("¥-", "−¥")
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    if kind == "place":
        return f"{value:.6g}"
    if kind == "flag":
        return str(_("Yes") if value else _("No"))
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.strftime("%m-%d" if value.year == today().year else "%Y-%m-%d")
    return "、".join(value) if isinstance(value, list) else str(value)


def moment(value: datetime) -> str:
    """``11-20 10:28`` in this year, with the year otherwise; today is said in words."""
    here = local(value)
    if here.date() == today():
        return f"{_('Today')} {here:%H:%M}"
    return f"{here:%m-%d %H:%M}" if here.year == today().year else f"{here:%Y-%m-%d %H:%M}"


def known(model: Any, name: str) -> tuple[dict[str, Any], str, Field, dict[str, str]]:
    """What is said of a field; kept with the rule book for each language, since a book knows all fields of its company."""
    memo, slot = current().memo, (model, name)
    if "said" not in memo:
        memo["said"] = source[0]().words.setdefault(str(get_locale()), {})
    if slot not in memo["said"]:
        field = fields_of(model)[name]
        kind = "state" if name == "state" and model.__flow__ else field.kind(model, name)
        words = words_of(model, name, field)
        memo["said"][slot] = {
            "name": name, "label": str(field.label), "kind": kind, "group": field.group, "right": kind in RIGHT,
            "css": f"k-{kind} num" if kind in RIGHT else f"k-{kind}", "help": str(field.help or ""), "words": words,
            "choices": [(c, w) for c, w in words.items() if c not in field.retired], "tints": field.tints or {},
            "lookup_url": f"/{field.target(model, name).__tablename__}/lookup" if isinstance(field, Link) else "",
        }, kind, field, words  # fmt: skip
    found: tuple[dict[str, Any], str, Field, dict[str, str]] = memo["said"][slot]
    return found


def described(model: Any, name: str) -> dict[str, Any]:
    """A field as templates need it."""
    return known(model, name)[0]


def choices(model: Any, name: str) -> list[tuple[str, str]]:
    """The codes and words of a choice or of a workflow's states, those that were put away too."""
    return [*known(model, name)[3].items()]


def worded(model: Any, name: str) -> dict[str, str]:
    """Code -> word."""
    return known(model, name)[3]


def typed(kind: str, value: Any) -> str:
    """A value as an input holds it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%dT%H:%M}"
    if kind == "flag":
        return "1" if value else ""
    if isinstance(value, list):
        return ", ".join(value)
    if kind == "number":
        return f"{value.normalize():f}"
    return str(getattr(value, "id", value))
