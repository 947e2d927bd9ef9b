"""What rows were before a task changed them, sealed; and what was handed to whom."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, Text, delete, insert  # noqa: TID251  # what is kept for an undo is no business record
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.current import current, tenant_id, trusted
from app.engine.fields import key
from app.engine.record import Record, record_named
from app.engine.vault import seal

Journal = list[tuple[str, int, int, dict[str, Any]]]  # a type of record, a number, the version made of it, what it was


class Undo(Record):
    """One row as it was before a task, and the version that the task made of it. Sealed: it may hold phones and homes."""

    __platform__ = True
    __audited__ = False
    __indexes__ = (("model", "record_id"),)
    task_id: Mapped[int] = key("task")
    model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column()
    made: Mapped[int] = mapped_column()
    before: Mapped[str] = mapped_column(Text)


class Handed(Record):
    """So many records of a type were given to one colleague, its owner, by a task. It tells them, once."""

    __platform__ = True
    __audited__ = False
    task_id: Mapped[int] = key("task")
    model: Mapped[str] = mapped_column(String(60))
    count: Mapped[int] = mapped_column()

    @property
    def kind(self) -> Any:
        return record_named(self.model)

    @property
    def page_url(self) -> str:
        """One's own list of such records."""
        return f"/{self.model}/list?owner={self.owner_id}"

    def facts(self) -> dict[str, str]:
        """How many of what; no names."""
        kind = self.kind
        return {"count": str(self.count), "records": str(kind.__plural__ or kind.__label__ if kind else _("Records"))}


def keep(session: Session, task_id: int, journal: Journal) -> int:
    """Keep what rows were, sealed, until it is too late to take a task back. Returns how many."""
    rows = [
        {"tenant_id": tenant_id(), "version": 1, "task_id": task_id, "model": name, "record_id": pk, "made": made,
         "owner_id": current().actor_id, "before": seal(json.dumps(was))}
        for name, pk, made, was in journal
    ]  # fmt: skip
    if rows:
        session.connection().execute(insert(Undo.__table__), rows)
    return len(rows)


def drop(session: Session, task_id: int) -> None:
    """Forget what was kept of a task: it was taken back."""
    with trusted("undo"):
        session.execute(delete(Undo).where(Undo.task_id == task_id).execution_options(synchronize_session=False))
