"""Reaches wider and narrower than a store: people who lead, stores below others, one city, and conditions that part the planted rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.engine.fields import Link, Secret, fields_of
from app.engine.record import record_named
from app.engine.rules import Grant, Level, Scope
from app.extensions import db
from app.prove.canary import DAWN, ROW, STEP

PEOPLE = {  # who acts with such a reach -> his roles, and the store he sits in
    "team": (["prove-team"], "mine"), "below": (["prove-below"], "colleague's"), "region": (["prove-region"], "colleague's"),
    "where": (["prove-where", "prove-rest"], "mine"),
}  # fmt: skip
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
        for word, reach in reaches.items():
            db.session.add(Scope(role=f"prove-{word}", model=model.__name__, reach=reach))
            given = dict.fromkeys(sorted({f.group for f in fields_of(model).values()}), int(Level.WRITE)) | {"can:export": 4}
            db.session.add_all(Grant(role=f"prove-{word}", model=model.__name__, target=t, level=v) for t, v in given.items())


def conditions(model: Any, rows: list[Any]) -> list[str]:
    """What holds for some of the rows and not for others: one condition of each kind that the record has a field for."""
    agent, stranger = (next(r.owner_id for r in rows), rows[-1].owner_id)
    others = sorted({r.owner_id for r in rows} - {agent})
    found = {"link": f"owner={agent}", "in": "owner.in=" + ",".join(map(str, others)), "ne": f"owner.ne={stranger}"}
    for name, field in fields_of(model).items():
        if isinstance(field, (Link, Secret)) or name == "created_at":
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


def quiet(day: date) -> str:
    """A day before another one, in a month that no canary has."""
    taken = {f"{DAWN + STEP * n:%Y-%m}" for n in range(310 * ROW)}
    year, month = day.year, day.month
    while f"{year}-{month:02}" in taken:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return f"{year}-{month:02}-15"
