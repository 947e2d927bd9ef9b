"""One text to the people of many rows, by short message or WeChat: each row is judged by itself, and nobody is written to twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import told
from app.engine.deed import Deed
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.outbox import announce
from app.engine.rules import Level
from app.engine.values import hidden, no_card

CHANNELS = {"sms": _("Short message"), "wechat": _("WeChat")}
KINDS = {"service": _("About the service"), "offer": _("An offer or a greeting")}
LONGEST = 300  # characters: four short messages
EVENT = "bulk.told."  # and the channel
Against = Callable[[Any], str]
refusals: list[Callable[[Session, str], Against]] = []  # given the kind of text, each makes what says why not to write to somebody


def person_of(record: Any) -> Any:
    """Whom a message about a row goes to; None where there is nobody."""
    way = type(record).__told__
    return getattr(record, way) if way else record if way is not None else None


class Tell(Deed):
    """Write the same words to the person of every row. What is sent is sent: it cannot be taken back."""

    name, label, icon = "tell", _("Send a message"), "ti-message"
    can_undo, apart = False, True

    @classmethod
    def offered(cls, model: Any) -> bool:
        return super().offered(model) and model.__told__ is not None

    def ready(self) -> None:
        self.channel, self.kind = (str(self.inputs.get(n) or "") for n in ("channel", "kind"))
        self.text = no_card(str(self.inputs.get("text") or "").strip())
        if self.channel not in CHANNELS or self.kind not in KINDS:
            raise Refused(_("Choose how it is sent, and what it is about."))
        if not self.text or len(self.text) > LONGEST or "\x00" in self.text:
            raise Refused(_("Write something, of at most %(most)s characters.", most=LONGEST))
        self.against = [make(self.session, self.kind) for make in refusals]
        self.met: set[tuple[str, int]] = set()

    def trial(self, record: Any) -> None:
        person = person_of(record)
        if person is None or not policy.seen(person):
            raise Refused(_("There is nobody here whom you may write to."))
        numbers = [n for n, f in fields_of(type(person)).items() if f.kind(type(person), n) == "phone"][:1]
        if not any(policy.level(person, n) >= Level.MASKED and getattr(person, n) for n in numbers):
            raise Refused(_("There is no number to send it to."))
        if words := next((w for why in self.against if (w := why(person))), ""):
            raise Refused(words)
        who = type(person).__name__, person.id
        if who in self.met:
            raise Refused(_("The same person gets it already, for another row."))
        self.met.add(who)

    def touch(self, record: Any) -> None:
        announce(EVENT + self.channel, record, text=self.text)
        self.session.add(told(record, "tell", hidden(self.text)))

    def names(self) -> list[str]:
        return [self.model.__told__] if self.model.__told__ else []

    def mark(self) -> Any:
        return {*self.met}

    def back(self, mark: Any) -> None:
        self.met = {*mark}
