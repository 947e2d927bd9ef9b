"""Long work: a task is told to nobody but its owner; many rows at once change no cell that could not be changed alone."""

from __future__ import annotations

from sqlalchemy import select

from app.engine.tasks import CANCELLED, Task
from app.extensions import db
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import HOME, program
from app.prove.reference import Row
from app.prove.world import World, denied
from app.prove.writing import two, value

WORD = "task-that-is-told-to-its-owner-alone"


def planted(world: World) -> tuple[int, int]:
    """A task that waits, of one of the actors: its number, and its owner's."""
    owner = next(a.id for a in world.actors.values() if a.id and a.tenant == HOME)
    with program(HOME):
        found = db.session.scalar(select(Task.id).where(Task.label == WORD, Task.owner_id == owner))
        if found is None:
            task = Task(kind="bulk", data={}, label=WORD, roles=[], state=CANCELLED, owner_id=owner)
            db.session.add(task)
            db.session.commit()
            found = task.id
    return found, owner


@probe("tasks", "GET /task/", "GET /task/<int:pk>", "GET /task/<int:pk>/state", "POST /task/<int:pk>/cancel", "GET /api/v1/task/<int:pk>",
       "POST /api/v1/task/<int:pk>/cancel", "POST /task/<int:pk>/undo", "POST /api/v1/task/<int:pk>/undo", "job app.jobs.tasks.run",
       late=True)  # fmt: skip
def tasks(world: World, actor: Actor) -> None:
    """Its owner sees it; to all others it is not there."""
    pk, owner = planted(world)
    mine = actor.id == owner
    for url in ("/task/", f"/task/{pk}", f"/task/{pk}/state", f"/api/v1/task/{pk}"):
        answer = world.ask(actor, url)
        world.check(actor, (WORD in answer.get_data(as_text=True)) == mine, f"a task answers {answer.status_code}", url)
    for url in [f"{base}/task/{pk}/{what}" for base in ("", "/api/v1") for what in ("cancel", "undo")]:
        answer = world.ask(actor, url, "POST")
        good = answer.status_code == 409 if mine else denied(answer) or answer.status_code == 404
        world.check(actor, good, f"stopping answers {answer.status_code}", url)


@probe("many at once", "GET /<T>/bulk", "POST /<T>/bulk", "POST /<T>/bulk/do", "POST /api/v1/<T>/bulk", late=True)
def many(world: World, actor: Actor) -> None:
    """A trial shows nothing that is not one's own to read; what is done changes what may be changed, by this very right."""
    turn = list(world.actors).index(actor.name)
    for n, model in enumerate(world.models):
        base = f"/{model.__tablename__}/bulk"
        able, way = world.able(actor, model, "can:bulk") and not model.__appended__, (n + turn) % 3
        if able or way == 0:
            world.ask(actor, base)
        if able or way == 1:
            first = world.ask(actor, base, "POST", data={"act": "change", "ids": [str(r.id) for r in world.planted(model)]})
            world.check(actor, able or denied(first), f"{model.__name__}: offers to change many ({first.status_code})", base)
        if able or way == 2:
            blind = world.ask(actor, f"{base}/do", "POST", data={"token": "made-up"})
            world.check(actor, blind.status_code != 302 or denied(blind), f"{model.__name__}: does what nobody looked at", base)
        names = list(world.fields(actor, model))
        for m, name in enumerate(names[n % 4 :: 4] if able else names[:1]):
            rows = two(world, actor, model, name)
            row = rows[(n + m) % len(rows)]
            if name in world.reference.fields[row.tenant, model]:
                changed(world, actor, row, name, trial=bool(m % 2))


def changed(world: World, actor: Actor, row: Row, name: str, *, trial: bool) -> None:
    """One row by the way of many, which is the shortest way past a check of single rows."""
    before = world.now(row, name)
    may = not trial and row.tenant == actor.tenant and world.reference.may(actor, row, "can:bulk")
    may = may and world.reference.settable(actor, row, name, before)
    body = {"act": "change", "ids": [row.id], "set": {name: value(world, row, name, before)}, "dry_run": trial}
    url = f"/api/v1/{row.model.__tablename__}/bulk"
    answer = world.ask(actor, url, "POST", json=body)
    same = world.now(row, name) == before
    world.check(actor, same or may, f"{world.slot(row)} {name} was changed with many ({answer.status_code})", url)
