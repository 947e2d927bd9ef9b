"""The ways to look at a list: a board, a calendar, a pivot, a chart, a map. None tells of rows or cells that the list would not."""

from __future__ import annotations

from app.engine.fields import Link
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reading import best, status
from app.prove.reference import FILL, READ
from app.prove.sample import few_rows, some_fields
from app.prove.world import World, denied

WAYS = ("board", "calendar", "pivot", "map", "chart")


@probe("ways of a list", "GET /<T>/list", "GET /<T>/cards", "GET /<T>/points", reads=True)
def ways(world: World, actor: Actor) -> None:
    """The judge reads each; cards and points are rows that one sees, and a point stands only where the place may be read."""
    turn = list(world.actors).index(actor.name)
    for k, model in enumerate(world.views):
        table = model.__tablename__
        way = WAYS[(k + turn) % len(WAYS)]
        status(world, actor, model, world.ask(actor, f"/{table}/list", ask={"as": way}), f"/{table}/list?as={way}")
        url = f"/{table}/{('cards', 'points')[(k + turn) // len(WAYS) % 2]}"
        answer = world.ask(actor, url)
        world.check(actor, answer.status_code != 200 or world.opened(actor, model), f"{model.__name__} answers {answer.status_code}", url)
        if answer.status_code == 200 and url.endswith("points"):
            for point in answer.get_json()["points"]:
                row = world.everything[model].get(point["id"])
                if row is None or not world.visible(actor, row):
                    world.check(actor, False, f"{model.__name__} {point['id']}: a point nobody gave", url)  # noqa: FBT003
                elif "lat" in world.fields(actor, model):
                    world.check(actor, world.level(actor, row, "lat") >= READ, f"{world.slot(row)}: its place is told", url)


@probe("pivot", "GET /api/v1/<T>/pivot", reads=True)
def pivot(world: World, actor: Actor) -> None:
    """Numbers by a field stand for the rows on which it may be read; one hidden everywhere is refused, as a measure too."""
    for n, (model, name) in enumerate(some_fields(world, actor)):
        field = world.fields(actor, model)[name]
        kind = field.kind(model, name)
        by = f"{name}:day" if kind in ("day", "moment") else name
        url, shut = f"/api/v1/{model.__tablename__}/pivot", best(world, actor, model, name) < READ
        ask = {"rows": by} if n % 3 or kind not in ("money", "number", "whole") else {"measure": name}
        answer = world.ask(actor, url, ask=ask)
        if not world.opened(actor, model) or shut:
            world.check(actor, denied(answer) or answer.status_code == 404, f"{model.__name__} {ask} answers {answer.status_code}", url)
        elif answer.status_code == 200 and "rows" in ask:
            told = sum(c["count"] for c in answer.get_json()["result"])
            lit = sum(world.visible(actor, r) and world.level(actor, r, name) >= READ for r in world.everything[model].values())
            good = told == lit or isinstance(field, Link) or not world.whole(actor)
            world.check(actor, good, f"{model.__name__}: {told} rows by {name}, which is known of {lit}", url)


@probe("pivot as a file", "GET /<T>/pivot.xlsx", "GET /<T>/pivot.csv")
def files(world: World, actor: Actor) -> None:
    """A file of numbers is for whoever may export."""
    turn = list(world.actors).index(actor.name)
    for k, model in enumerate(world.models):
        url = f"/{model.__tablename__}/pivot.{('csv', 'xlsx')[(k + turn) % 2]}"
        answer = world.ask(actor, url)
        able = world.opened(actor, model) and world.able(actor, model, "can:export")
        world.check(actor, answer.status_code != 200 or able, f"{model.__name__} answers {answer.status_code}", url)


@probe("moves", "POST /<T>/move/<int:pk>", late=True)
def moves(world: World, actor: Actor) -> None:
    """No card goes where its person may set nothing, and no entry to another day."""
    for n, row in enumerate(few_rows(world, actor)):
        table, fields = row.model.__tablename__, world.fields(actor, row.model)
        shown = [name for name in fields if fields[name].kind(row.model, name) in ("choice", "day", "moment")]
        shut = [name for name in shown if not world.visible(actor, row) or world.level(actor, row, name) < FILL]
        if not shut:
            continue
        name = shut[n % len(shut)]
        day = fields[name].kind(row.model, name) in ("day", "moment")
        url = f"/{table}/move/{row.id}?as={'calendar' if day else 'board'}&by={name}"
        # Who may not even compare the field gets a board by another one; then nothing is moved by a value that it does not know.
        to = "2031-01-01" if day else "no such column"
        answer = world.ask(actor, url, "POST", data={"to": to, "version": "1"})
        gone = denied(answer) or answer.status_code in (400, 404, 409, 422)
        world.check(actor, gone, f"{world.slot(row)} {name} is moved: {answer.status_code}", url)
