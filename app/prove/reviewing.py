"""Reviews and spot checks: what the family's link and the store's price list show, a carer's tab, and who draws."""

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

# What a link shows, to whoever has it: said here once more, apart from the pages.
SAID = {"Review": "score message", "ReviewScore": "score", "ReviewDimension": "name name_en"}
places.SHOWN["customer"] |= SAID | {"Visit": places.SHOWN["customer"]["Visit"] + " ends_at actual_start actual_end"}
PRICES = {
    "Store": "name phone", "Service": "name name_en price unit minutes", "StorePrice": "price", "ServiceOption": "name name_en price",
    "ServiceStep": "wording wording_en", "ServiceKind": "name name_en",
}  # fmt: skip


@probe("reviews of a carer", "GET /<T>/reviews/<int:pk>", "GET /<T>/trend/<int:pk>")
def tab(world: World, actor: Actor) -> None:
    """For whoever sees the carer; the trend for whoever may compare stars."""
    review = record_named("review")
    for row in world.planted(record_named("worker")):
        seen = world.visible(actor, row)
        answer = world.ask(actor, f"/worker/reviews/{row.id}")
        world.check(actor, answer.status_code != 200 or seen, f"{world.slot(row)} opens", "/worker/reviews")
        answer = world.ask(actor, f"/worker/trend/{row.id}")
        reads = any(world.visible(actor, one) and world.level(actor, one, "score") >= READ for one in world.planted(review))
        told = answer.status_code == 200 and bool((answer.get_json() or {}).get("rows"))
        world.check(actor, not told or (seen and reads), f"{world.slot(row)}: stars are told", "/worker/trend")


@probe("spot checks", "GET /audits/", "POST /audits/draw", late=True)
def audits(world: World, actor: Actor) -> None:
    """Only whoever may add one draws."""
    audit = record_named("service_audit")
    able, before = world.able(actor, audit, "can:add"), world.count(audit, actor.tenant)
    answer = world.ask(actor, "/audits/")
    world.check(actor, able or denied(answer), f"answers {answer.status_code}", "/audits/")
    answer = world.ask(actor, "/audits/draw", "POST", data={"from": "2020-01-01", "until": "2020-01-02", "percent": "10"})
    same = world.count(audit, actor.tenant) == before
    world.check(actor, able or (denied(answer) and same), f"draws ({answer.status_code})", "/audits/draw")


@probe("links for reviews", "GET /c/<token>/rate/<int:pk>", "POST /c/<token>/rate/<int:pk>", "GET /book/<token>/prices", late=True)
def links(world: World, actor: Actor) -> None:
    """A family reviews finished visits of its own order; the price list shows what is on sale. Without a login, and once."""
    if actor.id:
        return
    visit, review = record_named("visit"), record_named("review")
    for row in world.planted(record_named("order")):
        with program(row.tenant):
            address = link_to("customer", db.session.get(row.model, row.id))
        allowed, before = places.chain(world, row, "customer"), world.count(review, row.tenant)
        for one in world.planted(visit):
            url = f"{address}/rate/{one.id}"
            for how in ("GET", "POST"):
                answer = world.ask(actor, url, how, data={"score": "6"} if how == "POST" else None, allow=allowed)
                own = str(world.now(one, "order")) == str(row.id)
                world.check(actor, own or answer.status_code == 404, f"{world.slot(one)}: another order's link opens it", url)
        world.check(actor, world.count(review, row.tenant) == before, f"{world.slot(row)} was reviewed", "/rate")
    for row in world.planted(record_named("store")):
        with program(row.tenant):
            address = link_to("book", db.session.get(row.model, row.id))
        shown: set[str] = set()
        for (model, _slot), there in world.rows.items():
            for name in PRICES.get(model.__name__, "").split() if there.tenant == row.tenant else ():
                shown |= world.signs(there, name)
        world.ask(actor, f"{address}/prices", allow=shown)
        world.check(actor, world.ask(actor, f"{address}x/prices").status_code == 404, f"{world.slot(row)}: a wrong link opens", address)
