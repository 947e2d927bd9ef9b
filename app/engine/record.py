"""The base of every business table: one tenant, one owner, stamps, and every key with the tenant in it."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKeyConstraint, Identity, Index, Integer, String, UniqueConstraint, event, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Mapper, column_property, declared_attr, foreign, mapped_column, relationship, remote

from app.engine.clock import now
from app.engine.current import current
from app.engine.fields import SPELLED, ComputedMark, Field, Link, LinkMark, Secret

STAMPS: dict[str, Field] = {
    "owner": Link(_("Owner"), readonly=True, via="owner_id"),
    "store": Link(_("Store"), readonly=True, via="store_id"),
    "created_at": Field(_("Created"), readonly=True),
}


class Record(Model):
    """A row owned by one tenant, stamped with who made and changed it."""

    __abstract__ = True
    __label__: ClassVar[Any] = ""
    __plural__: ClassVar[Any] = ""
    __icon__: ClassVar[str] = "ti-file"
    __platform__: ClassVar[bool] = False  # the platform's own tables: walled by tenant, not by rights
    __audited__: ClassVar[bool] = True
    __ruling__: ClassVar[bool] = False  # the compiled rules read it, so a change lets every process compile them again
    __appended__: ClassVar[bool] = False  # a ledger: rows are added, never changed or deleted
    __unique__: ClassVar[tuple[tuple[str, ...], ...]] = ()
    __indexes__: ClassVar[tuple[tuple[str, ...], ...]] = ()  # ``+amount`` is only carried along, for sums that then read no table
    __refusals__: ClassVar[dict[str, Any]] = {}  # database constraint -> words for the person who met it
    __search__: ClassVar[tuple[str, ...]] = ()
    __lettered__: ClassVar[tuple[str, ...]] = ()  # of these the names, which an index of letters finds by any part
    __called__: ClassVar[tuple[str, ...]] = ()  # what ``str()`` of a record reads; else the first of ``__search__``
    __apart__: ClassVar[tuple[str, ...]] = ()  # numbers that nobody adds up: prices of one, rates, limits
    __alike__: ClassVar[tuple[tuple[str, ...], ...]] = ()  # fields which, when all of a group are equal, make two records look like one
    __sounds__: ClassVar[dict[str, str]] = {}  # fields of yes and no where yes is a sound, and the address of it with {id}
    __told__: ClassVar[str | None] = None  # the link to whom messages about a row go; "" where it is the row itself
    __shown__: ClassVar[dict[str, str]] = {}  # these four: see app.engine.wanted
    __needed__: ClassVar[dict[str, str]] = {}
    __periods__: ClassVar[tuple[tuple[str, str], ...]] = ()
    __within__: ClassVar[dict[str, str]] = {}
    __flow__: ClassVar[Any] = None
    __fields__: ClassVar[dict[str, Field]] = {}
    __computed__: ClassVar[dict[str, ComputedMark]] = {}

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, sort_order=-20)
    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True, sort_order=-19)
    store_id: Mapped[int | None] = mapped_column(Integer, default=lambda: current().store_id, sort_order=50)
    owner_id: Mapped[int | None] = mapped_column(Integer, default=lambda: current().actor_id, sort_order=51)
    version: Mapped[int] = mapped_column(Integer, sort_order=52)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, sort_order=53)
    created_by: Mapped[int | None] = mapped_column(Integer, default=lambda: current().actor_id, sort_order=54)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now, sort_order=55)
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB, sort_order=56)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        # The database's key holds the tenant; the mapper knows a row by its id, which no other tenant shares.
        return {"version_id_col": cls.version, "primary_key": [cls.id]}

    def __init_subclass__(cls, **options: Any) -> None:
        """Turn the marks of :mod:`app.engine.fields` into columns, keys and relations, before the class is mapped."""
        if not cls.__dict__.get("__abstract__"):
            prepare(cls)
        super().__init_subclass__(**options)
        known.cache_clear()

    def before_create(self, session: Any) -> None:
        """Fill what follows from what was sent: numbers, sums. Runs trusted, once, before the first flush."""

    def after_create(self, session: Any) -> None:
        """Announce what the new record means to others; its id is known by now."""

    def before_change(self, session: Any, names: set[str]) -> None:
        """What follows from a change of these fields, or forbids it. Runs trusted, when the rights were asked."""

    def before_delete(self, session: Any) -> None:
        """What forbids that a row goes, whoever asks."""

    def __str__(self) -> str:
        return f"{self.__label__} {self.id}"


def prepare(cls: Any) -> None:  # noqa: C901
    """Collect a new record's fields and write its composite keys."""
    fields: dict[str, Field] = {}
    table, extra = cls.__tablename__, list(cls.__dict__.get("__table_args__", ()))
    cls.__computed__ = {}
    for name in list(cls.__dict__.get("__annotations__", {})):  # noqa: RUF063
        value = cls.__dict__.get(name)
        if isinstance(value, LinkMark):
            fields[name] = made = Link(**{s: getattr(value.field, s) for s in Field.__slots__}, via=value.field.via or f"{name}_id")
            setattr(cls, name, relation(cls, made.via))
        elif isinstance(value, ComputedMark):
            fields[name] = value.field
            cls.__computed__[name] = value
            delattr(cls, name)
            del cls.__annotations__[name]
        elif hasattr(value, "column"):
            if target := value.column.info.get("key"):
                there = [f"{target}.tenant_id", f"{target}.id"]
                extra.append(ForeignKeyConstraint(["tenant_id", name], there, name=f"{table}_{name}_fkey"))
                extra.append(Index(f"{table}_{name}_idx", "tenant_id", name))
            if found := value.column.info.get("field"):
                fields[name] = found
                if isinstance(found, Secret):
                    extra += hashes(cls, table, name, unique=found.unique)
                    if found.unique:
                        words = _("There is already one with the same “%(field)s”.", field=found.label)
                        cls.__refusals__ = {**cls.__refusals__, f"{table}_{name}_key": words}
    extra += [UniqueConstraint("tenant_id", *names, name="_".join([table, *names, "key"])) for names in cls.__unique__]
    # A page is ordered by some column and then by id, so every index ends with the id.
    for said in cls.__indexes__:
        names, more = [n for n in said if n[0] != "+"], [n[1:] for n in said if n[0] == "+"]
        beside = dict.fromkeys([*more, "store_id", "owner_id"] if more else ())  # by these two most actors' rows are narrowed
        ends = [] if "id" in names else ["id"]
        extra.append(Index(f"{table}_{'_'.join(names)}_idx", "tenant_id", *names, *ends, postgresql_include=[*beside] or None))
    if not cls.__platform__:
        for name, stamp in STAMPS.items():
            fields.setdefault(name, stamp)
        for name, target in (("owner", "Staff"), ("store", "Store")):
            setattr(cls, name, stamped(cls, f"{name}_id", target))
            there = [f"{target.lower()}.tenant_id", f"{target.lower()}.id"]
            apart = table in ("store", "staff")  # these two point at each other
            extra.append(ForeignKeyConstraint(["tenant_id", f"{name}_id"], there, name=f"{table}_{name}_id_fkey", use_alter=apart))
        extra += [Index(f"{table}_{name}_idx", "tenant_id", name, "id") for name in ("owner_id", "store_id")]
        extra += searched(cls, table)
        # One for all the fields that companies add: to add another one makes no index, and locks nothing.
        extra.append(Index(f"{table}_extra_idx", "extra", postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"}))
    cls.__table_args__ = tuple(extra)
    cls.__fields__ = fields


def searched(cls: Any, table: str) -> list[Any]:
    """Indexes for what the search box looks through.

    Names by their letters, since trigrams find nothing by two Chinese characters; spellings and codes by trigrams.
    """
    names = [n for n in cls.__search__ if not isinstance(cls.__dict__[n].column.info.get("field"), Secret)]
    cls.__lettered__ = tuple(n for n in names if n not in SPELLED and "Code" not in str(cls.__annotations__[n]))
    return [
        Index(f"{table}_{n}_letters_idx", literal_column(f"string_to_array({n}, NULL)"), postgresql_using="gin")
        if n in cls.__lettered__
        else Index(f"{table}_{n}_trigrams_idx", n, postgresql_using="gin", postgresql_ops={n: "gin_trgm_ops"})
        for n in names
    ]


def hashes(cls: Any, table: str, name: str, *, unique: bool) -> list[Any]:
    """The columns a sealed value is found by; the whole of a unique one is there once in a tenant."""
    parts = ("hash", "last4", "first7") if "phone" in name else ("hash",)
    for part in parts:
        setattr(cls, f"{name}_{part}", mapped_column(String(40)))
    found: list[Any] = [UniqueConstraint("tenant_id", f"{name}_hash", name=f"{table}_{name}_key")] if unique else []
    return found + [Index(f"{table}_{name}_{p}_idx", "tenant_id", f"{name}_{p}") for p in parts if not (unique and p == "hash")]


def relation(cls: Any, via: str) -> Any:
    """A many-to-one joined on the single id; the database's own key has the tenant as well."""
    return relationship(primaryjoin=lambda: foreign(cls.__table__.c[via]) == remote(target_of(cls, via)))


def target_of(cls: Any, via: str) -> Any:
    column = cls.__table__.c[via]
    return Record.metadata.tables[column.info["key"]].c.id


def stamped(cls: Any, via: str, target: str) -> Any:
    there = target.lower()
    join = lambda: foreign(cls.__table__.c[via]) == remote(Record.metadata.tables[there].c.id)  # noqa: E731
    return relationship(target, primaryjoin=join, viewonly=True)


@event.listens_for(Mapper, "before_configured")
def add_computed() -> None:
    """Computed columns may look at any table, so they are added when all tables are known."""
    for model in records():
        for name, mark in list(model.__computed__.items()):
            if name not in model.__mapper__._init_properties and not hasattr(model, name):  # noqa: SLF001
                setattr(model, name, column_property(mark.sql()))


def hold(session: Any, record: Any) -> None:
    """Lock a row until the transaction ends, and read its columns again; others may still point at it meanwhile."""
    names = [c.key for c in record.__mapper__.column_attrs if c.columns[0].table is record.__table__]
    session.refresh(record, names, with_for_update={"key_share": True})


def records() -> list[Any]:
    """Every concrete record class, in a stable order."""
    return [*known()]


@cache
def known() -> tuple[Any, ...]:
    mappers = Record.registry.mappers
    return tuple(sorted((m.class_ for m in mappers if issubclass(m.class_, Record)), key=lambda c: c.__name__))


def record_named(table: str) -> Any:
    """The record class of a table, or None."""
    return next((r for r in records() if r.__tablename__ == table), None)
