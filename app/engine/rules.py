"""Rights and custom fields as rows, compiled into a rule book that every process renews when the rows change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import IntEnum
from typing import Any

from flask_babel import get_locale
from sqlalchemy import BigInteger, DateTime, String, exists, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.engine import clock, custom, fields
from app.engine.current import Current, acting, current
from app.engine.fields import Field
from app.engine.record import Record, record_named, records
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
    __ruling__ = True


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
    """Which rows of one record type a role reaches; see :mod:`app.engine.reach`."""

    __unique__ = (("role", "model", "reach"),)
    role: Mapped[str] = mapped_column()
    model: Mapped[str] = mapped_column()
    reach: Mapped[str] = mapped_column()


class CustomField(Rule):
    """A field added by an administrator, or his own list for a built-in choice. See :mod:`app.engine.tailor`."""

    __audited__ = False  # that module tells the trail
    __unique__ = (("model", "builtin"), ("model", "code"))
    model: Mapped[str] = mapped_column()
    label: Mapped[str] = mapped_column()
    group: Mapped[str] = mapped_column(default="basic")
    kind: Mapped[str] = mapped_column(default="text")
    archived: Mapped[bool] = mapped_column(default=False)
    label_en: Mapped[str] = mapped_column(default="")
    help: Mapped[str] = mapped_column(default="")
    help_en: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=False)
    listed: Mapped[bool] = mapped_column(default=True)  # whether lists show it without being asked
    start: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))  # as ``extra`` would hold it
    choices: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))  # code, zh, en, tint, archived
    section: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=0)
    shown: Mapped[str] = mapped_column(default="")  # a written condition
    builtin: Mapped[str | None] = mapped_column(String(60))  # whose choices these are
    code: Mapped[str | None] = mapped_column(String(60))  # by which other companies know it; it never changes

    @property
    def name(self) -> str:
        """What the field is called everywhere but before people; it never changes."""
        return self.builtin or f"x_{self.id}"


class Layout(Rule):
    """How forms and pages of one record type look for a role; see :mod:`app.engine.layout`."""

    __unique__ = (("role", "model", "device"),)
    role: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    device: Mapped[str] = mapped_column(String(10), default="")  # see app.engine.laid
    shape: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Share(Record):
    """One colleague, or everybody of a role, gets one group (or field) of one record, until a moment or for good."""

    __platform__ = True
    __audited__ = False  # the trail of the record that is shared tells of it
    __indexes__ = (("user_id",), ("role",), ("model", "record_id"))
    user_id: Mapped[int | None] = mapped_column()
    role: Mapped[str | None] = mapped_column(String(40))
    model: Mapped[str] = mapped_column()
    record_id: Mapped[int] = mapped_column()
    target: Mapped[str] = mapped_column()
    level: Mapped[int] = mapped_column()
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def mine(cls, who: Current) -> Any:
        """What was shared with an actor: with the person, or with a role of theirs."""
        return or_(cls.user_id == who.actor_id, cls.role.in_(sorted(who.roles)))


class Stamp(Record):
    """Counts the changes to the rules of a tenant."""

    __audited__ = False
    __platform__ = True
    __unique__ = ((),)
    changes: Mapped[int] = mapped_column(BigInteger, default=0)


class OwnRole(Rule):
    """A role that a company made, or that head office published to it. What it may do stands in grants and scopes."""

    __unique__ = (("code",), ("key",))
    code: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(60))  # by which other companies know it; it never changes
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60), default="")
    locked: Mapped[bool] = mapped_column(default=False)  # head office's: its rights are not the franchise's to change
    archived: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name


@dataclass(frozen=True)
class Book:
    """The rules of one tenant: (role, model) -> target -> level; (role, model) -> reaches; model -> custom fields."""

    grants: dict[tuple[str, str], dict[str, Level]]
    scopes: dict[tuple[str, str], frozenset[str]]
    custom: dict[str, dict[str, Field]]
    roles: dict[str, OwnRole] = dataclass_field(default_factory=dict)  # the tenant's own, by code
    stores: dict[int, tuple[int | None, str | None]] = dataclass_field(default_factory=dict)  # id -> (the store above, city)
    leaders: dict[int, int | None] = dataclass_field(default_factory=dict)  # person -> who leads him
    layouts: dict[tuple[str, str, str], dict[str, Any]] = dataclass_field(default_factory=dict)  # (role, model, device)
    expanded: dict[tuple[str, str], dict[str, Level]] = dataclass_field(default_factory=dict)  # the policy's: (role, model) -> levels
    cells: dict[Any, dict[str, Level]] = dataclass_field(default_factory=dict)  # the policy's: roles, model, reaches, state -> levels
    criteria: dict[Any, Any] = dataclass_field(default_factory=dict)  # the guard's: an actor -> what narrows his statements
    words: dict[str, dict[Any, Any]] = dataclass_field(default_factory=dict)  # the screens': language -> what they say of fields


EMPTY = Book({}, {}, {})
BUILT_IN: dict[str, Any] = {}  # the roles every tenant begins with: code -> words
source: list[Callable[[], Book]] = [lambda: EMPTY]  # the acting tenant's book; the session's guard puts itself here
books: dict[int, tuple[int, Book]] = {}
zones: dict[int, str | None] = {}


def book(session: Any) -> Book:
    """The book of the acting tenant. One small query a request says whether the compiled one still holds."""
    who = current()
    if who.tenant_id is None:
        return EMPTY
    if "book" not in who.memo:
        with acting(trusted="rules", all_tenants=who.all_tenants):
            # It may have come with the person, in the statement that says who the actor is.
            told = who.memo.pop("stamp", None) or session.execute(select(*stamped(who.tenant_id, Share.mine(who)))).one()
            stamp, who.memo["shared"], zones[who.tenant_id] = told[0] or 0, told[1], told[2]
            if books.get(who.tenant_id, (None,))[0] != stamp:
                books[who.tenant_id] = stamp, compiled(session, who.tenant_id)
        who.memo["book"] = books[who.tenant_id][1]
    found: Book = who.memo["book"]
    return found


def stamped(tenant: Any, mine: Any) -> tuple[Any, ...]:
    """The stamp of a tenant's rules, whether anything is shared with the actor, and the tenant's time zone; of a value or a column.

    Head office reads all tenants, but goes by its own rules.
    """
    shared = exists().where(Share.tenant_id == tenant, mine)
    lives = select(Tenant.zone).where(Tenant.id == tenant).scalar_subquery()
    return select(Stamp.changes).where(Stamp.tenant_id == tenant).scalar_subquery(), shared, lives


def compiled(session: Any, tenant: int) -> Book:
    made = Book({}, {}, {})
    grants = select(Grant.role, Grant.model, Grant.target, Grant.level).where(Grant.tenant_id == tenant)
    for role, model, target, level in session.execute(grants):
        made.grants.setdefault((role, model), {})[target] = Level(level)
    for role, model, reach in session.execute(select(Scope.role, Scope.model, Scope.reach).where(Scope.tenant_id == tenant)):
        made.scopes[role, model] = made.scopes.get((role, model), frozenset()) | {reach}
    own = select(CustomField).where(~CustomField.archived, CustomField.tenant_id == tenant)
    rows = list(session.scalars(own.order_by(CustomField.rank, CustomField.id)))
    made.custom.update({m.__name__: custom.compiled(m, mine) for m in records() if (mine := [r for r in rows if r.model == m.__name__])})
    for role in session.scalars(select(OwnRole).where(OwnRole.tenant_id == tenant).order_by(OwnRole.id)):
        session.expunge(role)  # it outlives the session: rules are compiled once for many requests
        made.roles[role.code] = role
    laid = select(Layout.role, Layout.model, Layout.device, Layout.shape).where(Layout.tenant_id == tenant)
    made.layouts.update({(role_, model, device): shape for role_, model, device, shape in session.execute(laid)})
    store, staff = record_named("store"), record_named("staff")
    for pk, parent, city in session.execute(select(store.id, store.parent_id, store.city).where(store.tenant_id == tenant)):
        made.stores[pk] = (parent, city)
    led = select(staff.id, staff.leader_id).where(staff.tenant_id == tenant, staff.leader_id.is_not(None))
    made.leaders.update((pk, leader) for pk, leader in session.execute(led))
    return made


def role_words(*, archived: bool = False) -> dict[str, Any]:
    """The roles of the acting tenant: code -> a word that speaks the reader's language when it is shown."""
    return BUILT_IN | {code: role for code, role in source[0]().roles.items() if archived or not role.archived}


def role_names(*, archived: bool = False) -> dict[str, str]:
    """The same in the language of now."""
    return {code: str(word) for code, word in role_words(archived=archived).items()}


class RoleWords(Mapping[str, Any]):
    """The choices of a field that holds roles, as they are at the moment of asking."""

    def __getitem__(self, code: str) -> Any:
        return role_words(archived=True)[code]

    def __iter__(self) -> Iterator[str]:
        return iter(role_words())

    def __len__(self) -> int:
        return len(role_words())


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
