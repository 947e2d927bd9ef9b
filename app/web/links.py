"""Signed addresses for people without a login: they name one record and one purpose, and grow old."""

from __future__ import annotations

from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.engine.errors import Missing

LASTS = 30 * 86400  # seconds
PATHS = {
    "carer": "/w/", "customer": "/c/", "sign": "/s/", "agreement": "/k/", "complaint": "/q/", "me": "/me/", "passport": "/passport/",
    "book": "/book/", "bill": "/bill/",
}  # fmt: skip
LONGER = {"passport": 400 * 86400, "book": 3650 * 86400, "bill": 366 * 86400}  # printed on a card; on doors and leaflets; kept


def signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"link:{purpose}")


def link_to(purpose: str, record: Any) -> str:
    """The address that shows this record for this purpose."""
    return PATHS[purpose] + signer(purpose).dumps([record.tenant_id, record.id])


def opened(purpose: str, token: str) -> tuple[int, int]:
    """The tenant and the record a token names. Raises ``Missing`` for one that is forged, foreign or too old."""
    try:
        tenant, pk = signer(purpose).loads(token, max_age=LONGER.get(purpose, LASTS))
    except (BadData, ValueError, TypeError):
        raise Missing from None
    return int(tenant), int(pk)
