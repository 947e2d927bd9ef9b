"""The clock of orders that came by themselves: who has not been answered in time is told of, once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.engine.outbox import Notice, announce
from app.engine.verbs import Verb, offer
from app.models.order import OPEN, Order
from app.workflows.order import OrderFlow


def tell_late(session: Session) -> int:
    """The caller is trusted, and commits."""
    told = select(Notice.record_id).where(Notice.event == "order.unanswered", Notice.model == "Order")
    late = select(Order).where(Order.respond_by < now(), Order.answered_at.is_(None), Order.state.in_(OPEN), Order.id.not_in(told))
    found = list(session.scalars(late.order_by(Order.id).limit(200)))
    for order in found:
        announce("order.unanswered", order)
    session.flush()
    return len(found)


offer(
    Order,
    Verb(
        name="answer_it",
        label=OrderFlow.steps["answer_it"].label,
        needs="step:answer_it",
        objects={},
        fits=lambda order: order.state == "placed" and order.respond_by is not None and order.answered_at is None,
        run=lambda _session, order: OrderFlow(order).take("answer_it"),
    ),
)
