"""Records out to a workbook or a csv: only the rows and cells the actor may read, and never a formula."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from rustpy_xlsxwriter import Format, write_worksheet
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from app.engine import policy, query
from app.engine.audit import AuditEntry
from app.engine.current import acting
from app.engine.errors import Forbidden, Refused
from app.engine.fields import fields_of
from app.engine.flat import cells, maker
from app.engine.present import label
from app.engine.record import Record
from app.engine.spared import spared

LARGEST = 1_000_000  # rows of one file; a sheet of a workbook holds a few more
BATCH = 1000  # rows in memory
LONGEST = 32_767  # letters in a cell of a workbook
FORMATS = {"money": "#,##0.00", "number": "0.###", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a csv's cell that begins so
PLAIN = ("money", "number", "whole", "place", "day", "moment", "flag")  # kinds that no text can come from
KINDS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
TOO_MANY = _("This is more than %(n)s rows. Narrow the list with a filter, then export again.", n=f"{LARGEST:,}")
Progress = Callable[[int], None]
Columns = list[list[Any]]  # some rows, column by column


def allowed(model: Any, conditions: Iterable[Any] = ()) -> list[Any]:
    """The conditions, narrowed to the rows the actor may take away. Raises ``Forbidden`` for whoever may export none."""
    if not policy.may(model, "can:export"):
        raise Forbidden
    where = policy.rows_where(model, "can:export")
    return [*conditions, *([] if where is None else [where])]


def count(session: Session, model: Any, wanted: list[Any], most: int = LARGEST) -> int:
    """How many rows there are, up to one more than ``most``."""
    some = select(model.id).where(*wanted).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def export(  # noqa: PLR0913
    session: Session, model: Any, conditions: Iterable[Any] = (), *, file: BinaryIO, names: list[str] | None = None, by: str = "",
    kind: str = "xlsx", progress: Progress = lambda _done: None,
) -> int:  # fmt: skip
    """Write the rows to a file, headed in the reader's language; returns how many. The caller commits.

    ``names`` chooses columns; those the actor may not read are left out. ``progress`` hears how many rows are done.

    Raises:
        Forbidden: the actor may not export this.
        Refused: there are too many rows.
    """
    wanted = allowed(model, conditions)
    chosen = policy.readable(model, [n for n in names or fields_of(model) if n in fields_of(model)])
    total = count(session, model, wanted)
    if total > LARGEST:
        raise Refused(TOO_MANY)
    order = [e.desc().nulls_last() if down else e.asc().nulls_last() for e, down in query.order(model, by)]
    batches = counted(cells(session, model, chosen, wanted, order, kind == "xlsx", BATCH), progress)
    with spared():
        (to_xlsx if kind == "xlsx" else to_csv)(file, model, chosen, batches)
    with acting(all_tenants=False):  # head office reads everybody's rows, and notes it in its own book
        session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="export", changes={"rows": total, "fields": chosen}))
        session.flush()
    return total


def counted(batches: Iterable[Columns], progress: Progress) -> Iterator[Columns]:
    done = 0
    for columns in batches:
        yield columns
        done += len(columns[0]) if columns else 0
        progress(done)


def to_csv(file: BinaryIO, model: Any, names: list[str], batches: Iterable[Columns]) -> None:
    """UTF-8 with its mark, so that Excel knows it; a text that would be a formula has an apostrophe in front, as Excel writes it."""
    fields = fields_of(model)
    texts = [i for i, n in enumerate(names) if fields[n].kind(model, n) not in PLAIN]
    file.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    out = csv.writer(text)
    out.writerow([safe(str(fields[n].label)) for n in names])
    for columns in batches:
        for i in texts:
            if any(value and value[0] in RISKY for value in set(columns[i])):
                columns[i] = [value and safe(value) for value in columns[i]]
        out.writerows(zip(*columns, strict=True))
    text.flush()
    text.detach()


def safe(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text


def headed(model: Any, names: list[str]) -> list[str]:
    """The labels; where two are the same, a space makes them two, which the import passes over."""
    made: list[str] = []
    for name in names:
        word = str(fields_of(model)[name].label)
        while word in made:
            word += " "
        made.append(word)
    return made


def to_xlsx(file: BinaryIO, model: Any, names: list[str], batches: Iterable[Columns]) -> None:
    """Days and sums are what they are; every text is written as text, so that no cell can start a formula."""
    heads, fields = headed(model, names), fields_of(model)
    long = [i for i, n in enumerate(names) if fields[n].kind(model, n) in ("text", "note", "tags")]
    rows = lined(batches, heads, long)
    first = next(rows, None)
    if first is None:
        file.write(written(model, names).getvalue())
        return
    formats = [Format().set_num_format(FORMATS.get(fields[n].kind(model, n), "General")) for n in names]
    write_worksheet(itertools.chain([first], rows), file, freeze_row=1, bold_headers=True, column_width=18, column_formats=formats)


def lined(batches: Iterable[Columns], heads: list[str], long: list[int]) -> Iterator[dict[str, Any]]:
    """The rows by their headings, no text longer than a cell can hold."""
    for columns in batches:
        for i in long:
            if any(value and len(value) > LONGEST for value in columns[i]):
                columns[i] = [value and value[:LONGEST] for value in columns[i]]
        for row in zip(*columns, strict=True):
            yield dict(zip(heads, row, strict=False))  # as long as they are by their making; to ask costs more than the rest


def written(model: Any, names: list[str], marked: Iterable[list[tuple[str, str]]] = (), heads: list[str] | None = None) -> BytesIO:
    """A workbook of headings alone; or of rows whose cells come with a remark, which marks the wrong ones."""
    file = BytesIO()
    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, wrong = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        text = book.add_format({"num_format": "@"})
        for column, head in enumerate(heads or headed(model, names)):
            kind = fields_of(model)[names[column]].kind(model, names[column]) if not heads else ""
            sheet.set_column(column, column, 18, text if kind in ("phone", "idnumber") else None)  # or Excel rounds them
            sheet.write_string(0, column, head, bold)
        for line, row in enumerate(marked, 1):
            for column, (value, remark) in enumerate(row):
                sheet.write_string(line, column, value, wrong if remark else text)
                if remark:
                    sheet.write_comment(line, column, remark)
    file.seek(0)
    return file


def word(model: Any, name: str, value: Any) -> str:
    """A value of one record as people read it, and as the import reads it back."""
    if isinstance(value, Record):
        return str(label(value))
    field = fields_of(model)[name]
    make = maker(model, name, field, field.kind(model, name), real=False)
    return str(value if make is None else make(value) or "")
