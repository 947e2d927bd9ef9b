"""What waits for a moment between two requests of one person: rows chosen to be printed, and a template being written."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.current import current
from app.engine.errors import Missing
from app.engine.vault import seal, unseal
from app.extensions import store

KEPT = 1800  # seconds


def slot(what: str, token: str) -> str:
    """A place in Valkey; its name holds whose it is, so nobody opens another's."""
    return f"jiahe:print:{what}:{current().tenant_id}:{current().actor_id}:{token}"


def remember(what: str, kept: dict[str, Any], token: str = "") -> str:
    token = token or secrets.token_urlsafe(12)
    store().set(slot(what, token), seal(json.dumps(kept)).encode(), ex=KEPT)
    return token


def recall(what: str, token: str, model: Any) -> dict[str, Any]:
    """What was remembered about a type of record. Raises ``Missing`` when it is too old, or was never there."""
    data: Any = store().get(slot(what, token)) if len(token) < 40 else None
    found: dict[str, Any] = json.loads(unseal(data.decode())) if data is not None else {}
    if found.get("model") != model.__tablename__:
        raise Missing(_("This choice is too old. Begin again."))
    return found
