"""Bills of care days: days are closed, the order's receivable is their sum, and what is wrong afterwards is a line with the difference."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import local, now, today
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.record import hold
from app.engine.rules import Level
from app.models.care_day import WORK, CareBill, CareChange, CareDay
from app.models.care_sums import NONE
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.payment import Receivable
from app.models.payment import hold as hold_receivable
from app.models.slip import PayLine
from app.workflows.care_lines import begin_of, follow_pay, follow_price, lines_of, note
from app.workflows.payment import DAYS_TO_PAY


def may_bill() -> bool:
    """Whoever may share bills sends them, and puts right what is wrong in them."""
    return policy.may(CareBill, "can:share") and policy.ceiling(CareDay, "bill") >= Level.READ


def send_bill(session: Session, order: Order, until: date | None = None) -> CareBill:
    """Bill the days up to one, today at the latest, and tell the customer. Where nothing is new, the last bill is sent again.

    The caller commits.

    Raises:
        Forbidden: the actor sends no bills.
        Refused: there is no day to bill, or it lies ahead.

    """
    if not may_bill():
        raise Forbidden
    if until is not None and until > today():
        raise Refused(_("Days are billed when they have come. Choose today or earlier."))
    with trusted(WORK):
        hold(session, order)
        made = close(session, order, until or today())
        if made is None:
            last = select(CareBill).where(CareBill.order_id == order.id).order_by(CareBill.id.desc()).limit(1)
            made = session.scalars(last).first()
        if made is None:
            raise Refused(_("There is no day to bill yet."))
        announce("care_bill.sent", made)
        return made


def close(session: Session, order: Order, until: date) -> CareBill | None:
    """A bill of the open days up to one; None where there is none. The order is held, the caller trusted."""
    rows = [r for r in lines_of(session, order) if r.billed_id is None and r.on_day <= until]
    if not rows:
        return None
    amount = sum((r.bill or NONE for r in rows), NONE)
    bill = CareBill(order_id=order.id, since=min(r.on_day for r in rows), until=max(r.on_day for r in rows), amount=amount)
    session.add(bill)
    session.flush()
    for row in rows:
        row.billed_id = bill.id
        row.kind = "worked" if row.kind == "planned" else row.kind
    session.flush()
    note(session, order, "bill", now(), until=bill.until, reason=bill.number, price=amount)
    post(session, order)
    return bill


def post(session: Session, order: Order) -> None:
    """The order's receivable is the sum of the lines that are billed: there is one, and it follows."""
    total = sum((r.bill or NONE for r in lines_of(session, order) if r.billed_id is not None), NONE)
    pk = session.scalar(select(Receivable.id).where(Receivable.order_id == order.id))
    owed = hold_receivable(session, pk)
    if owed is not None:
        if owed.amount != total:
            owed.amount = total
    elif total:
        session.add(Receivable(order=order, customer=order.customer, amount=total, due_on=today() + timedelta(days=DAYS_TO_PAY)))
    session.flush()


def correct(  # noqa: PLR0913
    session: Session, order: Order, line: CareDay, *, bill: Decimal, pay: Decimal, reason: str
) -> CareDay:
    """A line with the difference, beside one that is billed or paid. It is on the next bill, and on the carer's pay. The caller commits.

    Raises:
        Forbidden: the actor puts no bills right, or may not see the pay that he would change.
        Refused: no reason, no difference, or more than there is to take off; or the day is open still.

    """
    if not may_bill() or (pay and policy.level(line, "pay") < Level.READ):
        raise Forbidden
    if not reason.strip():
        raise Refused(_("Say why."))
    if not bill and not pay:
        raise Refused(_("Write the difference."))
    with trusted(WORK):
        hold(session, order)
        rows = lines_of(session, order)
        first = next((r for r in rows if r.id == (line.corrects_id or line.id)), None)
        if first is None:
            raise NotInThisState(_("This order has no care days now."))
        paid = session.scalars(select(PayLine).where(PayLine.visit_id == first.visit_id, PayLine.corrects_id.is_(None))).first()
        if first.billed_id is None and paid is None:
            raise Refused(_("This day is not billed yet. Change it instead."))
        same = [r for r in rows if first.id in (r.id, r.corrects_id)]
        if sum((r.bill or NONE for r in same), bill) < 0 or sum((r.pay or NONE for r in same), pay) < 0:
            raise Refused(_("That is more than this day comes to."))
        change = note(session, order, "correct", begin_of(order, first.on_day), worker_id=first.worker_id, reason=reason.strip())
        made = CareDay(
            order_id=order.id, worker_id=first.worker_id, on_day=first.on_day, kind="worked", from_hour=NONE, to_hour=NONE,
            full_hours=first.full_hours, price=first.price, rate=first.rate, bill_more=bill, pay_more=pay, reason=reason.strip(),
            corrects_id=first.id, visit_id=first.visit_id, change_id=change.id,
        )  # fmt: skip
        session.add(made)
        session.flush()
        follow_price(session, order)
        follow_pay(session, order)
        if paid is not None and pay:
            session.add(PayLine(visit=paid.visit, visit_id=paid.visit_id, corrects=paid, corrects_id=paid.id, amount=pay, note=reason))
            session.flush()
        return made


@reaction("order.finish")
def close_all(session: Session, notice: Notice) -> None:
    """An order that is over: days that did not come go, what is left is billed, and its receivable is the sum of all."""
    order = session.get(Order, notice.record_id)
    if order is None:
        return
    with trusted(WORK):
        hold(session, order)
        rows = lines_of(session, order)
        if not rows:
            return
        ended = select(Visit.finished_at).where(Visit.order_id == order.id, Visit.state.not_in(FREE), Visit.finished_at.is_not(None))
        last = max((local(at).date() for at in session.scalars(ended) if at is not None), default=today())
        gone = [r for r in rows if r.billed_id is None and r.corrects_id is None and r.on_day > last]
        if gone and last >= rows[0].on_day:
            note(session, order, "end", now(), until=last)
            for row in gone:
                session.delete(row)
            session.flush()
            follow_price(session, order)
            follow_pay(session, order)
        close(session, order, date.max)
        post(session, order)


def received(session: Session, order: Order) -> Receivable | None:
    """What the customer owes for an order and has paid, as far as the actor sees it."""
    return session.scalars(select(Receivable).where(Receivable.order_id == order.id)).first() if policy.opens(Receivable) else None


def changes_of(session: Session, order: Order) -> list[CareChange]:
    """The change log, the newest first, as far as the actor sees it."""
    asked = select(CareChange).where(CareChange.order_id == order.id).order_by(CareChange.id.desc())
    return list(session.scalars(asked)) if policy.opens(CareChange) else []
