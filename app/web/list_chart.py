"""A list as a chart of one's own making, with its numbers beside it; each bar, slice and point leads to its rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.web.asked import Asked
from app.web.listing import head
from app.web.pivots import measured, options, written
from app.web.plots import DRAWS, LOOKS, THAN, comparable, plotted, wanted

__all__ = ["context", "options"]  # whoever may compare nothing has no chart


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything the chart needs: one query, one more for an earlier period, and one for each link that it names."""
    model, plot = view.model, wanted(view.model, asked)
    made = plotted(view, asked, plot)
    kinds = ("xlsx", "csv") if policy.may(model, "can:export") else ()
    lines: dict[str, Any] = dict.fromkeys(("as", "draw", "than", "by")) | {"rows": plot.by, "across": plot.pivot.across, "after": None}
    lines = dict.fromkeys(LOOKS) | plot.look() | {"after": None} if plot.than else lines
    able = options(model)
    question = asked.url("", **dict.fromkeys(LOOKS) | plot.look(), view=None, after=None).lstrip("?")
    form = [
        {"name": "draw", "label": str(_("Drawn as")), "value": plot.draw, "options": [(c, str(w)) for c, w in DRAWS.items()]},
        {"name": "by", "label": str(_("One for each")), "value": plot.by, "options": able},
        {"name": "measure", "label": str(_("Shows")), "value": written(plot.pivot), "options": measured(model)},
        {"name": "across", "label": str(_("Split by")), "value": plot.pivot.across, "options": [("", "—"), *able]},
        {"name": "than", "label": str(_("Beside")), "value": plot.than, "options": [("", "—"), *((c, str(w)) for c, w in THAN.items())]},
    ]
    hidden = {"across"} if plot.draw == "pie" else set()
    hidden |= set() if comparable(plot) else {"than"}
    return {
        "plot": made, "pivot_files": {kind: asked.url(f"{view.base}/pivot.{kind}", **lines) for kind in kinds},
        "pivot_form": [f for f in form if f["name"] not in hidden],
        "tile_url": f"/statistics/tiles/new?{urlencode({'table': model.__tablename__, 'question': question})}",
    } | head(view, asked, f"{made['count']:,}" if made else "")  # fmt: skip
