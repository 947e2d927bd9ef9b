"""A chart that somebody made: what it is made of, its numbers with the list behind each, and those of an earlier period beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import earlier as times
from app.engine.conditions import ALL as EVERY
from app.engine.conditions import Group, Leaf
from app.engine.earlier import BEFORE, MOVED, YEAR, Earlier
from app.engine.pivot import ALL, AVERAGE, Heap, Keys, Numbers, Pivot, counted
from app.extensions import db
from app.web import pivots
from app.web.asked import Asked
from app.web.cells import described
from app.web.list_pivot import Behind
from app.web.pivots import axis, measured, options, said, written

DRAWS = {"bar": _("Bars"), "line": _("Line"), "area": _("Area"), "stacked": _("Stacked bars"), "pie": _("Pie")}
THAN = {BEFORE: _("The period before"), YEAR: _("A year ago")}
ROWS, SERIES = 400, 20  # more is a pivot, or a narrower question
LOOKS = ("by", "across", "measure", "draw", "than")
NOBODY = "—"
EMPTY: dict[str, Any] = {"text": "", "value": None, "url": ""}


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of record, and where its lists stand."""

    model: Any

    @property
    def base(self) -> str:
        return f"/{self.model.__tablename__}"


@dataclass(frozen=True, slots=True)
class Plot:
    """A pivot with one field down and at most one across, how it is drawn, and what it is compared with."""

    pivot: Pivot
    draw: str
    than: str = ""

    @property
    def by(self) -> str:
        return self.pivot.rows[0]

    @property
    def form(self) -> str:
        """``day``, ``month`` or ``year`` of a time; else nothing."""
        return self.by.partition(":")[2]

    def look(self) -> dict[str, str]:
        """The words of an address that ask for it."""
        words = (self.by, self.pivot.across, written(self.pivot), self.draw, self.than)
        return {"as": "chart"} | {name: word for name, word in zip(LOOKS, words, strict=True) if word}


def wanted(model: Any, asked: Asked) -> Plot:
    """The chart that an address asks for; what is not the actor's to see is left out of it. Raises ``Missing`` where nothing is."""
    given = dict(asked.look)
    draw = given.get("draw", "")
    across = given.get("across", "") if draw != "pie" else ""
    pivot = pivots.wanted(model, lined(asked, given.get("by", "").partition(",")[0], across))
    made = Plot(pivot, draw if draw in DRAWS else "line" if ":" in pivot.rows[0] else "bar")
    if draw in ("pie", "stacked") and pivot.how == AVERAGE:
        made = replace(made, draw="bar")  # means do not add up to anything
    than = given.get("than", "")
    return replace(made, than=than) if than in THAN and comparable(made) else made


def comparable(plot: Plot) -> bool:
    """Whether an earlier period can stand beside it."""
    return bool(plot.form) and plot.draw != "pie"


def lined(asked: Asked, by: str, across: str = "") -> Asked:
    """The same question for a pivot."""
    words = {"rows": by, "across": across, "measure": dict(asked.look).get("measure", "")}
    return replace(asked, look=tuple((n, w) for n, w in words.items() if w))


def exact(model: Any, asked: Asked) -> bool:
    """Whether the actor gets just the chart that was asked for, with nothing left out."""
    made, given = wanted(model, asked).look(), dict(asked.look)
    return all(given.get(n, "") == made.get(n, "") for n in LOOKS if given.get(n))


Narrow = Callable[[Any, list[Any]], list[Any]]  # of a record type and conditions: what else a row has to be


def plotted(source: Any, asked: Asked, plot: Plot, narrow: Narrow = lambda _model, wanted: wanted) -> dict[str, Any] | None:
    """{draw, money, heads, rows, foot, …} for page and script; None where it is too much to draw.

    One grouped query, one more for an earlier period, and one for each link that it names.
    """
    model, pivot = source.model, plot.pivot
    numbers = counted(db.session, model, pivot, narrow(model, asked.conditions(model)))
    if numbers is None:
        return None
    then = before(asked, plot) if plot.than else None
    past = counted(db.session, model, pivot, narrow(model, then[0].conditions(model))) if then else None
    if then and past is None:
        return None
    found = comparing(source, asked, plot, (numbers, past), then) if then and past else alone(source, asked, plot, numbers)
    total = numbers.sums.get((ALL,) * len(pivot.keys))
    if found is None:
        return None
    kind = described(model, pivot.measure)["kind"] if pivot.measure else ""
    return found | {
        "draw": plot.draw if plot.draw != "stacked" or pivot.across else "bar", "money": kind == "money",
        "whole": not pivot.measure, "gaps": pivot.how == AVERAGE,
        "by": dict(options(model))[plot.by], "measure": dict(measured(model))[written(pivot)],
        "time": bool(plot.form), "count": total.count if total else 0, "compared": then is not None,
        "past": [*range(1, len(found["heads"]), 2)] if then else [],
    }  # fmt: skip


def alone(source: Any, asked: Asked, plot: Plot, numbers: Numbers) -> dict[str, Any] | None:
    """The rows and columns of a chart without comparison."""
    model, pivot = source.model, plot.pivot
    series = axis(model, pivot.across, {keys[1] for keys in numbers.cells}) if pivot.across else []
    keys = rows(model, asked, plot, numbers)
    if keys is None or len(series) > SERIES:
        return None
    rights: list[Keys] = [*((key,) for key, _words in series), (ALL,)] if series else [()]

    def line(left: Any) -> list[dict[str, Any]]:
        return [point(source, asked, pivot, numbers, (left, *right)) for right in rights]

    heads = [words for _key, words in series] or [dict(measured(model))[written(pivot)]]
    return {
        "heads": heads, "sums": [str(_("Total"))] if series else [], "rows": [{"label": words, "cells": line(key)} for key, words in keys],
        "foot": line(ALL) if numbers.cells else [],
    }  # fmt: skip


def rows(model: Any, asked: Asked, plot: Plot, numbers: Numbers) -> list[tuple[Any, str]] | None:
    """(key, words) of the bars: times with none left out between them, links from the largest down, choices as they are declared."""
    found = {keys[0] for keys in numbers.cells}
    if plot.form:
        none = [(None, str(_("(none)")))] if None in found else []
        keys = times_of(asked, plot, found - {None})
        return [*((k, k) for k in keys), *none] if len(keys) <= ROWS else None
    if len(found) > ROWS:
        return None
    made = axis(model, plot.by, found)
    if described(model, plot.by)["kind"] in ("link", "text"):
        width = len(plot.pivot.keys) - 1
        made.sort(key=lambda p: (p[0] is None, -(numbers.sums[p[0], *[ALL] * width].value(plot.pivot.how) or 0)))
    return made


def times_of(asked: Asked, plot: Plot, found: set[Any], span: times.Span | None = None) -> list[str]:
    """Every day, month or year of the question, or between the first and the last one found; only those found where that is too much."""
    span = span or times.span(moving(asked, plot)[0]) or times.Span()
    first = span.first or min(map(times.opens, found), default=None)
    last = span.last or max(map(times.closes, found), default=None)
    dense = times.between(plot.form, first, last, ROWS) if first and last else []
    return dense or sorted(found)


def point(source: Any, asked: Asked, pivot: Pivot, numbers: Numbers, keys: Keys) -> dict[str, Any]:
    """One number in words and as a number, with the address of the list it counts."""
    heap = numbers.cells.get(keys) or numbers.sums.get(keys)
    if heap is None and len(keys) > 1 and ALL not in keys:
        return EMPTY  # no such rows: nothing stands there
    value = (heap or Heap(known=1)).value(pivot.how) if heap or pivot.how != AVERAGE else None
    number = None if value is None else float(value)
    return {"text": said(source.model, pivot, value), "value": number, "url": Behind(source, asked, pivot)(keys)}


def moving(asked: Asked, plot: Plot) -> tuple[list[Leaf], list[Any]]:
    """The conditions that name the period, and the others."""
    tree, name = asked.tree, plot.by.partition(":")[0]
    terms = tree.terms if tree.mode == EVERY else (tree,)
    moved = [t for t in terms if isinstance(t, Leaf) and t.path == name and t.how in MOVED]
    return moved, [t for t in terms if t not in moved]


def before(asked: Asked, plot: Plot) -> tuple[Asked, Earlier] | None:
    """The same question about the earlier days; None where the question cuts a day in two."""
    moved, rest = moving(asked, plot)
    now, name = times.span(moved), plot.by.partition(":")[0]
    if now is None:
        return None
    there = times.earlier(now, plot.than, plot.form)
    ends = [(name, how, str(day)) for how, day in (("ge", there.span.first), ("le", there.span.last)) if day]
    return replace(asked, filters=ends, where=Group(EVERY, tuple(rest))), there


def comparing(source: Any, asked: Asked, plot: Plot, both: tuple[Numbers, Numbers], then: tuple[Asked, Earlier]) -> dict[str, Any] | None:
    """The bars of now beside those of then: two columns, of a split two for each part and for all, and how much more or less."""
    model, pivot, (numbers, past), (question, by) = source.model, plot.pivot, both, then
    series = axis(model, pivot.across, {keys[1] for found in both for keys in found.cells}) if pivot.across else []
    pairs = beside(asked, plot, both, then)
    if pairs is None or 2 * len(series) > SERIES:
        return None
    rights: list[Keys] = [*((key,) for key, _words in series), (ALL,)] if series else [()]
    closed, than = by.span.first is not None, str(THAN[plot.than])
    made = []
    for now, was in pairs:
        cells = [
            one for right in rights
            for one in (cell(source, asked, pivot, numbers, now, right), cell(source, question, pivot, past, was, right))
        ]  # fmt: skip
        made.append({"label": now or f"({was})", "cells": cells, "then": was or NOBODY, "change": change(cells[-2:])})
    foot: list[dict[str, Any]] = []
    for right in rights:
        foot.append(point(source, asked, pivot, numbers, (ALL, *right)))
        if closed or series:
            foot.append(point(source, question, pivot, past, (ALL, *right)) if closed else EMPTY)
    return {
        "heads": [w for _key, words in series for w in (words, f"{words} · {than}")] or [str(_("This period")), than],
        "sums": [str(_("Total")), than] if series else [], "rows": made, "foot": foot, "change": change(foot[-2:]) if closed else "",
    }  # fmt: skip


def beside(
    asked: Asked, plot: Plot, both: tuple[Numbers, Numbers], then: tuple[Asked, Earlier]
) -> list[tuple[str | None, str | None]] | None:
    """Which day, month or year of now stands beside which of then; None where there are too many."""
    question, by = then
    known, there = ({keys[0] for keys in found.cells if keys[0]} for found in both)
    pairs = times.paired(times_of(asked, plot, known), times_of(question, plot, there, by.span), by)
    if len(pairs) > ROWS:
        pairs = times.paired(known, there, by)  # those days alone on which there was something
    if by.span.first is None:  # without a beginning it is each with the one before: none stands alone
        pairs = [p for p in pairs if p[0]]
    return pairs if len(pairs) <= ROWS else None


def cell(source: Any, asked: Asked, pivot: Pivot, numbers: Numbers, key: str | None, right: Keys = ()) -> dict[str, Any]:  # noqa: PLR0913, PLR0917
    """One of two bars; a place without a partner is empty."""
    return point(source, asked, pivot, numbers, (key, *right)) if key else EMPTY


def change(pair: Sequence[dict[str, Any]]) -> str:
    """How much more or less than before, in percent; nothing can be said of what was nothing."""
    now, was = pair[0]["value"], pair[1]["value"]
    if now is None or not was:
        return NOBODY
    percent = (now - was) / abs(was) * 100
    return f"{percent:+,.1f}%".replace("-", "−")
