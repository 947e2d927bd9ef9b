"""When a carer cannot come: leave, illness, other duties. No visit lies in it, and it lies over no visit."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, column, select, table
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.clock import local
from app.engine.current import current, tenant_id
from app.engine.errors import Refused
from app.engine.fields import Code, Moment, Note, choice, field, key, link
from app.engine.record import Record
from app.models.worker import Worker
from app.models.worker_life import of_worker

LEAVES = {"leave": _("Time off"), "sick": _("Ill"), "home": _("Home visit"), "busy": _("Not available"), "training": _("In training")}
FREE = ("declined", "cancelled")  # states of a visit that take no time
PAST = ("sample", "prove")  # who writes down what was, or lays out rows to look at, plans nothing
NAMED = 5  # visits that a refusal names


class WorkerLeave(Record):
    """One span in which a carer is not sent."""

    __label__ = _("Time off")
    __plural__ = _("Leave and other times off")
    __icon__ = "ti-calendar-off"
    __called__ = ("worker",)
    __told__ = "worker"
    __indexes__ = (("worker_id", "starts_at"),)
    __periods__ = (("starts_at", "ends_at"),)
    __table_args__ = (
        ExcludeConstraint(("tenant_id", "="), ("worker_id", "="), ("during", "&&"), using="gist", name="worker_leave_no_overlap"),
        CheckConstraint("ends_at > starts_at", name="worker_leave_ends_after_it_starts"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "worker_leave_no_overlap": _("This carer is already off at that time."),
        "worker_leave_ends_after_it_starts": _("The end must come after the start."),
    }

    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    kind: Mapped[Code] = choice(_("Kind"), LEAVES, open=True, default="leave")
    starts_at: Mapped[Moment] = field(_("Off from"))
    ends_at: Mapped[Moment] = field(_("Off until"))
    during: Mapped[Any] = mapped_column(TSTZRANGE, Computed("tstzrange(starts_at, ends_at)", persisted=True), nullable=True, deferred=True)
    remark: Mapped[Note | None] = field(_("Remark"), "internal")

    def __str__(self) -> str:
        return f"{self.worker}"

    def before_create(self, session: Session) -> None:
        of_worker(self, session)
        self.check_visits(session)

    def before_change(self, session: Session, names: set[str]) -> None:
        if names & {"worker", "starts_at", "ends_at"}:
            self.check_visits(session)

    def check_visits(self, session: Session) -> None:
        """Raises ``Refused`` with the visits that lie within. The carer is held, so that none is planned meanwhile."""
        with session.no_autoflush:
            worker = self.worker or session.get(Worker, self.worker_id or 0)
            if worker is None or self.starts_at is None or self.ends_at is None or current().trusted in PAST:
                return
            hold_worker(session, worker.id)
            visit = table("visit", *map(column, ("tenant_id", "worker_id", "number", "state", "starts_at", "ends_at")))
            mine = visit.c.tenant_id == tenant_id(), visit.c.worker_id == worker.id, visit.c.state.not_in((*FREE, "finished"))
            within = select(visit.c.number).where(*mine, visit.c.starts_at < self.ends_at, visit.c.ends_at > self.starts_at)
            found = list(session.execute(within.order_by(visit.c.starts_at).limit(NAMED + 1)).scalars())
        if found:
            some = "、".join(found[:NAMED]) + ("…" if len(found) > NAMED else "")
            raise Refused(_("%(who)s has visits at that time: %(numbers)s. Give them to somebody else first.", who=worker, numbers=some))


def hold_worker(session: Session, pk: int) -> None:
    """Lock a carer's row until the transaction ends: who plans a visit and who plans leave wait for each other."""
    session.execute(select(Worker.id).where(Worker.id == pk).with_for_update(key_share=True))


def shown(moment: Any) -> str:
    return f"{local(moment):%m-%d %H:%M}"
