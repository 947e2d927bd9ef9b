"""Records out to a workbook: only the rows and cells the actor may read, and never a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from app.engine import policy, query
from app.engine.audit import AuditEntry
from app.engine.clock import local
from app.engine.current import acting
from app.engine.errors import Forbidden, Refused
from app.engine.fields import fields_of
from app.engine.present import label, value_of
from app.engine.record import Record
from app.engine.rules import Level

LARGEST = 100_000  # rows of one file
BATCH = 500  # rows in memory
FORMATS = {"money": "#,##0.00", "number": "0.###"}
TOO_MANY = _("This is more than %(n)s rows. Narrow the list with a filter, then export again.", n=LARGEST)


def export(session: Session, model: Any, conditions: Iterable[Any] = (), *, names: list[str] | None = None, by: str = "") -> BytesIO:
    """An xlsx of the rows, headed in the reader's language.

    ``names`` chooses columns; those the actor may not read are left out. The caller commits.

    Raises:
        Forbidden: the actor may not export this.
        Refused: there are too many rows.
    """
    if not policy.may(model, "can:export"):
        raise Forbidden
    chosen = policy.readable(model, [n for n in names or fields_of(model) if n in fields_of(model)])
    wanted = list(conditions)
    where = policy.rows_where(model, "can:export")
    if where is not None:
        wanted.append(where)
    some = select(model.id).where(*wanted).limit(LARGEST + 1).subquery()
    if (count := session.scalar(select(func.count()).select_from(some)) or 0) > LARGEST:
        raise Refused(TOO_MANY)
    file = written(model, chosen, ordered(session, model, wanted, by, chosen))
    changes = {"rows": count, "fields": chosen}
    with acting(all_tenants=False):  # head office reads everybody's rows, and notes it in its own book
        session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="export", changes=changes))
        session.flush()
    return file


def ordered(session: Session, model: Any, wanted: list[Any], by: str, names: list[str]) -> Iterator[Any]:
    """The rows, a batch in memory at a time."""
    found = select(model).where(*wanted).options(*query.loads(model, names))
    for expression, down in query.order(model, by):
        found = found.order_by(expression.desc().nulls_last() if down else expression.asc().nulls_last())
    return iter(session.scalars(found.execution_options(yield_per=BATCH)))


def written(model: Any, names: list[str], rows: Iterable[Any]) -> BytesIO:
    """Write rows as they come; a text is written as text, so that no cell can start a formula."""
    file = BytesIO()
    with Workbook(file, {"constant_memory": True}) as book:
        fill(book, model, names, rows)
    file.seek(0)
    return file


def fill(book: Any, model: Any, names: list[str], rows: Iterable[Any]) -> None:
    fields = fields_of(model)
    kinds = {n: fields[n].kind(model, n) for n in names}
    bold, formats = book.add_format({"bold": True}), {k: book.add_format({"num_format": f}) for k, f in FORMATS.items()}
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.set_column(column, column, 18)
        sheet.write_string(0, column, str(fields[name].label), bold)
    for line, record in enumerate(rows, 1):
        for column, name in enumerate(names):
            has, value = value_of(record, name)
            if value is None:
                continue
            if has > Level.MASKED and isinstance(value, (Decimal, int, float)) and not isinstance(value, bool):
                sheet.write_number(line, column, value, formats.get(kinds[name]))
            else:
                sheet.write_string(line, column, word(model, name, value))


def word(model: Any, name: str, value: Any) -> str:
    """A value as people read it, and as the import reads it back."""
    field, flow = fields_of(model)[name], model.__flow__
    if isinstance(value, Record):
        return str(label(value))
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    states = flow.states if name == "state" and flow else {}
    words = {**(field.choices or {}), **{code: state.label for code, state in states.items()}}
    many = value if isinstance(value, list) else [value]
    return ", ".join(str(words.get(one, one)) for one in many)
