"""Showing a sealed number in full: by right, for a reason, and with an entry in the trail."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.audit import told
from app.engine.errors import Forbidden, Refused
from app.engine.rules import Level
from app.engine.values import no_card
from app.extensions import db


def reveal(record: Any, name: str, reason: str) -> str:
    """The plain value of one masked cell. Raises ``Refused`` without a reason, ``Forbidden`` without the right."""
    model = type(record)
    has = policy.level(record, name)
    if has < Level.MASKED or (has == Level.MASKED and not policy.may(model, "can:reveal", record)):
        raise Forbidden
    if not no_card(reason).strip():
        raise Refused(_("Say why you need the number; the reason is logged."))
    db.session.add(told(record, "reveal", reason.strip()[:200], {name: ["***", "***"]}))
    value = str(getattr(record, name) or "")
    db.session.commit()
    return value
