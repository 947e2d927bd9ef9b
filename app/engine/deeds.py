"""What may be done to many rows at once: change, tag, assign, write to, take a step, delete. Each row is judged by itself."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import policy, signatures
from app.engine.assign import Assign
from app.engine.deed import Deed
from app.engine.errors import Forbidden, Invalid, NotInThisState, Refused
from app.engine.fields import fields_of
from app.engine.present import apply
from app.engine.tell import Tell
from app.engine.verbs import VERBS


class Change(Deed):
    """Set some fields to the same values on every row."""

    name, label, icon = "change", _("Change"), "ti-edit"

    @classmethod
    def offered(cls, model: Any) -> bool:
        return super().offered(model) and bool(policy.writable(model))

    def ready(self) -> None:
        self.values: dict[str, Any] = self.inputs.get("set") or {}
        if not isinstance(self.values, dict) or not self.values:
            raise Refused(_("Tick a field and say its new value."))
        one_by_one = {n for n in self.values if n in signatures.names(self.model)}  # nobody signs for many at once
        if unknown := (set(self.values) - set(policy.writable(self.model))) | one_by_one:
            raise Forbidden(_("No such field, or not yours to set: %(names)s", names=", ".join(sorted(unknown))))

    def touch(self, record: Any) -> None:
        try:
            apply(record, self.values, self.session)
        except Invalid as wrong:
            fields = fields_of(self.model)
            raise Refused("; ".join(f"{fields[n].label}: {w}" for n, w in wrong.fields.items())) from None

    def names(self) -> list[str]:
        return list(self.values)


class Tag(Change):
    """Add some codes to a field of tags, and take others away."""

    name, label, icon = "tag", _("Tags"), "ti-tag"

    @classmethod
    def offered(cls, model: Any) -> bool:
        return Deed.offered.__func__(cls, model) and bool(tagged(model))  # type: ignore[attr-defined]

    def ready(self) -> None:
        self.field = str(self.inputs.get("field") or "")
        self.add, self.remove = (codes(self.inputs.get(n)) for n in ("add", "remove"))
        if self.field not in tagged(self.model) or not (self.add or self.remove):
            raise Refused(_("Choose tags to add or to take away."))
        self.values = {self.field: self.add}

    def touch(self, record: Any) -> None:
        has = list(fields_of(self.model)[self.field].read(record, self.field) or ())
        self.values = {self.field: [t for t in has if t not in self.remove] + [t for t in self.add if t not in has]}
        super().touch(record)


def codes(sent: Any) -> list[str]:
    return [str(c) for c in sent] if isinstance(sent, (list, tuple)) else []


def tagged(model: Any) -> list[str]:
    """The fields of tags that the actor may set."""
    return [n for n in policy.writable(model) if fields_of(model)[n].kind(model, n) == "tags"]


class Delete(Deed):
    """Delete the rows. What hung on them and who they were is not kept, so it cannot be taken back."""

    name, label, icon = "delete", _("Delete"), "ti-trash"
    can_undo, apart = False, True

    @classmethod
    def offered(cls, model: Any) -> bool:
        return super().offered(model) and policy.may(model, "can:delete")

    def touch(self, record: Any) -> None:
        self.trial(record)
        self.session.delete(record)

    def trial(self, record: Any) -> None:
        if not policy.may(self.model, "can:delete", record):
            raise Forbidden


class TakeStep(Deed):
    """Take the same step of every row's flow. Steps tell people and move other records, so it cannot be taken back."""

    name, label, icon = "step", _("Run a step"), "ti-player-track-next"
    can_undo, alone = False, True

    @classmethod
    def offered(cls, model: Any) -> bool:
        return super().offered(model) and bool(steps(model))

    def ready(self) -> None:
        able, name = steps(self.model), str(self.inputs.get("step") or "")
        if name not in able:
            raise Refused(_("Choose one from the list."))
        self.step, given = able[name], self.inputs.get("with")
        self.given = {n: str(given.get(n) or "").strip() for n in self.step.fields} if isinstance(given, dict) else {}
        if missing := [str(w) for n, w in self.step.fields.items() if n not in self.step.optional and not self.given.get(n)]:
            raise Refused(_("Fill in: %(names)s", names="、".join(missing)))

    def touch(self, record: Any) -> None:
        self.model.__flow__(record).take(self.step.name, **self.given)

    def trial(self, record: Any) -> None:
        flow = self.model.__flow__(record)
        if not flow.allowed(self.step):
            raise Forbidden
        if flow.state not in self.step.sources:
            raise NotInThisState(_("This is now “%(state)s”, so the step cannot be taken.", state=flow.state.label))


def steps(model: Any) -> dict[str, Any]:
    """The steps the actor may take on some row; what one asks for is said once for all rows."""
    found = model.__flow__.steps.values() if model.__flow__ else ()
    hidden = VERBS.get(model, {})
    return {s.name: s for s in found if s.name not in hidden and policy.may(model, f"step:{s.name}")}


DEEDS: dict[str, type[Deed]] = {d.name: d for d in (Change, Tag, Assign, Tell, TakeStep, Delete)}


def deed(session: Session, model: Any, name: str, inputs: dict[str, Any]) -> Deed:
    """A deed, ready for its rows. Raises ``Forbidden`` for one that is not offered, ``Refused`` for inputs that do not do."""
    kind = DEEDS.get(name)
    if kind is None:
        raise Refused(_("Choose what to do."))
    if not kind.offered(model):
        raise Forbidden
    return kind(session, model, inputs)
