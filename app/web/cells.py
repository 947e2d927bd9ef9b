"""Values as people see them on a page: words, tints, masks and links, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.clock import local, today
from app.engine.fields import Field, Link, fields_of
from app.engine.present import label, value_of
from app.engine.rules import Level

RIGHT = ("money", "number", "whole", "place")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value on a page."""

    shown: str
    level: str
    raw: Any = None
    url: str = ""
    tint: str = ""
    reveal_url: str = ""


def cell(record: Any, name: str) -> Cell:  # noqa: PLR0911
    """One cell, as the actor may see it."""
    model = type(record)
    field = fields_of(model)[name]
    has, value = value_of(record, name)
    if has == Level.NONE:
        return Cell("", "none")
    level = has.name.lower()
    if has == Level.MASKED:
        reveal = f"/{model.__tablename__}/reveal/{record.id}/{name}" if value and policy.may(model, "can:reveal", record) else ""
        return Cell(str(value), level, reveal_url=reveal)
    kind = field.kind(model, name)
    if kind == "link":
        if value is None:
            return Cell("", level)
        there = f"/{type(value).__tablename__}/show/{value.id}" if policy.opens(type(value)) else ""
        return Cell(label(value), level, value.id, there)
    if name == "state" and model.__flow__ and value:
        state = model.__flow__.states[value]
        return Cell(str(state.label), level, value, tint=state.tint)
    if field.choices and isinstance(value, list):
        return Cell("、".join(str(field.choices.get(v, v)) for v in value), level, value)
    if field.choices and value:
        return Cell(str(field.choices.get(value, value)), level, value, tint=(field.tints or {}).get(value, ""))
    return Cell(shown(kind, value), level, value)


def shown(kind: str, value: Any) -> str:  # noqa: PLR0911
    """A plain value in the product's one way of writing it."""
    if value is None or value == "":
        return ""
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


def described(model: Any, name: str) -> dict[str, Any]:
    """A field as templates need it."""
    field: Field = fields_of(model)[name]
    kind = "state" if name == "state" and model.__flow__ else field.kind(model, name)
    return {
        "name": name, "label": str(field.label), "kind": kind, "group": field.group, "right": kind in RIGHT,
        "choices": choices(model, name), "help": str(field.help or ""),
        "lookup_url": f"/{field.target(model, name).__tablename__}/lookup" if isinstance(field, Link) else "",
    }  # fmt: skip


def choices(model: Any, name: str) -> list[tuple[str, str]]:
    """The codes and words of a choice or of a workflow's states."""
    if name == "state" and model.__flow__:
        return [(s.name, str(s.label)) for s in model.__flow__.states.values()]
    return [(code, str(word)) for code, word in (fields_of(model)[name].choices or {}).items()]


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
