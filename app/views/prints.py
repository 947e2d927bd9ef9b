"""The print templates that every company begins with: the dispatch slip, the contract, the receipt. Their texts lie in ``prints/``.

The first line of a file is the name in both languages; a second one, if there is any, has the captions of the copies.
"""

from __future__ import annotations

from pathlib import Path

from app.engine.printing.papers import A4, A5_WIDE, ROLL, TRIPLICATE, Template
from app.engine.printing.templates import ship

TEXTS = Path(__file__).with_suffix("")


def written(model: str, code: str, paper: str, *, first: bool = False, like: str = "") -> Template:
    """The template of one file; ``like`` names another whose text it shares."""
    (head, body) = (TEXTS / f"{code}.txt").read_text(encoding="utf-8").split("\n---\n", 1)
    (names, *copies) = head.split("\n")
    zh, en = names.split(" / ")
    captions = tuple(copies[0].split("、")) if copies else ()
    text = written(model, like, paper).body if like else body
    return Template(model, code, zh, en, paper, copies=captions, first=first, body=text)


for one in (
    written("Visit", "slip-a4", A4, first=True),
    written("Visit", "slip-triplicate", TRIPLICATE, like="slip-a4"),
    written("Visit", "slip-roll", ROLL),
    written("Contract", "contract-a4", A4, first=True),
    written("Receipt", "receipt-a5", A5_WIDE, first=True),
    written("Receipt", "receipt-roll", ROLL),
):
    ship(one)
