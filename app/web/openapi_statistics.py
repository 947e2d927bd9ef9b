"""Dashboards in the description of the REST surface."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask_babel import lazy_gettext as _

from app.engine.dashboards import KINDS, Dashboard
from app.engine.views import AUDIENCES
from app.web.openapi_shapes import operation


def statistics(spec: APISpec) -> None:
    """Which dashboards there are, the tiles of one, and what a tile holds for whoever asks."""
    text, number, flag = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
    kind = {"type": "string", "enum": list(KINDS)}
    tile = {"type": "object", "properties": {
        "id": number, "kind": kind, "title": text, "width": number, "model": text, "url": text, "target": text, "less": flag,
    }}  # fmt: skip
    board: dict[str, Any] = {
        "id": number, "name": text, "audience": {"type": "string", "enum": list(AUDIENCES)}, "role": text, "store": number,
        "first": flag, "changeable": flag, "url": text,
    }  # fmt: skip
    held = {"type": "object", "properties": {
        "id": number, "kind": kind, "title": text, "url": text, "text": text, "value": {}, "target": text, "tint": text,
        "rows": {"type": "array", "items": {"type": "object"}}, "plot": {"type": "object"},
    }}  # fmt: skip
    pk = {"name": "pk", "in": "path", "required": True, "schema": number}
    base = "/api/v1/dashboards/"
    spec.path(base, operations={"get": operation(Dashboard, _("List"), result({"type": "array", "items": shape(board)}))})
    one = shape(board | {"tiles": {"type": "array", "items": tile}})
    spec.path(f"{base}{{pk}}", parameters=[pk], operations={"get": operation(Dashboard, _("Read"), result(one))})
    spec.path(f"{base}tiles/{{pk}}", parameters=[pk], operations={"get": operation(Dashboard, _("Numbers of a tile"), result(held))})


def shape(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def result(made: dict[str, Any]) -> dict[str, Any]:
    return shape({"result": made})
