"""Fields made and changed while the product runs: each change is told in the trail and can be taken back. Nothing is ever lost."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import wordlist
from app.engine.audit import AuditEntry
from app.engine.current import tenant_id, trusted
from app.engine.errors import Invalid, Missing, Refused
from app.engine.fields import declared
from app.engine.fitting import CHECKS, MOST, TOO_MANY, label, own_count, unfit
from app.engine.reach import names
from app.engine.rules import CustomField, Scope

LOCK = 7_401_010  # any number; the same in every process of one database
TOLD = (
    "label", "label_en", "kind", "group", "section", "required", "listed", "start", "shown", "help", "help_en", "choices", "archived",
)  # fmt: skip  # what the trail keeps, before and after
VOID: tuple[Any, ...] = (None, "", False)


def rows(session: Session, model: Any) -> list[CustomField]:
    """What the acting company made of one record type, in its order; head office reads its own alone."""
    mine = CustomField.tenant_id == tenant_id(), CustomField.model == model.__name__
    return list(session.scalars(select(CustomField).where(*mine).order_by(CustomField.rank, CustomField.id)))


def found(session: Session, model: Any, pk: int) -> CustomField:
    """Raises ``Missing`` for what is not the company's own."""
    for row in rows(session, model):
        if row.id == pk:
            return row
    raise Missing


def list_of(session: Session, model: Any, name: str) -> CustomField:
    """The row that holds the company's list for a built-in choice, new if there is none. Raises ``Missing`` where it may have none."""
    field = declared(model).get(name)
    if field is None or not field.open:
        raise Missing
    there = next((r for r in rows(session, model) if r.builtin == name), None)
    return there or CustomField(model=model.__name__, builtin=name, kind="choice", label=name, choices=wordlist.of(field))


def state(model: Any, row: CustomField) -> dict[str, Any]:
    """What the trail compares."""
    if row.builtin:
        return {"choices": row.choices if row.id else wordlist.of(declared(model)[row.builtin])}
    return {n: getattr(row, n) for n in TOLD} if row.id else {}


def save(session: Session, model: Any, row: CustomField, sent: dict[str, Any], more: dict[str, Any] | None = None) -> CustomField:
    """Make a field, or set what was sent of one; ``more`` is what the trail is told besides.

    Raises ``Invalid`` naming what is wrong; the caller commits.
    """
    one_at_a_time(session)
    before, wrong = state(model, row), dict[str, Any]()
    names_ = ["choices"] if row.builtin else [n for n in CHECKS if n in sent]
    with session.no_autoflush:
        for name in names_:
            try:
                setattr(row, name, CHECKS[name](session, model, row, sent[name]))
            except Refused as refused:
                wrong[name] = refused.args[0]
        if not wrong:
            wrong = unfit(session, model, row)
        if wrong:
            raise Invalid(wrong)
        if row.id is None:
            there = rows(session, model)
            row.rank = 1 + max((r.rank or 0 for r in there), default=0)
            if not row.builtin and not row.code:
                row.code = wordlist.code_of(row.label_en or row.label, {r.code for r in there})
    session.add(row)
    session.flush()
    tell(session, model, row, before, more)
    return row


def one_at_a_time(session: Session) -> None:
    """Of two who shape the fields of one company each sees what the other made."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id())))


def put_away(session: Session, model: Any, row: CustomField, *, back: bool = False) -> None:
    """Take a field from every screen, or bring it back; what records hold stays. Raises ``Refused`` where rights go by it."""
    one_at_a_time(session)
    before = state(model, row)
    if row.builtin or row.archived is not back:
        raise Missing
    if back:
        if own_count(session) >= MOST:
            raise Refused(TOO_MANY)
        label(session, model, row, row.label)
    else:
        scopes = session.scalars(select(Scope.reach).where(Scope.tenant_id == tenant_id(), Scope.model == model.__name__))
        if any("?" in reach and row.name in names(reach) for reach in scopes):
            raise Refused(_("The rows of a role go by this field. Change its rights first."))
    row.archived = not back
    session.flush()
    tell(session, model, row, before)


def move(session: Session, model: Any, row: CustomField, step: int) -> None:
    """One place up or down among the company's own fields."""
    one_at_a_time(session)
    order = [r for r in rows(session, model) if not r.builtin and not r.archived]
    at = order.index(row) if row in order else -1
    if at >= 0 and 0 <= at + step < len(order):
        order.insert(at + step, order.pop(at))
        for n, one in enumerate(order, 1):
            one.rank = n
        session.flush()


def tell(session: Session, model: Any, row: CustomField, before: dict[str, Any], more: dict[str, Any] | None = None) -> None:
    """Append what changed to the trail."""
    now = state(model, row)
    changes = {n: [before.get(n), v] for n, v in now.items() if before.get(n) != v and not (before.get(n) in VOID and v in VOID)}
    changes |= more or {}
    if changes:
        session.add(AuditEntry(model="CustomField", record_id=row.id, made=row.version, action="field", changes=changes))
        session.flush()


def history(session: Session, row: CustomField) -> list[AuditEntry]:
    """The changes of a field, newest first."""
    mine = AuditEntry.tenant_id == tenant_id(), AuditEntry.model == "CustomField", AuditEntry.record_id == row.id
    with trusted("history"):
        return list(session.scalars(select(AuditEntry).where(*mine, AuditEntry.action == "field").order_by(AuditEntry.id.desc())))


def begins(entry: AuditEntry) -> bool:
    """Whether an entry tells of the making of a field, before which there was none."""
    return "label" in entry.changes and entry.changes["label"][0] is None


def roll_back(session: Session, model: Any, row: CustomField, entry: int) -> None:
    """Make a field what it was before one of its changes; choices made since are put away, not lost."""
    later = [e for e in history(session, row) if e.id >= entry]
    if not later or later[-1].id != entry or begins(later[-1]):
        raise Missing
    was: dict[str, Any] = {}
    for one in later:
        was |= {n: pair[0] for n, pair in one.changes.items()}
    away = bool(was.pop("archived", row.archived))
    save(session, model, row, was)
    if away != row.archived:
        put_away(session, model, row, back=not away)
