"""What becomes of a customer: whoever orders is served; what hangs on a customer goes along to a new owner."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.engine.outbox import Notice, reaction
from app.engine.undo import Handed
from app.models.contact import Contact
from app.models.coupon import Coupon
from app.models.customer import Customer
from app.models.customer_address import CustomerAddress
from app.models.followup import Followup
from app.models.need import Need
from app.models.order import Order

SLEEPING = ("lead", "past")
HOUSEHOLD: tuple[Any, ...] = (Contact, CustomerAddress, Need, Followup, Coupon)


@reaction("order.placed")
def now_served(session: Session, notice: Notice) -> None:
    """A lead's first order, or a former customer's new one, makes a customer of theirs who is served."""
    order = session.get(Order, notice.record_id)
    customer = session.get(Customer, order.customer_id) if order is not None else None
    if customer is not None and customer.stage in SLEEPING:
        customer.stage = "active"
        session.flush()


@reaction("handed.given")
def go_along(session: Session, notice: Notice) -> None:
    """Contacts, addresses, needs, talks and coupons belong to whom their customer was given to."""
    handed = session.get(Handed, notice.record_id)
    if handed is None or handed.model != Customer.__tablename__:
        return
    for model in HOUSEHOLD:
        moved = or_(model.owner_id.is_distinct_from(Customer.owner_id), model.store_id.is_distinct_from(Customer.store_id))
        asked = select(model, Customer).join(Customer, Customer.id == model.customer_id).where(Customer.owner_id == handed.owner_id, moved)
        for row, customer in session.execute(asked).all():
            row.owner_id, row.store_id = customer.owner_id, customer.store_id
        session.flush()
