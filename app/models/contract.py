"""Contracts: what was agreed with a customer and a carer, from when until when, for how much, in which words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, func, or_, select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import today
from app.engine.current import current
from app.engine.errors import NotInThisState, Refused
from app.engine.fields import Code, Day, Money, Name, Note, Number, Signature, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.periods import month
from app.engine.record import Record
from app.models.catalog import Service
from app.models.contract_template import CARD_LEVELS, COUNTED, FEES, KINDS, PAYERS, REFUND_OF, REFUNDS, ContractTemplate, TemplateFee
from app.models.customer import ATTENTION, ATTENTION_TINTS, LEVELS, Customer
from app.models.order import store_code
from app.models.worker import MODES, Worker

OPEN = ("draft", "changing")  # while its words may still be written
LIVE = ("signed", "active", "suspended", "changing")  # it binds somebody
COPIED = (  # from its template
    "service_id", "matters", "terms", "special", "refund_cut", "refund_fee", "hours", "hour_price", "card_level",
)  # fmt: skip
WORDED = (
    "kind", "customer", "worker", "service", "starts_on", "ends_on", "monthly", "total", "worker_pay", "matters", "terms", "special",
    "counted", "refund_cut", "refund_fee", "hours", "hour_price", "card_level",
)  # fmt: skip  # what is agreed: a change of one of these makes a version


class Contract(Record):
    """One agreement with one customer. Only ``ContractFlow`` moves its state; its words have a group of their own."""

    __label__ = _("Contract")
    __plural__ = _("Contracts")
    __icon__ = "ti-writing-sign"
    __unique__ = (("number",),)
    __indexes__ = (("state", "ends_on"),)
    __search__ = ("number",)
    __told__ = "customer"
    __periods__ = (("starts_on", "ends_on"),)
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="contract_ends_after_it_starts"),
        CheckConstraint("monthly >= 0 AND total >= 0", name="contract_price_not_below_zero"),
        CheckConstraint("refund_cut BETWEEN 0 AND 100 AND refund_fee >= 0", name="contract_cut_is_a_part"),
        CheckConstraint("hours > 0 AND hour_price >= 0", name="contract_hours_above_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "contract_ends_after_it_starts": _("The end must come after the start."),
        "contract_price_not_below_zero": _("The price cannot be below zero."),
        "contract_hours_above_zero": _("Hours and price must be above zero."),
        "contract_cut_is_a_part": _("The deduction is between 0 and 100 per cent, and its amount not below zero."),
    }

    number: Mapped[Code] = field(_("Contract no."), readonly=True)
    template_id: Mapped[int | None] = key("contract_template")
    template: Mapped[ContractTemplate | None] = link(_("Contract template"), help=_("What is left empty here comes from it, and its fees."))
    kind: Mapped[Code] = choice(_("Kind"), KINDS, default="three_party", server_default="three_party")
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"))
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"))
    starts_on: Mapped[Day] = field(_("Valid from"), default=today)
    ends_on: Mapped[Day | None] = field(_("Valid until"), help=_("Empty: until it is ended."))
    monthly: Mapped[Money | None] = field(_("Price a month"), "finance")
    total: Mapped[Money | None] = field(_("Price in all"), "finance")
    worker_pay: Mapped[Money | None] = field(_("Carer's pay a month"), "cost")
    hours: Mapped[Number | None] = field(_("Hours sold"), help=_("Of a member card: the signing sells them."))
    hour_price: Mapped[Money | None] = field(_("Price per hour"), "finance", help=_("Empty: what is paid, by its hours."))
    card_level: Mapped[Code | None] = choice(_("Level of the card"), CARD_LEVELS)
    matters: Mapped[Note | None] = field(_("Matters agreed"), "terms")
    terms: Mapped[Note | None] = field(_("Contract terms"), "terms")
    special: Mapped[Note | None] = field(_("Special terms"), "terms")
    counted: Mapped[Code] = choice(_("Refund is counted"), COUNTED, "terms", default="days", server_default="days")
    refund_cut: Mapped[Number] = field(
        _("Deduction in per cent"), "terms", default=Decimal(0), server_default="0", help=_("Of what is given back.")
    )
    refund_fee: Mapped[Money] = field(_("Deduction, fixed"), "terms", default=Decimal(0), server_default="0")
    signed_on: Mapped[Day | None] = field(_("Signed on"))
    # Of a group that no state locks: a contract in force is the one to keep an eye on.
    attention: Mapped[Code] = choice(_("Attention"), ATTENTION, "internal", tints=ATTENTION_TINTS, default="4", server_default="4")
    signature: Mapped[Signature | None] = field(_("Customer's signature"))
    customer_class: Mapped[Code | None] = field(_("Customer's class"), choices=LEVELS, readonly=True)
    region: Mapped[Name | None] = field(_("Customer's district"), readonly=True)
    signed_no: Mapped[int | None] = field(_("Version signed"), "workflow", readonly=True)
    renews_id: Mapped[int | None] = key("contract")
    renews: Mapped[Contract | None] = link(_("Renews"), readonly=True)
    reason: Mapped[Note | None] = field(_("Why it was terminated"), "workflow", readonly=True)
    until_on: Mapped[Day | None] = field(_("Suspended until"), "workflow", readonly=True)
    refunded: Mapped[Money | None] = field(_("To give back"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="draft")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """A contract belongs to whom its customer belongs to; what was left empty is its template's."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is None:
                return
            self.store_id, self.owner_id = customer.store_id, customer.owner_id
            self.customer_class, self.region = customer.level, customer.district
            self.starts_on = self.starts_on or today()
            template = self.template or (session.get(ContractTemplate, self.template_id) if self.template_id else None)
            template = self.template = self.fitting(session, template)
            if template is not None:
                self.take_from(template)
            if not self.number:
                self.number = next_number(session, "HT", store_code(session, self.store_id))

    def fitting(self, session: Session, template: ContractTemplate | None) -> ContractTemplate | None:
        """The template, or where none is named that of the carer's way of cooperation. Raises ``Refused`` for another way's."""
        worker = self.worker or (session.get(Worker, self.worker_id) if self.worker_id else None)
        if worker is None or current().trusted == "sample":
            return template
        if template is not None and template.mode not in (None, worker.mode):
            words = {"mode": MODES.get(template.mode, template.mode), "who": worker}
            raise Refused(_("This template is for carers who come as: %(mode)s. %(who)s does not.", **words))
        mine = ContractTemplate.active, ContractTemplate.mode == worker.mode
        if template is None and self.renews_id is None and self.renews is None:
            service = self.service_id or (self.service.id if self.service else None)
            fits = or_(ContractTemplate.service_id.is_(None), ContractTemplate.service_id == service)
            by = ContractTemplate.service_id.is_(None), ContractTemplate.id
            template = session.scalars(select(ContractTemplate).where(*mine, fits).order_by(*by).limit(1)).first()
        return template

    def take_from(self, template: ContractTemplate) -> None:
        self.kind, self.counted = template.kind, template.counted
        for name in COPIED:
            if getattr(self, name) in (None, "", 0) and not (name == "service_id" and self.service is not None):
                setattr(self, name, getattr(template, name))
        if self.ends_on is None:
            self.ends_on = after(self.starts_on, int(template.months))

    def after_create(self, session: Session) -> None:
        """The fees of its template become its own; a renewal brings those of the contract before it."""
        if self.template_id is None or self.renews_id is not None or current().trusted == "sample":
            return
        for fee in session.scalars(select(TemplateFee).where(TemplateFee.template_id == self.template_id).order_by(TemplateFee.id)):
            due = date.fromordinal(self.starts_on.toordinal() + int(fee.due_days))
            session.add(ContractFee(contract=self, kind=fee.kind, payer=fee.payer, amount=fee.amount, due_on=due, refund=fee.refund))

    def before_change(self, session: Session, names: set[str]) -> None:
        """What is agreed changes only while it is written anew, or as a version of what is in force."""
        if names & set(WORDED) and self.state not in OPEN and "state" not in names:
            versions[0](session, self)

    def facts(self) -> dict[str, str]:
        """What messages about this contract may say."""
        return {"number": self.number, "customer": str(self.customer), "until": f"{self.ends_on or ''}"}


class ContractFee(Record):
    """One fee of a contract, typed once: the signing makes the receivable of it."""

    __label__ = _("Fee")
    __plural__ = _("Fees")
    __icon__ = "ti-receipt-2"
    __called__ = ("kind",)
    __table_args__ = (CheckConstraint("amount >= 0", name="contract_fee_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"contract_fee_not_below_zero": _("The amount cannot be below zero.")}

    contract_id: Mapped[int] = key("contract")
    contract: Mapped[Contract] = link(_("Contract"))
    kind: Mapped[Code] = choice(_("Fee"), FEES, default="service")
    payer: Mapped[Code] = choice(_("Who pays"), PAYERS, default="customer")
    amount: Mapped[Money] = field(_("Amount"), "finance")
    due_on: Mapped[Day] = field(_("Due on"), default=today)
    refund: Mapped[Code | None] = choice(_("Given back at an early end"), REFUNDS)

    def __str__(self) -> str:
        return str(FEES.get(self.kind, self.kind))

    def before_create(self, session: Session) -> None:
        """A fee belongs to whom its contract belongs to, and comes while the contract is written."""
        with session.no_autoflush:
            contract = self.contract or session.get(Contract, self.contract_id or 0)
            if contract is not None:
                self.store_id, self.owner_id = contract.store_id, contract.owner_id
                self.refund = self.refund or REFUND_OF.get(self.kind, "none")
                held(contract)

    def before_change(self, session: Session, names: set[str]) -> None:
        if names - {"owner", "store"}:
            self.before_delete(session)

    def before_delete(self, session: Session) -> None:
        with session.no_autoflush:
            held(self.contract or session.get(Contract, self.contract_id or 0))


def held(contract: Contract | None) -> None:
    """Raises ``NotInThisState`` for a contract whose fees are agreed already."""
    people = current().trusted in ("", "changed", "created")  # what they do; programs know what they do
    if people and contract is not None and (contract.state or "draft") not in OPEN:
        raise NotInThisState(_("The fees are agreed. Begin a change of the contract first."))


versions: list[Any] = [lambda _session, _contract: None]  # the module of versions adds itself here


def fees_of(session: Session, contract: Contract) -> list[ContractFee]:
    """In the order they were written."""
    return list(session.scalars(select(ContractFee).where(ContractFee.contract_id == contract.id).order_by(ContractFee.id)))


def worth(session: Session, contract: Contract) -> Decimal:
    """What a contract comes to: the tiers of review ask for it. The highest of what is written down."""
    fees = session.scalar(select(func.sum(ContractFee.amount)).where(ContractFee.contract_id == contract.id)) or Decimal(0)
    last = contract.ends_on or after(contract.starts_on, 12)
    months = max(1, round((last - contract.starts_on).days / 30.4))
    return max(Decimal(fees), contract.total or Decimal(0), (contract.monthly or Decimal(0)) * months)


def after(day: date, months: int) -> date:
    """The last day of so many months that begin on a day."""
    there = month(day, months)
    last = date.fromordinal(month(there, 1).toordinal() - 1).day
    return date.fromordinal(there.replace(day=min(day.day, last)).toordinal() - 1)


def check_party(session: Session, contract: Contract) -> None:
    """Raises ``Refused`` where a fee is the carer's to pay and no carer is named."""
    theirs = ContractFee.contract_id == contract.id, ContractFee.payer == "worker"
    if contract.worker_id is None and session.scalar(select(ContractFee.id).where(*theirs).limit(1)):
        raise Refused(_("A fee of this contract is the carer's to pay. Choose the carer first."))
