"""Writing: by page and by interface a cell changes only where the reference says so, whatever is sent."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from app.engine.fields import Link
from app.engine.verbs import VERBS
from app.prove.asking import typed
from app.prove.canary import ROW, ROWS, tokens
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import OTHER
from app.prove.reading import best
from app.prove.reference import FILL, READ, Row
from app.prove.sample import Offer, few_rows, offers, pick, some_cells, some_inputs
from app.prove.world import World, denied

LATER = 2000  # months over which written days are spread
RULES = (400, 409, 422)  # a rule of the record, and no right, was against it
STRANGE = {"tenant_id": OTHER, "owner_id": 1, "id": 1, "extra": {"x_1": "1"}, "created_by": 1}


def two(world: World, actor: Actor, model: Any, name: str) -> list[Row]:
    """The row on which the actor may do most with a field, and one on which he may do least."""
    ranked = sorted(world.planted(model), key=lambda r: (world.level(actor, r, name), r.tenant == actor.tenant, r.id))
    return [ranked[-1], ranked[0]] if len(ranked) > 1 else ranked


def value(world: World, row: Row, name: str, before: Any) -> str:
    """Something the field could hold and does not hold yet; empty where it is tried to empty it."""
    field = world.reference.fields[row.tenant, row.model][name]
    if isinstance(field, Link):
        others = [r.id for r in world.planted(field.target(row.model, name)) if r.tenant == row.tenant and r.id != before]
        return str(others[0]) if others else ""
    if name == "state" and row.model.__flow__:
        return str(next(s for s in row.model.__flow__.states if s != before))
    if field.choices:
        return str(next(c for c in field.choices if c not in (before if isinstance(before, list) else [before])))
    kind = field.kind(row.model, name)
    return "01"[not before] if kind == "flag" else typed(world.nest.value(kind, ROWS * ROW + world.nest.given % LATER))


@probe("write by page", "POST /<T>/edit/<int:pk>", late=True)
def by_page(world: World, actor: Actor) -> None:
    each(world, actor, 0)


@probe("write by api", "PUT /api/v1/<T>/<int:pk>", late=True)
def by_api(world: World, actor: Actor) -> None:
    each(world, actor, 1)
    turn, strange = list(world.actors).index(actor.name), list(STRANGE.items())
    for n, row in enumerate([r for r in world.rows.values() if r.tenant == actor.tenant][turn % 5 :: 5]):
        name, sent = strange[(n + turn) % len(strange)]
        url = f"/api/v1/{row.model.__tablename__}/{row.id}"
        answer = world.ask(actor, url, "PUT", json={name: sent})
        world.check(actor, answer.status_code >= 400, f"{world.slot(row)}: takes {name}", url)


def each(world: World, actor: Actor, way: int) -> None:
    """Each field at each level is somebody's to try, and everybody tries each level in each relation to a row."""
    for row, name in some_cells(world, actor):
        attempt(world, actor, row, name, way)


def attempt(world: World, actor: Actor, row: Row, name: str, way: int) -> None:
    before = world.now(row, name)
    settable = world.reference.settable(actor, row, name, before)
    clearing = world.level(actor, row, name) == FILL and before not in (None, "", []) and row.id % 2
    sent = "" if clearing else value(world, row, name, before)
    table = row.model.__tablename__
    if way:
        url = f"/api/v1/{table}/{row.id}"
        answer = world.ask(actor, url, "PUT", json={name: sent or None})
    else:
        url = f"/{table}/edit/{row.id}"
        answer = world.ask(actor, url, "POST", data={name: sent, "version": ""})
    changed, where = world.now(row, name) != before, f"{url} {name}={sent}"
    if name == "given":
        world.reference.given[row.model, row.id] = world.now(row, name)
        world.forget()
    if changed:  # whoever handles a complaint owns it: the row may be another one's now
        world.owned_anew(row)
    if settable:
        good = changed or answer.status_code in RULES or not sent
        world.check(actor, good, f"{world.slot(row)} {name} may be set, and answers {answer.status_code}", where)
    else:
        world.check(actor, not changed, f"{world.slot(row)} {name} was changed", where)


@probe("add", "POST /<T>/add", "POST /api/v1/<T>/", late=True)
def add(world: World, actor: Actor) -> None:
    """Nothing is added without the right, nor with a cell that is not one's own to fill."""
    for n, model in enumerate(world.models):
        able = world.able(actor, model, "can:add")
        closed = [f for f in world.fields(actor, model) if best(world, actor, model, f) < FILL]
        if able and not closed:
            continue
        name = closed[0] if closed else next(iter(world.fields(actor, model)))
        whole = {f: value(world, r, f, None) for r in world.planted(model)[:1] for f in world.reference.fields[r.tenant, model]}
        body = {name: "1"} if able else whole
        before = world.count(model, actor.tenant)
        url = f"/{model.__tablename__}/add" if n % 2 else f"/api/v1/{model.__tablename__}/"
        answer = world.ask(actor, url, "POST", data=body) if n % 2 else world.ask(actor, url, "POST", json=body)
        world.check(actor, answer.status_code != 201, f"{model.__name__}: added with {name}", url)
        world.check(actor, world.count(model, actor.tenant) == before, f"{model.__name__}: a row more", url)


@probe("delete", "POST /<T>/delete/<int:pk>", "DELETE /api/v1/<T>/<int:pk>", late=True)
def delete(world: World, actor: Actor) -> None:
    """What one may delete stays: here only the refusals are of interest."""
    for n, row in enumerate(few_rows(world, actor)):
        if world.reference.may(actor, row, "can:delete") and row.tenant == actor.tenant:
            continue
        table = row.model.__tablename__
        answer = (
            world.ask(actor, f"/{table}/delete/{row.id}", "POST") if n % 2 else world.ask(actor, f"/api/v1/{table}/{row.id}", "DELETE")
        )
        world.check(actor, not world.gone(row), f"{world.slot(row)} was deleted ({answer.status_code})", f"/{table}/{row.id}")


@probe("step", "POST /<T>/step/<int:pk>/<name>", "POST /api/v1/<T>/<int:pk>/<step>", late=True)
def step(world: World, actor: Actor) -> None:
    """A step, or a deed, is refused to whoever does not hold it on this row; the state stays."""
    for n, (row, name, action) in enumerate(pick(world, actor, "steps")):
        if world.reference.may(actor, row, action) and row.tenant == actor.tenant:
            continue
        table, flow = row.model.__tablename__, row.model.__flow__
        before, page = (world.now(row, "state") if flow else None), n % 2
        url = f"/{table}/step/{row.id}/{name}" if page else f"/api/v1/{table}/{row.id}/{name}"
        answer = world.ask(actor, url, "POST", **({"data": {"reason": "x"}} if page else {"json": {"reason": "x"}}))
        refused = denied(answer) or answer.status_code == 404
        world.check(actor, refused, f"{world.slot(row)}: {name} answers {answer.status_code}", url)
        if flow:
            world.check(actor, world.now(row, "state") == before, f"{world.slot(row)}: {name} moved it", url)


@offers("steps")
def every_step(world: World, actor: Actor) -> Iterable[Offer]:
    """The steps and deeds that are not the actor's: each on some row, and one in each relation to him."""
    for row in world.rows.values():
        flow, deeds = row.model.__flow__, {v.name: v.needs for v in VERBS.get(row.model, {}).values()}
        for name, action in ({s: f"step:{s}" for s in (flow.steps if flow else ())} | deeds).items():
            if not world.reference.may(actor, row, action) or row.tenant != actor.tenant:
                own = (row.model, name, world.visible(actor, row)), (row.model, world.relation(actor, row))
                yield (row, name, action), own, ((row, name),)


@probe("import", "GET /<T>/import", "POST /<T>/import", "GET /<T>/import/template.xlsx", late=True)
def imports(world: World, actor: Actor) -> None:
    """A trial tells nothing: a hidden row's name and a name that nobody has are refused in the same words."""
    chosen, turn = some_inputs(world, actor), list(world.actors).index(actor.name)
    for k, model in enumerate(world.models):
        url = f"/{model.__tablename__}/import"
        able = world.able(actor, model, "can:import") and world.able(actor, model, "can:add")
        for address in [(url, f"{url}/template.xlsx")[(k + turn) % 2]]:
            answer = world.ask(actor, address)
            may = able or (address != url and world.able(actor, model, "can:import"))
            world.check(actor, (answer.status_code == 200) == may, f"{model.__name__} answers {answer.status_code}", address)
        for n, (name, field) in enumerate(world.fields(actor, model).items()):
            if able and (model, name) in chosen:
                before = world.count(model, actor.tenant)
                answer = trial(world, actor, url, name, "canary")
                refused = best(world, actor, model, name) >= FILL or answer.status_code == 422
                world.check(actor, refused, f"{model.__name__} {name} is taken", url)
                world.check(actor, world.count(model, actor.tenant) == before, f"{model.__name__}: a trial wrote", url)
            if able and isinstance(field, Link) and (n + turn) % 2:
                same(world, actor, url, name, field.target(model, name))
        if not able:
            world.check(actor, denied(trial(world, actor, url, "name", "x")), f"{model.__name__}: tried without the right", url)


def trial(world: World, actor: Actor, url: str, name: str, word: str) -> Any:
    data = {"file": (io.BytesIO(f"{name}\n{word}\n".encode()), "prove.csv")}
    return world.ask(actor, url, "POST", data=data, headers={"Accept": "text/html"}, allow=tokens(word), trial=True)


def same(world: World, actor: Actor, url: str, name: str, target: Any) -> None:
    for row in world.planted(target):
        called = [(n, typed(world.values[row].get(n))) for n in target.__search__ if not world.bar(actor, row, n)]
        for n, word in [(n, w) for n, w in called if w.startswith("canary") and world.level(actor, row, n) < READ][:1]:
            one, other = (trial(world, actor, url, name, w).get_data(as_text=True).replace(w, "") for w in (word, "canarynone"))
            world.check(actor, bare(one) == bare(other), f"{world.slot(row)} {n}: its name is answered otherwise than no name", url)


def bare(text: str) -> list[str]:
    """A page without what differs each time: its token, and the number of the trial."""
    return [re.sub(r"/import/\d+", "", line) for line in text.splitlines() if "token" not in line]
