"""Papers by name, and what a template says of its own: size, margins, copies, language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.printing.errors import BadTemplate

A4, A5, A5_WIDE, TRIPLICATE, ROLL, OWN = "a4", "a5", "a5_wide", "triplicate", "roll80", "own"
PAPERS = {
    A4: _("A4, upright"), A5: _("A5, upright"), A5_WIDE: _("A5, lying"), TRIPLICATE: _("Triplicate, 241 × 140 mm"),
    ROLL: _("Roll, 80 mm"), OWN: _("A size of its own"),
}  # fmt: skip
SIZES = {A4: (210, 297), A5: (148, 210), A5_WIDE: (210, 148), TRIPLICATE: (241, 140), ROLL: (80, 0)}  # mm; 0 is as long as the text
MARGINS = {A4: (15, 15, 15, 15), A5: (10, 12, 10, 12), A5_WIDE: (10, 12, 10, 12), TRIPLICATE: (6, 16, 6, 16), ROLL: (4, 4, 8, 4)}
FONT = {A4: 10.5, A5: 10, A5_WIDE: 10, TRIPLICATE: 9.5, ROLL: 9}  # points
LANGUAGES = {"": _("The reader's own"), "zh": _("Chinese"), "en": _("English")}
SMALLEST, LARGEST, WIDEST_MARGIN, COPIES = 30, 1200, 100, 6  # mm, mm, mm, number


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it is printed by: shipped with the program, or kept by a company."""

    model: str
    code: str
    name: str
    name_en: str = ""
    paper: str = A4
    width: int = 0  # mm, of a size of its own; a height of 0 is as long as the text
    height: int = 0
    margins: tuple[int, ...] = ()  # top, right, bottom, left; none are those of the paper
    copies: tuple[str, ...] = ()  # their captions; none is one copy without
    language: str = ""
    first: bool = False
    archived: bool = False
    body: str = ""
    shipped: bool = True
    changed: bool = field(default=False, compare=False)  # a shipped one that the company made its own
    version: int = field(default=0, compare=False)

    @property
    def size(self) -> tuple[int, int]:
        return SIZES.get(self.paper, (self.width, self.height))

    @property
    def edges(self) -> tuple[int, ...]:
        return self.margins or MARGINS.get(self.paper, (8, 8, 8, 8))

    @property
    def font(self) -> float:
        return FONT.get(self.paper, 10 if self.width > 120 else 9)

    def called(self, language: str) -> str:
        return (self.name_en if language.startswith("en") else "") or self.name


def check(template: Template) -> None:
    """Raises ``BadTemplate`` for a paper that cannot be."""
    wide, high = template.size
    wrong: Any = None
    if template.paper not in PAPERS or template.language not in LANGUAGES:
        wrong = _("Choose one from the list.")
    elif not template.name.strip():
        wrong = _("A template needs a name.")
    elif not SMALLEST <= wide <= LARGEST or (high and not SMALLEST <= high <= LARGEST):
        wrong = _("A paper is between %(least)s and %(most)s mm wide and high.", least=SMALLEST, most=LARGEST)
    elif len(template.edges) != 4 or not all(0 <= edge <= WIDEST_MARGIN for edge in template.edges):
        wrong = _("A margin is between 0 and %(most)s mm.", most=WIDEST_MARGIN)
    elif wide - template.edges[1] - template.edges[3] < 20 or (high and high - template.edges[0] - template.edges[2] < 20):
        wrong = _("The margins leave no room for the text.")
    elif len(template.copies) > COPIES or any(len(c) > 20 for c in template.copies):
        wrong = _("At most %(n)s copies, each with a short caption.", n=COPIES)
    if wrong:
        raise BadTemplate(wrong)
