"""Dashboards for programs: which there are, what stands on one, and the numbers of a tile."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder import expose

from app.engine import dashboards
from app.engine.dashboards import Dashboard, Tile, dashboards_of, for_me, tile_found
from app.engine.views import changeable
from app.extensions import db
from app.web import tiles
from app.web.screen import Screen
from app.web.signed import signed_in


class StatisticsApi(Screen):
    """``/api/v1/dashboards/``: reading alone; the same rights as on the screen."""

    @expose("/api/v1/dashboards/")
    @signed_in
    def rest(self) -> Any:
        return jsonify(result=[described(d) for d in dashboards_of(db.session) if for_me(d)])

    @expose("/api/v1/dashboards/<int:pk>")
    @signed_in
    def rest_one(self, pk: int) -> Any:
        board = dashboards.found(db.session, pk)
        return jsonify(result=described(board) | {"tiles": [of_tile(t) for t in tiles.open_tiles(board)]})

    @expose("/api/v1/dashboards/tiles/<int:pk>")
    @signed_in
    def rest_tile(self, pk: int) -> Any:
        """``{kind, title, text, value}`` of a number, ``rows`` of a list, ``plot`` of a chart; each number with the list behind it."""
        return jsonify(result=tiles.filled(tile_found(db.session, pk)[0]))


def described(board: Dashboard) -> dict[str, Any]:
    return {
        "id": board.id, "name": board.name, "audience": board.audience, "role": board.role, "first": board.first,
        "store": board.store_id if board.audience == "store" else None, "changeable": changeable(board), "url": f"/statistics/{board.id}",
    }  # fmt: skip


def of_tile(tile: Tile) -> dict[str, Any]:
    return {
        "id": tile.id, "kind": tile.kind, "title": tile.title, "width": tile.width, "model": tiles.model_of(tile).__tablename__,
        "url": tiles.address(tile), "target": None if tile.target is None else str(tile.target), "less": tile.less,
    }  # fmt: skip
