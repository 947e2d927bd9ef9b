"""Drafts of layouts: kept, tried by their author, published or thrown away; and the versions that were published."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, jsonify, redirect, request, session
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import layout_versions as kept
from app.engine.errors import Missing
from app.engine.layout import key_of
from app.engine.layout_check import checked
from app.extensions import db
from app.web.cells import moment
from app.web.designing import about, common, design_url, difference, form_of, view_of
from app.web.enter import page
from app.web.screen import Screen, administers, allowed
from app.web.trail_lines import names
from app.web.trying import SLOT

LIVE = _("Saved. It holds from everybody's next click.")


class DesignScreen(Screen):
    """``/layouts/<table>/…``: reached from the form itself, its banner and the page of layouts."""

    @expose("/layouts/<table>/draft", methods=["POST"])
    @allowed(administers)
    def draft(self, table: str) -> Any:
        """Keep what stands on the form as the actor's draft, and let him try it."""
        view = view_of(table)
        role, device = about(request.form)
        try:
            sent = json.loads(request.form.get("shape", ""))
        except ValueError:
            sent = {}
        made = kept.keep(db.session, view.model, role, device, checked(view.model, {key_of(s) for s in view.declared()}, sent))
        number = made.id
        db.session.commit()
        session[SLOT] = number
        return jsonify(url=form_of(view))

    @expose("/layouts/<table>/draft/<int:pk>/<any(try, leave, publish, drop):what>", methods=["POST"])
    @allowed(administers)
    def deed(self, table: str, pk: int, what: str) -> Any:
        view, draft = view_of(table), kept.mine(db.session, pk)
        there_ = f"/layouts/{table}"
        if draft is None or draft.model != view.model.__name__:
            raise Missing
        if what == "publish":
            there_ = f"{there_}/versions?role={draft.role}&device={draft.device}"
            kept.publish_draft(db.session, view.model, draft)
            flash(LIVE, "success")
        elif what == "drop":
            db.session.delete(draft)
            flash(_("The draft was thrown away."), "success")
        db.session.commit()
        session.pop(SLOT, None)
        if what == "try":
            session[SLOT] = pk
        return redirect(form_of(view) if what == "try" else there_)

    @expose("/layouts/<table>/versions")
    @allowed(administers)
    def versions(self, table: str) -> Any:
        view = view_of(table)
        role, device = about(request.args)
        rows = kept.versions(db.session, view.model, role, device)
        people = names(rows)
        before = dict(zip(rows, [*rows[1:], None], strict=False))
        lines = [
            {
                "id": v.id, "number": v.number, "at": moment(v.created_at),
                "who": people.get(v.created_by or 0, "") if v.number > 1 else "",
                "back_to": v.back_to, "common": v.shape is None, "now": v is rows[0],
                "changes": difference(view, older.shape if (older := before[v]) else None, v.shape) if v.number > 1 else [],
            }
            for v in rows
        ]  # fmt: skip
        draft = kept.draft_of(db.session, view.model, role, device)
        return page(
            "versions.html", rows=lines, draft=draft.id if draft else 0, page_title=_("Versions of a layout"),
            design=design_url(view, role, device), **common(view, role, device),
        )  # fmt: skip

    @expose("/layouts/<table>/versions/<int:pk>/back", methods=["POST"])
    @allowed(administers)
    def back(self, table: str, pk: int) -> Any:
        view = view_of(table)
        was = kept.version(db.session, view.model, pk)
        role, device = was.role, was.device
        kept.publish(db.session, view.model, role, device, was.shape, back_to=was.number)
        db.session.commit()
        flash(LIVE, "success")
        return redirect(f"/layouts/{table}/versions?role={role}&device={device}")
