"""Imports and exports beside the list: a file, a trial and a plan are told to nobody but their owner."""

from __future__ import annotations

import io
from typing import Any

from sqlalchemy import select

from app.engine.exchange import ExportFile, ImportRun
from app.extensions import db
from app.prove.canary import tokens
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import HOME, program
from app.prove.reading import best
from app.prove.reference import FILL, NONE
from app.prove.world import World, denied

WORD = "file-that-is-told-to-its-owner-alone.xlsx"


@probe("csv", "GET /<T>/export.csv")
def csv(world: World, actor: Actor) -> None:
    """The same rows and columns as in the workbook."""
    for model in world.models:
        url = f"/{model.__tablename__}/export.csv"
        answer = world.ask(actor, url)
        able = world.opened(actor, model) and world.able(actor, model, "can:export")
        if not world.check(actor, (answer.status_code == 200) == able, f"{model.__name__} answers {answer.status_code}", url) or not able:
            continue
        headed(world, actor, model, answer.get_data(as_text=True), url)


def headed(world: World, actor: Actor, model: Any, text: str, url: str) -> None:
    """No column that may be read of no row."""
    fields = world.fields(actor, model)
    heads = text.partition("\n")[0].lstrip("\ufeff").strip().split(",")
    hidden = {str(f.label) for n, f in fields.items() if best(world, actor, model, n) == NONE}
    hidden -= {str(f.label) for n, f in fields.items() if best(world, actor, model, n)}
    world.check(actor, not hidden & set(heads), f"{model.__name__}: columns {hidden & set(heads)}", url)


@probe("csv by REST", "GET /api/v1/<T>/export", "GET /api/v1/<T>/export/<int:pk>", late=True)
def csv_by_rest(world: World, actor: Actor) -> None:
    """The same once more; a column that is nobody's to see is refused by name, and another's task is not there."""
    for n, model in enumerate(world.models):
        url = f"/api/v1/{model.__tablename__}/export"
        answer = world.ask(actor, url, ask={"format": "csv"})
        able = world.opened(actor, model) and world.able(actor, model, "can:export")
        if not world.check(actor, (answer.status_code == 200) == able, f"{model.__name__} answers {answer.status_code}", url) or not able:
            continue
        headed(world, actor, model, answer.get_data(as_text=True), url)
        for name in [f for f in world.fields(actor, model) if best(world, actor, model, f) == NONE][n % 3 :: 3]:
            answer = world.ask(actor, url, ask={"format": "csv", "cols": name})
            world.check(actor, denied(answer), f"{model.__name__} {name} is exported", url)
    answer = world.ask(actor, "/api/v1/customer/export/999999")
    world.check(actor, denied(answer) or answer.status_code == 404, "a file is fetched", "/api/v1/customer/export/999999")


@probe("import by REST", "POST /api/v1/<T>/import", "GET /api/v1/<T>/import/<int:pk>", "POST /api/v1/<T>/import/<int:pk>", late=True)
def import_by_rest(world: World, actor: Actor) -> None:
    """Nothing is tried without the right, nothing set that may not be, and nothing told of what others tried."""
    for n, model in enumerate(world.models):
        url = f"/api/v1/{model.__tablename__}/import"
        able = world.able(actor, model, "can:import") and world.able(actor, model, "can:add")
        before = world.count(model, actor.tenant)
        if not able:
            world.check(actor, denied(tried(world, actor, url, "name")), f"{model.__name__}: tried without the right", url)
        for name in [f for f in world.fields(actor, model) if able and best(world, actor, model, f) < FILL][n % 2 :: 2]:
            answer = tried(world, actor, url, name)
            world.check(actor, answer.status_code == 422, f"{model.__name__} {name} is taken ({answer.status_code})", url)
        world.check(actor, world.count(model, actor.tenant) == before, f"{model.__name__}: an import wrote", url)
    _file, run, owner = planted(world)
    url = f"/api/v1/customer/import/{run}"
    for answer in (world.ask(actor, url), world.ask(actor, url, "POST", json={"do": "undo"})):
        good = actor.id == owner and answer.status_code < 500
        world.check(actor, good or denied(answer) or answer.status_code == 404, f"answers {answer.status_code}", url)


def tried(world: World, actor: Actor, url: str, name: str) -> Any:
    data = {"file": (io.BytesIO(f"{name}\ncanary\n".encode()), "prove.csv")}
    return world.ask(actor, url, "POST", data=data, allow=tokens("canary"))


def planted(world: World) -> tuple[int, int, int]:
    """A file that was made for, and one that was sent by, one of the actors: their numbers, and the owner's."""
    owner = next(a.id for a in world.actors.values() if a.id and a.tenant == HOME)
    with program(HOME):
        file = db.session.scalar(select(ExportFile).where(ExportFile.name == WORD))
        if file is None:
            file = ExportFile(model="Customer", name=WORD, kind="csv", key="none", size=1, rows=1, owner_id=owner)
            run = ImportRun(model="Customer", name=WORD, key="none", rows=1, owner_id=owner)
            db.session.add_all([file, run])
            db.session.commit()
        run = db.session.scalars(select(ImportRun).where(ImportRun.name == WORD)).one()
        return file.id, run.id, owner


@probe("files of exchange", "GET /exports/", "GET /exports/<int:pk>", "GET /<T>/import/<int:pk>", "GET /<T>/import/<int:pk>/errors.xlsx",
       late=True)  # fmt: skip
def files(world: World, actor: Actor) -> None:
    """Its owner sees it; to all others it is not there."""
    file, run, owner = planted(world)
    mine = actor.id == owner
    told = WORD in world.ask(actor, "/exports/").get_data(as_text=True)
    world.check(actor, told == mine, "a file is listed", "/exports/")
    for url in (f"/exports/{file}", f"/customer/import/{run}", f"/customer/import/{run}/errors.xlsx"):
        answer = world.ask(actor, url)
        world.check(actor, mine or denied(answer) or answer.status_code == 404, f"answers {answer.status_code}", url)


@probe("lists by mail", "GET /exports/plan", "POST /exports/plan", "POST /exports/plan/<int:pk>/remove", late=True)
def plans(world: World, actor: Actor) -> None:
    """Only for whoever may export such records, and by no field that he may not compare."""
    turn = list(world.actors).index(actor.name)
    for n, model in enumerate(world.models):
        url = f"/exports/plan?table={model.__tablename__}"
        able = world.opened(actor, model) and world.able(actor, model, "can:export")
        if able or (n + turn) % 2:
            answer = world.ask(actor, url)
            world.check(actor, (answer.status_code == 200) == able, f"{model.__name__} answers {answer.status_code}", url)
        else:
            answer = world.ask(actor, "/exports/plan", "POST", data={"table": model.__tablename__, "weekday": "0", "hour": "8"})
            world.check(actor, denied(answer), f"{model.__name__}: a plan is made", url)
    gone = world.ask(actor, "/exports/plan/999999/remove", "POST")
    world.check(actor, denied(gone) or gone.status_code == 404, "a plan is removed", "/exports/plan")
