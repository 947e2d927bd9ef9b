"""One box for everything: the first few matches of each kind of record the actor opens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.present import label
from app.extensions import db
from app.web.cells import cell
from app.web.enter import page, wants_json
from app.web.frame import record_views
from app.web.screen import Screen, allowed

FEW = 5


class SearchScreen(Screen):
    """The search box of the top bar."""

    @expose("/search")
    @allowed()
    def search(self) -> Any:
        """A page, or for type-ahead the same as JSON."""
        asked = request.args.get("q", "").strip()[:100].replace("\x00", "")
        groups = found(asked) if asked else []
        if wants_json():
            return jsonify(q=asked, groups=groups)
        return page("search.html", q=asked, groups=groups, page_title=_("Search"))


def found(text: str) -> list[dict[str, Any]]:
    """The groups that have a match, each with its first rows and the address of all of them."""
    made = []
    for view in record_views():
        model = view.model
        if not model.__search__ or not policy.opens(model):
            continue
        fits = query.search(model, text)
        names = [n for n in policy.readable(model, list(view.columns)) if n != model.__search__[0]][:3]
        rows = few(model, fits, names)
        if rows:
            made.append(
                {
                    "label": str(model.__plural__ or model.__label__), "icon": model.__icon__,
                    "table": model.__tablename__,
                    "url": f"{view.base}/list?{urlencode({'q': text})}", "more": len(rows) > FEW,
                    "rows": [
                        {
                            "id": row.id, "label": label(row), "url": f"{view.base}/show/{row.id}",
                            "detail": " · ".join(c.shown for c in (cell(row, n) for n in names) if c.shown),
                        }
                        for row in rows[:FEW]
                    ],
                }
            )  # fmt: skip
    return made


def few(model: Any, fits: Any, names: list[str]) -> list[Any]:
    return query.page(db.session, model, [fits], by="-id", size=FEW + 1, eager=names).rows
