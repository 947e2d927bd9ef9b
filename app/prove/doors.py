"""The doors beside the records: sharing, asking, roles, the trail, one's own account, and settings."""

from __future__ import annotations

from app.engine.record import record_named
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.sample import few_rows
from app.prove.world import World, denied

ADMINS = ("/roles/", "/trail/", "/trail/export.xlsx", "/security/", "/privacy/", "/account/tokens/all")


@probe("shares", "GET /<T>/shares/<int:pk>", "GET /api/v1/<T>/<int:pk>/shares", "GET /shared/", reads=True)
def shares(world: World, actor: Actor) -> None:
    """Whom a record is shared with is told to nobody who does not see it."""
    world.ask(actor, "/shared/")
    turn = list(world.actors).index(actor.name)
    for n, row in enumerate(few_rows(world, actor)):  # by page for some rows, by interface for the others
        table = row.model.__tablename__
        url = f"/api/v1/{table}/{row.id}/shares" if (n + turn) % 2 else f"/{table}/shares/{row.id}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or world.visible(actor, row), f"{world.slot(row)} opens", url)


@probe("sharing", "POST /<T>/shares/<int:pk>", "POST /api/v1/<T>/<int:pk>/shares", "POST /<T>/share/<int:pk>/<int:part_id>/withdraw",
       "DELETE /api/v1/<T>/<int:pk>/shares/<int:part_id>", late=True)  # fmt: skip
def sharing(world: World, actor: Actor) -> None:
    """Nobody shares what he does not see or may not share, and nobody ends a share that he does not know of."""
    staff = next(iter(world.planted(record_named("staff"))))
    sent = {"to": str(staff.id), "targets": "basic", "level": "read"}
    turn = list(world.actors).index(actor.name)
    for n, row in enumerate(few_rows(world, actor)):
        table, page = row.model.__tablename__, (n + turn) % 2
        if (n + turn) % 5 == 0:
            url = f"/{table}/share/{row.id}/999999/withdraw" if page else f"/api/v1/{table}/{row.id}/shares/999999"
            gone = world.ask(actor, url, "POST" if page else "DELETE")
            world.check(actor, gone.status_code in (302, 400, 401, 403, 404), f"{world.slot(row)}: a share ends", url)
        if world.visible(actor, row) and world.reference.may(actor, row, "can:share"):
            continue
        url = f"/{table}/shares/{row.id}" if page else f"/api/v1/{table}/{row.id}/shares"
        answer = world.ask(actor, url, "POST", **({"data": sent} if page else {"json": sent}))
        refused = denied(answer) or answer.status_code in (400, 404)
        world.check(actor, refused, f"{world.slot(row)} is shared: {answer.status_code}", url)


@probe("asking for access", "GET /asks/", "GET /ask/<table>/<int:pk>", "POST /ask/<table>/<int:pk>",
       "POST /asks/<int:pk>/<any(grant, decline):what>")  # fmt: skip
def asking(world: World, actor: Actor) -> None:
    """One asks about records that one sees; nobody decides on a wish that is not there."""
    world.ask(actor, "/asks/")
    for n, row in enumerate(few_rows(world, actor)):
        url = f"/ask/{row.model.__tablename__}/{row.id}"
        if n % 2 or world.visible(actor, row):
            seen = world.ask(actor, url).status_code == 200
            world.check(actor, not seen or world.visible(actor, row), f"{world.slot(row)} opens", url)
        else:
            answer = world.ask(actor, url, "POST", data={"target": "basic", "reason": "x", "hours": "2"})
            world.check(actor, denied(answer) or answer.status_code == 404, f"{world.slot(row)} is asked about", url)
    answer = world.ask(actor, "/asks/999999/grant", "POST")
    world.check(actor, denied(answer) or answer.status_code == 404, "a wish is granted", "/asks/")


@probe("administration", *(f"GET {url}" for url in ADMINS), "GET /users/deactivate/<int:pk>", "POST /roles/add",
       "POST /roles/<code>/publish", "POST /roles/<int:pk>/rename", "POST /roles/<int:pk>/<any(archive, restore):what>",
       "POST /security/", "POST /privacy/", "POST /trail/check", "POST /users/sessions/<int:pk>", "POST /users/second-factor/<int:pk>",
       "POST /view-as/<int:pk>", "POST /view-as/stop", "GET /view-as/difference")  # fmt: skip
def administration(world: World, actor: Actor) -> None:
    """Settings, the trail and other people's doors open to administrators, of their own company only."""
    admin = "admin" in actor.roles
    for url in ADMINS:
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or admin or actor.everywhere, f"answers {answer.status_code}", url)
    turn = list(world.actors).index(actor.name)
    for n, row in enumerate(world.planted(record_named("staff"))):
        mine = admin and row.tenant == actor.tenant
        answer = world.ask(actor, f"/users/deactivate/{row.id}")
        world.check(actor, answer.status_code != 200 or mine, f"{world.slot(row)} opens", "/users/deactivate")
        if not mine:
            for url in (f"/users/sessions/{row.id}", f"/users/second-factor/{row.id}", f"/view-as/{row.id}")[(n + turn) % 3 :][:1]:
                answer = world.ask(actor, url, "POST")
                world.check(actor, denied(answer) or answer.status_code == 404, f"{world.slot(row)}: {answer.status_code}", url)
    answer = world.ask(actor, "/view-as/difference")
    world.check(actor, answer.status_code != 200, "shows a difference to nobody", "/view-as/difference")
    if admin or actor.everywhere:
        return
    for url in ("/roles/add", "/roles/agent/publish", "/roles/1/rename", "/roles/1/archive", "/security/", "/privacy/", "/trail/check",
                "/view-as/stop"):  # fmt: skip
        answer = world.ask(actor, url, "POST", data={"name": "x", "copy": "agent", "locked": "1", "networks": "10.0.0.0/8", "days": "1"})
        world.check(actor, denied(answer) or answer.status_code == 404, f"answers {answer.status_code}", url)


@probe("one's own account", "GET /account/tokens", "GET /account/second-factor", "GET /account/sessions", reads=True)
def account(world: World, actor: Actor) -> None:
    """What is one's own is told to oneself; it holds no record."""
    for url in ("/account/tokens", "/account/second-factor", "/account/sessions"):
        world.ask(actor, url)


exempt("checks a chain of seals, and writes to the log alone", "job app.jobs.sealing.check")
exempt("the second step of a sign-in; nobody acts yet", "GET /login/second", "POST /login/second")
exempt(
    "changes one's own tokens, sessions and second factor alone; see test_tokens and test_security",
    "POST /account/tokens", "POST /account/tokens/revoke/<int:pk>", "POST /account/second-factor", "POST /account/sessions/end/<ref>",
    "POST /account/sessions/others",
)  # fmt: skip


@probe("fields of one's own", "GET /custom/", "GET /custom/<table>", "GET /custom/<table>/add", "GET /custom/<table>/<int:pk>",
       "GET /custom/<table>/choices/<name>", "POST /custom/<table>/add", "POST /custom/<table>/<int:pk>",
       "POST /custom/<table>/choices/<name>", "GET /custom/<table>/merge/<name>", "POST /custom/<table>/merge/<name>",
       "POST /custom/<table>/<int:pk>/<any(archive, restore, up, down, back):what>",
       late=True)  # fmt: skip
def own_fields(world: World, actor: Actor) -> None:
    """Fields and lists of choices are shaped by administrators alone; their pages hold no record. The planted ones stay as they are."""
    may = "admin" in actor.roles or actor.everywhere
    for url in ("/custom/", "/custom/customer", "/custom/customer/add", "/custom/customer/999999", "/custom/customer/choices/level",
                "/custom/customer/merge/level?old=vip&new=ordinary"):
        answer = world.ask(actor, url)
        world.check(actor, may or denied(answer), f"answers {answer.status_code}", url)
    for url in ("add", "999999", "choices/level", "merge/level", *(f"999999/{do}" for do in ("archive", "restore", "up", "down", "back"))):
        if may and "999999" not in url:
            continue
        address, sent = f"/custom/customer/{url}", {"label": "x", "kind": "text", "group": "basic", "entry": "1"}
        answer = world.ask(actor, address, "POST", data=sent)
        world.check(actor, denied(answer) or (may and answer.status_code == 404), f"answers {answer.status_code}", address)
