"""The rows of a file on their way to become records: read, told what is wrong with them, and written in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine import guard, present
from app.engine.columns import Column, Fault, Plan, holders, letter
from app.engine.errors import Invalid, Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.unique import taken

BATCH = 500  # rows that are written together
MOST = 1000  # faults that are told; nobody mends more by hand
Values = dict[str, Any]
Kept = tuple[int, int, dict[str, Any] | None]  # id, the version that the import made, and what stood there before a change


@dataclass(slots=True)
class Trial:
    """What an import did, or would do."""

    rows: int = 0
    names: list[str] = field(default_factory=list)
    columns: dict[int, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)  # headings of columns that code alone fills
    faults: list[Fault] = field(default_factory=list)
    twins: list[Fault] = field(default_factory=list)  # numbers that are kept with another record already: told, not refused
    made: int = 0
    changed: int = 0
    done: bool = False
    journal: list[Kept] = field(default_factory=list)  # for taking it back

    def fault(self, row: int, column: int, label: str, text: str, message: Any) -> None:
        if len(self.faults) < MOST:
            self.faults.append(Fault(row, letter(column), label, text, str(message)))


class Rows:
    """The rows of one file on their way to become records."""

    def __init__(self, session: Session, model: Any, rows: list[list[str]], plan: Plan, trial: Trial) -> None:
        self.session, self.model, self.rows, self.plan, self.trial = session, model, rows, plan, trial
        self.fields, self.at = fields_of(model), {name: n for n, name in trial.columns.items()}
        self.columns = {n: Column(session, model, name) for n, name in trial.columns.items()}
        self.links = {name for name in self.at if isinstance(self.fields[name], Link)}
        self.needed = [n for n, f in self.fields.items() if f.required(model, n)]
        self.there: dict[str, list[int]] = {}  # what the match column says -> the records that have it
        self.seen: dict[tuple[str, Any], int] = {}  # a number of one's own -> the row that said it first
        self.alone: dict[str, dict[str, Any]] = {}  # field -> number -> who has it already

    def run(self, progress: Callable[[int], None]) -> None:
        self.ask()
        for start in range(1, len(self.rows), BATCH):
            batch = [(line, self.read(line)) for line in range(start, min(start + BATCH, len(self.rows))) if self.rows[line]]
            if not self.trial.faults:
                self.write([(line, values) for line, values in batch if values])
            progress(min(start + BATCH, len(self.rows)) - 1)
            if len(self.trial.faults) >= MOST:
                return

    def ask(self) -> None:
        """Everything the rows need to know of what is there: one question for each link, match key and own number."""
        for n, column in self.columns.items():
            if column.target is not None:
                column.learn({self.text(row, n) for row in self.rows[1:]})
        if self.plan.mode != "insert":
            self.there = holders(self.session, self.model, self.plan.match, sorted(self.values_of(self.plan.match)))
        for name in self.at:
            if isinstance(self.fields[name], Secret):
                unique = self.fields[name].unique  # type: ignore[attr-defined]
                found = taken(self.session, self.model, name, dict.fromkeys(self.values_of(name)), whose=unique)
                self.alone[name] = {number: words for number, words in found.items() if number not in self.there}

    def values_of(self, name: str) -> set[str]:
        """What a column says, as it would be kept; what cannot be kept is a fault of its cell, told later."""
        column, found = self.columns[self.at[name]], set()
        for row in self.rows[1:]:
            try:
                value = column.read(self.text(row, self.at[name]))
            except Refused:
                continue
            if value:
                found.add(str(value))
        return found

    @staticmethod
    def text(row: list[str], n: int) -> str:
        return row[n].strip() if n < len(row) else ""

    def read(self, line: int) -> Values | None:
        """A row as values; None with its faults told."""
        row, values, before = self.rows[line], Values(), len(self.trial.faults)
        for n, column in self.columns.items():
            text = row[n].strip() if n < len(row) else ""
            try:
                values[column.name] = column.read(text)
            except Refused as refused:
                self.trial.fault(line + 1, n, str(column.field.label), text, refused)
        known = self.record_of(line, values)
        if known is None:
            for name in self.needed:
                if values.get(name) in (None, "") and self.free(line, name):
                    self.wrong(line, name, _("Needed."))
        for name, others in self.alone.items():
            if (number := values.get(name)) is not None:
                self.own(line, name, number, others)
        if len(self.trial.faults) > before:
            return None
        return values | {"": known}

    def free(self, line: int, name: str) -> bool:
        """Whether nothing was said of a cell yet."""
        n = letter(self.at.get(name, -1))
        return not any(f.row == line + 1 and f.column == n and n for f in self.trial.faults[-len(self.columns) - 1 :])

    def record_of(self, line: int, values: Values) -> int | None:
        """The record a row is about, or None for a new one."""
        if self.plan.mode == "insert" or self.plan.match not in values:
            return None
        name, value = self.plan.match, values[self.plan.match]
        found = self.there.get(str(value), []) if value is not None else []
        if len(found) > 1:
            self.wrong(line, name, _("There are several of this. Mend them first, or choose another column to match by."))
        elif not found and self.plan.mode == "update":
            self.wrong(line, name, _("There is no such record, or you may not see it."))
        elif found and (first := self.seen.setdefault(("record", found[0]), line)) != line:
            self.wrong(line, name, _("Row %(row)s is about the same record.", row=first + 1))
        return found[0] if len(found) == 1 else None

    def own(self, line: int, name: str, number: Any, others: dict[str, Any]) -> None:
        """A number that another record has: refused where it must be one person's alone, told where it may be shared."""
        unique = self.fields[name].unique  # type: ignore[attr-defined]
        first = self.seen.setdefault((name, number), line)
        words = others.get(number) or (_("Row %(row)s has the same.", row=first + 1) if first != line else None)
        if words and unique:
            self.wrong(line, name, words)
        elif words and len(self.trial.twins) < MOST:
            self.trial.twins.append(Fault(line + 1, letter(self.at[name]), str(self.fields[name].label), str(number), str(words)))

    def wrong(self, line: int, name: str, message: Any) -> None:
        n = self.at.get(name, -1)
        self.trial.fault(line + 1, n, str(self.fields[name].label), self.text(self.rows[line], n) if n >= 0 else "", message)

    def write(self, batch: list[tuple[int, Values]]) -> None:
        """Write a batch; if it is refused, write it row by row to know which."""
        new = [(line, self.record(values)) for line, values in batch if values[""] is None]
        old = {values[""]: (line, values) for line, values in batch if values[""] is not None}
        if new and self.attempt(self.add, new):
            again = [(line, self.record(values)) for line, values in batch if values[""] is None]
            for line, record in again:
                self.tell(line, self.attempt(self.add, [(line, record)]))
        if old:
            found = {r.id: r for r in self.session.scalars(select(self.model).where(self.model.id.in_(old)))}
            pairs = [(line, (found.get(pk), values)) for pk, (line, values) in old.items()]
            if self.attempt(self.change, pairs):
                for pair in pairs:
                    self.tell(pair[0], self.attempt(self.change, [pair]))

    def tell(self, line: int, wrong: Refused | None) -> None:
        if isinstance(wrong, Invalid):
            for name, words in wrong.fields.items():
                self.wrong(line, name, words)
        elif wrong is not None:
            self.trial.fault(line + 1, -1, "", "", wrong)

    def attempt(self, do: Callable[[list[Any]], list[Kept]], pairs: list[Any]) -> Refused | None:
        """Why these rows cannot be written, or nothing when they now are."""
        inner = self.session.begin_nested()
        try:
            done = do(pairs)
        except Refused as refused:
            inner.rollback()
            return refused
        except IntegrityError as error:
            inner.rollback()
            return Refused(refusal(self.model, error))
        inner.commit()
        self.trial.journal += done
        self.trial.made += sum(before is None for _pk, _version, before in done)
        self.trial.changed += sum(before is not None for _pk, _version, before in done)
        return None

    def record(self, values: Values) -> Any:
        """A new record with what the row says. The columns are the actor's to set: ``matched`` saw to it, and the guard will again."""
        record = self.model()
        for name, value in values.items():
            if name and value is not None:
                if name in self.links and guard.plain(self.model):
                    setattr(record, self.fields[name].via, getattr(value, "id", value))  # type: ignore[attr-defined]
                else:
                    self.fields[name].write(record, name, self.whole(name, value))
        return record

    def whole(self, name: str, value: Any) -> Any:
        if name not in self.links or value is None:
            return value
        return present.parsed(self.model, name, value, self.session)

    def add(self, pairs: list[tuple[int, Any]]) -> list[Kept]:
        records = [record for _line, record in pairs]
        if guard.plain(self.model):
            guard.add_all(self.session, self.model, records)
        else:
            self.session.add_all(records)
            self.session.flush()
        return [(r.id, r.version, None) for r in records]

    def change(self, pairs: list[tuple[int, Any]]) -> list[Kept]:
        """Set what the rows say; an empty cell says nothing."""
        befores = []
        for _line, (record, values) in pairs:
            if record is None:
                raise Refused(_("There is no such record, or you may not see it."))
            before: dict[str, Any] = {}
            for name, value in values.items():
                if name and value is not None and name != self.plan.match:
                    was = self.fields[name].read(record, name)
                    try:
                        present.put(record, name, self.whole(name, value), new=False)
                    except Refused as refused:
                        raise Invalid({name: refused.args[0]}) from None
                    if self.fields[name].read(record, name) != was:
                        before[name] = present.plain(was)
            befores.append((record, before))
        self.session.flush()
        return [(record.id, record.version, before) for record, before in befores if before]


def refusal(model: Any, error: IntegrityError) -> Any:
    """The words for a constraint that a row broke."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if name in model.__refusals__:
        return model.__refusals__[name]
    if name.endswith("_key"):
        return _("There is already one like this.")
    return _("The database does not accept this row.")
