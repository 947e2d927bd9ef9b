"""Contract templates: what an agreement of one kind begins with, its fees, and when we ask how it goes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, validates

from app.engine.current import current
from app.engine.errors import Refused
from app.engine.fields import Code, Flag, Money, Name, Note, Number, choice, field, key, link
from app.engine.record import Record
from app.models.catalog import Service
from app.models.worker import MODES

KINDS = {
    "three_party": _("Three-party service"),
    "card": _("Member card"),
    "rental": _("Equipment rental"),
    "cooperation": _("Cooperation"),
}
FEES = {"service": _("Service fee"), "member": _("Member fee"), "insurance": _("Insurance"), "deposit": _("Deposit"), "rent": _("Rent")}
PAYERS = {"customer": _("Customer"), "worker": _("Carer"), "company": _("Company")}
REFUNDS = {"unserved": _("What was not served"), "full": _("All of it"), "none": _("Nothing")}
# What is given back of a fee, unless its line says otherwise.
REFUND_OF = {"service": "unserved", "rent": "unserved", "deposit": "full", "member": "none", "insurance": "none"}
COUNTED = {"days": _("By days"), "months": _("By whole months")}
CARD_LEVELS = {"ordinary": _("Ordinary"), "silver": _("Silver"), "gold": _("Gold")}  # of member cards, the lowest first
EVERY = {"week": _("Every week"), "month": _("Every month"), "quarter": _("Every three months")}
LONGEST = 730  # days: a visit is not planned further ahead than two years


class ContractTemplate(Record):
    """What a new contract of one kind begins with. A change of the template leaves contracts as they are."""

    __label__ = _("Contract template")
    __plural__ = _("Contract templates")
    __icon__ = "ti-template"
    __unique__ = (("name",),)
    __search__ = ("name",)
    __table_args__ = (
        CheckConstraint("months > 0", name="contract_template_months_above_zero"),
        CheckConstraint("refund_cut BETWEEN 0 AND 100 AND refund_fee >= 0", name="contract_template_cut_is_a_part"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "contract_template_name_key": _("There is already a template of that name."),
        "contract_template_months_above_zero": _("The months must be above zero."),
        "contract_template_cut_is_a_part": _("The deduction is between 0 and 100 per cent, and its amount not below zero."),
    }

    name: Mapped[Name] = field(_("Name"))
    kind: Mapped[Code] = choice(_("Kind"), KINDS, default="three_party")
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"))
    mode: Mapped[Code | None] = choice(_("For carers who come as"), MODES, help=_("A contract with such a carer begins with it by itself."))
    months: Mapped[Number] = field(_("Months"), default=Decimal(12))
    matters: Mapped[Note | None] = field(_("Matters agreed"), "terms")
    terms: Mapped[Note | None] = field(_("Contract terms"), "terms")
    special: Mapped[Note | None] = field(_("Special terms"), "terms")
    counted: Mapped[Code] = choice(_("Refund is counted"), COUNTED, "terms", default="days")
    refund_cut: Mapped[Number] = field(_("Deduction in per cent"), "terms", default=Decimal(0), help=_("Of what is given back."))
    refund_fee: Mapped[Money] = field(_("Deduction, fixed"), "terms", default=Decimal(0))
    hours: Mapped[Number | None] = field(_("Hours sold"), help=_("Of a member card: the signing sells them."))
    hour_price: Mapped[Money | None] = field(_("Price per hour"), "finance", help=_("Empty: what is paid, by its hours."))
    card_level: Mapped[Code | None] = choice(_("Level of the card"), CARD_LEVELS)
    visit_days: Mapped[Name | None] = field(_("Return visits on day"), help=_("Days after the signing, for example 3, 30."))
    visit_every: Mapped[Code | None] = choice(_("Then"), EVERY)
    print_code: Mapped[Code | None] = field(_("Print template"), help=_("The code of a print template of contracts."))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return self.name

    @validates("visit_days")
    def read_days(self, _name: str, text: str | None) -> str | None:
        if not current().trusted:
            days_of(text)
        return text


class TemplateFee(Record):
    """One fee that contracts of a template begin with."""

    __label__ = _("Fee of a template")
    __plural__ = _("Fees of templates")
    __icon__ = "ti-receipt-2"
    __called__ = ("kind",)
    __table_args__ = (CheckConstraint("amount >= 0", name="template_fee_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"template_fee_not_below_zero": _("The amount cannot be below zero.")}

    template_id: Mapped[int] = key("contract_template")
    template: Mapped[ContractTemplate] = link(_("Contract template"))
    kind: Mapped[Code] = choice(_("Fee"), FEES, default="service")
    payer: Mapped[Code] = choice(_("Who pays"), PAYERS, default="customer")
    amount: Mapped[Money] = field(_("Amount"), "finance")
    due_days: Mapped[Number] = field(_("Due, days after the start"), default=Decimal(0))
    refund: Mapped[Code | None] = choice(_("Given back at an early end"), REFUNDS)

    def __str__(self) -> str:
        return str(FEES.get(self.kind, self.kind))


def days_of(text: str | None) -> list[int]:
    """The days that ``3, 30`` names, in their order. Raises ``Refused`` for what is no day."""
    parts = [p for p in (text or "").replace("、", ",").replace("，", ",").replace(" ", ",").split(",") if p]
    if any(not p.isdecimal() or not 0 < int(p) <= LONGEST for p in parts):
        raise Refused(_("Write days after the signing, for example 3, 30."))
    return sorted({int(p) for p in parts})
