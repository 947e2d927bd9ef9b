"""The rows of a file on their way to become records: read, told what is wrong with them, and written in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine import intake, policy, present
from app.engine.columns import Column, Plan, holders
from app.engine.errors import Invalid, Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.rules import Level
from app.engine.trial import MOST, Fault, Kept, Trial, letter
from app.engine.unique import taken
from app.engine.values import mask
from app.engine.wanted import wrong as unfit

BATCH = 1000  # rows that are written together
SEVERAL = _("There are several of this. Mend them first, or choose another column to match by.")
MISSING = _("There is no such record, or you may not see it.")
Values = dict[str, Any]
Read = tuple[int, int | None, Values]  # line, the record it is about, and what it says


class Rows:
    """The rows of one file on their way to become records."""

    def __init__(self, session: Session, model: Any, rows: list[list[str]], plan: Plan, trial: Trial) -> None:
        self.session, self.model, self.rows, self.plan, self.trial = session, model, rows, plan, trial
        self.fields, self.at = fields_of(model), {name: n for n, name in trial.columns.items()}
        self.columns = {n: Column(session, model, name) for n, name in trial.columns.items()}
        self.links = {name for name in self.at if isinstance(self.fields[name], Link)}
        needed = [n for n, f in self.fields.items() if plan.mode != "update" and f.required(model, n)]
        self.needed = [n for n in needed if present.asked(model, n, self.fields[n], self.at)]
        self.plain = intake.plain(model)
        self.ahead: dict[str, list[Any]] = {}  # field -> its values, line by line, where they are asked about before the first is written
        self.there: dict[str, list[int]] = {}  # what the match column says -> the records that have it
        self.about: dict[int, int] = {}  # record -> the line that is about it
        self.alone: dict[str, dict[str, Any]] = {}  # field -> number -> who has it already
        self.first: dict[str, dict[str, int]] = {}  # field -> number -> the line that said it first, where some say the same

    def run(self, progress: Callable[[int], None]) -> None:
        self.ask()
        for start in range(1, len(self.rows), BATCH):
            batch = self.read([line for line in range(start, min(start + BATCH, len(self.rows))) if self.rows[line]])
            if not self.trial.faults:
                self.write(batch)
            progress(min(start + BATCH, len(self.rows)) - 1)
            if len(self.trial.faults) >= MOST:
                return

    def ask(self) -> None:
        """Everything the rows need to know of what is there: one question for each link, match key and own number."""
        keyed = self.plan.mode != "insert"
        for n, column in self.columns.items():
            if column.target is not None:
                column.learn({self.text(row, n) for row in self.rows[1:]})
            if isinstance(column.field, Secret) or (keyed and column.name == self.plan.match):
                self.ahead[column.name] = [None, *column.read(self.text(row, n) for row in self.rows[1:])]
        if keyed:
            named = sorted({str(v) for v in self.ahead[self.plan.match] if said(v)})
            self.there = holders(self.session, self.model, self.plan.match, named)
        for name, values in self.ahead.items():
            if isinstance(self.fields[name], Secret):
                whose: dict[str, int | None] = {v: None for v in values if said(v)}
                for number, key in zip(values, self.ahead[self.plan.match], strict=True) if keyed else ():
                    if said(number) and len(found := self.there.get(str(key), [])) == 1:
                        whose[number] = found[0]
                unique = self.fields[name].unique  # type: ignore[attr-defined]
                self.alone[name] = taken(self.session, self.model, name, whose, whose=unique)
                if len(whose) < sum(map(said, values)):
                    self.first[name] = {v: line for line, v in reversed(list(enumerate(values))) if said(v)}

    @staticmethod
    def text(row: list[str], n: int) -> str:
        return row[n].strip() if n < len(row) else ""

    def read(self, lines: list[int]) -> list[Read]:
        """Some lines as values, column by column; nothing once a fault was told, since then nothing is written."""
        rows, read = [self.rows[line] for line in lines], dict[str, list[Any]]()
        for n, column in self.columns.items():
            texts, ahead = [row[n].strip() if n < len(row) else "" for row in rows], self.ahead.get(column.name)
            read[column.name] = values = column.read(texts) if ahead is None else [ahead[line] for line in lines]
            self.tell(n, column, zip(lines, texts, values, strict=True))
        known = self.records_of(lines, read[self.plan.match]) if self.plan.mode != "insert" else [None] * len(lines)
        for name in self.needed:
            for line, pk, value in zip(lines, known, read.get(name) or [None] * len(lines), strict=True):
                if pk is None and value is None:
                    self.wrong(line, name, _("Needed."))
        for name in self.alone:
            for line, value in zip(lines, read[name], strict=True):
                if said(value):
                    self.own(line, name, value)
        if self.trial.faults:
            return []
        names = list(read)
        return [(line, pk, dict(zip(names, values, strict=True))) for line, pk, *values in zip(lines, known, *read.values(), strict=True)]

    def tell(self, n: int, column: Column, cells: Iterable[tuple[int, str, Any]]) -> None:
        """What is wrong with some cells of a column, and which of them were put right."""
        label, hidden = str(column.field.label), policy.ceiling(self.model, column.name) < Level.READ
        for line, text, value in cells:
            if isinstance(value, Refused):
                self.trial.fault(line + 1, n, label, text, value)
            elif text in column.mended:
                pair = [mask(column.kind, one) if hidden else one for one in (text, column.mended[text])]
                self.trial.repair(line + 1, n, label, *pair)

    def records_of(self, lines: list[int], keys: list[Any]) -> list[int | None]:
        """The record that each line is about, or None for a new one."""
        records: list[int | None] = []
        for line, value in zip(lines, keys, strict=True):
            found = self.there.get(str(value), []) if said(value) else []
            records.append(found[0] if len(found) == 1 else None)
            if isinstance(value, Refused):
                continue
            if len(found) > 1:
                self.wrong(line, self.plan.match, SEVERAL)
            elif not found and self.plan.mode == "update":
                self.wrong(line, self.plan.match, MISSING)
            elif found and (first := self.about.setdefault(found[0], line)) != line:
                self.wrong(line, self.plan.match, _("Row %(row)s is about the same record.", row=first + 1))
        return records

    def own(self, line: int, name: str, number: str) -> None:
        """A number that another record has: refused where it must be one person's alone, told where it may be shared."""
        first = self.first.get(name, {}).get(number, line)
        words = self.alone[name].get(number) or (_("Row %(row)s has the same.", row=first + 1) if first != line else None)
        if words and self.fields[name].unique:  # type: ignore[attr-defined]
            self.wrong(line, name, words)
        elif words and len(self.trial.twins) < MOST:
            self.trial.twins.append(Fault(line + 1, letter(self.at[name]), str(self.fields[name].label), number, str(words)))

    def wrong(self, line: int, name: str, message: Any) -> None:
        n = self.at.get(name, -1)
        self.trial.fault(line + 1, n, str(self.fields[name].label), self.text(self.rows[line], n) if n >= 0 else "", message)

    def write(self, batch: list[Read]) -> None:
        """Write a batch, new records and changed ones."""
        self.put(self.add, [(line, None, values) for line, pk, values in batch if pk is None])
        if old := {pk: (line, values) for line, pk, values in batch if pk is not None}:
            found = {r.id: r for r in self.session.scalars(select(self.model).where(self.model.id.in_(old)))}
            self.put(self.change, [(line, found.get(pk), values) for pk, (line, values) in old.items()])

    def put(self, do: Callable[[list[Any]], list[Kept]], some: list[tuple[int, Any, Values]]) -> None:
        """Write some rows; if they are refused, each half by itself, to know which."""
        wrong = self.attempt(do, some) if some and len(self.trial.faults) < MOST else None
        if wrong is not None and len(some) > 1:
            self.put(do, some[: len(some) // 2])
            self.put(do, some[len(some) // 2 :])
        elif isinstance(wrong, Invalid):
            for name, words in wrong.fields.items():
                self.wrong(some[0][0], name, words)
        elif wrong is not None:
            self.trial.fault(some[0][0] + 1, -1, "", "", wrong)

    def attempt(self, do: Callable[[list[Any]], list[Kept]], some: list[Any]) -> Refused | None:
        """Why these rows cannot be written, or nothing when they now are."""
        inner = self.session.begin_nested()
        try:
            done = do(some)
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

    def add(self, some: list[tuple[int, None, Values]]) -> list[Kept]:
        """New records. The columns are the actor's to set: ``matched`` saw to it, and the guard will again."""
        for name in [n for n in self.at if self.fields[n].retired]:
            for _line, _none, values in some:
                try:
                    present.check_choice(self.fields[name], values[name])
                except Refused as refused:
                    raise Invalid({name: refused.args[0]}) from None
        if self.plain:
            rows = intake.rows_of(self.model, (values for _line, _none, values in some))
            return [(pk, 1, None) for pk in intake.add_rows(self.session, self.model, rows)]
        records = [self.record(values) for _line, _none, values in some]
        self.session.add_all(records)
        self.session.flush()
        return [(r.id, r.version, None) for r in records]

    def record(self, values: Values) -> Any:
        record, made = self.model(), self.model.__mapper__.validators
        for name in sorted(values, key=lambda n: n not in made):  # what the model makes of a value first: what was given beside it stands
            if values[name] is not None:
                self.fields[name].write(record, name, self.whole(name, values[name]))
        self.fit(record, values)
        return record

    def whole(self, name: str, value: Any) -> Any:
        return value if name not in self.links else present.parsed(self.model, name, value, self.session)

    @staticmethod
    def fit(record: Any, values: Values) -> None:
        if wrong := unfit(record, [n for n, v in values.items() if v is not None]):
            raise Invalid(wrong)

    def change(self, some: list[tuple[int, Any, Values]]) -> list[Kept]:
        """Set what the rows say; an empty cell says nothing."""
        befores = []
        for _line, record, values in some:
            if record is None:
                raise Refused(MISSING)
            before: dict[str, Any] = {}
            for name, value in values.items():
                if value is not None and name != self.plan.match:
                    was = self.fields[name].read(record, name)
                    try:
                        present.put(record, name, self.whole(name, value), new=False)
                    except Refused as refused:
                        raise Invalid({name: refused.args[0]}) from None
                    if self.fields[name].read(record, name) != was:
                        before[name] = present.plain(was)
            self.fit(record, before)
            befores.append((record, before))
        self.session.flush()
        return [(record.id, record.version, before) for record, before in befores if before]


def said(value: Any) -> bool:
    """Whether a cell holds a value, and not one that was refused."""
    return value is not None and not isinstance(value, Refused)


def refusal(model: Any, error: IntegrityError) -> Any:
    """The words for a constraint that a row broke."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if name in model.__refusals__:
        return model.__refusals__[name]
    if name.endswith("_key"):
        return _("There is already one like this.")
    return _("The database does not accept this row.")
