"""What forms hold besides fields: signatures by the right to their field, rows of children, and the layout of a role."""

from __future__ import annotations

import base64
import struct
import zlib

from app.engine.signatures import KIND, START
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reference import FILL, READ
from app.prove.sample import few_rows
from app.prove.world import World, denied


def png(shade: int) -> str:
    """A picture of one pixel, as a page sends it."""
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    whole = b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(bytes([0, shade % 256]))) + part(b"IEND", b"")
    return START + base64.b64encode(whole).decode()


@probe("signatures", "GET /<T>/signature/<int:pk>/<name>", "GET /api/v1/<T>/<int:pk>/signature/<name>", late=True)
def signatures(world: World, actor: Actor) -> None:
    """Whoever may fill the field signs once; whoever may read it sees the picture; nobody signs over it."""
    for row in few_rows(world, actor):
        table = row.model.__tablename__
        names = [n for n, f in world.reference.fields[row.tenant, row.model].items() if f.kind(row.model, n) == KIND]
        for name in names:
            before = world.now(row, name)
            able = world.reference.settable(actor, row, name, before) and before is None and world.opened(actor, row.model)
            way = f"/api/v1/{table}/{row.id}"
            answer = world.ask(actor, way, "PUT", json={name: png(row.id)})
            changed = world.now(row, name) != before
            locked = answer.status_code in (409, 422)
            world.check(actor, changed == able or (able and locked), f"{world.slot(row)} {name}: signed {changed}, may {able}", way)
            url = (f"/{table}/signature/{row.id}/{name}", f"{way}/signature/{name}")[row.id % 2]
            answer = world.ask(actor, url)
            seen = world.level(actor, row, name) >= READ and world.opened(actor, row.model) and world.now(row, name) is not None
            world.check(actor, (answer.status_code == 200) == seen, f"{world.slot(row)} {name}: answers {answer.status_code}", url)
        if not names:
            url = f"/{table}/signature/{row.id}/owner"
            world.check(actor, world.ask(actor, url).status_code != 200, f"{world.slot(row)}: an owner is no signature", url)


@probe("rows of a form", late=True)
def rows(world: World, actor: Actor) -> None:
    """No row of a child is added, changed or removed through its parent by whoever could not do it on its own page."""
    for view in world.views.values():
        for table, link in view.inline:
            model = next(m for m in world.models if m.__tablename__ == table)
            for row in world.planted(model):
                parent = world.links.get((row, link))
                if parent is None:
                    continue
                url = f"/api/v1/{parent.model.__tablename__}/{parent.id}"
                if not (world.reference.may(actor, row, "can:delete") and row.tenant == actor.tenant):
                    gone = world.gone(row)
                    world.ask(actor, url, "PUT", json={"lines": {table: [{"id": row.id, "remove": True}]}})
                    world.check(actor, world.gone(row) == gone, f"{world.slot(row)} is removed through its parent", url)
                # companies have fields of their own
                both = world.reference.fields[row.tenant, model].keys() & {*world.fields(actor, model)}
                names = [n for n in world.fields(actor, model) if n in both and n not in (link, "owner", "store")]
                names = [n for n in names if world.level(actor, row, n) < FILL]
                for name in names[row.id % 3 :: 3]:
                    before = world.now(row, name)
                    world.ask(actor, url, "PUT", json={"lines": {table: [{"id": row.id, name: "1"}]}})
                    world.check(actor, world.now(row, name) == before, f"{world.slot(row)} {name} changed through its parent", url)


@probe("layouts", "GET /layouts/<table>", "POST /layouts/<table>", late=True)
def layouts(world: World, actor: Actor) -> None:
    """Administrators alone lay pages out; a layout shows nobody more than his rights do."""
    able = bool({"admin", "head_office"} & set(actor.roles))
    for model in world.models[::4]:
        url = f"/layouts/{model.__tablename__}"
        answer = world.ask(actor, url)
        there = model in world.views or not able
        world.check(actor, (answer.status_code == 200) == (able and there), f"answers {answer.status_code}", url)
        if not able:
            answer = world.ask(actor, url, "POST", data={"role": "agent", "s": "name", "f": "name", "in:name": "name"})
            world.check(actor, denied(answer), f"lays out a page: {answer.status_code}", url)


@probe("layouts on the form", "GET /layouts/<table>/versions", "POST /layouts/<table>/draft",
       "POST /layouts/<table>/draft/<int:pk>/<any(try, leave, publish, drop):what>", "POST /layouts/<table>/versions/<int:pk>/back",
       "GET /expressions/<table>", late=True)  # fmt: skip
def designs(world: World, actor: Actor) -> None:
    """Administrators alone move fields about and try expressions; a draft is nobody else's; an expression tells of no hidden cell."""
    able = bool({"admin", "head_office"} & set(actor.roles))
    for url in ("/layouts/customer/versions", "/expressions/customer"):
        answer = world.ask(actor, url)
        world.check(actor, (answer.status_code == 200) == able, f"answers {answer.status_code}", url)
    if not able:  # whoever may would change what later probes look at; the walk in test_layout_drafts does that
        answer = world.ask(actor, "/layouts/customer/draft", "POST", data={"role": "agent", "shape": '{"sections": []}'})
        world.check(actor, denied(answer), f"keeps a draft: {answer.status_code}", "/layouts/customer/draft")
    for url in ("draft/999999/try", "draft/999999/leave", "draft/999999/publish", "draft/999999/drop", "versions/999999/back"):
        answer = world.ask(actor, f"/layouts/customer/{url}", "POST")
        world.check(actor, denied(answer) or (able and answer.status_code == 404), f"answers {answer.status_code}", url)
    if able:
        for row in few_rows(world, actor):
            known = world.reference.fields[row.tenant, row.model].items()
            names = [n for n, f in known if f.kind(row.model, n) in ("text", "note", "choice")]
            text = " or ".join(f"{n} is empty" for n in names[:8]) or "true"
            world.ask(actor, f"/expressions/{row.model.__tablename__}", ask={"e": text, "record": str(row.id)})  # judged: no canary in it
