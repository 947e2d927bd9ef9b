"""The inputs of each deed that is done to many rows: what its form asks, and what was sent."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import select

from app.engine import policy, tell
from app.engine.assign import RULES
from app.engine.current import current
from app.engine.deed import Deed
from app.engine.deeds import steps, tagged
from app.engine.fields import fields_of
from app.engine.present import label
from app.engine.record import record_named
from app.extensions import db
from app.web.cells import choices, described
from app.web.showing import one

PEOPLE = 300


def inputs(act: str) -> dict[str, Any]:
    """What the form says, for a deed."""
    sent = request.form
    if act == "change":
        boxes = sent.getlist("__flags")  # a box that is not ticked sends nothing
        return {"set": {n: sent.get(n, "0" if n in boxes else "") for n in sent.getlist("__set")}}
    if act == "tag":
        picked = {way: [c.partition(":") for c in sent.getlist(way)] for way in ("add", "remove")}
        field = next((name for found in picked.values() for name, _c, _code in found), "")
        return {"field": field} | {way: [code for name, _c, code in found if name == field] for way, found in picked.items()}
    if act == "tell":
        return {n: sent.get(n, "") for n in ("channel", "kind", "text")}
    if act == "assign":
        return {"to": sent.getlist("to"), "rule": sent.get("rule", "")}
    step = sent.get("step", "")
    given = {n.rpartition(":")[2]: v for n, v in sent.items() if n.startswith(f"with:{step}:")}
    return {"step": step, "with": given} if act == "step" else {}


def asks(model: Any, kind: type[Deed], given: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a deed's form."""
    made: dict[str, Any] = {}
    if kind.name == "change":
        names = [n for n in policy.writable(model) if fields_of(model)[n].kind(model, n) != "tags"]
        ticked = set(request.form.getlist("__set"))
        blank = {n: given.get(n, "") for n in names}
        found = [(n, one(model, None, n, blank, {})) for n in names]
        made["fields"] = [i | {"required": False, "ticked": n in ticked} for n, i in found if i]
    if kind.name == "tag":
        made["tags"] = [{"name": n, "label": described(model, n)["label"], "choices": choices(model, n)} for n in tagged(model)]
    if kind.name == "assign":
        staff = record_named("staff")
        here = (staff.store_id == current().store_id).desc()
        people = db.session.scalars(select(staff).where(staff.active).order_by(here, staff.store_id, staff.id).limit(PEOPLE))
        chosen = set(request.form.getlist("to"))
        made["people"] = [{"id": p.id, "label": label(p), "on": str(p.id) in chosen} for p in people]
        made["rules"] = [(code, str(word)) for code, word in RULES.items()]
    if kind.name == "tell":
        made |= {"channels": [*tell.CHANNELS.items()], "kinds": [*tell.KINDS.items()], "longest": tell.LONGEST, "given": given}
    if kind.name == "step":
        made["steps"] = [moves(s, given) for s in steps(model).values()]
    return made


def moves(step: Any, given: dict[str, Any]) -> dict[str, Any]:
    """A step to choose, with what it cannot do without."""
    needed = {f"with:{step.name}:{n}": str(w) for n, w in step.fields.items() if n not in step.optional}
    inputs_ = [(name, words, given.get(name, "")) for name, words in needed.items()]
    return {"name": step.name, "label": str(step.label), "on": given.get("step") == step.name, "fields": inputs_}
