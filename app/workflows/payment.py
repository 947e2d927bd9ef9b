"""How money comes in: a finished order makes the debt, receipts pay it, an opposite receipt puts a mistake right."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import today
from app.engine.errors import Refused
from app.engine.outbox import Notice, reaction
from app.models.order import Order
from app.models.payment import METHODS, Receipt, Receivable

DAYS_TO_PAY = 7


@reaction("order.finish")
def make_receivable(session: Session, notice: Notice) -> None:
    """A finished order is owed for, once: a second notice of the same order finds the first one's receivable."""
    order = session.get(Order, notice.record_id)
    if order is None or not order.amount or price_follows(session, order):
        return
    session.add(Receivable(order=order, customer=order.customer, due_on=today() + timedelta(days=DAYS_TO_PAY)))
    session.flush()


@reaction("order.agree")
@reaction("order.refuse_price")
@reaction("order.edited")
def owe_the_new_price(session: Session, notice: Notice) -> None:
    """What was to be paid at once is owed at the price that holds now."""
    if (order := session.get(Order, notice.record_id)) is not None:
        price_follows(session, order)


def price_follows(session: Session, order: Order) -> bool:
    """Whether an order has its receivable. That of one that is paid before the work costs what the order costs by now."""
    owed = session.scalars(select(Receivable).where(Receivable.order_id == order.id)).first()
    if owed is not None and order.mechanism == "pay" and order.state != "pricing" and order.amount not in (None, owed.amount):
        owed.amount = order.amount
        session.flush()
    return owed is not None


def register_receipt(session: Session, receivable: Receivable, amount: Decimal, method: str, note: str | None = None) -> Receipt:
    """Register money received. The receivable is held, so two at once cannot pay it twice. The caller commits.

    Raises:
        Refused: the method is unknown, or the amount is zero, below zero, or more than is owed.

    """
    if method not in METHODS:
        raise Refused(_("Choose how it was paid."))
    receipt = Receipt(receivable=receivable, amount=amount, method=method, note=note)
    session.add(receipt)
    session.flush()
    session.refresh(receivable)
    return receipt


def reverse_receipt(session: Session, receipt: Receipt, note: str, amount: Decimal | None = None) -> Receipt:
    """Give back a receipt, all of it unless ``amount`` (above zero) says less. The caller commits.

    Raises:
        Refused: no reason is given, or that much is not left of the receipt.

    """
    if not note.strip():
        raise Refused(_("Say why the receipt is reversed."))
    back = Receipt(
        receivable=receipt.receivable,
        amount=-(receipt.amount if amount is None else amount),
        method=receipt.method,
        note=note,
        reverses=receipt,
    )
    session.add(back)
    session.flush()
    session.refresh(receipt.receivable)
    return back
