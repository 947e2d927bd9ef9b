"""Blocks laid on pages. All of them are placed before the first is drawn, so that page n of m is known everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from reportlab.lib.units import mm
from reportlab.platypus.doctemplate import LayoutError

from app.engine.printing.blocks import NEW, Look, Setter
from app.engine.printing.errors import BadTemplate
from app.engine.printing.markup import Node
from app.engine.printing.papers import Template

MOST = 60  # pages of one record
LONGEST = 3000  # mm of a roll
TOO_MANY = _("The print has more than %(n)s pages.", n=MOST)


@dataclass(slots=True)
class Page:
    """What stands on a page: blocks with how far below the top of the text."""

    placed: list[tuple[float, Any]] = field(default_factory=list)
    used: float = 0.0
    gap: float = 0.0  # below the last block


@dataclass(slots=True)
class Sheet:
    """One record on its pages, measured and not drawn yet. Sizes in points."""

    template: Template
    tree: Node
    pictures: list[bytes]
    pages: list[Page]
    size: tuple[float, float]
    head: float
    foot: float

    @property
    def wide(self) -> float:
        edges = self.template.edges
        return float((self.template.size[0] - edges[1] - edges[3]) * mm)


def laid(canvas: Any, template: Template, tree: Node, pictures: list[bytes]) -> Sheet:
    """Place everything. Raises ``BadTemplate`` for what fits on no page, or for too many pages."""
    top, _right, bottom, _left = (edge * mm for edge in template.edges)
    sheet = Sheet(template, tree, pictures, [], (template.size[0] * mm, template.size[1] * mm), 0, 0)
    sheet.head, sheet.foot = (high(canvas, parts(sheet, tag), sheet.wide) for tag in ("header", "footer"))
    endless = not template.size[1]
    room = (LONGEST * mm if endless else sheet.size[1] - top - bottom) - sheet.head - sheet.foot
    if room < 20:
        raise BadTemplate(_("Header and footer leave no room for the text."))
    body = [n for n in tree.inside if isinstance(n, str) or n.tag not in ("header", "footer")]
    blocks = Setter(sheet.wide, pictures).blocks(body, Look(template.font))
    sheet.pages = placed(canvas, blocks, sheet.wide, room)
    if endless:
        if len(sheet.pages) > 1:
            raise BadTemplate(_("The print is longer than %(n)s mm.", n=LONGEST))
        long = sheet.pages[0].used + sheet.head + sheet.foot + top + bottom
        sheet.size = (sheet.size[0], max(long, 30 * mm))
    return sheet


def parts(sheet: Sheet, tag: str, numbers: tuple[int, int] = (0, 0)) -> list[Any]:
    """The blocks of the header or the footer."""
    nodes = [n for node in sheet.tree.inside if isinstance(node, Node) and node.tag == tag for n in node.inside]
    return Setter(sheet.wide, sheet.pictures, numbers).blocks(nodes, Look(sheet.template.font * 0.85))


def high(canvas: Any, blocks: list[Any], wide: float) -> float:
    return sum(float(block.wrapOn(canvas, wide, 1e6)[1] + block.getSpaceAfter()) for block in blocks if block != NEW)


def placed(canvas: Any, blocks: list[Any], wide: float, room: float) -> list[Page]:
    """Fill page after page; what does not fit is cut where it may be cut."""
    pages, waiting, turns = [Page()], list(reversed(blocks)), 0
    while waiting:
        turns += 1
        if len(pages) > MOST or turns > MOST * 1000:
            raise BadTemplate(TOO_MANY)
        block, page = waiting.pop(), pages[-1]
        if block == NEW:
            if page.placed:
                pages.append(Page())
            continue
        left = room - page.used - (page.gap if page.placed else 0)
        tall = measured(canvas, block, wide, left)
        if tall <= left + 0.01:
            page.used += page.gap if page.placed else 0
            page.placed.append((page.used, block))
            page.used, page.gap = page.used + tall, block.getSpaceAfter()
            continue
        cut = block.splitOn(canvas, wide, left) if left > 0 else []
        if len(cut) > 1:
            waiting += reversed(cut)
        elif page.placed:
            pages.append(Page())
            waiting.append(block)
        else:
            raise BadTemplate(_("One block is higher than a page and cannot be cut."))
    return pages


def measured(canvas: Any, block: Any, wide: float, left: float) -> float:
    """How high a block is. Raises ``BadTemplate`` for one that cannot be laid out at all."""
    try:
        return float(block.wrapOn(canvas, wide, left)[1])
    except (LayoutError, ValueError):
        raise BadTemplate(_("One block is higher than a page and cannot be cut.")) from None


def draw(canvas: Any, sheet: Sheet) -> None:
    """Draw all pages of a record."""
    top, _right, bottom, left = (edge * mm for edge in sheet.template.edges)
    for n, page in enumerate(sheet.pages, 1):
        canvas.setPageSize(sheet.size)
        start = sheet.size[1] - top
        for tag, y in (("header", start), ("footer", bottom + sheet.foot)):
            for block in parts(sheet, tag, (n, len(sheet.pages))):
                y -= block.wrapOn(canvas, sheet.wide, 1e6)[1]  # noqa: PLW2901
                block.drawOn(canvas, left, y)
                y -= block.getSpaceAfter()  # noqa: PLW2901
        for below, block in page.placed:
            tall = block.wrapOn(canvas, sheet.wide, 1e6)[1]
            block.drawOn(canvas, left, start - sheet.head - below - tall)
        canvas.showPage()
