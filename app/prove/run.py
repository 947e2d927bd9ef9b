"""One proof from planting to report."""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.engine.current import acting
from app.engine.tenant import Tenant
from app.engine.wall import leave
from app.extensions import db
from app.prove import asking, doors, exchange, places, reading, telling, views, work, writing
from app.prove.channels import PROBES, Channel, unclaimed
from app.prove.people import Actor, Client
from app.prove.plant import HEAD, HOME, OTHER, Garden, program
from app.prove.report import Report, terminal
from app.prove.telling import happen
from app.prove.world import World

WALKS = (reading, asking, places, doors, views, telling, writing, work, exchange)  # importing them registers their probes
VISITOR = Actor("visitor", HOME, 0, None, (), "")
# Those who hold what others hold as well: they look everywhere, and take each third of the other channels.
TWINS = ("agent2", "agent+finance", "agent+dispatcher", "nobody", "admin-b")
LOOKS = ("list", "show", "api list", "api read", "notices", "live")
Say = Callable[[str], None]


class NotScratch(RuntimeError):
    """The database holds more than sample data: nobody plants canaries there."""


def scratch() -> None:
    """Raises ``NotScratch`` unless every tenant is the sample's."""
    for tenant in (HEAD, HOME, OTHER):
        with program(tenant):
            found = db.session.scalar(select(Tenant.sample).where(Tenant.id == tenant))
        if not found:
            raise NotScratch(f"tenant {tenant} is no sample")


def prepare(app: Flask) -> World:
    """Plant everything, and let everybody in. The caller has an application context, and a database to throw away."""
    scratch()
    with acting():
        garden = Garden().plant()
    world = World(app, garden.actors | {"visitor": VISITOR}, Report())
    world.rows, world.files, world.bells, world.nest = garden.rows, garden.files, garden.bells, garden.nest
    world.actors.pop("stranger")
    world.bells.pop("stranger")
    world.survey((HOME, OTHER, HEAD))
    for n, actor in enumerate(world.actors.values()):
        world.clients[actor.name] = Client(app, n)
        if actor.id:
            world.clients[actor.name].sign_in(actor.username, garden.password)
        else:
            world.clients[actor.name].look("/login/")
    return world


def prove(world: World, *, channels: Any = None, actors: Any = None, say: Say = lambda _line: None, apart: bool = False) -> Report:
    """Walk the channels, the changing ones last. Without a choice of channels every rule must be claimed, and visited."""
    began, report = time.monotonic(), world.report
    chosen = [p for p in PROBES.values() if channels is None or p.name in channels]
    people = [a for a in world.actors.values() if actors is None or a.name in actors]
    if channels is None or {"notices", "sent messages"} & set(channels):
        happen(world)
    for late in (False, True):
        steps = [(p, k, n, a) for k, p in enumerate(p for p in chosen if p.late == late) for n, a in enumerate(people)]
        if channels is None:
            steps = [s for s in steps if s[3].name not in TWINS or s[0].name in LOOKS or (s[1] + s[2]) % 3 == 0]
        halves = [[(p, a) for p, _k, n, a in steps if n % 2 == half] for half in (0, 1)]
        if apart and not late:  # what only reads is walked by two processes; what changes things, by one
            with beside(world, halves[1], say):
                walk(world, halves[0], say)
        else:
            walk(world, [(p, a) for p, _k, _n, a in steps], say)
    if channels is None:
        complete(world)
    report.seconds += time.monotonic() - began
    return report


def walk(world: World, steps: list[tuple[Channel, Actor]], say: Say) -> None:
    """Let each actor take each channel, and say how it went."""
    report = world.report
    for channel, group in groupby(steps, key=lambda step: step[0]):
        before = report.cells
        for _channel, actor in group:
            world.channel = channel.name
            try:
                channel.run(world, actor)
            except Exception as problem:  # noqa: BLE001  # a probe that stumbles has not shown that all is well
                report.red(channel.name, actor.name, f"the probe stumbled: {type(problem).__name__}: {problem}")
        reds = len(report.reds(channel.name))
        say(f"{channel.name}: {report.cells - before} cells{f', {reds} RED' if reds else ''}")


@contextmanager
def beside(world: World, steps: list[tuple[Channel, Actor]], say: Say) -> Iterator[None]:
    """Walk some steps in a child process meanwhile, and take in what it found."""
    leave(db.session)
    for engine in db.engines.values():
        engine.dispose()  # no connection is shared
    reading, writing_ = os.pipe()
    if not (child := os.fork()):
        code = 1
        try:
            world.report = Report()
            walk(world, steps, say)
            with os.fdopen(writing_, "wb") as pipe:
                pickle.dump((world.report.checked, list(world.report.findings), world.report.requests, world.visited), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writing_)
    yield
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if not told:
        world.report.red("routes", "-", "the second half of the proof broke off")
        return
    checked, findings, requests, visited = pickle.loads(told)  # noqa: S301  # our own child's
    world.report.checked.update(checked)
    world.report.findings |= dict.fromkeys(findings)
    world.report.requests += requests
    world.visited |= visited


def complete(world: World) -> None:
    """Every way in and out is claimed, and every claim was kept."""
    claims = {c for p in PROBES.values() for c in p.claims if not c.startswith(("message ", "job "))}
    for line in unclaimed(world.app):
        world.report.red("routes", "-", line)
    for claim in sorted(claims - world.visited):
        world.report.red("routes", "-", f"{claim}: claimed, and never asked")
    world.report.count("routes", "-", len(claims))


def proved(app: Flask, say: Say, keep: Path | None = None) -> bool:
    """A whole proof, told to a terminal and kept where it is asked to be. Returns whether all is green."""
    table = prove(prepare(app), say=say, apart=True).table()
    say(terminal(table))
    if keep:
        keep.write_text(json.dumps(table))
    return bool(table["green"])
