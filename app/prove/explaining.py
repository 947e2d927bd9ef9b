"""Member cards and explained numbers: a refund's formula, and where a number comes from."""

from __future__ import annotations

from app.engine.explain import EXPLAINS
from app.engine.record import record_named, records
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reference import READ
from app.prove.world import World


@probe("explained numbers", "GET /explain/<table>/<int:pk>/<name>", reads=True)
def explained(world: World, actor: Actor) -> None:
    """Of a number that one may read, and of no other; rows behind it that are another's have no name there."""
    tables = {r.__name__: r for r in records()}
    for model, name in EXPLAINS:
        for row in world.planted(tables[model]):
            url = f"/explain/{tables[model].__tablename__}/{row.id}/{name}"
            for address in (url, f"{url}?part=1"):
                answer = world.ask(actor, address)
                mine = bool(actor.id) and world.visible(actor, row) and world.level(actor, row, name) >= READ
                world.check(actor, answer.status_code != 200 or mine, f"{world.slot(row)} is explained", address)


@probe("member cards", "GET /<T>/refund/<int:pk>", reads=True)
def cards(world: World, actor: Actor) -> None:
    """What goes back is for whoever may read what it is made of."""
    for row in world.planted(record_named("hour_card")):
        url = f"/hour_card/refund/{row.id}"
        answer = world.ask(actor, url)
        mine = bool(actor.id) and world.visible(actor, row) and world.level(actor, row, "price") >= READ
        world.check(actor, answer.status_code != 200 or mine, f"{world.slot(row)} opens", url)
