"""The rules of rights once more, from the rows of rights alone. It must not import what it judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.engine.clock import now
from app.engine.conditions import ANY, Group, Leaf
from app.engine.conditions import NONE as NOR
from app.engine.fields import Field
from app.engine.rules import Grant, Scope, Share
from app.prove.conditions import apart, comparison
from app.prove.truth import told

NONE, MASKED, READ, FILL, WRITE = range(5)
FILES, NOTES = "files", "notes"
WHOSE = {  # the people, or the stores, whose rows a reach holds, from the actor or his own store on
    "team": "WITH RECURSIVE led AS (SELECT %s::int AS id UNION SELECT s.id FROM staff s JOIN led ON s.leader_id = led.id)"
            " SELECT id FROM led",
    "below": "WITH RECURSIVE part AS (SELECT %s::int AS id UNION SELECT s.id FROM store s JOIN part ON s.parent_id = part.id)"
             " SELECT id FROM part",
    "region": "SELECT s.id FROM store s LEFT JOIN store mine ON mine.city = s.city AND s.city <> '' WHERE %s::int IN (s.id, mine.id)",
}  # fmt: skip
BY_STORE = ("store", "given", "below", "region")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a record type, as far as rights look at it."""

    model: Any
    id: int
    tenant: int
    owner: int | None
    store: int | None


@dataclass(slots=True)
class Reference:
    """What an actor may do with a cell. ``fields`` are those of each tenant: (tenant, model) -> name -> field."""

    fields: dict[tuple[int, Any], dict[str, Field]]
    grants: dict[tuple[int, str, str], dict[str, int]] = field(default_factory=dict)
    scopes: dict[tuple[int, str, str], set[str]] = field(default_factory=dict)
    shares: dict[tuple[Any, str, int], dict[str, int]] = field(default_factory=dict)
    states: dict[str, set[str]] = field(default_factory=dict)  # in which some role may do less
    given: dict[tuple[Any, int], int | None] = field(default_factory=dict)  # a row -> the store it was given to
    owned: dict[tuple[Any, int], int | None] = field(default_factory=dict)  # a row -> whose it became while it was tried
    found: dict[tuple[Any, ...], set[int]] = field(default_factory=dict)  # what SQL said; forgotten when something changed
    last: tuple[Any, list[tuple[str, str]]] = (None, [])  # and what was asked last

    def learn(self, session: Any, tenant: int) -> None:
        """Read the rows of one tenant; the caller acts there as a program."""
        for role, model, target, level in session.execute(select(Grant.role, Grant.model, Grant.target, Grant.level)):
            self.grants.setdefault((tenant, role, model), {})[target] = level
            if (state := target.partition("@")[2]):
                self.states.setdefault(model, set()).add(state)
        for role, model, reach in session.execute(select(Scope.role, Scope.model, Scope.reach)):
            self.scopes.setdefault((tenant, role, model), set()).add(reach)
        rows = select(Share.user_id, Share.role, Share.model, Share.record_id, Share.target, Share.level, Share.until)
        for user, role, model, pk, target, level, until in session.execute(rows):
            if until is None or until > now():
                kept = self.shares.setdefault((user or f"{tenant}:{role}", model, pk), {})
                kept[target] = max(level, kept.get(target, NONE))

    def forget(self) -> None:
        self.found.clear()
        self.last = None, []

    def reached(self, actor: Any, row: Row) -> list[tuple[str, str]]:
        """Each role of the actor with each of its reaches that holds the row."""
        if self.last[0] != (slot := (actor, row)):
            known = [(role, reach) for role in actor.roles for reach in self.scopes.get((actor.tenant, role, row.model.__name__), ())]
            self.last = slot, [(role, reach) for role, reach in known if self.holds(actor, reach, row)]
        return self.last[1]

    def sources(self, actor: Any, row: Row) -> list[dict[str, int]]:
        """What each role whose reach holds the row gives there; a role's rows never meet another role's fields."""
        return [self.grants.get((actor.tenant, role, row.model.__name__), {}) for role, _reach in self.reached(actor, row)]

    def holds(self, actor: Any, reach: str, row: Row) -> bool:
        """Whether a reach, a word and perhaps a condition, contains a row. An unknown one is an error, not a guess."""
        word, asked = apart(reach)
        if row.tenant != actor.tenant and not actor.everywhere:
            return False
        start, whose = (actor.store, row.store) if word in BY_STORE else (actor.id, self.owned.get((row.model, row.id), row.owner))
        if word in ("own", "store"):
            inside = whose is not None and whose == start
        elif word in WHOSE:
            inside = whose is not None and start is not None and whose in self.ids(actor.tenant, WHOSE[word], (start,))
        elif word == "given":
            inside = actor.store is not None and self.given.get((row.model, row.id)) == actor.store
        elif word in ("all", "shared"):
            inside = word == "all" or bool(self.shared(actor, row))
        else:
            raise LookupError(f"the reference of the proof does not know the reach “{reach}”")
        return inside and all(self.passes(actor, row, one) for one in asked)

    def passes(self, actor: Any, row: Row, asked: Group | Leaf) -> bool:
        """Whether a row is among those that PostgreSQL finds by one comparison; a tree is put together from its parts."""
        if isinstance(asked, Group):
            parts = (self.passes(actor, row, term) for term in asked.terms)
            return any(parts) if asked.mode == ANY else not any(parts) if asked.mode == NOR else all(parts)
        known = self.fields[row.tenant, row.model].get(asked.path)
        return row.id in self.ids(row.tenant, *comparison(row.model, row.tenant, actor.id, known, asked))

    def ids(self, tenant: int, sql: str, values: tuple[Any, ...]) -> set[int]:
        if (slot := (tenant, sql, values)) not in self.found:
            self.found[slot] = {pk for (pk,) in told(tenant, sql, values)}
        return self.found[slot]

    def shared(self, actor: Any, row: Row) -> dict[str, int]:
        """What was shared with the actor, or with everybody of a role of his."""
        found: dict[str, int] = {}
        for reader in (actor.id, *(f"{actor.tenant}:{role}" for role in actor.roles)) if row.tenant == actor.tenant else ():
            for target, level in self.shares.get((reader, row.model.__name__, row.id), {}).items():
                found[target] = max(level, found.get(target, NONE))
        return found

    def visible(self, actor: Any, row: Row) -> bool:
        return bool(self.sources(actor, row) or self.shared(actor, row))

    def level(self, actor: Any, row: Row, name: str) -> int:
        """none, masked, read, fill or write; what code alone sets is read at best."""
        known = self.fields[actor.tenant, row.model].get(name)
        if known is None and name not in (FILES, NOTES):
            return NONE
        group = known.group if known else name
        given = [min(s.get(name, s.get(group, NONE)), self.cap(s, row, name, group)) for s in self.sources(actor, row)]
        mine = self.shared(actor, row)
        best = max([*given, mine.get(name, NONE), mine.get(group, NONE)], default=NONE)
        fixed = known is not None and (known.readonly or (name == "state" and row.model.__flow__))
        return min(best, READ) if fixed else best

    def cap(self, given: dict[str, int], row: Row, name: str, group: str) -> int:
        """The most a role gives in the state the row is in, to a field before its group: ``basic@done``."""
        return min((given.get(f"{name}@{s}", given.get(f"{group}@{s}", WRITE)) for s in self.state(row)), default=WRITE)

    def state(self, row: Row) -> list[str]:
        """The state a row is in, if some role may do less there."""
        sql = f'SELECT id FROM "{row.model.__tablename__}" WHERE state = %s'  # noqa: S608
        return [s for s in self.states.get(row.model.__name__, ()) if row.id in self.ids(row.tenant, sql, (s,))]

    def settable(self, actor: Any, row: Row, name: str, before: Any) -> bool:
        """Whether a cell that holds ``before`` may be set. Nobody writes in the books of another tenant."""
        has = self.level(actor, row, name) if row.tenant == actor.tenant else NONE
        if row.model.__appended__:
            return False  # a ledger's rows are added, never changed
        return has == WRITE or (has == FILL and before in (None, "", []))

    def may(self, actor: Any, row: Row, action: str) -> bool:
        return any(s.get(action) == WRITE for s in self.sources(actor, row))
