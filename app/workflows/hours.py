"""Member hours: sold by the signing of a contract, taken by signed slips, credited, run out, refunded. All of it by added lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.engine.clock import local, now, today
from app.engine.current import current, trusted
from app.engine.errors import Missing, NotInThisState, Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.record import hold
from app.engine.values import cents, money, number
from app.engine.workflow import State, Workflow, step
from app.models.contract import Contract, after, fees_of
from app.models.dispatch import Visit, span_sql
from app.models.hour_card import HourCard, HourLine
from app.models.hour_sums import Back, Held, Taken, back, give_back, take
from app.models.order import Order
from app.models.payment import Receipt, Receivable
from app.models.slip import PayLine, Slip, slip_of, worked
from app.workflows.payment import make_receivable

NONE = Decimal(0)
IN_HOURS = "hours"  # how a receipt says that it was paid so
MOST = Decimal(100_000)
WHY = {"reason": _("Reason")}


class HourCardFlow(Workflow[HourCard]):
    """In use, until its hours have run out or what is left of them was given back."""

    active = State(_("In use"), "run", initial=True)
    expired = State(_("Expired"), "bad", final=True, locks="basic finance")
    refunded = State(_("Refunded"), "off", final=True, locks="basic finance")

    @step(_("Sell more hours"), active, to=active, fields={"hours": _("Hours"), **WHY}, optional="reason")
    def sell(self, hours: str, reason: str = "") -> None:
        """At the price of the card."""
        many = number(hours)
        if not 0 < many <= MOST:
            raise Refused(_("This number is too large or too small."))
        hold(self.session, self.record)
        post(self.session, self.record, "sold", many, reason=reason or None)

    @step(_("Refund"), active, to=refunded, fields={"sum": _("What goes back, as the tab “Refund” says"), **WHY}, danger=True)
    def refund(self, sum: str, reason: str) -> None:  # noqa: A002
        """What is left ends, for the sum that was seen; another sum is told first."""
        card = self.record
        hold(self.session, card)
        made = refund_of(self.session, card)
        if money(sum) != made.total:
            raise Refused(_("%(sum)s goes back now. Look at the tab “Refund” again.", sum=f"{made.total:.2f}"))
        card.reason = reason
        if card.held > 0:
            post(self.session, card, "refunded", -card.held, reason=reason, amount=-made.total)

    @step(_("Expire"), active, to=expired)
    def expire(self) -> None:
        """Its last day is over: what is left is gone."""
        hold(self.session, self.record)
        run_out(self.session, self.record)

    @property
    def session(self) -> Session:
        found = object_session(self.record)
        if found is None:
            raise Missing
        return found


class SlipFlow(Workflow[Slip]):
    """Signed; void where it was wrong, and then another one may be signed."""

    signed = State(_("Signed"), "done", initial=True)
    voided = State(_("Void"), "off", final=True)

    @step(_("Void the slip"), signed, to=voided, fields=WHY, danger=True)
    def void(self, reason: str) -> None:
        """The hours go back by opposite lines. What was paid for stays: finance puts that right first."""
        slip, session = self.record, object_session(self.record)
        if session is None:
            raise Missing
        hold(session, slip)
        if slip.state != "signed":
            raise NotInThisState(_("This slip is void already."))
        lines = session.scalars(select(PayLine.amount).where(PayLine.slip_id == slip.id)).all()
        if sum((a or NONE for a in lines), NONE) != 0:
            raise NotInThisState(_("It is on a pay line. Let finance correct that to nothing first."))
        hold(session, slip.visit)
        slip.reason, slip.state, slip.visit.slip = reason, "voided", "missing"
        session.flush()
        settle(session, slip)


def post(session: Session, card: HourCard, kind: str, hours: Decimal, **more: Any) -> HourLine:
    """Add a line to a card that is held. The database adds it up, and refuses what the card does not hold."""
    line = HourLine(card=card, card_id=card.id, kind=kind, hours=hours, **more)
    session.add(line)
    session.flush()
    hold(session, card)
    session.expire(card, ["balance", "sold"])
    watch_floor(card)
    return line


def watch_floor(card: HourCard) -> None:
    """Agent and client are told once when a card falls to its floor; above it again, the next fall is told anew."""
    if card.held > card.floor:
        card.low_at = None
    elif card.low_at is None and card.state == "active":
        card.low_at = now()
        if current().trusted != "sample":
            announce("hour_card.low", card)


def sell_by_contract(session: Session, contract: Contract) -> HourCard | None:
    """The hours of a signed member-card contract, once; where a changed one has more, the difference. The caller is trusted."""
    if contract.kind != "card" or not contract.hours:
        return None
    hold(session, contract)
    card = session.scalars(select(HourCard).where(HourCard.contract_id == contract.id)).first()
    if card is None:
        card = HourCard(
            customer=contract.customer, customer_id=contract.customer_id, contract=contract, contract_id=contract.id,
            level=contract.card_level or "ordinary", kind=contract.service.category if contract.service else None,
            price=price_per_hour(session, contract), list_price=contract.service.price if contract.service else None,
            expires_on=contract.ends_on or after(contract.starts_on, 12),
        )  # fmt: skip
        session.add(card)
        session.flush()
    hold(session, card)
    session.refresh(card, ["sold"])
    if card.state == "active" and contract.hours > card.sold:
        post(session, card, "sold", contract.hours - card.sold, contract=contract, contract_id=contract.id, reason=contract.number)
    return card


def price_per_hour(session: Session, contract: Contract) -> Decimal:
    """What was agreed; else what the customer pays in all, by its hours."""
    if contract.hour_price is not None:
        return contract.hour_price
    paid = sum((f.amount for f in fees_of(session, contract) if f.payer == "customer"), NONE)
    return cents((contract.total or paid) / (contract.hours or 1))


def settle_visit(visit: Visit) -> None:
    """What a finished visit, or one whose hours were put right, takes from the customer's cards."""
    session = object_session(visit)
    if session is None:
        return
    with trusted("member hours"):
        session.flush()
        slip = session.scalars(slip_of(visit.id)).first()
        if slip is not None:
            settle(session, slip)


@reaction("visit.hours_changed")
def settle_again(session: Session, notice: Notice) -> None:
    visit = session.get(Visit, notice.record_id)
    if visit is not None:
        settle_visit(visit)


def settle(session: Session, slip: Slip) -> None:
    """Let the lines of a slip come to the hours it stands for, by added lines alone; asked twice it adds nothing.

    While the work is still being done the hours booked are taken in advance; once it is done, the hours signed. What the cards do
    not hold stays owed in money. The slip is held first, then the cards in one order. The caller is trusted, and commits.
    """
    hold(session, slip)
    visit = slip.visit
    lines = list(session.scalars(select(HourLine).where(HourLine.slip_id == slip.id).order_by(HourLine.id)))
    taken = -sum((line.hours for line in lines), NONE)
    due = due_of(session, slip)
    part = max((line.part for line in lines), default=0)
    about: dict[str, Any] = {"slip": slip, "slip_id": slip.id, "visit": visit, "visit_id": visit.id}
    if due > taken:
        day = local(visit.actual_start or visit.starts_at).date()
        cards = {c.id: c for c in cards_for(session, visit.order)}
        chosen = take([Held(c.id, c.held, c.expires_on) for c in cards.values()], due - taken, day)
        for n, (pk, hours) in enumerate(chosen, part + 1):
            post(session, cards[pk], "used", -hours, part=n, **about)
    elif due < taken:
        void = slip.state == "voided"
        open_ = [Taken(x.id, x.card_id, -x.hours - given(lines, x)) for x in lines if x.kind == "used"]
        by = {x.id: x for x in lines}
        hold_cards(session, HourCard.id.in_({t.card for t in open_}))
        for n, (pk, _card, hours) in enumerate(give_back(open_, taken - due), part + 1):
            why = slip.reason if void else str(_("Signed: %(hours)s h", hours=f"{due.normalize():f}"))
            card = by[pk].card
            post(session, card, "voided" if void else "credited", hours, part=n, opposite_of=by[pk], opposite_of_id=pk, reason=why, **about)
    if due != taken:
        pay_in_hours(session, visit.order)


def due_of(session: Session, slip: Slip) -> Decimal:
    """The hours that a slip stands for now."""
    visit = slip.visit
    if slip.state == "voided":
        return NONE
    if visit.finished_at is not None:
        return worked(session, visit)
    booked = select(span_sql(Visit.__table__.c.starts_at, Visit.__table__.c.ends_at)).where(Visit.id == visit.id)
    return session.scalar(booked) or NONE


def given(lines: Sequence[HourLine], used: HourLine) -> Decimal:
    """What was given back of a line already."""
    return sum((x.hours for x in lines if x.opposite_of_id == used.id), NONE)


def cards_for(session: Session, order: Order) -> list[HourCard]:
    """The customer's cards that are in use and cover the order's kind, held, as they are now."""
    kind = HourCard.kind.is_(None) | (HourCard.kind == "") | (HourCard.kind == order.kind)
    return hold_cards(session, HourCard.customer_id == order.customer_id, HourCard.state == "active", kind)


def hold_cards(session: Session, *where: Any) -> list[HourCard]:
    """Held in one order, whoever asks, so that no two wait for each other."""
    asked = select(HourCard).where(*where).order_by(HourCard.id).with_for_update(key_share=True)
    return list(session.scalars(asked, execution_options={"populate_existing": True}))


def covered(session: Session, order: Order) -> tuple[Decimal, Decimal]:
    """Of an order: the hours that stand on slips, and how many of them cards have paid."""
    slips = select(Slip).join(Visit, Visit.id == Slip.visit_id).where(Visit.order_id == order.id, Slip.state != "voided")
    due = sum((due_of(session, s) for s in session.scalars(slips)), NONE)
    lines = select(HourLine.hours).join(Visit, Visit.id == HourLine.visit_id).where(Visit.order_id == order.id)
    return due, -sum(session.scalars(lines), NONE)


def pay_in_hours(session: Session, order: Order) -> None:
    """The part of an order's receivable that prepaid hours pay, as receipts; the rest stays owed in money. The caller is trusted."""
    owed = session.scalars(select(Receivable).where(Receivable.order_id == order.id)).first()
    if owed is None:
        return
    hold(session, owed)
    due, paid = covered(session, order)
    want = cents(owed.amount * min(paid, due) / due) if due else NONE
    receipts = list(session.scalars(select(Receipt).where(Receipt.receivable_id == owed.id).order_by(Receipt.id)))
    there = sum((r.amount for r in receipts if r.method == IN_HOURS), NONE)
    left = owed.amount - sum((r.amount for r in receipts), NONE)
    more = {"receivable": owed, "receivable_id": owed.id, "method": IN_HOURS}
    if (rise := min(want - there, left)) > 0:
        session.add(Receipt(amount=rise, note=str(_("Paid in prepaid hours")), **more))
        session.flush()
    fall = there - want
    for one in reversed([r for r in receipts if r.method == IN_HOURS and r.amount > 0]):
        rest = one.amount + sum((r.amount for r in receipts if r.reverses_id == one.id), NONE)
        if (part := min(rest, fall)) > 0:
            session.add(Receipt(amount=-part, reverses=one, reverses_id=one.id, note=str(_("Prepaid hours given back")), **more))
            session.flush()
            fall -= part
    session.expire(owed)


@reaction("order.finish")
def finished(session: Session, notice: Notice) -> None:
    """The receivable first: it is made by the same notice."""
    make_receivable(session, notice)
    order = session.get(Order, notice.record_id)
    if order is not None:
        pay_in_hours(session, order)


def refund_of(session: Session, card: HourCard) -> Back:
    """What goes back for what is left, by the card's formula and the deductions of its contract. The caller is trusted."""
    contract = card.contract
    percent, fixed = (contract.refund_cut or NONE, contract.refund_fee or NONE) if contract else (NONE, NONE)
    session.refresh(card, ["sold"])
    return back(card.refund_by, card.sold, card.held, card.price, card.list_price, percent, fixed)


def run_out(session: Session, card: HourCard) -> None:
    """What is left of a card whose last day is over. The card is held."""
    if card.expires_on >= today():
        raise NotInThisState(_("This card does not expire before %(day)s.", day=card.expires_on))
    if card.held > 0:
        post(session, card, "expired", -card.held, reason=f"{card.expires_on}")


def expire_hours(session: Session) -> int:
    """What the day brings: cards run out; what came back to one that had run out is gone too. The caller is trusted, and commits."""
    over = HourCard.expires_on < today(), (HourCard.state == "active") | ((HourCard.state == "expired") & (HourCard.held > 0))
    done = 0
    for card in session.scalars(select(HourCard).where(*over).order_by(HourCard.id).limit(200)):
        if card.state == "active":
            HourCardFlow(card).take("expire")
        else:
            hold(session, card)
            run_out(session, card)
        done += 1
    session.flush()
    return done
