"""From one record of a list to the next: the session remembers the question of the list that was looked at last, type by type."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flask import redirect, session
from flask_appbuilder import expose
from werkzeug.datastructures import MultiDict

from app.engine.errors import Refused
from app.engine.neighbours import neighbours
from app.engine.vault import seal, unseal
from app.extensions import db
from app.web.asked import Asked
from app.web.listing import by
from app.web.screen import allowed

SLOT, LISTS, LONGEST = "lists", 6, 2000  # types that are remembered, and characters of an address


class Back:
    """The way back to the list as it was asked for; its question stays out of the record's page."""

    @expose("/back")
    @allowed()
    def back(self) -> Any:
        view: Any = self
        url = last(view)
        return redirect(f"{view.base}/list?{url}" if url else f"{view.base}/list")


def keep(view: Any, asked: Asked) -> None:
    """Remember the list that is shown; its page is not part of it. Sealed: somebody may have looked for a whole number."""
    url, kept = asked.url("", after=None)[1:], dict(session.get(SLOT) or {})
    if len(url) > LONGEST or last(view) == url:
        return
    kept.pop(view.model.__tablename__, None)
    session[SLOT] = dict([*kept.items(), (view.model.__tablename__, seal(url) if url else "")][-LISTS:])


def last(view: Any) -> str | None:
    """The question of the list that was looked at last; None when none was."""
    kept = (session.get(SLOT) or {}).get(view.model.__tablename__)
    return unseal(kept) if kept else kept


def context(view: Any, record: Any) -> dict[str, Any]:
    """The way back to that list, and the records before and after this one in it; one query, and none without a list."""
    url, base = last(view), f"{view.base}/list"
    if url is None:
        return {"list_url": base, "before_url": "", "after_url": ""}
    try:
        asked = Asked.read(MultiDict(parse_qsl(url)), by(view))
        before, after = neighbours(db.session, record, asked.conditions(view.model), asked.by)
    except Refused:  # a right was taken since, or a field is gone
        return {"list_url": base, "before_url": "", "after_url": ""}
    ways = [f"{view.base}/show/{pk}" if pk else "" for pk in (before, after)]
    return {"list_url": f"{view.base}/back" if url else base, "before_url": ways[0], "after_url": ways[1]}
