"""What only carers have: service record, photo, passport, wishes, and their two pages by signed link."""

from __future__ import annotations

from app.engine.record import record_named
from app.extensions import db
from app.prove import places
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reference import WRITE
from app.prove.world import World, denied
from app.web.links import link_to

# What a link shows, to whoever has it: said here once more, apart from the pages.
places.SHOWN |= {
    "me": {"Worker": "name phone wechat address district native_place birthday height marital emergency emergency_phone dialects skills "
                     "areas shift_days shift_from shift_until"},
    "passport": {"Worker": "grade rating skills", "WorkerPaper": "kind", "Store": "name phone"},
}  # fmt: skip


@probe("carers", "GET /<T>/service/<int:pk>", "GET /<T>/card/<int:pk>", "GET /<T>/photo/<int:pk>", "POST /<T>/photo/<int:pk>",
       "POST /<T>/invite/<int:pk>", "GET /<T>/changes/<int:pk>",
       "POST /<T>/changes/<int:pk>/<int:part_id>/<any(approve, refuse):what>")  # fmt: skip
def carers(world: World, actor: Actor) -> None:
    """Tabs of a carer: for whoever sees the row. The link to the own page goes out for whoever may write the record."""
    for row in world.planted(record_named("worker")):
        seen = world.visible(actor, row)
        for tab in ("service", "card", "changes"):
            url = f"/worker/{tab}/{row.id}"
            answer = world.ask(actor, url)
            world.check(actor, answer.status_code != 200 or seen, f"{world.slot(row)} opens", url)
        url = f"/worker/photo/{row.id}"
        world.check(actor, world.ask(actor, url).status_code != 200, f"{world.slot(row)} has a photo", url)
        answer = world.ask(actor, url, "POST", data={})
        world.check(actor, denied(answer) or answer.status_code in (400, 404), f"{world.slot(row)} answers {answer.status_code}", url)
        answer = world.ask(actor, f"/worker/changes/{row.id}/999999/approve", "POST")
        refused = denied(answer) or answer.status_code == 404
        world.check(actor, refused, f"{world.slot(row)} answers {answer.status_code}", "/worker/changes")
        if not (seen and world.level(actor, row, "active") >= WRITE):
            answer = world.ask(actor, f"/worker/invite/{row.id}", "POST")
            refused = denied(answer) or answer.status_code == 404
            world.check(actor, refused, f"{world.slot(row)}: a link goes out", "/worker/invite")


@probe("links of carers", "GET /me/<token>", "POST /me/<token>/propose", "GET /passport/<token>", "GET /passport/<token>/photo")
def links(world: World, actor: Actor) -> None:
    """Each link shows its own, opens nothing else, and changes nothing. Without a login, and once."""
    if actor.id:
        return
    for row in world.planted(record_named("worker")):
        for purpose, other in (("me", "passport"), ("passport", "me")):
            with program(row.tenant):
                address = link_to(purpose, db.session.get(row.model, row.id))
            answer = world.ask(actor, address, allow=places.chain(world, row, purpose))
            world.check(actor, answer.status_code == 200, f"{world.slot(row)} answers {answer.status_code}", purpose)
            token = address.rsplit("/", 1)[-1]
            for wrong in (f"/{other}/{token}", f"/w/{token}", f"{address}x"):
                answer = world.ask(actor, wrong)
                world.check(actor, answer.status_code == 404, f"{world.slot(row)}: a wrong link opens", wrong)
            if purpose == "passport":
                world.check(actor, world.ask(actor, f"{address}/photo").status_code == 404, f"{world.slot(row)} has a photo", address)
            else:
                before = world.now(row, "native_place")
                world.ask(actor, f"{address}/propose", "POST", data={"native_place": "elsewhere"}, allow=places.chain(world, row, purpose))
                world.check(actor, world.now(row, "native_place") == before, f"{world.slot(row)} changed", address)
