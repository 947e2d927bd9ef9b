"""Notes: read, left, done and removed by right, on the page and by interface, and on the home page of whose they are to do."""

from __future__ import annotations

from typing import Any

from app.engine.clock import today
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.reference import FILL, NOTES, READ, WRITE
from app.prove.sample import few_rows
from app.prove.world import World, denied

exempt("leads to one's own last question, which is judged where it was asked", "GET /<T>/back")


@probe("notes", "GET /<T>/notes/<int:pk>", "GET /api/v1/<T>/<int:pk>/notes", "GET /api/v1/<T>/<int:pk>/activities")
def notes(world: World, actor: Actor) -> None:
    """The words of a note, on its record's page, on its own and by interface: for whoever may read the notes of that row."""
    turn = list(world.actors).index(actor.name)
    slots = {row: slot for slot, row in world.rows.items()}
    for n, row in enumerate(few_rows(world, actor)):
        model = row.model
        base, (_pk, word) = f"/{model.__tablename__}", world.notes[slots[row]]
        url = (f"{base}/notes/{row.id}", f"{base}/show/{row.id}", f"/api/v1{base}/{row.id}/activities")[(n + turn) % 3]
        may = world.level(actor, row, NOTES) >= READ and world.opened(actor, model)
        text = world.ask(actor, url).get_data(as_text=True)
        world.check(actor, (word in text) == may, f"{world.slot(row)}: its note is {'told' if word in text else 'missing'}", url)
        if (n + turn) % 5 == 0:
            url = f"/api/v1{base}/{row.id}/notes"
            answer = world.ask(actor, url)
            world.check(actor, (answer.status_code == 200) == may, f"{world.slot(row)}: answers {answer.status_code}", url)


@probe("notes written", "POST /<T>/notes/<int:pk>", "POST /<T>/note/<int:pk>/<int:part_id>/<any(done, open, remove):what>",
       "POST /api/v1/<T>/<int:pk>/notes", "POST /api/v1/<T>/<int:pk>/activities", "DELETE /api/v1/<T>/<int:pk>/notes/<int:note_id>",
       "PUT /api/v1/<T>/<int:pk>/activities/<int:note_id>", late=True)  # fmt: skip
def notes_written(world: World, actor: Actor) -> None:
    """Nobody leaves, finishes or removes a note without the right; the planted ones are an agent's to do."""
    slots = {row: slot for slot, row in world.rows.items()}
    for n, row in enumerate(few_rows(world, actor)):
        model = row.model
        base, pk = f"/{model.__tablename__}", world.notes[slots[row]][0]
        has = world.level(actor, row, NOTES) if row.tenant == actor.tenant and world.opened(actor, model) else 0
        page, tries = n % 2, list[tuple[str, str, dict[str, Any]]]()
        sent = {"text": "prove", "due_on": today().isoformat()}
        if has < FILL:
            way = "notes" if n // 2 % 2 else "activities"
            url = f"{base}/notes/{row.id}" if page else f"/api/v1{base}/{row.id}/{way}"
            tries.append((url, "POST", {"data": sent} if page else {"json": sent}))
        if has < FILL and not (has and actor.name == "agent"):
            url = f"{base}/note/{row.id}/{pk}/done" if page else f"/api/v1{base}/{row.id}/activities/{pk}"
            tries.append((url, "POST" if page else "PUT", {} if page else {"json": {"done": True}}))
        if has < WRITE:
            url = f"{base}/note/{row.id}/{pk}/remove" if page else f"/api/v1{base}/{row.id}/notes/{pk}"
            tries.append((url, "POST" if page else "DELETE", {}))
        for url, method, more in tries[n % 3 % len(tries) :][:1] if tries else ():
            answer = world.ask(actor, url, method, **more)
            world.check(actor, denied(answer) or answer.status_code == 404, f"{world.slot(row)}: answers {answer.status_code}", url)


@probe("duplicates", "GET /<T>/same/<int:pk>", "GET /<T>/merge/<int:pk>/<int:other>", "POST /<T>/merge/<int:pk>/<int:other>", late=True)
def duplicates(world: World, actor: Actor) -> None:
    """Two records side by side, of those that one sees; nobody merges without the right to delete."""
    for row in few_rows(world, actor):
        if not row.model.__alike__:
            continue
        base, other = f"/{row.model.__tablename__}", next(r for r in world.planted(row.model) if r is not row)
        may = world.visible(actor, row) and world.opened(actor, row.model)
        url = f"{base}/same/{row.id}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or may, f"{world.slot(row)} opens", url)
        url = f"{base}/merge/{row.id}/{other.id}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or (may and world.visible(actor, other)), f"{world.slot(row)} opens", url)
        if row.tenant != actor.tenant or not world.reference.may(actor, other, "can:delete"):
            gone = world.gone(other)
            answer = world.ask(actor, url, "POST", data={"versions": "1-1"})
            refused = denied(answer) or answer.status_code in (404, 409)
            world.check(actor, refused and world.gone(other) == gone, f"{world.slot(other)} is merged: {answer.status_code}", url)
