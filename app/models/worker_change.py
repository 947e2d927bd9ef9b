"""What a carer wants to have changed in the own record: the office decides, field by field."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Index, String, Text, column
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.fields import key
from app.engine.record import Record
from app.engine.vault import Sealed

OPEN, APPROVED, REFUSED = "open", "approved", "refused"


class WorkerChange(Record):
    """One field, as a carer would have it. What was typed is sealed: it may be a phone number."""

    __platform__ = True
    __indexes__ = (("worker_id", "state"),)
    __table_args__ = (
        Index("worker_change_one_open", "tenant_id", "worker_id", "field", unique=True, postgresql_where=column("state") == OPEN),
    )

    worker_id: Mapped[int] = key("worker")
    field: Mapped[str] = mapped_column(String(60))
    value: Mapped[str | None] = mapped_column(Sealed("phone"))
    state: Mapped[str] = mapped_column(String(20), default=OPEN)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column()
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
