"""A list in groups: one line for each value, with its count and its sums, and the way to the rows behind it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.fields import fields_of
from app.engine.groups import added, grouped, totals
from app.engine.values import cents
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import shown
from app.web.charts import drilled, names
from app.web.look import Look

MOST = 300  # groups on a page


def groups(model: Any, shape: Look, asked: Asked, base: str) -> list[dict[str, Any]]:
    """The lines of a grouped list. One query, one more for the names of linked records."""
    sums, name = added(model, shape.names), shape.group.partition(":")[0]
    found = db.session.execute(grouped(model, shape.group, sums, asked.conditions(model)).limit(MOST)).all()
    words = names(model, name, [key for key, *_rest in found if key is not None])
    return [
        {
            "label": word(words, key), "count": f"{count:,}", "sums": said(model, dict(zip(sums, values, strict=True))),
            "url": behind(asked, shape.group, key, base), "rows_url": behind(asked, shape.group, key, base.removesuffix("list") + "rows"),
        }
        for key, count, *values in found
    ]  # fmt: skip


def word(words: dict[Any, str], key: Any) -> str:
    if isinstance(key, bool):
        return str(_("Yes") if key else _("No"))
    return str(words.get(key, key)) if key not in (None, "") else str(_("(none)"))


def behind(asked: Asked, by: str, key: Any, base: str) -> str:
    """The same question for the rows of one group alone."""
    return asked.url(base, filters=[*asked.filters, *drilled(by, key)], group=None, after=None)


def said(model: Any, values: dict[str, Any]) -> dict[str, str]:
    return {n: shown(fields_of(model)[n].kind(model, n), v) for n, v in values.items() if v is not None}


def added_up(model: Any, shape: Look, asked: Asked) -> dict[str, Any]:
    """{count, sums: {field: {sum, average}}} over every row of the question, in words. One query."""
    sums = added(model, shape.names)
    count, *values = db.session.execute(totals(model, sums, asked.conditions(model))).one()
    pairs = zip(values[::2], values[1::2], strict=True)
    return {
        "count": f"{count:,}",
        "sums": {n: {"sum": one(model, n, total), "average": one(model, n, mean)} for n, (total, mean) in zip(sums, pairs, strict=True)},
    }


def one(model: Any, name: str, value: Any) -> str:
    kind = fields_of(model)[name].kind(model, name)
    return shown(kind, cents(value)) if value is not None else ""
