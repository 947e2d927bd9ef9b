"""Reads the square codes of photographed or scanned paper: pictures by Pillow, PDFs by PDFium, codes by ZXing."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from flask_babel import lazy_gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from app.engine.errors import Refused

MOST, PIXELS, SIDE = 20, 50_000_000, 2600  # pages of a PDF, pixels of a picture, and of a side when it is looked at first
DOTS = 200 / 72  # of a page for each point
KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its file, how that ends, and what its codes say."""

    data: bytes
    ending: str
    codes: list[str]


def pages(data: bytes) -> list[Page] | None:
    """The pages of a picture or a PDF; None for what is neither, or is larger than any paper."""
    return of_pdf(data) if data[:5] == b"%PDF-" else of_picture(data)


def of_picture(data: bytes) -> list[Page] | None:
    try:
        with Image.open(io.BytesIO(data), formats=tuple(KINDS)) as picture:
            if picture.width * picture.height > PIXELS:
                return None
            ending = KINDS[str(picture.format)]
            return [Page(data, ending, codes(ImageOps.exif_transpose(picture).convert("L")))]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def of_pdf(data: bytes) -> list[Page] | None:
    """Each page of many becomes a picture of its own; a single one stays the PDF that it is. Raises ``Refused`` for too many."""
    try:
        paper = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return None
    made = []
    try:
        if len(paper) > MOST:
            raise Refused(_("Send at most %(n)s pages in one PDF.", n=MOST))
        for n in range(len(paper)):
            width, height = paper[n].get_size()
            scale = min(DOTS, SIDE / max(width, height, 1))
            drawn = paper[n].render(scale=scale).to_pil().convert("L")
            made.append(Page(data if len(paper) == 1 else written(drawn), "pdf" if len(paper) == 1 else "jpg", codes(drawn)))
    except pypdfium2.PdfiumError:
        return None
    finally:
        paper.close()
    return made or None


def written(picture: Image.Image) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=80)
    return kept.getvalue()


def codes(picture: Image.Image) -> list[str]:
    """What the square codes say: looked for in the small, and in the large where that finds none."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    for one in [small] if small.size == picture.size else [small, picture]:
        if found := [c.text for c in zxingcpp.read_barcodes(one) if c.text]:
            return found
    return []
