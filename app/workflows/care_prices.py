"""Another price of care days: at once by whoever may agree to it, else asked for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Refused
from app.engine.outbox import announce
from app.engine.record import hold
from app.engine.workflow import State, Workflow, step
from app.models import care_sums
from app.models.care_day import WORK, CareChange, CarePrice
from app.models.care_sums import NONE
from app.models.order import Order
from app.models.pricing import may_agree
from app.models.worker import Worker
from app.workflows.care_lines import begin_of, held, listed_day, may_price, note, read, write


def reprice(  # noqa: PLR0913
    session: Session, order: Order, worker: Worker, since: date, price: Decimal, *, reason: str
) -> CareChange | CarePrice:
    """Another price of a carer's days from one on; below what the actor may agree to alone it waits. The caller commits."""
    if not may_price(order):
        raise Forbidden
    if not reason.strip():
        raise Refused(_("Say why."))
    if price < 0:
        raise Refused(_("The price cannot be below zero."))
    if not agrees(session, order, price):
        return ask_price(session, order, worker, since, price, why=reason)
    with held(session, order, may=may_price):
        return set_price(session, order, (worker.id, since, price), reason, current().actor_id)


def set_price(session: Session, order: Order, asked: tuple[int, date, Decimal], reason: str, approver: int | None) -> CareChange:
    """``asked``: whose days, from which on, and the price. The order is held, the caller trusted."""
    worker_id, since, price = asked
    lines = read(session, order)
    made = care_sums.reprice(lines, worker_id, since, price)
    usual = next(x.price for x in lines if x.worker == worker_id and x.day >= since)
    told = {"price_before": usual, "price": price, "approver_id": approver}
    change = note(session, order, "price", begin_of(order, since), worker_id=worker_id, reason=reason.strip(), **told)
    write(session, order, made, change)
    return change


def agrees(session: Session, order: Order, price: Decimal) -> bool:
    """Whether the actor may agree to the price of a day alone: the tiers are those of orders."""
    with trusted(WORK):
        return may_agree(session, price, listed_day(order) or NONE)


def ask_price(  # noqa: PLR0913
    session: Session, order: Order, worker: Worker, since: date, price: Decimal, *, why: str
) -> CarePrice:
    """A price that somebody else has to agree to. Until then the days keep theirs."""
    with held(session, order, may=may_price):
        care_sums.reprice(read(session, order), worker.id, since, price)  # it must be possible at all
        asked = CarePrice(order_id=order.id, worker_id=worker.id, since=since, price=price, listed=listed_day(order), why=why.strip())
        session.add(asked)
        session.flush()
        note(session, order, "ask", begin_of(order, since), worker_id=worker.id, price=price, reason=why.strip())
        announce("care_price.asked", asked)
        return asked


class CarePriceFlow(Workflow[CarePrice]):
    """Asked for, then agreed to or refused, by the tiers of prices. Only an agreed price is ever charged."""

    waiting = State(_("Price to agree to"), "pause", initial=True)
    agreed = State(_("Agreed"), "done", final=True, locks="basic finance")
    refused = State(_("Refused"), "off", final=True, locks="basic finance")

    @step(_("Agree to the price"), waiting, to=agreed)
    def agree(self) -> None:
        asked, session = self.record, session_of(self.record)
        if not may_agree(session, asked.price, asked.listed or NONE):
            raise Forbidden(_("This price is below what you may agree to. Somebody with a lower tier can."))
        with trusted(WORK):
            hold(session, asked.order)
            set_price(session, asked.order, (asked.worker_id, asked.since, asked.price), asked.why or "", current().actor_id)

    @step(_("Refuse the price"), waiting, to=refused, fields={"reason": _("Reason")})
    def refuse(self, reason: str) -> None:
        asked, session = self.record, session_of(self.record)
        asked.reason = reason
        with trusted(WORK):
            hold(session, asked.order)
            more = {"worker_id": asked.worker_id, "price": asked.price, "reason": reason, "approver_id": current().actor_id}
            note(session, asked.order, "refuse", begin_of(asked.order, asked.since), **more)


def session_of(record: Any) -> Session:
    found = Session.object_session(record)
    if found is None:
        raise RuntimeError("a step needs a record in a session")
    return found
