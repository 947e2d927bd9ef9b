"""How long what was told is kept: one number for each tenant, set by its administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.record import Record

STANDARD = 180  # days
SHORTEST, LONGEST = 30, 3650


class Retention(Record):
    """The tenant's number of days, and when the last clearing came to its end. No row means the standard."""

    __platform__ = True
    __audited__ = False  # the page notes a change in words; the clearing itself is no change
    __unique__ = ((),)
    days: Mapped[int] = mapped_column(default=STANDARD)
    cleared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def retention(session: Any) -> Retention:
    """The acting tenant's row, made when it is first asked for; not yet flushed."""
    found: Retention | None = session.scalars(select(Retention)).first()
    if found is None:
        found = Retention(days=STANDARD)
        session.add(found)
    return found
