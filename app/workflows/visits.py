"""Return visits: planned at the signing and by rules, answered, and followed up until the customer is content."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from app.engine.clock import now, today
from app.engine.current import trusted
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.outbox import announce
from app.engine.policy import may
from app.engine.record import hold
from app.engine.verbs import Verb, offer
from app.engine.workflow import State, Step, Workflow, step
from app.models.care import ReturnVisit
from app.models.contract import Contract
from app.models.contract_template import LONGEST, days_of
from app.models.worker import Worker

STEPS_OF = {
    "satisfied": ("encourage",), "dissatisfied": ("correct", "replace"), "unreached": ("miss",),
    None: ("encourage", "correct", "replace", "miss"),
}  # fmt: skip
MOST = 60  # visits of one contract
AGAIN = 3  # days after which a new carer is asked about, and one that was corrected
SPAN = {"week": 7, "month": 30, "quarter": 91}


class ReturnVisitFlow(Workflow[ReturnVisit]):
    """Planned; then content, or put right, or with another carer: a visit is closed when the customer is content."""

    planned = State(_("Planned"), "wait", initial=True)
    correcting = State(_("Being put right"), "run", locks="basic")
    replacing = State(_("Carer to be replaced"), "bad", locks="basic")
    content = State(_("Content"), "done", final=True, locks="basic")
    solved = State(_("Put right"), "done", final=True, locks="basic")
    missed = State(_("Not reached"), "off", final=True, locks="basic")

    @step(_("Satisfied: encourage"), planned, to=content, fields={"praise": _("Praise for the carer")}, optional="praise")
    def encourage(self, praise: str = "") -> None:
        """The carer hears of it."""
        self.asked("satisfied")
        self.record.remedy = praise or None

    @step(_("Put it right"), planned, to=correcting, fields={"remedy": _("What is put right, by whom, until when")})
    def correct(self, remedy: str) -> None:
        self.asked("dissatisfied")
        self.record.remedy = remedy

    @step(_("It is put right"), correcting, to=solved, fields={"result": _("Result")})
    def solve(self, result: str) -> None:
        """A last look a few days later closes the loop."""
        self.record.result = result
        ask_again(self.session, self.record)

    @step(_("Replace the carer"), planned, correcting, to=replacing, fields={"remedy": _("Why, and what the next carer must know")})
    def replace(self, remedy: str) -> None:
        if self.record.state == "planned":
            self.asked("dissatisfied")
        if self.record.worker_id is None:
            raise NotInThisState(_("No carer is named here who could be replaced."))
        self.record.remedy = remedy

    @step(_("Replaced"), replacing, to=solved)
    def swap(self) -> None:
        """Another carer is there: see ``replace_worker``."""
        ask_again(self.session, self.record)

    @step(_("Not reached"), planned, to=missed)
    def miss(self) -> None:
        """We try again the next day."""
        self.record.visited_at, self.record.feeling = now(), "unreached"
        ask_again(self.session, self.record, 1)

    def possible(self) -> list[Step]:
        """After the answer only what fits it."""
        found = super().possible()
        return [s for s in found if self.record.state != "planned" or s.name in STEPS_OF.get(self.record.feeling, ())]

    def asked(self, feeling: str) -> None:
        visit = self.record
        visit.feeling = feeling
        if not visit.said or visit.score_company is None or (visit.worker_id and visit.score_worker is None):
            raise NotInThisState(_("Write down the stars and what was said first."))
        visit.visited_at = now()

    @property
    def session(self) -> Session:
        found = object_session(self.record)
        if found is None:
            raise Missing
        return found


def plan_visits(session: Session, contract: Contract, since: date = date.min) -> int:
    """The visits that the contract's template plans, counted from the signing; none twice. The caller is trusted."""
    template, signed = contract.template, contract.signed_on or today()
    if template is None:
        return 0
    days = days_of(template.visit_days)
    last = min(contract.ends_on or signed + timedelta(days=LONGEST), signed + timedelta(days=LONGEST))
    if template.visit_every:
        span, at = SPAN[template.visit_every], max(days, default=0)
        while len(days) < MOST and signed + timedelta(days=at + span) <= last:
            days.append(at := at + span)
    made = 0
    for day in reversed(days):  # pages show the newest rows first: so the next visit stands on top
        if since <= (due := signed + timedelta(days=day)) <= last:
            visit = ReturnVisit(contract_id=contract.id, customer_id=contract.customer_id, due_on=due, ask=asking(template.matters))
            made += add_once(session, visit, f"contract:{contract.id}:{due}")
    return made


def asking(matters: str | None) -> str:
    """What is asked: whether all is as it was agreed."""
    first = str(_("Is the customer content with the service and with the carer? What should be different?"))
    return f"{first}\n{matters}" if matters else first


def add_once(session: Session, visit: ReturnVisit, once: str) -> bool:
    """Add a visit that the database does not have yet. Another process may be faster: then it is there already."""
    if session.scalar(select(ReturnVisit.id).where(ReturnVisit.once == once)):
        return False
    visit.once = once
    try:
        with session.begin_nested():
            session.add(visit)
            session.flush()
    except IntegrityError:
        return False
    return True


def ask_again(session: Session, visit: ReturnVisit, days: int = AGAIN) -> None:
    """The visit that looks whether the last one helped."""
    more = ReturnVisit(
        customer_id=visit.customer_id, contract_id=visit.contract_id, order_id=visit.order_id, worker_id=visit.worker_id,
        due_on=today() + timedelta(days=days), ask=visit.ask,
    )  # fmt: skip
    add_once(session, more, f"after:{visit.id}")


def replace_worker(session: Session, visit: ReturnVisit, worker: Worker) -> Contract | None:
    """Another carer takes over the contract: a version of it, a closed visit, and a look three days later.

    Raises:
        Forbidden: the actor may not replace carers.
        NotInThisState: nobody is to be replaced here.
        Refused: it is the same carer.

    """
    if not may(ReturnVisit, "step:swap", visit):
        raise Forbidden
    with trusted("replace carer"):
        hold(session, visit)
        if visit.state != "replacing":
            raise NotInThisState(_("No carer is to be replaced here."))
        if worker.id == visit.worker_id:
            raise Refused(_("This is the same carer. Choose another one."))
        visit.replaced_id, visit.worker_id = visit.worker_id, worker.id
        visit.result = str(_("%(worker)s takes over.", worker=worker))
        if (contract := visit.contract) is not None:
            hold(session, contract)
            contract.worker, contract.worker_id = worker, worker.id
            session.flush()
            announce("contract.worker_replaced", contract, worker=str(worker))
        ReturnVisitFlow(visit).take("swap")
    return visit.contract


offer(
    ReturnVisit,
    Verb(
        name="swap",
        label=_("Send another carer"),
        needs="step:swap",
        objects={"worker": (_("Carer"), Worker)},
        fits=lambda visit: bool(visit.state == "replacing"),
        run=replace_worker,
    ),
)

