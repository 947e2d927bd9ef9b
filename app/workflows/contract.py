"""How a contract goes from a draft, through review and signature, to its end."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session, object_session

from app.engine import values
from app.engine.clock import now, today
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.files import attachments
from app.engine.outbox import Notice, reaction
from app.engine.workflow import State, Workflow, step
from app.models.contract import Contract, check_party, worth
from app.models.contract_version import cells, keep_version, latest
from app.models.review import REVIEWERS, roles_for
from app.workflows.contract_money import post_fees, refund
from app.workflows.hours import sell_by_contract
from app.workflows.signing import all_signed, sign_on_paper, withdraw_links
from app.workflows.visits import plan_visits

WHY = {"reason": _("Reason")}
ALL = "basic finance terms cost"


class ContractFlow(Workflow[Contract]):
    """Draft, in review, to be signed, signed, in force; changed, suspended, renewed, expired, ended or terminated.

    What may be touched while it is in force is a right (``terms@active``). People press one button; which of two steps it is,
    is known here: a contract below the lowest tier of review goes straight on to be signed.
    """

    draft = State(_("Draft"), "draft", initial=True)
    in_review = State(_("In review"), "wait", locks=ALL)
    to_sign = State(_("To be signed"), "wait", locks=ALL)
    signed = State(_("Signed"), "plan", locks=ALL)
    active = State(_("In force"), "run", locks="basic cost")
    changing = State(_("Being changed"), "wait")
    suspended = State(_("Suspended"), "pause", locks=ALL)
    expired = State(_("Ran out"), "bad", locks=ALL)
    renewed = State(_("Renewed"), "done", final=True, locks=ALL)
    ended = State(_("Ended"), "done", final=True, locks=ALL)
    terminated = State(_("Terminated"), "off", final=True, locks=ALL)

    @step(_("Submit"), draft, changing, to=in_review)
    def submit(self) -> None:
        """What is reviewed is a version; those who pass it are told."""
        self.version(_("Submitted"))

    @step(_("Ready to sign"), draft, changing, to=to_sign)
    def ready(self) -> None:
        """Nobody has to review so small a contract."""
        self.version(_("Submitted"))

    @step(_("Pass on"), in_review, to=in_review)
    def pass_on(self) -> None:
        """Of several tiers one has agreed."""
        self.pass_version()

    @step(_("Approve"), in_review, to=to_sign)
    def approve(self) -> None:
        """The last tier has agreed."""
        self.pass_version()

    @step(_("Send back"), in_review, to=draft, fields=WHY)
    def send_back(self, reason: str) -> None:
        self.record.reason = reason

    @step(_("Send the change back"), in_review, to=changing, fields=WHY)
    def send_change_back(self, reason: str) -> None:
        self.record.reason = reason

    @step(_("Signed on paper"), to_sign, to=signed)
    def sign(self) -> None:
        """By link when everybody has signed; else the scan of the paper has to be there."""
        if not all_signed(self.session, self.record):
            with trusted("scan"):
                if not attachments(self.session, self.record):
                    raise NotInThisState(_("Attach the scan of the signed paper first, or send the link to sign."))
            sign_on_paper(self.session, self.record)
        self.seal()

    @step(_("Write anew"), to_sign, to=draft)
    def rewrite(self) -> None:
        """The links that were sent open no more."""
        withdraw_links(self.session, self.record)

    @step(_("Write the change anew"), to_sign, to=changing)
    def rewrite_change(self) -> None:
        withdraw_links(self.session, self.record)

    @step(_("Put in force"), draft, signed, to=active)
    def activate(self) -> None:
        """Nothing is in force that is not written and signed. What was signed on paper below every tier goes there at once."""
        if self.record.state == "draft":
            if not self.record.terms or self.record.signed_on is None:
                raise NotInThisState(_("Write the terms and the day it was signed first."))
            if roles := self.reviewers():
                raise NotInThisState(_("So much needs the word of: %(roles)s. Submit it first.", roles=named(roles)))
            self.version(_("Signed on paper"))
            sign_on_paper(self.session, self.record)
            self.seal()

    @step(_("Change the contract"), active, suspended, to=changing, fields=WHY)
    def change(self, reason: str) -> None:
        """Its words are written anew; what was signed stays as a version."""
        made = keep_version(self.session, self.record, reason)
        self.record.signed_no = self.record.signed_no or made.number

    @step(_("Leave as it was"), changing, to=active)
    def as_before(self) -> None:
        last = latest(self.session, self.record)
        if last is not None and last.cells != cells(self.session, self.record):
            raise NotInThisState(_("Something was changed already. Put it back first, or submit the change."))

    @step(_("Suspend"), active, to=suspended, fields={**WHY, "until": _("Until (2026-12-31)")}, optional="until")
    def suspend(self, reason: str, until: str = "") -> None:
        self.record.reason, self.record.until_on = reason, values.day(until) if until else None

    @step(_("Resume"), suspended, to=active)
    def resume(self) -> None:
        self.record.until_on = None

    @step(_("Renewed"), active, suspended, expired, to=renewed)
    def renew(self) -> None:
        """The contract that follows was signed."""

    @step(_("Expire"), active, suspended, to=expired)
    def expire(self) -> None:
        """Its last day is over."""

    @step(_("End"), active, expired, to=ended)
    def end(self) -> None:
        """Its time is over, or both sides are done."""

    @step(_("Terminate"), signed, active, suspended, to=terminated, fields=WHY, danger=True)
    def terminate(self, reason: str) -> None:
        """What is given back is worked out by its own formula, and kept."""
        self.record.reason, self.record.refunded = reason, refund(self.session, self.record).total

    @property
    def session(self) -> Session:
        found = object_session(self.record)
        if found is None:
            raise Missing
        return found

    def take(self, name: str, **inputs: Any) -> None:
        """The button is one; of its two steps the fitting one is taken, for whoever may take the first."""
        other = self.instead(name)
        if other is None:
            super().take(name, **inputs)
            return
        if not self.allowed(self.steps[name]):
            raise Forbidden
        with trusted(f"step: {name}"):
            super().take(other, **inputs)

    def instead(self, name: str) -> str | None:
        if self.state not in self.steps[name].sources:
            return None
        if name == "submit":
            return None if self.reviewers() else "ready"
        if name in ("send_back", "rewrite") and self.record.signed_no is not None:
            return {"send_back": "send_change_back", "rewrite": "rewrite_change"}[name]
        return "pass_on" if name == "approve" and len(self.left()) > 1 else None

    def reviewers(self) -> list[str]:
        with trusted("review"):
            return roles_for(self.session, self.record.kind, worth(self.session, self.record))

    def left(self) -> list[str]:
        """Whose word is still missing, in their order."""
        with trusted("review"):
            last = latest(self.session, self.record)
        given = {role for role, *_rest in (last.approved if last else [])}
        return [role for role in self.reviewers() if role not in given]

    def pass_version(self) -> None:
        """Keep who agreed to this version. Raises ``Forbidden`` for whoever is not asked now, or has submitted it."""
        last, left = latest(self.session, self.record), self.left()
        if last is None:
            raise Missing
        if left and left[0] not in current().roles:
            raise Forbidden(_("It now waits for the word of: %(roles)s.", roles=named(left[:1])))
        if last.created_by is not None and last.created_by == current().actor_id:
            raise Forbidden(_("You have submitted it. Somebody else has to agree."))
        last.approved = [*last.approved, [left[0] if left else "", current().actor_id, f"{now():%Y-%m-%d %H:%M}"]]

    def version(self, why: Any) -> None:
        if not self.record.terms:
            raise NotInThisState(_("Write the terms first."))
        check_party(self.session, self.record)
        keep_version(self.session, self.record, str(why))
        self.session.flush()

    def seal(self) -> None:
        """What a signature brings, once: the day, the receivables, the return visits, and the end of the contract it renews."""
        contract, session = self.record, self.session
        contract.signed_no = keep_version(session, contract).number
        contract.signed_on = contract.signed_on or today()
        session.flush()  # whoever holds the row next reads it anew
        post_fees(session, contract)
        plan_visits(session, contract)
        sell_by_contract(session, contract)
        before = contract.renews
        if before is not None and before.state in {s.name for s in self.steps["renew"].sources}:
            ContractFlow(before).take("renew")


def named(roles: list[str]) -> str:
    return "、".join(str(REVIEWERS.get(r, r)) for r in roles)


@reaction("contract.sign")
def begin(session: Session, notice: Notice) -> None:
    """A contract whose first day has come is in force when it is signed."""
    contract = session.get(Contract, notice.record_id)
    if contract is not None and contract.state == "signed" and contract.starts_on <= today():
        ContractFlow(contract).take("activate")


def daily(session: Session) -> int:
    """What the day brings: contracts begin, and run out. The caller is trusted, and commits."""
    due = (("activate", Contract.state == "signed", Contract.starts_on <= today()),
           ("expire", Contract.state.in_(("active", "suspended")), Contract.ends_on < today()))  # fmt: skip
    done = 0
    for name, *where in due:
        for contract in session.query(Contract).where(*where).order_by(Contract.id).limit(200):
            ContractFlow(contract).take(name)
            done += 1
    return done


def check_open(contract: Contract) -> None:
    """Raises ``Refused`` where there is nothing to sign."""
    if contract.state != "to_sign":
        raise Refused(_("This contract does not wait for a signature."))
