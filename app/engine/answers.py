"""What an expression says of one record, for the person who asks: a field that may not be read counts as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine import policy
from app.engine.clock import today
from app.engine.expr.read import MARK, Part, kept
from app.engine.expr.read import names as names_in
from app.engine.expr.work import TYPES, holds, taken, wire, worked
from app.engine.fields import fields_of
from app.engine.held import first_value, held
from app.engine.rules import Level


def is_expression(asked: str) -> bool:
    """Whether something kept is an expression, and no condition as an address has it."""
    return asked.startswith(MARK)


def read(record: Any, model: Any, name: str) -> Any:
    """One field as it goes to the page: None where it is empty, or not for the actor's eyes."""
    field = fields_of(model).get(name)
    kind = field.kind(model, name) if field is not None else ""
    if field is None or kind not in TYPES:
        return None
    new = record is None or record.id is None
    has = policy.ceiling(model, name) if new else policy.level(record, name)
    value = (first_value(model, name) if record is None else held(record, name)) if has >= Level.READ else None
    if kind == "link" and value is not None and not policy.seen(value):
        value = None
    return wire(kind, value)


def tag(model: Any, name: str) -> str:
    field = fields_of(model).get(name)
    return TYPES.get(field.kind(model, name), "t") if field is not None else "t"


def given(record: Any, tree: Part) -> dict[str, Any]:
    """The values of the fields that an expression asks about."""
    model = type(record)
    return {n: taken(tag(model, n), read(record, model, n)) for n in names_in(tree)}


def true(record: Any, asked: str, was: Mapping[str, Any] | None = None) -> bool:
    """Whether a kept expression holds for a record as it is in hand; ``was`` are fields as they were before."""
    tree = kept(asked)
    values = given(record, tree)
    for name in [n for n in was or () if n in values]:
        values[name] = taken(tag(type(record), name), before(record, name, was[name]))  # type: ignore[index]
    return holds(tree, values, today().toordinal())


def before(record: Any, name: str, value: Any) -> Any:
    """An earlier value of a field as it goes to the page."""
    kind = fields_of(type(record))[name].kind(type(record), name)
    return wire(kind, value) if kind in TYPES and policy.level(record, name) >= Level.READ else None


def answer(record: Any, tree: Part) -> Any:
    """The value of an expression, or of one of its parts."""
    return worked(tree, given(record, tree), today().toordinal())


def known(model: Any, asked: str) -> bool:
    """Whether all fields of a kept expression are there."""
    return all(n in fields_of(model) for n in names_in(kept(asked)))


def on_page(model: Any, tree: Part, was: Mapping[str, Any] | None = None) -> list[Any]:
    """A tree as the page takes it up: fields with their types, those of ``was`` by what they held before."""
    if tree.op == "field" and was is not None and tree.of[0] in was:
        return ["value", tag(model, tree.of[0]), was[tree.of[0]]]
    if tree.op == "field":
        return ["field", tree.of[0], tag(model, tree.of[0])]
    if tree.op in ("value", "today"):
        return [tree.op, *tree.of]
    return [tree.op, *(on_page(model, p, was) for p in tree.parts())]


def sent(record: Any, model: Any, trees: list[Part]) -> dict[str, Any]:
    """What the page must know beside its inputs: the tenant's day, and what the reader may read of the fields that are asked about."""
    asked = dict.fromkeys(n for tree in trees for n in names_in(tree))
    found = {n: read(record, model, n) for n in asked}
    return {"today": today().toordinal(), "fields": {n: v for n, v in found.items() if v is not None}}
