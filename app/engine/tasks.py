"""Long work as a record: who asked for it, how far it is, how it ended. A worker does it as the person who asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.clock import now
from app.engine.current import current
from app.engine.errors import Forbidden, NotInThisState
from app.engine.fields import Code
from app.engine.outbox import Notice
from app.engine.record import Record, hold

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING)
STATES = {WAITING: _("Waiting"), RUNNING: _("Running"), DONE: _("Done"), FAILED: _("Failed"), CANCELLED: _("Cancelled")}
TINTS = {WAITING: "wait", RUNNING: "run", DONE: "done", FAILED: "bad", CANCELLED: "off"}
TRIES = 3  # a task whose worker died is begun again this often in all
AGAIN = 30  # seconds after which a task that nobody works on is put into the queue again
DUE = "task.due"


class Task(Record):
    """One piece of long work. Its owner is who asked; pages show it to nobody else.

    ``result`` is plain: ``words`` (sentences), ``links`` ([label, address] pairs), and whatever the kind's own page shows.
    It holds numbers of records rather than their names: those are looked up, under rights, when somebody looks.
    """

    __label__ = _("Task")
    __plural__ = _("Tasks")
    __platform__ = True
    __audited__ = False  # what it does to records is in their trail
    __indexes__ = (("owner_id", "id"),)
    kind: Mapped[Code] = mapped_column()
    label: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    roles: Mapped[list[str]] = mapped_column(JSONB)  # those the actor had when he asked; a token may have fewer than he
    language: Mapped[Code] = mapped_column(default="zh")
    state: Mapped[Code] = mapped_column(default=WAITING)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[str | None] = mapped_column(Text)
    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # when somebody asked to stop it
    undone_by: Mapped[int | None] = mapped_column()  # the task that took it back

    @property
    def page_url(self) -> str:
        """Where its notice leads."""
        return f"/task/{self.id}"

    def facts(self) -> dict[str, str]:
        """What the notice says: the name of the work, and the first sentence of its end."""
        words = (self.result or {}).get("words") or [self.error or ""]
        return {"label": self.label, "words": str(words[0])}

    def end(self, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
        """Write down how it ended."""
        self.state, self.ended_at, self.result, self.error = state, now(), result, error or None


Work = Callable[[Session, Task], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What to do for a kind of task. ``whole`` work is one transaction; other work commits by itself and is not begun again."""

    run: Work
    whole: bool = True


kinds: dict[str, Kind] = {}
boards: list[Callable[[Task, int], bool]] = []  # each shows how far a task is, and says whether it shall stop


class Cancelled(Exception):
    """Somebody asked to stop; what was done so far is rolled back."""


def work(kind: str, *, whole: bool = True) -> Callable[[Work], Work]:
    """Make a function of (session, task) the work of a kind. It returns the result, and does not commit if ``whole``."""

    def keep(run: Work) -> Work:
        kinds[kind] = Kind(run, whole)
        return run

    return keep


def begin(session: Session, kind: str, data: dict[str, Any], label: str, total: int = 0) -> Task:
    """Ask for work in the caller's transaction. After the commit a worker takes it up, and its page is ``task.page_url``."""
    task = made(kind, data, label, total)
    session.add(task)
    session.flush()
    watch(session, task)
    return task


def at_once(session: Session, kind: str, data: dict[str, Any], label: str, total: int = 0) -> Task:
    """The same work for little: done here, in the caller's transaction. Raises what the work raises."""
    task = made(kind, data, label, total)
    session.add(task)
    session.flush()
    task.begun_at = now()
    task.end(DONE, result=kinds[kind].run(session, task))
    session.flush()
    return task


def made(kind: str, data: dict[str, Any], label: str, total: int) -> Task:
    who = current()
    if who.actor_id is None:
        raise Forbidden
    if kind not in kinds:
        raise KeyError(kind)
    return Task(kind=kind, data=data, label=str(label), total=total, roles=sorted(who.roles), language=str(get_locale() or "zh")[:2])


def watch(session: Session, task: Task, seconds: float = 0) -> None:
    """Leave a notice that puts the task into the queue. The next one follows until the task has ended, so none is lost."""
    due = now() + timedelta(seconds=seconds)
    session.add(Notice(event=DUE, model="Task", record_id=task.id, store_id=task.store_id, facts={}, due_at=due))


def report(task: Task, done: int) -> None:
    """Say how far the work is; call it as often as you like. Raises ``Cancelled`` when somebody asked to stop."""
    if task.state == RUNNING and any([board(task, done) for board in boards]):  # noqa: C419  # every board is told
        raise Cancelled


def cancel(session: Session, task: Task) -> None:
    """Ask a task to stop, in the caller's transaction. One that waits ends here; one that runs is rolled back by its worker.

    Raises ``NotInThisState`` when it has ended already.
    """
    hold(session, task)
    if task.state not in OPEN:
        raise NotInThisState(_("This task has ended already."))
    task.cancel_at = task.cancel_at or now()
    if task.state == WAITING:
        task.end(CANCELLED)
