"""What a tenant asks of everybody who signs in: from where, and which roles with a second factor."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.fields import Tags
from app.engine.record import Record


class Safeguard(Record):
    """One row a tenant; without one nothing is asked."""

    __platform__ = True
    __audited__ = False  # the screen writes its entry, with what changed
    __unique__ = ((),)
    networks: Mapped[list[str]] = mapped_column(ARRAY(String(50)), default=list)  # empty: from anywhere
    roles: Mapped[Tags] = mapped_column(default=list)  # who need a second factor
