"""Asking: filters, order, search, lookups and charts tell nothing about a cell that one may not read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from app.engine.clock import local
from app.engine.fields import Secret
from app.engine.query import operators
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reading import best
from app.prove.reference import MASKED, READ, Row
from app.prove.sample import Offer, few_rows, offers, pick, some_fields
from app.prove.world import World, denied

SIZE = "20"  # planted rows are the newest, and so the first
PART = 4  # digits by which a phone is looked for


def typed(value: Any) -> str:
    """A value as an address says it."""
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return "1" if value is True else "" if value is None else str(value)


def least(field: Any) -> int:
    """From which level a field may be asked about: a sealed number may be looked for by whoever sees its mask."""
    return MASKED if isinstance(field, Secret) else READ


def sample(world: World, model: Any, n: int) -> Row | None:
    """One planted row of the home tenant, another one each time."""
    rows = [r for (m, slot), r in world.rows.items() if m is model and slot not in ("empty", "foreign")]
    return rows[n % len(rows)] if rows else None


@probe("filter", "GET /api/v1/<T>/")
def filters(world: World, actor: Actor) -> None:
    """By the canary itself, and by one more operator; each operator meets each field with some actor."""
    turn = list(world.actors).index(actor.name)
    for n, (model, name) in enumerate(some_fields(world, actor)):
        field, row = world.fields(actor, model)[name], sample(world, model, n + turn)
        several = operators(field.kind(model, name))
        asked = ["eq" if "eq" in several else several[0]]
        if several[1:] and (n + turn) % 2 and world.hidden(actor, model, name) == "somewhere":
            asked.append(several[1:][(n + turn) % len(several[1:])])  # where all is hidden, or nothing, no operator makes a difference
        value = str(pk) if row and (pk := linked(world, row, name)) else typed(world.values[row].get(name)) if row else ""
        for operator in asked if value else ["empty"]:  # an empty value asks for nothing
            sent = "1" if operator == "empty" else value
            pair(world, actor, model, name, operator, sent, row, "" if (n + turn) % 7 else "page")


def dark(world: World, actor: Actor, model: Any, name: str, least_: int) -> bool:
    """Whether the field is hidden from this person on some row that is there for him."""
    return world.span(actor, model)[name][0] < least_


def elsewhere(actor: Actor, row: Row, field: Any) -> bool:
    """Sealed numbers are hashed for each tenant: head office finds none of its franchises' by them."""
    return isinstance(field, Secret) and row.tenant != actor.tenant


def linked(world: World, row: Row, name: str) -> int | None:
    target = world.links.get((row, name))
    return target.id if target else None


def pair(
    world: World, actor: Actor, model: Any, name: str, operator: str, value: str, row: Row | None, way: str
) -> None:
    """One question: it is refused, or its answer holds only rows on which the cell may be read."""
    table, ask = model.__tablename__, {f"{name}.{operator}": value, "size": SIZE}
    url = f"/{table}/list" if way else f"/api/v1/{table}/"
    answer = world.ask(actor, url, ask=ask)
    field, where = world.fields(actor, model)[name], f"{url}?{name}.{operator}={value}"
    if best(world, actor, model, name) < least(field):
        world.check(actor, denied(answer), f"{model.__name__} {name}: a hidden field is compared ({answer.status_code})", where)
        return
    if answer.status_code != 200:
        world.check(actor, answer.status_code in (400, 403), f"{model.__name__} {name}: answers {answer.status_code}", where)
        return
    if way:
        world.report.count(world.channel, actor.name)
        return
    body = answer.get_json()
    ids = {r["id"] for r in body["result"]}
    known = world.everything[model]
    told = [known[pk] for pk in ids if pk in known and world.level(actor, known[pk], name) < least(field)]
    world.check(actor, not told, f"{[world.slot(r) for r in told][:3]} found by {name}, which is hidden there", where)
    if body["next"] is None:
        world.check(actor, body["count"] == len(ids), f"{model.__name__}: counts {body['count']} for {len(ids)} rows", where)
    if row is not None and operator in ("eq", "ct", "in") and world.level(actor, row, name) >= least(field):
        target = world.links.get((row, name))
        lost = (target is not None and not world.visible(actor, target)) or elsewhere(actor, row, field)
        world.check(actor, row.id in ids or lost, f"{world.slot(row)} not found by its own {name}", where)


@probe("sort", "GET /api/v1/<T>/", "GET /<T>/list")
def sort(world: World, actor: Actor) -> None:
    """A field that is hidden somewhere orders nothing there: such rows stand last, by number."""
    chosen = some_fields(world, actor)
    for model in world.models:
        if not world.opened(actor, model):
            continue
        for n, name in enumerate(name for known, name in chosen if known is model):
            url, shut = f"/api/v1/{model.__tablename__}/", best(world, actor, model, name) < READ
            if (shut and n % 3) or not (shut or dark(world, actor, model, name, READ)):
                continue  # nothing is hidden from this person; where all is, a few are enough
            answer = world.ask(actor, url, ask={"sort": name, "size": "1" if shut else "200"})
            where = f"{url}?sort={name}"
            if shut:
                hidden = f"{model.__name__} {name}: a hidden field gives the order ({answer.status_code})"
                world.check(actor, denied(answer), hidden, where)
                if not n % 2:
                    page = world.ask(actor, f"/{model.__tablename__}/list", ask={"sort": f"-{name}"})
                    world.check(actor, denied(page), hidden, f"/{model.__tablename__}/list?sort=-{name}")
            elif answer.status_code == 200:
                ids = [r["id"] for r in answer.get_json()["result"]]
                known = world.everything[model]
                last = [pk for pk in ids if pk in known and world.level(actor, known[pk], name) < READ]
                world.check(actor, last == sorted(last), f"{model.__name__} {name}: rows where it is hidden stand in its order", where)


def words(world: World, row: Row) -> list[tuple[str, str]]:
    """By what a row may be searched: (field, text); sealed numbers also by their end."""
    found = []
    for name in row.model.__search__:
        if text := typed(world.values[row].get(name)):
            found.append((name, text))
            if isinstance(world.reference.fields[row.tenant, row.model][name], Secret):
                found.append((name, text[-PART:]))
    return found


@probe("search", "GET /<T>/list", "GET /api/v1/<T>/", "GET /search")
def search(world: World, actor: Actor) -> None:
    """The search box of a list, of the interface, and of the whole house."""
    for n, (row, text, may) in enumerate(pick(world, actor, "words")):
        table, way = row.model.__tablename__, (n + len(actor.name)) % 6
        found(world, actor, row, f"/api/v1/{table}/", {"q": text, "size": SIZE}, may=may)
        if row.model in world.views and way % 2:
            found(world, actor, row, "/search", {"q": text}, may=may, headers={} if way == 1 else {"Accept": "application/json"})
        elif not way:
            found(world, actor, row, f"/{table}/list", {"q": text, "size": SIZE}, may=may)


@offers("words")
def every_word(world: World, actor: Actor) -> Iterable[Offer]:
    """By what each row may be looked for: one that is hidden and one that is not, of each field; one in each relation to the row."""
    for row in world.rows.values():
        for m, (name, text) in enumerate(words(world, row)):
            field, opened = world.fields(actor, row.model).get(name), world.opened(actor, row.model)
            level = world.level(actor, row, name)
            may = field is not None and level >= least(field) and opened and not elsewhere(actor, row, field)
            own = [(row.model, may, opened)] + ([(world.relation(actor, row), may)] if opened else [])
            yield (row, text, may), tuple(own), ((row.model, name, m, level),) if opened else ()


def found(world: World, actor: Actor, row: Row, url: str, ask: dict[str, str], *, may: bool, **more: Any) -> None:
    answer = world.ask(actor, url, ask=ask, **more)
    table, body = row.model.__tablename__, answer.get_data(as_text=True)
    if answer.is_json and url.startswith("/api/"):
        there = row.id in {r["id"] for r in (answer.get_json() or {}).get("result", [])}
    else:
        there = f'"/{table}/show/{row.id}"' in body
    word = "found by what is hidden" if there else "not found by what may be read"
    world.check(actor, there == may, f"{world.slot(row)} {word}", f"{url}?q={ask['q']}")


@probe("lookup", "GET /<T>/lookup")
def lookup(world: World, actor: Actor) -> None:
    """The matches for an input: rows one sees, called by what one may read."""
    some = few_rows(world, actor)
    for model in world.models:
        url = f"/{model.__tablename__}/lookup"
        answer = world.ask(actor, url)
        opened = world.opened(actor, model)
        world.check(actor, (answer.status_code == 200) == opened, f"{model.__name__} answers {answer.status_code}", url)
        rows(world, actor, model, answer, url)
        for row in [r for r in some if r.model is model]:
            if known := [w for w in words(world, row) if len(w[1]) > PART][:1]:
                name, text = known[0]
                answer = world.ask(actor, url, ask={"q": text})
                ids = rows(world, actor, model, answer, f"{url}?q={text}")
                field = world.reference.fields[row.tenant, model][name]
                may = opened and world.level(actor, row, name) >= least(field) and not elsewhere(actor, row, field)
                word = "found" if row.id in ids else "not found"
                world.check(actor, (row.id in ids) == may, f"{world.slot(row)} {word}", f"{url}?q={text}")


def rows(world: World, actor: Actor, model: Any, answer: Any, where: str) -> set[int]:
    if answer.status_code != 200:
        return set()
    ids = {r["id"] for r in answer.get_json()}
    known = world.everything[model]
    lost = [pk for pk in ids if pk in known and not world.visible(actor, known[pk])]
    world.check(actor, not lost, f"{model.__name__}: {len(lost)} rows that are not there for this person", where)
    return ids


@probe("chart", "GET /<T>/chart/<int:index>")
def charts(world: World, actor: Actor) -> None:
    for model, view in world.views.items():
        for n, chart in enumerate(view.charts):
            url = f"/{model.__tablename__}/chart/{n}"
            answer = world.ask(actor, url)
            hidden = [name for name in chart.names if best(world, actor, model, name) < READ]
            if hidden:
                world.check(actor, denied(answer), f"{model.__name__}: a chart of {hidden} ({answer.status_code})", url)
            else:
                total(world, actor, model, chart, answer, url)


def total(world: World, actor: Actor, model: Any, chart: Any, answer: Any, url: str) -> None:
    """A count adds up to the rows one sees, and no bar stands for rows on which its field is hidden."""
    if not world.check(actor, answer.status_code == 200, f"{model.__name__}: a chart answers {answer.status_code}", url) or chart.measure:
        return
    bars = answer.get_json()["rows"]
    seen = [r for r in world.everything[model].values() if world.visible(actor, r)]
    lit = sum(world.level(actor, r, chart.field) >= READ for r in seen)
    told = sum(b["value"] for b in bars if b["key"] is not None)
    world.check(actor, told <= lit, f"{model.__name__}: bars of {told:g} rows where {chart.field} is known of {lit}", url)
