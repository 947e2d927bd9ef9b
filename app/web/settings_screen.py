"""``/settings/``: the settings of a company as packages, and the history of every change."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.errors import Refused
from app.engine.settings import package
from app.engine.settings.bringing import REFUSED, SAME, bring, changes, difference, plan, take_back, undone
from app.engine.settings.kinds import KINDS, title
from app.engine.settings.publishing import published, received
from app.engine.settings.reading import KINDS as ORDER
from app.engine.settings.reading import state
from app.engine.settings.tables import SettingChange
from app.extensions import db
from app.web.cells import moment
from app.web.enter import page
from app.web.rights import at_home
from app.web.screen import Screen, administers, allowed
from app.web.settings_pages import REASONS, picked, recall, remember, sent_file, shelves, shown, speaker
from app.web.trail_lines import names

PAGE = 50


class SettingsScreen(Screen):
    """For administrators of each company."""

    doors = ((93, _("Settings as packages"), "ti-package", "/settings/", administers),)

    @expose("/settings/")
    @allowed(administers)
    def index(self) -> Any:
        return page("settings.html", **context())

    @expose("/settings/export", methods=["POST"])
    @allowed(administers)
    def export(self) -> Any:
        """The chosen settings as a file."""
        held = state(db.session)
        content = package.chosen(held, picked(held))
        if not content:
            raise Refused(_("Choose at least one setting that can leave the company."))
        name = " ".join(request.form.get("name", "").split())[: package.LONGEST] or str(_("Settings"))
        return file(package.written(content, name))

    @expose("/settings/import", methods=["POST"])
    @allowed(administers)
    def trial(self) -> Any:
        """What a file would do; nothing is kept."""
        try:
            name, content = package.read(sent_file())
            lines = plan(db.session, content)
        except Refused as refused:
            db.session.rollback()
            return page("settings.html", refused.status, error=str(refused), **context())
        return page("settings_plan.html", **planned(lines), name=name, token=remember(name, content), action="/settings/import/do")

    @expose("/settings/import/do", methods=["POST"])
    @allowed(administers)
    def take_in(self) -> Any:
        name, content = recall(request.form.get("token", ""))
        count = bring(db.session, content, name, picked())
        said(count)
        return redirect("/settings/history")

    @expose("/settings/history")
    @allowed(administers)
    def history(self) -> Any:
        return page("settings_history.html", **past())

    @expose("/settings/history/<int:pk>/undo", methods=["POST"])
    @allowed(administers)
    def undo(self, pk: int) -> Any:
        return told(*take_back(db.session, SettingChange.id == pk))

    @expose("/settings/batch/<batch>/undo", methods=["POST"])
    @allowed(administers)
    def undo_all(self, batch: str) -> Any:
        """All that one import, one edition or one undo did."""
        return told(*take_back(db.session, SettingChange.batch == batch))


def file(text: str) -> Response:
    made = Response(text, mimetype="application/json")
    made.headers["Content-Disposition"] = "attachment; filename=jiahe-settings.json"
    return made


def said(count: int) -> None:
    if count:
        flash(_("%(n)s settings were taken in. They hold from everybody's next click.", n=count), "success")
    else:
        flash(_("Nothing was changed."), "success")


def told(done: int, stay: list[str]) -> Any:
    flash(_("%(n)s settings are as they were before.", n=done), "success")
    if stay:
        flash(_("These stay: %(names)s", names="; ".join(stay)), "warning")
    return redirect("/settings/history")


def context() -> dict[str, Any]:
    """What ``settings.html`` shows."""
    home = at_home()
    return {
        "filled": [s for s in shelves(state(db.session)) if s["rows"]], "home": home, "received": received(db.session),
        "published": published(db.session) if home else [], "page_title": _("Settings as packages"),
    }  # fmt: skip


def planned(lines: list[Any]) -> dict[str, Any]:
    """What ``settings_plan.html`` shows."""
    able = [one for one in lines if one.state not in (SAME, REFUSED)]
    return {"lines": shown(lines), "able": len(able), "page_title": _("What the package would change")}


def past() -> dict[str, Any]:
    """What ``settings_history.html`` shows: a page of changes, newest first."""
    kind, before = request.args.get("kind", ""), request.args.get("before", "")
    asked = [SettingChange.kind == kind] if kind in KINDS else []
    if before.isdecimal() and len(before) < 10:
        asked.append(SettingChange.id < int(before))
    found = changes(db.session, *asked, limit=PAGE + 1)
    gone = undone(db.session, [c.id for c in found])
    people, say = names(found), speaker()
    rows = [
        {
            "id": c.id, "at": moment(c.created_at), "who": people.get(c.created_by or 0) or str(REASONS.get(c.reason, "")),
            "kind": str(KINDS[c.kind].label) if c.kind in KINDS else c.kind, "title": title(c.kind, c.key, c.after or c.before),
            "reason": str(REASONS.get(c.reason, c.reason)), "source": c.source, "batch": c.batch, "undone": c.id in gone,
            "new": c.before is None, "away": c.after is None,
            "changes": say(difference(c.before, c.after)),
        }
        for c in found[:PAGE]
    ]  # fmt: skip
    several = {b for b in (r["batch"] for r in rows) if sum(r["batch"] == b for r in rows) > 1}
    heads: set[str] = set()
    for row in rows:
        row["head"] = row["batch"] in several and row["batch"] not in heads
        heads.add(str(row["batch"]))
    return {
        "rows": rows, "kind": kind, "kinds": [(n, str(KINDS[n].label)) for n in ORDER], "page_title": _("History of settings"),
        "following": f"/settings/history?kind={kind}&before={rows[-1]['id']}" if len(found) > PAGE else "",
    }  # fmt: skip
