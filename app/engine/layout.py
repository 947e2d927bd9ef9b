"""How a role's forms and pages are laid out: which fields stand where, and which are left away. Rights still decide what is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import laid
from app.engine.audit import AuditEntry
from app.engine.current import tenant_id
from app.engine.fields import fields_of
from app.engine.laid import Shape
from app.engine.rules import Layout
from app.engine.wanted import needed_of

ADDED = "+"  # the section of what was added while the product runs


def key_of(section: Any) -> str:
    """A section is known by the first field it was declared with."""
    first = section.fields[0] if section.fields else ADDED
    return ADDED if first.startswith("x_") else str(first)


def filled(model: Any, sections: list[Any], more: Callable[[list[str]], Any]) -> list[Any]:
    """The sections of the program, each with the fields that were added to it; those that nobody placed stand in one ``more``."""
    fields, placed = fields_of(model), {n for s in sections for n in s.fields}
    keys = {key_of(s) for s in sections}
    rest = [n for n, f in fields.items() if n not in placed and (f.added or not sections)]
    homes = {n: getattr(fields[n], "section", "") for n in rest}
    made = [replace(s, fields=[*s.fields, *(n for n in rest if homes[n] == key_of(s))]) for s in sections]
    left = [n for n in rest if homes[n] not in keys]
    return [*made, more(left)] if left else made


def arranged(model: Any, sections: list[Any]) -> list[Any]:
    """The sections as whoever acts has them: see :mod:`app.engine.laid`."""
    found = laid.shape(model)
    return shaped(model, sections, found) if found else sections


def shaped(model: Any, sections: list[Any], shape: Shape) -> list[Any]:
    """Sections by one layout. A field that it does not know stands where it was declared."""
    known, keyed = fields_of(model), {key_of(s): s for s in sections}
    hidden = {n for n in shape["hidden"] if not needed(model, n)}
    placed = {n for _key, names in shape["sections"] for n in names}
    made: dict[str, list[str]] = {}
    for key, names in shape["sections"]:
        if key in keyed:
            made[key] = [n for n in names if n in known and n not in hidden]
    for key, section in keyed.items():
        made.setdefault(key, []).extend(n for n in section.fields if n not in placed and n not in hidden)
    return [replace(keyed[key], fields=names) for key, names in made.items() if names]


def needed(model: Any, name: str) -> bool:
    """Whether a form cannot do without a field."""
    field = fields_of(model).get(name)
    return field is not None and (field.required(model, name) or name in needed_of(model))


def set_layout(session: Session, model: Any, role: str, shape: Shape | None, device: str = "") -> bool:
    """Keep the layout of a role, or none; whether it changed. The caller commits, and has asked whether the actor may."""
    mine = Layout.role == role, Layout.model == model.__name__, Layout.device == device, Layout.tenant_id == tenant_id()
    there = session.scalars(select(Layout).where(*mine)).first()
    before = there.shape if there else None
    if before == shape:
        return False
    if shape is None:
        session.delete(there)
    elif there is None:
        session.add(Layout(role=role, model=model.__name__, device=device, shape=shape))
    else:
        there.shape = shape
    changes = {f"{role} {device}".strip(): [said(before), said(shape)]}
    session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="layout", changes=changes))
    return True


def said(shape: Shape | None) -> str:
    """A layout in one line for the trail: fields in their order, hidden ones with a minus."""
    if not shape:
        return ""
    ruled = {n: "".join(f"({part})" for part in sorted(r)) for n, r in shape.get("rules", {}).items()}
    order = [f"{n}{ruled.get(n, '')}" for _key, names in shape["sections"] for n in names]
    return ",".join([*order, *(f"-{n}" for n in shape["hidden"])])
