"""Records in from a workbook or a csv: tried row by row, kept all together or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import AuditEntry
from app.engine.errors import Forbidden, Invalid, Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.present import apply

BATCH = 200
LOCALES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, or with a whole row (``column`` is empty). ``row`` counts as the file does."""

    row: int
    column: str
    label: str
    text: str
    message: str


@dataclass(slots=True)
class Trial:
    """What an import did, or would do."""

    rows: int = 0
    names: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)  # headings of columns that code alone fills
    faults: list[Fault] = field(default_factory=list)
    done: bool = False


def headings(model: Any) -> dict[str, str]:
    """Every word a column may be headed with -> its field: the name in code, and the label in both languages."""
    found: dict[str, str] = {}
    for name, known in reversed(list(fields_of(model).items())):
        for locale in LOCALES:
            with force_locale(locale):
                found[plain(str(known.label))] = name
    return {**found, **{plain(name): name for name in fields_of(model)}}


def plain(word: str) -> str:
    return "".join(word.split()).strip("*").lower()


def bring_in(session: Session, model: Any, rows: list[list[str]], *, keep: bool) -> Trial:
    """Try every row; with ``keep``, and without a single fault, keep them. The caller commits.

    A trial, or an import with a fault anywhere, leaves nothing behind, not even a number taken.

    Raises:
        Forbidden: the actor may not import this, or not add it.
    """
    if not (policy.may(model, "can:import") and policy.may(model, "can:add")):
        raise Forbidden
    trial = Trial(rows=len(rows) - 1)
    columns = matched(model, rows[0], trial)
    outer = session.begin_nested()
    if not trial.faults:
        made = prepared(session, model, rows, columns, trial)
        for start in range(0, len(made), BATCH):
            store(session, model, made[start : start + BATCH], trial)
    if trial.faults or not keep:
        outer.rollback()
        trial.faults.sort(key=lambda f: f.row)
        return trial
    changes = {"rows": trial.rows, "fields": trial.names}
    session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="import", changes=changes))
    outer.commit()
    trial.done = True
    return trial


def matched(model: Any, heads: list[str], trial: Trial) -> dict[int, str]:
    """Column -> field. A heading nobody knows, or one that is not the actor's to set, is a fault."""
    known, fields = headings(model), fields_of(model)
    columns: dict[int, str] = {}
    settable = set(policy.writable(model))
    for n, head in enumerate(heads):
        name = known.get(plain(head))
        if not head.strip():
            continue
        if name and (fields[name].readonly or (name == "state" and model.__flow__)):
            trial.ignored.append(head)
        elif name is None or name not in settable:
            trial.faults.append(Fault(1, letter(n), head, head, str(_("No such field, or not yours to set."))))
        elif name in columns.values():
            trial.faults.append(Fault(1, letter(n), head, head, str(_("This column is there twice."))))
        else:
            columns[n] = name
    trial.names = list(columns.values())
    return columns


def prepared(session: Session, model: Any, rows: list[list[str]], columns: dict[int, str], trial: Trial) -> list[tuple[int, Any]]:
    """The rows as records not yet in the session, and the faults of those that cannot be."""
    made, seen = [], {n: Lookup(session, model, n) for n in columns.values()}
    where = {name: n for n, name in columns.items()}
    for line, row in enumerate(rows[1:], 2):
        sent: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        for n, name in columns.items():
            try:
                sent[name] = seen[name].find(row[n].strip() if n < len(row) else "")
            except Refused as refused:
                wrong[name] = refused
        record = model()
        try:
            apply(record, sent, session)
        except Invalid as invalid:
            wrong = {**invalid.fields, **wrong}
        except Refused as refused:
            trial.faults.append(Fault(line, "", "", "", str(refused)))
        for name, message in wrong.items():
            n = where.get(name, -1)
            text = row[n] if 0 <= n < len(row) else ""
            trial.faults.append(Fault(line, letter(n), str(fields_of(model)[name].label), text, str(message)))
        made.append((line, record))
    return [] if trial.faults else made


def store(session: Session, model: Any, made: list[tuple[int, Any]], trial: Trial) -> None:
    """Write a batch; if the database refuses it, write it row by row to know which."""
    if not attempt(session, model, made):
        return
    for line, record in made:
        if message := attempt(session, model, [(line, record)]):
            trial.faults.append(Fault(line, "", "", "", message))


def attempt(session: Session, model: Any, made: list[tuple[int, Any]]) -> str:
    """Why these rows cannot be written, or nothing when they now are."""
    inner = session.begin_nested()
    try:
        session.add_all([record for _line, record in made])
        session.flush()
    except Refused as refused:
        inner.rollback()
        return "; ".join(map(str, refused.fields.values())) if isinstance(refused, Invalid) else str(refused)
    except IntegrityError as error:
        inner.rollback()
        return str(refusal(model, error))
    inner.commit()
    return ""


def refusal(model: Any, error: IntegrityError) -> Any:
    """The words for a constraint that a row broke."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if name in model.__refusals__:
        return model.__refusals__[name]
    if name.endswith("_key"):
        return _("There is already one like this.")
    return _("The database does not accept this row.")


class Lookup:
    """Turns what a cell says into what the form would send: a choice's code, a linked record's id."""

    def __init__(self, session: Session, model: Any, name: str) -> None:
        self.session, self.field = session, fields_of(model)[name]
        self.target: Any = self.field.target(model, name) if isinstance(self.field, Link) else None
        self.known: dict[str, Any] = {"": None}
        for locale in LOCALES if self.field.choices else ():
            with force_locale(locale):
                self.known |= {str(label): code for code, label in (self.field.choices or {}).items()}

    def find(self, text: str) -> Any:
        """Raises ``Refused`` when a linked record is not found, or several are."""
        if text not in self.known:
            self.known[text] = text if self.target is None else self.linked(text)
        return self.known[text]

    def linked(self, text: str) -> int:
        """The one record of that name, number or code, among those the actor sees."""
        fields = fields_of(self.target)
        for name in self.target.__search__:
            if isinstance(fields[name], Secret) or not policy.comparable(self.target, [name]):
                continue
            known = policy.readable_where(self.target, name)
            holds = [getattr(self.target, name) == text, *([] if known is None else [known])]
            found = self.session.scalars(select(self.target.id).where(*holds).limit(2)).all()
            if len(found) == 1:
                return int(found[0])
            if found:
                raise Refused(_("There are several called “%(name)s”. Use a number or code.", name=text))
        raise Refused(_("There is no “%(name)s”, or you may not see it.", name=text))


def letter(column: int) -> str:
    """A column as the spreadsheet names it: A, B, ... AA; nothing for a column that is not there."""
    found = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        found, column = chr(65 + rest) + found, column - 1
    return found
