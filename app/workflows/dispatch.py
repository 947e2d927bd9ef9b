"""How a carer is sent: offered, accepted, on the way, on site, finished; and the verb that offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.engine.clock import now
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.policy import may
from app.engine.record import hold
from app.engine.verbs import Verb, offer
from app.engine.workflow import State, Workflow, step
from app.models.dispatch import FREE, Visit
from app.models.order import Order, end_of
from app.models.worker import Worker
from app.workflows.hours import settle_visit
from app.workflows.matching import reasons_against
from app.workflows.order import OrderFlow
from app.workflows.pay import pay_of
from app.workflows.tracking import OFFICE, Tap, check_photos, check_place, punctual, tapped

REASON = {"reason": _("Reason")}
followers: list[Any] = []  # what follows from who is sent: care days put themselves here, and are told the order
WHERE = {"lat": _("Latitude"), "lng": _("Longitude"), "far": _("Why so far from the address")}


class DispatchFlow(Workflow[Visit]):
    """Each step moves the order along, and is kept with who took it, when and where."""

    tap: Tap = OFFICE  # who takes the next step: the office, unless a carer's page says otherwise

    offered = State(_("Offered"), "wait", initial=True)
    accepted = State(_("Accepted"), "plan", locks="basic")
    on_the_way = State(_("On the way"), "run", locks="basic")
    on_site = State(_("On site"), "run", locks="basic")
    working = State(_("At work"), "run", locks="basic")
    finished = State(_("Finished"), "done", final=True, locks="basic cost")
    declined = State(_("Declined"), "off", final=True, locks="basic cost")
    cancelled = State(_("Cancelled"), "off", final=True, locks="basic cost")

    def take(self, name: str, **inputs: Any) -> None:
        super().take(name, **inputs)
        tapped(self.record, name, self.tap)

    @property
    def moment(self) -> datetime:
        """When the step was taken: a tap may have waited for the network."""
        return self.tap.at or now()

    @step(_("Accept"), offered, to=accepted)
    def accept(self) -> None:
        self.record.accepted_at = self.moment

    @step(_("Decline"), offered, to=declined, fields=REASON, danger=True)
    def decline(self, reason: str) -> None:
        self.free_order(reason)

    @step(_("Set out"), accepted, to=on_the_way)
    def set_out(self) -> None:
        self.record.set_out_at = self.moment

    @step(_("Check in"), on_the_way, to=on_site, fields=WHERE, optional="lat lng far")
    def check_in(self, lat: float | None = None, lng: float | None = None, far: str | None = None) -> None:
        """The carer is at the door; from far away only with a reason."""
        lat, lng = self.tap.lat if lat is None else lat, self.tap.lng if lng is None else lng
        self.record.check_in_far, self.record.far_reason = check_place(self.record, lat, lng, far), far or None
        self.record.checked_in_at, self.record.arrival = self.moment, punctual(self.record, self.moment)
        self.record.check_in_lat, self.record.check_in_lng = lat, lng
        if self.record.order.state != OrderFlow.under_way.name:  # a second carer comes to work that goes on
            OrderFlow(self.record.order).take("start")

    @step(_("Begin"), on_site, to=working)
    def begin(self) -> None:
        self.record.begun_at = self.moment

    @step(_("Finish"), on_site, working, to=finished, fields={"report": _("Report")}, optional="report")
    def finish(self, report: str | None = None) -> None:
        """The work is done. Who forgot to tap that it began, began on arrival."""
        visit = self.record
        check_photos(visit)
        visit.finished_at, visit.report = self.moment, report
        visit.begun_at = visit.begun_at or visit.checked_in_at
        if visit.actual_start is None and visit.actual_end is None and visit.begun_at and visit.begun_at < visit.finished_at:
            visit.actual_start, visit.actual_end = visit.begun_at, visit.finished_at
        visit.slip = "missing" if visit.slip == "none" else visit.slip
        if self.alone():
            OrderFlow(visit.order).take("finish")
        settle_visit(visit)

    @step(_("Cancel"), offered, accepted, on_the_way, to=cancelled, fields=REASON, danger=True)
    def cancel(self, reason: str) -> None:
        self.free_order(reason)

    def free_order(self, reason: str) -> None:
        """The carer's time is free again; the order, if it still waits for this carer, looks for another one."""
        self.record.reason = reason
        if self.record.order.state == OrderFlow.assigned.name and self.alone():
            OrderFlow(self.record.order).take("unassign")
            follow(self.record.order)

    def alone(self) -> bool:
        """Whether no other carer is still to come to the order, or at it."""
        session, visit = object_session(self.record), self.record
        others = select(Visit.id).where(Visit.order_id == visit.order_id, Visit.id != visit.id, Visit.state.not_in((*FREE, "finished")))
        return session is None or session.scalar(others.limit(1)) is None


def follow(order: Order) -> None:
    """Tell those who follow that somebody was sent to an order, or taken off it."""
    for tell in followers:
        tell(object_session(order), order)


def assign(session: Session, order: Order, worker: Worker) -> Visit:
    """Offer an order to a carer. Order and carer are held until the caller commits, so the second of two waits.

    Raises:
        Forbidden: the actor may not assign orders.
        NotInThisState: the order no longer waits for a carer.
        Refused: a hard rule is against this carer; the message says which.

    """
    if not may(Order, "can:assign", order):
        raise Forbidden
    with trusted("assign"):
        for held in (order, worker):
            hold(session, held)
        if order.state != OrderFlow.placed.name:
            raise NotInThisState(_("This order already has a carer, or is over."))
        if against := reasons_against(session, order, worker):
            raise Refused(against[0])
        visit = Visit(order=order, worker=worker, starts_at=order.starts_at, ends_at=end_of(order))
        visit.pay = pay_of(worker, order, visit.starts_at, visit.ends_at)
        session.add(visit)
        session.flush()
        OrderFlow(order).take("assign")
        announce("visit.offered", visit)
        follow(order)
    return visit


def take_off(session: Session, order: Order) -> None:
    """Take an order back from its carer, whose time is free again. Raises ``NotInThisState``."""
    with trusted("take off"):
        hold(session, order)
        if order.state != OrderFlow.assigned.name:
            raise NotInThisState(_("This is now “%(state)s”, so the step cannot be taken.", state=OrderFlow(order).state.label))
        open_ones = select(Visit).where(Visit.order_id == order.id, Visit.state.not_in((*FREE, "finished")))
        for visit in session.scalars(open_ones):
            DispatchFlow(visit).take("cancel", reason=str(_("The order was taken back.")))
        if order.state == OrderFlow.assigned.name:
            OrderFlow(order).take("unassign")
            follow(order)


offer(
    Order,
    Verb(
        name="unassign",
        label=_("Take back"),
        needs="step:unassign",
        objects={},
        fits=lambda order: bool(order.state == OrderFlow.assigned.name),
        run=take_off,
    ),
)

offer(
    Order,
    Verb(
        name="assign",
        label=_("Assign"),
        needs="can:assign",
        objects={"worker": (_("Carer"), Worker)},
        fits=lambda order: bool(order.state == OrderFlow.placed.name),
        run=assign,
    ),
)


@reaction("order.cancel")
def cancel_visits(session: Session, notice: Notice) -> None:
    """An order that is called off frees its carer."""
    open_ones = select(Visit).where(Visit.order_id == notice.record_id, Visit.state.not_in((*FREE, "finished")))
    for visit in session.scalars(open_ones):
        DispatchFlow(visit).take("cancel", reason=str(_("The order was cancelled.")))
