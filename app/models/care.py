"""Return visits: when we ask how it goes, by which rule, and what was answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.fields import Code, Day, Flag, Moment, Name, Note, Number, Stars, choice, field, key, link
from app.engine.record import Record
from app.models.catalog import Service
from app.models.contract import Contract
from app.models.contract_template import KINDS
from app.models.customer import LEVELS, Customer
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.worker import Worker

SINCE = {
    "customer": _("The customer was taken up"),
    "signed": _("The contract was signed"),
    "over": _("The contract came to its end"),
    "done": _("The order was done"),
}
WAYS = {"phone": _("Phone"), "home": _("At home"), "wechat": _("WeChat")}
FEELINGS = {"satisfied": _("Satisfied"), "dissatisfied": _("Dissatisfied"), "unreached": _("Not reached")}
FEELING_TINTS = {"satisfied": "done", "dissatisfied": "bad", "unreached": "off"}


class VisitRule(Record):
    """When a return visit is due: so many days after something, and again every so many days."""

    __label__ = _("Return visit rule")
    __plural__ = _("Return visit rules")
    __icon__ = "ti-calendar-repeat"
    __unique__ = (("name",),)
    __search__ = ("name",)
    __table_args__ = (CheckConstraint("days >= 0 AND again >= 7", name="visit_rule_days"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "visit_rule_days": _("Days are not below zero, and a visit comes again after seven days at the earliest."),
        "visit_rule_name_key": _("There is already a rule of that name."),
    }

    name: Mapped[Name] = field(_("Name"))
    since: Mapped[Code] = choice(_("Counted from when"), SINCE, default="signed")
    days: Mapped[Number] = field(_("First after, days"), default=Decimal(30))
    again: Mapped[Number | None] = field(_("Again every, days"), help=_("Empty: once."))
    level: Mapped[Code | None] = choice(_("Only customers of the class"), LEVELS)
    kind: Mapped[Code | None] = choice(_("Only contracts of the kind"), KINDS)
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Only the service"))
    ask: Mapped[Note | None] = field(_("What to ask"))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return self.name


class ReturnVisit(Record):
    """One return visit. ``once`` says which rule or contract wanted it, for what and when: that is there once."""

    __label__ = _("Return visit")
    __plural__ = _("Return visits")
    __icon__ = "ti-mood-smile"
    __unique__ = (("once",),)
    __indexes__ = (("state", "due_on"),)
    __told__ = "customer"
    __refusals__: ClassVar[dict[str, Any]] = {"return_visit_once_key": _("This return visit is there already.")}

    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    due_on: Mapped[Day] = field(_("Due on"))
    contract_id: Mapped[int | None] = key("contract")
    contract: Mapped[Contract | None] = link(_("Contract"))
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"))
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"))
    rule_id: Mapped[int | None] = key("visit_rule")
    rule: Mapped[VisitRule | None] = link(_("Rule"), readonly=True)
    ask: Mapped[Note | None] = field(_("What to ask"))
    way: Mapped[Code] = choice(_("How"), WAYS, default="phone")
    feeling: Mapped[Code | None] = choice(_("The customer is"), FEELINGS, tints=FEELING_TINTS)
    score_worker: Mapped[Stars | None] = field(_("Stars for the carer"))
    score_company: Mapped[Stars | None] = field(_("Stars for us"))
    said: Mapped[Note | None] = field(_("What was said"))
    visited_at: Mapped[Moment | None] = field(_("Asked at"), "workflow", readonly=True)
    remedy: Mapped[Note | None] = field(_("What is put right"), "workflow", readonly=True)
    result: Mapped[Note | None] = field(_("Result"), "workflow", readonly=True)
    replaced_id: Mapped[int | None] = key("worker")
    replaced: Mapped[Worker | None] = link(_("Carer before"), readonly=True)
    once: Mapped[str | None] = mapped_column(String(80), info={"bookkeeping": True})
    state: Mapped[Code] = field(_("State"), "workflow", default="planned")

    __called__ = ("due_on",)

    def __str__(self) -> str:
        return f"{self.due_on}"

    def before_create(self, session: Session) -> None:
        """It belongs to whom its customer belongs to; the carer is the contract's, or who was there last."""
        with session.no_autoflush:
            contract = self.contract or (session.get(Contract, self.contract_id) if self.contract_id else None)
            order = self.order or (session.get(Order, self.order_id) if self.order_id else None)
            if contract is not None or order is not None:
                self.customer_id = self.customer_id or (contract or order).customer_id  # type: ignore[union-attr]
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is None:
                return
            self.store_id, self.owner_id = customer.store_id, customer.owner_id
            if self.worker_id is None and self.worker is None:
                last = select(Visit.worker_id).where(Visit.order_id == order.id, Visit.state.not_in(FREE)) if order is not None else None
                self.worker_id = (
                    contract.worker_id if contract is not None
                    else session.scalars(last.order_by(Visit.id.desc()).limit(1)).first() if last is not None else None
                )  # fmt: skip

    def facts(self) -> dict[str, str]:
        return {"number": str(self), "customer": str(self.customer), "worker": str(self.worker or ""), "said": self.said or ""}

