"""Slips, and what changes of an order cost: the pages at the desk, and what the links of families and carers show besides."""

from __future__ import annotations

import io

from app.engine.record import record_named
from app.extensions import db
from app.prove import places
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reference import FILL, READ
from app.prove.world import World, denied
from app.web.links import link_to

# What a link shows, to whoever has it: said here once more, apart from the pages.
places.SHOWN["carer"] |= {
    "Visit": places.SHOWN["carer"]["Visit"] + " begun_at check_in_far far_reason",
    "Order": places.SHOWN["carer"]["Order"] + " lat lng city", "VisitMessage": "said sender created_at",
    "Service": "name name_en photos_needed",
}  # fmt: skip
places.SHOWN["customer"] |= {
    "Visit": places.SHOWN["customer"]["Visit"] + " begun_at promised_from promised_until", "VisitMessage": "said sender created_at",
    "Charge": "amount deed", "Receivable": "amount arrears", "VisitTap": "at",
}  # fmt: skip


@probe("slips", "GET /slips/", "POST /slips/", "POST /slips/<int:pk>/file", "GET /slips/<int:pk>/paper",
       "POST /slips/pay", late=True)
def slips(world: World, actor: Actor) -> None:
    """For those who write down actual times, and those who make pay lines; nothing is filed under a visit that is not one's own."""
    visit, scan, line = (record_named(n) for n in ("visit", "slip_scan", "pay_line"))
    files = bool(actor.id) and world.best(actor, visit, "actual_start") >= FILL
    pays = world.able(actor, line, "can:add")
    answer = world.ask(actor, "/slips/")
    world.check(actor, files or pays or denied(answer), f"answers {answer.status_code}", "/slips/")
    answer = world.ask(actor, "/slips/", "POST", data={"file": (io.BytesIO(b"no picture"), "x.jpg")})
    world.check(actor, files or denied(answer), f"takes files ({answer.status_code})", "/slips/")
    rows = world.planted(visit)
    for n, row in enumerate(world.planted(scan)):
        to = rows[n % len(rows)]
        before = world.now(to, "slip")
        world.ask(actor, f"/slips/{row.id}/file", "POST", data={"visit": str(world.values[to].get("number") or "none")})
        world.check(actor, world.now(to, "slip") == before, f"{world.slot(to)}: a slip was filed", "/slips/<int:pk>/file")
    for row in world.planted(record_named("slip")):
        answer = world.ask(actor, f"/slips/{row.id}/paper")
        world.check(actor, answer.status_code != 302 or denied(answer), f"{world.slot(row)}: a paper is there", "/slips/<int:pk>/paper")
    before = world.count(line, actor.tenant)
    answer = world.ask(actor, "/slips/pay", "POST")
    made = world.count(line, actor.tenant) != before
    world.check(actor, pays or (denied(answer) and not made), f"makes pay lines ({answer.status_code})", "/slips/pay")


@probe("changes", "GET /changes/<int:pk>", "POST /changes/<int:pk>/<any(cancel, move):deed>", late=True)
def changes(world: World, actor: Actor) -> None:
    """Whoever sees an order sees its page; who may not read the amount sees no fee, and only who may cancel changes it."""
    model, rule = record_named("order"), record_named("cancel_rule")
    for row in world.planted(model):
        url = f"/changes/{row.id}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or world.visible(actor, row), f"{world.slot(row)} opens", url)
        knows = bool(actor.id) and world.visible(actor, row) and world.level(actor, row, "amount") >= READ
        told = 'name="fee"' in answer.get_data(as_text=True)
        world.check(actor, not told or (knows and world.best(actor, rule, "percent") >= READ), f"{world.slot(row)}: a fee is told", url)
        before = world.now(row, "state")
        for deed in ("cancel", "move"):
            world.ask(actor, f"{url}/{deed}", "POST", data={"version": "0", "fee": "0.00", "reason": "prove"})
        world.check(actor, world.now(row, "state") == before, f"{world.slot(row)} was changed unseen", url)


@probe("links of visits", "POST /w/<token>/say", "POST /w/<token>/photos", "POST /w/<token>/sign", "GET /c/<token>/face",
       "POST /c/<token>/say", "GET /c/<token>/change", "POST /c/<token>/change/<any(cancel, move):deed>", late=True)  # fmt: skip
def links(world: World, actor: Actor) -> None:
    """Nothing but one's own is shown, and nothing is done out of its turn. Without a login, and once."""
    if actor.id:
        return
    for purpose, table, deeds in (
        ("carer", "visit", ("say", "photos", "sign")), ("customer", "order", ("say", "change/cancel", "change/move")),
    ):  # fmt: skip
        for row in world.planted(record_named(table)):
            with program(row.tenant):
                address = link_to(purpose, db.session.get(row.model, row.id))
            allowed, before = places.chain(world, row, purpose), world.now(row, "state")
            if purpose == "customer":
                world.ask(actor, f"{address}/change", allow=allowed)
                world.ask(actor, f"{address}/face", allow=allowed)
            for deed in deeds:
                world.ask(actor, f"{address}/{deed}", "POST", data={"said": "", "version": "0", "fee": "0.00"}, allow=allowed)
            world.check(actor, world.now(row, "state") == before, f"{world.slot(row)} was changed", purpose)
