"""The sample's member cards: a gold one that slips draw on, one near its floor, one that ran out; and the price of gold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import today
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.hour_card import HourCard
from app.models.order import Order
from app.models.pricing import PriceRule
from app.models.slip import Slip, worked
from app.workflows.hours import post
from app.workflows.sample_company import Company

CARRIED = "纸质登记本转入"
MOST = 3  # slips of the gold card


def make_hours(session: Session, company: Company) -> None:
    """Of customers whom no other story needs."""
    others = company.customers[8:]
    signed = session.execute(
        select(Slip, Visit, Order.customer_id)
        .join(Visit, Visit.id == Slip.visit_id)
        .join(Order, Order.id == Visit.order_id)
        .where(Order.customer_id.in_([c.id for c in others]))
        .order_by(Slip.id)
    ).all()
    mine = signed[-1].customer_id if signed else others[0].id
    gold = sell(session, next(c for c in others if c.id == mine), "gold", 60, 48, 300)
    for slip, visit, customer in [s for s in signed if s.customer_id == mine][:MOST]:
        if customer == mine and (hours := min(worked(session, visit), gold.held)) > 0:
            post(session, gold, "used", -hours, slip=slip, slip_id=slip.id, visit=visit, visit_id=visit.id, part=1)
    rest = [c for c in others if c.id != mine]
    low = sell(session, rest[0], "ordinary", 20, 55, 90)
    post(session, low, "used", Decimal("-14.5"), reason=CARRIED)
    over = sell(session, rest[1], "silver", 30, 52, -6)
    post(session, over, "used", Decimal(-26), reason=CARRIED)
    over.state = "expired"
    post(session, over, "expired", -over.held, reason=f"{over.expires_on}")
    session.add(PriceRule(name="金卡会员价", name_en="Gold card price", way="percent", amount=Decimal(-10), level="gold"))
    session.flush()


def sell(session: Session, customer: Customer, level: str, hours: int, price: int, days: int) -> HourCard:  # noqa: PLR0913, PLR0917
    card = HourCard(
        customer=customer, level=level, price=Decimal(price), list_price=Decimal(60), expires_on=today() + timedelta(days=days),
    )  # fmt: skip
    session.add(card)
    session.flush()
    post(session, card, "sold", Decimal(hours), reason=f"{customer.name} {hours}h")
    return card
