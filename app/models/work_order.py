"""Work orders: what an engineer does at a customer's with which devices. An order of a service that asks for one makes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Numeric, cast, select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import local
from app.engine.errors import Refused
from app.engine.fields import Code, Moment, Name, Note, Number, Place, choice, computed, field, fields_of, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models.catalog import DEVICES, WORKS, Service
from app.models.customer import Customer
from app.models.order import NONE, PLACE, Order, by_hand, store_code

WORK_TINTS = {"deliver": "plan", "install": "run", "maintain": "done", "repair": "bad", "recover": "pause"}
TERMS = {"rent": _("Rented"), "sale": _("Sold"), "own": _("The customer's own")}
SAME = ("starts_at", "ends_at", "contact", "special", *PLACE)  # what a work order has as its order has it
OVER = ("done", "cancelled")  # states in which a work order is history
ONE_EACH = _("This order has its work order already.")


def satisfaction_sql() -> Any:
    """The stars that the client gave its order."""
    mine, order = WorkOrder.__table__, Order.__table__
    same = (order.c.tenant_id == mine.c.tenant_id) & (order.c.id == mine.c.order_id)
    return cast(select(order.c.rating).where(same).correlate(mine).scalar_subquery(), Numeric(12, 3))


class WorkOrder(Record):
    """One job with devices at one place. While its order lives, the order says when, where and how far it is."""

    __label__ = _("Work order")
    __plural__ = _("Work orders")
    __icon__ = "ti-tool"
    __unique__ = (("number",), ("order_id",))
    __indexes__ = (("state", "starts_at"), ("starts_at",))
    __search__ = ("number",)
    __told__ = "customer"
    __periods__ = (("starts_at", "ends_at"),)
    __within__: ClassVar[dict[str, str]] = {"district": "city"}
    __apart__ = ("satisfaction",)
    __refusals__: ClassVar[dict[str, Any]] = {"work_order_order_id_key": ONE_EACH}

    number: Mapped[Code] = field(_("Work order no."), readonly=True)
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"), readonly=True)
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"), readonly=True)
    kind: Mapped[Code] = choice(_("Kind of work"), WORKS, default="install", tints=WORK_TINTS)
    starts_at: Mapped[Moment] = field(_("Appointment"), readonly=True)
    ends_at: Mapped[Moment | None] = field(_("Ends"), readonly=True)
    city: Mapped[Name | None] = field(_("City"), readonly=True)
    district: Mapped[Name | None] = field(_("District"), readonly=True)
    address: Mapped[Name | None] = field(_("Address"), personal=True, readonly=True)
    door: Mapped[Name | None] = field(_("Building and door"), "private", readonly=True)
    lat: Mapped[Place | None] = field(_("Latitude"), readonly=True)
    lng: Mapped[Place | None] = field(_("Longitude"), readonly=True)
    contact: Mapped[Name | None] = field(_("Whom to ask for"), "private", personal=True, readonly=True)
    special: Mapped[Note | None] = field(_("Special wishes"), "internal", readonly=True)
    result: Mapped[Note | None] = field(_("Result"), "internal")
    satisfaction: Mapped[Number | None] = computed(_("Satisfaction"), "internal", satisfaction_sql)
    state: Mapped[Code] = field(_("State"), "workflow", default="waiting")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """Everything it shares with its order is taken from there; nobody types it twice."""
        with session.no_autoflush:
            order = self.order or session.get(Order, self.order_id or 0)
            if order is not None:
                self.customer, self.service = order.customer, order.service
                self.like(order)
            self.number = self.number or next_number(session, "GD", store_code(session, self.store_id))

    def like(self, order: Order) -> None:
        """Take over when, where and whose the order is."""
        for name in SAME:
            setattr(self, name, getattr(order, name))
        self.store_id, self.owner_id = order.store_id, order.owner_id

    def facts(self) -> dict[str, str]:
        """What messages about this work order may say."""
        return {
            "number": self.number, "customer": str(self.customer), "kind": str(WORKS.get(self.kind, self.kind)),
            "when": f"{local(self.starts_at):%m-%d %H:%M}", "district": self.district or "",
        }  # fmt: skip


class DeviceLine(Record):
    """So many devices of one model: what an order is for, and what its work order takes along. One line, seen from both."""

    __label__ = _("Device of an order")
    __plural__ = _("Devices of orders")
    __icon__ = "ti-device-heart-monitor"
    __called__ = ("device", "brand_model")
    __table_args__ = (
        CheckConstraint("quantity > 0", name="device_line_quantity_above_zero"),
        CheckConstraint("order_id IS NOT NULL OR work_order_id IS NOT NULL", name="device_line_is_for_something"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "device_line_quantity_above_zero": NONE,
        "device_line_is_for_something": _("Say which order the device is for."),
    }

    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"))
    work_order_id: Mapped[int | None] = key("work_order")
    work_order: Mapped[WorkOrder | None] = link(_("Work order"))
    device: Mapped[Code] = choice(_("Device"), DEVICES, open=True, default="oxygen")
    brand_model: Mapped[Name | None] = field(_("Brand and model"))
    quantity: Mapped[Number] = field(_("Quantity"), default=Decimal(1))
    terms: Mapped[Code] = choice(_("Rented or sold"), TERMS, default="rent")
    remark: Mapped[Note | None] = field(_("Remark"))

    def __str__(self) -> str:
        words = fields_of(DeviceLine)["device"].choices or {}
        return " ".join(p for p in (str(words.get(self.device, self.device)), self.brand_model) if p)

    def before_create(self, session: Session) -> None:
        """It belongs to whom its order belongs to. A line that comes late finds the work order that is there already, and the reverse."""
        with session.no_autoflush:
            work = self.work_order or session.get(WorkOrder, self.work_order_id or 0)
            order = self.order or session.get(Order, self.order_id or 0) or (work.order if work else None)
            if order is not None and work is None:
                work = work_order_of(session, order)
            self.order, self.work_order = order, work
            there = work or order
            if there is not None:
                self.store_id, self.owner_id = there.store_id, there.owner_id
            self.check()

    def before_change(self, session: Session, _names: set[str]) -> None:
        with session.no_autoflush:
            self.check()

    def before_delete(self, session: Session) -> None:
        with session.no_autoflush:
            self.check()

    def check(self) -> None:
        """What was brought stays as it was told. Raises ``Refused``."""
        if by_hand() and self.work_order is not None and self.work_order.state in OVER:
            raise Refused(_("The work order is over, and its devices stand."))


def work_order_of(session: Session, order: Order) -> WorkOrder | None:
    """The work order of an order, if there is one. The caller is trusted."""
    return session.scalars(select(WorkOrder).where(WorkOrder.order_id == order.id)).first() if order.id else None


def devices_of(session: Session, order: Order) -> list[DeviceLine]:
    """The devices that an order is for. The caller is trusted."""
    return list(session.scalars(select(DeviceLine).where(DeviceLine.order_id == order.id).order_by(DeviceLine.id)))
