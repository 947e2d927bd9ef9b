"""The one font of all prints, bundled so that paper looks the same everywhere; a file holds only the letters it uses."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME = "Noto Sans SC"
FILE = Path(__file__).resolve().parent / "fonts" / "NotoSansSC-Regular.ttf"
MISSING = "〓"  # stands for a letter that the font lacks, as printers have always done it
ASCENT, LEADING = 0.88, 1.4  # parts of the size: from the base line to the top, and from line to line
STROKE = 0.03  # bold is the same letter with an outline of this part of its size


@cache
def loaded() -> Any:
    """The font's face; read once in a process, since its tables are long."""
    font = TTFont(NAME, str(FILE))
    pdfmetrics.registerFont(font)
    return font.face


@cache
def width(letter: str) -> float:
    """The width of a letter, as a part of the size."""
    face = loaded()
    return float(face.charWidths.get(ord(letter), face.defaultWidth)) / 1000


def drawable(text: str) -> str:
    """A text with only such letters as the font has, composed where they can be."""
    glyphs = loaded().charToGlyph
    return "".join(c if ord(c) in glyphs else MISSING for c in unicodedata.normalize("NFC", text))


def measure(text: str, size: float) -> float:
    return sum(width(c) for c in text) * size
