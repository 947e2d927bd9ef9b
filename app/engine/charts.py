"""Charts are declared as one grouped query; the database does the adding, and hidden cells add nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.engine import policy
from app.engine.groups import apart


@dataclass(frozen=True, slots=True)
class Chart:
    """Count, or add up ``measure``, by a field; ``by`` may say ``starts_at:month``."""

    title: Any
    by: str
    measure: str = ""
    kind: str = "bar"  # bar, line
    order: str = "key"  # key, value
    limit: int = 24

    @property
    def field(self) -> str:
        return self.by.partition(":")[0]

    @property
    def names(self) -> list[str]:
        return [name for name in (self.field, self.measure) if name]

    def open_to(self, model: Any) -> bool:
        """Whether the actor may compare every field the chart is made of."""
        return policy.comparable(model, self.names) == self.names

    def query(self, model: Any, conditions: list[Any]) -> Select[Any]:
        """(key, value) rows; keys of a time are texts such as 2026-11."""
        [key], added = apart(model, [self.by], [self.measure] if self.measure else [], conditions)
        value = func.sum(added[0]) if added else func.count()
        query = select(key.label("key"), value.label("value")).group_by(key)
        return query.order_by(key if self.order == "key" else value.desc())
