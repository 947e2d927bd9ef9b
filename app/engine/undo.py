"""What rows were before a task changed them, sealed; and what was handed to whom."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.fields import key
from app.engine.record import Record, record_named


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
