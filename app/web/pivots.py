"""What a pivot may be made of, the one that an address asks for, the words of its keys, and its numbers for REST."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.errors import Forbidden, Missing
from app.engine.fields import fields_of
from app.engine.groups import measures
from app.engine.pivot import ALL, AVERAGE, COUNT, SUM, Pivot, counted
from app.engine.values import cents
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import choices, described, shown
from app.web.charts import names
from app.web.grouping import word
from app.web.look import ways

HOWS = {SUM: _("sum of %(field)s"), AVERAGE: _("average of %(field)s")}


def options(model: Any) -> list[tuple[str, str]]:
    """What rows and columns may be made of: (field or ``starts_at:month``, its words)."""
    return [pair for n in policy.comparable(model) for pair in ways(model, n)]


def measured(model: Any) -> list[tuple[str, str]]:
    """What the cells may hold."""
    found = [("", str(_("number of rows")))]
    for n in measures(model, policy.comparable(model)):
        found += [(n if how == SUM else f"{n}:{how}", str(words % {"field": described(model, n)["label"]})) for how, words in HOWS.items()]
    return found


def wanted(model: Any, asked: Asked) -> Pivot:
    """The pivot that the address asks for; what is not the actor's to see is left out of it."""
    given, able = dict(asked.look), [by for by, _words in options(model)]
    if not able:
        raise Missing
    rows = [by for by in (*given.get("rows", "").split(","), given.get("then", "")) if by in able]
    across = given.get("across", "")
    measure, _colon, how = given.get("measure", "").partition(":")
    if (given.get("measure", "")) not in dict(measured(model)):
        measure = ""
    rows = list(dict.fromkeys(rows))[:2] or [usual(model, able)]
    return Pivot(tuple(rows), across if across in able and across not in rows else "", measure, (how or SUM) if measure else COUNT)


def usual(model: Any, able: list[str]) -> str:
    """What a pivot begins with: the state, else the first choice."""
    return next((by for by in able if described(model, by.partition(":")[0])["kind"] in ("state", "choice")), able[0])


def written(pivot: Pivot) -> str:
    return pivot.measure + (f":{pivot.how}" if pivot.how == AVERAGE else "")


def axis(model: Any, by: str, keys: set[Any]) -> list[tuple[Any, str]]:
    """(key, its words) in the order people expect: choices as they are declared, days by time, the rest by words; empty last."""
    name = by.partition(":")[0]
    words = names(model, name, [k for k in keys if k is not None])
    place = {code: n for n, (code, _word) in enumerate(choices(model, name))}
    kind = described(model, name)["kind"]
    made = [(k, word(words, k)) for k in keys]
    by_words = kind in ("link", "text", "choice", "state")
    return sorted(made, key=lambda p: (p[0] is None, place.get(p[0], len(place)), p[1] if by_words else "", "" if by_words else p[0] or 0))


def said(model: Any, pivot: Pivot, value: Any) -> str:
    """A number of it as people read it."""
    if value is None:
        return "—"
    return shown(fields_of(model)[pivot.measure].kind(model, pivot.measure), cents(value)) if pivot.measure else f"{value:,}"


def plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(cents(value))


def numbers(model: Any, asked: Asked) -> dict[str, Any]:
    """The numbers for REST. Raises ``Forbidden`` for fields that are not the actor's to compare."""
    given, pivot = dict(asked.look), wanted(model, asked)
    named = [by for by in (*given.get("rows", "").split(","), given.get("then", ""), given.get("across", "")) if by]
    if set(named) - set(pivot.keys) or (given.get("measure", "") not in ("", written(pivot))):
        raise Forbidden(_("These fields cannot make a pivot, or are not yours to compare."))
    found = counted(db.session, model, pivot, asked.conditions(model))
    if found is None:
        return {"rows": pivot.rows, "across": pivot.across or None, "many": True, "result": []}
    told = {by: dict(axis(model, by, {keys[n] for keys in found.cells})) for n, by in enumerate(pivot.keys)}
    total = found.sums.get((ALL,) * len(pivot.keys))
    return {
        "rows": pivot.rows, "across": pivot.across or None, "measure": pivot.measure or None, "how": pivot.how, "many": False,
        "count": total.count if total else 0, "value": plain(total.value(pivot.how)) if total else None,
        "result": [
            {"keys": dict(zip(pivot.keys, keys, strict=True)), "count": heap.count, "value": plain(heap.value(pivot.how)),
             "labels": {by: told[by][key] for by, key in zip(pivot.keys, keys, strict=True)}}
            for keys, heap in found.cells.items()
        ],
    }  # fmt: skip
