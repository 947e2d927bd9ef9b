"""Where a number comes from: its formula in words, the rows behind it and what they add to it, and what hangs together with them.

The business says it with ``@explains``; what of it somebody may know is decided here, part by part, by the policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.current import trusted
from app.engine.errors import Forbidden, Missing
from app.engine.present import tells_name
from app.engine.rules import Level

HIDDEN = _("Not yours to read")


@dataclass(frozen=True, slots=True)
class Part:
    """One row behind a number. ``field`` names the cells of ``record`` that the value is made of: who may not read them learns none.

    A part without a record says what the page's own record says; ``own`` names cells of that one that it tells besides.
    """

    label: Any
    value: Any
    record: Any = None
    why: Any = ""
    field: str = ""
    own: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """``kind`` is how values are written: money or number. ``follows`` names the fields whose changes change the number."""

    formula: Any
    parts: list[Part]
    total: Any
    kind: str = "money"
    follows: tuple[str, ...] = ()
    beside: tuple[Any, ...] = ()  # records that lead on, such as order and receipt


Explain = Callable[[Any, Any], Explained]
EXPLAINS: dict[tuple[str, str], Explain] = {}


def explains(model: str, *fields: str) -> Callable[[Explain], Explain]:
    """Let a function explain some fields of a record: it runs trusted, with the session and the record."""

    def add(run: Explain) -> Explain:
        EXPLAINS.update({(model, name): run for name in fields})
        return run

    return add


def explained(model: Any) -> list[str]:
    """The fields of a record that can be explained."""
    return [name for known, name in EXPLAINS if known == model.__name__]


def explain(session: Any, record: Any, name: str) -> Explained:
    """What the actor may know of a number.

    Raises:
        Missing: nobody explains this field.
        Forbidden: the actor may not read the number itself.

    """
    run = EXPLAINS.get((type(record).__name__, name))
    if run is None:
        raise Missing
    if policy.level(record, name) < Level.READ:
        raise Forbidden
    with trusted("explain"):
        made = run(session, record)
    beside = tuple(one for one in made.beside if one is not None and may_know(one))
    return replace(made, parts=[open_part(part, record) for part in made.parts], beside=beside)


def may_know(record: Any) -> bool:
    """Whether the actor sees a row, and may read its name."""
    return bool(policy.opens(type(record)) and policy.seen(record) and tells_name(record))


def open_part(part: Part, own: Any) -> Part:
    """A part as the actor may see it: a row that is not theirs has neither a name nor a link nor a value."""
    about = part.record if part.record is not None else own
    open_ = about is own or may_know(about)
    cells = [(about, name) for name in part.field.split()] + [(own, name) for name in part.own.split()]
    if open_ and all(policy.level(one, name) >= Level.READ for one, name in cells):
        return part
    return Part(HIDDEN, None, hidden=True)
