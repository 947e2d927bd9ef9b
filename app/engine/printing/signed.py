"""An address on paper that shows the print is ours: it names the record and carries a keyed mark that nobody else can make."""

from __future__ import annotations

import hmac
import re
from typing import Any

from app.engine.errors import Missing
from app.engine.record import record_named
from app.engine.vault import fingerprints

PATH = "/prints/check/"
LETTERS = 20  # of the mark
SHAPE = re.compile(r"([a-z_]{1,60})-([0-9]{1,9})-([0-9a-f]{20})")


def signed_path(record: Any) -> str:
    return f"{PATH}{record.__tablename__}-{record.id}-{marks(record)[0]}"


def marks(record: Any) -> list[str]:
    """The marks of a record, one for each key in use, the newest first."""
    return [made[-LETTERS:] for made in fingerprints(f"{record.__tablename__}-{record.id}", "print", record.tenant_id)]


def named(value: str) -> tuple[Any, int, str]:
    """The record type, number and mark in a signed address. Raises ``Missing`` for what is none."""
    found = SHAPE.fullmatch(value)
    model = record_named(found[1]) if found else None
    if found is None or model is None or model.__platform__:
        raise Missing
    return model, int(found[2]), found[3]


def genuine(record: Any, mark: str) -> bool:
    """Whether a mark is ours for this record."""
    return any(hmac.compare_digest(one, mark) for one in marks(record))
