"""Visits: which carer goes to which order, and when. Two at once is impossible in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, Integer, Numeric, String, case, cast, column, func, select
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, MappedColumn, Session, mapped_column

from app.engine.current import current, tenant_id
from app.engine.errors import Refused
from app.engine.fields import Code, Field, Moment, Money, Note, Number, Place, computed, field, key, link
from app.engine.numbers import next_number
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.order import Order, store_code
from app.models.organisation import Store
from app.models.worker import Worker
from app.models.worker_gate import check_gates

FREE = ("declined", "cancelled")  # states in which a visit no longer takes the carer's time

WINDOW = 15  # minutes before and after the planned start within which the carer is promised, where the store says nothing
SLIPS = {"none": _("Not due"), "missing": _("Missing"), "phone": _("Signed on the phone"), "paper": _("Signed on paper")}
SLIP_TINTS = {"none": "draft", "missing": "bad", "phone": "done", "paper": "done"}
ARRIVALS = {"early": _("Early"), "on_time": _("On time"), "late": _("Late")}
ARRIVAL_TINTS = {"early": "done", "on_time": "done", "late": "bad"}
LONG_DAY = 10  # hours that one day of a live-in visit counts for


def told(label: Any, choices: dict[str, Any], tints: dict[str, str], **more: Any) -> MappedColumn[Any]:
    """A choice that code alone makes."""
    return mapped_column(String(40), info={"field": Field(label, "workflow", choices=choices, tints=tints, readonly=True)}, **more)


def span_sql(start: Any, end: Any) -> Any:
    """The hours that count of a span, to the hundredth: what ``hours`` says, as the database reckons."""
    whole = cast(func.extract("epoch", end - start), Numeric) / 3600
    counted = case((whole <= LONG_DAY, whole), else_=func.greatest(LONG_DAY, whole / 24 * LONG_DAY))
    return cast(func.round(func.greatest(counted, 0), 2), Numeric(12, 3))


def worked_sql() -> Any:
    """The hours of a visit that are signed for: slips, pay, member cards and the workload all read this one."""
    visit = Visit.__table__.c
    return span_sql(visit.actual_start, visit.actual_end)


def over_plan_sql() -> Any:
    """Minutes that the visit took more than planned; below zero where it took less."""
    visit = Visit.__table__.c
    took, planned = visit.actual_end - visit.actual_start, visit.ends_at - visit.starts_at
    return cast(func.round(func.extract("epoch", took - planned) / 60), Integer)


class Visit(Record):
    """One carer at one order. Its state is moved only by ``DispatchFlow``."""

    __label__ = _("Visit")
    __plural__ = _("Visits")
    __icon__ = "ti-calendar-event"
    __unique__ = (("number",),)
    __indexes__ = (("worker_id", "starts_at"), ("state", "starts_at"), ("slip", "starts_at"))
    __search__ = ("number",)
    __periods__ = (("starts_at", "ends_at"), ("actual_start", "actual_end"))
    __table_args__ = (
        ExcludeConstraint(
            ("tenant_id", "="),
            ("worker_id", "="),
            ("during", "&&"),
            where=column("state").not_in(FREE),
            using="gist",
            name="visit_no_double_booking",
        ),
        CheckConstraint("ends_at > starts_at", name="visit_ends_after_it_starts"),
        CheckConstraint("actual_end > actual_start", name="visit_took_some_time"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "visit_no_double_booking": _("This carer already has a visit at that time. Choose another carer or time."),
        "visit_ends_after_it_starts": _("The end must come after the start."),
        "visit_took_some_time": _("The actual end must come after the actual start."),
    }

    number: Mapped[Code] = field(_("Visit no."), readonly=True)
    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"))
    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    starts_at: Mapped[Moment] = field(_("Starts"))
    ends_at: Mapped[Moment] = field(_("Ends"))
    during: Mapped[Any] = mapped_column(TSTZRANGE, Computed("tstzrange(starts_at, ends_at)", persisted=True), nullable=True, deferred=True)
    pay: Mapped[Money | None] = field(_("Pay"), "cost")
    accepted_at: Mapped[Moment | None] = field(_("Accepted"), "workflow", readonly=True)
    set_out_at: Mapped[Moment | None] = field(_("Set out"), "workflow", readonly=True)
    checked_in_at: Mapped[Moment | None] = field(_("Checked in"), "workflow", readonly=True)
    begun_at: Mapped[Moment | None] = field(_("Begun"), "workflow", readonly=True)
    check_in_lat: Mapped[Place | None] = field(_("Latitude at check-in"), "workflow", readonly=True)
    check_in_lng: Mapped[Place | None] = field(_("Longitude at check-in"), "workflow", readonly=True)
    finished_at: Mapped[Moment | None] = field(_("Finished"), "workflow", readonly=True)
    # Filled from the carer's taps, and put right when the slip is back.
    actual_start: Mapped[Moment | None] = field(_("Actual start"), "internal")
    actual_end: Mapped[Moment | None] = field(_("Actual end"), "internal")
    promised_from: Mapped[Moment | None] = field(_("Promised from"), "workflow", readonly=True)
    promised_until: Mapped[Moment | None] = field(_("Promised until"), "workflow", readonly=True)
    late_at: Mapped[Moment | None] = field(_("Alerted as late"), "workflow", readonly=True)
    check_in_far: Mapped[int | None] = field(_("Metres from the address"), "workflow", readonly=True)
    far_reason: Mapped[Note | None] = field(_("Why so far"), "workflow", readonly=True)
    arrival: Mapped[str | None] = told(_("Arrival"), ARRIVALS, ARRIVAL_TINTS)
    process: Mapped[Note | None] = field(_("How it went"), "internal")
    over_plan: Mapped[int | None] = computed(_("Minutes over plan"), "internal", over_plan_sql)
    worked: Mapped[Number | None] = computed(_("Hours worked"), "internal", worked_sql)
    slip: Mapped[str] = told(_("Slip"), SLIPS, SLIP_TINTS, default="none", server_default="none")
    given_id: Mapped[int | None] = key("store")
    given: Mapped[Store | None] = link(_("Given to"), readonly=True)
    report: Mapped[Note | None] = field(_("Report"), "workflow", readonly=True)
    reason: Mapped[Note | None] = field(_("Why not"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="offered")

    def __str__(self) -> str:
        return self.number

    @property
    def customer(self) -> Customer:
        """Whom it is for."""
        return self.order.customer

    def before_create(self, session: Session) -> None:
        """A visit belongs to whom its order belongs to."""
        with session.no_autoflush:
            order = self.order or session.get(Order, self.order_id or 0)
            if order is None:
                return
            self.store_id, self.owner_id, self.given_id = order.store_id, order.owner_id, order.given_id
            self.starts_at = self.starts_at or order.starts_at
            self.ends_at = self.ends_at or order.ends_at or order.starts_at
            self.promise(session)
            if not self.number:
                self.number = next_number(session, "PG", store_code(session, self.store_id))
            self.check_carer(session, order)

    def check_carer(self, session: Session, order: Order) -> None:
        """Raises ``Refused`` for a carer whose papers are lacking, or who is off then."""
        with session.no_autoflush:
            worker = self.worker or session.get(Worker, self.worker_id or 0)
            service = order.service or session.get(Service, order.service_id or 0)
            if service is not None and (self.state or "offered") not in (*FREE, "finished"):
                check_gates(session, worker, self.starts_at, self.ends_at, service.category)

    def before_change(self, session: Session, names: set[str]) -> None:
        """Another carer or time asks anew for papers and leave; another time is another promise; hours that were paid for stay."""
        if names & {"worker", "starts_at", "ends_at"} and self.state not in (*FREE, "finished"):
            self.check_carer(session, self.order)
        if "starts_at" in names:
            self.promise(session)
            self.late_at = None
        if names & {"actual_start", "actual_end"} and current().trusted == "changed" and session.scalar(paid_for(self.id)):
            raise Refused(_("These hours are on a pay line already. Finance corrects it by another line."))
        if names & {"actual_start", "actual_end"} and self.slip in ("phone", "paper"):
            announce("visit.hours_changed", self)  # member hours follow

    def promise(self, session: Session) -> None:
        """The window within which the carer is promised to be there."""
        with session.no_autoflush:
            store = session.get(Store, self.store_id) if self.store_id else None
        minutes = WINDOW if store is None or store.window_minutes is None else store.window_minutes
        self.promised_from, self.promised_until = self.starts_at - timedelta(minutes=minutes), self.starts_at + timedelta(minutes=minutes)

    def facts(self) -> dict[str, str]:
        """What messages about this visit may say."""
        return {**self.order.facts(), "order": self.order.number, "number": self.number, "worker": str(self.worker)}


def paid_for(pk: int) -> Any:
    """The question whether a visit is on a pay line."""
    lines = Record.metadata.tables["pay_line"].c
    return select(lines.id).where(lines.tenant_id == tenant_id(), lines.visit_id == pk).limit(1)


def overlaps(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Whether two spans share a moment; one may begin where the other ends."""
    return one[0] < other[1] and other[0] < one[1]


def hours(starts_at: datetime, ends_at: datetime) -> float:
    """Working hours of a span, for load and for pay: a day of a live-in visit counts as a long day."""
    whole = max((ends_at - starts_at).total_seconds(), 0.0) / 3600
    return whole if whole <= LONG_DAY else max(float(LONG_DAY), whole / 24 * LONG_DAY)
