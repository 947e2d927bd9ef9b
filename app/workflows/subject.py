"""Everything that is kept about one customer: found by following the links, so that a new kind of record is not forgotten."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from app.engine.errors import Missing
from app.engine.export import word
from app.engine.fields import Link, fields_of
from app.engine.files import LARGEST, Attachment
from app.engine.notes import RecordNote
from app.engine.record import records
from app.engine.storage import Storage
from app.models.customer import Customer

OURS = ("cost",)  # what the work costs us says nothing about the customer
SHEET = 31  # places of a sheet's name


@dataclass
class Subject:
    """One customer and, by kind, every record that points at them or at something of theirs."""

    customer: Customer
    found: dict[Any, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, customer: Customer) -> Subject:
        """Follow the links towards the customer, round after round: orders, then their visits, then what hangs on those."""
        made = cls(customer, {Customer: [customer]})
        fresh: dict[Any, set[int]] = {Customer: {customer.id}}
        while fresh:
            newer: dict[Any, set[int]] = {}
            for model in records():
                for via, target in links(model):
                    if target in fresh:
                        known = {r.id for r in made.found.get(model, ())}
                        rows = session.scalars(select(model).where(getattr(model, via).in_(fresh[target])).order_by(model.id))
                        added = [r for r in rows if r.id not in known]
                        made.found.setdefault(model, []).extend(added)
                        newer.setdefault(model, set()).update(r.id for r in added)
            fresh = {model: ids for model, ids in newer.items() if ids}
        return made

    def files(self, session: Session) -> list[Attachment]:
        """The files of all these records, removed ones too: their content still lies there."""
        return self.hanging(session, Attachment)

    def notes(self, session: Session) -> list[RecordNote]:
        """The notes on all these records, removed ones too."""
        return self.hanging(session, RecordNote)

    def hanging(self, session: Session, part: Any) -> list[Any]:
        found: list[Any] = []
        for model, rows in self.found.items():
            ids = [r.id for r in rows]
            mine = part.model == model.__name__, part.record_id.in_(ids)
            found += session.scalars(select(part).where(*mine).order_by(part.id))
        return found


def links(model: Any) -> Iterator[tuple[str, Any]]:
    """(key, record class) of every link of a business record."""
    if model.__platform__:
        return
    for name, known in fields_of(model).items():
        if isinstance(known, Link) and name not in ("owner", "store"):
            yield known.via, known.target(model, name)


def packed(session: Session, storage: Storage, subject: Subject) -> io.BytesIO:
    """A zip with a workbook, a sheet for each kind of record, and the files; of too many only the names are listed."""
    made = io.BytesIO()
    room = LARGEST * 3 // 4
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        kept: list[tuple[str, str]] = []
        for one in subject.files(session):
            if one.removed_at is not None or one.model == "PrivacyTicket":
                continue  # the copies made for earlier requests would be copied again
            inside = f"files/{one.id}-{one.name}" if one.size <= room else ""
            if inside:
                try:
                    with storage.open(one.key) as file:
                        out.writestr(inside, file.read())
                    room -= one.size
                except Missing:
                    inside = ""
            kept.append((one.name, inside or str(_("too large for this file: ask for it"))))
        out.writestr("data.xlsx", workbook(subject, kept, [n for n in subject.notes(session) if n.removed_at is None]))
    made.seek(0)
    return made


def workbook(subject: Subject, files: list[tuple[str, str]], notes: list[RecordNote]) -> bytes:
    """One sheet for each kind of record, headed in the reader's language; the numbers in full."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for model, rows in subject.found.items():
            fields = {n: f for n, f in fields_of(model).items() if f.group not in OURS}
            sheet = book.add_worksheet(str(model.__plural__ or model.__label__)[:SHEET])
            for column, one in enumerate(fields.values()):
                sheet.set_column(column, column, 18)
                sheet.write_string(0, column, str(one.label), bold)
            for line, row in enumerate(rows, 1):
                for column, (name, one) in enumerate(fields.items()):
                    if (value := one.read(row, name)) is not None:
                        sheet.write_string(line, column, word(model, name, value))
        sheet = book.add_worksheet(str(_("Files"))[:SHEET])
        for line, (name, where) in enumerate(files):
            sheet.write_string(line, 0, name)
            sheet.write_string(line, 1, where)
        sheet = book.add_worksheet(str(_("Notes"))[:SHEET])
        for line, note in enumerate(notes):
            sheet.write_string(line, 0, f"{note.created_at:%Y-%m-%d}")
            sheet.write_string(line, 1, str(note.kind.__label__))
            sheet.write_string(line, 2, note.text)
    return file.getvalue()
