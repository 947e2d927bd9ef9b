"""How an order becomes a work order, and how the two stay one story: the order leads, the work order follows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.outbox import Notice, reaction
from app.engine.record import hold
from app.engine.workflow import State, Workflow, step
from app.models.order import Order
from app.models.work_order import SAME, DeviceLine, WorkOrder, work_order_of
from app.workflows.order import OrderFlow


class WorkOrderFlow(Workflow[WorkOrder]):
    """Waiting, assigned, under way, done. Nobody's own steps: the order's steps move it, so the two never tell different things."""

    waiting = State(_("Waiting for an engineer"), "wait", initial=True)
    assigned = State(_("Assigned"), "plan", locks="basic")
    under_way = State(_("Under way"), "run", locks="basic")
    done = State(_("Done"), "done", final=True, locks="basic internal")
    cancelled = State(_("Cancelled"), "off", final=True, locks="basic internal")

    @step(_("Assign"), waiting, to=assigned)
    def assign(self) -> None:
        """An engineer was found."""

    @step(_("Take back"), assigned, to=waiting)
    def unassign(self) -> None:
        """Another engineer has to be found."""

    @step(_("Start"), waiting, assigned, to=under_way)
    def start(self) -> None:
        """The engineer is there."""

    @step(_("Finish"), waiting, assigned, under_way, to=done)
    def finish(self) -> None:
        """The job is done."""

    @step(_("Cancel"), waiting, assigned, under_way, to=cancelled, danger=True)
    def cancel(self) -> None:
        """The order was called off."""


SAME_STATE = {
    OrderFlow.placed.name: WorkOrderFlow.waiting, OrderFlow.assigned.name: WorkOrderFlow.assigned,
    OrderFlow.under_way.name: WorkOrderFlow.under_way, OrderFlow.done.name: WorkOrderFlow.done,
    OrderFlow.cancelled.name: WorkOrderFlow.cancelled,
}  # fmt: skip  # an order that waits for a word makes none yet


@reaction("order.placed")
@reaction("order.confirm")
@reaction("order.agree")
@reaction("order.refuse_price")
@reaction("order.assign")
@reaction("order.unassign")
@reaction("order.start")
@reaction("order.finish")
@reaction("order.cancel")
@reaction("order.moved")
@reaction("order.edited")
def keep_up(session: Session, notice: Notice) -> None:
    """Make the work order of a confirmed order, or bring it to where its order is. A notice told twice, or late, changes nothing."""
    order = session.get(Order, notice.record_id)
    target = SAME_STATE.get(order.state) if order is not None else None
    if order is None or target is None or not (order.service.work or work_order_of(session, order)):
        return
    hold(session, order)  # of two notices at once the second finds what the first made
    work = work_order_of(session, order)
    if work is None:
        if target is not WorkOrderFlow.cancelled:
            make(session, order)
        return
    if any(getattr(work, n) != getattr(order, n) for n in (*SAME, "store_id", "owner_id")):
        work.like(order)
        session.flush()
    flow = WorkOrderFlow(work)
    way = next((s for s in flow.steps.values() if flow.state in s.sources and s.target is target), None)
    if way is not None:
        flow.take(way.name)


def make(session: Session, order: Order) -> WorkOrder:
    """The work order of an order, with the order's devices, or the one that its service is for. The caller is trusted."""
    work = WorkOrder(order=order, order_id=order.id, kind=order.service.work)
    session.add(work)
    session.flush()
    lines = list(session.scalars(select(DeviceLine).where(DeviceLine.order_id == order.id)))
    for line in lines:
        line.work_order = work
    if not lines and order.service.device:
        session.add(DeviceLine(order=order, work_order=work, device=order.service.device))
    session.flush()
    return work
