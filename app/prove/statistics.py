"""Dashboards and their tiles: what one may not ask is not on them, and their numbers are those of one's own rows."""

from __future__ import annotations

from sqlalchemy import select

from app.engine.dashboards import Dashboard, Tile
from app.engine.record import record_named
from app.extensions import db
from app.prove.channels import exempt, probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reading import best
from app.prove.reference import READ
from app.prove.world import World, denied

exempt("one's own dashboards; tests/test_statistics.py tries everybody else's", "POST /statistics/add", "POST /statistics/tiles")
NUMBER = "77124.45"  # stands in the question of a tile that few may ask
COSTLY, PLAIN = "prove costly", "prove plain"


@probe("dashboards", "GET /statistics/", "GET /statistics/<int:pk>", "GET /statistics/tile/<int:pk>", "GET /statistics/tiles/new",
       "GET /api/v1/dashboards/", "GET /api/v1/dashboards/<int:pk>", "GET /api/v1/dashboards/tiles/<int:pk>",
       "POST /statistics/<int:pk>/change", "POST /statistics/<int:pk>/delete", "POST /statistics/tile/<int:pk>/change",
       "POST /statistics/tile/<int:pk>/move", "POST /statistics/tile/<int:pk>/delete", late=True)  # fmt: skip
def dashboards(world: World, actor: Actor) -> None:
    """Somebody's dashboard for everybody: a tile is there for those who may ask it, and nobody but the givers changes anything."""
    if not actor.id:
        world.check(actor, denied(world.ask(actor, "/statistics/?all=1")), "a dashboard opens without a login", "/statistics/")
        return
    order = record_named("order")
    board, costly, plain = planted(actor.tenant)
    opened = world.opened(actor, order)
    may = {costly: opened and best(world, actor, order, "unit_cost") >= READ, plain: opened}
    for url in ("/statistics/?all=1", "/api/v1/dashboards/", f"/statistics/{board}", f"/api/v1/dashboards/{board}"):
        answer = world.ask(actor, url)
        told = answer.get_data(as_text=True)
        world.check(actor, answer.status_code == 200, f"answers {answer.status_code}", url)
        world.check(actor, may[costly] or (NUMBER not in told and COSTLY not in told), "a tile tells its question", url)
    for tile, able in may.items():
        for url in (f"/statistics/tile/{tile}", f"/api/v1/dashboards/tiles/{tile}"):
            answer = world.ask(actor, url)
            world.check(actor, (answer.status_code == 200) == able, f"answers {answer.status_code}", url)
    there = world.ask(actor, "/statistics/tiles/new", ask={"table": "order", "question": f"unit_cost.gt={NUMBER}"})
    world.check(actor, (there.status_code == 200) == may[costly], f"answers {there.status_code}", "/statistics/tiles/new")
    if not {"admin", "head_office"} & set(actor.roles):
        for deed in (f"{board}/change", f"{board}/delete", *(f"tile/{plain}/{d}" for d in ("change", "move", "delete"))):
            sent = world.ask(actor, f"/statistics/{deed}", "POST", data={"name": "x", "title": "x", "to": "0"})
            world.check(actor, denied(sent) or sent.status_code == 404, f"answers {sent.status_code}", f"/statistics/{deed}")


def planted(tenant: int) -> tuple[int, int, int]:
    """A dashboard for everybody of a tenant, with a tile that few may ask and one that asks about nothing."""
    with program(tenant):
        board = db.session.scalars(select(Dashboard).where(Dashboard.tenant_id == tenant, Dashboard.name == "prove")).first()
        if board is None:
            board = Dashboard(name="prove", audience="all")
            db.session.add(board)
            db.session.flush()
            for title, question in ((COSTLY, f"where=(unit_cost.gt.{NUMBER})"), (PLAIN, "")):
                db.session.add(Tile(dashboard_id=board.id, kind="count", title=title, model="Order", question=question))
            db.session.commit()
        tiles = {t.title: t.id for t in db.session.scalars(select(Tile).where(Tile.tenant_id == tenant, Tile.dashboard_id == board.id))}
        return board.id, tiles[COSTLY], tiles[PLAIN]
