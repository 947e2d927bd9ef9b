"""Telling: notices, live pages, files, numbers in full, and every refusal in words."""

from __future__ import annotations

import io
from typing import Any

from app.engine.fields import Secret
from app.engine.notify import SUBSCRIPTIONS
from app.engine.outbox import REACTIONS, announce
from app.engine.record import record_named
from app.extensions import db
from app.jobs.deliver import sweep
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.plant import HOME, OTHER, program
from app.prove.reference import FILES, FILL, MASKED, READ, WRITE
from app.prove.sample import few_rows, some_rows
from app.prove.world import World, denied
from app.prove.writing import value
from app.web.realtime import push

exempt("a public file of the product itself", "GET /static/<path:filename>", "GET /static/appbuilder/<path:filename>",
       "GET /static/v-<version>/<path:filename>")  # fmt: skip


@probe("reveal", "POST /<T>/reveal/<int:pk>/<name>")
def reveal(world: World, actor: Actor) -> None:
    """A number in full: for whoever reads it anyway, or sees its mask and holds the right; never on another's row."""
    for row in some_rows(world, actor):
        for name, field in row.model.__fields__.items():
            if not isinstance(field, Secret):
                continue
            has, number = world.level(actor, row, name), world.values[row].get(name)
            may = row.tenant == actor.tenant and (has >= READ or (has == MASKED and world.reference.may(actor, row, "can:reveal")))
            url = f"/{row.model.__tablename__}/reveal/{row.id}/{name}"
            answer = world.ask(actor, url, "POST", allow=world.signs(row, name) if may else (), data={"reason": "prove"})
            good = (answer.status_code == 200) == may
            world.check(actor, good, f"{world.slot(row)} {name} answers {answer.status_code}", url)
            if may and good:
                world.check(actor, (answer.get_json() or {}).get("value") == (number or ""), f"{world.slot(row)} {name} is another", url)
    silent = world.ask(actor, f"/customer/reveal/{world.planted(record_named('customer'))[0].id}/phone", "POST", data={"reason": " "})
    world.check(actor, silent.status_code != 200, "revealed without a reason", "/customer/reveal")


@probe("files", "GET /<T>/files/<int:pk>", "GET /<T>/file/<int:pk>/<int:part_id>", "GET /api/v1/<T>/<int:pk>/files",
       "GET /api/v1/<T>/<int:pk>/files/<int:file_id>")  # fmt: skip
def files(world: World, actor: Actor) -> None:
    """A file's name, content and address: by page for some rows, by interface for the others."""
    turn, slots = list(world.actors).index(actor.name), {row: slot for slot, row in world.rows.items()}
    for n, row in enumerate(few_rows(world, actor)):
        model, (pk, word) = row.model, world.files[slots[row]]
        base = f"/{model.__tablename__}"
        pages = (f"{base}/files/{row.id}", f"{base}/file/{row.id}/{pk}")
        calls = (f"/api/v1{base}/{row.id}/files", f"/api/v1{base}/{row.id}/files/{pk}")
        may = world.level(actor, row, FILES) >= READ and world.opened(actor, model)
        for url in [(*pages, *calls)[(n + turn) % 4]]:
            answer = world.ask(actor, url)
            text = answer.get_data(as_text=True) + answer.headers.get("Content-Disposition", "")
            world.check(actor, (word in text) == may, f"{world.slot(row)}: its file is {'told' if word in text else 'missing'}", url)


@probe("files written", "POST /<T>/files/<int:pk>", "POST /<T>/file/<int:pk>/<int:part_id>/remove", "POST /api/v1/<T>/<int:pk>/files",
       "DELETE /api/v1/<T>/<int:pk>/files/<int:file_id>", late=True)  # fmt: skip
def files_written(world: World, actor: Actor) -> None:
    slots = {row: slot for slot, row in world.rows.items()}
    for n, row in enumerate(few_rows(world, actor)):
        model, (pk, _word) = row.model, world.files[slots[row]]
        base, has = f"/{model.__tablename__}", world.level(actor, row, FILES) if row.tenant == actor.tenant else 0
        if (n + row.id) % 2 and (has < FILL or not world.opened(actor, model)):
            url = f"{base}/files/{row.id}" if n // 2 % 2 else f"/api/v1{base}/{row.id}/files"
            sent = world.ask(actor, url, "POST", data={"file": (io.BytesIO(b"prove"), "prove.txt")})
            world.check(actor, denied(sent) or sent.status_code == 404, f"{world.slot(row)}: takes a file ({sent.status_code})", url)
        elif has < WRITE or not world.opened(actor, model):
            url = f"{base}/file/{row.id}/{pk}/remove" if n // 2 % 2 else f"/api/v1{base}/{row.id}/files/{pk}"
            gone = world.ask(actor, url, "POST" if n // 2 % 2 else "DELETE")
            world.check(actor, denied(gone) or gone.status_code == 404, f"{world.slot(row)}: gives up a file ({gone.status_code})", url)


def happen(world: World) -> None:
    """Let everything happen to planted rows that people are told about, and have it delivered."""
    events = dict.fromkeys(s.event for s in SUBSCRIPTIONS if s.event not in REACTIONS)
    for tenant in (HOME, OTHER):
        with program(tenant):
            for event in events:
                model = record_named(event.partition(".")[0])
                for row in world.planted(model) if model is not None else ():
                    if row.tenant == tenant:
                        announce(event, db.session.get(model, row.id), reason="prove")
            db.session.commit()
        sweep(tenant)


@probe("notices", "GET /bell/", "message bell", "job app.jobs.deliver.sweep")
def notices(world: World, actor: Actor) -> None:
    """One's own notices, and in them only what one may read."""
    for headers in ({}, {"Accept": "application/json"}):
        text = world.ask(actor, "/bell/", headers=headers).get_data(as_text=True)
        if actor.id:
            world.check(actor, world.bells[actor.name] in text, "the own notice is missing", "/bell/")


@probe("sent messages", "GET /rehearsal/", "message sms", "message wechat", "message mail")
def sent_messages(world: World, actor: Actor) -> None:
    answer = world.ask(actor, "/rehearsal/")
    world.check(actor, (answer.status_code == 200) == ("admin" in actor.roles), f"answers {answer.status_code}", "/rehearsal/")


@probe("live", "GET /live")
def live(world: World, actor: Actor) -> None:
    """The stream tells what was pushed to this person, and nothing that was pushed to somebody else."""
    answer = world.clients[actor.name].send("GET", "/live?after=1", buffered=False)
    world.visited.add("GET /live")
    world.report.requests += 1
    if not actor.id:
        world.check(actor, denied(answer), f"answers {answer.status_code}", "/live")
        return
    for other in [a for a in world.actors.values() if a.id and a is not actor] + [actor]:
        data = {"id": 0, "title": world.bells[other.name], "text": "", "url": "", "sound": False, "event": "prove"}
        push([{"to": f"{other.tenant}:staff:{other.id}", "event": "bell", "data": data}])
    push([{"to": f"{actor.tenant}:staff:{actor.id}", "event": "end", "data": {}}])
    text = heard(answer)
    world.judge(actor, text, "GET /live", set())
    world.check(actor, world.bells[actor.name] in text, "does not hear what it was sent", "/live")


def heard(answer: Any) -> str:
    """What a stream says until it says ``end``, or has nothing to say for as long as it may."""
    text = ""
    for chunk in answer.response:
        text += chunk if isinstance(chunk, str) else chunk.decode()
        if "event: end" in text or ": alive" in text:
            break
    answer.close()
    return text


@probe("refusals", "PUT /api/v1/<T>/<int:pk>", "POST /<T>/edit/<int:pk>", late=True)
def refusals(world: World, actor: Actor) -> None:
    """What 404, 405, 409 and 422 say: the judge reads them like any other answer."""
    for n, row in enumerate(r for r in world.rows.values() if r.tenant == actor.tenant):
        fields = world.fields(actor, row.model)
        able = (f for f in fields if world.level(actor, row, f) >= FILL)
        name = next((f for f in able if world.reference.settable(actor, row, f, world.now(row, f))), None)
        if name and not row.model.__appended__:
            sent = value(world, row, name, None)
            table = row.model.__tablename__
            if n % 2:
                answer = world.ask(actor, f"/api/v1/{table}/{row.id}", "PUT", json={name: sent, "version": 0})
            else:
                answer = world.ask(actor, f"/{table}/edit/{row.id}", "POST", data={name: sent, "version": "0"})
            world.check(actor, answer.status_code == 409, f"{world.slot(row)}: an old version answers {answer.status_code}", name)
    for model in world.models[:: len(world.models) - 1]:
        table = model.__tablename__
        for url, method in ((f"/{table}/show/2147483647", "GET"), (f"/{table}/list", "POST"), (f"/{table}/list?after=x", "GET")):
            answer = world.ask(actor, url, method)
            world.check(actor, answer.status_code in (302, 400, 401, 403, 404, 405), f"answers {answer.status_code}", url)
