"""Rights and custom fields as rows, compiled into a rule book that every process renews when the rows change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engine import clock, fields
from app.engine.current import acting, current
from app.engine.fields import Custom
from app.engine.record import Record
from app.engine.tenant import Tenant


class Level(IntEnum):
    """What may be done with one cell. ``FILL`` may set an empty value, never change or clear it."""

    NONE = 0
    MASKED = 1
    READ = 2
    FILL = 3
    WRITE = 4


class Rule(Record):
    """A row of settings: when one changes, every process compiles its book again at the next request."""

    __abstract__ = True
    __platform__ = True


class Grant(Rule):
    """What a role may do with a group, a field, a verb (``can:add``) or a step (``step:cancel``) of one record type.

    A field beats its group; a verb or step is given by ``WRITE``.
    """

    __unique__ = (("role", "model", "target"),)
    role: Mapped[str] = mapped_column()
    model: Mapped[str] = mapped_column()
    target: Mapped[str] = mapped_column()
    level: Mapped[int] = mapped_column()


class Scope(Rule):
    """Which rows of one record type a role reaches: own, store, all or shared."""

    __unique__ = (("role", "model", "reach"),)
    role: Mapped[str] = mapped_column()
    model: Mapped[str] = mapped_column()
    reach: Mapped[str] = mapped_column()


class CustomField(Rule):
    """A field added by an administrator. Its name, ``x_`` and the id, never changes; its label may."""

    model: Mapped[str] = mapped_column()
    label: Mapped[str] = mapped_column()
    group: Mapped[str] = mapped_column(default="basic")
    kind: Mapped[str] = mapped_column(default="text")
    archived: Mapped[bool] = mapped_column(default=False)


class Share(Record):
    """One colleague gets one group (or field) of one record, until a moment or for good."""

    __platform__ = True
    __indexes__ = (("user_id",),)
    user_id: Mapped[int] = mapped_column()
    model: Mapped[str] = mapped_column()
    record_id: Mapped[int] = mapped_column()
    target: Mapped[str] = mapped_column()
    level: Mapped[int] = mapped_column()
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Stamp(Record):
    """Counts the changes to the rules of a tenant."""

    __audited__ = False
    __platform__ = True
    __unique__ = ((),)
    changes: Mapped[int] = mapped_column(BigInteger, default=0)


@dataclass(frozen=True)
class Book:
    """The rules of one tenant: (role, model) -> target -> level; (role, model) -> reaches; model -> custom fields."""

    grants: dict[tuple[str, str], dict[str, Level]]
    scopes: dict[tuple[str, str], frozenset[str]]
    custom: dict[str, dict[str, Custom]]


EMPTY = Book({}, {}, {})
books: dict[int, tuple[int, Book]] = {}
zones: dict[int, str | None] = {}


def book(session: Any) -> Book:
    """The book of the acting tenant. One small query a request says whether the compiled one still holds."""
    who = current()
    if who.tenant_id is None:
        return EMPTY
    if "book" not in who.memo:
        with acting(trusted="rules", all_tenants=who.all_tenants):
            mine = Stamp.tenant_id == who.tenant_id  # head office reads all tenants, but goes by its own rules
            shared = exists().where(Share.tenant_id == who.tenant_id, Share.user_id == who.actor_id)
            lives = select(Tenant.zone).where(Tenant.id == who.tenant_id).scalar_subquery()
            asked = select(select(Stamp.changes).where(mine).scalar_subquery(), shared, lives)
            stamp, who.memo["shared"], zones[who.tenant_id] = session.execute(asked).one()
            stamp = stamp or 0
            if books.get(who.tenant_id, (None,))[0] != stamp:
                books[who.tenant_id] = stamp, compiled(session, who.tenant_id)
        who.memo["book"] = books[who.tenant_id][1]
    found: Book = who.memo["book"]
    return found


def compiled(session: Any, tenant: int) -> Book:
    made = Book({}, {}, {})
    grants = select(Grant.role, Grant.model, Grant.target, Grant.level).where(Grant.tenant_id == tenant)
    for role, model, target, level in session.execute(grants):
        made.grants.setdefault((role, model), {})[target] = Level(level)
    for role, model, reach in session.execute(select(Scope.role, Scope.model, Scope.reach).where(Scope.tenant_id == tenant)):
        made.scopes[role, model] = made.scopes.get((role, model), frozenset()) | {reach}
    own = select(CustomField).where(~CustomField.archived, CustomField.tenant_id == tenant)
    for row in session.scalars(own.order_by(CustomField.id)):
        made.custom.setdefault(row.model, {})[f"x_{row.id}"] = Custom(row.label, row.group, type=row.kind)
    return made


def forget() -> None:
    """Drop what was compiled: the next request compiles again."""
    books.clear()
    zones.clear()


def open_book(session: Any) -> None:
    """Let the fields of every record include the tenant's custom ones, and the clock show the tenant's time."""
    fields.custom[:] = [lambda model: book(session).custom.get(model.__name__, {}) if current().tenant_id else {}]
    clock.home[:] = [lambda: zone_of(session)]


def zone_of(session: Any) -> str:
    """Where the acting tenant lives. Asked anew with the rules, once a request."""
    tenant = current().tenant_id
    if tenant is not None and tenant not in zones:
        book(session)
    return zones.get(tenant or 0) or clock.STANDARD
