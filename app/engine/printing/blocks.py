"""A tree of markup as the blocks of a page: paragraphs, tables, square codes, pictures."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import segno
from flask_babel import lazy_gettext as _
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus.flowables import Flowable, Spacer
from reportlab.platypus.tables import Table

from app.engine.printing.errors import BadTemplate
from app.engine.printing.lines import Lines, Run
from app.engine.printing.markup import TEXTS, Node

INLINE = ("b", "u", "small", "big", "br", "pageno", "pages", "qr", "img")
AFTER = {"h1": 6.0, "h2": 4.0, "p": 3.0}  # points below
SCALE = {"h1": 1.7, "h2": 1.25}
LINE = 0.6  # points
PAD = 2.4
NEW = "newpage"
BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Look:
    """How text is written at some place of the tree."""

    size: float
    align: str = "left"
    bold: bool = False
    under: bool = False


class Rule(Flowable):
    """A line across."""

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: N803
        self.width, self.height = availWidth, 6.0
        return self.width, self.height

    def draw(self) -> None:
        self.canv.setLineWidth(LINE)
        self.canv.line(0, 3, self.width, 3)


class Square(Flowable):
    """A square code with the white edge it needs, drawn as lines so that it is sharp on any printer."""

    def __init__(self, text: str, size: float, align: str) -> None:
        super().__init__()
        self.rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=2)]
        self.side, self.align = size * mm, align

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: N803
        self.wide = max(availWidth, self.side)
        return availWidth, self.side

    def draw(self) -> None:
        cell, left = self.side / len(self.rows), shifted(self.align, self.wide, self.side)
        self.canv.setFillColor(colors.black)
        for y, row in enumerate(self.rows):
            x = 0
            while x < len(row):
                end = x
                while end < len(row) and row[end]:
                    end += 1
                if end > x:
                    self.canv.rect(left + x * cell, self.side - (y + 1) * cell, (end - x) * cell, cell, stroke=0, fill=1)
                x = end + 1


class Picture(Flowable):
    def __init__(self, data: bytes, width: float, align: str) -> None:
        super().__init__()
        self.reader, self.align = ImageReader(io.BytesIO(data)), align
        wide, high = self.reader.getSize()
        self.wide, self.high = width * mm, width * mm * high / max(wide, 1)

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: N803
        self.room = max(availWidth, self.wide)
        return availWidth, self.high

    def draw(self) -> None:
        self.canv.drawImage(self.reader, shifted(self.align, self.room, self.wide), 0, self.wide, self.high, mask="auto")


def shifted(align: str, room: float, size: float) -> float:
    return {"left": 0.0, "center": (room - size) / 2, "right": room - size}[align]


class Setter:
    """Makes blocks of nodes. ``numbers`` are the page and their count, where they are known: in headers and footers."""

    def __init__(self, wide: float, pictures: list[bytes], numbers: tuple[int, int] = (0, 0)) -> None:
        self.wide, self.pictures, self.numbers = wide, pictures, numbers

    def blocks(self, nodes: list[Any], look: Look) -> list[Any]:
        """Blocks in their order; texts between them are paragraphs, one a line."""
        made: list[Any] = []
        loose: list[Any] = []

        def end() -> None:
            made.extend(self.paragraphs(loose, look, AFTER["p"], lined=True))
            loose.clear()

        for node in nodes:
            if isinstance(node, str) or node.tag in INLINE:
                loose.append(node)
            else:
                end()
                made.extend(self.block(node, look))
        end()
        return made

    def block(self, node: Node, look: Look) -> list[Any]:
        if node.tag in TEXTS:
            size = node.attrs.get("size", look.size * SCALE.get(node.tag, 1))
            new = Look(size, node.attrs.get("align", look.align), look.bold or node.tag in SCALE, look.under)
            return self.paragraphs(node.inside, new, AFTER.get(node.tag, 0)) or [Spacer(0, size)]
        if node.tag == "table":
            return self.table(node, look)
        if node.tag == "gap":
            return [Spacer(0, node.attrs.get("mm", 3) * mm)]
        return [Rule()] if node.tag == "hr" else [NEW] if node.tag == NEW else []

    def paragraphs(self, nodes: list[Any], look: Look, after: float, *, lined: bool = False) -> list[Any]:
        """Runs of text as paragraphs, cut where a square code or a picture stands."""
        made: list[Any] = []
        runs: list[Run] = []

        def end() -> None:
            text = "".join(run.text for run in runs)
            if text.strip():
                made.append(Lines(tidy(runs), look.align, space=after))
            runs.clear()

        for one in self.inline(nodes, look, lined=lined):
            if isinstance(one, Run):
                runs.append(one)
                if lined and one.text == "\n":
                    end()
            else:
                end()
                made.append(one)
        end()
        return made

    def inline(self, nodes: list[Any], look: Look, *, lined: bool) -> list[Any]:
        """Runs, and the blocks among them."""
        made: list[Any] = []
        for node in nodes:
            if isinstance(node, str):
                for n, part in enumerate(node.split("\n") if lined else [node]):
                    made += [Run("\n", look.size)] if n else []
                    made += [Run(BLANKS.sub(" ", part), look.size, look.bold, look.under)] if part else []
            elif node.tag == "br":
                made.append(Run("\n", look.size, look.bold))
            elif node.tag in ("pageno", "pages"):
                made.append(Run(str(self.numbers[node.tag == "pages"] or "–"), look.size, look.bold))
            elif node.tag == "qr":
                made.append(Square(node.attrs["value"], node.attrs["size"], node.attrs.get("align", look.align)))
            elif node.tag == "img":
                made += self.picture(node, look)
            else:
                size = look.size * {"small": 0.8, "big": 1.3}.get(node.tag, 1)
                own = Look(size, look.align, look.bold or node.tag == "b", look.under or node.tag == "u")
                made += self.inline(node.inside, own, lined=lined)
        return made

    def picture(self, node: Node, look: Look) -> list[Any]:
        key = node.attrs.get("key", -1)
        return [Picture(self.pictures[key], node.attrs.get("width", 40), look.align)] if 0 <= key < len(self.pictures) else []

    def table(self, node: Node, look: Look) -> list[Any]:
        rows = [row for row in node.inside if isinstance(row, Node)]
        columns = max((sum(c.attrs.get("span", 1) for c in row.inside) for row in rows), default=0)
        if not columns:
            return []
        widths = node.attrs.get("widths") or [1.0] * columns
        widths = (widths + [min(widths)] * columns)[:columns]
        wide = [self.wide * w / sum(widths) for w in widths]
        if min(wide) < 3 * look.size + 2 * PAD and columns > 1 and min(wide) < 4 * mm:
            raise BadTemplate(_("A column of a table is too narrow for a letter."))
        inside = Look(node.attrs.get("size", look.size), "left", look.bold, look.under)
        cells, style = [], grid(node.attrs.get("lines", "all"))
        for y, row in enumerate(rows):
            line: list[Any] = []
            for cell in row.inside:
                span, at = cell.attrs.get("span", 1), len(line)
                size, align = cell.attrs.get("size", inside.size), cell.attrs.get("align", "left")
                own = Look(size, align, inside.bold or cell.tag == "th", inside.under)
                line += [Setter(0, self.pictures, self.numbers).blocks(cell.inside, own), *[""] * (span - 1)]
                if span > 1:
                    style.append(("SPAN", (at, y), (at + span - 1, y)))
                style.append(("VALIGN", (at, y), (at, y), cell.attrs.get("valign", "middle").upper()))
            cells.append(line + [""] * (columns - len(line)))
        heads = next((n for n, row in enumerate(rows) if any(c.tag != "th" for c in row.inside)), len(rows))
        high = [row.attrs["height"] * mm if "height" in row.attrs else None for row in rows]
        heads = heads if heads < len(rows) else 0
        return [Table(cells, wide, high, repeatRows=heads, style=style, splitInRow=1, hAlign="LEFT", spaceAfter=4)]


def grid(lines: str) -> list[Any]:
    """The lines of a table, and the space in its cells."""
    made: list[Any] = [(f"{side}PADDING", (0, 0), (-1, -1), PAD) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    if lines == "all":
        made.append(("GRID", (0, 0), (-1, -1), LINE, colors.black))
    elif lines == "rows":
        made.append(("LINEBELOW", (0, 0), (-1, -1), LINE, colors.black))
    else:
        made += [("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]
    return made


def tidy(runs: list[Run]) -> list[Run]:
    """Without the blanks at both ends that only the writing of the template has."""
    found = list(runs)
    while found and not found[0].text.strip():
        found.pop(0)
    while found and not found[-1].text.strip():
        found.pop()
    if found:
        first, last = found[0], found[-1]
        found[0] = Run(first.text.lstrip(), first.size, first.bold, first.under)
        last = found[-1]
        found[-1] = Run(last.text.rstrip(), last.size, last.bold, last.under)
    return found
