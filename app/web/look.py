"""How a list looks, as its address says it: which columns in which order and how wide, and what its rows are grouped by.

``cols=number:160,customer,amount`` and ``group=district`` or ``group=starts_at:month``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.fields import fields_of
from app.engine.groups import added, groupable
from app.engine.signatures import names
from app.web.asked import Asked
from app.web.cells import described

NARROW, WIDE = 40, 900  # pixels a column may be set to
SPANS = {"day": _("by day"), "month": _("by month"), "year": _("by year")}


@dataclass(frozen=True, slots=True)
class Look:
    """The columns a list shows, their widths where somebody set them, and what it is grouped by."""

    names: list[str]
    widths: dict[str, int]
    group: str = ""


def look(view: Any, asked: Asked) -> Look:
    """What the address asks for, as far as the actor may see it; the list's own columns otherwise."""
    said, model = dict(asked.look), view.model
    pairs = [part.partition(":")[::2] for part in said.get("cols", "").split(",")]
    known = set(policy.readable(model))
    names = list(dict.fromkeys(n for n, _width in pairs if n in known)) or standard(view)
    widths = {n: min(max(int(w), NARROW), WIDE) for n, w in pairs if w.isdecimal() and len(w) < 5}
    group = said.get("group", "")
    return Look(names, widths, group if group and groupable(model, group) else "")


def standard(view: Any) -> list[str]:
    """The columns of a list that nobody arranged: those declared, and the added fields that lists are to show."""
    fields = fields_of(view.model)
    names = [n for n in view.columns or list(fields)[:6] if n in fields]
    return policy.readable(view.model, names + [n for n, f in fields.items() if getattr(f, "listed", False) and n not in names])


def offered(view: Any) -> dict[str, Any]:
    """What the panel of columns offers: fields in the record's order, those of the list itself, and the ways to group."""
    model = view.model
    names = policy.readable(model)
    return {
        "fields": [{"name": n, "label": str(fields_of(model)[n].label)} for n in names],
        "standard": standard(view),
        "groups": [pair for n in names for pair in ways(model, n)],
    }


def ways(model: Any, name: str) -> list[tuple[str, str]]:
    """(what to group by, its words) for one field; a day or moment gives three."""
    label = str(fields_of(model)[name].label)
    if fields_of(model)[name].kind(model, name) in ("day", "moment"):
        return [(f"{name}:{form}", f"{label} {word}") for form, word in SPANS.items() if groupable(model, f"{name}:{form}")]
    return [(name, label)] if groupable(model, name) else []


def columns(model: Any, shape: Look, sorting: Any) -> list[dict[str, Any]]:
    """The heads of a list."""
    able = set(policy.writable(model)) - set(names(model)) if not model.__appended__ else set()
    summed = set(added(model, shape.names))
    made = [
        described(model, n) | sorting(n) | {"width": shape.widths.get(n), "edit": n in able, "sum": n in summed} for n in shape.names
    ]
    # Rows one may see, but no field that a column shows: the record's name stands there.
    return made or [{"name": "id", "label": str(model.__label__), "css": "k-text"}]
