"""Files that came in and went out as records: whose they are, until when they are kept, and lists that are sent again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.clock import local, now
from app.engine.outbox import Notice
from app.engine.record import Record
from app.engine.vault import Sealed

FILE_DAYS, TRIAL_DAYS, UNDO_DAYS = 3, 2, 7  # what lies about can be found: no longer than it is of use
DUE = "export.due"
TRIED, WRITTEN, UNDONE = "tried", "written", "undone"


class ImportRun(Record):
    """One file on its way in. Its rows lie in the storage, sealed; nobody but its owner sees it."""

    __platform__ = True
    __audited__ = False  # what it makes is in the trail, row by row
    __indexes__ = (("owner_id",), ("expires_at",))
    model: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column(String(160))
    key: Mapped[str] = mapped_column(String(120), default="")
    journal: Mapped[str] = mapped_column(String(120), default="")  # what undo needs: lies in the storage as well
    state: Mapped[str] = mapped_column(default=TRIED)
    columns: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)  # what somebody said about columns: number -> field
    match: Mapped[str] = mapped_column(default="")
    mode: Mapped[str] = mapped_column(default="insert")
    trial: Mapped[str | None] = mapped_column(Sealed("note"))  # what the last trial told, in JSON
    rows: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: now() + timedelta(days=TRIAL_DAYS))

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.trial or "{}")
        return found


class ExportFile(Record):
    """A file that was made for one person. The trail told of it when it was made."""

    __platform__ = True
    __audited__ = False
    __indexes__ = (("owner_id",), ("expires_at",))
    model: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column()
    kind: Mapped[str] = mapped_column()  # xlsx or csv
    key: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column()  # bytes
    rows: Mapped[int] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: now() + timedelta(days=FILE_DAYS))

    @property
    def page_url(self) -> str:
        """Where its mail leads."""
        return f"/exports/{self.id}"

    def facts(self) -> dict[str, str]:
        return {"name": self.name, "rows": f"{self.rows:,}", "until": f"{local(self.expires_at):%m-%d %H:%M}"}


class ExportPlan(Record):
    """A list that one person gets by mail, every day or once a week, as that person may read it then."""

    __platform__ = True
    __indexes__ = (("owner_id",),)
    model: Mapped[str] = mapped_column()
    ask: Mapped[str] = mapped_column(default="")  # the address of the list after its ?
    kind: Mapped[str] = mapped_column(default="xlsx")
    weekday: Mapped[int | None] = mapped_column()  # Monday is 0; None is every day
    hour: Mapped[int] = mapped_column(default=8)
    language: Mapped[str] = mapped_column(default="zh")
    next_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def following(weekday: int | None, hour: int, after: datetime) -> datetime:
    """The next such hour of the tenant's clock after a moment."""
    here = local(after)
    found = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    while found <= here or (weekday is not None and found.weekday() != weekday):
        found += timedelta(days=1)
    return found


def wait(session: Session, plan: ExportPlan) -> None:
    """Leave the notice that starts it: the sweep finds it when its time has come."""
    session.flush()
    notice = Notice(event=DUE, model="ExportPlan", record_id=plan.id, store_id=plan.store_id, facts={"version": plan.version})
    notice.due_at = plan.next_at
    session.add(notice)
