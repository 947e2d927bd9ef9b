"""What forms fetch: suggestions, the short form of a new record; and what the command palette offers."""

from __future__ import annotations

import re

from app.prove.asking import typed
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reading import best
from app.prove.reference import FILL, READ
from app.prove.world import World, denied
from app.prove.writing import value
from app.web.inputs import suggested

COMMAND = re.compile(r"/(\w+)/(add|list)")


@probe("palette", "GET /palette")
def palette(world: World, actor: Actor) -> None:
    """Only places that open to this person, and only records that he may add."""
    answer = world.ask(actor, "/palette")
    world.check(actor, (answer.status_code == 200) == bool(actor.id), f"answers {answer.status_code}", "/palette")
    if answer.status_code != 200:
        return
    there = {found.groups() for g in answer.get_json()["groups"] for i in g["items"] if (found := COMMAND.fullmatch(i.get("url", "")))}
    for model in world.models:
        for deed, may in (("add", world.able(actor, model, "can:add")), ("list", world.opened(actor, model))):
            said = (model.__tablename__, deed) in there
            world.check(actor, said <= may, f"{model.__name__}: offers to {deed}", "/palette")


@probe("suggestions", "GET /<T>/values/<name>")
def suggestions(world: World, actor: Actor) -> None:
    """The judge reads what is suggested; a field that is hidden everywhere suggests nothing."""
    for model in world.models:
        for name in sorted(suggested(model)):
            url = f"/{model.__tablename__}/values/{name}"
            answer = world.ask(actor, url)
            if not world.opened(actor, model) or best(world, actor, model, name) < READ:
                world.check(actor, denied(answer), f"{model.__name__} {name}: answers {answer.status_code}", url)
            for row in world.planted(model)[:2]:
                if outer := model.__within__.get(name):
                    world.ask(actor, url, ask={"within": typed(world.values[row].get(outer))})
    answer = world.ask(actor, "/customer/values/phone")
    world.check(actor, answer.status_code != 200, "suggests sealed numbers", "/customer/values/phone")


@probe("short form", "GET /<T>/short", "POST /<T>/short", late=True)
def short(world: World, actor: Actor) -> None:
    """Nothing is added through the short form that the long one refuses."""
    turn = list(world.actors).index(actor.name)
    for n, model in enumerate(world.models):
        url, able = f"/{model.__tablename__}/short", world.able(actor, model, "can:add")
        if able or (n + turn) % 3 == 0:
            answer = world.ask(actor, url, ask={"q": "x"})
            world.check(actor, able or denied(answer), f"{model.__name__}: opens ({answer.status_code})", url)
        closed = [f for f in world.fields(actor, model) if best(world, actor, model, f) < FILL]
        if able and not closed:
            continue
        whole = {f: value(world, r, f, None) for r in world.planted(model)[:1] for f in world.reference.fields[r.tenant, model]}
        before = world.count(model, actor.tenant)
        answer = world.ask(actor, url, "POST", data={closed[0]: "1"} if able else whole)
        world.check(actor, world.count(model, actor.tenant) == before, f"{model.__name__}: a row more ({answer.status_code})", url)
