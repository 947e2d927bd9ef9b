"""Visits: which carer goes to which order, and when. Two at once is impossible in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, column
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.fields import Code, Moment, Money, Note, Place, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models.customer import Customer
from app.models.order import Order, store_code
from app.models.organisation import Store
from app.models.worker import Worker

FREE = ("declined", "cancelled")  # states in which a visit no longer takes the carer's time

LONG_DAY = 10  # hours that one day of a live-in visit counts for


class Visit(Record):
    """One carer at one order. Its state is moved only by ``DispatchFlow``."""

    __label__ = _("Visit")
    __plural__ = _("Visits")
    __icon__ = "ti-calendar-event"
    __unique__ = (("number",),)
    __indexes__ = (("worker_id", "starts_at"), ("state", "starts_at"))
    __search__ = ("number",)
    __periods__ = (("starts_at", "ends_at"),)
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
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "visit_no_double_booking": _("This carer already has a visit at that time. Choose another carer or time."),
        "visit_ends_after_it_starts": _("The end must come after the start."),
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
    finished_at: Mapped[Moment | None] = field(_("Finished"), "workflow", readonly=True)
    check_in_lat: Mapped[Place | None] = field(_("Latitude at check-in"), "workflow", readonly=True)
    check_in_lng: Mapped[Place | None] = field(_("Longitude at check-in"), "workflow", readonly=True)
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
            if not self.number:
                self.number = next_number(session, "PG", store_code(session, self.store_id))

    def facts(self) -> dict[str, str]:
        """What messages about this visit may say."""
        return {**self.order.facts(), "order": self.order.number, "number": self.number, "worker": str(self.worker)}


def overlaps(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Whether two spans share a moment; one may begin where the other ends."""
    return one[0] < other[1] and other[0] < one[1]


def hours(starts_at: datetime, ends_at: datetime) -> float:
    """Working hours of a span, for load and for pay: a day of a live-in visit counts as a long day."""
    whole = max((ends_at - starts_at).total_seconds(), 0.0) / 3600
    return whole if whole <= LONG_DAY else max(float(LONG_DAY), whole / 24 * LONG_DAY)
