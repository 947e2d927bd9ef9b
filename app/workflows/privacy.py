"""How a privacy request is answered: a copy of everything that is kept, or everything personal made unreadable."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import object_session

from app.engine.clock import now
from app.engine.errors import Missing, NotInThisState, Refused
from app.engine.files import attach
from app.engine.workflow import State, Step, Workflow, step
from app.extensions import storage
from app.models.order import Order
from app.models.payment import Receivable
from app.models.privacy import PrivacyTicket
from app.workflows.forgetting import forget
from app.workflows.subject import Subject, packed


class PrivacyFlow(Workflow[PrivacyTicket]):
    """Asked, approved, done; or declined, with the reason. An approved wish has one way on: its own."""

    asked = State(_("Asked"), "wait", initial=True)
    approved = State(_("Approved"), "plan", locks="basic")
    done = State(_("Done"), "done", final=True, locks="basic internal")
    declined = State(_("Turned down"), "off", final=True, locks="basic internal")

    @step(_("Approve"), asked, to=approved)
    def approve(self) -> None:
        """Somebody made sure that it is the customer who asks."""

    @step(_("Turn down"), asked, approved, to=declined, fields={"reason": _("Reason")}, danger=True)
    def decline(self, reason: str) -> None:
        self.record.reason = reason

    @step(_("Make the copy"), approved, to=done)
    def export(self) -> None:
        """Everything that is kept, as one file of the ticket: who may read the ticket's files hands it over."""
        self.only("export")
        session = object_session(self.record)
        if session is None:
            raise Missing
        files = packed(session, storage(), Subject.of(session, self.record.customer))
        attach(session, storage(), self.record, f"{self.record.number}.zip", files, kind="application/zip")
        self.record.done_at = now()

    @step(
        _("Erase for ever"), approved, to=done, danger=True,
        fields={"confirm": _("This cannot be undone. Write the number of this request to confirm")},
    )  # fmt: skip
    def erase(self, confirm: str) -> None:
        """Names, numbers, homes and free texts go; orders, amounts and receipts stay."""
        self.only("erase")
        if confirm.strip().upper() != self.record.number.upper():
            raise Refused(_("This is not the number of this request. Nothing was erased."))
        session = object_session(self.record)
        if session is None:
            raise Missing
        mine = Order.customer_id == self.record.customer_id
        if session.scalar(select(Order.id).where(mine, Order.state.not_in(("done", "cancelled"))).limit(1)):
            raise NotInThisState(_("There are orders that are not finished. Finish or cancel them first."))
        if session.scalar(select(Receivable.id).where(Receivable.customer_id == self.record.customer_id, Receivable.arrears > 0).limit(1)):
            raise NotInThisState(_("The customer still owes something. Settle it first."))
        forget(session, storage(), Subject.of(session, self.record.customer))
        self.record.done_at = now()

    def possible(self) -> list[Step]:
        other = {"export": "erase", "erase": "export"}.get(self.record.kind)
        return [s for s in super().possible() if s.name != other]

    def only(self, kind: str) -> None:
        if self.record.kind != kind:
            raise NotInThisState(_("The customer asked for something else."))
