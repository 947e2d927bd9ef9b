"""Moving an order or calling it off: what that costs is said first, done with the change, and owed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.outbox import announce
from app.engine.policy import may
from app.engine.record import hold
from app.engine.values import cents
from app.models.charge import CancelRule, Charge
from app.models.dispatch import FREE, Visit
from app.models.order import MOVABLE, Order
from app.models.payment import Receivable
from app.models.slot import follow
from app.workflows.dispatch import DispatchFlow
from app.workflows.matching import reasons_against
from app.workflows.order import OrderFlow, costs
from app.workflows.payment import DAYS_TO_PAY

SOONEST = timedelta(hours=1)  # from now on that an order can be moved to
CHANGED = _("The order has changed meanwhile. Look at the fee again.")


@dataclass(frozen=True, slots=True)
class Fee:
    """What a change costs now, and who bears it; without a rule it is free."""

    amount: Decimal
    bearer: str
    hours: float  # until the start
    rule: CancelRule | None

    @property
    def owed(self) -> Decimal:
        """What the customer has to pay."""
        return self.amount if self.bearer == "customer" else Decimal(0)


def fee_for(session: Session, order: Order, deed: str, at: datetime | None = None) -> Fee:
    """By the narrowest rule that holds: the fewest hours, and the order's own service before all services."""
    left = (order.starts_at - (at or now())).total_seconds() / 3600
    with trusted("fee"):
        rules = session.scalars(select(CancelRule).where(CancelRule.active, CancelRule.deed == deed).order_by(CancelRule.id))
        fit = [r for r in rules if r.service_id in (None, order.service_id) and left < r.hours]
    if not fit:
        return Fee(Decimal(0), "customer", left, None)
    rule = min(fit, key=lambda r: (r.hours, r.service_id is None))
    part = (order.amount or Decimal(0)) * (rule.percent or Decimal(0)) / 100
    return Fee(cents(part + (rule.amount or Decimal(0))), rule.bearer, left, rule)


def say_first(session: Session, order: Order) -> None:
    """A fee is named before it is owed: whoever just cancels is sent to where it is. Raises ``NotInThisState``."""
    if fee_for(session, order, "cancel").owed > 0:
        raise NotInThisState(_("Cancelling costs a fee now. Do it under “Move or cancel”, which names it first."))


costs.append(say_first)


def may_change(order: Order) -> bool:
    """Whoever may cancel an order may move it too."""
    return may(Order, "step:cancel", order)


def change(  # noqa: PLR0913
    session: Session, order: Order, deed: str, *, seen: int, fee: Decimal, reason: str, to: datetime | None = None
) -> Charge:
    """Do what was agreed to: ``seen`` is the version of the order that was looked at, ``fee`` what was said. The caller commits.

    Raises:
        Forbidden: the actor may not change this order.
        NotInThisState: it is under way or over, or has changed, and with it perhaps the fee.
        Refused: no reason, or no time to move to.

    """
    if not may_change(order):
        raise Forbidden
    with trusted(f"{deed} order"):
        hold(session, order)
        if order.state not in MOVABLE:
            raise NotInThisState(_("This is now “%(state)s”, so it can be changed no more.", state=OrderFlow(order).state.label))
        found = fee_for(session, order, deed)
        if order.version != seen or found.owed != fee:
            raise NotInThisState(CHANGED)
        if not reason.strip():
            raise Refused(_("Say why."))
        made = Charge(
            order=order, order_id=order.id, deed=deed, at=now(), starts_at=order.starts_at, amount=found.amount, bearer=found.bearer,
            reason=reason.strip(), rule=found.rule, once=f"{deed}:{order.id}:{seen}",
        )  # fmt: skip
        if deed == "cancel":
            OrderFlow(order).take("cancel", reason=reason)
        else:
            move(session, order, to)
        session.add(made)
        session.flush()
        if found.owed > 0:
            session.add(Receivable(charge=made, charge_id=made.id, due_on=today() + timedelta(days=DAYS_TO_PAY)))
            session.flush()
    return made


def move(session: Session, order: Order, to: datetime | None) -> None:
    """Move an order and its visit. A carer who cannot come then is freed, and the order looks for another one."""
    if to is None or to < now() + SOONEST:
        raise Refused(_("Choose a time that is at least an hour from now."))
    lasts = (order.ends_at or order.starts_at) - order.starts_at
    order.starts_at, order.ends_at = to, to + lasts if order.ends_at is not None else None
    session.flush()
    follow(session, order)
    announce("order.moved", order)
    for visit in session.scalars(select(Visit).where(Visit.order_id == order.id, Visit.state.not_in((*FREE, "finished")))):
        if visit.state == "on_the_way":
            raise NotInThisState(_("The carer is on the way already. Call the office."))
        length = visit.ends_at - visit.starts_at
        if against(session, order, visit) or not shifted(session, visit, to, to + length):
            DispatchFlow(visit).take("cancel", reason=str(_("The order was moved.")))
        else:
            announce("visit.moved", visit)


def against(session: Session, order: Order, visit: Visit) -> list[Any]:
    """What keeps the carer from the new time, this visit itself left out."""
    found: list[Any] = []
    nested = session.begin_nested()
    try:
        visit.state = "cancelled"
        session.flush()
        found = [str(r) for r in reasons_against(session, order, visit.worker)]
    finally:
        nested.rollback()
    session.refresh(visit)
    return found


def shifted(session: Session, visit: Visit, start: datetime, end: datetime) -> bool:
    """Whether the visit could be moved: the database lets nobody be in two places."""
    try:
        with session.begin_nested():
            visit.starts_at, visit.ends_at = start, end
            session.flush()
    except IntegrityError:
        session.refresh(visit)
        return False
    return True
