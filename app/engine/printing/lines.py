"""A paragraph: letters of several looks in lines, broken as Chinese and Latin texts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reportlab.platypus.flowables import Flowable

from app.engine.printing.font import ASCENT, LEADING, NAME, STROKE, drawable, measure, width

NEVER_FIRST = frozenset("，。、；：！？）》」』】〕…—”’％℃·,.!?;:)]}>%…〉")
NEVER_LAST = frozenset("（《「『【〔“‘([{<〈¥￥")
WIDE = "\u2e80"  # from here on letters are as wide as high, and a line may end after each


@dataclass(frozen=True, slots=True)
class Run:
    """Some text of one look; a line ends where it holds a new line."""

    text: str
    size: float
    bold: bool = False
    under: bool = False


Letter = tuple[str, Run]


class Lines(Flowable):
    """A paragraph as reportlab lays it out: it knows its height at a width, and where it may be cut."""

    def __init__(self, runs: list[Run], align: str = "left", lines: list[list[Letter]] | None = None, space: float = 0) -> None:
        super().__init__()
        self.runs, self.align, self.lines, self.given, self.spaceAfter = runs, align, lines or [], lines is not None, space
        self.hAlign = "LEFT"

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: N803
        self.width = availWidth
        if not self.given:
            self.lines = broken([(c, run) for run in self.runs for c in letters(run.text)], availWidth)
        self.height = sum(tall(line, self.runs) for line in self.lines)
        return availWidth, self.height

    def split(self, availWidth: float, availHeight: float) -> list[Any]:  # noqa: N803
        self.wrap(availWidth, availHeight)
        fits, used = 0, 0.0
        for line in self.lines:
            used += tall(line, self.runs)
            if used > availHeight:
                break
            fits += 1
        if not 0 < fits < len(self.lines):
            return []
        return [Lines(self.runs, self.align, part, space) for part, space in ((self.lines[:fits], 0), (self.lines[fits:], self.spaceAfter))]

    def minWidth(self) -> float:  # noqa: N802
        return max([run.size for run in self.runs], default=0.0)

    def draw(self) -> None:
        y = self.height
        for line in self.lines:
            high = tall(line, self.runs)
            size = max([run.size for _c, run in line], default=0)
            spare = self.width - sum(width(c) * run.size for c, run in line)
            x = {"left": 0.0, "center": spare / 2, "right": spare}[self.align]
            self.put(line, x, y - (high - size * LEADING) - size * (LEADING - 1) / 2 - size * ASCENT)
            y -= high

    def put(self, line: list[Letter], x: float, y: float) -> None:
        """Draw one line, each stretch of a look at once."""
        canvas, at = self.canv, 0
        while at < len(line):
            run, end = line[at][1], at
            while end < len(line) and line[end][1] is run:
                end += 1
            text = "".join(c for c, _run in line[at:end])
            canvas.setFont(NAME, run.size)
            if run.bold:
                canvas.setLineWidth(run.size * STROKE)
            canvas.drawString(x, y, text, mode=2 if run.bold else 0)
            long = measure(text, run.size)
            if run.under:
                canvas.setLineWidth(run.size * 0.05)
                canvas.line(x, y - run.size * 0.12, x + long, y - run.size * 0.12)
            x, at = x + long, end


def letters(text: str) -> str:
    return "\n".join(drawable(part) for part in text.split("\n"))


def tall(line: list[Letter], runs: list[Run]) -> float:
    return max([run.size for _c, run in line] or [runs[0].size if runs else 0]) * LEADING


def broken(text: list[Letter], wide: float) -> list[list[Letter]]:
    """Lines no wider than the space. A word that is longer than a whole line is cut."""
    made: list[list[Letter]] = []
    line: list[Letter] = []
    used, may = 0.0, 0  # how wide it is, and how many of its letters may stand before a break
    for letter, run in text:
        if letter == "\n":
            made.append(line)
            line, used, may = [], 0.0, 0
            continue
        if line and breaks(line[-1][0], letter):
            may = len(line)
        long = width(letter) * run.size
        if line and used + long > wide + 0.01 and letter != " ":
            at = may or len(line)
            made.append(trimmed(line[:at]))
            line = line[at:]
            used, may = sum(width(c) * r.size for c, r in line), 0
            if line and line[0][0] == " ":
                line, used = line[1:], used - width(" ") * line[0][1].size
        line.append((letter, run))
        used += long
    made.append(line)
    return made


def trimmed(line: list[Letter]) -> list[Letter]:
    while line and line[-1][0] == " ":
        line = line[:-1]
    return line


def breaks(before: str, after: str) -> bool:
    """Whether a line may end between two letters."""
    if after == " " or after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return before == " " or before >= WIDE or after >= WIDE
