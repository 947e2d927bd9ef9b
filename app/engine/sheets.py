"""Files that people send, read into rows of text: workbooks and csv, however they were saved."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from app.engine.errors import Refused

LARGEST = 100_000  # rows of one file
UNPACKED = 256 * 1024 * 1024  # bytes; a workbook is a zip, and a small zip can hold a very large sheet
OFTEN = 20_000  # different texts among which repetitions are looked for
EXACT = 1e15  # a sheet keeps 15 digits of a number
RISKY = "=+-@"
TOO_MANY = _("At most %(n)s rows at a time. Split the file.", n=LARGEST)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def sheet_of(name: str, data: bytes) -> list[list[str]]:
    """The rows of a file as texts, headings first. Raises ``Refused`` for what cannot be read."""
    try:
        rows = tidy(from_csv(data) if name.lower().endswith(".csv") else from_workbook(data))
    except (CalamineError, zipfile.BadZipFile, csv.Error, UnicodeDecodeError, ValueError, OSError):
        raise Refused(_("This file cannot be read. Save it as xlsx or csv and try again.")) from None
    if len(rows) <= 1:
        raise Refused(_("There are no rows under the headings."))
    return rows


def from_workbook(data: bytes) -> Iterable[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > UNPACKED:
            raise Refused(_("This workbook is too large."))
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for row in book.get_sheet_by_index(0).iter_rows():
        yield [cell if type(cell) is str else cell_text(cell) for cell in row]


def tidy(rows: Iterable[list[str]]) -> list[list[str]]:
    """The rows, an empty one as an empty list, so that each keeps its number; a text that comes often is kept once."""
    found: list[list[str]] = []
    once: dict[str, str] = {}
    for row in rows:
        if not any(map(str.strip, row)):
            found.extend([[]] if found else [])
            continue
        if len(found) > LARGEST:
            raise Refused(TOO_MANY)
        if len(once) > OFTEN:
            once.clear()
        found.append([once[cell] if cell in once else once.setdefault(cell, CONTROL.sub("", cell)) for cell in row])
    while found and not found[-1]:
        found.pop()
    return found


def from_csv(data: bytes) -> Iterable[list[str]]:
    text = decoded(data)
    first = text.partition("\n")[0]
    mark = max(",\t;", key=first.count)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
        yield [cell[1:] if cell[:1] == "'" and cell[1:2] in RISKY else cell for cell in row]  # as an export wrote it


def decoded(data: bytes) -> str:
    """UTF-8, or what Excel saves on a Chinese Windows. Short Chinese texts can be valid in both: Chinese wins."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")
    if text.isascii() or any(c > "\u2e7f" for c in text):
        return text
    try:
        other = data.decode("gb18030")
    except UnicodeDecodeError:
        return text
    return other if any("\u4e00" <= c <= "\u9fff" for c in other) else text


def cell_text(cell: Any) -> str:
    """A cell as it would be typed: whole numbers without a point, days and moments in ISO."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)) if abs(cell) < EXACT else repr(cell).upper()  # beyond that its last digits are made up
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
