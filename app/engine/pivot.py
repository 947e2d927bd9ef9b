"""Numbers by two or three fields at once: one grouped query, totals from the same numbers; what is hidden is in none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.groups import apart, groupable, measures

CELLS = 5000  # more than anybody reads; then the totals would not be those of all rows
COUNT, SUM, AVERAGE = "count", "sum", "avg"
Keys = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pivot:
    """Rows by one or two fields, columns by one or none; a time may say ``starts_at:month``. It counts, or takes ``measure``."""

    rows: tuple[str, ...]
    across: str = ""
    measure: str = ""
    how: str = COUNT

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.rows, *([self.across] if self.across else []))

    def open_to(self, model: Any) -> bool:
        """Whether the actor may compare every field of it."""
        sums = not self.measure or bool(measures(model, [self.measure]))
        return bool(self.rows) and sums and all(groupable(model, by) for by in self.keys)


@dataclass(slots=True)
class Heap:
    """How many rows, what they come to, and on how many of them that is known."""

    count: int = 0
    total: Decimal | int = 0
    known: int = 0

    def add(self, other: Heap) -> None:
        self.count += other.count
        self.total += other.total
        self.known += other.known

    def value(self, how: str) -> Any:
        """The number of a cell; None where nothing is known."""
        if how == COUNT:
            return self.count
        if not self.known:
            return None
        return self.total if how == SUM else Decimal(self.total) / self.known


@dataclass(slots=True)
class Numbers:
    """The cells by their keys, rows first; and the same added up."""

    cells: dict[Keys, Heap] = field(default_factory=dict)
    sums: dict[Keys, Heap] = field(default_factory=dict)  # keys that are summed over are ``ALL``


ALL = object()  # in the place of a key: every value of it


def counted(session: Session, model: Any, pivot: Pivot, conditions: list[Any]) -> Numbers | None:
    """One query, over the rows on which every field of the rows and columns may be read. None when there are too many cells."""
    names = dict.fromkeys(by.partition(":")[0] for by in pivot.keys)
    known = [where for n in names if (where := policy.readable_where(model, n)) is not None]
    keys_, added = apart(model, list(pivot.keys), [pivot.measure] if pivot.measure else [], [*conditions, *known])
    query = select(*keys_, func.count(), *[made for one in added for made in (func.sum(one), func.count(one))]).group_by(*keys_)
    made, width = Numbers(), len(pivot.keys)
    found = session.execute(query.limit(CELLS + 1)).all()
    if len(found) > CELLS:
        return None
    for row in found:
        keys = tuple(None if key == "" else key for key in row[:width])
        heap = Heap(row[width], *((row[width + 1] or 0, row[width + 2]) if pivot.measure else ()))
        made.cells.setdefault(keys, Heap()).add(heap)
        for some in summed(keys, len(pivot.rows)):
            made.sums.setdefault(some, Heap()).add(heap)
    return made


def summed(keys: Keys, rows: int) -> set[Keys]:
    """Every total that a cell belongs to: of its line, its first row field, its column, and all."""
    left, right = keys[:rows], keys[rows:]
    lefts = [left[:n] + (ALL,) * (rows - n) for n in range(rows + 1)]
    rights = [right, (ALL,) * len(right)]
    return {one + other for one in lefts for other in rights}
