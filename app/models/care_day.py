"""Care days: one line for each day of a long order and each carer, what was changed, prices that wait, and bills.

The bill, the carers' pay and the margin are three sums of the same lines. A line is changed by ``workflows/care_days`` alone; once it
is billed it stands, and a correction is a line of its own with the difference.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, Index, Numeric, column, inspect, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, MappedColumn, Session, mapped_column

from app.engine.clock import local
from app.engine.current import current
from app.engine.errors import Refused
from app.engine.fields import Code, Day, Field, Moment, Money, Name, Note, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models import order as orders
from app.models import pricing_of, slip
from app.models.care_sums import Line
from app.models.customer import Customer
from app.models.dispatch import Visit, told
from app.models.order import Order, store_code
from app.models.organisation import Staff
from app.models.worker import Worker

KINDS = {"planned": _("Planned day"), "worked": _("Worked"), "paused": _("Paused")}
TINTS = {"planned": "plan", "worked": "done", "paused": "pause"}
DEEDS = {
    "start": _("Days laid out"), "pause": _("Paused"), "resume": _("Resumed"), "replace": _("Carer replaced"), "add": _("Carer added"),
    "price": _("Price changed"), "ask": _("Price asked for"), "refuse": _("Price refused"), "correct": _("Corrected"), "bill": _("Billed"),
    "undo": _("Taken back"), "end": _("Ended early"),
}  # fmt: skip
FIXED = ("order_id", "worker_id", "on_day", "price", "rate", "from_hour", "to_hour", "full_hours", "bill_more", "pay_more", "billed_id")
WORK = "care days"  # the trusted reason of the deeds


def money_sum(label: Any, group: str, whole: str, more: str) -> MappedColumn[Any]:
    """The part of a whole day that a line is, to the cent, and a correction's difference: reckoned by the database."""
    days = f"round({whole} * to_hour / full_hours, 2) - round({whole} * from_hour / full_hours, 2)"
    sum_ = Computed(f"CASE WHEN kind = 'paused' THEN 0 ELSE {days} END + {more}", persisted=True)
    return mapped_column(Numeric(14, 2), sum_, nullable=True, info={"field": Field(label, group, readonly=True)})


def hours_of(default: int) -> MappedColumn[Any]:
    return mapped_column(Numeric(5, 2), default=Decimal(default), server_default=str(default), info={"bookkeeping": True})


def difference() -> MappedColumn[Any]:
    return mapped_column(Numeric(14, 2), default=Decimal(0), server_default="0", info={"bookkeeping": True})


class CareChange(Record):
    """What was done to the days of an order: from when, by whom, why, at which price. Never changed: undoing is a further one."""

    __label__ = _("Change of care days")
    __plural__ = _("Changes of care days")
    __icon__ = "ti-history"
    __appended__ = True
    __apart__ = ("price_before", "price")
    __unique__ = (("undoes_id",),)
    __called__ = ("deed",)
    __refusals__: ClassVar[dict[str, Any]] = {"care_change_undoes_id_key": _("This was taken back already.")}

    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"), readonly=True)
    deed: Mapped[str] = told(_("What was done"), DEEDS, {}, default="start", server_default="start")
    at: Mapped[Moment] = field(_("From when"), "workflow", readonly=True)
    until: Mapped[Day | None] = field(_("Until"), "workflow", readonly=True)
    replaced_id: Mapped[int | None] = key("worker")
    replaced: Mapped[Worker | None] = link(_("Carer before"), readonly=True)
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"), readonly=True)
    price_before: Mapped[Money | None] = field(_("Price before"), "finance", readonly=True)
    price: Mapped[Money | None] = field(_("Price"), "finance", readonly=True)
    reason: Mapped[Note | None] = field(_("Reason"), "workflow", readonly=True)
    doer_id: Mapped[int | None] = key("staff")
    doer: Mapped[Staff | None] = link(_("Done by"), "workflow", readonly=True)
    approver_id: Mapped[int | None] = key("staff")
    approver: Mapped[Staff | None] = link(_("Agreed to by"), "workflow", readonly=True)
    handover: Mapped[Note | None] = field(_("Handover sheet"), "internal", readonly=True)
    visit_id: Mapped[int | None] = key("visit")
    visit: Mapped[Visit | None] = link(_("Visit"), readonly=True)
    undoes_id: Mapped[int | None] = key("care_change")
    undoes: Mapped[CareChange | None] = link(_("Takes back"), readonly=True)
    # The lines as they were, for undoing. No field: it says nothing that the lines and the trail do not.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info={"bookkeeping": True})

    def __str__(self) -> str:
        return f"{DEEDS.get(self.deed, self.deed)}"

    def before_create(self, session: Session) -> None:
        self.doer_id = self.doer_id or current().actor_id
        like_order(self, session)

    def facts(self) -> dict[str, str]:
        """What messages about this change may say."""
        return {
            **self.order.facts(), "when": f"{local(self.at):%m-%d %H:%M}", "since": f"{local(self.at):%m-%d}",
            "worker": str(self.worker or ""), "old": str(self.replaced or ""),
            "until": f"{self.until or local(self.at).date():%m-%d}",
        }  # fmt: skip


class CarePrice(Record):
    """A price of care days below what its taker may agree to. Only when somebody agrees do the days take it."""

    __label__ = _("Price of care days")
    __plural__ = _("Prices of care days")
    __icon__ = "ti-tag"
    __apart__ = ("price", "listed")
    __called__ = ("since",)
    __indexes__ = (("state", "since"),)
    __table_args__ = (CheckConstraint("price >= 0", name="care_price_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"care_price_not_below_zero": _("The price cannot be below zero.")}

    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"), readonly=True)
    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"), readonly=True)
    since: Mapped[Day] = field(_("From"), readonly=True)
    price: Mapped[Money] = field(_("Price asked for"), "finance", readonly=True)
    listed: Mapped[Money | None] = field(_("List price"), "finance", readonly=True)
    why: Mapped[Note | None] = field(_("Why another price"), "finance")
    reason: Mapped[Note | None] = field(_("Why it was refused"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="waiting")

    def __str__(self) -> str:
        return f"{self.since}"

    def before_create(self, session: Session) -> None:
        like_order(self, session)

    def facts(self) -> dict[str, str]:
        """What messages about this price may say."""
        return {**self.order.facts(), "worker": str(self.worker), "since": f"{self.since:%m-%d}"}


class CareBill(Record):
    """What was billed for days up to one. Never changed; what is wrong in it is put right in the next one."""

    __label__ = _("Bill of care days")
    __plural__ = _("Bills of care days")
    __icon__ = "ti-receipt"
    __appended__ = True
    __unique__ = (("number",),)
    __search__ = ("number",)
    __told__ = "customer"

    number: Mapped[Code] = field(_("Bill no."), readonly=True)
    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"), readonly=True)
    since: Mapped[Day] = field(_("From"), readonly=True)
    until: Mapped[Day] = field(_("Until"), readonly=True)
    amount: Mapped[Money] = field(_("Amount"), "finance", readonly=True)
    note: Mapped[Name | None] = field(_("Note"), readonly=True)

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        order = like_order(self, session)
        if order is not None:
            self.customer_id = order.customer_id
            self.number = self.number or next_number(session, "ZD", store_code(session, self.store_id))

    def facts(self) -> dict[str, str]:
        """What messages about this bill may say."""
        return {**self.order.facts(), "bill": self.number, "since": f"{self.since:%m-%d}", "until": f"{self.until:%m-%d}"}


class CareDay(Record):
    """One carer on one day of one order."""

    __label__ = _("Care day")
    __plural__ = _("Care days")
    __icon__ = "ti-calendar-time"
    __apart__ = ("price", "rate")
    __called__ = ("on_day",)
    __indexes__ = (("on_day",), ("order_id", "on_day"))
    __table_args__ = (
        Index(
            "care_day_once", "tenant_id", "order_id", "on_day", "worker_id", unique=True, postgresql_where=column("corrects_id").is_(None)
        ),
        CheckConstraint("full_hours > 0 AND 0 <= from_hour AND from_hour <= to_hour AND to_hour <= full_hours", name="care_day_hours"),
        CheckConstraint("price >= 0 AND rate >= 0", name="care_day_not_below_zero"),
        CheckConstraint("corrects_id IS NOT NULL OR (bill_more = 0 AND pay_more = 0)", name="care_day_difference"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "care_day_once": _("This carer already has that day of the order."),
        "care_day_hours": _("These hours are not within the day."),
        "care_day_not_below_zero": _("The price cannot be below zero."),
        "care_day_difference": _("Only a correction has a difference."),
    }

    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"), readonly=True)
    on_day: Mapped[Day] = field(_("Day"), readonly=True)
    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"), readonly=True)
    kind: Mapped[str] = told(_("Standing"), KINDS, TINTS, default="planned", server_default="planned")
    hours: Mapped[Any] = mapped_column(
        Numeric(12, 3), Computed("to_hour - from_hour", persisted=True), nullable=True, info={"field": Field(_("Hours"), readonly=True)}
    )
    price: Mapped[Money] = field(_("Price of a full day"), "finance", readonly=True)
    rate: Mapped[Money] = field(_("Pay for a full day"), "cost", readonly=True)
    bill: Mapped[Money | None] = money_sum(_("Billed to the customer"), "finance", "price", "bill_more")
    pay: Mapped[Money | None] = money_sum(_("Carer's pay"), "cost", "rate", "pay_more")
    reason: Mapped[Note | None] = field(_("Reason"), "workflow", readonly=True)
    visit_id: Mapped[int | None] = key("visit")
    visit: Mapped[Visit | None] = link(_("Visit"), readonly=True)
    billed_id: Mapped[int | None] = key("care_bill")
    billed: Mapped[CareBill | None] = link(_("Bill"), readonly=True)
    corrects_id: Mapped[int | None] = key("care_day")
    corrects: Mapped[CareDay | None] = link(_("Corrects"), readonly=True)
    change_id: Mapped[int | None] = key("care_change")  # what made the line what it is
    from_hour: Mapped[Decimal] = hours_of(0)
    to_hour: Mapped[Decimal] = hours_of(24)
    full_hours: Mapped[Decimal] = hours_of(24)
    bill_more: Mapped[Decimal] = difference()
    pay_more: Mapped[Decimal] = difference()

    def __str__(self) -> str:
        return f"{self.on_day}"

    def before_create(self, session: Session) -> None:
        like_order(self, session)

    def before_change(self, _session: Session, names: set[str]) -> None:
        """What is billed stands, whichever program would change it."""
        state: Any = inspect(self)
        was = [*(state.attrs.billed_id.history.deleted or ()), *(state.attrs.billed_id.history.unchanged or ())]
        moved = any(state.attrs[n].history.has_changes() for n in FIXED) or ("kind" in names and self.kind != "worked")
        if any(was) and moved and current().trusted in ("changed", WORK):
            raise Refused(_("%(day)s is billed or paid already. Put it right with a correction.", day=self.on_day))

    def before_delete(self, _session: Session) -> None:
        if self.billed_id is not None or self.corrects_id is not None:
            raise Refused(_("%(day)s is billed or paid already. Put it right with a correction.", day=self.on_day))

    def line(self, *, paid: bool = False) -> Line:
        """The same for the arithmetic. ``paid``: its visit stands on a pay line."""
        return Line(
            self.worker_id, self.on_day, self.from_hour, self.to_hour, self.full_hours, self.price, self.rate, paused=self.kind == "paused",
            reason=self.reason or "", closed=paid or self.billed_id is not None, visit=self.visit_id,
        )  # fmt: skip


def like_order(record: Any, session: Session) -> Order | None:
    """Let a record belong to whom its order belongs to."""
    with session.no_autoflush:
        order = record.order or session.get(Order, record.order_id or 0)
    if order is not None:
        record.store_id, record.owner_id = order.store_id, order.owner_id
    return order


def by_days(session: Session, order: Order) -> bool:
    """Whether an order is priced day by day. The caller is trusted."""
    return order.id is not None and session.scalar(select(CareDay.id).where(CareDay.order_id == order.id).limit(1)) is not None


def keep_price(session: Session, order: Order) -> None:
    """The price of an order with care days is the sum of its lines: nobody types another one beside them."""
    with session.no_autoflush:
        if not by_days(session, order):
            pricing_of.reprice(session, order)
            return
    state: Any = inspect(order)
    if any(state.attrs[n].history.has_changes() for n in ("quantity", "unit_price", "agreed", "service_id", "starts_at", "ends_at")):
        raise Refused(_("This order is priced day by day. Change it under “Care days”."))


def pay_by_days(session: Session, visit: Visit) -> tuple[Decimal, Decimal] | None:
    """Hours and pay of a visit whose order is paid day by day. The caller is trusted."""
    lines = session.scalars(select(CareDay).where(CareDay.visit_id == visit.id)).all()
    if not lines:
        return None
    hours = sum((x.hours for x in lines if x.kind != "paused"), Decimal(0))
    return hours, sum((x.pay or Decimal(0) for x in lines), Decimal(0))


orders.pricing[0] = keep_price
slip.by_days[:] = [pay_by_days]
