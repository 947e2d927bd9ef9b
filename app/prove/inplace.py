"""The proof in place: reading channels only, over the rows a tenant really has, as people who really are there."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.extensions import db, store
from app.prove.channels import PROBES, exempt
from app.prove.people import Actor, Client
from app.prove.plant import program
from app.prove.report import Report
from app.prove.world import World
from app.web.security import Member

exempt("it is the proof itself", "job app.prove.inplace.look_around", "GET /prove/", "POST /prove/")
ROWS, KEPT = 6, 30 * 86400  # rows of each record type that are looked at; seconds the report is kept


def slot(tenant: int) -> str:
    return f"jiahe:prove:{tenant}"


def keep(tenant: int, table: dict[str, Any], seconds: int = KEPT) -> None:
    store().set(slot(tenant), json.dumps(table), ex=seconds)


def kept(tenant: int) -> dict[str, Any] | None:
    """The report of the last look, or how far the present one is."""
    data: Any = store().get(slot(tenant))
    return json.loads(data) if data else None


def proved() -> Path:
    """Where the last full proof of this installation lies, if `make prove` was run here."""
    return Path(current_app.config["JIAHE_HOME"]) / "prove.json"


def look_around(tenant: int) -> None:
    """Walk the reading channels as one person of each role, and keep the report. Nothing is written but that."""
    began, world = time.monotonic(), ready(tenant)
    chosen = [p for p in PROBES.values() if p.reads]
    steps = [(p, a) for p in chosen for a in world.actors.values()]
    for n, (channel, actor) in enumerate(steps):
        keep(tenant, {"done": n, "of": len(steps), "running": True}, 120)
        world.channel = channel.name
        try:
            channel.run(world, actor)
        except Exception as problem:  # noqa: BLE001
            world.report.red(channel.name, actor.name, f"the probe stumbled: {type(problem).__name__}")
    world.report.seconds = time.monotonic() - began
    keep(tenant, world.report.table())


def ready(tenant: int) -> World:
    """The world as it is: the latest rows, and one active person for each role."""
    app: Any = current_app
    with program(tenant):
        people = list(db.session.scalars(select(Member).where(Member.active, Member.tenant_id == tenant).order_by(Member.id)).unique())
        chosen: dict[str, Any] = {}
        for user in people:
            for role in (user.staff.roles if user.staff is not None and user.staff.active else None) or ():
                chosen.setdefault(role, user)
        actors = {role: of(role, user) for role, user in chosen.items()}
        logins = {role: (u.tenant_id, u.id, u.epoch) for role, u in chosen.items()}
    world = World(app, actors, Report())
    world.sampled = ROWS
    world.survey((tenant,))
    for n, (name, (where, pk, epoch)) in enumerate(logins.items()):
        world.clients[name] = Client(app, n)
        world.clients[name].slip_in(where, pk, epoch)
    return world


def of(role: str, user: Any) -> Actor:
    person = user.staff
    return Actor(role, user.tenant_id, person.id, person.store_id, tuple(person.roles), user.username, "head_office" in person.roles)


