"""Notes on a record, and what is to be done about it by a day: one table, seen by whoever may read the record's notes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Load, Mapped, Session, aliased, mapped_column, object_session

from app.engine import policy, query, values
from app.engine.audit import told
from app.engine.clock import now, today
from app.engine.current import acting, current, tenant_id, trusted
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.outbox import announce
from app.engine.present import label
from app.engine.record import Record, record_named, records
from app.engine.rules import Level

TARGET = "notes"  # the right's name on the matrix
LONGEST = 4000  # characters
MOST = 200  # notes of one record that are shown
AHEAD = timedelta(days=7)  # what is due by then stands on the home page


class RecordNote(Record):
    """Words that somebody left at a record; with a day, something to do by then. A removed one keeps its row."""

    __plural__ = _("Things to do")
    __platform__ = True
    __audited__ = False  # the trail of the record it belongs to tells of it, without its words
    __indexes__ = (("model", "record_id"), ("for_id", "due_on"))
    model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column()
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))  # the colleagues it calls
    due_on: Mapped[date | None] = mapped_column(Date)
    for_id: Mapped[int | None] = mapped_column()  # whose it is to do
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    done_by: Mapped[int | None] = mapped_column()
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    removed_by: Mapped[int | None] = mapped_column()

    @property
    def kind(self) -> Any:
        """The type of record that it belongs to."""
        return next((m for m in records() if m.__name__ == self.model), None)

    @property
    def page_url(self) -> str:
        return f"/{self.kind.__tablename__}/show/{self.record_id}"

    def facts(self) -> dict[str, str]:
        """What a message may say: who wrote, on what kind of record, by when; nothing of the record or of the words."""
        session = object_session(self)
        with trusted("notes"):
            person = session.get(record_named("staff"), self.created_by) if session and self.created_by else None
        return {"who": str(person or ""), "kind": str(self.kind.__label__), "day": str(self.due_on or "")}


def need(record: Any, level: Level) -> None:
    if policy.part(record, TARGET) < level:
        raise Forbidden


def kept(session: Session, record: Any, *extra: Any) -> list[tuple[RecordNote, Any, Any]]:
    """The notes of a record, newest first, each with who wrote it and whose it is to do. The caller asked for the right."""
    author, doer = people()
    known = [c.key for c in query.known_by(record_named("staff"))]
    with trusted("notes"):  # who wrote is told as far as the reader may know it
        found = (
            select(RecordNote, author, doer)
            .outerjoin(author, author.id == RecordNote.created_by)
            .outerjoin(doer, doer.id == RecordNote.for_id)
            .where(*mine_of(record), *extra)
            .options(*(Load(one).load_only(*[getattr(one, n) for n in known]) for one in (author, doer)))
        )
        return [(note, by, whose) for note, by, whose in session.execute(found.order_by(RecordNote.id.desc()).limit(query.fixed(MOST)))]


@cache
def people() -> tuple[Any, Any]:
    """Who wrote, and whose it is to do, in a query: made once, since SQLAlchemy takes long to make them."""
    staff = record_named("staff")
    return aliased(staff), aliased(staff)


def mine_of(record: Any) -> tuple[Any, ...]:
    return (RecordNote.model == type(record).__name__, RecordNote.record_id == record.id, RecordNote.removed_at.is_(None))


def note_of(session: Session, record: Any, pk: int) -> RecordNote:
    """One note of a record. Raises ``Missing`` when it belongs to another one, or was removed."""
    need(record, Level.READ)
    found = session.scalars(select(RecordNote).where(*mine_of(record), RecordNote.id == pk)).first() if pk < query.BIGGEST else None
    if found is None:
        raise Missing
    return found


def write(session: Session, record: Any, text: str, due_on: str = "", for_id: str = "") -> tuple[RecordNote, list[str]]:
    """Leave a note; with a day it is something to do, for oneself if nobody is named. The caller commits.

    Returns the note, and the names of those it calls who may not read it: they are not told.

    Raises:
        Forbidden: the actor may not add notes here.
        Refused: there are no words, too many, or a card number in them; or whoever should do it does not see it.
    """
    need(record, Level.FILL)
    text = values.no_card(text.replace("\r\n", "\n").strip())
    if not text or len(text) > LONGEST or "\x00" in text:
        raise Refused(_("Write something, of at most %(most)s characters.", most=LONGEST))
    if for_id and not due_on:
        raise Refused(_("Say by which day it is to be done."))
    day = values.day(due_on) if due_on else None
    whose = doer(session, record, for_id) if day else None
    called = [p for p in named_in(session, text) if p.id not in (current().actor_id, whose)]
    deaf = [label(p) for p in called if not may_read(record, p)]
    made = RecordNote(
        model=type(record).__name__, record_id=record.id, text=text, due_on=day, for_id=whose, store_id=record.store_id,
        mentions=[p.id for p in called if may_read(record, p)] or None,
    )  # fmt: skip
    session.add_all([made, told(record, "todo" if day else "note")])
    session.flush()
    if made.mentions:
        announce("record_note.mention", made)
    if whose not in (None, current().actor_id):
        announce("record_note.given", made)
    return made, deaf


def doer(session: Session, record: Any, for_id: str) -> int | None:
    """Whose it is to do: oneself, or a colleague whom one sees and who may read the record's notes."""
    me = current().actor_id
    if not for_id or for_id == str(me):
        return me
    person = query.find(session, record_named("staff"), for_id)
    if person is None or not person.active or person.tenant_id != tenant_id():
        raise Refused(_("Choose a colleague who works here."))
    if not may_read(record, person):
        name = label(person)
        raise Refused(_("%(name)s does not see this record's notes. Share it with them first, or choose somebody else.", name=name))
    return int(person.id)


def named_in(session: Session, text: str) -> list[Any]:
    """The colleagues whom a text calls by ``@name``, of those that the actor sees; the longest name first."""
    if "@" not in text:
        return []
    staff, found = record_named("staff"), []
    people = session.scalars(select(staff).where(staff.tenant_id == tenant_id(), staff.active))
    names: dict[str, list[Any]] = {}
    for person in people:
        names.setdefault(f"@{label(person)}", []).append(person)
    for name in sorted(names, key=len, reverse=True):
        if name in text:
            text = text.replace(name, " ")
            found += names[name]
    return found


def may_read(record: Any, person: Any) -> bool:
    """Whether a colleague sees a record and its notes, as the rules stand."""
    roles = frozenset(person.roles or ())
    with acting(actor_id=person.id, store_id=person.store_id, roles=roles, trusted="", all_tenants=False, read_only=False):
        return bool(policy.opens(type(record)) and policy.seen(record) and policy.part(record, TARGET) >= Level.READ)


def listeners(session: Session, note: RecordNote, to: str) -> list[Any]:
    """Whom a note calls, or whose it is to do: those who work here and may read it now."""
    staff, ids = record_named("staff"), [note.for_id] if to == "given" else note.mentions or []
    record = session.get(note.kind, note.record_id)
    if record is None or note.removed_at is not None:
        return []
    people = session.scalars(select(staff).where(staff.id.in_(ids), staff.active).order_by(staff.id))
    return [p for p in people if may_read(record, p)]


def finish(session: Session, record: Any, pk: int, *, done: bool) -> RecordNote:
    """Say that something is done, or that it is not yet; the caller commits. For whose it is, and whoever may add notes.

    Said twice is said once.
    """
    found = note_of(session, record, pk)
    if found.due_on is None:
        raise Missing
    if found.for_id != current().actor_id:
        need(record, Level.FILL)
    if done != (found.done_at is not None):
        found.done_at, found.done_by = (now(), current().actor_id) if done else (None, None)
        session.add(told(record, "todo done" if done else "todo open"))
    return found


def remove(session: Session, record: Any, pk: int) -> None:
    """Take a note off a record; its row stays until the record is forgotten. The caller commits."""
    need(record, Level.WRITE)
    found = note_of(session, record, pk)
    found.removed_at, found.removed_by = now(), current().actor_id
    session.add(told(record, "unnote"))


def due(session: Session) -> list[tuple[RecordNote, Any]]:
    """What is the actor's to do until in a week, the oldest first, with its record; only where he may still read it."""
    open_ = RecordNote.done_at.is_(None), RecordNote.removed_at.is_(None), RecordNote.tenant_id == tenant_id()
    asked = select(RecordNote).where(RecordNote.for_id == current().actor_id, RecordNote.due_on <= today() + AHEAD, *open_)
    found = list(session.scalars(asked.order_by(RecordNote.due_on, RecordNote.id).limit(MOST)))
    there = {key: r for model in {n.kind for n in found} for key, r in rows(session, model, (n for n in found if n.kind is model))}
    pairs = [(n, there.get((n.model, n.record_id))) for n in found]
    return [(n, r) for n, r in pairs if r is not None and policy.part(r, TARGET) >= Level.READ]


def rows(session: Session, model: Any, notes: Iterable[RecordNote]) -> list[tuple[tuple[str, int], Any]]:
    """The records of one type that notes belong to, those that the actor sees: one query."""
    ids = {n.record_id for n in notes}
    if model is None or not policy.opens(model):
        return []
    return [((model.__name__, r.id), r) for r in session.scalars(select(model).where(model.id.in_(ids)))]
