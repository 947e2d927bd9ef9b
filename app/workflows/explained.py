"""Where the numbers of hours and money come from: cards, slips, pay, orders, receivables, and the way from one to the next."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.explain import Explained, Part, explains
from app.engine.values import cents
from app.models.contract_template import FEES
from app.models.dispatch import Visit
from app.models.hour_card import KINDS, HourCard, HourLine
from app.models.order import Order
from app.models.payment import METHODS, Receipt, Receivable
from app.models.price_sum import NONE
from app.models.pricing import PriceRule
from app.models.pricing_of import OrderOption, worked_out
from app.models.slip import PayLine, Slip
from app.workflows.explained_days import of_days, of_paid_days

Beside = tuple[Any, ...]


def chain(session: Session, order: Order | None, *but: Any) -> Beside:
    """All that hangs on an order, from its pay to its receipts, so that each leads to the others."""
    if order is None:
        return ()
    visits = list(session.scalars(select(Visit).where(Visit.order_id == order.id).order_by(Visit.id)))
    keys = [v.id for v in visits] or [0]
    found: list[Any] = [order, *visits]
    for model in (Slip, PayLine, HourLine):
        found += session.scalars(select(model).where(model.visit_id.in_(keys)).order_by(model.id))
    owed = list(session.scalars(select(Receivable).where(Receivable.order_id == order.id)))
    found += owed
    for one in owed:
        found += session.scalars(select(Receipt).where(Receipt.receivable_id == one.id).order_by(Receipt.id))
    return tuple(one for one in found if one not in but)


def worth(value: Decimal | None) -> Decimal:
    return value if value is not None else NONE


@explains("HourCard", "balance")
def of_card(session: Session, card: HourCard) -> Explained:
    """The sum of its lines."""
    lines = session.scalars(select(HourLine).where(HourLine.card_id == card.id).order_by(HourLine.id))
    parts = [Part(KINDS.get(x.kind, x.kind), x.hours, x, x.reason or "", "hours kind reason") for x in lines]
    formula = _("the sum of the card's lines: sold and given back, less used, expired and refunded")
    return Explained(formula, parts, sum((p.value for p in parts), NONE), "number", ("expires_on",), (card.customer, card.contract))


@explains("HourLine", "hours")
def of_line(session: Session, line: HourLine) -> Explained:
    """From the slip it took its hours for, or the line it puts right."""
    formula = _("the hours sold, taken, given back or ended by this line")
    parts = [Part(KINDS.get(line.kind, line.kind), line.hours, None, line.reason or "", "hours kind reason")]
    order = line.visit.order if line.visit is not None else None
    more = (line.card, line.opposite_of, line.contract)
    return Explained(formula, parts, line.hours, "number", (), (*more, *chain(session, order, line)))


@explains("Slip", "signed")
def of_slip(session: Session, slip: Slip) -> Explained:
    """From the actual times of its visit, beside what was booked and what was checked in."""
    visit = slip.visit
    formula = _("actual end less actual start of the visit; a day of a live-in visit counts as 10 hours")
    parts = [Part(_("Visit"), slip.signed, visit, "", "worked")]
    beside = chain(session, visit.order, slip, visit)
    return Explained(formula, parts, worth(slip.signed), "number", (), (visit, *beside))


@explains("PayLine", "amount")
def of_pay(session: Session, line: PayLine) -> Explained:
    """Hours times rate; of a correction what was written."""
    order = line.visit.order
    if line.corrects_id is not None:
        parts = [Part(_("Correction"), line.amount, line.corrects, line.note or "", "amount", "amount note")]
        return Explained(_("what finance put right, with its note"), parts, worth(line.amount), "money", (), chain(session, order, line))
    if (by_days := of_paid_days(session, line, (*chain(session, order, line),))) is not None:
        return by_days
    why = f"{worth(line.hours).normalize():f} h × ¥{worth(line.rate):,.2f}"
    parts = [Part(_("Signed slip"), cents(worth(line.hours) * worth(line.rate)), line.slip, why, "signed", "hours rate")]
    later = session.scalars(select(PayLine).where(PayLine.corrects_id == line.id).order_by(PayLine.id))
    return Explained(
        _("hours of the signed slip × pay per hour"), parts, worth(line.amount), "money", (), (*later, *chain(session, order, line)),
    )  # fmt: skip


@explains("Order", "amount")
def of_order(session: Session, order: Order) -> Explained:
    """The same lines as the tab “Price”; what was agreed instead is one more. Of a long order its care days."""
    if (by_days := of_days(session, order, chain(session, order, order))) is not None:
        return by_days
    usual = order.list_unit if order.list_unit is not None else order.unit_price
    made = worked_out(session, order, worth(usual))
    if not made.lines:
        return Explained("", [], worth(order.amount))
    named: dict[str, Any] = {str(rule): (rule, "name name_en amount") for rule in session.scalars(select(PriceRule))}
    options = session.scalars(select(OrderOption).where(OrderOption.order_id == order.id))
    named |= {str(o.option): (o, "option quantity price") for o in options}
    base = Part(_("Quantity × price"), cents(made.lines[0].amount), None, made.lines[0].how, "quantity unit_price listed")
    parts = [base, *(Part(x.label, cents(x.amount), named[x.label][0], x.how, named[x.label][1]) for x in made.lines[1:])]
    if (apart := worth(order.amount) - made.total) != 0:
        parts.append(Part(_("Agreed otherwise"), apart, None, order.why_price or "", "agreed why_price"))
    follows = ("quantity", "unit_price", "agreed", "why_price", "service")
    formula = _("quantity × unit price, and the rules and options that fit; or the price that was agreed instead")
    return Explained(formula, parts, worth(order.amount), "money", follows, chain(session, order, order))


@explains("Receivable", "paid")
def of_paid(session: Session, owed: Receivable) -> Explained:
    """The sum of its receipts."""
    receipts = session.scalars(select(Receipt).where(Receipt.receivable_id == owed.id).order_by(Receipt.id))
    parts = [Part(METHODS.get(r.method, r.method), r.amount, r, r.note or "", "amount note method") for r in receipts]
    return Explained(_("the sum of the receipts"), parts, worth(owed.paid), "money", (), chain(session, owed.order, owed))


@explains("Receivable", "arrears")
def of_debt(session: Session, owed: Receivable) -> Explained:
    """What is owed, less each receipt."""
    receipts = session.scalars(select(Receipt).where(Receipt.receivable_id == owed.id).order_by(Receipt.id))
    word = FEES.get(owed.kind or "", _("Owed"))
    about = owed.order or owed.contract
    parts = [Part(word, owed.amount, None, "", "amount kind")]
    parts += [Part(METHODS.get(r.method, r.method), -r.amount, r, r.note or "", "amount note method") for r in receipts]
    beside = chain(session, owed.order, owed) or (about,)
    return Explained(_("what is owed, less its receipts"), parts, worth(owed.arrears), "money", ("amount",), beside)


@explains("Receipt", "amount")
def of_receipt(session: Session, receipt: Receipt) -> Explained:
    """What came in, and for what."""
    owed = receipt.receivable
    parts = [Part(METHODS.get(receipt.method, receipt.method), receipt.amount, owed, receipt.note or "", "", "amount method note")]
    beside = (receipt.reverses, *chain(session, owed.order, receipt))
    return Explained(_("what was registered; never changed"), parts, receipt.amount, "money", (), beside)
