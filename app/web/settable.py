"""Whether the actor could change a cell now."""

from __future__ import annotations

from typing import Any

from app.engine import policy
from app.engine.fields import fields_of
from app.engine.guard import locks
from app.engine.wanted import shut


def settable(record: Any, name: str) -> bool:
    """Whether the actor could change a cell of a kept record now: by right, in this state, and by his layout."""
    return open_to(record, name) and not shut(record, name)


def open_to(record: Any, name: str) -> bool:
    """The same before the layout: what a form draws as an input, and shuts as the rules of the layout say."""
    field = fields_of(type(record))[name]
    return policy.may_set(record, name, field.read(record, name)) and field.group not in locks(record)
