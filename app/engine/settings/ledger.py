"""The history of settings: whatever changes one, on whatever path, is told once a transaction; and head office's locks hold there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.engine.current import current
from app.engine.dashboards import Dashboard, Tile
from app.engine.errors import Forbidden
from app.engine.printing.templates import PrintTemplate
from app.engine.rules import CustomField, Grant, Layout, OwnRole, Scope
from app.engine.settings.locks import locks
from app.engine.settings.reading import state
from app.engine.settings.tables import SettingChange
from app.engine.views import MINE, SavedView

IMPORT, PUBLISH, UNDO = REASONS = ("import", "publish", "undo")
TOUCHED: dict[type, tuple[str, ...]] = {
    CustomField: ("fields", "lists"), Layout: ("layouts",), OwnRole: ("roles",), Grant: ("roles",), Scope: ("roles",),
    SavedView: ("views",), PrintTemplate: ("templates",), Dashboard: ("dashboards",), Tile: ("dashboards",),
}  # fmt: skip
SLOT = "settings"


@dataclass(slots=True)
class Deed:
    """Why settings change now."""

    reason: str = ""
    source: str = ""
    batch: str = ""
    undoes: dict[tuple[str, str], int] = field(default_factory=dict)


deed: ContextVar[Deed | None] = ContextVar("deed", default=None)


@contextmanager
def doing(reason: str, source: str = "") -> Iterator[Deed]:
    """What is committed meanwhile is one deed, which can be taken back as one."""
    token = deed.set(Deed(reason, source[:80], secrets.token_hex(8)))
    try:
        yield deed.get()  # type: ignore[misc]
    finally:
        deed.reset(token)


def watch(session: Any) -> None:
    """Keep the history of every session of a factory."""
    event.listen(session, "before_flush", remember)
    event.listen(session, "after_flush", hold)
    event.listen(session, "before_commit", write)
    event.listen(session, "after_rollback", lambda session: session.info.pop(SLOT, None))


def kinds_of(row: Any) -> tuple[str, ...]:
    """The kinds of settings that a row is part of. A view or dashboard of one's own is none."""
    kinds = TOUCHED.get(type(row), ())
    if not isinstance(row, SavedView | Dashboard):
        return kinds
    ever = {row.audience, *(inspect(row).attrs.audience.history.deleted or [])}
    return () if ever <= {MINE} else kinds


def remember(session: Session, _context: Any, _instances: Any) -> None:
    """Before the first of its changes goes to the database, how each touched kind is now."""
    kinds = {kind for row in (*session.new, *session.dirty, *session.deleted) for kind in kinds_of(row)}
    if not kinds or current().tenant_id is None or current().trusted == "sample":
        return
    held = session.info.setdefault(SLOT, {})
    held |= state(session, kinds - held.keys()) if kinds - held.keys() else {}


def hold(session: Session, _context: Any) -> None:
    """What head office keeps is nobody else's to change, by whatever way."""
    held = session.info.get(SLOT)
    if not held or current().trusted == PUBLISH:
        return
    kept = {slot: name for slot, name in locks(session).items() if slot[0] in held}
    after = state(session, {kind for kind, _key in kept}) if kept else {}
    for (kind, key), name in kept.items():
        if after[kind].get(key) != held[kind].get(key):
            raise Forbidden(_("Head office keeps this setting (“%(name)s”). Ask head office to change it.", name=name))


def write(session: Session) -> None:
    """With the commit: one line for each setting that differs from what it was."""
    if session.in_nested_transaction():
        return
    session.flush()
    held = session.info.pop(SLOT, None)
    if not held:
        return
    after, why, at, who = state(session, held), deed.get() or Deed(), now(), current()
    batch = why.batch or secrets.token_hex(8)
    lines = [
        {
            "kind": kind, "key": key[:200], "before": before.get(key), "after": after[kind].get(key), "batch": batch,
            "reason": why.reason, "source": why.source, "undoes": why.undoes.get((kind, key)), "version": 1, "tenant_id": who.tenant_id,
            "created_at": at, "changed_at": at, "created_by": who.actor_id, "owner_id": who.actor_id, "store_id": None,
        }
        for kind, before in held.items()
        for key in sorted({*before, *after[kind]})
        if before.get(key) != after[kind].get(key)
    ]  # fmt: skip
    if lines:
        session.connection().execute(insert(SettingChange.__table__), lines)
