"""How long a visit will take: by its service, and by the area where the kind goes by it."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from sqlalchemy.orm import Session

from app.engine.current import trusted
from app.models.catalog import Service
from app.models.service_kind import kind_of

STEP = 30  # minutes: nobody is sent for 47


def estimate(session: Session, service: Service, area: Decimal | None) -> int:
    """Minutes, in whole half hours: what a visit takes at least, and so many for each square metre."""
    with trusted("estimate"):
        kind = kind_of(session, service.category)
    least = (kind.base_minutes if kind and kind.base_minutes else None) or service.minutes
    by_area = kind.area_minutes * area if kind and area else Decimal(0)
    minutes = max(least, by_area) if by_area else least
    return int((minutes / STEP).to_integral_value(ROUND_CEILING)) * STEP
