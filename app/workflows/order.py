"""How an order goes from the phone call to done, and the verb that takes one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine.errors import Refused
from app.engine.workflow import State, Workflow, step
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.order import Order


class OrderFlow(Workflow[Order]):
    """Placed, assigned, under way, done. ``DispatchFlow`` moves it; people only cancel."""

    placed = State(_("Placed"), "wait", initial=True)
    assigned = State(_("Assigned"), "plan", locks="basic")
    under_way = State(_("Under way"), "run", locks="basic finance cost")
    done = State(_("Done"), "done", final=True, locks="basic finance cost")
    cancelled = State(_("Cancelled"), "off", final=True, locks="basic finance cost")

    @step(_("Assign"), placed, to=assigned)
    def assign(self) -> None:
        """A carer was found."""

    @step(_("Take back"), assigned, to=placed)
    def unassign(self) -> None:
        """The carer declined, or was taken off: look for another one."""

    @step(_("Start"), assigned, to=under_way)
    def start(self) -> None:
        """The carer is there."""

    @step(_("Finish"), under_way, to=done)
    def finish(self) -> None:
        """The work is done; payment hears of it by the notice."""

    @step(_("Cancel"), placed, assigned, to=cancelled, fields={"reason": _("Reason")}, danger=True)
    def cancel(self, reason: str) -> None:
        self.record.reason = reason


def place_order(
    session: Session,
    customer: Customer,
    service: Service,
    starts_at: datetime,
    quantity: Decimal = Decimal(1),
    **more: Any,
) -> Order:
    """Take an order. Number, place, price and end follow; ``order.placed`` is announced. The caller commits.

    Raises:
        Refused: the service is not on sale, or the quantity is not above zero.

    """
    if not service.active:
        raise Refused(_("This service is not on sale."))
    order = Order(customer=customer, service=service, starts_at=starts_at, quantity=quantity, **more)
    session.add(order)
    session.flush()
    return order
