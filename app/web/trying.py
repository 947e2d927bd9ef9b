"""Which layout holds in a request: a phone's or a desk's, the draft that its author tries, or none while a form is laid out."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context, request, session
from flask_babel import lazy_gettext as _

from app.engine import laid
from app.engine.current import current
from app.engine.layout_versions import mine
from app.engine.record import records
from app.engine.rules import role_names
from app.extensions import db
from app.web.screen import ABOVE

SLOT = "trying"  # in the session: the number of the draft
BLANK: laid.Shape = {"sections": [], "hidden": []}  # everything where it was declared


def hand() -> str:
    """What the person holds in hand. Programs have no hands: for them the desk's layout holds."""
    if not has_request_context() or request.path.startswith("/api/"):
        return ""
    said = request.headers.get("Sec-CH-UA-Mobile", "")
    return laid.PHONE if said == "?1" or (not said and "Mobi" in request.headers.get("User-Agent", "")) else ""


def designed() -> tuple[str, str] | None:
    """The role and device whose layout is being made on the form that was asked for."""
    role = request.args.get("design", "") if has_request_context() and request.method == "GET" else ""
    if not role or not ABOVE & current().roles or role not in role_names():
        return None
    device = request.args.get("device", "")
    return role, device if device in laid.DEVICES else ""


def tried() -> tuple[int, str, str, str, laid.Shape] | None:
    """The draft that the actor tries, asked for once a request."""
    if not has_request_context() or not session.get(SLOT) or request.path.startswith("/api/") or current().actor_id is None:
        return None
    if "tried" not in g:
        found = mine(db.session, int(session[SLOT]))
        g.tried = (found.id, found.model, found.role, found.device, found.shape) if found is not None else None
        if found is None and not g.get("looking_as"):
            session.pop(SLOT)
    return g.tried  # type: ignore[no-any-return]


def trial(model: Any) -> laid.Shape | None:
    if designed():
        return BLANK
    found = tried()
    return found[4] if found and found[1] == model.__name__ and ABOVE & current().roles else None


def banner() -> dict[str, Any] | None:
    """What the head of every page says to somebody who tries a draft."""
    found = tried()
    if not found or not ABOVE & current().roles:
        return None
    model = next((m for m in records() if m.__name__ == found[1]), None)
    if model is None:
        return None
    table = model.__tablename__
    return {
        "records": str(model.__plural__ or model.__label__), "role": role_names(archived=True).get(found[2], found[2]),
        "device": str(_("phone")) if found[3] else "", "url": f"/layouts/{table}/draft/{found[0]}",
        "on": f"/{table}/add?design={found[2]}" + (f"&device={found[3]}" if found[3] else ""),
    }  # fmt: skip


laid.device[:] = [hand]
laid.trial[:] = [trial]
