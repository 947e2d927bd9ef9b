"""A pivot as a workbook or a csv; who took which numbers is noted in the trail."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import send_file
from flask_babel import lazy_gettext as _
from xlsxwriter import Workbook

from app.engine.audit import AuditEntry
from app.engine.clock import today
from app.engine.current import acting
from app.engine.errors import Refused
from app.engine.export import KINDS, safe
from app.engine.values import cents
from app.extensions import db

TOO_MANY = _("This pivot has too many cells. Choose months in place of days, or narrow the question.")
Grid = list[list[Any]]  # texts and numbers; the first line has the headings


def sent(model: Any, grid: Grid | None, names: list[str], kind: str) -> Any:
    """The file as an answer; committed."""
    if grid is None:
        raise Refused(TOO_MANY)
    with acting(all_tenants=False):  # head office notes it in its own book
        changes = {"rows": len(grid) - 1, "fields": names}
        db.session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="export", changes=changes))
        db.session.commit()
    file = to_xlsx(grid) if kind == "xlsx" else to_csv(grid)
    return send_file(file, KINDS[kind], as_attachment=True, download_name=f"{model.__tablename__}-pivot-{today():%Y%m%d}.{kind}")


def lined(table: dict[str, Any]) -> Grid:
    """Each line by itself: the first of its headings is repeated, so that the file can be sorted."""
    total = str(_("Total"))
    heads = [*table["heads"], *(table["across"] or []), total if table["across"] else table["measure"]]
    grid: Grid = [heads]
    group = ""
    for line in table["lines"]:
        group = line["group"] or group
        words = ([line["head"], total] if line["sub"] else [group, line["head"]]) if table["two"] else [line["head"]]
        grid.append([*words, *(cell["value"] for cell in line["cells"])])
    if table["foot"]:
        grid.append([total, *([""] if table["two"] else []), *(cell["value"] for cell in table["foot"])])
    return grid


def to_csv(grid: Grid) -> io.BytesIO:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for line in grid:
        writer.writerow(["" if v is None else safe(v) if isinstance(v, str) else v if isinstance(v, int) else cents(v) for v in line])
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))


def to_xlsx(grid: Grid) -> io.BytesIO:
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, sheet = book.add_format({"bold": True}), book.add_worksheet()
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(grid[0]) - 1, 16)
        for n, line in enumerate(grid):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(n, column, value, bold if n == 0 else None)
                elif value is not None:
                    sheet.write_number(n, column, float(cents(value)))
    file.seek(0)
    return file
