"""How a need becomes an order or a contract, or is lost."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.engine.clock import local, today
from app.engine.errors import NotInThisState
from app.engine.outbox import Notice, reaction
from app.engine.workflow import State, Workflow, step
from app.models.contract import Contract
from app.models.need import Need
from app.models.order import Order
from app.workflows.order import place_order

KIND_OF = {"care": "elder", "matron": "matron", "cleaning": "cleaning", "equipment": "device"}  # a service's category -> a need's kind

SERVICE = _("Choose the service first.")


class NeedFlow(Workflow[Need]):
    """Wanted, matched, then ordered, contracted or lost. What it became stands in it, and can be opened from there."""

    wanted = State(_("To be met"), "wait", initial=True)
    matched = State(_("Carer found"), "plan")
    ordered = State(_("Ordered"), "done", final=True, locks="basic finance")
    contracted = State(_("Under contract"), "done", final=True, locks="basic finance")
    lost = State(_("Lost"), "off", final=True, locks="basic finance")

    @step(_("Carer found"), wanted, to=matched)
    def match(self) -> None:
        """Somebody fits; the customer has not said yes yet."""

    @step(_("Make an order"), wanted, matched, to=ordered)
    def order(self) -> None:
        """The order takes over customer, service, time and wishes; it waits for a carer like any other."""
        need, session = self.record, object_session(self.record)
        if session is None or need.service is None:
            raise NotInThisState(SERVICE)
        if need.starts_at is None:
            raise NotInThisState(_("Say from when first."))
        more = {"special": need.wishes, "store_id": need.store_id, "owner_id": need.owner_id, "source": need.customer.source}
        need.order = place_order(session, need.customer, need.service, need.starts_at, need.quantity, **more)

    @step(_("Draft a contract"), wanted, matched, to=contracted)
    def contract(self) -> None:
        """A draft with customer, service, first day and price; its words and its signing are the contract's own steps."""
        need, session = self.record, object_session(self.record)
        if session is None or need.service is None:
            raise NotInThisState(SERVICE)
        first = local(need.starts_at).date() if need.starts_at else today()
        need.contract = Contract(customer=need.customer, service=need.service, starts_on=first, monthly=need.budget)
        session.add(need.contract)
        session.flush()

    @step(_("Mark as lost"), wanted, matched, to=lost, fields={"reason": _("Reason")}, danger=True)
    def lose(self, reason: str) -> None:
        self.record.reason = reason

    @step(_("Open again"), lost, to=wanted)
    def reopen(self) -> None:
        self.record.reason = None


@reaction("order.agree")
@reaction("order.confirm")
@reaction("order.placed")
def meet(session: Session, notice: Notice) -> None:
    """An order meets the need it was taken for: the oldest open one of that service. A customer's first order tells their first need."""
    order = session.get(Order, notice.record_id)
    if order is None or session.scalar(select(Need.id).where(Need.order_id == order.id)) is not None:
        return
    mine = list(session.scalars(select(Need).where(Need.customer_id == order.customer_id).order_by(Need.id)))
    open_ = [n for n in mine if n.state in (NeedFlow.wanted.name, NeedFlow.matched.name) and n.service_id == order.service_id]
    if open_:
        # No step: the order is there already, and the step would take another one.
        open_[0].order, open_[0].state = order, NeedFlow.ordered.name
    elif not mine:
        kind = KIND_OF.get(order.service.category, "elder")
        said = {"wishes": order.special, "starts_at": order.starts_at, "quantity": order.quantity}
        session.add(Need(customer=order.customer, kind=kind, service=order.service, order=order, state=NeedFlow.ordered.name, **said))
    session.flush()
