"""Coupons: what a customer is given off, until when, and when it was used."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Integer
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.errors import Refused
from app.engine.fields import Code, Day, Field, Money, Number, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models.customer import Customer, belongs
from app.models.order import Order, store_code

WHOLE = Decimal(100)
OCCASIONS = {"birthday": _("Birthday"), "return": _("Coming back"), "goodwill": _("Goodwill"), "campaign": _("Campaign")}

WITHIN = _("The percentage lies between 1 and 100.")


class Coupon(Record):
    """One coupon of one customer, an amount or a percentage off. A birthday gives one a year: the database holds to it."""

    __label__ = _("Coupon")
    __plural__ = _("Coupons")
    __icon__ = "ti-receipt-2"
    __unique__ = (("number",), ("customer_id", "occasion", "year"))
    __indexes__ = (("valid_until",),)
    __search__ = ("number",)
    __told__ = "customer"
    __table_args__ = (
        CheckConstraint("amount > 0", name="coupon_amount_above_zero"),
        CheckConstraint("percent > 0", name="coupon_percent_above_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "coupon_amount_above_zero": _("The amount must be above zero."),
        "coupon_percent_above_zero": WITHIN,
        "coupon_customer_id_occasion_year_key": _("This customer already has a coupon of this occasion for that year."),
    }

    number: Mapped[Code] = field(_("Coupon no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    occasion: Mapped[Code] = choice(_("Occasion"), OCCASIONS, open=True, default="goodwill")
    # Of the year in which a rule gave it; empty where somebody gives one by hand, who may give several.
    year: Mapped[int | None] = mapped_column(Integer, info={"field": Field(_("Year"), readonly=True)})
    amount: Mapped[Money | None] = field(_("Amount off"), "finance")
    percent: Mapped[Number | None] = field(_("Per cent off"), "finance")
    valid_until: Mapped[Day] = field(_("Valid until"))
    used_on: Mapped[Day | None] = field(_("Used on"))
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Used for"))

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        belongs(self, session)
        if (self.amount is None) == (self.percent is None):
            raise Refused(_("A coupon takes off an amount or a percentage: fill in one of them."))
        if self.percent is not None and self.percent > WHOLE:
            raise Refused(WITHIN)
        with session.no_autoflush:
            if not self.number and (self.customer or self.customer_id):
                self.number = next_number(session, "KQ", store_code(session, self.store_id))

    @property
    def worth(self) -> Decimal:
        """What it takes off: yuan, or per cent where there is no amount."""
        return self.amount if self.amount is not None else self.percent or Decimal(0)
