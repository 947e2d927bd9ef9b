"""Whom a company may write to: offers and greetings go only to those who agreed to them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.current import trusted
from app.engine.tell import Against, refusals
from app.models.consent import Consent
from app.models.customer import Customer

OFFERS = "marketing"


def agreed(session: Session, kind: str) -> Against:
    """Read once for all rows."""
    if kind != "offer":
        return lambda _person: ""
    with trusted("consent"):
        living = select(Consent.customer_id).where(Consent.purpose == OFFERS, Consent.withdrawn_at.is_(None))
        known = set(session.scalars(living))

    def against(person: Any) -> str:
        refused = isinstance(person, Customer) and person.id not in known
        return str(_("Has not agreed to offers and greetings.")) if refused else ""

    return against


refusals.append(agreed)
