"""Asking for access as people meet it: the form, what waits for me, and what became of mine."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.asks import HOURS, AccessRequest, ask, decide, hidden, mine, subject, waiting
from app.engine.errors import Missing, Refused
from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.present import label
from app.engine.record import record_named, records
from app.extensions import db
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, allowed
from app.web.shares import called, name_of

STATES = {"asked": _("Waiting"), "granted": _("Granted"), "declined": _("Declined")}
TINTS = {"asked": "wait", "granted": "done", "declined": "off"}
SPANS = {n: _("%(n)s hours", n=n) for n in HOURS}
WISH = _("For %(hours)s hours: %(reason)s")
SUBSCRIPTIONS.extend((
    Subscription("access_request.asked", "owner", "bell", _("%(who)s asks for access"), WISH),
    Subscription("access_request.asked", "role:admin", "bell", _("%(who)s asks for access"), WISH),
    Subscription("access_request.granted", "maker", "bell", _("You have access for %(hours)s hours"), WISH),
    Subscription("access_request.declined", "maker", "bell", _("Your wish was declined"), WISH),
))  # fmt: skip


class AsksScreen(Screen):
    """``/asks/`` and the form ``/ask/<table>/<id>``."""

    doors = ((81, _("Access requests"), "ti-key", "/asks/", lambda: True),)

    @expose("/asks/")
    @allowed()
    def index(self) -> Any:
        decided = [{**shown(a, subject(db.session, a)), "state": str(STATES[a.state]), "tint": TINTS[a.state]} for a in mine(db.session)]
        return page("asks.html", page_title=_("Access requests"), waiting=[shown(a, r) for a, r in waiting(db.session)], mine=decided)

    @expose("/ask/<table>/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def ask(self, table: str, pk: int) -> Any:
        record = find(table, pk)
        given = request.values.to_dict()
        if request.method == "GET":
            return page("ask.html", **form(record, given))
        try:
            ask(db.session, record, given.get("target", ""), given.get("reason", ""), given.get("hours", ""))
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            return page("ask.html", refused.status, error=str(refused), **form(find(table, pk), given))
        flash(_("Sent. You are told as soon as somebody decides."), "success")
        return redirect("/asks/")

    @expose("/asks/<int:pk>/<any(grant, decline):what>", methods=["POST"])
    @allowed()
    def decide(self, pk: int, what: str) -> Any:
        decide(db.session, pk, grant=what == "grant")
        db.session.commit()
        flash(_("Granted. It ends by itself.") if what == "grant" else _("Declined."), "success")
        return redirect("/asks/")


def find(table: str, pk: int) -> Any:
    """A record that the actor sees, of whatever type."""
    model = record_named(table)
    if model is None or model.__platform__ or not policy.opens(model):
        raise Missing
    found = query.find(db.session, model, pk)
    if found is None:
        raise Missing
    return found


def form(record: Any, given: dict[str, str]) -> dict[str, Any]:
    model = type(record)
    return {
        "record": {"label": label(record), "kind": str(model.__label__), "url": f"/{model.__tablename__}/show/{record.id}"},
        "targets": [(t, called(model, t)) for t in hidden(record)], "spans": [(n, str(w)) for n, w in SPANS.items()],
        "given": given, "owner": name_of(record.owner_id), "page_title": _("Ask for access"),
    }  # fmt: skip


def shown(asked: AccessRequest, record: Any) -> dict[str, Any]:
    model = next(m for m in records() if m.__name__ == asked.model)
    return {
        "id": asked.id, "who": name_of(asked.created_by), "part": called(model, asked.target), "reason": asked.reason,
        "span": str(SPANS.get(asked.hours, asked.hours)), "at": moment(asked.created_at), "kind": str(model.__label__),
        "label": label(record) if record is not None else "",
        "url": f"/{model.__tablename__}/show/{asked.record_id}" if record is not None else "",
        "by": name_of(asked.decided_by),
    }  # fmt: skip
