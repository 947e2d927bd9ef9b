"""The telephone: the card of a call is for whose telephone rings; recordings and lines go by rights; the knowledge base too."""

from __future__ import annotations

from app.engine.record import record_named
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.reference import READ
from app.prove.world import World, denied

exempt("signed by the exchange, and answers with no more than a number: tests/test_calls.py", "POST /hooks/calls/<token>",
       "POST /hooks/calls/<token>/recording")  # fmt: skip
DEEDS = ("note", "customer", "lead", "move", "transfer")


@probe("ringing", "GET /calls/card/<int:pk>", "GET /calls/articles", "POST /calls/note/<int:pk>", "POST /calls/customer/<int:pk>",
       "POST /calls/lead/<int:pk>", "POST /calls/move/<int:pk>", "POST /calls/transfer/<int:pk>", "POST /calls/dial",
       late=True)  # fmt: skip
def ringing(world: World, actor: Actor) -> None:
    """Nobody has a card of a call that rang at somebody else's telephone, or does anything on one."""
    for url in ("/calls/articles?q=canary", "/calls/articles?q="):
        world.ask(actor, url)
    world.ask(actor, "/calls/dial", "POST", data={"number": "1"})
    for n, row in enumerate(world.planted(record_named("phone_call"))):
        url = f"/calls/card/{row.id}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code == 204 or denied(answer) or row.tenant == actor.tenant, f"{world.slot(row)} opens", url)
        if answer.status_code != 200:
            what = DEEDS[(n + list(world.actors).index(actor.name)) % len(DEEDS)]
            done = world.ask(actor, f"/calls/{what}/{row.id}", "POST", data={"note": "x", "customer": "1", "order": "1", "extension": "1"})
            refused = denied(done) or done.status_code in (400, 404)
            world.check(actor, refused, f"{world.slot(row)}: {what} answers {done.status_code}", f"/calls/{what}")


@probe("recordings", "GET /<T>/recording/<int:pk>")
def recordings(world: World, actor: Actor) -> None:
    """A recording is there for whoever reads that field of a call he sees. The planted ones have no sound."""
    for row in world.planted(record_named("phone_call")):
        url = f"/phone_call/recording/{row.id}"
        answer = world.ask(actor, url)
        may = world.visible(actor, row) and world.level(actor, row, "recording") >= READ
        world.check(actor, denied(answer) or answer.status_code == 404 or may, f"{world.slot(row)} is played", url)


@probe("telephone lines", "GET /<T>/connect/<int:pk>", "POST /<T>/connect/<int:pk>", "GET /calls/rehearse/<int:pk>",
       "POST /calls/rehearse/<int:pk>", late=True)  # fmt: skip
def lines(world: World, actor: Actor) -> None:
    """The secret of a line is made, and a ring rehearsed, by whoever may add lines, and on lines of one's own company."""
    for row in world.planted(record_named("phone_line")):
        able = world.visible(actor, row) and world.reference.may(actor, row, "can:add")
        url = f"/phone_line/connect/{row.id}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or able, f"{world.slot(row)} answers {answer.status_code}", url)
        rehearse = f"/calls/rehearse/{row.id}"
        answer = world.ask(actor, rehearse)
        world.check(actor, answer.status_code != 200 or able, f"{world.slot(row)} rings", rehearse)
        if not able:
            for target in (url, rehearse):
                answer = world.ask(actor, target, "POST", data={"event": "ring", "number": "1"})
                world.check(actor, denied(answer) or answer.status_code == 404, f"{world.slot(row)}: {answer.status_code}", target)
