"""The sample's debts and receipts: most paid, some in part, some late, some reversed and paid again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from app.engine.clock import local, today
from app.engine.values import cents
from app.models.order import Order
from app.models.payment import METHODS, Receipt, Receivable
from app.workflows.payment import DAYS_TO_PAY
from app.workflows.sample_company import KEY_CUSTOMER

FATES = {"paid": 78, "in two": 8, "part": 6, "unpaid": 5, "reversed": 3}  # per cent


def make_money(session: Session, done: list[Order], rng: Random, keeper: int) -> None:
    """A receivable for each done order, and what was paid for it. ``keeper`` is who registered it."""
    owed = [
        Receivable(
            order=o,
            customer=o.customer,
            amount=o.amount,
            due_on=local(o.ends_at or o.starts_at).date() + timedelta(days=DAYS_TO_PAY),
            number=o.number.replace("DD", "YS", 1),
            created_at=o.ends_at,
        )
        for o in done
    ]
    session.add_all(owed)
    session.flush()
    receipts: list[Receipt] = []
    for debt in owed:
        receipts += paid_for(debt, rng, keeper)
    for start in range(0, len(receipts), 300):
        session.add_all(receipts[start : start + 300])
        session.flush()
    back = [opposite(r) for r in receipts if r.note == "转错账户"]
    session.add_all(back)
    session.flush()
    session.add_all([again(r) for r in back])
    session.flush()


def paid_for(debt: Receivable, rng: Random, keeper: int) -> list[Receipt]:
    """The receipts of one debt. The key customer paid the older half of hers, and a part of one more."""
    fate = rng.choices(tuple(FATES), tuple(FATES.values()))[0]
    age = (today() - debt.due_on).days
    order = debt.order
    if order is not None and order.customer.name == KEY_CUSTOMER and order.service.code == "ZL":
        fate = "paid" if age > 50 else "part" if age > 30 else "unpaid"
    if fate == "unpaid":
        return []
    half = cents(debt.amount / 2)
    amounts = {"in two": [half, debt.amount - half], "part": [cents(debt.amount * Decimal("0.4"))]}
    return [
        Receipt(
            receivable=debt,
            customer=debt.customer,
            amount=amount,
            method=rng.choice(tuple(METHODS)),
            received_on=min(debt.due_on - timedelta(days=5 - n * 2 - rng.randint(0, 3)), today()),
            number=debt.number.replace("YS", "SK", 1) + ("" if n == 0 else f"-{n + 1}"),
            note="转错账户" if fate == "reversed" else None,
            created_by=keeper,
        )
        for n, amount in enumerate(amounts.get(fate, [debt.amount]))
    ]


def opposite(receipt: Receipt) -> Receipt:
    """Give it back."""
    return Receipt(
        receivable=receipt.receivable,
        customer=receipt.customer,
        amount=-receipt.amount,
        method=receipt.method,
        received_on=receipt.received_on,
        number=f"{receipt.number}-R",
        note="冲正",
        reverses=receipt,
        created_by=receipt.created_by,
    )


def again(back: Receipt) -> Receipt:
    """And receive it by transfer."""
    return Receipt(
        receivable=back.receivable,
        customer=back.customer,
        amount=-back.amount,
        method="transfer",
        received_on=back.received_on,
        number=f"{back.number}2",
        created_by=back.created_by,
    )
