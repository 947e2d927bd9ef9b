"""Long work: a task is told to nobody but its owner, and stopped by nobody else."""

from __future__ import annotations

from sqlalchemy import select

from app.engine.tasks import CANCELLED, Task
from app.extensions import db
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import HOME, program
from app.prove.world import World, denied

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
       "POST /api/v1/task/<int:pk>/cancel", "job app.jobs.tasks.run", late=True)  # fmt: skip
def tasks(world: World, actor: Actor) -> None:
    """Its owner sees it; to all others it is not there."""
    pk, owner = planted(world)
    mine = actor.id == owner
    for url in ("/task/", f"/task/{pk}", f"/task/{pk}/state", f"/api/v1/task/{pk}"):
        answer = world.ask(actor, url)
        world.check(actor, (WORD in answer.get_data(as_text=True)) == mine, f"a task answers {answer.status_code}", url)
    for url in (f"/task/{pk}/cancel", f"/api/v1/task/{pk}/cancel"):
        answer = world.ask(actor, url, "POST")
        good = answer.status_code == 409 if mine else denied(answer) or answer.status_code == 404
        world.check(actor, good, f"stopping answers {answer.status_code}", url)
