"""Reaches wider and narrower than a store: people who lead, stores below others, one city, and conditions that part the planted rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from app.engine.compare import matches
from app.engine.conditions import ALL, ANY, NONE, Group, Leaf, holds, write
from app.engine.fields import Link, Secret, fields_of
from app.engine.record import record_named
from app.engine.rules import Grant, Level, Scope
from app.extensions import db
from app.prove.canary import DAWN, ROW, ROWS, STEP

PEOPLE = {  # who acts with such a reach -> his roles, and the store he sits in
    "team": (["prove-team"], "mine"), "below": (["prove-below"], "colleague's"), "region": (["prove-region"], "colleague's"),
    "where": (["prove-where", "prove-rest"], "mine"), "tree": (["prove-tree"], "mine"), "caps": (["prove-caps"], "mine"),
}  # fmt: skip
NOTHING = int(Level.NONE)
PREFIX = len("canary01")  # of a text: not long enough to be a canary, so a refusal may name it


def settle(garden: Any, home: int) -> None:
    """The team's leader leads the agent, who leads the stranger; two stores hang below a third; two are in one city."""
    store, staff = record_named("store"), record_named("staff")
    for name, leader in (("agent", "team"), ("stranger", "agent")):
        db.session.get(staff, garden.actors[name].id).leader_id = garden.actors[leader].id
    shops = {slot: db.session.get(store, row.id) for (model, slot), row in garden.rows.items() if model is store and row.tenant == home}
    shops["empty"].parent_id, shops["elsewhere's"].parent_id = shops["colleague's"].id, shops["empty"].id
    shops["elsewhere's"].city = shops["colleague's"].city
    db.session.flush()


def give(garden: Any, models: list[Any], home: int) -> None:
    """One role for each reach; each kind of record has a condition of another kind."""
    for n, model in enumerate(models):
        rows = [db.session.get(model, r.id) for (m, _slot), r in garden.rows.items() if m is model and r.tenant == home]
        known = conditions(model, rows)
        one, two, three = (known[(n + k) % len(known)] for k in range(3))
        reaches = {"team": "team", "below": "below", "region": "region", "where": f"store?{two}&{three}" if n % 3 == 1 else f"all?{one}"}
        reaches |= {"tree": tree(model, rows, [leaf(c) for c in known], n), "caps": "all"}
        for word, reach in reaches.items():
            db.session.add(Scope(role=f"prove-{word}", model=model.__name__, reach=reach))
            given = dict.fromkeys(sorted({f.group for f in fields_of(model).values()}), int(Level.WRITE)) | {"can:export": 4}
            given |= caps(model, n) if word == "caps" else {}
            db.session.add_all(Grant(role=f"prove-{word}", model=model.__name__, target=t, level=v) for t, v in given.items())


def conditions(model: Any, rows: list[Any]) -> list[str]:
    """What holds for some of the rows and not for others: one condition of each kind that the record has a field for."""
    agent, stranger = (next(r.owner_id for r in rows), rows[-1].owner_id)
    others = sorted({r.owner_id for r in rows} - {agent})
    found = {"link": f"owner={agent}", "in": "owner.in=" + ",".join(map(str, others)), "ne": f"owner.ne={stranger}"}
    for name, field in fields_of(model).items():
        if isinstance(field, (Link, Secret)) or name == "created_at" or name in model.__computed__:
            continue
        values = sorted(v for r in rows if (v := field.read(r, name)) is not None and not isinstance(v, (list, bool)))
        middle = values[len(values) // 2] if len(set(values)) > 1 else None
        if len(values) < len(rows) and values and not name.startswith("x_"):
            found["empty"] = f"{name}.empty=0"
        if isinstance(middle, Decimal) and int(middle) > values[0]:
            found["money"] = f"{name}.gt={int(middle)}"
        elif isinstance(middle, (date, datetime)):
            found["day"] = f"{name}.ge={quiet(middle)}"
        elif isinstance(middle, str) and values[0] < middle[:PREFIX]:
            found["custom" if name.startswith("x_") else "text"] = f"{name}.lt={middle[:PREFIX]}"
            found["start"] = f"{name}.sw={middle[:PREFIX]}"
    return [found[kind] for kind in sorted(found)]


def leaf(asked: str) -> Leaf:
    ask, _mark, value = asked.partition("=")
    return Leaf(ask.partition(".")[0], ask.partition(".")[2] or "eq", value)


def tree(model: Any, rows: list[Any], known: list[Leaf], n: int) -> str:
    """A whole question of all, any and none, which some of the rows pass and others do not."""
    for k in range(len(known)):
        one, two, three = (known[(n + k + m) % len(known)] for m in range(3))
        both, other = Group(ALL, (two, three)), Group(ANY, (two, Group(NONE, (three,))))
        shapes = [Group(ANY, (both, Group(NONE, (one,)))), Group(ALL, (one, other)), Group(NONE, (one, both))]
        for shape in shapes[n % 3 :] + shapes[: n % 3]:
            if 0 < sum(passed(shape, model, row) for row in rows) < len(rows):
                return "all?" + urlencode({"where": write(shape)})
    raise LookupError(f"no question parts the rows of {model.__name__}")


def passed(shape: Group, model: Any, row: Any) -> bool:
    """Whether the product lets a row pass: this chooses a question, it does not judge."""
    return holds(shape, lambda one: matches(model, one.path, one.how, one.value, kept(row, one.path)))


def kept(record: Any, name: str) -> Any:
    found = fields_of(type(record))[name].read(record, name)
    return getattr(found, "id", found)


def caps(model: Any, n: int) -> dict[str, int]:
    """Less in one state: that of all planted rows, or, for every other kind of record, one that none of them is in."""
    if not model.__flow__:
        return {}
    states = sorted(model.__flow__.states.values(), key=lambda s: not s.initial)
    free = {x: f for x, f in model.__fields__.items() if not f.readonly and x != "state" and not isinstance(f, Link)}
    groups = [*dict.fromkeys(f.group for f in free.values() if f.group != "workflow")]
    if not groups:  # nobody writes any of it: there is nothing to cap
        return {}
    first, *others = groups
    plain = [x for x, f in free.items() if f.group == first]
    found = {f"{plain[0]}@{states[0].name}": int(Level.READ), f"{plain[-1]}@{states[0].name}": int(Level.MASKED)}
    return found | {f"{group}@{states[n % 2].name}": NOTHING for group in others[-1:]}


def quiet(day: date) -> str:
    """A day before another one, in a month that no canary has."""
    taken = {f"{DAWN + STEP * n:%Y-%m}" for n in range((ROWS + 1) * ROW)}
    year, month = day.year, day.month
    while f"{year}-{month:02}" in taken:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return f"{year}-{month:02}-15"
