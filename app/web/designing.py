"""Layouts made on the real form: what the form brings along for it; and layouts in words."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _

from app.engine import layout_versions as kept
from app.engine import policy
from app.engine.custom import Said
from app.engine.errors import Missing, Refused
from app.engine.expr.read import kept as tree
from app.engine.expr.said import said
from app.engine.fields import fields_of
from app.engine.laid import DEVICES, Shape, there
from app.engine.layout import key_of, needed
from app.engine.record import record_named
from app.engine.rules import role_names
from app.extensions import db
from app.web.frame import record_views
from app.web.rights import columns
from app.web.screen import ABOVE
from app.web.trying import designed


def view_of(table: str) -> Any:
    """The screens of a record type. Raises ``Missing``."""
    view = next((v for v in record_views() if v.model is record_named(table)), None)
    if view is None:
        raise Missing
    return view


def about(given: Any) -> tuple[str, str]:
    """The role and device that were asked about; the first role where none was."""
    roles, device = role_names(), given.get("device", "")
    role = given.get("role") or first_role()
    if role not in roles or device not in DEVICES:
        raise Refused(_("There is no such role or right."))
    return str(role), str(device)


def first_role() -> str:
    return next(code for code in role_names() if code not in ABOVE)


def form_of(view: Any) -> str:
    """Where the actor sees the form: a new record's, or the list to choose one from."""
    return f"{view.base}/add" if policy.may(view.model, "can:add") else f"{view.base}/list"


def design_url(view: Any, role: str, device: str) -> str:
    return f"{view.base}/add?design={role}&device={device}" if policy.may(view.model, "can:add") else ""


def common(view: Any, role: str, device: str) -> dict[str, Any]:
    model = view.model
    return {
        "table": model.__tablename__, "label": str(model.__plural__ or model.__label__), "role": role, "device": device,
        "roles": {r["code"]: str(r["label"]) for r in columns()}, "devices": {"": str(_("Desk")), "phone": str(_("Phone"))},
    }  # fmt: skip


def context(view: Any, declared: list[Any]) -> dict[str, Any] | None:
    """What the form brings along while its layout is made: the draft of the actor, or what holds, in his words."""
    asked = designed()
    if asked is None:
        return None
    role, device = asked
    model, fields = view.model, fields_of(view.model)
    draft = kept.draft_of(db.session, model, role, device)
    shape = draft.shape if draft else kept.published(db.session, model, role, device) or {"sections": [], "hidden": []}
    titles = {key_of(s): str(s.title) for s in declared}
    sections = {k: [n for n in inside if n in fields] for k, inside in shape["sections"] if k in titles}
    hidden = [n for n in shape["hidden"] if n in fields]
    placed = {n for inside in sections.values() for n in inside} | {*hidden}
    for section in declared:
        sections.setdefault(key_of(section), []).extend(n for n in section.fields if n not in placed and n in fields)
    sent = {
        "sections": [{"key": k, "title": titles[k], "fields": inside} for k, inside in sections.items()], "hidden": hidden,
        "rules": in_words(model, shape), "tabs": shape.get("tabs", []), "labels": {n: str(f.label) for n, f in fields.items()},
        "needed": [n for n in fields if needed(model, n)], "role": role, "device": device,
        "urls": {"keep": f"/layouts/{model.__tablename__}/draft", "check": f"/expressions/{model.__tablename__}"},
    }  # fmt: skip
    return common(view, role, device) | {"sent": sent, "draft": draft.id if draft else 0, "base": request.path}


def in_words(model: Any, shape: Shape) -> dict[str, dict[str, str]]:
    """The expressions of a layout in the reader's words; those that ask about what is gone stay in codes."""
    rules: dict[str, dict[str, str]] = shape.get("rules", {})
    return {slot: {part: said(model, tree(a)) if there(model, a) else a[1:] for part, a in parts.items()} for slot, parts in rules.items()}


def difference(view: Any, before: Shape | None, after: Shape | None) -> list[tuple[str, str, str]]:
    """What changed from one version to the next: (what, before, after), in words."""
    model, declared = view.model, view.declared()
    labels, titles = {n: str(f.label) for n, f in fields_of(model).items()}, {key_of(s): str(s.title) for s in declared}
    old, new = (words(view, declared, s, labels, titles) for s in (before, after))
    return [(what, old.get(what, ""), new.get(what, "")) for what in dict.fromkeys([*new, *old]) if old.get(what, "") != new.get(what, "")]


def words(view: Any, declared: list[Any], shape: Shape | None, labels: dict[str, str], titles: dict[str, str]) -> dict[str, str]:
    """A layout as lines: each section's fields, what is hidden, tabs, and the rules."""
    shape = shape or {"sections": [[key_of(s), s.fields] for s in declared], "hidden": []}
    made = {titles.get(k, k): "、".join(labels.get(n, n) for n in inside) for k, inside in shape["sections"]}
    made[str(_("Hidden"))] = "、".join(labels.get(n, n) for n in shape["hidden"])
    tabs = [(Said(t["zh"], t["en"]), "、".join(titles.get(k, k) for k in t["sections"])) for t in shape.get("tabs", [])]
    made[str(_("Tabs"))] = "、".join(f"{tab} ({inside})" for tab, inside in tabs)
    parts = {"shown": _("shown where"), "needed": _("needed where"), "readonly": _("read only where")}
    for slot, rules in in_words(view.model, shape).items():
        called = titles.get(slot[1:], slot) if slot.startswith("§") else labels.get(slot, slot)
        made |= {f"{called}: {parts[part]}": text for part, text in rules.items() if part in parts}
    return made
