"""What it costs to move an order or to call it off: the rules, and each fee that a rule gave, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.fields import Code, Flag, Moment, Money, Note, Number, choice, field, key, link
from app.engine.record import Record
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.order import Order

DEEDS = {"cancel": _("Cancel"), "move": _("Move to another time")}
BEARERS = {"customer": _("Customer"), "company": _("Company")}


class CancelRule(Record):
    """With fewer hours than these before the start a deed costs a part of the order's amount, a fixed sum, or both."""

    __label__ = _("Rule for changes")
    __plural__ = _("Rules for changes")
    __icon__ = "ti-clock-x"
    __apart__ = ("hours", "percent", "amount")
    __called__ = ("deed", "hours")
    __table_args__ = (
        CheckConstraint("hours >= 0", name="cancel_rule_hours"),
        CheckConstraint("coalesce(percent, 0) BETWEEN 0 AND 100 AND coalesce(amount, 0) >= 0", name="cancel_rule_fee"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "cancel_rule_hours": _("The hours cannot be below zero."),
        "cancel_rule_fee": _("A fee is 0 to 100 per cent, or an amount that is not below zero."),
    }

    deed: Mapped[Code] = choice(_("What is done"), DEEDS, default="cancel")
    hours: Mapped[Number] = field(_("Fewer hours before the start than"), default=Decimal(24))
    percent: Mapped[Number | None] = field(_("Per cent of the amount"), "finance")
    amount: Mapped[Money | None] = field(_("Fixed fee"), "finance")
    bearer: Mapped[Code] = choice(_("Who bears it"), BEARERS, default="customer")
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Only the service"))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return f"{DEEDS.get(self.deed, self.deed)} < {float(self.hours):g} h"


class Charge(Record):
    """One change of an order and its fee. ``once`` names the order as it stood before, so that no change is charged twice."""

    __label__ = _("Fee for a change")
    __plural__ = _("Fees for changes")
    __icon__ = "ti-receipt-2"
    __appended__ = True
    __unique__ = (("once",),)
    __called__ = ("order", "deed")

    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"), readonly=True)
    deed: Mapped[Code] = choice(_("What was done"), DEEDS, "workflow")
    at: Mapped[Moment] = field(_("Asked at"), "workflow", readonly=True)
    starts_at: Mapped[Moment] = field(_("It was to start"), "workflow", readonly=True)
    amount: Mapped[Money] = field(_("Fee"), "finance", readonly=True)
    bearer: Mapped[Code] = choice(_("Who bears it"), BEARERS, "workflow")
    reason: Mapped[Note | None] = field(_("Reason"), "workflow", readonly=True)
    rule_id: Mapped[int | None] = key("cancel_rule")
    rule: Mapped[CancelRule | None] = link(_("Rule"), readonly=True)
    once: Mapped[str | None] = mapped_column(String(60), info={"bookkeeping": True})

    def __str__(self) -> str:
        return f"{self.order} {DEEDS.get(self.deed, self.deed)}"

    def before_create(self, session: Session) -> None:
        """It belongs to whom its order belongs to."""
        with session.no_autoflush:
            order = self.order or session.get(Order, self.order_id or 0)
            if order is not None:
                self.store_id, self.owner_id, self.customer_id = order.store_id, order.owner_id, order.customer_id
