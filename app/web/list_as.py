"""The ways to look at one list: table, board, calendar, pivot, chart, map. Its address says which; only what makes sense is offered."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.web import list_board, list_calendar, list_chart, list_map, list_pivot, listing
from app.web.asked import Asked

WAYS: dict[str, tuple[Any, str, Any]] = {  # the word in the address -> its label, its icon, and the module that makes it
    "board": (_("Kanban"), "ti-layout-kanban", list_board),
    "calendar": (_("Calendar"), "ti-calendar-event", list_calendar),
    "pivot": (_("Pivot table"), "ti-layout-grid", list_pivot),
    "chart": (_("Chart"), "ti-chart-bar", list_chart),
    "map": (_("Map"), "ti-map-pin", list_map),
}
OWN = ("by", "span", "day", "rows", "then", "across", "measure", "draw", "than")  # words of one way, which mean nothing to another


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything ``record/list.html`` needs, in the way the address asks for; a table where the actor has no such way."""
    open_ways = {name: way for name, way in WAYS.items() if way[2].options(view.model)}
    chosen = dict(asked.look).get("as", "")
    chosen = chosen if chosen in open_ways else ""
    made = open_ways[chosen][2].context(view, asked) if chosen else listing.context(view, asked)
    bare = dict.fromkeys(OWN)
    offered = [("", _("Table"), "ti-table"), *((n, label, icon) for n, (label, icon, _module) in open_ways.items())]
    if chosen:  # to show all is not to leave the board
        own = "0" if made["clear_url"].endswith("view=0") else None
        made["clear_url"] = asked.url(f"{view.base}/list", filters=[], where=None, q=None, after=None, view=own)
    return made | {
        "shown_as": chosen,
        "ways": [
            {"name": n or "table", "label": str(label), "icon": icon, "on": n == chosen,
             "url": asked.url(f"{view.base}/list", after=None, **bare | {"as": n or None})}
            for n, label, icon in offered if open_ways
        ],
    }  # fmt: skip
