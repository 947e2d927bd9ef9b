"""What must be told or done because something happened, written in the same transaction as the change itself.

A notice is taken up by a job at once, or by the sweep a minute later if the queue lost it; see :mod:`app.jobs`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, text  # noqa: TID251
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.engine.clock import now
from app.engine.record import Record


class Notice(Record):
    """One thing that happened. ``done_at`` is set in the transaction that told everybody; ``attempts`` counts tries."""

    __audited__ = False
    __platform__ = True
    __table_args__ = (Index("notice_due_idx", "tenant_id", "due_at", postgresql_where=text("done_at IS NULL AND failed_at IS NULL")),)
    event: Mapped[str] = mapped_column()
    model: Mapped[str] = mapped_column()
    record_id: Mapped[int] = mapped_column()
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # given up after several attempts
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column()


Reaction = Callable[[Session, Notice], None]
REACTIONS: dict[str, list[Reaction]] = {}
nudges: list[Callable[[int], None]] = []  # told the tenant after a commit that left a notice; may fail, the sweep follows


def announce(event: str, record: Any, **facts: Any) -> None:
    """Leave a notice beside the change. Facts are plain values that the words of a message may need."""
    session = object_session(record)
    if session is None:
        raise RuntimeError("announce needs a record in a session")
    if record.id is None:
        session.flush()
    session.add(Notice(event=event, model=type(record).__name__, record_id=record.id, store_id=record.store_id, facts=facts))


def reaction(event: str) -> Callable[[Reaction], Reaction]:
    """Do this when that has happened: once, in the transaction that marks the notice done."""

    def add(run: Reaction) -> Reaction:
        REACTIONS.setdefault(event, []).append(run)
        return run

    return add


def committed(session: Session) -> None:
    """After a commit that left notices: nudge the queue."""
    if (tenant := session.info.pop("told", None)) is not None:
        for nudge in nudges:
            nudge(tenant)
