"""Reminders and customers in numbers: nobody is reminded of what they may not read, and nobody ends another one's reminder."""

from __future__ import annotations

from sqlalchemy import select

from app.engine.clock import today
from app.engine.remind import run
from app.engine.reminders import Reminder
from app.extensions import db
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.sample import few_rows
from app.prove.world import World, denied

exempt("rules of one's own company, for administrators: see tests/test_reminders.py", "POST /reminders/rules/<int:pk>")
made: set[int] = set()


@probe("reminders", "GET /reminders/", "GET /reminders/rules/", "POST /reminders/<int:pk>/<any(done, open):what>",
       "POST /reminders/<int:pk>/move", "POST /reminders/<int:pk>/back", "POST /reminders/rules/add",
       "POST /reminders/rules/<int:pk>/delete", late=True)  # fmt: skip
def reminders(world: World, actor: Actor) -> None:
    """What is told stands in records that one sees; deeds are for whom they are told."""
    if actor.tenant not in made:
        made.add(actor.tenant)
        with program(actor.tenant):
            run(db.session, all_of_them=True)
            db.session.commit()
    world.ask(actor, "/reminders/")
    answer = world.ask(actor, "/reminders/", headers={"Accept": "application/json"})
    told = {r["id"] for r in (answer.get_json(silent=True) or {}).get("result", [])}
    with program(actor.tenant):
        found = db.session.execute(select(Reminder.id, Reminder.for_id, Reminder.role).where(Reminder.tenant_id == actor.tenant)).all()
    for pk, for_id, role in found:
        mine = for_id == actor.id or role in actor.roles
        world.check(actor, pk not in told or mine, f"reminder {pk} is told", "/reminders/")
    other = next((pk for pk, for_id, role in found if for_id != actor.id and role not in actor.roles), 0)
    for deed in ("done", "open", "move", "back?was=1"):
        answer = world.ask(actor, f"/reminders/{other}/{deed}", "POST", data={"to": f"{today():%Y-12-31}"})
        world.check(actor, denied(answer) or answer.status_code in (400, 404), f"answers {answer.status_code}", f"/reminders/{deed}")
    above = {"admin", "head_office"} & set(actor.roles)
    answer = world.ask(actor, "/reminders/rules/")
    world.check(actor, bool(above) or denied(answer), f"answers {answer.status_code}", "/reminders/rules/")
    if not above:
        for url in ("/reminders/rules/add", "/reminders/rules/1/delete"):
            world.check(actor, denied(world.ask(actor, url, "POST", data={"days": "1"})), "changes a rule", url)


@probe("customers in numbers", "GET /customer_numbers/", "GET /customer_numbers/served", "GET /customer_numbers/cohort", reads=True)
def numbers(world: World, actor: Actor) -> None:
    """Names behind the numbers are those of customers that one sees: the judge knows every other one."""
    first = today().replace(day=1)
    for url in ("?span=month", f"served?first={first}&last={today()}", f"cohort?first={first}&after=0"):
        answer = world.ask(actor, f"/customer_numbers/{url}")
        world.check(actor, answer.status_code == 200 or denied(answer), f"answers {answer.status_code}", url)


@probe("related rows", "GET /<T>/related/<int:pk>/<table>/<name>", reads=True)
def related(world: World, actor: Actor) -> None:
    """The tabs of a record that are fetched later: for whoever sees the record, and of the rows that he sees."""
    for row in few_rows(world, actor):
        view = world.views.get(row.model)
        for table, name in getattr(view, "later", ()):
            url = f"/{row.model.__tablename__}/related/{row.id}/{table}/{name}"
            answer = world.ask(actor, url)
            may = world.visible(actor, row) and world.opened(actor, row.model)
            world.check(actor, answer.status_code != 200 or may, f"{world.slot(row)} opens", url)
