"""What a carer brings along: family, schools and earlier work, a line each."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Code, Day, Name, Note, Phone, choice, field, key, link, secret
from app.engine.record import Record
from app.models.worker import Worker

RELATIVES = {
    "spouse": _("Husband or wife"), "child": _("Son or daughter"), "parent": _("Father or mother"), "sibling": _("Brother or sister"),
    "relative": _("Other relative"),
}  # fmt: skip
DEGREES = {
    "primary": _("Primary school"), "middle": _("Middle school"), "high": _("High school"), "vocational": _("Vocational school"),
    "college": _("College"), "university": _("University"), "course": _("Course"),
}  # fmt: skip


def of_worker(record: Any, session: Session) -> Worker | None:
    """Give a new record to whom its carer belongs to. The caller is trusted."""
    with session.no_autoflush:
        worker: Worker | None = record.worker or session.get(Worker, record.worker_id or 0)
        if worker is not None:
            record.store_id, record.owner_id = worker.store_id, worker.owner_id
    return worker


class WorkerFamily(Record):
    """One person of a carer's family."""

    __label__ = _("Family member")
    __plural__ = _("Family members")
    __icon__ = "ti-user"
    __search__ = ("name",)

    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    name: Mapped[Name] = field(_("Name"), "private", personal=True)
    relation: Mapped[Code] = choice(_("Relation"), RELATIVES, "private", open=True, default="spouse")
    phone: Mapped[Phone | None] = secret(_("Phone"), "private")
    job: Mapped[Name | None] = field(_("Occupation"), "private")

    def __str__(self) -> str:
        return self.name

    def before_create(self, session: Session) -> None:
        of_worker(self, session)


class WorkerSchool(Record):
    """One school or course of a carer."""

    __label__ = _("Education")
    __plural__ = _("Education")
    __icon__ = "ti-book"
    __search__ = ("school",)
    __periods__ = (("starts_on", "ends_on"),)

    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    school: Mapped[Name] = field(_("School"))
    degree: Mapped[Code] = choice(_("School level"), DEGREES, open=True, default="high")
    subject: Mapped[Name | None] = field(_("Subject"))
    starts_on: Mapped[Day | None] = field(_("Began on"))
    ends_on: Mapped[Day | None] = field(_("Ended on"))

    def __str__(self) -> str:
        return self.school

    def before_create(self, session: Session) -> None:
        of_worker(self, session)


class WorkerJob(Record):
    """One place a carer worked at before."""

    __label__ = _("Earlier work")
    __plural__ = _("Work history")
    __icon__ = "ti-briefcase"
    __search__ = ("employer",)
    __periods__ = (("starts_on", "ends_on"),)

    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    employer: Mapped[Name] = field(_("Employer"))
    job: Mapped[Name | None] = field(_("As what"))
    starts_on: Mapped[Day | None] = field(_("Began on"))
    ends_on: Mapped[Day | None] = field(_("Ended on"))
    remark: Mapped[Note | None] = field(_("Why it ended"), "internal")

    def __str__(self) -> str:
        return self.employer

    def before_create(self, session: Session) -> None:
        of_worker(self, session)
