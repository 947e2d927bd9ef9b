"""Orders: who wants which service, where, when, and for how much."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, Numeric, String, inspect, select
from sqlalchemy.orm import Mapped, MappedColumn, Session, mapped_column, validates

from app.engine.clock import local, now
from app.engine.current import current, tenant_id
from app.engine.errors import Refused
from app.engine.fields import Code, Day, Field, Flag, Moment, Money, Name, Note, Number, Place, Stars, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.catalog import CATEGORIES, KIND_TINTS, Service
from app.models.channel import CLASSES, LOWER, MECHANISMS, PLATFORMS, TOO_LOW, ClassRule, StoreArea, answer_within, area_of, class_of
from app.models.customer import SOURCES, Customer
from app.models.customer_address import CustomerAddress, usual_address
from app.models.organisation import Store
from app.models.series import OrderSeries
from app.models.store_price import price_at
from app.models.worker import GRADES, Worker

PLACE = ("city", "district", "address", "door", "lat", "lng")
NONE = _("The quantity must be above zero.")
OPEN = ("booked", "pricing", "placed")  # states in which no carer was sent yet
MOVABLE = (*OPEN, "assigned")  # states in which it can still be moved or called off
PRICED = {"service", "quantity", "unit_price", "area", "grade", "starts_at", "ends_at", "wanted", "agreed"}  # what a price follows from
TOLD_ON = {"starts_at", "ends_at", "contact", "special", "owner", "store", *PLACE}  # what a work order has from its order
# The module of prices puts itself here: reckon an order anew; whether somebody else has to agree to its price.
pricing: list[Any] = [lambda _session, _order: None, lambda _session, _order: False]


def product(label: Any, group: str, factor: str, more: str = "") -> MappedColumn[Any]:
    """Quantity times ``factor``, to the cent, and what comes on top: the database's own sum, so it can never disagree."""
    sum_ = Computed(f"round(quantity * {factor}, 2){more}", persisted=True)
    return mapped_column(sum_, nullable=True, info={"field": Field(label, group, readonly=True)})


class Order(Record):
    """One service for one customer. Only ``OrderFlow`` moves its state; its amount is price times quantity and what comes on top."""

    __label__ = _("Order")
    __plural__ = _("Orders")
    __icon__ = "ti-clipboard-list"
    __unique__ = (("number",), ("request",), ("platform", "platform_no"), ("series_id", "planned_on"))
    __indexes__ = (("state", "starts_at", "+amount"), ("starts_at",), ("respond_by",))
    __search__ = ("number",)
    __told__ = "customer"
    __periods__ = (("starts_at", "ends_at"),)
    __within__: ClassVar[dict[str, str]] = {"district": "city"}
    __needed__: ClassVar[dict[str, str]] = {"why_price": "agreed.empty.0", "platform_no": "platform.empty.0"}
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order_ends_after_it_starts"),
        CheckConstraint("quantity > 0", name="order_quantity_above_zero"),
        CheckConstraint("unit_price >= 0", name="order_price_not_below_zero"),
        CheckConstraint("agreed >= 0", name="order_agreed_not_below_zero"),
        CheckConstraint("area > 0", name="order_area_above_zero"),
        CheckConstraint("commission BETWEEN 0 AND 100", name="order_commission_is_a_part"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "order_ends_after_it_starts": _("The end must come after the start."),
        "order_quantity_above_zero": NONE,
        "order_price_not_below_zero": _("The price cannot be below zero."),
        "order_agreed_not_below_zero": _("The price cannot be below zero."),
        "order_area_above_zero": _("The area must be above zero."),
        "order_commission_is_a_part": _("Per cent are between 0 and 100."),
        "order_platform_platform_no_key": _("This order of the platform is there already."),
    }

    number: Mapped[Code] = field(_("Order no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    service_id: Mapped[int] = key("service")
    service: Mapped[Service] = link(_("Service"))
    kind: Mapped[Code | None] = choice(_("Kind"), CATEGORIES, open=True, tints=KIND_TINTS, help=_("Follows from the service."))
    area: Mapped[Number | None] = field(_("Area in m²"))
    grade: Mapped[Code | None] = choice(_("Grade asked for"), GRADES, open=True)
    quantity: Mapped[Number] = field(_("Quantity"), "finance", default=Decimal(1))
    unit_price: Mapped[Money | None] = field(_("Unit price"), "finance")
    amount: Mapped[Money | None] = product(_("Amount"), "finance", "unit_price", " + extras")
    listed: Mapped[Money | None] = field(_("List price"), "finance", readonly=True)
    agreed: Mapped[Money | None] = field(_("Agreed price"), "finance", help=LOWER)
    why_price: Mapped[Note | None] = field(_("Why another price"), "finance")
    unit_cost: Mapped[Money | None] = field(_("Unit cost"), "cost")
    cost: Mapped[Money | None] = product(_("Cost"), "cost", "unit_cost")
    starts_at: Mapped[Moment] = field(_("Starts"))
    ends_at: Mapped[Moment | None] = field(_("Ends"))
    site_id: Mapped[int | None] = key("customer_address")
    site: Mapped[CustomerAddress | None] = link(_("Service address"), help=_("One of the customer's. The place below follows from it."))
    city: Mapped[Name | None] = field(_("City"))
    district: Mapped[Name | None] = field(_("District"))
    address: Mapped[Name | None] = field(_("Address"), personal=True)
    door: Mapped[Name | None] = field(_("Building and door"), "private")
    lat: Mapped[Place | None] = field(_("Latitude"))
    lng: Mapped[Place | None] = field(_("Longitude"))
    contact: Mapped[Name | None] = field(_("Whom to ask for"), "private", personal=True)
    source: Mapped[Code] = choice(_("Source"), SOURCES, open=True, default="phone")
    mechanism: Mapped[Code] = choice(_("Way of booking"), MECHANISMS, default="book", server_default="book")
    platform: Mapped[Code | None] = choice(_("Platform"), PLATFORMS, open=True)
    platform_no: Mapped[Code | None] = field(_("The platform's number"))
    commission: Mapped[Number | None] = field(_("Commission in per cent"), "finance")
    order_class: Mapped[Code | None] = choice(_("Class"), CLASSES, open=True)
    class_rule_id: Mapped[int | None] = key("class_rule")
    class_rule: Mapped[ClassRule | None] = link(_("Class by the rule"), readonly=True)
    zone_id: Mapped[int | None] = key("store_area")
    zone: Mapped[StoreArea | None] = link(_("Service area"))
    respond_by: Mapped[Moment | None] = field(_("Answer by"), "workflow", readonly=True)
    answered_at: Mapped[Moment | None] = field(_("Responded at"), "workflow", readonly=True)
    series_id: Mapped[int | None] = key("order_series")
    series: Mapped[OrderSeries | None] = link(_("Recurring booking"), readonly=True)
    planned_on: Mapped[Day | None] = field(_("Planned for"), "workflow", readonly=True)
    by_hand: Mapped[Flag] = field(_("Changed by hand"), "workflow", readonly=True, default=False, server_default="false")
    reminded_at: Mapped[Moment | None] = field(_("Reminded"), "workflow", readonly=True)
    rating: Mapped[Stars | None] = field(_("Customer's rating"), "internal")
    special: Mapped[Note | None] = field(_("Special wishes"), "internal")
    wanted_id: Mapped[int | None] = key("worker")
    wanted: Mapped[Worker | None] = link(_("Carer asked for"), help=_("Who is proposed first, if free."))
    wanted_too_id: Mapped[int | None] = key("worker")
    wanted_too: Mapped[Worker | None] = link(_("Or this carer"), help=_("Who is proposed when the first cannot come."))
    reason: Mapped[Note | None] = field(_("Why it was cancelled"), "workflow", readonly=True)
    # Whoever may set it lets that store see the order: a partner agency sees nothing else.
    given_id: Mapped[int | None] = key("store")
    given: Mapped[Store | None] = link(_("Given to"), help=_("The store or partner agency that does the work."))
    # Of the price: what comes on top of quantity times price, the unit price of the list when it was taken, and how often it was reckoned.
    extras: Mapped[Decimal] = mapped_column(Numeric(14, 2), default=Decimal(0), server_default="0", info={"bookkeeping": True})
    list_unit: Mapped[Decimal | None] = mapped_column(Numeric(14, 2), info={"bookkeeping": True})
    priced: Mapped[int] = mapped_column(default=0, server_default="0", info={"bookkeeping": True})
    # The key of the form or call that made it: the same one sent twice is one order. No field: it says nothing to people.
    request: Mapped[str | None] = mapped_column(String(40), info={"bookkeeping": True})
    state: Mapped[Code] = field(_("State"), "workflow", default="placed")

    def __str__(self) -> str:
        return self.number

    @validates("service")
    def take_kind(self, _name: str, service: Service | None) -> Service | None:
        self.kind = service.category if service is not None else self.kind
        return service

    def before_create(self, session: Session) -> None:
        """Number, store, place, price and end follow from the customer and the service."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            service = self.service or session.get(Service, self.service_id or 0)
            if customer is None or service is None:
                return
            self.kind = service.category
            self.take_place(session, customer)
            self.find_store(session, customer)
            self.take_habits(customer)
            self.contact = self.contact or customer.name
            self.quantity = Decimal(1) if self.quantity is None else self.quantity
            if self.quantity <= 0:
                raise Refused(NONE)
            self.list_unit = price_at(session, self.store_id, service)
            self.unit_price = self.list_unit if self.unit_price is None else self.unit_price
            self.unit_cost = service.cost if self.unit_cost is None else self.unit_cost
            if self.ends_at is None and self.starts_at is not None:
                self.ends_at = service.end(self.starts_at, self.quantity)
            self.number = self.number or next_number(session, "DD", store_code(session, self.store_id))
            if current().trusted != "sample":
                self.find_out(session, service)

    def find_out(self, session: Session, service: Service) -> None:
        """Its class, its list price, whether somebody has to agree to another one, and until when it is to be answered."""
        if self.order_class is None and (rule := class_of(session, self.special, service.name, service.name_en)) is not None:
            self.order_class, self.class_rule = rule.order_class, rule
        pricing[0](session, self)
        if by_hand() and self.state in (None, "placed") and pricing[1](session, self):
            self.state = "pricing"
        if self.respond_by is None and (within := answer_within(session, self.source)) is not None:
            self.respond_by = now() + within

    def before_change(self, session: Session, names: set[str]) -> None:
        """What a person changes is reckoned anew, and marks a visit of a series as changed by hand."""
        if by_hand() and "rating" in names and session.scalar(reviewed(self.id)):
            raise Refused(_("It follows the client's review. Change that one."))
        state: Any = inspect(self)
        told = state.attrs.priced.history.has_changes()
        if by_hand() and self.series_id and names & {*PRICED, "special", "site"}:
            self.by_hand = True
        led, paid_first = self.kind == "equipment" and names & TOLD_ON, self.mechanism == "pay" and (told or names & PRICED)
        if by_hand() and (led or paid_first):  # a work order and a receivable follow
            announce("order.edited", self)
        if not by_hand() or not (told or names & PRICED):
            return
        with session.no_autoflush:
            if "service" in names and (service := self.service or session.get(Service, self.service_id or 0)) is not None:
                self.kind, self.list_unit = service.category, price_at(session, self.store_id, service)
                self.unit_price = self.unit_price if "unit_price" in names else self.list_unit
            first = "unit_price" in names and [*(state.attrs.unit_price.history.deleted or ())] in ([], [None])
            pricing[0](session, self)
            if not first and self.state != "pricing" and pricing[1](session, self):
                if self.state != "placed":
                    raise Refused(TOO_LOW)
                self.state = "pricing"
                announce("order.price_waits", self)

    def find_store(self, session: Session, customer: Customer) -> None:
        """The area its place lies in, and that area's store for what came by itself; else the store of whoever takes it."""
        if current().trusted == "sample":
            self.store_id = self.store_id or customer.store_id
            return
        zone = self.zone or area_of(session, self.city, self.district, self.address)
        self.zone = zone
        if zone is not None:
            self.district, self.city = self.district or zone.district, self.city or zone.city
        by_place = zone.shop_id if zone is not None and answer_within(session, self.source) is not None else None
        self.store_id = by_place or self.store_id or current().store_id or (zone.shop_id if zone else None) or customer.store_id

    def take_place(self, session: Session, customer: Customer) -> None:
        """The address that was chosen, else what was typed, else the customer's usual one, else the first one."""
        site = self.site or (session.get(CustomerAddress, self.site_id) if self.site_id else None)
        if site is not None and (site.customer_id or getattr(site.customer, "id", None)) != customer.id:
            raise Refused(_("This address belongs to another customer. Choose one of this customer's."))
        typed = any((self.city, self.address, self.lat))
        if site is None and not typed and customer.id and current().trusted != "sample":
            site = self.site = usual_address(session, customer.id)
        if not typed:
            for name in PLACE:
                setattr(self, name, getattr(self, name) or getattr(site or customer, name))

    def take_habits(self, customer: Customer) -> None:
        """What the customer always wants: the standing notes, and the carer they ask for."""
        self.special = self.special or customer.standing
        if self.wanted is None and self.wanted_id is None:
            self.wanted_id = customer.preferred_id

    def after_create(self, _session: Session) -> None:
        if current().trusted != "sample":
            announce({"pricing": "order.price_waits", "booked": "order.booked"}.get(self.state, "order.placed"), self)

    def facts(self) -> dict[str, str]:
        """What messages about this order may say."""
        return {
            "number": self.number,
            "customer": str(self.customer),
            "service": str(self.service),
            "when": f"{local(self.starts_at):%m-%d %H:%M}",
            "district": self.district or "",
            "by": f"{local(self.respond_by):%H:%M}" if self.respond_by else "",
        }


def end_of(order: Order) -> datetime:
    """When an order is over; an hour after its start when nobody said."""
    return order.ends_at or order.starts_at + timedelta(hours=1)


def reviewed(pk: int) -> Any:
    """The question whether a visit of an order has its review."""
    reviews = Record.metadata.tables["review"].c
    return select(reviews.id).where(reviews.tenant_id == tenant_id(), reviews.order_id == pk).limit(1)


def by_hand() -> bool:
    """Whether a person writes it; programs know what they do."""
    return current().trusted in ("", "created", "changed")


def store_code(session: Session, store_id: int | None) -> str:
    """The code that stands in a store's numbers; ``HQ`` for what belongs to no store."""
    store = session.get(Store, store_id) if store_id else None
    return store.code if store else "HQ"
