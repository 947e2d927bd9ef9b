"""What a record asks for, depending on what else it holds: declared once on the model, held to here and on the page.

``__shown__ = {"reverses": "amount.lt.0"}`` asks for a field only where the condition holds, ``__needed__`` makes it needed there,
``__periods__ = (("starts_at", "ends_at"),)`` puts the end not before the start, ``__within__ = {"district": "city"}`` says which
field narrows the suggestions for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.compare import fits, matches
from app.engine.conditions import holds, leaves, parse
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.rules import Level

BACKWARDS = _("The end must come after the start.")
VOID: tuple[Any, ...] = (None, "", [])


def wrong(record: Any, sent: Iterable[str]) -> dict[str, Any]:
    """The fields that do not fit the others, with words. What was not touched by what was sent is left alone."""
    model, found, touched = type(record), {}, set(sent)
    new = record.id is None
    for start, end in model.__periods__:
        first, last = held(record, start), held(record, end)
        if touched & {start, end} and first is not None and last is not None and last < first:
            found[end] = BACKWARDS
    for name, asked in model.__shown__.items():
        if name in touched and held(record, name) not in VOID and not true(record, asked):
            found[name] = _("Leave this empty here: it does not fit the rest.")
    for name, asked in model.__needed__.items():
        near = new or touched & {name, *(leaf.path for leaf in leaves(parse(asked)))}
        if near and held(record, name) in VOID and policy.ceiling(model, name) >= Level.FILL and true(record, asked):
            found[name] = _("Needed.")
    return found


def true(record: Any, asked: str) -> bool:
    """Whether a written condition on the record's own fields holds for it as it is in hand."""
    model = type(record)
    return holds(parse(asked), lambda leaf: matches(model, leaf.path, leaf.how, leaf.value, held(record, leaf.path)))


def held(record: Any, name: str) -> Any:
    """What a field holds, or will begin with when the record is new."""
    value = fields_of(type(record))[name].read(record, name)
    return value if value is not None or record.id is not None else first_value(type(record), name)


def first_value(model: Any, name: str) -> Any:
    """What a new record's column starts with, when that is a plain value."""
    attr = model.__mapper__.attrs.get(name)
    column = attr.columns[0] if attr is not None and hasattr(attr, "columns") else None
    given = getattr(column, "default", None)
    return given.arg if given is not None and given.is_scalar else None


def problems(model: Any, fields: Any) -> list[str]:
    """What is wrong with the declarations of one record, a line each."""
    found, name = [], model.__name__
    pairs = [p for pair in (*model.__periods__, *model.__within__.items()) for p in pair]
    found += [f"{name}: no field {n} for a period or a place within" for n in pairs if n not in fields]
    for one, asked in (*model.__shown__.items(), *model.__needed__.items()):
        try:
            for leaf in leaves(parse(asked)):
                fits(model, leaf.path, leaf.how, leaf.value)
        except Refused as refused:
            found.append(f"{name}.{one}: {asked}: {refused}")
        if one not in fields:
            found.append(f"{name}: no field {one} to ask for")
    return found
