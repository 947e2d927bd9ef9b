"""The price of one order: what it depends on, its list price, what was agreed instead, and the options that were chosen."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import local, now
from app.engine.current import trusted
from app.engine.errors import Refused
from app.engine.fields import Money, Number, field, key, link
from app.engine.record import Record
from app.engine.values import cents
from app.models import order as orders
from app.models.catalog import Service
from app.models.hour_card import level_of
from app.models.order import Order
from app.models.price_sum import NONE, Chosen, Facts, Sum, price_of
from app.models.pricing import ServiceOption, is_holiday, may_agree, rules_of


class OrderOption(Record):
    """One option of one order, at the price it was chosen for."""

    __label__ = _("Option of an order")
    __plural__ = _("Options of orders")
    __icon__ = "ti-puzzle"
    __called__ = ("option",)
    __table_args__ = (CheckConstraint("quantity > 0", name="order_option_quantity_above_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"order_option_quantity_above_zero": orders.NONE}

    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"))
    option_id: Mapped[int] = key("service_option")
    option: Mapped[ServiceOption] = link(_("Option"))
    quantity: Mapped[Number] = field(_("Quantity"), default=Decimal(1))
    price: Mapped[Money | None] = field(_("Price"), "finance", readonly=True)

    def __str__(self) -> str:
        return str(self.option)

    def before_create(self, session: Session) -> None:
        """It belongs to whom its order belongs to, at today's price; the order reckons anew."""
        with session.no_autoflush:
            order, option = of(self, session), self.option or session.get(ServiceOption, self.option_id or 0)
            if order is None or option is None:
                return
            self.store_id, self.owner_id, self.price = order.store_id, order.owner_id, option.price
            self.quantity = self.quantity if self.quantity is not None else Decimal(1)
            if order.id is not None:
                order.priced = (order.priced or 0) + 1  # so that the order is written too, and reckons

    def before_change(self, session: Session, names: set[str]) -> None:
        with session.no_autoflush:
            order = of(self, session)
            if "option" in names:
                option = self.option or session.get(ServiceOption, self.option_id or 0)
                self.price = option.price if option else self.price
            if order is not None and orders.by_hand() and names - {"owner", "store"}:
                reprice(session, order)

    def before_delete(self, session: Session) -> None:
        with session.no_autoflush:
            if (order := of(self, session)) is not None:
                with trusted("changed"):
                    reprice(session, order)


def of(option: OrderOption, session: Session) -> Order | None:
    """The order of an option. Raises ``Refused`` for one that is over."""
    order: Order | None = option.order or session.get(Order, option.order_id or 0)
    if order is not None and orders.by_hand() and order.state not in (None, *orders.OPEN):
        raise Refused(_("The options of this order stand. Take it back from the carer first."))
    return order


def chosen(session: Session, order: Order) -> tuple[Chosen, ...]:
    """The options of an order, those that are about to be written included."""
    known = {o.id: o for o in session.scalars(select(OrderOption).where(OrderOption.order_id == order.id))} if order.id else {}
    gone = {id(o) for o in session.deleted}
    fresh = [o for o in session.new if isinstance(o, OrderOption) and (o.order is order or (order.id and o.order_id == order.id))]
    found = [o for o in (*known.values(), *fresh) if id(o) not in gone]
    made = [(o, o.option or session.get(ServiceOption, o.option_id or 0)) for o in found]
    return tuple(Chosen(str(opt), o.price if o.price is not None else opt.price, o.quantity or Decimal(1)) for o, opt in made if opt)


def facts_of(session: Session, order: Order, service: Service, unit: Decimal) -> Facts:
    begins = order.starts_at
    hours = Decimal((order.ends_at - begins).total_seconds()) / 3600 if begins and order.ends_at else NONE
    return asked(session, service, unit, order.quantity, begins, hours=hours, area=order.area, store=order.store_id,
                 grade=order.grade or (order.wanted.grade if order.wanted else ""), options=chosen(session, order),
                 member=order.customer_id or getattr(order.customer, "id", None))  # fmt: skip


def asked(  # noqa: PLR0913
    session: Session, service: Service, unit: Decimal, quantity: Decimal, begins: datetime | None, *, hours: Decimal = NONE,
    area: Decimal | None = None, store: int | None = None, grade: str | None = "", options: tuple[Chosen, ...] = (),
    member: int | None = None,
) -> Facts:  # fmt: skip
    """What a price depends on, with the calendar looked up. The caller is trusted."""
    day = local(begins).date() if begins else None
    return Facts(
        unit=unit, quantity=quantity, day=day or local(now()).date(), service=service.id or 0, kind=service.category, store=store,
        grade=grade or "", area=area or NONE, hours=hours.quantize(Decimal("0.001")), holiday=day is not None and is_holiday(session, day),
        level=level_of(session, member, day) if member else "",
        options=options,
    )  # fmt: skip


def worked_out(session: Session, order: Order, unit: Decimal) -> Sum:
    service = order.service or session.get(Service, order.service_id or 0)
    if service is None:
        return Sum((), NONE)
    return price_of(facts_of(session, order, service, unit), rules_of(session))


def reprice(session: Session, order: Order) -> None:
    """List price and what comes on top of quantity times price. The caller is trusted."""
    with session.no_autoflush:
        if order.unit_price is None:
            order.extras, order.listed = NONE, None
            return
        usual = order.list_unit if order.list_unit is not None else order.unit_price
        listed = worked_out(session, order, usual).total
        mine = listed if usual == order.unit_price else worked_out(session, order, order.unit_price).total
        order.listed = listed
        order.extras = (mine if order.agreed is None else order.agreed) - cents(order.quantity * order.unit_price)


def price_waits(session: Session, order: Order) -> bool:
    """Whether somebody else has to agree to what was agreed. The caller is trusted."""
    if order.unit_price is None or order.listed is None:
        return False
    return not may_agree(session, cents(order.quantity * order.unit_price) + order.extras, order.listed)


orders.pricing[:] = [reprice, price_waits]
