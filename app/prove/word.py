"""What the reference says of everybody, remembered until something is written."""

from __future__ import annotations

from typing import Any

from app.engine.fields import Link, Secret
from app.prove.people import Actor
from app.prove.reference import BY_STORE, MASKED, NONE, READ, WRITE, Reference, Row


class Word:
    """The reference's word on cells, rows and record types. ``everything`` is all rows there are, ``values`` holds the planted ones."""

    def __init__(self) -> None:
        self.reference = Reference({})
        self.everything: dict[Any, dict[int, Row]] = {}
        self.values: dict[Row, dict[str, Any]] = {}
        self.links: dict[tuple[Row, str], Row | None] = {}
        self.kept: dict[Any, Any] = {}

    def fields(self, actor: Actor, model: Any) -> dict[str, Any]:
        return self.reference.fields[actor.tenant, model]

    def level(self, actor: Actor, row: Row, name: str) -> int:
        slot = actor.name, row, name
        if slot not in self.kept:
            found = self.reference.level(actor, row, name)
            if row not in self.values:
                return found  # of rows without canaries there may be any number
            self.kept[slot] = found
        return int(self.kept[slot])

    def visible(self, actor: Actor, row: Row) -> bool:
        slot = actor.name, row
        if slot not in self.kept:
            found = self.reference.visible(actor, row)
            if row not in self.values:
                return found
            self.kept[slot] = found
        return bool(self.kept[slot])

    def relation(self, actor: Actor, row: Row) -> Any:
        """What a row is to a person: the reaches that hold it, and whether it was shared."""
        words = {r.partition("?")[0] + "?" * ("?" in r) for _role, r in self.reference.reached(actor, row)}
        return frozenset(words), bool(self.reference.shared(actor, row)), row.tenant == actor.tenant

    def span(self, actor: Actor, model: Any) -> dict[str, tuple[int, int]]:
        """The least level of each field on the rows that are there for the actor, and the best on any row."""
        slot = actor.name, model
        if slot not in self.kept:
            found, alike = dict.fromkeys(self.fields(actor, model), (WRITE, NONE)), dict[Any, Row]()
            for row in self.everything[model].values():
                given = self.reference.reached(actor, row), sorted(self.reference.shared(actor, row).items()), self.reference.state(row)
                if given[0] or given[1]:
                    alike[str(given)] = row  # whatever a level depends on
            for row in alike.values():
                for name, (low, high) in found.items():
                    level = self.level(actor, row, name)
                    found[name] = min(low, level), max(high, level)
            self.kept[slot] = found
        return dict(self.kept[slot])

    def hidden(self, actor: Actor, model: Any, name: str) -> str:
        """Where a field is hidden from a person: nowhere, on some of his rows, or everywhere. A sealed number counts from its mask on."""
        low, high = self.span(actor, model)[name]
        least = MASKED if isinstance(self.fields(actor, model)[name], Secret) else READ
        return "everywhere" if high < least else "nowhere" if low >= least else "somewhere"

    def forget(self) -> None:
        """What the reference said before something was written."""
        self.reference.forget()
        self.kept.clear()

    def best(self, actor: Actor, model: Any, name: str) -> int:
        """The best level on any row there is."""
        return self.span(actor, model)[name][1]

    def opened(self, actor: Actor, model: Any) -> bool:
        """Whether the actor has a right to read anything of a record type, be there a row of it or not."""
        if (slot := (actor.name, model, "opened")) not in self.kept:
            self.kept[slot] = self.opens(actor, model)
        return bool(self.kept[slot])

    def opens(self, actor: Actor, model: Any) -> bool:
        names = self.fields(actor, model)
        mine = [self.reference.grants.get((actor.tenant, r, model.__name__), {}) for r in actor.roles if self.reaches(actor, r, model)]
        given = any(s.get(n, s.get(f.group, NONE)) for s in mine for n, f in names.items())
        return given or any(self.reference.shared(actor, r) for r in self.everything[model].values())

    def reaches(self, actor: Actor, role: str, model: Any) -> bool:
        """Whether a role has any reach that this person can use."""
        words = {r.partition("?")[0] for r in self.reference.scopes.get((actor.tenant, role, model.__name__), ())}
        return bool(words - {*BY_STORE} or (words and actor.store))

    def able(self, actor: Actor, model: Any, action: str) -> bool:
        """Whether a verb is the actor's on any row at all."""
        roles = [r for r in actor.roles if self.reaches(actor, r, model)]
        return any(self.reference.grants.get((actor.tenant, r, model.__name__), {}).get(action) == WRITE for r in roles)

    def expected(self, actor: Actor, row: Row, name: str) -> int:
        """The level at which a cell is shown: a link into rows that one does not see is not there at all."""
        level = self.level(actor, row, name)
        if level and isinstance(self.fields(actor, row.model).get(name), Link) and (target := self.links.get((row, name))):
            return level if self.visible(actor, target) else NONE
        return level
