"""The pages made by hand: board, call, home, figures, users, rights, and the pages behind signed links."""

from __future__ import annotations

from typing import Any

from app.engine.record import record_named
from app.extensions import db
from app.prove.asking import typed
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reference import READ
from app.prove.world import World, denied
from app.views.dashboard import CHARTS
from app.web.links import link_to

exempt("it tells whether the machines work, and nothing of people", "GET /health")
exempt("before anybody is known: tests/test_users.py tries it", "GET /login/", "POST /login/", "POST /api/v1/security/login",
       "POST /api/v1/security/refresh", "GET /setup", "POST /setup")  # fmt: skip
exempt("one's own password, session, language and way of reading", "POST /logout/", "GET /account/password", "POST /account/password",
       "POST /lang", "POST /prefs", "POST /bell/read")  # fmt: skip
# What a link shows, to whoever has it: said here once more, apart from the pages.
SHOWN = {
    "carer": {"Visit": "number starts_at ends_at report reason accepted_at set_out_at checked_in_at finished_at", "Worker": "name",
              "Order": "number district address door special", "Service": "name name_en",
              "Customer": "name phone habits diet district address door", "CustomerAddress": "way_in"},
    "customer": {"Order": "number starts_at ends_at created_at", "Service": "name name_en", "Worker": "name grade rating",
                 "Visit": "starts_at accepted_at set_out_at checked_in_at finished_at", "Receivable": "amount arrears",
                 "Store": "name phone"},
}  # fmt: skip


@probe("home and figures", "GET /", "GET /more/", "GET /dashboard/", "GET /dashboard/chart/<int:index>", reads=True)
def home(world: World, actor: Actor) -> None:
    for url in ("/", "/more/", "/dashboard/", *(f"/dashboard/chart/{n}" for n in range(len(CHARTS)))):
        answer = world.ask(actor, url)
        world.check(actor, bool(actor.id) or denied(answer), f"answers {answer.status_code}", url)


@probe("board", "GET /board/", "GET /board/waiting", "GET /board/plan", "GET /board/candidates/<int:pk>", "POST /board/assign")
def board(world: World, actor: Actor) -> None:
    """Only for those who assign, and only their own rows."""
    orders, visits = world.planted(record_named("order")), world.planted(record_named("visit"))
    able = world.able(actor, record_named("order"), "can:assign")
    days = [typed(world.values[v]["starts_at"]) for v in visits]
    urls = ["/board/", "/board/waiting", *(f"/board/?order={o.id}" for o in orders), *(f"/board/plan?day={d}" for d in days)]
    for url in urls:
        answer = world.ask(actor, url)
        world.check(actor, able or denied(answer), f"answers {answer.status_code}", url)
    worker = next(iter(world.planted(record_named("worker"))))
    for order in orders:
        answer = world.ask(actor, f"/board/candidates/{order.id}")
        seen = able and world.visible(actor, order)
        world.check(actor, (answer.status_code == 200) == seen, f"{world.slot(order)} answers {answer.status_code}", "/board/candidates")
        if not (world.reference.may(actor, order, "can:assign") and order.tenant == actor.tenant):
            before = world.count(record_named("visit"), order.tenant)
            world.ask(actor, "/board/assign", "POST", data={"order": str(order.id), "worker": str(worker.id)})
            sent = world.count(record_named("visit"), order.tenant) != before
            world.check(actor, not sent, f"{world.slot(order)}: a carer was sent", "/board/assign")


@probe("call", "GET /call/", "GET /call/find", "GET /call/price", "POST /call/")
def call(world: World, actor: Actor) -> None:
    """Whom a number belongs to, and what a service costs."""
    able = world.able(actor, record_named("order"), "can:add")
    for row in world.planted(record_named("customer")):
        for url in (f"/call/?customer={row.id}", f"/call/find?phone={world.values[row].get('phone') or ''}"):
            answer = world.ask(actor, url)
            world.check(actor, able or denied(answer), f"answers {answer.status_code}", url)
            named = f"/customer/show/{row.id}" in answer.get_data(as_text=True) and "find" in url
            world.check(actor, not named or world.visible(actor, row), f"{world.slot(row)} is named", url)
    for row in world.planted(record_named("service")):
        answer = world.ask(actor, f"/call/price?service={row.id}&quantity=1&starts_at=")
        told = answer.status_code == 200 and (answer.get_json() or {}).get("total")
        world.check(actor, not told or world.level(actor, row, "price") >= READ, f"{world.slot(row)}: its price is told", "/call/price")
    if not able:
        world.check(actor, denied(world.ask(actor, "/call/", "POST", data={"phone": "1"})), "takes an order", "/call/")


@probe("users and rights", "GET /users/", "GET /users/add", "POST /users/add", "GET /users/edit/<int:pk>",
       "POST /users/edit/<int:pk>", "POST /users/password/<int:pk>", "POST /users/deactivate/<int:pk>", "POST /users/activate/<int:pk>",
       "GET /rights/", "POST /rights/")  # fmt: skip
def users(world: World, actor: Actor) -> None:
    """People and rights are the administrators', of their own tenant only."""
    admin = "admin" in actor.roles
    for url, may in (("/users/", admin), ("/users/add", admin), ("/rights/", admin or actor.everywhere)):
        answer = world.ask(actor, url)
        world.check(actor, (answer.status_code == 200) == may, f"answers {answer.status_code}", url)
    turn = list(world.actors).index(actor.name)
    for n, row in enumerate(world.planted(record_named("staff"))):
        url, mine = f"/users/edit/{row.id}", admin and row.tenant == actor.tenant
        world.check(actor, (world.ask(actor, url).status_code == 200) == mine, f"{world.slot(row)} opens", url)
        if not mine:  # another deed for each row and each person
            for what in ("edit", "password", "deactivate", "activate")[(n + turn) % 4 :][:1]:
                answer = world.ask(actor, f"/users/{what}/{row.id}", "POST", data={"name": "x", "roles": "admin"})
                refused = denied(answer) or answer.status_code == 404
                world.check(actor, refused, f"{world.slot(row)}: {what} answers {answer.status_code}", f"/users/{what}")
    if not admin:
        refused = denied(world.ask(actor, "/users/add", "POST", data={"name": "x", "username": "x", "roles": "admin"}))
        world.check(actor, refused, "adds a user", "/users/add")
    if not (admin or actor.everywhere):
        refused = denied(world.ask(actor, "/rights/", "POST", data={"model": "order", "cell:agent:finance": "4"}))
        world.check(actor, refused, "changes rights", "/rights/")


@probe("signed links", "GET /w/<token>", "POST /w/<token>/<any(accept, set_out, check_in, begin, finish, decline):step>",
       "GET /c/<token>", "GET /c/<token>/part", "GET /c/<token>/state",
       "GET /c/<token>/live")  # fmt: skip
def links(world: World, actor: Actor) -> None:
    """What the link of one visit or order shows, and that it opens nothing else. Without a login, and once."""
    if actor.id:
        return
    for purpose, table, urls in (("carer", "visit", ("",)), ("customer", "order", ("", "/part", "/state"))):
        for row in world.planted(record_named(table)):
            with program(row.tenant):
                address = link_to(purpose, db.session.get(row.model, row.id))
            allowed = chain(world, row, purpose)
            for url in urls:
                answer = world.ask(actor, address + url, allow=allowed)
                world.check(actor, answer.status_code == 200, f"{world.slot(row)} answers {answer.status_code}", purpose)
            token = address.rsplit("/", 1)[-1]
            for other in (f"/{'c' if purpose == 'carer' else 'w'}/{token}", f"{address}x", address[:-1]):
                answer = world.ask(actor, other)
                world.check(actor, answer.status_code == 404, f"{world.slot(row)}: a wrong link opens", other)
            if purpose == "carer":
                answer = world.ask(actor, f"{address}/finish", "POST", allow=allowed)
                world.check(actor, world.now(row, "state") != "finished", f"{world.slot(row)}: finished before it began", purpose)
            else:
                answer = world.clients[actor.name].send("GET", f"{address}/live", buffered=False)
                world.visited.add("GET /c/<token>/live")
                world.judge(actor, next(iter(answer.response), b"").decode(), "live", set())
                answer.close()


def chain(world: World, row: Any, purpose: str) -> set[str]:
    """The signs of what a link may show: rows of the same slot, and their fields by name."""
    slot = next(s for (_m, s), r in world.rows.items() if r is row)
    found: set[str] = set()
    for (model, other), there in world.rows.items():
        shop = model.__name__ == "Store" and there.id == row.store
        if other == slot or shop:
            for name in SHOWN[purpose].get(model.__name__, "").split():
                found |= world.signs(there, name)
    return found


