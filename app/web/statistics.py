"""Statistics: the dashboards and charts that one may see; dashboards made, filled, ordered and given to others on the screen."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import dashboards, policy
from app.engine.dashboards import WIDEST, Dashboard, Tile, dashboards_of, for_me, opening, tile_found
from app.engine.errors import Refused
from app.engine.present import label
from app.engine.record import record_named
from app.engine.rules import role_names
from app.engine.views import AUDIENCES, MINE, STORE, SavedView, changeable, may_give, seen
from app.extensions import appbuilder, db
from app.web import tiles, views
from app.web.enter import wants_json
from app.web.screen import Screen, allowed

CHARTS = 100  # saved charts on the page


class StatisticsScreen(Screen):
    """``/statistics/``. Reading is for everybody, within his rights; changing for whom a dashboard belongs to."""

    doors = ((31, _("Statistics"), "ti-report", "/statistics/", lambda: True),)

    @expose("/statistics/")
    @allowed()
    def index(self) -> Any:
        """Everything there is to look at, or the dashboard that this person's statistics open with."""
        there = dashboards_of(db.session)
        first = opening(there)
        if first is not None and not request.args:
            return redirect(f"/statistics/{first.id}")
        others = [entry(d) for d in there if not for_me(d)]
        return self.render(
            "statistics.html", page_title=_("Statistics"), own=[entry(d) for d in there if for_me(d)], others=others,
            ready=ready(), charts=charts(), giving=giving(),
        )  # fmt: skip

    @expose("/statistics/<int:pk>")
    @allowed()
    def show(self, pk: int) -> Any:
        board = dashboards.found(db.session, pk)
        mine = changeable(board)
        found = [
            {"id": t.id, "kind": t.kind, "title": t.title, "width": t.width, "url": tiles.address(t), "less": t.less,
             "target": "" if t.target is None else f"{t.target.normalize():f}"}
            for t in tiles.open_tiles(board)
        ]  # fmt: skip
        return self.render(
            "statistics_board.html", page_title=board.name, board=board, tiles=found, mine=mine, widths=range(1, WIDEST + 1),
            giving=giving(board) if mine else {}, word=entry(board)["word"],
        )  # fmt: skip

    @expose("/statistics/add", methods=["POST"])
    @allowed()
    def add(self) -> Any:
        board = dashboards.keep(db.session, Dashboard(audience=MINE), request.form.to_dict())
        db.session.commit()
        flash(_("“%(name)s” is there. Open a list as a chart and add it.", name=board.name), "success")
        return redirect(f"/statistics/{board.id}")

    @expose("/statistics/<int:pk>/change", methods=["POST"])
    @allowed()
    def change(self, pk: int) -> Any:
        dashboards.keep(db.session, dashboards.found(db.session, pk, mine=True), ticked("first"))
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(f"/statistics/{pk}")

    @expose("/statistics/<int:pk>/delete", methods=["POST"])
    @allowed()
    def delete(self, pk: int) -> Any:
        board = dashboards.found(db.session, pk, mine=True)
        name = board.name
        dashboards.drop(db.session, board)
        db.session.commit()
        flash(_("“%(name)s” was deleted.", name=name), "success")
        return redirect("/statistics/?all=1")

    @expose("/statistics/tiles/new")
    @allowed()
    def new_tile(self) -> Any:
        """The form for a tile of the list or chart that one looks at."""
        model, text = views.named(request.args.get("table", "")), request.args.get("question", "")
        views.asked_for(model, text)
        mine = [d for d in dashboards_of(db.session) if changeable(d)]
        return self.render(
            "statistics_tile.html", page_title=_("Add to a dashboard"), table=model.__tablename__, question=text,
            boards=[(d.id, d.name, str(AUDIENCES[d.audience])) for d in mine], widths=range(1, WIDEST + 1), **tiles.offered(model, text),
            back=f"/{model.__tablename__}/list?{text}",
        )  # fmt: skip

    @expose("/statistics/tiles", methods=["POST"])
    @allowed()
    def add_tile(self) -> Any:
        """Add a tile to a dashboard, or to a new one of one's own. The address may say it too: that takes back a removal."""
        sent = request.args.to_dict() | request.form.to_dict()
        model, kind, pk = views.named(sent.get("table", "")), sent.get("kind", ""), sent.get("dashboard", "")
        asked = tiles.asked_of(model, kind, sent.get("question", ""))
        if pk:
            board = dashboards.found(db.session, number(pk), mine=True)
        else:
            board = dashboards.keep(db.session, Dashboard(audience=MINE), {"name": sent.get("name", "")})
        tile = dashboards.keep_tile(db.session, board, Tile(model=model.__name__), sent | asked)
        if "place" in sent:
            dashboards.move(db.session, board, tile, number(sent["place"]))
        db.session.commit()
        flash(_("“%(title)s” is on “%(name)s”.", title=tile.title, name=board.name), "success")
        return redirect(f"/statistics/{board.id}")

    @expose("/statistics/tile/<int:pk>")
    @allowed()
    def tile(self, pk: int) -> Any:
        """What a tile holds, under the rights of who looks."""
        return jsonify(tiles.filled(tile_found(db.session, pk)[0]))

    @expose("/statistics/tile/<int:pk>/change", methods=["POST"])
    @allowed()
    def change_tile(self, pk: int) -> Any:
        tile, board = tile_found(db.session, pk, mine=True)
        sent = {n: v for n, v in ticked("less").items() if n in ("title", "width", "target", "less")}
        dashboards.keep_tile(db.session, board, tile, sent)
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(f"/statistics/{board.id}")

    @expose("/statistics/tile/<int:pk>/move", methods=["POST"])
    @allowed()
    def move_tile(self, pk: int) -> Any:
        """To another place among the tiles."""
        tile, board = tile_found(db.session, pk, mine=True)
        dashboards.move(db.session, board, tile, number(request.form.get("to", "")))
        db.session.commit()
        words = _("“%(title)s” is moved.", title=tile.title)
        if wants_json():
            return jsonify(message=str(words))
        flash(words, "success")
        return redirect(f"/statistics/{board.id}")

    @expose("/statistics/tile/<int:pk>/delete", methods=["POST"])
    @allowed()
    def delete_tile(self, pk: int) -> Any:
        tile, board = tile_found(db.session, pk, mine=True)
        title, back = tile.title, tiles.again(tile) if tiles.open_to_actor(tile) else ""
        dashboards.remove(db.session, board, tile)
        db.session.commit()
        flash(_("“%(title)s” was removed. The records stay.", title=title), f"success {back}".strip())
        return redirect(f"/statistics/{board.id}")


def number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Refused(_("“%(name)s” must be a whole number.", name=text[:20]))
    return int(text)


def ticked(name: str) -> dict[str, str]:
    """What a form sent; a box that is not ticked sends nothing."""
    return {name: "0"} | request.form.to_dict() if "boxes" in request.form else request.form.to_dict()


def entry(board: Dashboard) -> dict[str, Any]:
    who = role_names(archived=True).get(board.role or "", board.role or "")
    return {"name": board.name, "url": f"/statistics/{board.id}", "word": who or str(AUDIENCES[board.audience]), "first": board.first}


def ready() -> list[dict[str, Any]]:
    """The dashboards that the program brings along."""
    found = [one for view in appbuilder.baseviews for one in getattr(view, "statistics", ())]
    return [{"name": str(name), "url": url} for name, url, check in found if check()]


def charts() -> list[dict[str, Any]]:
    """The saved views that are charts, as far as the actor may ask them. One query."""
    asked = select(SavedView).where(seen(), SavedView.look.contains("as=chart")).order_by(SavedView.model, SavedView.id)
    found = [(v, views.model_of(v)) for v in db.session.scalars(asked.limit(CHARTS))]
    return [
        {"name": v.name, "url": views.address(m, v), "word": str(m.__plural__ or m.__label__)}
        for v, m in found if policy.opens(m) and views.askable(m, v.question)
    ]  # fmt: skip


def giving(board: Dashboard | None = None) -> dict[str, Any]:
    """What the form that says for whom a dashboard is begins with."""
    stores = record_named("store")
    shop = db.session.get(stores, board.store_id) if board is not None and board.audience == STORE else None
    return {
        "giver": may_give(), "audiences": [(c, str(w)) for c, w in AUDIENCES.items()], "roles": list(role_names().items()),
        "stores_url": f"/{stores.__tablename__}/lookup" if may_give() and policy.opens(stores) else "", "shop": label(shop) if shop else "",
    }  # fmt: skip
