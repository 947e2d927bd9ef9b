"""The rules of rights once more, from the rows of rights alone. It must not import what it judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.engine.clock import now
from app.engine.fields import Field
from app.engine.rules import Grant, Scope, Share

NONE, MASKED, READ, FILL, WRITE = range(5)
FILES = "files"


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
    given: dict[tuple[Any, int], int | None] = field(default_factory=dict)  # a row -> the store it was given to

    def learn(self, session: Any, tenant: int) -> None:
        """Read the rows of one tenant; the caller acts there as a program."""
        for role, model, target, level in session.execute(select(Grant.role, Grant.model, Grant.target, Grant.level)):
            self.grants.setdefault((tenant, role, model), {})[target] = level
        for role, model, reach in session.execute(select(Scope.role, Scope.model, Scope.reach)):
            self.scopes.setdefault((tenant, role, model), set()).add(reach)
        rows = select(Share.user_id, Share.role, Share.model, Share.record_id, Share.target, Share.level, Share.until)
        for user, role, model, pk, target, level, until in session.execute(rows):
            if until is None or until > now():
                kept = self.shares.setdefault((user or f"{tenant}:{role}", model, pk), {})
                kept[target] = max(level, kept.get(target, NONE))

    def sources(self, actor: Any, row: Row) -> list[dict[str, int]]:
        """What each role whose reach holds the row gives there; a role's rows never meet another role's fields."""
        name, found = row.model.__name__, list[dict[str, int]]()
        for role in actor.roles:
            reaches = [r for r in self.scopes.get((actor.tenant, role, name), ()) if self.holds(actor, r, row)]
            found += [self.grants.get((actor.tenant, role, name), {})] * len(reaches)
        return found

    def holds(self, actor: Any, reach: str, row: Row) -> bool:
        """Whether a reach contains a row. A reach nobody told the reference about is an error, not a guess."""
        known = {
            "all": True, "own": row.owner is not None and row.owner == actor.id,
            "store": row.store is not None and row.store == actor.store, "shared": bool(self.shared(actor, row)),
            "given": actor.store is not None and self.given.get((row.model, row.id)) == actor.store,
        }  # fmt: skip
        if reach not in known:
            raise LookupError(f"the reference of the proof does not know the reach “{reach}”")
        return known[reach] and (row.tenant == actor.tenant or actor.everywhere)

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
        if known is None and name != FILES:
            return NONE
        group = known.group if known else name
        given = [s.get(name, s.get(group, NONE)) for s in self.sources(actor, row)]
        mine = self.shared(actor, row)
        best = max([*given, mine.get(name, NONE), mine.get(group, NONE)], default=NONE)
        fixed = known is not None and (known.readonly or (name == "state" and row.model.__flow__))
        return min(best, READ) if fixed else best

    def settable(self, actor: Any, row: Row, name: str, before: Any) -> bool:
        """Whether a cell that holds ``before`` may be set. Nobody writes in the books of another tenant."""
        has = self.level(actor, row, name) if row.tenant == actor.tenant else NONE
        if row.model.__appended__:
            return False  # a ledger's rows are added, never changed
        return has == WRITE or (has == FILL and before in (None, "", []))

    def may(self, actor: Any, row: Row, action: str) -> bool:
        return any(s.get(action) == WRITE for s in self.sources(actor, row))
