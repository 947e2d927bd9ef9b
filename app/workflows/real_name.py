"""How a real name is checked: entered, handed in, then approved or refused by another person or by a provider."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.engine.clock import now
from app.engine.current import current
from app.engine.errors import NotInThisState, Refused
from app.engine.files import Attachment
from app.engine.outbox import Notice, reaction
from app.engine.signatures import stores
from app.engine.workflow import State, Workflow, step
from app.integrations.real_name import Asked, provider
from app.models.worker_paper import RealNameCheck

REASON = {"reason": _("Reason")}


class RealNameFlow(Workflow[RealNameCheck]):
    """Entered, to be checked, then approved or refused. An approved one may be withdrawn."""

    entered = State(_("Being entered"), "draft", initial=True)
    waiting = State(_("To be checked"), "wait", locks="basic private")
    approved = State(_("Approved"), "done", locks="basic private")
    refused = State(_("Refused"), "bad", final=True, locks="basic private")
    withdrawn = State(_("Withdrawn"), "off", final=True, locks="basic private")

    @step(_("Hand in"), entered, to=waiting)
    def submit(self) -> None:
        """With the number and at least one picture; the provider, if there is one, is asked after the commit."""
        if not (self.record.name and self.record.id_number):
            raise Refused(_("Fill in the name and the ID number first."))
        if not photos_of(self.session, self.record):
            raise Refused(_("Attach a photo of the person with the card first, under Files."))

    @step(_("Approve"), waiting, to=approved)
    def approve(self) -> None:
        """The number becomes the carer's, who had none, or the same."""
        worker = self.record.worker
        if worker.id_number and worker.id_number != self.record.id_number:
            raise NotInThisState(_("The carer's record has another ID number. Put one of the two right first."))
        if worker.name != self.record.name:
            raise NotInThisState(_("The carer's record has another name. Put one of the two right first."))
        worker.id_number = self.record.id_number
        self.decided()

    @step(_("Refuse"), waiting, to=refused, fields=REASON, danger=True)
    def refuse(self, reason: str) -> None:
        self.record.reason = reason
        self.decided()

    @step(_("Withdraw the approval"), approved, to=withdrawn, fields=REASON, danger=True)
    def withdraw(self, reason: str) -> None:
        self.record.reason = reason
        self.decided()

    def decided(self) -> None:
        self.record.decided_at, self.record.checked_id = now(), current().actor_id

    @property
    def session(self) -> Session:
        found = object_session(self.record)
        if found is None:
            raise RuntimeError("a step needs a record in a session")
        return found


def photos_of(session: Session, check: RealNameCheck) -> list[Attachment]:
    """The pictures that were attached to a check. The caller is trusted."""
    mine = Attachment.model == "RealNameCheck", Attachment.record_id == check.id, Attachment.removed_at.is_(None)
    return list(session.scalars(select(Attachment).where(*mine, Attachment.kind.startswith("image/")).order_by(Attachment.id)))


@reaction("real_name_check.submit")
def ask_provider(session: Session, notice: Notice) -> None:
    """Let the provider decide, if it does; once, outside the request."""
    check = session.get(RealNameCheck, notice.record_id)
    if check is None or check.state != RealNameFlow.waiting.name:
        return
    photos = []
    for one in photos_of(session, check):
        with stores[0]().open(one.key) as content:
            photos.append(content.read())
    verdict = provider().ask(Asked(check.name, check.id_number or "", tuple(photos)))
    if verdict is None:
        return
    check.way = "provider"
    if verdict.approved:
        RealNameFlow(check).take("approve")
    else:
        RealNameFlow(check).take("refuse", reason=verdict.reason or "-")
