"""A list as a map: points of rows that have a place, or whose linked record has one. No ground is drawn: nothing is fetched elsewhere."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import load_only

from app.engine import policy, query
from app.engine.errors import Missing
from app.engine.fields import Link, fields_of
from app.engine.groups import shown
from app.engine.record import STAMPS
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import cell, described
from app.web.list_calendar import entry
from app.web.listing import about, head
from app.web.look import look

MOST = 2000  # points of one map
NORTH, EAST = "lat", "lng"  # what the names of two fields that make a place end with


def options(model: Any) -> list[tuple[str, str]]:
    """The places a row may stand at: its own, and those of the records its links lead to."""
    own = [(n, str(_("Its own place")) if n == NORTH else described(model, n)["label"]) for n in places(model)]
    linked = []
    for name in [n for n in policy.comparable(model) if n not in STAMPS]:  # whose a row is says little of where it is
        field = fields_of(model)[name]
        target = field.target(model, name) if isinstance(field, Link) else None
        if target is not None and target is not model and policy.opens(target):
            linked += [(f"{name}.{n}", str(described(model, name)["label"])) for n in places(target)[:1]]
    return own + linked


def places(model: Any) -> list[str]:
    """The fields that say how far north; the one that says how far east stands beside each."""
    able = policy.comparable(model)
    return [
        n for n in able if n.endswith(NORTH) and fields_of(model)[n].kind(model, n) == "place" and n.removesuffix(NORTH) + EAST in able
    ]  # fmt: skip


def chosen(model: Any, asked: Asked) -> str:
    able, said = [n for n, _label in options(model)], dict(asked.look).get("by", "")
    if not able:
        raise Missing
    return said if said in able else able[0]


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """The page; one query, the points are fetched once it stands."""
    model = view.model
    found = query.Page([], query.count(db.session, asked.conditions(model), model), None)
    return {
        "points_url": asked.url(f"{view.base}/points", after=None), "by": chosen(model, asked), "by_options": options(model),
        "map_empty": not found.count,
    } | head(view, asked, about(found))  # fmt: skip


def lean(model: Any, names: list[str]) -> Any:
    """The columns that a point says, and those that decide who may see them: of 2,000 rows all others would be most of the work."""
    fields = fields_of(model)
    own = ["extra" if fields[n].added else getattr(fields[n], "via", n) for n in names]
    return load_only(*query.known_by(model), model.version, *(getattr(model, n) for n in own))


def points(view: Any, asked: Asked) -> dict[str, Any]:
    """{points: [{at: [lat, lng], ...}], cut}: the newest rows first. One query; a place that is hidden is no point."""
    model, (link, _dot, name) = view.model, chosen(view.model, asked).rpartition(".")
    names = look(view, asked).names[:3]
    area = next((n for n in model.__within__ if n in policy.readable(model)), "")
    there = fields_of(model)[link].target(model, link) if link else model  # type: ignore[attr-defined]
    north, east = shown(there, name), shown(there, name.removesuffix(NORTH) + EAST)
    rows = select(model, north, east)
    if link:
        known = policy.readable_where(model, link)
        rows = rows.join(there, there.id == fields_of(model)[link].column(model, link)).where(*([] if known is None else [known]))
    rows = rows.where(*asked.conditions(model), north.is_not(None), east.is_not(None))
    said = [*names, *(n for n in (area, "state", "attention") if n in fields_of(model))]
    rows = rows.options(*query.loads(model, names), lean(model, said))
    found = db.session.execute(rows.order_by(model.id.desc()).limit(MOST + 1)).all()
    return {
        "points": [
            entry(view, record, names, levels=levels) | {"at": [lat, lng], "area": cell(record, area, levels).shown if area else ""}
            for record, lat, lng in found[:MOST] for levels in [policy.levels(record)]
        ],
        "cut": len(found) > MOST, "most": MOST,
    }  # fmt: skip
