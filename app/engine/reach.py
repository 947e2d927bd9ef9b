"""Which rows a role reaches: own, team, store, stores below, region, given, shared, all; any of them narrowed by a condition.

A reach is a word, or a word and a condition as an address has it: ``store?level=vip&amount.gt=100``, or a whole tree,
``store?where=(or(level.eq.vip,amount.gt.100))``. Each answers in SQL and for a row in hand; a property test holds the two together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, false, inspect, true

from app.engine import conditions
from app.engine.compare import fits, holds, matches
from app.engine.conditions import ALL, Group, Leaf
from app.engine.current import current
from app.engine.custom import Custom
from app.engine.errors import Refused
from app.engine.fields import Link, fields_of
from app.engine.rules import Book

WORDS = ("own", "shared", "given", "team", "store", "below", "region", "all")  # from narrow to wide
NEEDS_STORE = ("store", "below", "region", "given")
GIVEN = "given_id"  # the store that the work of a row was given to, where a kind of record has such a thing


def applies(reach: str) -> bool:
    """Whether the actor can have rows of such a reach at all."""
    who, word = current(), base(reach)
    return word in ("all", "shared") or bool(who.store_id if word in NEEDS_STORE else who.actor_id)


def base(reach: str) -> str:
    return reach.partition("?")[0]


@lru_cache(2048)
def condition(reach: str) -> Group:
    """The tree of what narrows a reach: each parameter of the address is a term, and ``where`` is a whole question."""
    pairs = parse_qsl(reach.partition("?")[2], keep_blank_values=True)
    return Group(
        ALL, tuple(conditions.parse(v) if n == "where" else Leaf(n.partition(".")[0], n.partition(".")[2] or "eq", v) for n, v in pairs)
    )


def names(reach: str) -> list[str]:
    """The fields a condition looks at."""
    return [leaf.path for leaf in conditions.leaves(condition(reach))]


def check(model: Any, reach: str) -> None:
    """Raises ``Refused`` when the condition does not fit the record."""
    if base(reach) == "given" and not hasattr(model, GIVEN):
        raise Refused(_("Records of this kind are not given to a store."))
    for leaf in conditions.leaves(condition(reach)):
        if "." in leaf.path:
            raise Refused(_("Rights go by a record's own fields. Leave out what leads to another record."))
        fits(model, leaf.path, leaf.how, leaf.value)


def within(reach: str, book: Book) -> tuple[str, set[Any]] | None:
    """The column that decides and the numbers it may hold; None where the word itself narrows nothing."""
    who, word = current(), base(reach)
    if word in ("own", "team"):
        return "owner_id", {who.actor_id} if word == "own" else team(book)
    if word == "given":
        return GIVEN, {who.store_id}
    if word in NEEDS_STORE:
        return "store_id", {who.store_id} if word == "store" else stores(word, book)
    return None


def sql(model: Any, reach: str, book: Book) -> Any:
    """The rows of a reach; ``shared`` is the policy's own."""
    more = [narrowed(model, reach)] if "?" in reach else []
    if (found := within(reach, book)) is not None:
        column, numbers = getattr(model, found[0], None), sorted(found[1])
        if column is None:
            return false()
        more.insert(0, column == numbers[0] if len(numbers) == 1 else column.in_(numbers))
    return and_(true(), *more)


def narrowed(model: Any, reach: str) -> Any:
    def leaf(one: Leaf, negated: bool) -> Any:  # noqa: FBT001
        found = holds(model, one.path, one.how, one.value)
        return conditions.untrue(found) if negated else found

    return conditions.sql(condition(reach), leaf)


def contains(record: Any, reach: str, book: Book) -> bool:
    """Whether a row belongs to a reach as the database knows it: what is only typed so far moves no row."""
    found = within(reach, book)
    inside = hasattr(record, found[0]) and was(record, found[0]) in found[1] if found else base(reach) == "all"
    if not inside or "?" not in reach:
        return inside
    return conditions.holds(condition(reach), lambda x: matches(type(record), x.path, x.how, x.value, held(record, x.path)))


def was(record: Any, name: str) -> Any:
    """A column as it is kept; of a new record, as it was given."""
    state: Any = inspect(record)
    if state.persistent and state.modified:
        past = state.attrs[name].history
        if past.deleted:
            return past.deleted[0]
    return getattr(record, name)


def held(record: Any, name: str) -> Any:
    field = fields_of(type(record))[name]
    if isinstance(field, Link):
        return was(record, field.via)
    if isinstance(field, Custom):
        return field.out(was(record, "extra"), name)
    return was(record, name)


def team(book: Book) -> set[int]:
    """The actor, and everybody he leads, their people included."""
    return closure(current().actor_id, book.leaders)


def stores(word: str, book: Book) -> set[int]:
    """The stores below the actor's, his own included; or those of its city."""
    mine = current().store_id
    if word == "below":
        return closure(mine, {pk: parent for pk, (parent, _city) in book.stores.items()})
    city = book.stores.get(mine or 0, (None, None))[1]
    return {pk for pk, (_parent, there) in book.stores.items() if there == city and city} | ({mine} if mine else set())


def closure(start: int | None, above: dict[int, int | None]) -> set[int]:
    """Whatever hangs below ``start`` in a tree that is kept as child -> parent; a ring ends it."""
    found = {start} if start else set()
    while more := {child for child, parent in above.items() if parent in found} - found:
        found |= more
    return found
