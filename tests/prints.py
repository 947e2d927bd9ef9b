"""Prints as tests look at them: pictures, texts and square codes of a PDF."""

from __future__ import annotations

import re

import pypdfium2
import zxingcpp


def pictures(data: bytes, scale: float = 2):
    """Each page of a PDF as a picture."""
    with closing(data) as paper:
        return [one.render(scale=scale).to_pil().convert("L") for one in paper]


def texts(data: bytes) -> list[str]:
    """The text of each page, as a reader of PDFs finds it, without blanks."""
    with closing(data) as paper:
        found = []
        for one in paper:
            text = one.get_textpage()
            found.append(re.sub(r"[\s\u3000]", "", text.get_text_range()))
            text.close()
        return found


def sizes(data: bytes) -> list[tuple[int, int]]:
    """The size of each page in millimetres."""
    with closing(data) as paper:
        return [(round(w / 72 * 25.4), round(h / 72 * 25.4)) for w, h in (one.get_size() for one in paper)]


def codes(data: bytes) -> list[str]:
    """What the square codes of the pages say."""
    return [found.text for one in pictures(data, 3) for found in zxingcpp.read_barcodes(one)]


class closing:  # noqa: N801
    def __init__(self, data: bytes) -> None:
        assert data[:5] == b"%PDF-", data[:200]
        self.paper = pypdfium2.PdfDocument(data)

    def __enter__(self):
        return self.paper

    def __exit__(self, *_why):
        self.paper.close()
