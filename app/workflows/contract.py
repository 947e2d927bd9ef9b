"""How a contract goes from a draft to its end."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.errors import NotInThisState
from app.engine.workflow import State, Workflow, step
from app.models.contract import Contract


class ContractFlow(Workflow[Contract]):
    """Draft, in force, ended or terminated. What may be touched while it is in force is a right (``terms@active``)."""

    draft = State(_("Draft"), "draft", initial=True)
    active = State(_("In force"), "run", locks="basic")
    ended = State(_("Ended"), "done", final=True, locks="basic finance terms")
    terminated = State(_("Terminated"), "off", final=True, locks="basic finance terms")

    @step(_("Put in force"), draft, to=active)
    def activate(self) -> None:
        """Nothing is in force that is not written and signed."""
        if not self.record.terms or self.record.signed_on is None:
            raise NotInThisState(_("Write the terms and the day it was signed first."))

    @step(_("End"), active, to=ended)
    def end(self) -> None:
        """Its time is over, or both sides are done."""

    @step(_("Terminate"), active, to=terminated, fields={"reason": _("Reason")}, danger=True)
    def terminate(self, reason: str) -> None:
        self.record.reason = reason
