"""Looking: list, page, form, workbook and interface show each cell as the reference has it, and no row too many."""

from __future__ import annotations

import re
from typing import Any

from app.engine.sheets import sheet_of
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reference import FILL, MASKED, NONE, READ
from app.prove.sample import few_rows, some_cells, some_rows
from app.prove.world import World, denied

INPUT = re.compile(r'name="(\w+)"')
ALL, PAGE = {"size": "200"}, {"size": "60", "sort": "-id"}  # planted rows are the newest, and so on the first page


@probe("list", "GET /<T>/list", "GET /<T>/", reads=True)
def lists(world: World, actor: Actor) -> None:
    for model, view in world.views.items():
        table = model.__tablename__
        answer = world.ask(actor, f"/{table}/list", ask=PAGE)
        if not status(world, actor, model, answer, f"/{table}/list"):
            continue
        text = answer.get_data(as_text=True)
        shown = {int(pk) for pk in re.findall(rf'row-link" href="/{table}/show/(\d+)"', text)}
        for row in world.planted(model):
            visible = world.visible(actor, row)
            world.check(actor, (row.id in shown) == visible, f"{world.slot(row)} {'missing' if visible else 'listed'}", f"/{table}/list")
            if visible:
                world.seen(actor, row, [n for n in view.columns if n in world.fields(actor, model)], text, f"/{table}/list")
        count(world, actor, answer, text, model)
    world.ask(actor, f"/{next(iter(world.views)).__tablename__}/")


@probe("list extras", "GET /<T>/rows", "GET /<T>/totals", "GET /<T>/columns", "GET /<T>/peek/<int:pk>", reads=True)
def extras(world: World, actor: Actor) -> None:
    """Rows of a group, sums, the panel of columns and the preview tell what the list and the page tell, and no more."""
    turn = list(world.actors).index(actor.name)
    for k, model in enumerate(world.models):
        table = model.__tablename__
        word = ("rows", "totals", "columns")[(k + turn) % 3]
        url = f"/{table}/{word}"
        answer = world.ask(actor, url, ask=PAGE)
        good = status(world, actor, model, answer, url) and word == "columns"
        named = {f["name"] for f in (answer.get_json() or {}).get("fields", [])} if good else set()
        for name in named & set(world.fields(actor, model)):
            world.check(actor, best(world, actor, model, name) > NONE, f"{model.__name__} {name}: a column nobody gave", url)
    for row in few_rows(world, actor):
        url = f"/{row.model.__tablename__}/peek/{row.id}"
        answer = world.ask(actor, url)
        there = world.visible(actor, row) and world.opened(actor, row.model)
        world.check(actor, (answer.status_code == 200) == there, f"{world.slot(row)} answers {answer.status_code}", url)


@probe("cell in place", "GET /<T>/cell/<int:pk>/<name>", "POST /<T>/cell/<int:pk>/<name>")
def in_place(world: World, actor: Actor) -> None:
    """An input for one cell is there for what may be set, and nothing else is set through it."""
    for n, (row, name) in enumerate(some_cells(world, actor)):
        url = f"/{row.model.__tablename__}/cell/{row.id}/{name}"
        settable = world.visible(actor, row) and world.level(actor, row, name) >= FILL
        if settable or n % 2:
            answer = world.ask(actor, url)
            world.check(actor, settable or answer.status_code != 200, f"{world.slot(row)} {name}: an input nobody gave", url)
        else:
            answer = world.ask(actor, url, "POST", data={name: "1", "version": "1"})
            world.check(actor, denied(answer) or answer.status_code in (400, 404, 409), f"{world.slot(row)} {name} is set", url)


def count(world: World, actor: Actor, answer: Any, text: str, model: Any) -> None:
    """The number above a list is that of the rows one may see."""
    mine = sum(world.visible(actor, r) for r in world.everything[model].values())
    found = re.search(r'<caption class="visually-hidden">[^<]*, ([\d,]+)</caption>', text)
    if found and world.whole(actor):
        told = int(found.group(1).replace(",", ""))
        world.check(actor, told == mine, f"{model.__name__}: counts {told} rows where {mine} are there for him", answer.request.path)


def status(world: World, actor: Actor, model: Any, answer: Any, where: str) -> bool:
    """A record type opens for whoever may read anything of it, and for nobody else."""
    opened = world.opened(actor, model)
    world.check(actor, (answer.status_code == 200) == opened, f"{model.__name__} answers {answer.status_code}", where)
    return bool(answer.status_code == 200)


@probe("show", "GET /<T>/show/<int:pk>", reads=True)
def show(world: World, actor: Actor) -> None:
    """A row's page with its related lists and its history."""
    for row in some_rows(world, actor):
        url = f"/{row.model.__tablename__}/show/{row.id}"
        answer = world.ask(actor, url)
        there = world.visible(actor, row) and world.opened(actor, row.model)
        word = "does not open" if there else "opens"
        if world.check(actor, (answer.status_code == 200) == there, f"{world.slot(row)} {word}: {answer.status_code}", url) and there:
            placed = {n for part in world.views[row.model].parts() for n in part.fields} if row.model in world.views else set()
            names = [n for n in world.fields(actor, row.model) if n in placed or n.startswith("x_")]
            world.seen(actor, row, names, answer.get_data(as_text=True), url)


@probe("form", "GET /<T>/edit/<int:pk>", "GET /<T>/add", reads=True)
def form(world: World, actor: Actor) -> None:
    """An input is there for what may be set, and for nothing else."""
    for model in world.models:
        url = f"/{model.__tablename__}/add"
        answer, able = world.ask(actor, url), world.able(actor, model, "can:add")
        world.check(actor, (answer.status_code == 200) == able, f"{model.__name__}: the form answers {answer.status_code}", url)
        if answer.status_code == 200:
            inputs = set(INPUT.findall(answer.get_data(as_text=True))) & set(world.fields(actor, model))
            for name in inputs:
                world.check(actor, best(world, actor, model, name) >= FILL, f"{model.__name__} {name}: an input nobody gave", url)
    for row in some_rows(world, actor):
        url = f"/{row.model.__tablename__}/edit/{row.id}"
        answer = world.ask(actor, url)
        there = world.visible(actor, row) and world.opened(actor, row.model)
        world.check(actor, there or denied(answer) or answer.status_code == 404, f"{world.slot(row)} opens: {answer.status_code}", url)
        if answer.status_code == 200:
            text = answer.get_data(as_text=True)
            for name in set(INPUT.findall(text)) & set(world.fields(actor, row.model)):
                settable = world.level(actor, row, name) >= FILL
                world.check(actor, settable, f"{world.slot(row)} {name}: an input nobody gave", url)
            world.seen(actor, row, [n for n in world.fields(actor, row.model) if world.expected(actor, row, n) < READ], text, url)


def best(world: World, actor: Actor, model: Any, name: str) -> int:
    """The best level any role or share gives, as for a row that is not there yet."""
    given = [world.reference.grants.get((actor.tenant, r, model.__name__), {}) for r in actor.roles]
    group = world.fields(actor, model)[name].group
    return max([*[g.get(name, g.get(group, NONE)) for g in given], world.best(actor, model, name)], default=NONE)


@probe("api list", "GET /api/v1/<T>/", reads=True)
def api_list(world: World, actor: Actor) -> None:
    for model in world.models:
        url = f"/api/v1/{model.__tablename__}/"
        answer = world.ask(actor, url, ask=ALL)
        if not status(world, actor, model, answer, url):
            continue
        body = answer.get_json()
        got = {r["id"]: r for r in body["result"]}
        mine = {r.id for r in world.everything[model].values() if world.visible(actor, r)}
        if body["next"] is None and world.whole(actor):
            world.check(actor, set(got) == mine, f"{model.__name__}: {len(set(got) ^ mine)} rows differ", url)
            world.check(actor, body["count"] == len(mine), f"{model.__name__}: counts {body['count']}, not {len(mine)}", url)
        for row in world.planted(model):
            if row.id in got:
                cells(world, actor, row, got[row.id], url)


@probe("api read", "GET /api/v1/<T>/<int:pk>", reads=True)
def api_read(world: World, actor: Actor) -> None:
    for row in some_rows(world, actor):
        url = f"/api/v1/{row.model.__tablename__}/{row.id}"
        answer = world.ask(actor, url)
        there = world.visible(actor, row) and world.opened(actor, row.model)
        good = world.check(actor, (answer.status_code == 200) == there, f"{world.slot(row)} answers {answer.status_code}", url)
        if good and there:
            cells(world, actor, row, answer.get_json()["result"], url)


def cells(world: World, actor: Actor, row: Any, got: dict[str, Any], url: str) -> None:
    """Each field is there or not, whole or masked."""
    for name in world.reference.fields[row.tenant, row.model]:
        level = world.expected(actor, row, name) if name in world.fields(actor, row.model) else NONE
        word = "given" if name in got else "missing"
        if not world.check(actor, (name in got) == (level > NONE), f"{world.slot(row)} {name} {word}", url):
            continue
        if level == MASKED:
            shown = "*" in str(got[name]) or got[name] in (None, "")
            world.check(actor, shown, f"{world.slot(row)} {name} is not masked", url)
    world.seen(actor, row, world.reference.fields[row.tenant, row.model], str(got), url)


@probe("export", "GET /<T>/export.xlsx")
def export(world: World, actor: Actor) -> None:
    for model in world.models:
        url = f"/{model.__tablename__}/export.xlsx"
        answer = world.ask(actor, url)
        able = world.opened(actor, model) and world.able(actor, model, "can:export")
        if not world.check(actor, (answer.status_code == 200) == able, f"{model.__name__} answers {answer.status_code}", url) or not able:
            continue
        heads, *lines = sheet(answer.data)
        text = str(lines)
        world.judge(actor, text, url, set())
        fields = world.fields(actor, model)
        hidden = {str(f.label) for n, f in fields.items() if best(world, actor, model, n) == NONE}
        hidden -= {str(f.label) for n, f in fields.items() if best(world, actor, model, n)}
        for label in set(heads) & hidden:
            world.check(actor, False, f"{model.__name__}: a column “{label}”", url)  # noqa: FBT003
        for row in world.planted(model):
            if world.reference.may(actor, row, "can:export"):
                world.seen(actor, row, fields, text, url)
            elif not world.visible(actor, row):
                world.seen(actor, row, [n for n in fields if world.expected(actor, row, n) < READ], text, url)


def sheet(data: bytes) -> list[list[str]]:
    try:
        return sheet_of("prove.xlsx", data)
    except Exception:  # noqa: BLE001  # a book without rows
        return [[]]


@probe("openapi", "GET /api/v1/openapi.json", reads=True)
def openapi(world: World, actor: Actor) -> None:
    """The description names a field only to whoever may see it on some row."""
    answer = world.ask(actor, "/api/v1/openapi.json")
    schemas = (answer.get_json() or {}).get("components", {}).get("schemas", {})
    for model in world.models:
        named = set(schemas.get(model.__name__, {}).get("properties", {})) - {"id", "version"}
        sent = set(schemas.get(f"{model.__name__}Sent", {}).get("properties", {})) - {"version"}
        for name in world.fields(actor, model):
            has = best(world, actor, model, name)
            world.check(actor, name not in named or has > NONE, f"{model.__name__} {name} is described", "/api/v1/openapi.json")
            world.check(actor, name not in sent or has >= FILL, f"{model.__name__} {name} is described as settable", "/api/v1/openapi.json")
