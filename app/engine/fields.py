"""The words models are written in: a column, its label and the permission group it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import MappedColumn, mapped_column

from app.engine.current import current
from app.engine.vault import Sealed


class Signed(TypeDecorator[int]):
    """The number of the picture that a signature is; see :mod:`app.engine.signatures`."""

    impl, cache_ok = Integer, True


Code = Annotated[str, mapped_column(String(40))]
Name = Annotated[str, mapped_column(String(160))]
Note = Annotated[str, mapped_column(Text)]
Money = Annotated[Decimal, mapped_column(Numeric(14, 2))]
Number = Annotated[Decimal, mapped_column(Numeric(12, 3))]
Place = Annotated[float, mapped_column(Float)]
Day = Annotated[date, mapped_column(Date)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Flag = Annotated[bool, mapped_column(Boolean)]
Tags = Annotated[list[str], mapped_column(ARRAY(String(40)))]
Stars = Annotated[int, mapped_column(SmallInteger)]  # a rating: one to five
Signature = Annotated[int, mapped_column(Signed)]
Phone = Annotated[str, mapped_column(Sealed("phone"))]
IdNumber = Annotated[str, mapped_column(Sealed("idnumber"))]

SPELLED = ("pinyin", "initials")  # how a name is typed, in small letters
KINDS: dict[str, type] = {  # the Python type behind each kind of field
    "text": str, "note": str, "choice": str, "phone": str, "idnumber": str, "money": Decimal, "number": Decimal,
    "whole": int, "place": float, "day": date, "moment": datetime, "flag": bool, "tags": list, "link": int, "rating": int,
    "signature": int,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """What every surface needs to know about one attribute of a record, and the only way to reach its value."""

    added: ClassVar[bool] = False  # while the product runs: see app.engine.custom
    label: Any
    group: str = "basic"
    help: Any = ""
    choices: Mapping[str, Any] | None = None
    readonly: bool = False  # set by code alone: numbers, sums, stamps
    tints: Mapping[str, str] | None = None
    personal: bool = False  # says who somebody is; see is_personal()
    retired: frozenset[str] = frozenset()  # choices that were put away: kept ones are still shown, none is chosen anew
    open: bool = False  # whether a company may edit the choices: the program does not depend on the codes

    def read(self, record: Any, name: str) -> Any:
        return getattr(record, name)

    def write(self, record: Any, name: str, value: Any) -> None:
        setattr(record, name, value)

    def column(self, model: Any, name: str) -> Any:
        """The SQL of the value."""
        return getattr(model, name)

    def kind(self, model: Any, name: str) -> str:
        """A word of ``KINDS``."""
        kind = column_kind(model, name)
        return "choice" if self.choices and kind != "tags" else kind

    def required(self, model: Any, name: str) -> bool:
        column = model.__mapper__.attrs[name].columns[0]
        return not self.readonly and not column.nullable and column.default is None


@dataclass(frozen=True, slots=True)
class Secret(Field):
    """Sealed at rest; compared through keyed hashes of the whole, the last four and the first seven digits."""

    unique: bool = False  # one person's alone: a second record of the tenant with it is refused


@dataclass(frozen=True, slots=True)
class Link(Field):
    """A relation to one other record, known in SQL by its key."""

    via: str = ""

    def column(self, model: Any, name: str) -> Any:
        return getattr(model, self.via)

    def kind(self, model: Any, name: str) -> str:
        return "link"

    def target(self, model: Any, name: str) -> Any:
        return model.__mapper__.relationships[name].mapper.class_

    def required(self, model: Any, name: str) -> bool:
        column = model.__table__.c[self.via]
        return not column.nullable and column.default is None and not self.readonly


class LinkMark:
    """Stands for a relationship until the class is complete."""

    def __init__(self, field: Link) -> None:
        self.field = field


class ComputedMark:
    """Stands for a computed column until every table is known."""

    def __init__(self, field: Field, sql: Callable[[], Any]) -> None:
        self.field, self.sql = field, sql


def field(  # noqa: PLR0913
    label: Any, group: str = "basic", *, help: Any = "", readonly: bool = False, choices: Mapping[str, Any] | None = None,  # noqa: A002
    personal: bool = False, **column: Any,
) -> MappedColumn[Any]:  # fmt: skip
    """A plain value; ``choices`` gives the codes of tags their words; ``personal`` marks names and homes."""
    return mapped_column(info={"field": Field(label, group, help, choices, readonly, personal=personal)}, **column)


def choice(  # noqa: PLR0913
    label: Any, choices: Mapping[str, Any], group: str = "basic", *, help: Any = "", tints: Mapping[str, str] | None = None,  # noqa: A002
    open: bool = False, **column: Any,  # noqa: A002
) -> MappedColumn[Any]:  # fmt: skip
    """One code out of a few, shown by its word; ``tints`` colours the words; ``open`` lets a company make the list its own."""
    return mapped_column(info={"field": Field(label, group, help, choices, tints=tints, open=open)}, **column)


def secret(label: Any, group: str = "private", *, help: Any = "", unique: bool = False, **column: Any) -> MappedColumn[Any]:  # noqa: A002
    """A phone or identity number: sealed at rest, masked by default, found by keyed hash; ``unique`` within the tenant."""
    return mapped_column(info={"field": Secret(label, group, help, unique=unique)}, **column)


def computed(label: Any, group: str, sql: Callable[[], Any], **more: Any) -> Any:
    """A sum or the like that the database works out when asked; never written."""
    return ComputedMark(Field(label, group, readonly=True, **more), sql)


def key(target: str, *, nullable: bool | None = None, **column: Any) -> MappedColumn[Any]:
    """A foreign key within the tenant; people see it through the :func:`link` beside it."""
    if nullable is not None:
        column["nullable"] = nullable
    return mapped_column(Integer, info={"key": target}, **column)


def link(label: Any, group: str = "basic", *, via: str = "", help: Any = "", readonly: bool = False) -> Any:  # noqa: A002
    """The record behind a key; ``via`` is the key's name when it is not ``<name>_id``."""
    return LinkMark(Link(label, group, help, readonly=readonly, via=via))


def is_personal(model: Any, name: str) -> bool:
    """Whether a field may say something about a person: those marked so, private ones, places, free texts, and custom fields."""
    known = fields_of(model).get(name)
    if known is None or isinstance(known, Link):
        return False
    marked = known.personal or known.group == "private" or isinstance(known, Secret) or known.added
    return marked or known.kind(model, name) in ("note", "place", "phone", "idnumber", "signature")


@cache
def column_kind(model: Any, name: str) -> str:
    return kind_of(model.__mapper__.attrs[name].columns[0].type)


def kind_of(type_: Any) -> str:
    """The kind of a column, from its database type."""
    if isinstance(type_, Sealed):
        return type_.kind
    for wanted, kind in (
        (Signed, "signature"), (SmallInteger, "rating"),
        (Boolean, "flag"), (DateTime, "moment"), (Date, "day"), (ARRAY, "tags"), (Float, "place"), (Text, "note"),
        (String, "text"), (Integer, "whole"),
    ):  # fmt: skip
        if isinstance(type_, wanted):
            return kind
    return "money" if getattr(type_, "scale", None) == 2 else "number"


custom: list[Callable[[type], dict[str, Field]]] = []  # the rule book adds itself here


def fields_of(model: Any) -> dict[str, Field]:
    """Every field of a model: those written in code, in their order, then those added as data."""
    memo = current().memo
    if ("fields", model) not in memo:
        found = declared(model)
        for more in custom:
            found = found | more(model)
        memo["fields", model] = found
    known: dict[str, Field] = memo["fields", model]
    return known


@cache
def declared(model: Any) -> dict[str, Field]:
    """The fields written in code; the records' common stamps come last."""
    return {n: model.__fields__[n] for n in model.__fields__}
