"""Why not: the rule behind a refusal in the reader's words, and who can change it."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import query, reach
from app.engine.current import current, tenant_id, trusted
from app.engine.record import record_named
from app.engine.rules import role_names, source
from app.extensions import db
from app.web.rights import LEVELS, REACHES, targets

VERBS = {
    "add": "can:add", "post": "can:add", "delete": "can:delete", "export": "can:export", "import_": "can:import",
    "export_csv": "can:export", "export_file": "can:export", "import_run": "can:import", "import_errors": "can:import",
    "import_template": "can:import", "reveal": "can:reveal", "shares": "can:share", "files": "files", "file": "files",
    "remove_file": "files", "notes": "notes", "note": "notes", "end_note": "notes", "activities": "notes", "activity": "notes",
    "merge": "can:delete",
}  # fmt: skip
MOST = 3  # names of administrators


def because() -> dict[str, str]:
    """{rule, who_can, ask_url} for the refused request; empty where it was no record that was refused."""
    model = refused_model()
    if model is None or current().actor_id is None or not current().roles:
        return {}
    book, names, parts = source[0](), role_names(archived=True), []
    known, target = targets(model), refused_target()
    for role in sorted(current().roles):
        reaches = book.scopes.get((role, model.__name__), frozenset())
        rows = "、".join(reach_words(r) for r in sorted(reaches)) or str(REACHES[""])
        line = f"{names.get(role, role)}: {_('Rows')} {rows}"
        if target in known:
            level = book.grants.get((role, model.__name__), {}).get(target, 0)
            line += f" · {known[target][1]}: {yes_no(level) if ':' in target else LEVELS[int(level)]}"
        parts.append(line)
    rule = f"{model.__plural__ or model.__label__} · " + "; ".join(parts)
    pk = (request.view_args or {}).get("pk")
    visible = pk is not None and query.find(db.session, model, pk) is not None
    return {"rule": rule, "who_can": who_can(), "ask_url": f"/ask/{model.__tablename__}/{pk}" if visible else ""}


def reach_words(one: str) -> str:
    asked = one.partition("?")[2]
    return f"{REACHES.get(reach.base(one), one)}" + (f" ({asked})" if asked else "")


def yes_no(level: int) -> str:
    return str(_("Yes") if level else _("No"))


def refused_model() -> Any:
    parts = request.path.strip("/").split("/")
    table = parts[2] if parts[:2] == ["api", "v1"] and len(parts) > 2 else parts[0]
    found = record_named(table)
    return None if found is None or found.__platform__ else found


def refused_target() -> str:
    name = (request.endpoint or "").rpartition(".")[2]
    if name == "step":
        return f"step:{(request.view_args or {}).get('name') or (request.view_args or {}).get('step')}"
    return VERBS.get(name, "")


def who_can() -> str:
    """The administrators of one's own company."""
    staff = record_named("staff")
    with trusted("why"):
        mine = staff.tenant_id == tenant_id(), staff.active, staff.roles.contains(["admin"])
        found = list(db.session.scalars(select(staff.name).where(*mine).order_by(staff.id).limit(MOST)))
    return "、".join(found)
