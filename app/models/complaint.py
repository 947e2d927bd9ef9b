"""Complaints: what was wrong, who puts it right, until when, step by step, and what we learn from it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import local, now
from app.engine.current import current
from app.engine.fields import Code, Day, Flag, Moment, Name, Note, Number, Stars, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.contract import Contract
from app.models.customer import Customer
from app.models.evaluation import Review
from app.models.order import Order, store_code
from app.models.organisation import Staff
from app.models.worker import Worker

KINDS = {
    "attitude": _("Manner"), "skill": _("Skill"), "late": _("Late, or did not come"), "price": _("Price and bill"),
    "damage": _("Damage and loss"), "safety": _("Safety"), "device": _("Device"), "low_score": _("Low score"),
    "other": _("Other"),
}  # fmt: skip
LEVELS = {"1": _("Urgent"), "2": _("Serious"), "3": _("Usual")}
LEVEL_TINTS = {"1": "bad", "2": "wait", "3": "plan"}
CAUSES = {
    "training": _("Training"), "matching": _("The wrong carer was sent"), "schedule": _("Planning of times"),
    "words": _("We said it badly"), "price": _("Unclear price"), "conduct": _("Conduct"), "device": _("Device"), "outside": _("Not ours"),
}  # fmt: skip
HANDLERS = {
    "manager": _("Store manager"), "agent": _("Agent"), "dispatcher": _("Dispatcher"), "finance": _("Finance"), "admin": _("Administrator"),
}  # fmt: skip
HOURS = 48  # for a kind that no route names


class ComplaintRoute(Record):
    """Who handles complaints of one kind, within how many hours, and who hears of it when that was not kept."""

    __label__ = _("Complaint route")
    __plural__ = _("Complaint routes")
    __icon__ = "ti-route"
    __called__ = ("kind",)
    __table_args__ = (CheckConstraint("hours > 0", name="complaint_route_hours_above_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"complaint_route_hours_above_zero": _("The hours must be above zero.")}

    kind: Mapped[Code] = choice(_("Kind"), KINDS, default="other")
    level: Mapped[Code | None] = choice(_("Only of the level"), LEVELS)
    role: Mapped[Code] = choice(_("Handled by"), HANDLERS, default="manager")
    person_id: Mapped[int | None] = key("staff")
    person: Mapped[Staff | None] = link(_("Or by this colleague"))
    hours: Mapped[Number] = field(_("Within hours"), default=Decimal(24))
    above: Mapped[Code] = choice(_("When late, goes to"), HANDLERS, default="admin")
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return str(KINDS.get(self.kind, self.kind))


class Complaint(Record):
    """One complaint. Its handler owns it; ``ComplaintFlow`` moves it."""

    __label__ = _("Complaint")
    __plural__ = _("Complaints")
    __icon__ = "ti-message-exclamation"
    __unique__ = (("number",), ("review_id",))
    __indexes__ = (("state", "due_at"), ("created_at",))
    __search__ = ("number",)
    __told__ = "customer"

    number: Mapped[Code] = field(_("Complaint no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    kind: Mapped[Code] = choice(_("Kind"), KINDS, open=True, default="other")
    level: Mapped[Code] = choice(_("Level"), LEVELS, tints=LEVEL_TINTS, default="3")
    said: Mapped[Note] = field(_("What was wrong"))
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"))
    contract_id: Mapped[int | None] = key("contract")
    contract: Mapped[Contract | None] = link(_("Contract"))
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"))
    review_id: Mapped[int | None] = key("review")
    review: Mapped[Review | None] = link(_("Review"), readonly=True)
    happened_on: Mapped[Day | None] = field(_("Happened on"))
    handler_id: Mapped[int | None] = key("staff")
    handler: Mapped[Staff | None] = link(_("Handled by"))
    due_at: Mapped[Moment | None] = field(_("To be solved by"), "workflow", readonly=True)
    escalated_at: Mapped[Moment | None] = field(_("Handed up at"), "workflow", readonly=True)
    cause: Mapped[Code | None] = choice(_("Cause"), CAUSES, "internal", open=True)
    remark: Mapped[Note | None] = field(_("Remark"), "internal")
    result: Mapped[Note | None] = field(_("Result, as the customer is told"), "workflow", readonly=True)
    solved_at: Mapped[Moment | None] = field(_("Solved at"), "workflow", readonly=True)
    rating: Mapped[Stars | None] = field(_("Customer's rating of the answer"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="opened")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """Number, handler and deadline follow from the customer and the kind."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is None:
                return
            self.store_id = customer.store_id
            self.kind, self.level = self.kind or "other", self.level or "3"
            order = self.order or (session.get(Order, self.order_id) if self.order_id else None)
            contract = self.contract or (session.get(Contract, self.contract_id) if self.contract_id else None)
            if self.worker_id is None and self.worker is None and contract is not None and order is None:
                self.worker_id = contract.worker_id
            self.route(session)
            if not self.number:
                self.number = next_number(session, "TS", store_code(session, self.store_id))

    def route(self, session: Session) -> None:
        """To whom it goes, and until when."""
        found = route_of(session, self.kind, self.level)
        handler = found.person if found is not None and found.person is not None and found.person.active else None
        if self.handler_id is None and self.handler is None:
            handler = handler or first_of(session, found.role if found is not None else "manager", self.store_id)
            self.handler_id = handler.id if handler is not None else None
        self.owner_id = self.handler_id or (self.handler.id if self.handler else None) or current().actor_id
        self.due_at = self.due_at or now() + timedelta(hours=float(found.hours if found is not None else HOURS))

    def after_create(self, _session: Session) -> None:
        if current().trusted != "sample":
            announce("complaint.low_score" if self.review_id else "complaint.opened", self)

    def before_change(self, _session: Session, names: set[str]) -> None:
        """Whoever handles it owns it."""
        if "handler" in names and self.handler is not None:
            self.owner_id = self.handler.id

    def facts(self) -> dict[str, str]:
        """What messages about this complaint may say."""
        until = f"{local(self.due_at):%m-%d %H:%M}" if self.due_at else ""
        return {"number": self.number, "customer": str(self.customer), "kind": str(KINDS.get(self.kind, self.kind)), "until": until}


class ComplaintStep(Record):
    """What was done, when, by whom. Rights let it be added, not changed; those that are told stand on the customer's page.

    It is no ledger: its words may name people, who have a right to be forgotten.
    """

    __label__ = _("Step of a complaint")
    __plural__ = _("Steps of complaints")
    __icon__ = "ti-list-check"
    __indexes__ = (("complaint_id", "id"),)

    complaint_id: Mapped[int] = key("complaint")
    complaint: Mapped[Complaint] = link(_("Complaint"))
    at: Mapped[Moment] = field(_("At"), default=now)
    done: Mapped[Note] = field(_("What was done"))
    result: Mapped[Note | None] = field(_("What came of it"))
    told: Mapped[Flag] = field(_("The customer sees it"), default=False)

    __called__ = ("at",)

    def __str__(self) -> str:
        return f"{local(self.at):%m-%d %H:%M}"

    def before_create(self, session: Session) -> None:
        """It is in the store of its complaint; its owner is who did it."""
        with session.no_autoflush:
            complaint = self.complaint or session.get(Complaint, self.complaint_id or 0)
            if complaint is not None:
                self.store_id = complaint.store_id


class Correction(Record):
    """What is changed so that a cause does not come again: one for one complaint or for many."""

    __label__ = _("Correction")
    __plural__ = _("Corrections")
    __icon__ = "ti-tool"
    __search__ = ("name",)
    __indexes__ = (("state", "due_on"),)

    name: Mapped[Name] = field(_("What to change"))
    complaint_id: Mapped[int | None] = key("complaint")
    complaint: Mapped[Complaint | None] = link(_("Complaint"))
    cause: Mapped[Code] = choice(_("Cause"), CAUSES, open=True, default="training")
    person_id: Mapped[int | None] = key("staff")
    person: Mapped[Staff | None] = link(_("Done by"))
    due_on: Mapped[Day | None] = field(_("Until"))
    result: Mapped[Note | None] = field(_("Result"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="todo")

    def __str__(self) -> str:
        return self.name

    def before_create(self, session: Session) -> None:
        with session.no_autoflush:
            complaint = self.complaint or (session.get(Complaint, self.complaint_id) if self.complaint_id else None)
            if complaint is not None:
                self.store_id = complaint.store_id


def route_of(session: Session, kind: str, level: str) -> ComplaintRoute | None:
    """The route of a kind; one for this level comes before one for all."""
    found = session.scalars(select(ComplaintRoute).where(ComplaintRoute.active, ComplaintRoute.kind == kind).order_by(ComplaintRoute.id))
    fitting = [r for r in found if r.level in (None, level)]
    return next((r for r in fitting if r.level), None) or next(iter(fitting), None)


def first_of(session: Session, role: str, store: int | None) -> Staff | None:
    """The first colleague of a role in a store; where the store has none, in the company."""
    held = list(session.scalars(select(Staff).where(Staff.active, Staff.roles.contains([role])).order_by(Staff.id)))
    return next((p for p in held if p.store_id == store), None) or next(iter(held), None)
