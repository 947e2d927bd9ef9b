"""How an order goes from the phone call to done, and the verb that takes one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session, object_session

from app.engine.clock import now
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.values import cents
from app.engine.workflow import State, Workflow, step
from app.models.catalog import Service
from app.models.channel import TOO_LOW
from app.models.customer import Customer
from app.models.order import Order, by_hand
from app.models.pricing import may_agree
from app.models.pricing_of import reprice
from app.models.service_kind import check_stages
from app.models.slot import free_slots, settle_slots

costs: list[Callable[[Session, Order], None]] = []  # each refuses what would cost the customer something unsaid


class OrderFlow(Workflow[Order]):
    """Placed, assigned, under way, done. ``DispatchFlow`` moves it; people confirm, agree to prices and cancel.

    A booking waits for its confirmation, a low price for somebody's word: before that nobody is sent. The stages of a kind's own
    stand before three of the steps.
    """

    booked = State(_("To be confirmed"), "wait")
    pricing = State(_("Price to agree to"), "pause")
    placed = State(_("Placed"), "wait", initial=True)
    assigned = State(_("Assigned"), "plan", locks="basic")
    under_way = State(_("Under way"), "run", locks="basic finance cost")
    done = State(_("Done"), "done", final=True, locks="basic finance cost")
    cancelled = State(_("Cancelled"), "off", final=True, locks="basic finance cost")

    @step(_("Confirm"), booked, to=placed)
    def confirm(self) -> None:
        """Somebody of ours has answered."""
        self.answer()

    @step(_("Answer"), placed, to=placed)
    def answer_it(self) -> None:
        """Somebody has seen it, and looks after it: the clock stops."""
        self.answer()

    @step(_("Agree to the price"), pricing, to=placed)
    def agree(self) -> None:
        if not may_agree(self.session, price_now(self.record), self.record.listed or Decimal(0)):
            raise Forbidden(TOO_LOW)

    @step(_("Refuse the price"), pricing, to=placed, fields={"reason": _("Reason")})
    def refuse_price(self, reason: str) -> None:
        """The list price holds."""
        self.record.why_price, self.record.agreed = reason, None
        if self.record.list_unit is not None:
            self.record.unit_price = self.record.list_unit
        reprice(self.session, self.record)

    # Nobody's own steps: what an order is when it is taken, or when its price is changed.
    @step(_("Book"), placed, to=booked)
    def book(self) -> None:
        """The customer wants it confirmed first."""

    @step(_("Ask for a word on the price"), placed, to=pricing)
    def ask_price(self) -> None:
        """The price is below what its taker may agree to."""

    @step(_("Assign"), placed, to=assigned)
    def assign(self) -> None:
        """A carer was found."""
        self.answer()
        settle_slots(self.session, self.record)

    @step(_("Take back"), assigned, to=placed)
    def unassign(self) -> None:
        """The carer declined, or was taken off: look for another one."""

    @step(_("Start"), assigned, to=under_way)
    def start(self) -> None:
        """The carer is there."""

    @step(_("Finish"), under_way, to=done)
    def finish(self) -> None:
        """The work is done; payment hears of it by the notice."""

    @step(_("Cancel"), booked, pricing, placed, assigned, to=cancelled, fields={"reason": _("Reason")}, danger=True)
    def cancel(self, reason: str) -> None:
        self.record.reason = reason
        self.answer()
        free_slots(self.session, self.record)

    @property
    def session(self) -> Session:
        found = object_session(self.record)
        if found is None:
            raise Missing
        return found

    def answer(self) -> None:
        if self.record.respond_by is not None and self.record.answered_at is None:
            self.record.answered_at = now()

    def take(self, name: str, **inputs: Any) -> None:
        """Nobody goes past an open stage of the kind's own."""
        if self.allowed(self.steps[name]) and self.state in self.steps[name].sources:
            check_stages(self.session, self.record, name)
            for refuse in costs if name == "cancel" and by_hand() else ():
                refuse(self.session, self.record)
        super().take(name, **inputs)


def price_now(order: Order) -> Decimal:
    return cents(order.quantity * (order.unit_price or Decimal(0))) + order.extras


def place_order(
    session: Session,
    customer: Customer,
    service: Service,
    starts_at: datetime,
    quantity: Decimal = Decimal(1),
    **more: Any,
) -> Order:
    """Take an order. Number, place, price, end, standing notes and the usual carer follow; ``order.placed`` is announced.

    The caller commits.

    Raises:
        Refused: the service is not on sale, or the quantity is not above zero.

    """
    if not service.active:
        raise Refused(_("This service is not on sale."))
    order = Order(customer=customer, service=service, starts_at=starts_at, quantity=quantity, **more)
    session.add(order)
    session.flush()
    return order
