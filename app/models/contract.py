"""Contracts: what was agreed with a customer, from when until when, for how much, in which words."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import today
from app.engine.fields import Code, Day, Money, Note, Signature, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models.catalog import Service
from app.models.customer import ATTENTION, ATTENTION_TINTS, Customer
from app.models.order import store_code


class Contract(Record):
    """One agreement with one customer. Only ``ContractFlow`` moves its state; its words have a group of their own."""

    __label__ = _("Contract")
    __plural__ = _("Contracts")
    __icon__ = "ti-writing-sign"
    __unique__ = (("number",),)
    __indexes__ = (("state", "ends_on"),)
    __search__ = ("number",)
    __told__ = "customer"
    __periods__ = (("starts_on", "ends_on"),)
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="contract_ends_after_it_starts"),
        CheckConstraint("monthly >= 0 AND total >= 0", name="contract_price_not_below_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "contract_ends_after_it_starts": _("The end must come after the start."),
        "contract_price_not_below_zero": _("The price cannot be below zero."),
    }

    number: Mapped[Code] = field(_("Contract no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    service_id: Mapped[int] = key("service")
    service: Mapped[Service] = link(_("Service"))
    starts_on: Mapped[Day] = field(_("Valid from"), default=today)
    ends_on: Mapped[Day | None] = field(_("Valid until"), help=_("Empty: until it is ended."))
    monthly: Mapped[Money | None] = field(_("Price a month"), "finance")
    total: Mapped[Money | None] = field(_("Price in all"), "finance")
    terms: Mapped[Note | None] = field(_("Contract terms"), "terms")
    signed_on: Mapped[Day | None] = field(_("Signed on"))
    # Of a group that no state locks: a contract in force is the one to keep an eye on.
    attention: Mapped[Code] = choice(_("Attention"), ATTENTION, "internal", tints=ATTENTION_TINTS, default="4", server_default="4")
    signature: Mapped[Signature | None] = field(_("Customer's signature"))
    reason: Mapped[Note | None] = field(_("Why it was terminated"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="draft")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """A contract belongs to whom its customer belongs to."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is None:
                return
            self.store_id, self.owner_id = customer.store_id, customer.owner_id
            if not self.number:
                self.number = next_number(session, "HT", store_code(session, self.store_id))
