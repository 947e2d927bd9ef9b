"""The one place where every statement is narrowed and every write is stamped, checked and recorded."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import event, inspect
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE
from sqlalchemy.orm.util import LoaderCriteriaOption

from app.engine import outbox, policy, rules, shroud, wall
from app.engine.audit import AuditEntry, called_from, differences, written
from app.engine.clock import now, today
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Forbidden, NotInThisState
from app.engine.fields import Secret, fields_of
from app.engine.many import insert_rows, packed
from app.engine.record import Record, records
from app.engine.unique import check_alone, check_cards
from app.engine.vault import cuts, fingerprint
from app.engine.wanted import begin

ACTORS = 1000  # whose rows are kept compiled for one company
LOOKING = _("You look with another person's eyes. Stop it first; then act as yourself.")
APPENDED = _("Entries here are added once and never changed. To correct one, make an opposite entry.")


def watch(session: Any) -> None:
    """Put a session, or a factory of sessions, under guard."""
    wall.watch(session)
    rules.open_book(session)
    rules.source[:] = [lambda: rules.book(session)]
    policy.shares_of[:] = [lambda: policy.read_shares(session)]
    event.listen(session, "do_orm_execute", narrow)
    event.listen(session, "before_flush", check_all)
    event.listen(session, "after_flush", record_all)
    event.listen(session, "after_flush_postexec", follow)
    event.listen(session, "after_commit", outbox.committed)


def narrow(state: ORMExecuteState) -> None:
    """Narrow every ORM statement, counts and subqueries included; without a tenant nothing is found."""
    wall.enter(state.session)
    many = state.is_update or state.is_delete or state.is_insert
    if many and not current().trusted and state.bind_mapper is not None and issubclass(state.bind_mapper.class_, Record):
        raise Forbidden  # a bulk statement would escape the checks and the audit
    if not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(*criteria())


def plainly(session: Session, statement: Any) -> Any:
    """What a statement about columns finds, narrowed like any other, and not made into records: for very many rows."""
    session.flush()
    wall.enter(session)
    return session.connection().execute(statement.options(*criteria()))


class Rows(LoaderCriteriaOption):
    """A plain criterion. SQLAlchemy adapts one to an alias in WHERE by itself, but not in the ON of a join."""

    __slots__ = ()
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # cached statements are told apart as its are  # noqa: SLF001

    def _resolve_where_criteria(self, ext_info: Any) -> Any:
        found = super()._resolve_where_criteria(ext_info)
        return ext_info._adapter.traverse(found) if ext_info.is_aliased_class else found  # noqa: SLF001


def criteria() -> tuple[Any, ...]:
    """The actor's rows, kept for him while the rule book, what is shared with him and the day stay as they are."""
    who = current()
    if "criteria" not in who.memo:
        if who.trusted or not who.roles:
            who.memo["criteria"] = narrowing()
        else:
            kept, slot = rules.source[0]().criteria, (who, frozenset(model for model, _pk in policy.shares()), today())
            if len(kept) > ACTORS:
                kept.clear()
            who.memo["criteria"] = kept[slot] = kept.get(slot) or narrowing()
    found: tuple[Any, ...] = who.memo["criteria"]
    return found


def narrowing() -> tuple[Any, ...]:
    """Plain expressions, not lambdas: SQLAlchemy caches a lambda by its code alone."""
    who = current()
    owner = who.tenant_id or -1
    mine = with_loader_criteria(Record, lambda cls: cls.tenant_id == owner, include_aliases=True)
    seen = [(model, policy.visible(model)) for model in records()]
    parts = [Rows(m, rows, include_aliases=True) for m, rows in seen if rows is not None]
    return tuple(parts if who.all_tenants else [mine, *parts])


def check_all(session: Session, _context: Any, _instances: Any) -> None:
    """Check everything a flush is about to write, what its hooks add included."""
    wall.enter(session)
    if session.new or session.dirty or session.deleted:
        may_write()
    found = session.info["audit"] = []
    seen: set[int] = set()
    add_new(session, found, seen)
    for record in [r for r in session.dirty if isinstance(r, Record) and session.is_modified(r)]:
        found.append((record, "update", changed(session, record)))  # noqa: PERF401
    add_new(session, found, seen)  # what the changes brought
    for record in [r for r in session.deleted if isinstance(r, Record)]:
        if type(record).__appended__:
            raise Forbidden(APPENDED)
        if not policy.may(type(record), "can:delete", record):
            raise Forbidden
        record.before_delete(session)
        found.append((record, "delete", {}))


def add_new(session: Session, found: list[Any], seen: set[int]) -> None:
    while fresh := [r for r in session.new if isinstance(r, Record) and id(r) not in seen]:
        for record in fresh:
            seen.add(id(record))
            found.append((record, "create", created(session, record)))


def may_write() -> None:
    if current().all_tenants:
        raise Forbidden  # head office reads its franchises; it does not write in their books
    if current().read_only:
        raise Forbidden(LOOKING)


def plain(model: Any) -> bool:
    """Whether new records of a type do nothing of their own when they are made."""
    return model.before_create is Record.before_create and model.after_create is Record.after_create


def created(session: Session, record: Record) -> dict[str, list[Any]]:
    """Stamp a new record, check what was sent, then let it fill the rest by itself."""
    record.tenant_id = record.tenant_id or tenant_id()
    record.owner_id = record.owner_id or current().actor_id
    record.store_id = record.store_id or current().store_id
    found = differences(record)
    if not policy.may(type(record), "can:add", record):
        raise Forbidden
    check(record, found)
    if not plain(type(record)):
        with trusted(current().trusted or "created"):
            record.before_create(session)
        found = differences(record)
    if begin(record):
        found = differences(record)
    keep_hashes(session, record)
    return check_cards(record, found)


def changed(session: Session, record: Record) -> dict[str, list[Any]]:
    if type(record).__appended__:
        raise Forbidden(APPENDED)
    found = differences(record)
    check(record, found)
    if type(record).before_change is not Record.before_change:
        with trusted(current().trusted or "changed"):
            record.before_change(session, {*found})
    keep_hashes(session, record)
    return check_cards(record, found)


def check(record: Record, found: dict[str, list[Any]]) -> None:
    """Refuse what the actor may not set, or what the record's state locks."""
    model, who = type(record), current()
    if record.tenant_id != tenant_id():
        raise Forbidden
    if who.trusted:
        return
    state: Any = inspect(record)
    moved = state.persistent and any(state.attrs[n].history.has_changes() for n in ("tenant_id", "owner_id", "store_id"))
    if moved and not policy.may(model, "can:assign", record):
        raise Forbidden  # whoever moves a row between reaches would choose his own rights
    fields = fields_of(model)
    for name, (before, _after) in found.items():
        if name in ("owner", "store"):
            continue
        if not policy.may_set(record, name, before):
            raise Forbidden(_("You may not change “%(field)s” here.", field=fields[name].label))
        if state.persistent and fields[name].group in locks(record):
            raise NotInThisState(_("“%(field)s” is locked in this state.", field=fields[name].label))


def locks(record: Any) -> list[str]:
    flow = type(record).__flow__
    return flow.states[record.state].locks.split() if flow else []


def keep_hashes(session: Session, record: Any) -> None:
    """Keep the hashes that a sealed value is found by in step with the value; one of its own must be nobody else's."""
    for name, field in fields_of(type(record)).items():
        if isinstance(field, Secret) and inspect(record).get_history(name, PASSIVE_NO_INITIALIZE).has_changes():
            for part, text in cuts(getattr(record, name) or "").items():
                if hasattr(type(record), f"{name}_{part}"):
                    kept = fingerprint(text, part, record.tenant_id) if text else None
                    setattr(record, f"{name}_{part}", kept)
            if field.unique and getattr(record, name):
                check_alone(session, type(record), name, {getattr(record, name): record.id})


def record_all(session: Session, _context: Any) -> None:
    """After the flush every id and version is known: write the audit rows, in the same transaction."""
    done, who = session.info.pop("audit", []), current()
    same = stamps()
    entries = [
        {
            "tenant_id": r.tenant_id, "model": type(r).__name__, "record_id": r.id, "made": r.version, "action": action,
            "changes": written(type(r), changes), "store_id": r.store_id,
        }
        for r, action, changes in done
        if type(r).__audited__ and who.trusted != "sample"
    ]  # fmt: skip
    if entries:
        shroud.close_all(session, {type(r).__name__: type(r) for r, _action, _changes in done}, entries)
        tell(session, entries, same)
    if any(type(r).__ruling__ for r, _a, _c in done):
        ruled(session)
    if any(isinstance(r, outbox.Notice) for r, _a, _c in done):
        session.info["told"] = tenant_id()
    session.info["created"] = [r for r, action, _c in done if action == "create"]


def stamps() -> dict[str, Any]:
    """What all entries of one moment have in common."""
    who, at = current(), now()
    by = {"owner_id": who.actor_id, "created_by": who.actor_id, "created_at": at, "changed_at": at, "version": 1}
    return by | {"reason": who.trusted, "address": called_from()}


def tell(session: Session, entries: list[dict[str, Any]], same: dict[str, Any]) -> None:
    """Append to the trail. The personal values of the entries are closed already."""
    table = AuditEntry.__table__
    session.connection().execute(insert_rows(table, tuple(entries[0]), tuple(same)), packed(table, entries, same))


def ruled(session: Session) -> None:
    """The rules were changed: let every process read them again."""
    stamp = rules.Stamp.__table__
    bump = upsert(stamp).values(tenant_id=tenant_id(), version=1, changes=1)
    changes = {"changes": stamp.c.changes + 1}
    session.connection().execute(bump.on_conflict_do_update(index_elements=["tenant_id"], set_=changes))


def follow(session: Session, _context: Any) -> None:
    """Once rows have their ids, let new records announce themselves; what they add goes out with the commit."""
    for record in session.info.pop("created", []):
        record.after_create(session)
