"""What people may do to a record that is more than a step of it: the same button on the page and address in REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.errors import Forbidden, Invalid
from app.engine.query import find


@dataclass(frozen=True, slots=True)
class Verb:
    """A deed with one or more other records as its objects; ``objects`` maps an input to (label, record class)."""

    name: str
    label: Any
    needs: str  # the right, such as can:assign
    objects: Mapping[str, tuple[Any, Any]]
    fits: Callable[[Any], bool]  # whether the record is where the deed makes sense
    run: Callable[..., Any]
    leads: bool = False  # the page goes on to the record that was made

    def allowed(self, record: Any) -> bool:
        return policy.may(type(record), self.needs, record)

    def take(self, session: Any, record: Any, inputs: Mapping[str, Any]) -> Any:
        """Do it in the caller's transaction. Raises ``Forbidden``, or ``Invalid`` for an object nobody knows."""
        if not self.allowed(record):
            raise Forbidden
        found: dict[str, Any] = {}
        for name, (_label, model) in self.objects.items():
            found[name] = find(session, model, str(inputs.get(name) or ""))
        if missing := {n: _("Choose one from the list.") for n, v in found.items() if v is None}:
            raise Invalid(missing)
        return self.run(session, record, **found)


VERBS: dict[Any, dict[str, Verb]] = {}


def offer(model: Any, verb: Verb) -> None:
    """Let people do this to records of a model. A verb hides a step of the same name."""
    VERBS.setdefault(model, {})[verb.name] = verb
