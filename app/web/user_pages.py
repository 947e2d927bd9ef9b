"""What the users page shows: everybody of the tenant, and the form of one of them."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine.clock import now
from app.engine.current import current, tenant_id
from app.engine.record import record_named
from app.engine.rules import role_names
from app.extensions import db
from app.web import second_step, security
from app.web.rights import at_home
from app.web.screen import ABOVE

MOST = 1000  # people on the page


def mine(staff: Any) -> bool:
    return staff.id is not None and staff.id == current().actor_id


def member_of(staff: Any) -> Any:
    query = select(security.Member).where(security.Member.staff_id == staff.id, security.Member.tenant_id == staff.tenant_id)
    return db.session.scalars(query).first()


def roles() -> list[dict[str, Any]]:
    """The roles there are to give: head office's only at head office."""
    home = at_home() and "head_office" in current().roles
    return [{"code": c, "label": w} for c, w in role_names().items() if home or c != "head_office"]


def stores() -> list[dict[str, Any]]:
    model = record_named("store")
    found = db.session.scalars(select(model).where(model.tenant_id == tenant_id()).order_by(model.code))
    return [{"id": s.id, "label": str(s)} for s in found]


def form(staff: Any, wrong: dict[str, str], sent: Any = None) -> dict[str, Any]:
    """The form of one user, as it is or as it was sent."""
    now_ = {n: getattr(staff, n, None) or "" for n in ("name", "username", "language")} | {"store": getattr(staff, "store_id", None) or ""}
    held = sent.getlist("roles") if sent is not None else list(getattr(staff, "roles", None) or ())
    given = {n: sent.get(n, v) for n, v in now_.items()} if sent is not None else now_
    return {
        "id": getattr(staff, "id", None), "url": f"/users/edit/{staff.id}" if staff is not None else "/users/add",
        "wrong": wrong, "error": "",
        "values": given, "roles": [r | {"on": r["code"] in held} for r in roles()],
        "own": staff is not None and mine(staff),
    }  # fmt: skip


def context() -> dict[str, Any]:
    """Everybody of the tenant with their credential, in two queries."""
    staff, labels = record_named("staff"), role_names(archived=True)
    members = {m.staff_id: m for m in db.session.scalars(select(security.Member).where(security.Member.tenant_id == tenant_id()))}
    people = db.session.scalars(
        select(staff).where(staff.tenant_id == tenant_id()).order_by(staff.active.desc(), func.lower(staff.name)).limit(MOST)
    )
    places = {s["id"]: s["label"] for s in stores()}
    rows = [
        {
            "id": p.id, "name": p.name, "username": p.username, "roles": [str(labels.get(r, r)) for r in p.roles or ()],
            "viewable": p.active and not mine(p) and not ABOVE & set(p.roles or ()),
            "store": places.get(p.store_id, ""), "language": p.language, "active": p.active, "own": mine(p),
            "last_login": member.last_login if member else None,
            "locked": bool(member and member.locked_until and member.locked_until > now()),
            "has_login": member is not None,
            "edit_url": f"/users/edit/{p.id}", "password_url": f"/users/password/{p.id}",
            "active_url": f"/users/{'deactivate' if p.active else 'activate'}/{p.id}",
        }
        for p in people for member in [members.get(p.id)]
    ]  # fmt: skip
    languages = [(code, one["name"]) for code, one in current_app.config["LANGUAGES"].items()]
    return {
        "users": rows,
        "roles": roles(),
        "stores": stores(),
        "languages": languages,
        "page_title": _("Users"),
        "add_url": "/users/add",
        "with_second": second_step.holders(tenant_id()),
    }
