"""The trail of changes: appended in the transaction of the change itself, never edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.custom import Custom
from app.engine.fields import Link, Secret, fields_of
from app.engine.record import Record

caller: list[Callable[[], str | None]] = [lambda: None]  # the web says here whose request this is


class AuditEntry(Record):
    """One change to one record: who, when, what, from, to, and the version it made."""

    __audited__ = False
    __platform__ = True
    __appended__ = True
    __indexes__ = (("model", "record_id"), ("created_by",), ("action",))
    model: Mapped[str] = mapped_column()
    record_id: Mapped[int] = mapped_column()
    made: Mapped[int] = mapped_column()
    action: Mapped[str] = mapped_column()  # what was done, or tried: a word of ``app.web.trail_words``
    reason: Mapped[str] = mapped_column(default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    address: Mapped[str | None] = mapped_column(default=lambda: called_from())  # noqa: PLW0108


def told(record: Any, action: str, reason: str = "", changes: dict[str, Any] | None = None) -> AuditEntry:
    """An entry about something done with a record that changed none of its fields; the caller adds it."""
    return AuditEntry(
        model=type(record).__name__, record_id=record.id, made=record.version, action=action, reason=reason, changes=changes or {},
        store_id=record.store_id,
    )  # fmt: skip


def called_from() -> str | None:
    """The address that the present request comes from."""
    return caller[0]()


def differences(record: Any) -> dict[str, list[Any]]:
    """The fields of a pending record that differ from the database, as [before, after]."""
    state = inspect(record)
    if state.key is None:
        return given(record, state.dict)
    found: dict[str, list[Any]] = {}
    for name, field in fields_of(type(record)).items():
        if name not in state.attrs and not isinstance(field, Custom):
            continue
        if isinstance(field, Link):
            pair = link_difference(state, name, field)
        else:
            past = state.attrs["extra" if isinstance(field, Custom) else name].history
            pair = [(past.deleted or [None])[0], (past.added or [None])[0]] if past.has_changes() else None
            if pair and isinstance(field, Custom):
                pair = [(pair[0] or {}).get(name), (pair[1] or {}).get(name)]
        if pair and pair[0] != pair[1]:
            found[name] = pair
    return found


def given(record: Any, held: dict[str, Any]) -> dict[str, list[Any]]:
    """The same of a record that is not in the database yet: all that it holds is new."""
    found: dict[str, list[Any]] = {}
    extra = held.get("extra") or {}
    for name, field in fields_of(type(record)).items():
        if isinstance(field, Link):
            value = getattr(held[name], "id", None) if name in held else held.get(field.via)
        else:
            value = extra.get(name) if isinstance(field, Custom) else held.get(name)
        if value is not None:
            found[name] = [None, value]
    return found


def link_difference(state: Any, name: str, field: Link) -> list[Any] | None:
    """A link changes through the relation or through its key; either is the same change."""
    for attr in (name, field.via):
        past = state.attrs[attr].history
        if past.has_changes():
            return [getattr(v, "id", v) for v in ((past.deleted or [None])[0], (past.added or [None])[0])]
    return None


def written(model: Any, changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The differences as they are kept: plain, and a secret never in clear."""
    fields = fields_of(model)
    return {n: ["***" if isinstance(fields[n], Secret) and v else plain(v) for v in pair] for n, pair in changes.items()}


def plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int)) else str(value)
