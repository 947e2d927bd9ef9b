"""Two records that are one: who looks alike, and how one takes up the other, all of it or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, delete, or_, select  # noqa: TID251  # shares are dropped as rights, not as business
from sqlalchemy.orm import Session

from app.engine import policy, query
from app.engine.audit import AuditEntry, told
from app.engine.current import trusted
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.files import Attachment
from app.engine.guard import locks
from app.engine.many import written
from app.engine.notes import RecordNote
from app.engine.present import label
from app.engine.record import hold, record_named, records
from app.engine.rules import Level, Share
from app.engine.tasks import Task, at_once, work
from app.engine.undo import Journal, keep

FOUND = 20
MERGED = "merge"  # the word of the trail; the entry of the survivor keeps the number of the other
MERGE = "record.merge"  # the kind of task, for it can be taken back


@dataclass(frozen=True, slots=True)
class Choice:
    """A field in which two records differ: whether the survivor may take the other's value, and whether that is the better guess."""

    name: str
    able: bool
    take: bool


def alike(session: Session, record: Any) -> list[Any]:
    """The records that may be the same one, as the model declares it, of those that the actor sees; one query."""
    model = type(record)
    ways = [and_(*[same(record, n) for n in names]) for names in model.__alike__ if all(known(record, n) for n in names)]
    if not ways:
        return []
    return list(session.scalars(select(model).where(or_(*ways), model.id != record.id).order_by(model.id).limit(FOUND)))


def known(record: Any, name: str) -> bool:
    """Whether a cell holds something to compare that the actor may look for."""
    field = fields_of(type(record))[name]
    least = Level.MASKED if isinstance(field, Secret) else Level.READ
    return bool(field.read(record, name)) and policy.level(record, name) >= least


def same(record: Any, name: str) -> Any:
    return query.where(type(record), name, "eq", fields_of(type(record))[name].read(record, name))


def choices(kept: Any, gone: Any) -> list[Choice]:
    """The fields in which two records differ and of which the actor reads both; what is empty is better filled."""
    made = []
    for name, field in fields_of(type(kept)).items():
        if field.readonly or name == "state" or min(policy.level(r, name) for r in (kept, gone)) < Level.READ:
            continue
        mine, theirs = (field.read(r, name) for r in (kept, gone))
        if mine != theirs:
            able = policy.may_set(kept, name, mine) and field.group not in locks(kept)
            made.append(Choice(name, able, able and mine in (None, "", []) and theirs is not None))
    return made


def why_not(session: Session, kept: Any, gone: Any) -> list[str]:
    """What stands against it, in words; nothing when the actor may do it."""
    model, found = type(kept), []
    if kept.id == gone.id:
        return [str(_("This is one record, not two."))]
    if not policy.may(model, "can:delete", gone):
        found.append(_("You may not delete “%(name)s”.", name=label(gone)))
    fixed = [r for r in (kept, gone) if model.__appended__ or not any(policy.level(r, n) == Level.WRITE for n in fields_of(model))]
    found += [_("You may not change “%(name)s”.", name=label(record)) for record in fixed]
    if model.__flow__:
        found.append(_("Records that go through states are not merged. Cancel one of them."))
    for other, column in [] if found else pointing(model):  # to others it is not told what there is
        with trusted(MERGED):
            stuck = other.__appended__ and session.scalar(select(other.id).where(column == gone.id).limit(1))
        if stuck:
            words = _("%(records)s of “%(name)s” stand for good and cannot move. Merge the other way round.",
                      records=other.__plural__ or other.__label__, name=label(gone))  # fmt: skip
            found.append(words)
    return [str(words) for words in found]


def pointing(model: Any) -> list[tuple[Any, Any]]:
    """Every (record type, column) that points at a type of record."""
    return [(m, getattr(m, c.name)) for m in records() for c in m.__table__.c if c.info.get("key") == model.__tablename__]


def moving(session: Session, gone: Any) -> list[tuple[Any, int]]:
    """How many records of each type would point at the survivor instead, of those that the actor sees."""
    found: dict[Any, int] = {}
    for other, column in pointing(type(gone)):
        if not other.__platform__ and policy.opens(other):
            found[other] = found.get(other, 0) + query.count(session, [column == gone.id], other)
    return [(other, n) for other, n in found.items() if n]


def merge(session: Session, kept: Any, gone: Any, take: list[str]) -> Task:
    """Let one record take up another: the chosen values, whatever points at it, its files and notes. The caller commits.

    Shares of the one that goes end with it: they were given for what it was. The task that is returned can be taken back.

    Raises:
        Forbidden: the actor may not delete the one, or change both, or set one of the chosen fields.
        NotInThisState: entries of a ledger point at the one that would go, or either has changed since.
    """
    model = type(kept)
    data = {"model": model.__tablename__, "kept": kept.id, "gone": gone.id, "take": take}
    words = _("Merge: %(records)s", records=model.__plural__ or model.__label__)
    return at_once(session, MERGE, data, str(words), 1)


@work(MERGE)
def run(session: Session, task: Task) -> dict[str, Any]:
    """The task's work, and what is kept for taking it back."""
    model, take = record_named(task.data["model"]), task.data["take"]
    found = {side: query.find(session, model, task.data[side]) for side in ("kept", "gone")}
    kept, gone = found["kept"], found["gone"]
    if kept is None or gone is None:
        raise Missing
    for record in sorted((kept, gone), key=lambda r: r.id):
        hold(session, record)
    if reasons := why_not(session, kept, gone):
        raise (NotInThisState if policy.may(model, "can:delete", gone) else Forbidden)(" ".join(reasons))
    offered = {c.name: c.able for c in choices(kept, gone)}
    if wrong := [n for n in take if not offered.get(n)]:
        raise Refused(_("“%(field)s” cannot be taken over.", field=getattr(fields_of(model).get(wrong[0]), "label", wrong[0])))
    before, old = frozen(kept), gone.id
    journal = [(model.__name__, old, 0, frozen(gone)), *move(session, model, old, kept.id)]
    session.add(told(kept, MERGED, "", {"id": [old, None]}))
    chosen = {n: chosen_of(gone, n) for n in take}
    session.flush()
    session.delete(gone)  # under the actor's own right to delete
    session.flush()  # before its numbers are another's: each is there once
    for name, value in chosen.items():
        field = fields_of(model)[name]
        if isinstance(field, Link):
            setattr(kept, field.via, value)
        else:
            field.write(kept, name, value)
    session.flush()
    after = frozen(kept)
    journal.append((model.__name__, kept.id, kept.version, {n: [before[n], v] for n, v in after.items() if before[n] != v}))
    keep(session, task.id, journal)
    words = [str(_("Two records are one. %(n)s others point at it now.", n=len(journal) - 2))]
    links = [[str(_("To the record")), f"/{model.__tablename__}/show/{kept.id}"]]
    return {"words": words, "model": model.__tablename__, "undo": 1, "links": links}


def chosen_of(record: Any, name: str) -> Any:
    field = fields_of(type(record))[name]
    return getattr(record, field.via) if isinstance(field, Link) else field.read(record, name)


def frozen(record: Any) -> dict[str, Any]:
    """Every column of a record that code may write, as JSON has it."""
    table = record.__table__
    found = {c.key: getattr(record, c.key) for c in table.columns if c.computed is None and c.key not in ("version", "changed_at")}
    kept: dict[str, Any] = json.loads(json.dumps(found, default=written))
    return kept


def move(session: Session, model: Any, old: int, new: int) -> Journal:
    """Point everything at the survivor, trusted: who may merge need not be able to change each of these by hand."""
    moved: Journal = []
    with trusted(MERGED):
        for other, column in pointing(model):
            for row in session.scalars(select(other).where(column == old).order_by(other.id)):
                setattr(row, column.key, new)
                moved.append((other.__name__, row.id, 0, {column.key: old}))
        for part in (Attachment, RecordNote):
            for one in session.scalars(select(part).where(part.model == model.__name__, part.record_id == old)):
                one.record_id = new
                moved.append((part.__name__, one.id, 0, {"record_id": old}))
        shares = delete(Share).where(Share.model == model.__name__, Share.record_id == old)
        session.execute(shares.execution_options(synchronize_session=False))
        session.flush()
    return moved


def taken_up(session: Session, model: Any, ids: list[int]) -> list[int]:
    """The numbers of the records that these took up and that are gone, and those took up before: to forget one is to forget them too."""
    found, fresh = list[int](), ids
    while fresh:
        about = AuditEntry.model == model.__name__, AuditEntry.action == MERGED, AuditEntry.record_id.in_(fresh)
        fresh = [c["id"][0] for c in session.scalars(select(AuditEntry.changes).where(*about)) if c["id"][0] not in found]
        found += fresh
    back = set(session.scalars(select(model.id).where(model.id.in_(found))))  # merges that were taken back
    return [pk for pk in found if pk not in back]
