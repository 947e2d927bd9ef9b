"""Who may see and change what, cell by cell. The only module that decides it.

A role gives the product of its rows and its fields. A cell's level is the best over the roles whose reach contains
its row, and over the shares of that row. In SQL the same rules say which rows are visible, and on which of them a
field may be read: everywhere else the cell is treated as unknown, so asking never tells more than looking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import and_, exists, false, func, or_, select

from app.engine.current import acting, current
from app.engine.fields import Secret, fields_of
from app.engine.reach import applies, contains, was
from app.engine.reach import sql as reach_sql
from app.engine.record import Record
from app.engine.rules import EMPTY, Book, Level, Share, source

shares_of: list[Callable[[], dict[tuple[str, int], dict[str, Level]]]] = [dict]
Rules = list[tuple[str, dict[str, Level], dict[str, Level]]]


def free(model: Any) -> bool:
    return bool(current().trusted) or getattr(model, "__platform__", False)


def rules(model: Any) -> Rules:
    """The actor's triples of a reach, the level of each field within it, and what the role may do there."""
    who, name = current(), model.__name__
    if ("rules", name) not in who.memo:
        book = source[0]() if who.roles else EMPTY
        held = [role for role in sorted(who.roles) if (role, name) in book.scopes]
        who.memo["rules", name] = [
            (reach, expanded(model, role, book), book.grants.get((role, name), {}))
            for role in held
            for reach in sorted(book.scopes[role, name])
            if applies(reach)
        ]
    found: Rules = who.memo["rules", name]
    return found


def expanded(model: Any, role: str, book: Book) -> dict[str, Level]:
    """The level of every field for one role: its own, or its group's. Kept with the book, so worked out once for many requests."""
    slot = role, model.__name__
    if slot not in book.expanded:
        targets = book.grants.get(slot, {})
        book.expanded[slot] = {
            name: capped(model, name, targets.get(name, targets.get(field.group, Level.NONE))) for name, field in fields_of(model).items()
        }
    return book.expanded[slot]


def cap(model: Any, targets: dict[str, Level], name: str, state: Any) -> Level:
    """The most a role may do with a field in one state of the record: ``basic@done`` caps a group, ``price@done`` a field."""
    return targets.get(f"{name}@{state}", targets.get(f"{fields_of(model)[name].group}@{state}", Level.WRITE))


def capped(model: Any, name: str, given: Level) -> Level:
    """What code alone sets is read at best: states move by steps, sums are worked out, stamps are stamped."""
    field = fields_of(model)[name]
    if field.readonly or (name == "state" and model.__flow__):
        return min(given, Level.READ)
    return min(given, Level.FILL) if field.kind(model, name) == "signature" else given  # given once, and never changed


def shares() -> dict[tuple[str, int], dict[str, Level]]:
    """All that was shared with the actor, read once a request, and only where a role can use it."""
    memo = current().memo
    if "shares" not in memo:
        source[0]()  # the same small query says whether there is any share at all
        memo["shares"] = shares_of[0]() if current().actor_id and memo.get("shared", True) else {}
    found: dict[tuple[str, int], dict[str, Level]] = memo["shares"]
    return found


def read_shares(session: Any) -> dict[tuple[str, int], dict[str, Level]]:
    """Ask the share table for everything that is the actor's and still lives."""
    found: dict[tuple[str, int], dict[str, Level]] = {}
    who = current()
    with acting(trusted="rules"):
        live = or_(Share.until.is_(None), Share.until > func.now())
        query = select(Share.model, Share.record_id, Share.target, Share.level)
        for model, pk, target, level in session.execute(query.where(Share.mine(who), live)):
            kept = found.setdefault((model, pk), {})
            kept[target] = max(Level(level), kept.get(target, Level.NONE))
    return found


def reached(record: Any) -> frozenset[str]:
    """The actor's reaches that contain a row."""
    mine = (type(record).__name__, record.id) in shares()
    return frozenset(
        r for r, _, _ in rules(type(record)) if r == "all" or (mine if r == "shared" else contains(record, r, source[0]()))
    )


def seen(record: Any) -> bool:
    """Whether a row in hand is there for the actor: the session may hold one that was read for the program."""
    model = type(record)
    everywhere = free(model) or any(reach == "all" for reach, _levels, _targets in rules(model))
    return everywhere or bool(reached(record)) or (model.__name__, record.id) in shares()


def levels(record: Any) -> Mapping[str, Level]:
    """What the actor may do with each cell of a row; ask once for a row rather than for every cell."""
    model, who = type(record), current()
    if free(model):
        return everything(model)
    reaches, state = reached(record), was(record, "state") if model.__flow__ else None
    kept, slot = source[0]().cells if who.roles else who.memo, (who.roles, model, reaches, state)
    if slot not in kept:
        mine = [(given, targets) for reach, given, targets in rules(model) if reach in reaches]
        kept[slot] = {n: max((min(g[n], cap(model, t, n, state)) for g, t in mine), default=Level.NONE) for n in fields_of(model)}
    found: dict[str, Level] = kept[slot]
    if given := shares().get((model.__name__, record.id)):
        shared = {n: max(given.get(n, Level.NONE), given.get(f.group, Level.NONE)) for n, f in fields_of(model).items()}
        return {n: max(found[n], capped(model, n, shared[n])) for n in found}
    return found


def everything(model: Any) -> Mapping[str, Level]:
    memo, slot = current().memo, ("free", model)
    if slot not in memo:
        memo[slot] = dict.fromkeys(fields_of(model), Level.WRITE)
    found: dict[str, Level] = memo[slot]
    return found


def level(record: Any, name: str) -> Level:
    """What the actor may do with one cell."""
    return Level.WRITE if free(type(record)) else levels(record)[name]


def part(record: Any, target: str) -> Level:
    """What the actor may do with something that is no field of a row, like its files."""
    model = type(record)
    if free(model):
        return Level.WRITE
    reaches, mine = reached(record), shares().get((model.__name__, record.id), {})
    given = [targets.get(target, Level.NONE) for reach, _, targets in rules(model) if reach in reaches]
    return max([*given, mine.get(target, Level.NONE)], default=Level.NONE)


def part_ceiling(model: Any, target: str) -> Level:
    """The best level the actor has for such a part on any row."""
    if free(model):
        return Level.WRITE
    given = [t.get(target, Level.NONE) for (m, _), t in shares().items() if m == model.__name__]
    return max([targets.get(target, Level.NONE) for _, _, targets in rules(model)] + given, default=Level.NONE)


def ceilings(model: Any) -> Mapping[str, Level]:
    """The best level the actor has for each field on any row: decides which columns and inputs exist at all."""
    if free(model):
        return everything(model)
    memo, slot = current().memo, ("ceilings", model)
    if slot not in memo:
        given = [t for (m, _), t in shares().items() if m == model.__name__]
        mine = [levels for _, levels, _ in rules(model)]
        memo[slot] = {
            n: max([g[n] for g in mine] + [t.get(x, Level.NONE) for t in given for x in (n, f.group)], default=Level.NONE)
            for n, f in fields_of(model).items()
        }
    found: dict[str, Level] = memo[slot]
    return found


def ceiling(model: Any, name: str) -> Level:
    return ceilings(model)[name]


def may(model: Any, action: str, record: Any = None) -> bool:
    """Whether the actor may do ``can:<verb>`` or ``step:<name>`` to a type of record, or to one row of it."""
    if free(model):
        return True
    reaches = None if record is None else reached(record)
    return any(targets.get(action, Level.NONE) == Level.WRITE for reach, _, targets in rules(model) if reaches is None or reach in reaches)


def anyone(model: Any, action: str) -> bool:
    """Whether any role of the tenant holds an action at all: else it is the program's own, and no button shows it."""
    return any(targets.get(action) == Level.WRITE for (_role, name), targets in source[0]().grants.items() if name == model.__name__)


def opens(model: Any) -> bool:
    """Whether the actor has anything to see of a type of record at all."""
    memo = current().memo
    if ("opens", model) not in memo:
        some = any(max(levels.values(), default=0) for _, levels, _ in rules(model))
        memo["opens", model] = free(model) or some or shared_with_me(model)
    return bool(memo["opens", model])


def shared_sql(model: Any, targets: tuple[str, ...] = (), least: int = 0) -> Any:
    """A correlated EXISTS on the share table; with targets, only shares that let one of them be read."""
    t, who = Share.__table__.c, current()
    mine = [t.tenant_id == who.tenant_id, or_(t.user_id == who.actor_id, t.role.in_(sorted(who.roles))), t.model == model.__name__]
    live = or_(t.until.is_(None), t.until > func.now())
    chosen = [t.target.in_(targets), t.level >= least] if targets else []
    # Everything but the shares is the outer statement's: the row may stand there under an alias.
    return exists(select(1).where(*mine, live, t.record_id == model.id, *chosen).correlate_except(Share.__table__))


def visible(model: Any) -> Any:
    """The rows the actor can see, in SQL; None means all of the tenant's."""
    if free(model):
        return None
    return joined(model, {r for r, _, _ in rules(model)}, shared_with_me(model) and shared_sql(model))


def rows_where(model: Any, action: str) -> Any:
    """The rows that the actor may export: those of his roles that do, and what was shared with him; None is every row.

    Of a shared row he still takes away only the parts that were shared.
    """
    if free(model):
        return None
    reaches = {r for r, _, targets in rules(model) if targets.get(action, 0) == Level.WRITE}
    return joined(model, reaches, bool(reaches) and shared_with_me(model) and shared_sql(model))


def readable_where(model: Any, name: str, least: Level = Level.READ) -> Any:
    """The rows on which a field may be read, in SQL; None when that is every row the actor can see."""
    if free(model):
        return None
    able: dict[str, list[str]] = {}  # reach -> the states of a row in which the field is hidden all the same
    for reach, levels, targets in rules(model):
        if levels[name] >= least:
            hidden = [s for s in states(model) if cap(model, targets, name, s) < least]
            able[reach] = sorted({*hidden} & {*able.get(reach, hidden)})
    if not shared_with_me(model) and not any(able.get(reach, [""]) for reach, _, _ in rules(model)):
        return None
    targets_ = (name, fields_of(model)[name].group)
    return joined(model, able, shared_with_me(model) and shared_sql(model, targets_, least))


def states(model: Any) -> list[str]:
    return list(model.__flow__.states) if model.__flow__ else []


def shared_with_me(model: Any) -> bool:
    return any(m == model.__name__ for m, _ in shares())


def joined(model: Any, reaches: dict[str, list[str]] | set[str], extra: Any) -> Any:
    """The rows of any of the reaches; a reach may leave out rows in some states. None means every row."""
    parts = []
    for reach in sorted(reaches):
        hidden = reaches[reach] if isinstance(reaches, dict) else []
        if reach == "all" and not hidden:
            return None
        part = shared_sql(model) if reach == "shared" else reach_sql(model, reach, source[0]())
        parts.append(and_(part, model.state.not_in(hidden)) if hidden else part)
    parts += [extra] if extra is not False else []
    return or_(*parts) if parts else false()


def readable(model: Any, names: list[str] | None = None) -> list[str]:
    """The fields the actor may see, masked at least, on some row."""
    has = ceilings(model)
    return [n for n in names or has if has[n] >= Level.MASKED]


def comparable(model: Any, names: list[str] | None = None) -> list[str]:
    """The fields the actor may filter, sort and group by. A masked secret may be found by whole number only."""
    has = ceilings(model)
    return [n for n in names or has if has[n] >= Level.READ]


def findable(model: Any, name: str) -> bool:
    """A sealed number may be looked for, whole or by its parts, by whoever sees it masked."""
    return isinstance(fields_of(model).get(name), Secret) and ceiling(model, name) >= Level.MASKED


def writable(model: Any, names: list[str] | None = None) -> list[str]:
    """The fields the actor may set on some row."""
    has = ceilings(model)
    return [n for n in names or has if has[n] >= Level.FILL]


def may_set(record: Record, name: str, before: Any) -> bool:
    """Whether one cell may be set now, given what it holds."""
    has = level(record, name)
    return has == Level.WRITE or (has == Level.FILL and before in (None, ""))
