"""States, and the steps between them. A state changes only by a step, and a step is denied unless granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, get_args

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import object_session

from app.engine import policy
from app.engine.current import trusted
from app.engine.errors import Forbidden, Invalid, NotInThisState
from app.engine.outbox import announce
from app.engine.record import Record
from app.engine.values import no_card

R = TypeVar("R", bound=Record)
TINTS = ("draft", "wait", "plan", "run", "done", "pause", "bad", "off")


class Named:
    """A declaration that learns its own name from the class it stands in."""

    name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


@dataclass(eq=False)
class State(Named):
    """Where a record stands; ``tint`` is its colour everywhere, ``locks`` the groups nobody edits by hand in it."""

    label: Any
    tint: str = "draft"
    initial: bool = False
    final: bool = False
    locks: str = ""


@dataclass(eq=False)
class Step(Named):
    """A move: from where, to where, what it asks for, and what it does besides moving."""

    run: Callable[..., Any]
    label: Any
    sources: tuple[State, ...]
    target: State
    fields: Mapping[str, Any] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    danger: bool = False


def step(
    label: Any, *sources: State, to: State, fields: Mapping[str, Any] | None = None, optional: str = "", danger: bool = False
) -> Callable[[Callable[..., Any]], Any]:
    """Make a method a step. ``fields`` are asked for on the button and arrive as keyword arguments."""
    return lambda run: Step(run, label, sources, to, fields or {}, frozenset(optional.split()), danger)


FLOWS: dict[type, Any] = {}


class Workflow(Generic[R]):
    """Bind a flow to a record, then take its steps: ``OrderFlow(order).take("cancel", reason="...")``."""

    states: ClassVar[dict[str, State]]
    steps: ClassVar[dict[str, Step]]
    model: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        cls.states = {s.name: s for s in vars(cls).values() if isinstance(s, State)}
        cls.steps = {s.name: s for s in vars(cls).values() if isinstance(s, Step)}
        cls.model = get_args(cls.__orig_bases__[0])[0]  # type: ignore[attr-defined]
        check_graph(cls)
        cls.model.__flow__ = FLOWS[cls.model] = cls

    def __init__(self, record: R) -> None:
        self.record = record

    @property
    def state(self) -> State:
        return self.states[self.record.state]

    def possible(self) -> list[Step]:
        """The steps that leave from here, whoever may take them."""
        return [s for s in self.steps.values() if self.state in s.sources]

    def allowed(self, step: Step) -> bool:
        """Whether the actor may take a step of this record."""
        return policy.may(type(self.record), f"step:{step.name}", self.record)

    def take(self, name: str, **inputs: Any) -> None:
        """Check, run, move, announce: all of it in the caller's transaction.

        Raises ``Forbidden``, ``NotInThisState``, or ``Invalid`` when something the step demands is missing.
        """
        step, before = self.steps[name], self.state
        if not self.allowed(step):
            raise Forbidden
        if before not in step.sources:
            raise NotInThisState(_("This is now “%(state)s”, so the step cannot be taken.", state=before.label))
        known = {n: (no_card(v.strip()) if isinstance(v, str) else v) for n, v in inputs.items() if n in step.fields}
        if missing := [n for n in step.fields if n not in step.optional and known.get(n) in (None, "")]:
            raise Invalid({n: _("Needed for this step.") for n in missing})
        session = object_session(self.record)
        if session is None:
            raise RuntimeError("a step needs a record in a session")
        with trusted(f"step: {name}"):
            step.run(self, **known)
            self.record.state = step.target.name
            session.flush()
            facts = {n: v for n, v in known.items() if isinstance(v, str)}
            announce(f"{type(self.record).__tablename__}.{name}", self.record, before=before.name, **facts)
            session.flush()


def check_graph(flow: Any) -> None:
    """Fail at import when a state cannot be reached, or is a dead end not marked final."""
    reached = {s for s in flow.states.values() if s.initial}
    if len(reached) != 1:
        raise TypeError(f"{flow.__name__} needs exactly one initial state")
    for _each in flow.states:
        reached |= {s.target for s in flow.steps.values() if reached & set(s.sources)}
    lost = sorted(s.name for s in flow.states.values() if s not in reached)
    left = {s for step in flow.steps.values() for s in step.sources}
    stuck = sorted(s.name for s in flow.states.values() if not s.final and s not in left)
    tints = sorted(s.name for s in flow.states.values() if s.tint not in TINTS)
    if lost or stuck or tints:
        raise TypeError(f"{flow.__name__}: unreachable {lost}, dead ends {stuck}, unknown tints {tints}")
