"""How a complaint is handled: taken up, solved, told to the customer, closed; late ones go up."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.engine.clock import now
from app.engine.errors import Missing, NotInThisState, Refused
from app.engine.outbox import announce
from app.engine.record import hold
from app.engine.workflow import State, Workflow, step
from app.models.complaint import Complaint, ComplaintStep, Correction, first_of, route_of

OPEN = ("opened", "handling")
WHAT = {"done": _("What is done about it")}


class ComplaintFlow(Workflow[Complaint]):
    """Opened, being handled, solved, closed. Each step is one more line of the course, and most are told to the customer."""

    opened = State(_("New"), "bad", initial=True)
    handling = State(_("Being handled"), "run")
    solved = State(_("Solved"), "plan", locks="basic")
    closed = State(_("Closed"), "done", final=True, locks="basic internal")

    @step(_("Take it up"), opened, to=handling, fields=WHAT)
    def take_up(self, done: str) -> None:
        self.line(done)

    @step(_("Solve"), opened, handling, to=solved, fields={"result": _("Result, as the customer is told")})
    def solve(self, result: str) -> None:
        """The cause has to be known, or nothing is learnt."""
        if not self.record.cause:
            raise NotInThisState(_("Choose the cause first."))
        self.record.result, self.record.solved_at = result, now()
        self.line(str(_("Solved")), result)

    @step(_("Open again"), solved, to=handling, fields={"reason": _("What is still wrong")})
    def reopen(self, reason: str) -> None:
        self.record.solved_at = None
        self.line(reason)

    @step(_("Close"), solved, to=closed)
    def close(self) -> None:
        """The customer was told, and has nothing more to say."""

    def line(self, done: str, result: str | None = None) -> None:
        session = object_session(self.record)
        if session is None:
            raise Missing
        session.add(ComplaintStep(complaint_id=self.record.id, complaint=self.record, at=now(), done=done, result=result, told=True))


class CorrectionFlow(Workflow[Correction]):
    """Open, done."""

    todo = State(_("Open"), "wait", initial=True)
    done = State(_("Done"), "done", final=True, locks="basic")

    @step(_("Done"), todo, to=done, fields={"result": _("Result")})
    def finish(self, result: str) -> None:
        self.record.result = result


def escalate(session: Session) -> int:
    """Complaints whose time is over go to whom their route names, once. The caller is trusted, and commits."""
    late = select(Complaint).where(Complaint.state.in_(OPEN), Complaint.due_at < now(), Complaint.escalated_at.is_(None))
    done = 0
    for one in session.scalars(late.order_by(Complaint.due_at, Complaint.id).limit(100).with_for_update(skip_locked=True, key_share=True)):
        route = route_of(session, one.kind, one.level)
        above = first_of(session, route.above if route is not None else "admin", one.store_id)
        one.escalated_at = now()
        if above is not None:
            one.handler_id = one.owner_id = above.id
        text = str(_("Not solved in time. Handed up to %(name)s.", name=above or "—"))
        session.add(ComplaintStep(complaint_id=one.id, complaint=one, at=now(), done=text, told=False))
        session.flush()
        announce("complaint.late", one)
        done += 1
    return done


def answered(session: Session, complaint: Complaint, rating: int, words: str) -> None:
    """What the customer says to the answer, on the signed page: content closes it, discontent opens it again. Once."""
    hold(session, complaint)
    if complaint.state != "solved":
        return
    if not 1 <= rating <= 5:
        raise Refused(_("Choose one to five stars."))
    complaint.rating = rating
    if rating >= 3:
        ComplaintFlow(complaint).take("close")
    elif words.strip():
        ComplaintFlow(complaint).take("reopen", reason=words.strip()[:1000])
    else:
        raise Refused(_("Write what is still wrong."))
