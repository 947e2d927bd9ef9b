"""The care day grid and its deeds, and the bill that a family opens by its link."""

from __future__ import annotations

from app.engine.record import record_named
from app.extensions import db
from app.prove import places
from app.prove.canary import signs
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reference import READ, Row
from app.prove.world import World, denied
from app.web.links import link_to

# What the link of a bill shows, to whoever has it; and a carer what was handed over. Said here once more, apart from the pages.
places.SHOWN |= {
    "bill": {
        "CareBill": "number since until amount", "CareDay": "on_day hours reason", "Worker": "name", "Order": "number",
        "Service": "name name_en", "Receivable": "amount", "Store": "name phone",
    },
}  # fmt: skip
places.SHOWN["carer"]["CareChange"] = "handover"
DEEDS = ("lay", "pause", "resume", "replace", "add", "price", "correct", "undo", "bill")
ONE_OF = "<any(lay, pause, resume, replace, add, price, correct, undo, bill):deed>"


@probe("care days", "GET /care/<int:pk>", "GET /<T>/care/<int:pk>", reads=True)
def grid(world: World, actor: Actor) -> None:
    """For whoever sees the order and has to do with care days; every number in it is judged by the right to it."""
    order, day = record_named("order"), record_named("care_day")
    for row in world.planted(order):
        for url in (f"/care/{row.id}", f"/order/care/{row.id}"):
            answer = world.ask(actor, url)
            able = world.visible(actor, row) and world.opened(actor, day)
            world.check(actor, answer.status_code != 200 or able, f"{world.slot(row)} opens", url)
            told = 'id="sum-pay"' in answer.get_data(as_text=True)
            world.check(actor, not told or world.best(actor, day, "pay") >= READ, f"{world.slot(row)}: the pay is told", url)


@probe("deeds of care days", f"POST /care/<int:pk>/{ONE_OF}", f"POST /api/v1/care/<int:pk>/{ONE_OF}", late=True)
def deeds(world: World, actor: Actor) -> None:
    """Nobody changes the days of an order that he does not see, or without the right to send carers, to prices or to bills."""
    order, day, bill = (record_named(n) for n in ("order", "care_day", "care_bill"))
    turn = list(world.actors).index(actor.name)
    for n, row in enumerate(world.planted(order)):
        before = world.count(day, row.tenant), world.count(bill, row.tenant)
        for deed in (DEEDS[(n + turn) % len(DEEDS)], DEEDS[(n + turn + 4) % len(DEEDS)]):
            later = {"first": "2030-01-01", "since": "2030-01-01", "at": "2030-01-01T10:00"}
            sent = {**later, "price": "1", "reason": "x", "until": "2020-01-01"}
            for url in (f"/care/{row.id}/{deed}", f"/api/v1/care/{row.id}/{deed}"):
                answer = world.ask(actor, url, "POST", data=sent)
                able = world.visible(actor, row) and world.opened(actor, day)
                refused = denied(answer) or answer.status_code in (400, 404, 409, 422)
                world.check(actor, refused or able, f"{world.slot(row)} answers {answer.status_code}", url)
        after = world.count(day, row.tenant), world.count(bill, row.tenant)
        able = world.visible(actor, row) and world.able(actor, bill, "can:share")
        world.check(actor, after == before or able, f"{world.slot(row)} was changed unseen", "/care")


@probe("bills by link", "GET /bill/<token>", late=True)
def bills(world: World, actor: Actor) -> None:
    """What one bill says, and nothing of another one. Without a login, and once."""
    if actor.id:
        return
    for row in world.planted(record_named("care_bill")):
        with program(row.tenant):
            address = link_to("bill", db.session.get(row.model, row.id))
        answer = world.ask(actor, address, allow=places.chain(world, row, "bill") | sums(world, row))
        world.check(actor, answer.status_code == 200, f"{world.slot(row)} answers {answer.status_code}", "bill")
        answer = world.ask(actor, f"{address}x")
        world.check(actor, answer.status_code == 404, f"{world.slot(row)}: a wrong link opens", "bill")


def sums(world: World, row: Row) -> set[str]:
    """What the family reads as a sum: of one line it is the price itself, of one receipt that receipt."""
    slot = next(s for (_m, s), r in world.rows.items() if r is row)
    found: set[str] = set()
    for table, names in (("care_day", "price bill"), ("receivable", "paid arrears"), ("receipt", "amount")):
        there = world.rows[record_named(table), slot]
        for name in names.split():
            found |= {*signs(world.values[there].get(name))}
    return found
