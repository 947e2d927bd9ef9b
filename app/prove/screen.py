"""``/prove/``: the last full proof of this installation, and a look at one's own tenant in place."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, jsonify, redirect
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.current import tenant_id
from app.engine.rules import role_names
from app.extensions import queue
from app.jobs.queue import JOBS
from app.prove.inplace import keep, kept, proved
from app.web.enter import wants_json
from app.web.screen import Screen, allowed, has_role

ADMIN = has_role("admin")
LONGEST = 900  # seconds of a look


class ProveScreen(Screen):
    """For administrators. The full proof runs on a database of its own; from here only reading is tried."""

    doors = ((93, _("Proof of rights"), "ti-shield-check", "/prove/", ADMIN),)

    @expose("/prove/")
    @allowed(ADMIN)
    def prove(self) -> Any:
        mine, file = kept(tenant_id()), proved()
        if wants_json():
            return jsonify(result=mine)
        full = json.loads(file.read_text()) if file.exists() else None
        running = bool(mine and mine.get("running"))
        tables = [(words, t) for words, t in ((_("This company, read only"), mine), (_("The full proof"), full)) if t and "lines" in t]
        roles = role_names(archived=True)
        return self.render("prove.html", roles=roles, tables=tables, running=mine if running else None, page_title=_("Proof of rights"))

    @expose("/prove/", methods=["POST"])
    @allowed(ADMIN)
    def look(self) -> Any:
        """Have the queue look at what every role reads of this tenant's own rows."""
        mine = kept(tenant_id())
        if not (mine and mine.get("running")):
            keep(tenant_id(), {"done": 0, "of": 0, "running": True}, LONGEST)
            queue().enqueue(JOBS[1], tenant_id(), result_ttl=0, failure_ttl=3600, job_timeout=LONGEST)
        if wants_json():
            return jsonify(message=str(_("Started."))), 202
        flash(_("Started. Load this page again in a minute."), "success")
        return redirect("/prove/")
