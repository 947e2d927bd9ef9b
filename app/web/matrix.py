"""The rights matrix: what each role may do with each kind of record, changed by the tenant's own administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import tenant_id
from app.engine.errors import Conflict, Missing
from app.engine.record import record_named, records
from app.engine.rules import Level, Stamp, role_names
from app.extensions import db
from app.web.cells import moment
from app.web.enter import page, wants_json
from app.web.rights import LEVELS, REACHES, all_targets, change, columns, inherited, kept, targets, widest
from app.web.screen import Screen, administers, allowed

SWITCH = {0: _("No"), 4: _("Yes")}
PARTS = {n: word for n, word in LEVELS.items() if n != 1}  # a file is never half shown
OPTIONS: dict[str, Any] = {"group": LEVELS, "field": LEVELS, "part": PARTS, "reach": REACHES}


class MatrixScreen(Screen):
    """``/rights/``: one kind of record at a time, a row for each right, a column for each role."""

    doors = [(90, _("Rights"), "ti-lock-access", "/rights/", administers)]

    @expose("/rights/", methods=["GET", "POST"])
    @allowed(administers)
    def rights(self) -> Any:
        model = record_named(request.values.get("model") or "customer")
        if model is None or model.__platform__:
            raise Missing
        if request.method == "GET":
            return page("matrix.html", **context(model, request.args.get("state", "")))
        if request.form.get("stamp", stamp()) != stamp():  # the page holds every cell: an old one would undo what came after
            raise Conflict
        changed = change(model, asked())
        db.session.commit()
        if wants_json():
            return jsonify(message=str(_("Saved.")), changed=changed)
        flash(_("Saved. It holds from everybody's next click.") if changed else _("Nothing was changed."), "success")
        state = request.form.get("state", "")
        return redirect(f"/rights/?model={model.__tablename__}" + (f"&state={state}" if state.isidentifier() else ""))


def stamp() -> str:
    """Counts the changes to this tenant's rights."""
    return str(db.session.scalar(select(Stamp.changes).where(Stamp.tenant_id == tenant_id())) or 0)


def asked() -> dict[tuple[str, str], str]:
    """(role, target) -> level or reach, from a form (``cell:agent:basic=2``) or JSON (``{"cells": [...]}``)."""
    if request.is_json:
        body = request.get_json()
        cells = body.get("cells", []) if isinstance(body, dict) else []
        return {(str(c.get("role")), str(c.get("target"))): str(c.get("level", "")) for c in cells if isinstance(c, dict)}
    sent = {}
    for key, value in request.form.items():
        kind, _colon, rest = key.partition(":")
        role, _colon, target = rest.partition(":")
        if kind == "cell":
            sent[role, target] = value
    return sent


def context(model: Any, state: str = "") -> dict[str, Any]:
    """What ``matrix.html`` shows."""
    states = [(s.name, str(s.label)) for s in model.__flow__.states.values()] if model.__flow__ else []
    if state not in dict(states):
        state = ""
    (levels, reaches), roles, rows = kept(model), columns(), []
    parts = {role["code"]: widest(reaches.get(role["code"], {})).partition("?") for role in roles}
    for target, (kind, label) in targets(model, state).items():
        options: dict[Any, Any] = OPTIONS.get(kind, SWITCH)
        cells = []
        for role in roles:
            row = levels.get((role["code"], target))
            own = row is not None
            level: Any = row.level if row is not None else inherited(model, role["code"], target)
            if kind in ("reach", "where"):
                level, own = parts[role["code"]][0 if kind == "reach" else 2], True
            cells.append(
                {
                    "role": role["code"], "name": f"cell:{role['code']}:{target}", "level": level, "own": own,
                    "value": str(level) if own else "", "locked": role["locked"],
                    "word": str(options.get(level, level)),
                }
            )  # fmt: skip
        rows.append(
            {
                "target": target,
                "kind": kind,
                "label": str(label),
                "cells": cells,
                "options": [(str(k), str(v)) for k, v in options.items()],
            }
        )
    kinds = [
        {"table": r.__tablename__, "label": str(r.__plural__ or r.__label__), "on": r is model} for r in records() if not r.__platform__
    ]
    return {
        "rows": rows, "roles": roles, "models": kinds, "model": model.__tablename__, "label": str(model.__label__),
        "levels": [(n, Level(n).name.lower(), str(w)) for n, w in LEVELS.items()], "page_title": _("Rights"),
        "stamp": stamp(), "states": states, "state": state, "lately": lately(model) if not state else [],
    }  # fmt: skip


def lately(model: Any) -> list[dict[str, str]]:
    """What was changed of these rights since yesterday, newest first."""
    staff, names, known = record_named("staff"), role_names(archived=True), all_targets(model)
    changed = select(AuditEntry, staff).outerjoin(staff, staff.id == AuditEntry.created_by).where(
        AuditEntry.model == model.__name__, AuditEntry.action == "rights", AuditEntry.created_at >= now() - timedelta(days=1),
        AuditEntry.tenant_id == tenant_id(),
    )  # fmt: skip
    made = []
    for entry, person in db.session.execute(changed.order_by(AuditEntry.id.desc()).limit(30)):
        for cell, (before, after) in entry.changes.items():
            role, _space, target = cell.partition(" ")
            kind, label = known.get(target, ("field", target))
            words = OPTIONS.get(kind, SWITCH)
            old, new = (str(words.get(int(v) if str(v).isdecimal() else v, v or "—")) for v in (before, after))
            text = f"{names.get(role, role)} · {label}: {old} → {new}"
            made.append({"at": moment(entry.created_at), "who": str(person or ""), "text": text})
    return made
