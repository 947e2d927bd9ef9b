"""What customers owe us, and what they paid. Receipts are a ledger: a mistake is put right by an opposite row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Numeric, cast, func, select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import today
from app.engine.current import current
from app.engine.errors import Refused
from app.engine.fields import Code, Day, Money, Note, choice, computed, field, key, link
from app.engine.numbers import next_number
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.charge import Charge
from app.models.contract import Contract, ContractFee
from app.models.contract_template import FEES
from app.models.customer import Customer
from app.models.order import Order, store_code
from app.models.worker import Worker

METHODS = {
    "wechat": _("WeChat"),
    "alipay": _("Alipay"),
    "cash": _("Cash"),
    "card": _("Card"),
    "transfer": _("Bank transfer"),
    "hours": _("Prepaid hours"),
}


def paid_sql() -> Any:
    """The sum of a receivable's receipts, whoever may read each of them."""
    receipt, owed = Receipt.__table__, Receivable.__table__
    same = (receipt.c.tenant_id == owed.c.tenant_id) & (receipt.c.receivable_id == owed.c.id)
    total = select(func.coalesce(func.sum(receipt.c.amount), 0)).where(same).correlate(owed).scalar_subquery()
    return cast(total, Numeric(14, 2))


def arrears_sql() -> Any:
    return cast(Receivable.__table__.c.amount - paid_sql(), Numeric(14, 2))


class Receivable(Record):
    """What is owed for one order, or for one fee of a contract. What is paid is always the sum of its receipts."""

    __label__ = _("Receivable")
    __plural__ = _("Receivables")
    __icon__ = "ti-receipt"
    __unique__ = (("number",), ("order_id",), ("fee_id",), ("charge_id",))
    __indexes__ = (("due_on",),)
    __search__ = ("number",)
    __told__ = "customer"
    __table_args__ = (
        CheckConstraint("order_id IS NOT NULL OR fee_id IS NOT NULL OR charge_id IS NOT NULL", name="receivable_is_for_something"),
        CheckConstraint("customer_id IS NOT NULL OR worker_id IS NOT NULL", name="receivable_is_somebodys"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "receivable_order_id_key": _("This order already has its receivable."),
        "receivable_fee_id_key": _("This fee already has its receivable."),
        "receivable_charge_id_key": _("This fee for a change already has its receivable."),
        "receivable_fee_id_fkey": _("This fee is on the list of receivables. Put it right there."),
        "receivable_is_for_something": _("A receivable is for an order or for a fee of a contract."),
        "receivable_is_somebodys": _("A receivable is a customer's or a carer's."),
    }

    number: Mapped[Code] = field(_("Receivable no."), readonly=True)
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"))
    contract_id: Mapped[int | None] = key("contract")
    contract: Mapped[Contract | None] = link(_("Contract"))
    fee_id: Mapped[int | None] = key("contract_fee")
    fee: Mapped[ContractFee | None] = link(_("Fee"))
    charge_id: Mapped[int | None] = key("charge")
    charge: Mapped[Charge | None] = link(_("Fee for a change"))
    kind: Mapped[Code | None] = choice(_("Kind of fee"), FEES)
    customer_id: Mapped[int | None] = key("customer")
    customer: Mapped[Customer | None] = link(_("Customer"))
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"), help=_("Where the carer pays."))
    amount: Mapped[Money] = field(_("Amount"), "finance")
    paid: Mapped[Money] = computed(_("Paid"), "finance", paid_sql)
    arrears: Mapped[Money] = computed(_("Arrears"), "finance", arrears_sql)
    due_on: Mapped[Day] = field(_("Due on"))

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """A receivable belongs to whom its order or contract belongs to."""
        with session.no_autoflush:
            order = self.order or (session.get(Order, self.order_id) if self.order_id else None)
            fee = self.fee or (session.get(ContractFee, self.fee_id) if self.fee_id else None)
            if order is not None:
                self.store_id, self.owner_id, self.customer_id = order.store_id, order.owner_id, order.customer_id
                self.amount = order.amount or Decimal(0) if self.amount is None else self.amount
            elif fee is not None:
                self.take_fee(fee)
            elif (charge := self.charge or (session.get(Charge, self.charge_id) if self.charge_id else None)) is not None:
                self.store_id, self.owner_id, self.customer_id = charge.store_id, charge.owner_id, charge.customer_id
                self.amount = charge.amount
            else:
                return
            self.due_on = self.due_on or today()
            if not self.number:
                self.number = next_number(session, "YS", store_code(session, self.store_id))

    def take_fee(self, fee: ContractFee) -> None:
        """What follows from the fee: whose it is, how much, until when."""
        theirs, contract = fee.payer == "worker", fee.contract
        self.store_id, self.owner_id, self.contract_id, self.kind = fee.store_id, fee.owner_id, fee.contract_id, fee.kind
        self.customer_id, self.worker_id = None if theirs else contract.customer_id, contract.worker_id if theirs else None
        self.amount, self.due_on = fee.amount, self.due_on or fee.due_on

    def facts(self) -> dict[str, str]:
        """What messages about this debt may say."""
        about = str(self.order or self.contract or self.charge or "")
        return {"number": self.number, "order": about, "customer": str(self.customer or self.worker)}


class Receipt(Record):
    """Money received, or given back when negative. Never changed, never deleted."""

    __label__ = _("Receipt")
    __plural__ = _("Receipts")
    __icon__ = "ti-cash"
    __appended__ = True
    __unique__ = (("number",),)
    __indexes__ = (("received_on",),)
    __search__ = ("number",)
    # Money given back names the receipt it came with; see check_amount().
    __shown__: ClassVar[dict[str, str]] = {"reverses": "amount.lt.0"}
    __needed__: ClassVar[dict[str, str]] = {"reverses": "amount.lt.0"}

    number: Mapped[Code] = field(_("Receipt no."), readonly=True)
    receivable_id: Mapped[int] = key("receivable")
    receivable: Mapped[Receivable] = link(_("Receivable"))
    customer_id: Mapped[int | None] = key("customer")
    customer: Mapped[Customer | None] = link(_("Customer"), readonly=True)
    amount: Mapped[Money] = field(_("Amount"), "finance")
    method: Mapped[Code] = choice(_("Method"), METHODS, default="wechat")
    received_on: Mapped[Day] = field(_("Received on"), default=today)
    note: Mapped[Note | None] = field(_("Note"))
    reverses_id: Mapped[int | None] = key("receipt")
    reverses: Mapped[Receipt | None] = link(_("Reverses"))

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """The receivable is held while the rest of it is counted, so two receipts cannot both take it."""
        with session.no_autoflush:
            owed = hold(session, self.receivable_id or getattr(self.receivable, "id", None))
            if owed is None or self.amount is None:
                return
            self.store_id, self.owner_id, self.customer_id = owed.store_id, owed.owner_id, owed.customer_id
            self.check_amount(session, owed)
            if not self.number:
                self.number = next_number(session, "SK", store_code(session, self.store_id))

    def check_amount(self, session: Session, owed: Receivable) -> None:
        """More than is owed, or than was received, is refused."""
        if self.amount == 0:
            raise Refused(_("A receipt needs an amount."))
        reversed_ = self.reverses or (session.get(Receipt, self.reverses_id) if self.reverses_id else None)
        if reversed_ is not None:
            left = reversed_.amount + received(session, Receipt.reverses_id == reversed_.id, self, "reverses", reversed_)
            if reversed_.receivable_id != owed.id or self.amount > 0 or -self.amount > left:
                raise Refused(_("A reversal gives back at most what that receipt took: %(left)s.", left=left))
            return
        left = owed.amount - received(session, Receipt.receivable_id == owed.id, self, "receivable", owed)
        if self.amount < 0:
            raise Refused(_("An amount below zero needs the receipt that it reverses."))
        if self.amount > left:
            raise Refused(_("Only %(left)s is still owed. Register at most that.", left=left))

    def after_create(self, _session: Session) -> None:
        if current().trusted != "sample":
            announce("receipt.registered", self)

    def facts(self) -> dict[str, str]:
        """What messages about this receipt may say."""
        names = {"receivable": str(self.receivable), "customer": str(self.customer or self.receivable.worker)}
        return {"number": self.number, "amount": f"{self.amount:.2f}", **names}


def hold(session: Session, receivable_id: int | None) -> Receivable | None:
    """The receivable, as it is now, locked until the transaction ends; None when there is none."""
    owed = session.get(Receivable, receivable_id) if receivable_id else None
    if owed is not None:
        session.refresh(owed, ["amount", "version"], with_for_update={"key_share": True})
    return owed


def received(session: Session, same: Any, new: Receipt, link_name: str, target: Record) -> Decimal:
    """The sum of the receipts kept so far under one receivable or reversal, those of this very flush included."""
    kept = session.scalar(select(func.coalesce(func.sum(Receipt.amount), 0)).where(same)) or Decimal(0)
    waiting = [r for r in session.new if isinstance(r, Receipt) and r is not new and r.number]
    key_name = f"{link_name}_id"
    mine = [r for r in waiting if getattr(r, link_name) is target or getattr(r, key_name) == target.id]
    return Decimal(kept) + sum((r.amount for r in mine), Decimal(0))
