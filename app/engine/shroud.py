"""Personal values in the trail: closed with a key of their record, so that to forget somebody is to throw a key away.

The entries themselves stay as they were written, to the byte: nobody needs a way to change them.
"""

from __future__ import annotations

import base64
import json
import os
from binascii import b2a_base64
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select, tuple_  # noqa: TID251
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import current, tenant_id, trusted
from app.engine.fields import is_personal
from app.engine.many import insert_rows, packed
from app.engine.record import Record
from app.engine.vault import Sealed

CLOSED, GONE = "~", "***"
plainly = json.JSONEncoder().encode  # json.dumps, without asking each time how
NAMING = ("attach", "detach")  # entries whose reason is the name of a file
Named = tuple[str, int]  # a kind of record, and an id


class RecordKey(Record):
    """The key of one record's personal values in the trail, itself sealed."""

    __platform__ = True
    __audited__ = False
    __unique__ = (("model", "record_id"),)
    model: Mapped[str] = mapped_column()
    record_id: Mapped[int] = mapped_column()
    key: Mapped[str] = mapped_column(Sealed("key"))


def keys(session: Session, wanted: Iterable[Named], *, make: bool = False) -> dict[Named, bytes]:
    """The keys of some records; with ``make`` of all of them."""
    table, names = RecordKey.__table__, sorted(set(wanted))
    if not names:
        return {}
    connection = session.connection()
    query = select(table.c.model, table.c.record_id, table.c.key).where(tuple_(table.c.model, table.c.record_id).in_(names))
    found = {(model, pk): base64.b64decode(key) for model, pk, key in connection.execute(query)}
    if make and (new := [name for name in names if name not in found]):
        rows: list[dict[str, Any]] = [{"model": m, "record_id": pk, "key": fresh()} for m, pk in new]
        add = insert_rows(table, tuple(rows[0]), tuple(same := stamps())).on_conflict_do_nothing()
        sent = packed(table, [dict(r) for r in rows], same)
        added = {(model, pk) for model, pk in connection.execute(add.returning(table.c.model, table.c.record_id), sent)}
        found |= {(r["model"], r["record_id"]): base64.b64decode(r["key"]) for r in rows if (r["model"], r["record_id"]) in added}
        if others := [name for name in new if name not in added]:  # of two at once one makes it, and both read it
            found |= keys(session, others)
    return found


def stamps() -> dict[str, Any]:
    who, at = current(), now()
    stamps = {"created_at": at, "changed_at": at, "owner_id": who.actor_id, "created_by": who.actor_id, "store_id": who.store_id}
    return stamps | {"tenant_id": tenant_id(), "version": 1}


def fresh() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def closed(key: bytes | AESGCM, value: Any) -> Any:
    """A value as the trail keeps it; nothing stays nothing, so that one sees what was empty."""
    if value is None:
        return None
    nonce, cipher = os.urandom(12), key if isinstance(key, AESGCM) else AESGCM(key)
    return CLOSED + base64.b64encode(nonce + cipher.encrypt(nonce, json.dumps(value).encode(), None)).decode()


def opened(key: bytes | None, kept: Any) -> Any:
    """The value again, or stars when its key was thrown away. What was never closed is given back as it is."""
    if not isinstance(kept, str) or not kept.startswith(CLOSED):
        return kept
    if key is None:
        return GONE
    raw = base64.b64decode(kept[1:])
    try:
        return json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], None))
    except InvalidTag:
        return GONE  # closed before the record was forgotten, and used again afterwards


def close_all(session: Session, models: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Close the personal values of entries that are about to be written."""
    private: dict[tuple[str, str], bool] = {}
    for entry in entries:
        for name in entry["changes"]:
            slot = entry["model"], name
            if slot not in private:
                private[slot] = is_personal(models[slot[0]], name)
    personal = {id(e): [n for n in e["changes"] if private[e["model"], n]] for e in entries}
    known = keys(session, [(e["model"], e["record_id"]) for e in entries if personal[id(e)]], make=True)
    for entry in entries:
        if not personal[id(entry)]:
            continue
        key = AESGCM(known[entry["model"], entry["record_id"]])
        for name in personal[id(entry)]:
            entry["changes"][name] = [v if v == GONE else closed(key, v) for v in entry["changes"][name]]


def close_new(session: Session, model: Any, entries: list[dict[str, Any]]) -> None:
    """The same for entries about records of one type that were made a moment ago: each needs a key, and none has one yet."""
    private = {n for n in {name for e in entries for name in e["changes"]} if is_personal(model, n)}
    rows = []
    for entry in entries:
        pairs = [pair for name, pair in entry["changes"].items() if name in private]
        if not pairs:
            continue
        raw = os.urandom(32 + 12 * len(pairs))  # the key, and a number used once for each value
        rows.append({"record_id": entry["record_id"], "key": b2a_base64(raw[:32], newline=False).decode()})
        encrypt = AESGCM(raw[:32]).encrypt
        for at, pair in enumerate(pairs):
            if pair[1] != GONE:
                nonce = raw[32 + 12 * at : 44 + 12 * at]
                pair[1] = CLOSED + b2a_base64(nonce + encrypt(nonce, plainly(pair[1]).encode(), None), newline=False).decode()
    if rows:
        table, same = RecordKey.__table__, stamps() | {"model": model.__name__}
        session.connection().execute(insert_rows(table, tuple(rows[0]), tuple(same)), packed(table, rows, same))


def sealed_key(model: Any, pk: int) -> Any:
    """The key of one record as a query within others: for whoever reads its entries in the same statement."""
    table = RecordKey.__table__
    return select(table.c.key).where(table.c.model == model.__name__, table.c.record_id == pk).scalar_subquery()


def open_all(session: Session, entries: list[AuditEntry]) -> list[AuditEntry]:
    """Let entries that were read say what they hold in clear; they are not changed by it. Whoever shows them judges each field."""
    with trusted("history"):
        return open_with(keys(session, [(e.model, e.record_id) for e in entries]), entries)


def open_of(key: str | None, entries: list[AuditEntry]) -> list[AuditEntry]:
    """The same for entries of one record, with what :func:`sealed_key` found."""
    return open_with({(e.model, e.record_id): base64.b64decode(key) for e in entries} if key else {}, entries)


def open_with(known: dict[Named, bytes], entries: list[AuditEntry]) -> list[AuditEntry]:
    """The same for whoever has the keys in hand."""
    for entry in entries:
        key = known.get((entry.model, entry.record_id))
        told = {n: [opened(key, v) for v in pair] if isinstance(pair, list) else pair for n, pair in entry.changes.items()}
        set_committed_value(entry, "changes", told)
        if entry.action in NAMING:
            set_committed_value(entry, "reason", opened(key, entry.reason))
    return entries


def throw_away(session: Session, model: Any, ids: list[int]) -> None:
    """Make everything personal in the trail of these records unreadable, for ever. The caller is trusted."""
    mine = RecordKey.model == model.__name__, RecordKey.record_id.in_(ids)
    session.execute(delete(RecordKey).where(*mine).execution_options(synchronize_session=False))
