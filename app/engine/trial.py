"""What an import did, or would do: what is wrong with which cell, what was put right, what was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST = 1000  # faults that are told; nobody mends more by hand
Kept = tuple[int, int, dict[str, Any] | None]  # id, the version that the import made, and what stood there before a change


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, or with a whole row (``column`` is empty). ``row`` counts as the file does."""

    row: int
    column: str
    label: str
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A cell that was read otherwise than it stands in the file, since a spreadsheet had changed it."""

    row: int
    column: str
    label: str
    was: str
    read: str


@dataclass(slots=True)
class Trial:
    """What an import did, or would do."""

    rows: int = 0
    names: list[str] = field(default_factory=list)
    columns: dict[int, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)  # headings of columns that code alone fills
    faults: list[Fault] = field(default_factory=list)
    twins: list[Fault] = field(default_factory=list)  # numbers that are kept with another record already: told, not refused
    repairs: list[Repair] = field(default_factory=list)  # the first of them, cell by cell
    repaired: dict[str, int] = field(default_factory=dict)  # how many in each column, by its label
    made: int = 0
    changed: int = 0
    done: bool = False
    journal: list[Kept] = field(default_factory=list)  # for taking it back

    def fault(self, row: int, column: int, label: str, text: str, message: Any) -> None:
        if len(self.faults) < MOST:
            self.faults.append(Fault(row, letter(column), label, text, str(message)))

    def repair(self, row: int, column: int, label: str, was: str, read: str) -> None:
        self.repaired[label] = self.repaired.get(label, 0) + 1
        if len(self.repairs) < MOST:
            self.repairs.append(Repair(row, letter(column), label, was, read))


def letter(column: int) -> str:
    """A column as the spreadsheet names it: A, B, ... AA; nothing for a column that is not there."""
    found = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        found, column = chr(65 + rest) + found, column - 1
    return found
