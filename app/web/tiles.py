"""What a tile of a dashboard holds: a chart, a number, a short list. What its reader may not ask is not there for him."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.dashboards import CHART, COUNT, KINDS, LIST, Dashboard, Tile, tiles_of
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.groups import totals
from app.engine.pivot import AVERAGE, SUM, Pivot
from app.engine.pivot import COUNT as ROWS
from app.engine.record import records
from app.extensions import db
from app.web.asked import Asked, encoded
from app.web.cells import described
from app.web.figures import Listing, lists
from app.web.figures import open_to_actor as listed
from app.web.frame import record_views
from app.web.look import standard
from app.web.pivots import measured, options, plain, said
from app.web.plots import Source, exact, plotted, wanted
from app.web.views import asked_for

SHOWN = 3  # fields of a row in a short list
APART = ("state", "phone", "idnumber", "note", "signature", "tags")  # what a line of a short list leaves out, or shows as its badge


def model_of(tile: Tile) -> Any:
    return next((r for r in records() if r.__name__ == tile.model and not r.__platform__), None)


def question(tile: Tile) -> Asked:
    return Asked.of("&".join(part for part in (tile.question, tile.look) if part))


def address(tile: Tile) -> str:
    """The list behind a tile; of a chart the list as that chart."""
    ask = "&".join(part for part in (tile.question, tile.look if tile.kind == CHART else "") if part)
    return f"/{model_of(tile).__tablename__}/list" + (f"?{ask}" if ask else "")


def open_to_actor(tile: Tile) -> bool:
    """Whether the actor may ask all of it: the same question, by the same fields, added up alike."""
    model = model_of(tile)
    if model is None or not policy.opens(model):
        return False
    try:
        asked = question(tile)
        asked.conditions(model)
        if asked.by:
            query.order(model, asked.by)
        if tile.kind == CHART:
            return bool(options(model)) and exact(model, asked)
    except Refused:
        return False
    return listed(short_list(tile, model)) if tile.kind == LIST else dict(asked.look).get("measure", "") in dict(measured(model))


def open_tiles(board: Dashboard) -> list[Tile]:
    """The tiles that are there for the actor. One query."""
    return [tile for tile in tiles_of(db.session, board) if open_to_actor(tile)]


def filled(tile: Tile) -> dict[str, Any]:
    """The content of a tile, for its page. Raises ``Missing`` for what the actor may not ask."""
    if not open_to_actor(tile):
        raise Missing
    made: dict[str, Any] = {"id": tile.id, "kind": tile.kind, "title": tile.title, "url": address(tile)}
    if tile.kind == CHART:
        return made | {"plot": drawn(tile)}
    if tile.kind == LIST:
        ((found),) = lists([short_list(tile, model_of(tile))])
        rows = [row | {"state": str(row["state"])} for row in found["rows"]]
        return made | {"rows": rows, "empty": str(_("Nothing here now."))}
    return made | number(tile)


def drawn(tile: Tile) -> dict[str, Any] | None:
    model, asked = model_of(tile), question(tile)
    return plotted(Source(model), asked, wanted(model, asked))


def number(tile: Tile) -> dict[str, Any]:
    """How many rows, or what they come to; one query. With a target, whether it is reached."""
    model, asked = model_of(tile), question(tile)
    name, _colon, how = dict(asked.look).get("measure", "").partition(":")
    count, *sums = db.session.execute(totals(model, [name] if name else [], asked.conditions(model))).one()
    value = count if not name else sums[1] if how == AVERAGE else sums[0] or 0
    pivot = Pivot((), "", name, (how or SUM) if name else ROWS)
    made = {"text": said(model, pivot, value), "value": plain(value), "tint": "", "target": ""}
    if tile.target is None or value is None:
        return made
    reached = value <= tile.target if tile.less else value >= tile.target
    target = said(model, pivot, tile.target) if name else f"{tile.target:,.0f}"
    words = _("at most %(n)s", n=target) if tile.less else _("at least %(n)s", n=target)
    return made | {"tint": "done" if reached else "bad", "target": str(words), "said": str(_("reached") if reached else _("missed"))}


def short_list(tile: Tile, model: Any) -> Listing:
    """The first rows, by the first fields that its list shows."""
    view = next((v for v in record_views() if v.model is model), None)
    names = [n for n in (standard(view) if view else policy.readable(model)) if described(model, n)["kind"] not in APART]
    return Listing(tile.title, model, tile.question, "", tuple(names[:SHOWN]))


def asked_of(model: Any, kind: str, text: str) -> dict[str, str]:
    """The question and the look of a new tile, as they are kept. Raises ``Refused`` or ``Forbidden`` for what the actor may not ask."""
    asked, kept = Asked.of(text), asked_for(model, text)
    if kind == CHART:
        if not options(model) or not exact(model, replace(asked, look=tuple(p for p in asked.look if p[0] != "draw"))):
            raise Forbidden(_("These fields cannot make a chart, or are not yours to compare."))
        return kept | {"look": encoded([*wanted(model, asked).look().items()])}
    measure = dict(asked.look).get("measure", "")
    if kind == COUNT and measure not in dict(measured(model)):
        raise Forbidden(_("These fields cannot make a chart, or are not yours to compare."))
    return kept | {"look": encoded([("measure", measure)]) if kind == COUNT and measure else ""}


def offered(model: Any, text: str) -> dict[str, Any]:
    """What the form for a new tile begins with: its kinds, the first one first, and a title."""
    asked = Asked.of(text)
    chart = dict(asked.look).get("as") == "chart"
    title = str(model.__plural__ or model.__label__)
    if chart:
        plot = wanted(model, asked)
        title = f"{title}: {dict(options(model))[plot.by]}"
    kinds = [(code, str(word)) for code, word in KINDS.items() if code != CHART or chart]
    return {"kinds": kinds, "title": title[:60]}


def again(tile: Tile) -> str:
    """The address that puts a removed tile back."""
    sent = {
        "dashboard": tile.dashboard_id, "table": model_of(tile).__tablename__, "kind": tile.kind, "title": tile.title, "width": tile.width,
        "question": "&".join(p for p in (tile.question, tile.look) if p), "target": "" if tile.target is None else tile.target,
        "less": int(tile.less), "place": tile.place,
    }  # fmt: skip
    return f"/statistics/tiles?{urlencode(sent)}"
