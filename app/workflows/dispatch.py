"""How a carer is sent: offered, accepted, on the way, on site, finished; and the verb that offers."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.policy import may
from app.engine.record import hold
from app.engine.verbs import Verb, offer
from app.engine.workflow import State, Workflow, step
from app.models.dispatch import FREE, Visit, hours
from app.models.order import Order, cents
from app.models.worker import Worker
from app.workflows.matching import end_of, reasons_against
from app.workflows.order import OrderFlow

REASON = {"reason": _("Reason")}
WHERE = {"lat": _("Latitude"), "lng": _("Longitude")}


class DispatchFlow(Workflow[Visit]):
    """Each step moves the order along."""

    offered = State(_("Offered"), "wait", initial=True)
    accepted = State(_("Accepted"), "plan", locks="basic")
    on_the_way = State(_("On the way"), "run", locks="basic")
    on_site = State(_("On site"), "run", locks="basic")
    finished = State(_("Finished"), "done", final=True, locks="basic cost")
    declined = State(_("Declined"), "off", final=True, locks="basic cost")
    cancelled = State(_("Cancelled"), "off", final=True, locks="basic cost")

    @step(_("Accept"), offered, to=accepted)
    def accept(self) -> None:
        self.record.accepted_at = now()

    @step(_("Decline"), offered, to=declined, fields=REASON, danger=True)
    def decline(self, reason: str) -> None:
        self.free_order(reason)

    @step(_("Set out"), accepted, to=on_the_way)
    def set_out(self) -> None:
        self.record.set_out_at = now()

    @step(_("Check in"), on_the_way, to=on_site, fields=WHERE, optional="lat lng")
    def check_in(self, lat: float | None = None, lng: float | None = None) -> None:
        self.record.checked_in_at = now()
        self.record.check_in_lat, self.record.check_in_lng = lat, lng
        OrderFlow(self.record.order).take("start")

    @step(_("Finish"), on_site, to=finished, fields={"report": _("Report")}, optional="report")
    def finish(self, report: str | None = None) -> None:
        self.record.finished_at, self.record.report = now(), report
        OrderFlow(self.record.order).take("finish")

    @step(_("Cancel"), offered, accepted, on_the_way, to=cancelled, fields=REASON, danger=True)
    def cancel(self, reason: str) -> None:
        self.free_order(reason)

    def free_order(self, reason: str) -> None:
        """The carer's time is free again; the order, if it still waits for this carer, looks for another one."""
        self.record.reason = reason
        if self.record.order.state == OrderFlow.assigned.name:
            OrderFlow(self.record.order).take("unassign")


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
        visit.pay = cents(Decimal(hours(visit.starts_at, visit.ends_at)) * worker.pay_rate)
        session.add(visit)
        session.flush()
        OrderFlow(order).take("assign")
        announce("visit.offered", visit)
    return visit


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
