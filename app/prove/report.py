"""What the proof found: cells checked, channel by role, and every place where the product and the reference differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from app.engine.clock import now


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: where, for whom, and what."""

    channel: str
    actor: str
    what: str
    where: str = ""

    def __str__(self) -> str:
        return f"RED  {self.channel} / {self.actor}: {self.what}  {self.where}"


@dataclass(slots=True)
class Report:
    """Counts of cells, by (channel, actor)."""

    checked: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: dict[Finding, None] = field(default_factory=dict)  # each once, in their order
    requests: int = 0
    seconds: float = 0

    def count(self, channel: str, actor: str, n: int = 1) -> None:
        self.checked[channel, actor] += n

    def red(self, channel: str, actor: str, what: str, where: str = "") -> None:
        self.findings[Finding(channel, actor, what, where)] = None

    @property
    def cells(self) -> int:
        return sum(self.checked.values())

    def reds(self, channel: str) -> list[Finding]:
        return [f for f in self.findings if f.channel == channel]

    def table(self) -> dict[str, Any]:
        """Plain data: actors, a line for each channel, findings. Kept as it is, shown by terminal and page alike."""
        actors = list(dict.fromkeys([a for _c, a in self.checked] + [f.actor for f in self.findings]))
        channels = list(dict.fromkeys([c for c, _a in self.checked] + [f.channel for f in self.findings]))
        red = Counter((f.channel, f.actor) for f in self.findings)
        return {
            "at": f"{now():%Y-%m-%dT%H:%M:%SZ}", "cells": self.cells, "requests": self.requests, "seconds": round(self.seconds, 1),
            "green": not self.findings, "actors": actors, "findings": [asdict(f) for f in self.findings],
            "lines": [{"channel": c, "cells": [{"checked": self.checked[c, a], "red": red[c, a]} for a in actors]} for c in channels],
        }  # fmt: skip


def terminal(table: dict[str, Any], *, most: int = 40) -> str:
    """The table for a terminal: a count is green, a count with ``!`` is red."""
    heads, first = table["actors"], max([len(line["channel"]) for line in table["lines"]] + [7])
    wide = [max(len(h), 6) for h in heads]
    lines = [" " * first + "  " + " ".join(h.rjust(w) for h, w in zip(heads, wide, strict=True))]
    for line in table["lines"]:
        cells = [painted(c, w) for c, w in zip(line["cells"], wide, strict=True)]
        lines.append(line["channel"].ljust(first) + "  " + " ".join(cells))
    lines += [str(Finding(**f)) for f in table["findings"][:most]]
    if (rest := len(table["findings"]) - most) > 0:
        lines.append(f"... and {rest} more")
    word = "GREEN" if table["green"] else f"RED: {len(table['findings'])} findings"
    return "\n".join([*lines, f"{word}  {table['cells']} cells, {table['requests']} requests, {table['seconds']} s"])


def painted(cell: dict[str, int], width: int) -> str:
    text = f"{cell['checked']}!{cell['red']}" if cell["red"] else str(cell["checked"] or "-")
    colour = "31" if cell["red"] else "32" if cell["checked"] else "90"
    return f"\x1b[{colour}m{text.rjust(width)}\x1b[0m"
