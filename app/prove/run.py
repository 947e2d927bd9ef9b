"""One proof from planting to report."""

from __future__ import annotations

import gc
import json
import os
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, select

from app.engine.current import acting
from app.engine.tenant import Tenant
from app.extensions import db
from app.jobs.deliver import sweep
from app.prove import (
    agreements,
    asking,
    care_days,
    catalogue,
    doors,
    exchange,
    explaining,
    forming,
    forms,
    noting,
    places,
    printing,
    reading,
    reminding,
    ringing,
    settling,
    slipping,
    statistics,
    telling,
    views,
    ways,
    work,
    workers,
    writing,
)
from app.prove.channels import PROBES, Channel, unclaimed
from app.prove.people import Actor, Client
from app.prove.plant import HEAD, HOME, OTHER, Garden, program
from app.prove.report import Report, terminal
from app.prove.sample import TWINS
from app.prove.telling import happen
from app.prove.world import World

# Importing them registers them.
WALKS = (
    reading, asking, places, agreements, doors, views, telling, writing, work, exchange, noting, forms, forming, printing, ways,
    statistics, settling, reminding, ringing, workers, slipping, catalogue, care_days, explaining,
)  # fmt: skip
VISITOR = Actor("visitor", HOME, 0, None, (), "")
LOOKS = ("list", "show", "api list", "api read", "notices", "live")
SIZE, MOST = 2, 5000  # bytes of a number in the pipe of steps, and more of them than there are steps
STATEMENTS = 800
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
    for tenant in (HOME, OTHER, HEAD):
        sweep(tenant)  # what follows from the planting is there before anybody counts
    world = World(app, garden.actors | {"visitor": VISITOR}, Report())
    world.rows, world.files, world.bells, world.nest = garden.rows, garden.files, garden.bells, garden.nest
    world.notes = garden.notes
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


def prove(
    world: World, *, channels: Any = None, actors: Any = None, say: Say = lambda _line: None, turns: Iterable[int] | None = None
) -> Report:
    """Walk the channels, the changing ones last. Without a choice of channels every rule must be claimed, and visited.

    With ``turns`` only those steps are taken, and whoever takes the others asks :func:`complete`.
    """
    began, report = time.monotonic(), world.report
    chosen = sorted((p for p in PROBES.values() if channels is None or p.name in channels), key=lambda p: p.late)
    people = [a for a in world.actors.values() if actors is None or a.name in actors]
    if channels is None or {"notices", "sent messages"} & set(channels):
        happen(world)
    steps = [(p, a) for k, p in enumerate(chosen) for n, a in enumerate(people) if channels is not None or mine(p, a, k + n)]
    walk(world, steps if turns is None else (steps[n] for n in takewhile(lambda n: n < len(steps), turns)), say)
    if channels is None and turns is None:
        complete(world)
    report.seconds += time.monotonic() - began
    return report


def mine(channel: Channel, actor: Actor, turn: int) -> bool:
    return actor.name not in TWINS or channel.name in LOOKS or turn % 3 == 0


def walk(world: World, steps: Iterable[tuple[Channel, Actor]], say: Say) -> None:
    """Let each actor take each channel, and say how it went."""
    report = world.report
    for channel, group in groupby(steps, key=lambda step: step[0]):
        before, began, there = report.cells, time.monotonic(), len(report.findings)
        for _channel, actor in group:
            world.channel = channel.name
            try:
                channel.run(world, actor)
            except Exception as problem:  # noqa: BLE001  # a probe that stumbles has not shown that all is well
                report.red(channel.name, actor.name, f"the probe stumbled: {type(problem).__name__}: {problem}")
        reds = [*report.findings][there:]  # said at once: a proof that is broken off has told what it found
        say("\n".join([f"{channel.name}: {report.cells - before} cells, {time.monotonic() - began:.1f} s", *map(str, reds)]))


@contextmanager
def beside(second: dict[str, str], say: Say) -> Iterator[tuple[Iterable[int], Callable[[World], None]]]:
    """A second process that proves the same on a database of its own, so that neither sees what the other changes.

    Both take the next step from one pipe until all are taken; ``take_in`` then adds what the other one found.
    """
    for engine in db.engines.values():
        engine.dispose()  # no connection is shared
    numbers, source = os.pipe()
    os.write(source, b"".join(n.to_bytes(SIZE) for n in range(MOST)))
    os.close(source)
    reading_, writing_ = os.pipe()
    if not (child := os.fork()):
        code = 1
        try:
            os.environ.update(second)
            app = import_module("app.factory").create_app()
            with app.app_context(), os.fdopen(writing_, "wb") as pipe:
                remember(app)
                world = prepare(app)
                report = prove(world, say=say, turns=taken(numbers))
                pickle.dump((report.checked, list(report.findings), report.requests, world.visited), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writing_)

    def take_in(world: World) -> None:
        with os.fdopen(reading_, "rb") as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        if not told:
            world.report.red("routes", "-", "the second process of the proof broke off")
            return
        checked, findings, requests, visited = pickle.loads(told)  # noqa: S301  # our own child's
        world.report.checked.update(checked)
        world.report.findings |= dict.fromkeys(findings)
        world.report.requests += requests
        world.visited |= visited

    yield taken(numbers), take_in
    os.close(numbers)


def taken(numbers: int) -> Iterator[int]:
    """The next step nobody took yet; a read of a pipe gives its bytes to one reader alone."""
    while number := os.read(numbers, SIZE):
        yield int.from_bytes(number)


def complete(world: World) -> None:
    """Every way in and out is claimed, and every claim was kept."""
    claims = {c for p in PROBES.values() for c in p.claims if not c.startswith(("message ", "job "))}
    for line in unclaimed(world.app):
        world.report.red("routes", "-", line)
    for claim in sorted(claims - world.visited):
        world.report.red("routes", "-", f"{claim}: claimed, and never asked")
    world.report.count("routes", "-", len(claims))


def remember(app: Flask) -> None:
    """Keep more statements compiled than a server does, for as many people with rights of their own; look over what stays only once."""
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"] | {"query_cache_size": STATEMENTS, "pool_pre_ping": False}
    db.engines[None] = create_engine(db.engines[None].url, **options)
    gc.collect()
    gc.freeze()


def proved(app: Flask, say: Say, keep: Path | None = None, second: dict[str, str] | None = None) -> bool:
    """A whole proof, told to a terminal and kept where it is asked to be. Returns whether all is green.

    ``second`` is the environment of a second database with the same sample: then two processes share the work.
    """
    began = time.monotonic()
    remember(app)
    if second:
        with beside(second, say) as (turns, take_in):
            world = prepare(app)
            prove(world, say=say, turns=turns)
            take_in(world)
        complete(world)
        world.report.seconds = time.monotonic() - began
    else:
        world = prepare(app)
        prove(world, say=say)
    table = world.report.table()
    say(terminal(table))
    if keep:
        keep.write_text(json.dumps(table))
    return bool(table["green"])
