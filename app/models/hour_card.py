"""Prepaid hours: the card, its level, and the ledger that its balance is the sum of. The database lets none fall below zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Index, Numeric, SmallInteger, cast, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.clock import now, today
from app.engine.fields import Code, Day, Moment, Money, Note, Number, choice, computed, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.engine.values import cents
from app.models.catalog import CATEGORIES, KIND_TINTS
from app.models.contract import Contract
from app.models.contract_template import CARD_LEVELS
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.order import store_code
from app.models.slip import Slip

LEVEL_TINTS = {"ordinary": "draft", "silver": "plan", "gold": "run"}
KINDS = {
    "sold": _("Sold"), "used": _("Used"), "credited": _("Credited"), "voided": _("Given back: slip voided"), "expired": _("Expired"),
    "refunded": _("Refunded"),
}  # fmt: skip
KIND_OF_LINE = {"sold": "plan", "used": "run", "credited": "done", "voided": "done", "expired": "bad", "refunded": "off"}
REFUNDED_BY = {"rata": _("Hours left at the price sold"), "list": _("Paid, less hours used at the list price")}
FLOOR = Decimal(5)
SIGN = (
    "(kind NOT IN ('sold', 'credited', 'voided') OR hours > 0) AND (kind NOT IN ('used', 'expired', 'refunded') OR hours < 0)"
    " AND hours <> 0"
)


def total_of(what: str, *kinds: str) -> Any:
    """The sum of a card's lines, whoever may read each of them."""
    lines, card = HourLine.__table__, HourCard.__table__
    same = [lines.c.tenant_id == card.c.tenant_id, lines.c.card_id == card.c.id]
    if kinds:
        same.append(lines.c.kind.in_(kinds))
    return select(func.coalesce(func.sum(lines.c[what]), 0)).where(*same).correlate(card).scalar_subquery()


def balance_sql() -> Any:
    return cast(total_of("hours"), Numeric(12, 3))


def sold_sql() -> Any:
    return cast(total_of("hours", "sold"), Numeric(12, 3))


class HourCard(Record):
    """Hours that a customer has paid for. ``balance`` is the sum of its lines; ``held`` is the same, kept by the database alone."""

    __label__ = _("Member card")
    __plural__ = _("Member cards")
    __icon__ = "ti-id-badge-2"
    __unique__ = (("number",), ("contract_id",))
    __indexes__ = (("customer_id", "expires_on"), ("state", "expires_on"))
    __search__ = ("number",)
    __told__ = "customer"
    __apart__ = ("price", "list_price", "floor")
    __table_args__ = (
        CheckConstraint("held >= 0", name="hour_card_not_below_zero"),
        CheckConstraint("price >= 0 AND list_price >= 0 AND floor >= 0", name="hour_card_price_not_below_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "hour_card_not_below_zero": _("The card does not hold so many hours."),
        "hour_card_price_not_below_zero": _("The price cannot be below zero."),
        "hour_card_contract_id_key": _("This contract has its card already."),
    }

    number: Mapped[Code] = field(_("Card no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    contract_id: Mapped[int | None] = key("contract")
    contract: Mapped[Contract | None] = link(_("Contract"), readonly=True)
    level: Mapped[Code] = choice(_("Level"), CARD_LEVELS, tints=LEVEL_TINTS, default="ordinary", help=_("Price rules may name it."))
    kind: Mapped[Code | None] = choice(_("Only for the kind"), CATEGORIES, open=True, tints=KIND_TINTS)
    price: Mapped[Money] = field(_("Price per hour"), "finance")
    list_price: Mapped[Money | None] = field(_("List price per hour"), "finance")
    refund_by: Mapped[Code] = choice(_("Refund is counted"), REFUNDED_BY, "finance", default="rata")
    expires_on: Mapped[Day] = field(_("Expires on"))
    floor: Mapped[Number] = field(_("Remind at"), default=FLOOR, help=_("Hours: when so few are left, agent and client are told once."))
    sold: Mapped[Number] = computed(_("Hours sold"), "workflow", sold_sql)
    balance: Mapped[Number] = computed(_("Hours left"), "workflow", balance_sql)
    low_at: Mapped[Moment | None] = field(_("Reminded"), "workflow", readonly=True)
    reason: Mapped[Note | None] = field(_("Reason"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="active")
    held: Mapped[Decimal] = mapped_column(Numeric(12, 3), default=Decimal(0), server_default="0", info={"bookkeeping": True})

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """A card belongs to whom its customer belongs to; it begins empty."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is None:
                return
            self.store_id, self.owner_id, self.held = customer.store_id, customer.owner_id, Decimal(0)
            if not self.number:
                self.number = next_number(session, "HY", store_code(session, self.store_id))

    def facts(self) -> dict[str, str]:
        """What messages about this card may say."""
        return {
            "number": self.number, "customer": str(self.customer), "left": f"{self.held.normalize():f}", "until": f"{self.expires_on}",
        }  # fmt: skip


class HourLine(Record):
    """One movement of hours, above zero in and below zero out. Never changed: a correction is an opposite line."""

    __label__ = _("Hour line")
    __plural__ = _("Hour lines")
    __icon__ = "ti-clock-dollar"
    __appended__ = True
    __indexes__ = (("card_id", "at"),)
    __called__ = ("card", "kind", "hours")
    __table_args__ = (
        # A slip takes its hours once: who settles it a second time at the same moment writes the same part.
        Index("hour_line_part_once", "tenant_id", "slip_id", "part", unique=True),
        CheckConstraint(SIGN, name="hour_line_sign"),
        CheckConstraint("(kind IN ('credited', 'voided')) = (opposite_of_id IS NOT NULL)", name="hour_line_opposite"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {"hour_line_part_once": _("The hours of this slip were settled by somebody else just now.")}

    card_id: Mapped[int] = key("hour_card")
    card: Mapped[HourCard] = link(_("Member card"), readonly=True)
    kind: Mapped[Code] = choice(_("What happened"), KINDS, "workflow", tints=KIND_OF_LINE)
    hours: Mapped[Number] = field(_("Hours"), "workflow", readonly=True)
    amount: Mapped[Money] = field(_("Worth"), "finance", readonly=True)
    at: Mapped[Moment] = field(_("When"), "workflow", readonly=True, default=now)
    slip_id: Mapped[int | None] = key("slip")
    slip: Mapped[Slip | None] = link(_("Signed slip"), readonly=True)
    visit_id: Mapped[int | None] = key("visit")
    visit: Mapped[Visit | None] = link(_("Visit"), readonly=True)
    contract_id: Mapped[int | None] = key("contract")
    contract: Mapped[Contract | None] = link(_("Contract"), readonly=True)
    opposite_of_id: Mapped[int | None] = key("hour_line")
    opposite_of: Mapped[HourLine | None] = link(_("Opposite of"), readonly=True)
    reason: Mapped[Note | None] = field(_("Reason"), "workflow", readonly=True)
    part: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0", info={"bookkeeping": True})

    def __str__(self) -> str:
        return f"{self.card} {KINDS.get(self.kind, self.kind)} {self.hours.normalize():+f}"

    def before_create(self, session: Session) -> None:
        """A line belongs to whom its card belongs to, and is worth what the card's hours were sold for."""
        with session.no_autoflush:
            card = self.card or session.get(HourCard, self.card_id or 0)
            if card is not None:
                self.store_id, self.owner_id = card.store_id, card.owner_id
                self.amount = cents(self.hours * card.price) if self.amount is None else self.amount


def level_of(session: Session, customer_id: int | None, day: date | None = None) -> str:
    """The highest level of a customer's cards that hold on a day; empty where there is none. The caller is trusted."""
    day = day or today()
    live = HourCard.customer_id == (customer_id or 0), HourCard.state == "active", HourCard.expires_on >= day
    found = set(session.scalars(select(HourCard.level).where(*live)))
    return next((level for level in reversed(CARD_LEVELS) if level in found), "")


