"""Reminders as people meet them: on the home page, on a page of their own, done, moved and taken back; and their rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import remind, values
from app.engine.clock import local, now, today
from app.engine.errors import Missing, Refused
from app.engine.reminders import SHIPPED, called, kind_of
from app.extensions import db
from app.web.cells import moment, shown
from app.web.enter import wants_json
from app.web.screen import Screen, administers, allowed

ROWS = 8  # on the home page


class RemindersScreen(Screen):
    """``/reminders/``: everything that one is to think of."""

    doors = ((33, _("Reminders"), "ti-bell", "/reminders/", lambda: True),)

    @expose("/reminders/")
    @allowed()
    def index(self) -> Any:
        rows = lines()
        if wants_json():
            return jsonify(count=len(rows), result=[as_json(r) for r in rows])
        return self.render("reminders.html", page_title=_("Reminders"), rows=rows, may_rule=administers())

    @expose("/reminders/<int:pk>/<any(done, open):what>", methods=["POST"])
    @allowed()
    def finish(self, pk: int, what: str) -> Any:
        remind.finish(db.session, pk, done=what == "done")
        db.session.commit()
        undo = f"success /reminders/{pk}/open?{where()}" if what == "done" else "success"
        return answer(_("Done.") if what == "done" else _("It is to be done again."), undo)

    @expose("/reminders/<int:pk>/move", methods=["POST"])
    @allowed()
    def move(self, pk: int) -> Any:
        to = values.day(request.form.get("to") or refuse())
        before = remind.move(db.session, pk, to)
        db.session.commit()
        undo = f"success /reminders/{pk}/back?was={int(before.timestamp())}&{where()}"
        return answer(_("Moved to %(day)s.", day=shown("day", to)), undo)

    @expose("/reminders/<int:pk>/back", methods=["POST"])
    @allowed()
    def back(self, pk: int) -> Any:
        """As it was before it was moved."""
        was = request.args.get("was", "")
        if not was.isdecimal() or len(was) > 11:
            raise Missing
        remind.move_back(db.session, pk, datetime.fromtimestamp(int(was), now().tzinfo))
        db.session.commit()
        return answer(_("It is shown again."), "success")


def refuse() -> Any:
    raise Refused(_("Choose a day from tomorrow on, within two years."))


def where() -> str:
    """Where one came from, told in the address that takes a deed back."""
    return "back=home" if request.values.get("back") == "home" else "back=reminders"


def answer(words: Any, kind: str) -> Any:
    if wants_json():
        return jsonify(message=str(words))
    flash(words, kind)
    return redirect("/" if request.values.get("back") == "home" else "/reminders/")


def lines() -> list[dict[str, Any]]:
    """One row for each reminder, ready to be shown; at most two statements."""
    return [line(reminder, rule, record) for reminder, rule, record in remind.mine(db.session)]


def line(reminder: Any, rule: Any, record: Any) -> dict[str, Any]:
    """Who, what, when, how urgent; and what leads on from here."""
    day, kind = local(reminder.at).date(), kind_of(rule)
    days = (day - today()).days
    link = SHIPPED[rule.code].link if rule.code in SHIPPED else None
    return {
        "id": reminder.id, "who": called(record), "what": str(rule), "days": days,
        "at": moment(reminder.at) if kind == "moment" else shown("day", day),
        "word": str(in_words(days, after=reminder.lead < 0)), "tint": tint(days, after=reminder.lead < 0), "first": rule.first,
        "url": f"/{type(record).__tablename__}/show/{record.id}", "kind": str(type(record).__label__), "record_id": record.id,
        "link": {"label": str(link[0]), "url": link[1](record)} if link else None, "code": rule.code, "day": day.isoformat(),
    }  # fmt: skip


def in_words(days: int, *, after: bool) -> Any:
    if days == 0:
        return _("Today")
    if days > 0:
        return _("Tomorrow") if days == 1 else _("in %(days)s days", days=days)
    return _("%(days)s days ago", days=-days) if after else _("%(days)s days late", days=-days)


def tint(days: int, *, after: bool) -> str:
    if days < 0 or after:
        return "bad"
    return "wait" if days <= 1 else "plan"


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A reminder for programs."""
    return {n: row[n] for n in ("id", "code", "what", "who", "day", "days", "kind", "record_id", "url")}


def mine() -> list[dict[str, Any]]:
    """The list of the home page; nothing when there is none."""
    rows = lines()
    if not rows:
        return []
    return [{"title": _("Reminders"), "reminders": rows[:ROWS], "n": len(rows), "rows": [], "more_url": "/reminders/"}]
