"""How long messages and the like are kept: a number that the tenant's administrator sets."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import values
from app.engine.audit import AuditEntry
from app.engine.errors import Refused
from app.engine.retention import LONGEST, SHORTEST, STANDARD, retention
from app.extensions import db
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, allowed, has_role

MAY = has_role("admin")


class PrivacyScreen(Screen):
    """``/privacy/``: what is forgotten when."""

    doors = ((93, _("Privacy"), "ti-lock-access", "/privacy/", MAY),)

    @expose("/privacy/", methods=["GET", "POST"])
    @allowed(MAY)
    def privacy(self) -> Any:
        kept = retention(db.session)
        if request.method == "GET":
            return page("privacy.html", **context(kept, str(kept.days)))
        sent = request.form.get("days", "").strip()
        try:
            days = read(sent)
        except Refused as refused:
            return page("privacy.html", 422, **context(kept, sent, str(refused)))
        if days != kept.days:
            db.session.flush()
            change = {"days": [kept.days, days]}
            db.session.add(AuditEntry(model="Retention", record_id=kept.id, made=0, action="update", changes=change))
            kept.days = days
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect("/privacy/")


def read(sent: str) -> int:
    days = values.whole(sent)
    if not SHORTEST <= days <= LONGEST:
        raise Refused(_("Between %(least)s and %(most)s days.", least=SHORTEST, most=LONGEST))
    return days


def context(kept: Any, days: str, wrong: str = "") -> dict[str, Any]:
    """What ``privacy.html`` shows."""
    found = {
        "days": days, "wrong": wrong, "least": SHORTEST, "most": LONGEST, "standard": STANDARD,
        "cleared": moment(kept.cleared_at) if kept.cleared_at else "", "page_title": _("Privacy"),
    }  # fmt: skip
    if kept.id is None:
        db.session.expunge(kept)  # looking makes no row
    return found
