"""The numbers of a pivot or of a chart as a file; a chart that is compared takes its earlier period along."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.export import allowed as exportable
from app.web import list_pivot
from app.web.asked import Asked
from app.web.pivot_file import Grid, sent
from app.web.plots import plotted, wanted


def exported(view: Any, asked: Asked, kind: str) -> Any:
    """The file, of the rows that the actor may take away. Raises ``Forbidden``."""
    given = dict(asked.look)
    if given.get("as") != "chart" or not (plot := wanted(view.model, asked)).than:
        return list_pivot.exported(view, asked, kind)
    made = plotted(view, asked, plot, exportable)
    names = [by.partition(":")[0] for by in (*plot.pivot.keys, plot.pivot.measure) if by]
    return sent(view.model, lined(made) if made else None, list(dict.fromkeys(names)), kind)


def lined(made: dict[str, Any]) -> Grid:
    """A line for each day, month or year, and the one before that stands beside it."""
    if not made["compared"]:
        heads, beside = [made["by"], *made["heads"], *made["sums"]], False
    else:
        heads, beside = [made["by"], str(_("Beside")), *made["heads"], *made["sums"], f"{_('More or less')} %"], True
    width = len(made["heads"]) + len(made["sums"])
    grid: Grid = [heads]
    for row in made["rows"]:
        values = [cell["value"] for cell in row["cells"]]
        grid.append([row["label"], *([row["then"]] if beside else []), *values, *([percent(values)] if beside else [])])
    if made["foot"]:
        foot: list[Any] = [cell["value"] for cell in made["foot"]]
        foot += [None] * (width - len(foot))
        grid.append([str(_("Total")), *([""] if beside else []), *foot, *([percent(foot)] if beside else [])])
    return grid


def percent(values: list[Any]) -> float | None:
    """The last pair: how much more or less than before."""
    now, was = values[-2:]
    return None if now is None or not was else (now - was) / abs(was) * 100
