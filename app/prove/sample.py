"""What is asked in the place of all: for each person something of each kind, and over all people each thing there is.

A product of people, rows and fields is too many requests for too few facts. Each offer names the kinds it stands for: ``own`` kinds
are tried by every person who can, ``common`` ones by somebody. The choice is the same in each run and in each process.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from app.engine.fields import Link
from app.prove.people import Actor
from app.prove.reference import FILES, FILL, NOTES, Row
from app.prove.world import World

Offer = tuple[Any, tuple[Hashable, ...], tuple[Hashable, ...]]  # what may be tried, its own kinds, its common kinds
Offers = TypeVar("Offers", bound=Callable[..., Iterable[Offer]])
# Those who hold what others hold as well: they look everywhere, and take each third of the other channels.
TWINS = ("agent2", "agent+finance", "agent+dispatcher", "nobody", "admin-b", "team", "below", "region", "tree")


def chosen(offers: dict[str, list[Offer]], turn: int) -> dict[str, list[Any]]:
    """For each person what he tries, in the order of the offers. ``turn`` makes another choice of the same worth."""
    taken: dict[str, dict[Any, None]] = {name: {} for name in offers}
    met = Counter[Hashable]()
    for n, (name, offered) in enumerate(offers.items()):
        start = (n + turn) * 7919 % max(len(offered), 1)
        turned = offered[start:] + offered[:start]
        kinds: dict[Hashable, list[Offer]] = defaultdict(list)
        for offer in turned:
            for kind in offer[1]:
                kinds[kind].append(offer)
        for kind in sorted(kinds, key=lambda k: len(kinds[k])):  # what few offers stand for comes first: it may do for others
            if not any(item in taken[name] for item, _own, _common in kinds[kind]):
                item, _own, common = min(kinds[kind], key=lambda offer: sum(met[c] for c in offer[2]))
                taken[name][item] = None
                met.update(common)
    alone = {name: offered for name, offered in offers.items() if name not in TWINS}
    met = Counter(kind for name, offered in alone.items() for item, _own, common in offered if item in taken[name] for kind in common)
    left: dict[Hashable, list[tuple[str, Any]]] = defaultdict(list)
    for name, offered in alone.items():
        for item, _own, common in offered:
            for kind in [k for k in common if not met[k]]:
                left[kind].append((name, item))
    for could in left.values():
        if any(item in taken[name] for name, item in could):
            continue
        name, item = min(could, key=lambda one: len(taken[one[0]]))
        taken[name][item] = None
    return {name: [item for item, _own, _common in offered if item in taken[name]] for name, offered in offers.items()}


OFFERS: dict[str, Callable[[World, Actor], Iterable[Offer]]] = {}


def offers(kind: str) -> Callable[[Offers], Offers]:
    """Make a function of (world, actor) the offers of one kind, to :func:`pick` from."""

    def keep(offer: Offers) -> Offers:
        OFFERS[kind] = offer
        return offer

    return keep


def look_ahead(world: World) -> None:
    """Take every offer before anything is written, so that two processes choose alike whatever each of them changes."""
    for kind, offer in OFFERS.items():
        if kind not in world.offers:
            world.offers[kind] = {a.name: list(offer(world, a)) for a in world.actors.values()}


def pick(world: World, actor: Actor, kind: str) -> list[Any]:
    """A person's part of a choice that is made once for all people in a channel."""
    look_ahead(world)
    slot = kind, world.channel
    if slot not in world.chosen:
        known = world.offers[kind]
        if world.sampled:  # in place a few people look: what many would share among them is left to the full proof
            known = {name: [(item, own, ()) for item, own, _common in offered] for name, offered in known.items()}
        world.chosen[slot] = chosen(known, sum(map(ord, world.channel)))
    return world.chosen[slot][actor.name]


def some_rows(world: World, actor: Actor) -> list[Row]:
    """Of each record type a row of each make, field by field; one in each relation; each row is somebody's, seen and unseen."""
    return pick(world, actor, "rows")


def few_rows(world: World, actor: Actor) -> list[Row]:
    """A row of each record type, one in each relation to the person; each row is somebody's who sees it, and somebody's who does not."""
    return pick(world, actor, "few")


def some_cells(world: World, actor: Actor) -> list[tuple[Row, str]]:
    """A cell of each level in each relation, and of each level of a record type; over all people each field to write, to fill, and shut."""
    return pick(world, actor, "cells")


def some_fields(world: World, actor: Actor) -> list[tuple[Any, str]]:
    """Fields hidden everywhere, in places and nowhere: one of each record type, and of each kind of value; each field is somebody's."""
    return pick(world, actor, "fields")


def some_inputs(world: World, actor: Actor) -> list[tuple[Any, str]]:
    """Fields that may be filled on some row and fields that may not, of each record type; each field is somebody's both ways."""
    return pick(world, actor, "inputs")


@offers("rows")
def every_row(world: World, actor: Actor) -> Iterable[Offer]:
    for row in world.rows.values():
        held = world.values.get(row, {})  # an empty cell shows no hole
        given = tuple((world.level(actor, row, name), held.get(name) is None) for name in world.fields(actor, row.model))
        own = ((row.model, given), (world.relation(actor, row), True)) if world.opened(actor, row.model) else ((row.model, "shut"),)
        yield row, own, ((row, world.visible(actor, row)),)


@offers("few")
def loose(world: World, actor: Actor) -> Iterable[Offer]:
    for row in world.rows.values():
        relation, seen = world.relation(actor, row), world.visible(actor, row)
        parts = [(part, world.level(actor, row, part)) for part in (FILES, NOTES)]
        yield row, ((row.model,), (relation, world.opened(actor, row.model)), *parts), ((row, seen),)


@offers("cells")
def every_cell(world: World, actor: Actor) -> Iterable[Offer]:
    for row in world.rows.values():
        for name in world.reference.fields[row.tenant, row.model]:
            level: Any = world.level(actor, row, name)
            if level == FILL:  # it matters whether something stands there
                level = (FILL, (world.values[row].get(name) or world.links.get((row, name))) in (None, "", []))
            own = (world.relation(actor, row), level), (row.model, level)
            yield (row, name), own, ((row.model, name, level if world.level(actor, row, name) >= FILL else "shut"),)


@offers("fields")
def every_field(world: World, actor: Actor) -> Iterable[Offer]:
    for model in world.models:
        opened = world.opened(actor, model)
        for name, field in world.fields(actor, model).items():
            kind = "link" if isinstance(field, Link) else field.kind(model, name)
            hidden = world.hidden(actor, model, name)
            if not opened:  # the whole record type is shut, before anybody looks at a field
                yield (model, name), ((model, "shut"),), ()
            elif hidden == "nowhere":
                yield (model, name), ((kind, hidden),), ()
            else:
                own = ((model, hidden), (kind, hidden)) if hidden == "somewhere" else ((model, hidden),)
                yield (model, name), own, ((model, name, hidden),)


@offers("inputs")
def every_input(world: World, actor: Actor) -> Iterable[Offer]:
    for model in world.models:
        for name in world.fields(actor, model):
            may = world.best(actor, model, name) >= FILL
            yield (model, name), ((model, may),), ((model, name, may),)
