"""Needs: what a customer looks for. One customer has several, and each goes its own way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Code, Moment, Money, Note, Number, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models.catalog import Service
from app.models.contract import Contract
from app.models.customer import Customer, belongs
from app.models.order import Order, store_code

KINDS = {
    "nanny": _("Nanny"), "hourly": _("Hourly help"), "matron": _("Maternity matron"), "elder": _("Care of the elderly"),
    "hospital": _("Hospital care"), "cleaning": _("Cleaning"), "device": _("Equipment"),
}  # fmt: skip


class Need(Record):
    """One thing a customer looks for. Only ``NeedFlow`` moves its state; what came of it stands in it."""

    __label__ = _("Need")
    __plural__ = _("Needs")
    __icon__ = "ti-list-details"
    __unique__ = (("number",),)
    __indexes__ = (("state", "starts_at"),)
    __search__ = ("number",)
    __told__ = "customer"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="need_quantity_above_zero"),
        CheckConstraint("budget >= 0", name="need_budget_not_below_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "need_quantity_above_zero": _("The quantity must be above zero."),
        "need_budget_not_below_zero": _("The price cannot be below zero."),
    }

    number: Mapped[Code] = field(_("Need no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    kind: Mapped[Code] = choice(_("Kind of help"), KINDS, open=True, default="elder")
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"))
    wishes: Mapped[Note | None] = field(_("Wishes for the worker"))
    starts_at: Mapped[Moment | None] = field(_("From when"))
    quantity: Mapped[Number] = field(_("Quantity"), default=Decimal(1))
    budget: Mapped[Money | None] = field(_("Budget"), "finance")
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"), "workflow", readonly=True)
    contract_id: Mapped[int | None] = key("contract")
    contract: Mapped[Contract | None] = link(_("Contract"), "workflow", readonly=True)
    reason: Mapped[Note | None] = field(_("Why it was lost"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="wanted")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        belongs(self, session)
        with session.no_autoflush:
            if not self.number and (self.customer or self.customer_id):
                self.number = next_number(session, "XQ", store_code(session, self.store_id))
