"""What family, carer and office say to one another, as the two signed pages show and take it."""

from __future__ import annotations

from typing import Any

from flask import request

from app.engine.errors import Refused
from app.extensions import db
from app.models.dispatch import Visit
from app.models.tracking import SENDERS
from app.web.cells import moment
from app.workflows.tracking import say, words

KEY = 40  # letters of the key of a form


def said(visit: Visit, sender: str) -> Refused | None:
    """Keep what the form of a page says; what was wrong with it, if anything. The same form sent again changes nothing."""
    sent = request.form.get("request", "")[:KEY]
    try:
        say(db.session, visit, sender, request.form.get("said", ""), f"{visit.id}:{sender}:{sent}" if sent else None)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        db.session.refresh(visit)
        return refused
    return None


def talk(order_id: int, mine: str) -> list[dict[str, Any]]:
    """What was said about an order, the oldest first."""
    return [
        {"said": m.said, "from": str(SENDERS.get(m.sender, m.sender)), "mine": m.sender == mine, "at": moment(m.created_at)}
        for m in words(db.session, order_id)
    ]
