"""Declarations checked at start-up, in tests and at deployment: what can be wrong is found before anyone meets it."""

from __future__ import annotations

from typing import Any

from app.engine.fields import KINDS, Link, declared
from app.engine.record import records
from app.engine.wanted import problems as unfit


def problems() -> list[str]:
    """What is wrong with the declared records, a line each."""
    return [line for model in records() if not model.__platform__ for line in of(model)]


def of(model: Any) -> list[str]:
    found, name = [], model.__name__
    if not str(model.__label__):
        found.append(f"{name}: no __label__")
    fields = declared(model)
    for one, field in fields.items():
        if not isinstance(field, Link) and field.kind(model, one) not in KINDS:
            found.append(f"{name}.{one}: unknown kind {field.kind(model, one)}")
    found += [f"{name}.__search__: no field {n}" for n in model.__search__ if n not in fields]
    constraints = {c.name for c in model.__table__.constraints} | {i.name for i in model.__table__.indexes if i.unique}
    found += [f"{name}.__refusals__: no constraint {c}" for c in model.__refusals__ if c not in constraints]
    if "state" in fields and model.__flow__ is None:
        found.append(f"{name}: a state but no flow")
    return found + unfit(model, fields)
