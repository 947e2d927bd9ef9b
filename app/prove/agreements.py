"""What only contracts and complaints have: versions, signatures, refunds, satisfaction, and their pages by signed link."""

from __future__ import annotations

from app.engine.record import record_named
from app.extensions import db
from app.prove import places
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.world import World, denied
from app.views.satisfaction import CHARTS
from app.web.links import link_to

# What a link shows, to whoever has it: said here once more, apart from the pages.
places.SHOWN |= {
    "sign": {"Contract": "number", "Store": "name phone"},
    "agreement": {
        "Contract": "number ends_on", "ContractFee": "kind", "Worker": "name", "Store": "name phone", "Receivable": "amount arrears",
    },
    "complaint": {
        "Complaint": "number kind said created_at due_at result rating", "ComplaintStep": "at done result", "Store": "name phone",
    },
}


@probe("contracts", "GET /<T>/versions/<int:pk>", "GET /<T>/signing/<int:pk>", "GET /<T>/refund/<int:pk>",
       "POST /<T>/signing/<int:pk>/<any(customer, worker):party>",
       "POST /<T>/signing/<int:pk>/<int:part_id>/withdraw")  # fmt: skip
def contracts(world: World, actor: Actor) -> None:
    """Tabs of a contract: for whoever sees it. A link to sign is sent by whoever may have it signed."""
    model = record_named("contract")
    for row in world.planted(model):
        seen = world.visible(actor, row)
        for tab in ("versions", "signing", "refund"):
            url = f"/contract/{tab}/{row.id}"
            answer = world.ask(actor, url)
            world.check(actor, answer.status_code != 200 or seen, f"{world.slot(row)} opens", url)
        if not (seen and world.reference.may(actor, row, "step:sign")):
            for url in (f"/contract/signing/{row.id}/customer", f"/contract/signing/{row.id}/999999/withdraw"):
                answer = world.ask(actor, url, "POST")
                refused = denied(answer) or answer.status_code == 404
                world.check(actor, refused, f"{world.slot(row)} answers {answer.status_code}", url)
        else:
            world.ask(actor, f"/contract/signing/{row.id}/customer", "POST")
            world.ask(actor, f"/contract/signing/{row.id}/999999/withdraw", "POST")


@probe("satisfaction", "GET /satisfaction/", "GET /satisfaction/chart/<int:index>", "GET /<T>/page/<int:pk>", reads=True)
def satisfaction(world: World, actor: Actor) -> None:
    """The board holds no value that its reader could not compare; a complaint's page is for whoever answers it."""
    for url in ("/satisfaction/", *(f"/satisfaction/chart/{n}" for n in range(len(CHARTS)))):
        world.ask(actor, url)
    for row in world.planted(record_named("complaint")):
        answer = world.ask(actor, f"/complaint/page/{row.id}")
        mine = world.visible(actor, row) and world.reference.may(actor, row, "step:solve")
        world.check(actor, denied(answer) or answer.status_code == 404 or mine, f"{world.slot(row)} opens", "/complaint/page")


@probe("links of agreements", "GET /s/<token>", "POST /s/<token>/sign", "GET /k/<token>", "GET /q/<token>", "POST /q/<token>/answer")
def links(world: World, actor: Actor) -> None:
    """Each link shows its own, and opens nothing else. Without a login, and once."""
    if actor.id:
        return
    pages = (("sign", "contract_signature", "/sign"), ("agreement", "contract", ""), ("complaint", "complaint", "/answer"))
    for purpose, table, act in pages:
        for row in world.planted(record_named(table)):
            with program(row.tenant):
                address = link_to(purpose, db.session.get(row.model, row.id))
            allowed = places.chain(world, row, purpose)
            world.ask(actor, address, allow=allowed)
            token = address.rsplit("/", 1)[-1]
            for other in (*(f"/{way}/{token}" for way in "skqwc" if not address.startswith(f"/{way}/")), f"{address}x"):
                answer = world.ask(actor, other)
                world.check(actor, answer.status_code == 404, f"{world.slot(row)}: a wrong link opens", other)
            if act:
                before = world.now(row, "standing" if purpose == "sign" else "state")
                world.ask(actor, address + act, "POST", data={"name": "x", "rating": "5"}, allow=allowed)
                same = world.now(row, "standing" if purpose == "sign" else "state") == before
                world.check(actor, same, f"{world.slot(row)} changed", address)
