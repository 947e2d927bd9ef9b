"""Saved views and the builder: what one may not ask about is neither offered nor told by another's question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.engine.fields import Link
from app.engine.record import record_named
from app.engine.views import SavedView
from app.extensions import db
from app.prove.asking import least
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reading import best
from app.prove.reference import READ
from app.prove.sample import Offer, offers, pick, some_fields
from app.prove.world import World, denied

exempt("one's own views; tests/test_views.py tries everybody else's", "POST /views/add", "POST /api/v1/views/",
       "PUT /api/v1/views/<int:pk>", "DELETE /api/v1/views/<int:pk>", "POST /api/v1/views/<int:pk>/first",
       "DELETE /api/v1/views/<int:pk>/first")  # fmt: skip
NUMBER = "77123.45"  # stands in the question of a view that few may ask


@probe("builder", "GET /fields/<table>")
def offered(world: World, actor: Actor) -> None:
    """Only fields that the actor may compare somewhere, of his own records and of those behind a link."""
    chosen = pick(world, actor, "links")
    for model in world.models:
        url = f"/fields/{model.__tablename__}"
        answer = world.ask(actor, url)
        opened = world.opened(actor, model)
        good = world.check(actor, (answer.status_code == 200) == opened, f"{model.__name__} answers {answer.status_code}", url)
        if not good or not opened:
            continue
        fields = world.fields(actor, model)
        names = {f["name"] for f in answer.get_json()["fields"]}
        hidden = [n for n in names if best(world, actor, model, n) < least(fields[n])]
        world.check(actor, not hidden, f"{model.__name__}: {hidden} are offered", url)
        for name, field in fields.items():
            if isinstance(field, Link) and (model, name) in chosen:
                target, there = field.target(model, name), f"{url}?of={name}"
                further = world.ask(actor, there)
                may = name in names and world.opened(actor, target)
                world.check(actor, (further.status_code == 200) == may, f"{model.__name__}.{name} answers {further.status_code}", there)
                if may and further.status_code == 200:
                    known = world.fields(actor, target)
                    beyond = [f["name"] for f in further.get_json()["fields"]]
                    shut = [n for n in beyond if best(world, actor, target, n) < least(known[n])]
                    world.check(actor, not shut, f"{model.__name__}.{name}: {shut} are offered", there)


@offers("links")
def every_link(world: World, actor: Actor) -> Iterable[Offer]:
    for model in world.models:
        for name, field in world.fields(actor, model).items():
            if isinstance(field, Link):
                target = field.target(model, name)
                may = world.best(actor, model, name) >= READ, world.opened(actor, target)
                yield (model, name), ((target, may),), ((model, name, may),)


@probe("trees", "GET /api/v1/<T>/", reads=True)
def trees(world: World, actor: Actor) -> None:
    """A question or its opposite holds for every known cell, and for none that is hidden: not even behind a link."""
    turn = list(world.actors).index(actor.name)
    for n, (model, name) in enumerate(some_fields(world, actor)):
        if not world.opened(actor, model) or (world.hidden(actor, model, name) == "everywhere" and (n + turn) % 4):
            continue  # refused before anybody looks at the question: filters try that
        field, known = world.fields(actor, model)[name], world.everything[model]
        told = hold(world, actor, model, f"or({name}.empty,not({name}.empty))", shut=best(world, actor, model, name) < least(field))
        hidden = [known[pk] for pk in told if pk in known and world.level(actor, known[pk], name) < least(field)]
        world.check(actor, not hidden, f"{[world.slot(r) for r in hidden][:3]} found by {name}, which is hidden there", name)
    for n, path in enumerate(pick(world, actor, "paths")):
        behind(world, actor, path, n)


@offers("paths")
def every_path(world: World, actor: Actor) -> Iterable[Offer]:
    """The fields behind links, hidden or not at both ends, of each record they lead to; each link and each field is somebody's."""
    for model in [m for m in world.models if world.opened(actor, m)]:
        for name, field in [(n, f) for n, f in world.fields(actor, model).items() if isinstance(f, Link)]:
            target = field.target(model, name)
            for further in world.fields(actor, target):
                beyond = world.hidden(actor, target, further), world.opened(actor, target)
                here = world.hidden(actor, model, name)
                met = ((model, name), (target, further, beyond)) if here != "everywhere" and beyond[0] != "nowhere" else ()
                yield (model, name, further), ((target, here, beyond),), met


def behind(world: World, actor: Actor, path: tuple[Any, str, str], turn: int) -> None:
    """A question about a field of the record behind a link, or its opposite."""
    model, name, further = path
    target = world.fields(actor, model)[name].target(model, name)
    fields = world.fields(actor, target)
    shut = min(best(world, actor, model, name), best(world, actor, target, further) + (READ - least(fields[further]))) < READ
    shut = shut or not world.opened(actor, target)
    where = f"{name}.{further}.empty.0" if turn % 2 else f"not({name}.{further}.empty)"
    for pk in hold(world, actor, model, where, shut=shut):
        row = world.everything[model].get(pk)
        there = world.links.get((row, name)) if row else None
        if row is not None and there is not None:
            seen = world.level(actor, there, further) >= least(fields[further]) and world.level(actor, row, name) >= READ
            world.check(actor, seen, f"{world.slot(row)} found by {name}.{further}, which is hidden there", where)


def hold(world: World, actor: Actor, model: Any, where: str, *, shut: bool) -> set[int]:
    """The rows a question finds; one about a field that is hidden everywhere is refused."""
    answer = world.ask(actor, f"/api/v1/{model.__tablename__}/", ask={"where": where, "size": "40"})
    if shut:
        world.check(actor, denied(answer), f"{model.__name__}: {where} answers {answer.status_code}", where)
        return set()
    good = world.check(actor, answer.status_code in (200, 403), f"{model.__name__}: {where} answers {answer.status_code}", where)
    return {r["id"] for r in answer.get_json()["result"]} if good and answer.status_code == 200 else set()


@probe("saved views", "GET /views/<int:pk>", "GET /api/v1/views/", "GET /api/v1/views/<int:pk>", "POST /views/<int:pk>/change",
       "POST /views/<int:pk>/delete", "POST /views/<int:pk>/first", late=True)  # fmt: skip
def views(world: World, actor: Actor) -> None:
    """Somebody's view for everybody: its question is told to those who may ask it, and nobody but the givers changes it."""
    order = record_named("order")
    pk = planted(actor.tenant)
    may = world.opened(actor, order) and best(world, actor, order, "unit_cost") >= 2
    for url in ("/api/v1/views/?model=order", f"/api/v1/views/{pk}", f"/views/{pk}", "/order/list"):
        answer = world.ask(actor, url)
        text = answer.get_data(as_text=True) + answer.headers.get("Location", "")
        world.check(actor, may or NUMBER not in text, "the question of a view is told", url)
    if not {"admin", "head_office"} & set(actor.roles):
        for deed in ("change", "delete", "first"):
            sent = world.ask(actor, f"/views/{pk}/{deed}", "POST", data={"name": "x", "role": "agent", "on": "1"})
            world.check(actor, denied(sent) or sent.status_code == 404, f"{deed} answers {sent.status_code}", f"/views/{deed}")


def planted(tenant: int) -> int:
    with program(tenant):
        found = db.session.scalar(select(SavedView.id).where(SavedView.tenant_id == tenant, SavedView.name == "prove"))
        if found is None:
            view = SavedView(model="Order", name="prove", audience="all", question=f"where=(unit_cost.gt.{NUMBER})")
            db.session.add(view)
            db.session.commit()
            found = view.id
    return int(found)
