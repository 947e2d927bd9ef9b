"""Who is acting, for which tenant: set once per request, job or test, read everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from app.engine.errors import NoTenant


@dataclass(frozen=True, slots=True)
class Current:
    """The actor of this moment. ``memo`` keeps what was compiled for him and dies with him."""

    tenant_id: int | None = None
    actor_id: int | None = None
    store_id: int | None = None
    roles: frozenset[str] = frozenset()
    all_tenants: bool = False  # head office, reading: asked for explicitly, never the default
    read_only: bool = False  # somebody looks with another's eyes: nothing is written
    trusted: str = ""  # why rights are off, e.g. "step: approve"; it goes into the audit trail
    memo: dict[Any, Any] = field(default_factory=dict, init=False, compare=False)


_current: ContextVar[Current] = ContextVar("current", default=Current())  # noqa: B039


def current() -> Current:
    """Who acts now."""
    return _current.get()


def tenant_id() -> int:
    """The acting tenant; code that reaches the data without one is a bug and raises ``NoTenant``."""
    found = _current.get().tenant_id
    if found is None:
        raise NoTenant
    return found


@contextmanager
def acting(**changes: Any) -> Iterator[Current]:
    """Act as somebody for a while."""
    token = _current.set(replace(_current.get(), **changes))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


@contextmanager
def trusted(reason: str) -> Iterator[None]:
    """Let code, rather than a person, write any field; the reason goes into the audit trail."""
    with acting(trusted=reason):
        yield
