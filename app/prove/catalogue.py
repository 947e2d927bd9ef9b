"""What an order's page and form ask besides the record, and the page where clients book: sums, stages, series, free times."""

from __future__ import annotations

from app.engine.record import record_named
from app.extensions import db
from app.prove import places
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reference import READ
from app.prove.world import World, denied
from app.web.links import link_to

# What a link shows, to whoever has it: what is on sale, and the first names on the door. Said here once more, apart from the page.
places.SHOWN |= {
    "book": {
        "Store": "name phone", "Service": "name name_en price unit", "ServiceOption": "name name_en price",
        "PriceRule": "name name_en amount",
        "Worker": "name rating", "StorePrice": "price",
    },
}  # fmt: skip
places.SHOWN["carer"]["ServiceStep"] = "wording wording_en"


@probe("price as typed", "GET /<T>/price", reads=True)
def price(world: World, actor: Actor) -> None:
    """A sum is made of prices one may read, for whoever has to do with orders at all."""
    service, order = record_named("service"), record_named("order")
    for row in world.planted(service):
        answer = world.ask(actor, "/order/price", ask={"service": str(row.id), "quantity": "2"})
        if not (world.opened(actor, service) and (world.opened(actor, order) or world.able(actor, order, "can:add"))):
            world.check(actor, denied(answer) or answer.status_code == 404, f"answers {answer.status_code}", "/order/price")
        elif answer.status_code == 200 and "total" in answer.get_json():
            able = world.visible(actor, row) and world.level(actor, row, "price") >= READ
            world.check(actor, able, f"{world.slot(row)}: its price is told", "/order/price")


@probe("parts of an order", "GET /<T>/sum/<int:pk>", "GET /<T>/stages/<int:pk>", "GET /<T>/series/<int:pk>")
def parts(world: World, actor: Actor) -> None:
    """Tabs of an order: for whoever sees it, the sum for whoever reads its amount."""
    for row in world.planted(record_named("order")):
        seen = world.visible(actor, row)
        for tab in ("sum", "stages", "series"):
            url = f"/order/{tab}/{row.id}"
            answer = world.ask(actor, url)
            able = seen and (tab != "sum" or world.level(actor, row, "amount") >= READ)
            world.check(actor, answer.status_code != 200 or able, f"{world.slot(row)} opens", url)


@probe("deeds of an order's tabs", "POST /<T>/stages/<int:pk>/<int:stage_id>", "POST /<T>/series/<int:pk>", late=True)
def deeds(world: World, actor: Actor) -> None:
    """Nobody says that a stage is done, or moves a series, of an order he does not see."""
    for row in world.planted(record_named("order")):
        for url in (f"/order/stages/{row.id}/999999", f"/order/series/{row.id}"):
            answer = world.ask(actor, url, "POST", data={"scope": "this", "starts_at": "2030-01-01T09:00"})
            refused = denied(answer) or answer.status_code in (400, 404, 409, 422)
            world.check(actor, refused or world.visible(actor, row), f"{world.slot(row)} answers {answer.status_code}", url)


@probe("booking page", "GET /<T>/booking/<int:pk>", "GET /book/<token>", "POST /book/<token>", late=True)
def booking(world: World, actor: Actor) -> None:
    """The address is for whoever sees the store; the page shows anybody what is on sale and who is free, and nothing else."""
    for row in world.planted(record_named("store")):
        answer = world.ask(actor, f"/store/booking/{row.id}")
        world.check(actor, answer.status_code != 200 or world.visible(actor, row), f"{world.slot(row)} opens", "/store/booking")
        if not actor.id:
            with program(row.tenant):
                address = link_to("book", db.session.get(row.model, row.id))
            shown: set[str] = set()
            for (model, _slot), there in world.rows.items():
                for name in places.SHOWN["book"].get(model.__name__, "").split() if there.tenant == row.tenant else ():
                    shown |= world.signs(there, name)
            for service in (*world.planted(record_named("service")), None):
                world.ask(actor, address, ask={"service": str(service.id)} if service else {}, allow=shown)
            world.ask(actor, address, "POST", data={"service": "0", "name": "x"}, allow=shown)
            world.check(actor, world.ask(actor, f"{address}x").status_code == 404, f"{world.slot(row)}: a wrong link opens", address)
