"""Asking: filters, order, search, pages. A field is compared only on the rows where the actor may read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Integer, and_, any_, case, false, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql import operators as operators_
from sqlalchemy.sql import visitors

from app.engine import conditions as trees
from app.engine import policy
from app.engine import reach as reaches
from app.engine.compare import holds, refuse
from app.engine.current import tenant_id
from app.engine.errors import Forbidden
from app.engine.fields import SPELLED, Link, Secret, fields_of
from app.engine.rules import Level
from app.engine.vault import normal, same

PAGE, LARGEST = 25, 200
BIGGEST = 2**31  # ids end before it
TRIGRAM = 3
COUNTED = 10_000  # beyond it the screen says "about": nobody pages there, and counting costs more than the page
def find(session: Session, model: Any, pk: int | str, options: Iterable[Any] = ()) -> Any:
    """The record of a number, if the actor sees it. The database is asked each time: the session may hold rows read for the program."""
    if not str(pk).isdecimal() or int(pk) >= BIGGEST:
        return None
    return session.get(model, int(pk), options=list(options), populate_existing=True)


def operators(kind: str) -> list[str]:
    """The operators that make sense for a kind of field, the usual one first."""
    if kind in ("text", "note"):
        return ["ct", "eq", "ne", "sw", "nc", "in", "empty"]
    if kind in ("money", "number", "whole", "place"):
        return ["eq", "ne", "ge", "le", "gt", "lt", "bt", "empty"]
    if kind == "rating":
        return ["ge", "eq", "le", "bt", "empty"]
    if kind in ("day", "moment"):
        return ["eq", "when", "ge", "le", "gt", "lt", "bt", *(["yearly"] if kind == "day" else []), "empty"]
    return {
        "choice": ["eq", "ne", "in", "empty"], "link": ["eq", "ne", "empty"], "tags": ["ct", "nc", "in", "empty"],
        "phone": ["eq", "empty"], "idnumber": ["eq", "empty"], "signature": ["empty"],
    }.get(kind, ["eq"])  # fmt: skip


def ask(model: Any, tree: Any) -> Any:
    """A whole question. NOT goes down to the single conditions, since a hidden cell is unknown and holds neither way."""
    return trees.sql(tree, lambda leaf, negated: where(model, leaf.path, leaf.how, leaf.value, negated=negated))


def where(model: Any, path: str, operator: str, value: Any, *, negated: bool = False) -> Any:
    """A condition on one field. On rows where the field is hidden it never holds, not even when negated."""
    name, _dot, further = path.partition(".")
    field = fields_of(model).get(name)
    if field is None or not (policy.comparable(model, [name]) or policy.findable(model, name)) or operator not in trees.WORDS:
        raise Forbidden(_("You cannot filter by “%(field)s”.", field=path))
    if "\x00" in str(value):
        refuse()
    least = Level.READ
    if further:
        found = beyond_link(model, name, further, operator, value, negated=negated)
    elif isinstance(field, Secret) and operator != "empty":
        found, least = sealed(model, name, str(value)) if operator in ("eq", "ct") else refuse(), Level.MASKED
    else:
        found, least = holds(model, name, operator, value), Level.MASKED if isinstance(field, Secret) else Level.READ
    found = trees.untrue(found) if negated and not further else found
    known = policy.readable_where(model, name, least)
    return found if known is None else and_(known, found)


def beyond_link(model: Any, name: str, path: str, operator: str, value: Any, *, negated: bool) -> Any:  # noqa: PLR0913
    """A condition on the record behind a link, among those the actor sees there. A link that is empty leads to empty cells only."""
    field = fields_of(model)[name]
    if not isinstance(field, Link) or not policy.opens(target := field.target(model, name)):
        raise Forbidden(_("You cannot filter by “%(field)s”.", field=f"{name}.{path}"))
    key = field.column(model, name)
    there = key.in_(select(target.id).where(where(target, path, operator, value, negated=negated)).correlate(None))
    none = operator == "empty" and str(value or "1") != "0"
    return or_(there, key.is_(None)) if none != negated else there


def sealed(model: Any, name: str, text: str) -> Any:
    """A sealed number by its keyed hashes: whole, and for phones the last four or the first seven digits."""
    value = normal(text)
    part = {4: "last4", 7: "first7"}.get(len(value), "hash")
    column = getattr(model, f"{name}_{part}", None)
    if column is None:
        column, part = getattr(model, f"{name}_hash"), "hash"
    return same(column, value, part, tenant_id())


def search(model: Any, text: str) -> Any:
    """The one search box: any of ``__search__``; a name or number by part, a sealed number by its hashes."""
    text, found = text.strip(), []
    for name in model.__search__:
        if isinstance(fields_of(model)[name], Secret):
            if policy.findable(model, name) and normal(text).isalnum() and len(normal(text)) in (4, 7, 8, 11, 12, 18):
                found.append(where(model, name, "eq", text))
        elif policy.comparable(model, [name]):
            short = name not in model.__lettered__ and len(text) < TRIGRAM  # an index of trigrams knows so little by its beginning only
            found.append(where(model, name, "sw" if short else "ct", text.lower() if name in SPELLED else text))
    return or_(*found) if found else false()


def order(model: Any, by: str) -> list[tuple[Any, bool]]:
    """``amount`` or ``-amount`` as (expression, descending) pairs; hidden values count as empty. The id comes last."""
    name, down = by.lstrip("-"), by.startswith("-")
    if name == "id" or not name:
        return [(model.id, down or not name)]
    if name not in fields_of(model) or not policy.comparable(model, [name]):
        raise Forbidden(_("You cannot sort by “%(field)s”.", field=name))
    column, known = fields_of(model)[name].column(model, name), policy.readable_where(model, name)
    return [(column if known is None else case((known, column)), down), (model.id, down)]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, how many there are (up to ``COUNTED``), and the id after which the next page begins."""

    rows: list[Any]
    count: int
    after: int | None

    @property
    def about(self) -> bool:
        return self.count > COUNTED


def count(session: Session, conditions: Iterable[Any], model: Any) -> int:
    """How many rows answer, up to one more than ``COUNTED``."""
    return session.scalar(select(counted(model, conditions))) or 0


def counted(model: Any, conditions: Iterable[Any]) -> Any:
    """The same as a query within others."""
    wanted = list(conditions)
    some = select(model.id).where(*wanted).limit(COUNTED + 1 if wanted else fixed(COUNTED + 1)).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def page(  # noqa: PLR0913
    session: Session,
    model: Any,
    conditions: Iterable[Any],
    *,
    by: str = "",
    after: int | None = None,
    size: int = PAGE,
    eager: Iterable[str] = (),
) -> Page:
    """The count and one page, by keyset: deep pages cost what the first one does."""
    size, wanted = min(max(size, 1), LARGEST), list(conditions)
    keys = order(model, by)
    if sought(wanted):
        plan_anew(session)
        ids = list(session.scalars(select(model.id).where(*wanted).limit(COUNTED + 1)))
        if not ids:
            return Page([], 0, None)
        many, wanted = literal(len(ids)), among(model, ids, keys, after, size) if len(ids) <= COUNTED else wanted
    else:
        many = counted(model, wanted)
    most = size + 1 if wanted else fixed(size + 1)
    wanted += beyond(session, model, keys, after)
    query = select(model, many).options(*loads(model, eager)).order_by(*ordered(keys))
    if len(keys) == 1:
        query = query.where(*wanted).limit(most)
    else:  # which rows they are is found first, so that nothing else of a whole table is carried through the sorting
        first = select(model.id).where(*wanted).order_by(*ordered(keys)).limit(most).subquery("first")
        query = query.join(first, first.c.id == model.id)
    found = session.execute(query).all()
    rows = [row[0] for row in found]
    there: int = found[0][1] if found else (session.scalar(select(many)) or 0) if after is not None else 0
    return Page(rows[:size], there, rows[size - 1].id if len(rows) > size else None)


def ordered(keys: list[tuple[Any, bool]]) -> list[Any]:
    made = [(e, e.desc() if down else e.asc()) for e, down in keys]
    # An index serves an order without NULLS LAST, which only a column that may be empty needs.
    return [one.nulls_last() if getattr(e, "nullable", True) else one for e, one in made]


def fixed(number: int) -> Any:
    """A limit as part of the statement, where one plan suits all values: with a limit that is a value PostgreSQL plans each time anew."""
    return literal_column(str(int(number)))


def sought(wanted: Iterable[Any]) -> bool:
    """Whether the database cannot guess how many rows fit, and walks a whole index in order: for a text inside others, or in ``extra``."""
    asked = {getattr(part, "operator", None) for one in wanted for part in visitors.iterate(one)}
    return any(o in (operators_.contains_op, operators_.startswith_op) or getattr(o, "opstring", "") == "->>" for o in asked)


def plan_anew(session: Session) -> None:
    """For the rest of the transaction: a plan made once for all texts takes none of the indexes that one text needs."""
    connection = session.connection()
    if session.info.get("planned") is not connection.get_transaction():
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        session.info["planned"] = connection.get_transaction()


def among(model: Any, ids: list[int], keys: list[tuple[Any, bool]], after: int | None, size: int) -> list[Any]:
    """The rows that were found, by number; where the number gives the order, those of the page alone."""
    if len(keys) == 1:
        down = keys[0][1]
        ids = sorted((pk for pk in ids if after is None or (pk < after if down else pk > after)), reverse=down)[: size + 1]
    return [model.id == any_(literal(ids, ARRAY(Integer)))]


def beyond(session: Session, model: Any, keys: list[tuple[Any, bool]], after: int | None) -> list[Any]:
    """The rows after one row. Its value is read again under the actor's rights, so the address holds no value."""
    if after is None:
        return []
    if len(keys) == 1:
        return [model.id < after if keys[0][1] else model.id > after]
    expression, down = keys[0]
    found = session.execute(select(expression).where(model.id == after)).first()
    if found is None:
        return []
    value, later = found[0], model.id < after if down else model.id > after
    if value is None:
        return [expression.is_(None), later]
    further = expression < value if down else expression > value
    if getattr(expression, "nullable", True):
        return [or_(further, and_(expression == value, later), expression.is_(None))]
    # Said first and alone, so that an index begins at the value instead of walking there.
    return [expression <= value if down else expression >= value, or_(further, later)]


def loads(model: Any, names: Iterable[str]) -> list[Any]:
    """Bring the links of a page along in the same statement: what they are called, and what decides who may see it."""
    fields = fields_of(model)
    return [
        joinedload(getattr(model, n)).load_only(*known_by(field.target(model, n)))
        for n in names if isinstance(field := fields.get(n), Link)
    ]  # fmt: skip


def known_by(target: Any) -> list[Any]:
    """The columns of a record that a link to it needs."""
    fields = fields_of(target)
    asked = [n for reach, _levels, _targets in policy.rules(target) for n in reaches.names(reach) if n in fields]
    asked += target.__called__ or target.__search__[:1]
    names = ["tenant_id", "id", "owner_id", "store_id", reaches.GIVEN, *(["state"] if target.__flow__ else [])]
    names += [n if n not in fields else "extra" if fields[n].added else getattr(fields[n], "via", n) for n in asked]
    return [getattr(target, n) for n in dict.fromkeys(names) if hasattr(target, n)]
