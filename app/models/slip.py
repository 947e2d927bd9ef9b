"""Signed slips, the pictures that paper ones came as, and what is paid for them. Pay has no other basis."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import Index, Numeric, String, cast, column, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.clock import local
from app.engine.errors import Refused
from app.engine.fields import Code, Day, Moment, Money, Name, Note, Number, Signature, choice, computed, field, key, link
from app.engine.record import Record
from app.engine.values import cents
from app.models.dispatch import Visit, span_sql, worked_sql
from app.models.worker import Worker

WAYS = {"phone": _("On the phone"), "paper": _("On paper")}
STANDING = {"filed": _("Filed"), "open": _("To be filed by hand")}
BOOKED, ON_SITE = ("starts_at", "ends_at"), ("checked_in_at", "finished_at")
TINTS = {"filed": "done", "open": "wait"}
by_days: list[Any] = []  # the module of care days puts itself here: hours and pay of a visit that is paid day by day, or None


def like_visit(record: Any, session: Session) -> Visit | None:
    """Let a record belong to whom its visit belongs to."""
    with session.no_autoflush:
        visit = record.visit or session.get(Visit, record.visit_id or 0)
    if visit is not None:
        record.store_id, record.owner_id = visit.store_id, visit.owner_id
    return visit


def of_visit(start: str, end: str) -> Any:
    """Hours between two moments of a slip's visit."""
    visit, slip = Visit.__table__, Slip.__table__
    same = (visit.c.tenant_id == slip.c.tenant_id) & (visit.c.id == slip.c.visit_id)
    return select(span_sql(visit.c[start], visit.c[end])).where(same).correlate(slip).scalar_subquery()


def mismatch_sql() -> Any:
    """How far the signed hours are from those booked and those on site, the farther of the two."""
    signed = of_visit("actual_start", "actual_end")
    apart = (func.abs(signed - of_visit(*BOOKED)), func.abs(signed - of_visit(*ON_SITE)))
    return cast(func.greatest(*apart), Numeric(12, 3))


class Slip(Record):
    """The customer's signature under one visit, drawn or on paper. Never changed; one that is void makes room for another."""

    __label__ = _("Signed slip")
    __plural__ = _("Signed slips")
    __icon__ = "ti-signature"
    __indexes__ = (("signed_at",),)
    __called__ = ("visit",)
    __table_args__ = (Index("slip_visit_id_key", "tenant_id", "visit_id", unique=True, postgresql_where=column("state") != "voided"),)
    __refusals__: ClassVar[dict[str, Any]] = {"slip_visit_id_key": _("The slip of this visit is signed already.")}

    visit_id: Mapped[int] = key("visit")
    visit: Mapped[Visit] = link(_("Visit"), readonly=True)
    way: Mapped[Code] = choice(_("Signed"), WAYS, "workflow", default="paper")
    signed_at: Mapped[Moment] = field(_("Signed at"), "workflow", readonly=True)
    name: Mapped[Name | None] = field(_("Signed by"), "workflow", readonly=True, personal=True)
    picture: Mapped[Signature | None] = field(_("Signature"), "workflow", readonly=True)
    file: Mapped[Name | None] = field(_("File of the visit"), "workflow", readonly=True)
    booked: Mapped[Number | None] = computed(_("Hours booked"), "workflow", lambda: of_visit(*BOOKED))
    on_site: Mapped[Number | None] = computed(_("Hours checked in"), "workflow", lambda: of_visit(*ON_SITE))
    signed: Mapped[Number | None] = computed(_("Hours signed"), "workflow", lambda: of_visit("actual_start", "actual_end"))
    mismatch: Mapped[Number | None] = computed(_("Hours apart"), "workflow", mismatch_sql)
    reason: Mapped[Note | None] = field(_("Why it is void"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="signed", server_default="signed")

    def __str__(self) -> str:
        return str(self.visit)

    def before_create(self, session: Session) -> None:
        like_visit(self, session)


def slip_of(visit_id: int) -> Any:
    """The question for the slip of a visit that holds."""
    return select(Slip).where(Slip.visit_id == visit_id, Slip.state != "voided")


def worked(session: Session, visit: Visit) -> Decimal:
    """The hours of a visit that pay, member cards and the workload count, by the one sum that they share."""
    with session.no_autoflush:
        return session.scalar(select(worked_sql()).where(Visit.id == visit.id)) or Decimal(0)


class SlipScan(Record):
    """One picture of a paper slip. ``once`` is its content: the same file sent twice is one."""

    __label__ = _("Scanned slip")
    __plural__ = _("Scanned slips")
    __icon__ = "ti-scan"
    __unique__ = (("once",),)
    __search__ = ("name",)
    __indexes__ = (("standing",),)

    name: Mapped[Name] = field(_("File"), readonly=True)
    standing: Mapped[Code] = choice(_("Filed"), STANDING, "workflow", tints=TINTS, default="open")
    reason: Mapped[Note | None] = field(_("Why not by itself"), "workflow", readonly=True)
    visit_id: Mapped[int | None] = key("visit")
    visit: Mapped[Visit | None] = link(_("Visit"), readonly=True)
    once: Mapped[str | None] = mapped_column(String(80), info={"bookkeeping": True})

    def __str__(self) -> str:
        return self.name


class PayLine(Record):
    """What one carer gets for one visit, from its signed slip alone. Never changed: a correction is a line with the difference."""

    __label__ = _("Pay line")
    __plural__ = _("Pay lines")
    __icon__ = "ti-cash"
    __apart__ = ("rate",)
    __appended__ = True
    __indexes__ = (("worked_on",), ("worker_id", "worked_on"))
    __called__ = ("visit",)
    __shown__: ClassVar[dict[str, str]] = {"amount": "corrects.empty.0", "note": "corrects.empty.0"}
    __table_args__ = (
        Index("pay_line_once", "tenant_id", "visit_id", unique=True, postgresql_where=column("corrects_id").is_(None)),
    )
    __refusals__: ClassVar[dict[str, Any]] = {"pay_line_once": _("This visit is on a pay line already.")}

    visit_id: Mapped[int] = key("visit")
    visit: Mapped[Visit] = link(_("Visit"))
    slip_id: Mapped[int | None] = key("slip")
    slip: Mapped[Slip | None] = link(_("Signed slip"), readonly=True)
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"), readonly=True)
    worked_on: Mapped[Day | None] = field(_("Worked on"), readonly=True)
    hours: Mapped[Number | None] = field(_("Hours"), "cost", readonly=True)
    rate: Mapped[Money | None] = field(_("Pay per hour"), "cost", readonly=True)
    corrects_id: Mapped[int | None] = key("pay_line")
    corrects: Mapped[PayLine | None] = link(_("Corrects"), help=_("Only for a correction: the first line of the visit."))
    amount: Mapped[Money | None] = field(_("Amount"), "cost", help=_("Worked out from the slip. Of a correction: the difference."))
    note: Mapped[Note | None] = field(_("Note"))

    def __str__(self) -> str:
        return str(self.visit)

    def before_create(self, session: Session) -> None:
        """From the signed slip and the hours it stands for; a correction from the line that it corrects."""
        visit = like_visit(self, session)
        if visit is None:
            return
        with session.no_autoflush:
            first = self.corrects or (session.get(PayLine, self.corrects_id) if self.corrects_id else None)
            slip = session.scalars(slip_of(visit.id)).first()
        if slip is None:
            raise Refused(_("%(visit)s has no signed slip, so nothing is paid for it.", visit=visit))
        self.slip, self.slip_id, self.worker, self.worker_id = slip, slip.id, visit.worker, visit.worker_id
        if first is not None:
            if first.visit_id != visit.id or first.corrects_id is not None:
                raise Refused(_("A correction names the first line of the same visit."))
            if not self.amount or not (self.note or "").strip():
                raise Refused(_("A correction needs the difference and a note that says why."))
            self.worked_on = first.worked_on
            return
        if visit.state != "finished" or visit.actual_start is None or visit.actual_end is None:
            raise Refused(_("%(visit)s is not finished, or has no actual times yet.", visit=visit))
        self.worked_on = local(visit.actual_start).date()
        for ask in by_days:
            if (found := ask(session, visit)) is not None:
                self.hours, self.amount = found
                return
        self.hours = worked(session, visit)
        self.rate = visit.worker.pay_rate
        self.amount = cents(self.hours * self.rate)
