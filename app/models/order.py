"""Orders: who wants which service, where, when, and for how much."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, String
from sqlalchemy.orm import Mapped, MappedColumn, Session, mapped_column

from app.engine.clock import local
from app.engine.current import current
from app.engine.errors import Refused
from app.engine.fields import Code, Field, Moment, Money, Name, Note, Number, Place, Stars, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.catalog import Service
from app.models.customer import SOURCES, Customer
from app.models.organisation import Store
from app.models.store_price import price_at

PLACE = ("city", "district", "address", "door", "lat", "lng")
CENT = Decimal("0.01")
NONE = _("The quantity must be above zero.")


def product(label: Any, group: str, factor: str) -> MappedColumn[Any]:
    """Quantity times ``factor``, to the cent: the database's own sum, so it can never disagree."""
    sum_ = Computed(f"round(quantity * {factor}, 2)", persisted=True)
    return mapped_column(sum_, nullable=True, info={"field": Field(label, group, readonly=True)})


class Order(Record):
    """One service for one customer. Only ``OrderFlow`` moves its state; its amount is always price times quantity."""

    __label__ = _("Order")
    __plural__ = _("Orders")
    __icon__ = "ti-clipboard-list"
    __unique__ = (("number",), ("request",))
    __indexes__ = (("state", "starts_at"), ("starts_at",))
    __search__ = ("number",)
    __told__ = "customer"
    __periods__ = (("starts_at", "ends_at"),)
    __within__: ClassVar[dict[str, str]] = {"district": "city"}
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order_ends_after_it_starts"),
        CheckConstraint("quantity > 0", name="order_quantity_above_zero"),
        CheckConstraint("unit_price >= 0", name="order_price_not_below_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "order_ends_after_it_starts": _("The end must come after the start."),
        "order_quantity_above_zero": NONE,
        "order_price_not_below_zero": _("The price cannot be below zero."),
    }

    number: Mapped[Code] = field(_("Order no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    service_id: Mapped[int] = key("service")
    service: Mapped[Service] = link(_("Service"))
    quantity: Mapped[Number] = field(_("Quantity"), "finance", default=Decimal(1))
    unit_price: Mapped[Money | None] = field(_("Unit price"), "finance")
    amount: Mapped[Money | None] = product(_("Amount"), "finance", "unit_price")
    unit_cost: Mapped[Money | None] = field(_("Unit cost"), "cost")
    cost: Mapped[Money | None] = product(_("Cost"), "cost", "unit_cost")
    starts_at: Mapped[Moment] = field(_("Starts"))
    ends_at: Mapped[Moment | None] = field(_("Ends"))
    city: Mapped[Name | None] = field(_("City"))
    district: Mapped[Name | None] = field(_("District"))
    address: Mapped[Name | None] = field(_("Address"), personal=True)
    door: Mapped[Name | None] = field(_("Building and door"), "private")
    lat: Mapped[Place | None] = field(_("Latitude"))
    lng: Mapped[Place | None] = field(_("Longitude"))
    contact: Mapped[Name | None] = field(_("Whom to ask for"), "private", personal=True)
    source: Mapped[Code] = choice(_("Source"), SOURCES, open=True, default="phone")
    rating: Mapped[Stars | None] = field(_("Customer's rating"), "internal")
    special: Mapped[Note | None] = field(_("Special wishes"), "internal")
    reason: Mapped[Note | None] = field(_("Why it was cancelled"), "workflow", readonly=True)
    # Whoever may set it lets that store see the order: a partner agency sees nothing else.
    given_id: Mapped[int | None] = key("store")
    given: Mapped[Store | None] = link(_("Given to"), help=_("The store or partner agency that does the work."))
    # The key of the form or call that made it: the same one sent twice is one order. No field: it says nothing to people.
    request: Mapped[str | None] = mapped_column(String(40), info={"bookkeeping": True})
    state: Mapped[Code] = field(_("State"), "workflow", default="placed")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """Number, store, place, price and end follow from the customer and the service."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            service = self.service or session.get(Service, self.service_id or 0)
            if customer is None or service is None:
                return
            self.store_id = self.store_id or current().store_id or customer.store_id
            if not any((self.city, self.address, self.lat)):
                for name in PLACE:
                    setattr(self, name, getattr(self, name) or getattr(customer, name))
            self.contact = self.contact or customer.name
            if self.quantity is None:
                self.quantity = Decimal(1)
            if self.quantity <= 0:
                raise Refused(NONE)
            if self.unit_price is None:
                self.unit_price = price_at(session, self.store_id, service)
            if self.unit_cost is None:
                self.unit_cost = service.cost
            if self.ends_at is None and self.starts_at is not None:
                self.ends_at = service.end(self.starts_at, self.quantity)
            if not self.number:
                self.number = next_number(session, "DD", store_code(session, self.store_id))

    def after_create(self, _session: Session) -> None:
        if current().trusted != "sample":
            announce("order.placed", self)

    def facts(self) -> dict[str, str]:
        """What messages about this order may say."""
        return {
            "number": self.number,
            "customer": str(self.customer),
            "service": str(self.service),
            "when": f"{local(self.starts_at):%m-%d %H:%M}",
            "district": self.district or "",
        }


def cents(amount: Decimal) -> Decimal:
    """Money, to the cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def store_code(session: Session, store_id: int | None) -> str:
    """The code that stands in a store's numbers; ``HQ`` for what belongs to no store."""
    store = session.get(Store, store_id) if store_id else None
    return store.code if store else "HQ"
