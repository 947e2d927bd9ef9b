"""``/settings/published/``: what head office publishes, and who has which edition and differs; and a franchise's newer editions."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from app.engine.errors import Forbidden
from app.engine.settings import package
from app.engine.settings.bringing import plan
from app.engine.settings.kinds import KINDS, title
from app.engine.settings.publishing import holders, offer, publication, publish, take
from app.engine.settings.reading import state
from app.extensions import db
from app.web.enter import page
from app.web.rights import at_home
from app.web.screen import Screen, administers, allowed, has_role
from app.web.settings_pages import picked, speaker
from app.web.settings_screen import planned, said

HEAD = has_role("head_office")


class PublishedScreen(Screen):
    """Head office's pages, and the two of a franchise for what was offered to it."""

    @expose("/settings/publish", methods=["POST"])
    @allowed(HEAD)
    def publish(self) -> Any:
        """The chosen settings to every franchise; with ``code`` a new edition."""
        if not at_home():
            raise Forbidden
        held, code = state(db.session), request.form.get("code", "")
        content = package.chosen(held, picked(held))
        reached = publish(db.session, content, request.form.get("name", ""), locked=request.form.get("locked") == "1", code=code)
        flash(_("Published to %(n)s companies.", n=reached), "success")
        return redirect(f"/settings/published/{code}" if code else "/settings/")

    @expose("/settings/published/<code>")
    @allowed(HEAD)
    def published(self, code: str) -> Any:
        if not at_home():
            raise Forbidden
        return page("settings_published.html", **context(code))

    @expose("/settings/offer/<code>", methods=["GET", "POST"])
    @allowed(administers)
    def offer(self, code: str) -> Any:
        """What a newer edition would change here, and taking it over."""
        row = offer(db.session, code)
        if request.method == "POST":
            said(take(db.session, code, picked()))
            return redirect("/settings/")
        name, content = row.name, row.offer or {}
        return page("settings_plan.html", **planned(plan(db.session, content)), name=name, token="", action=f"/settings/offer/{code}")


def context(code: str) -> dict[str, Any]:
    """What ``settings_published.html`` shows."""
    row, english = publication(db.session, code), str(get_locale() or "").startswith("en")
    content = row.content or {}
    here, say = state(db.session, content), speaker()
    parts = [
        {"slot": f"{kind} {key}", "kind": str(KINDS[kind].label), "title": title(kind, key, value),
         "changed": here[kind].get(key) != value, "gone": key not in here[kind]}
        for kind, values in content.items() for key, value in sorted(values.items())
    ]  # fmt: skip
    rows = [
        {
            "name": (h.name_en if english else "") or h.name, "edition": h.edition, "offered": h.offered, "locked": h.locked,
            "troubles": [(named(slot, content), why) for slot, why in h.troubles.items()],
            "differs": [
                {"kind": str(KINDS[d.kind].label), "title": d.title, "gone": d.state == "new",
                 "changes": say(d.changes)}
                for d in h.differs
            ],
        }
        for h in holders(db.session, row)
    ]  # fmt: skip
    return {"row": row, "parts": parts, "rows": rows, "page_title": row.name}


def named(slot: str, content: dict[str, Any]) -> str:
    kind, _space, key = slot.partition(" ")
    return title(kind, key, content.get(kind, {}).get(key))
