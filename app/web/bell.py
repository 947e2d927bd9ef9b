"""The bell: what happened that concerns me; and for administrators, what would have gone out of the house."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select, update  # noqa: TID251

from app.engine.clock import now
from app.engine.current import current, trusted
from app.engine.notify import Message
from app.engine.record import record_named
from app.extensions import db
from app.web.cells import moment
from app.web.enter import wants_json
from app.web.screen import Screen, allowed, has_role

SHOWN = 100


class BellScreen(Screen):
    """One's own notices, newest first."""

    doors = ((92, _("Sent messages"), "ti-send", "/rehearsal/", has_role("admin")),)

    @expose("/bell/")
    @allowed()
    def bell(self) -> Any:
        mine = select(Message).where(Message.channel == "bell", Message.staff_id == current().actor_id)
        rows = db.session.scalars(mine.order_by(Message.id.desc()).limit(SHOWN))
        messages = [
            {
                "id": m.id,
                "title": m.title,
                "text": m.text,
                "at": moment(m.created_at),
                "url": m.url,
                "read": bool(m.read_at),
            }
            for m in rows
        ]
        if wants_json():
            return jsonify(result=messages)
        return self.render("bell.html", messages=messages, page_title=_("Notices"))

    @expose("/bell/read", methods=["POST"])
    @allowed()
    def read(self) -> Any:
        """Mark one, or all of one's own, as read."""
        mine = [Message.staff_id == current().actor_id, Message.read_at.is_(None)]
        if (pk := request.form.get("id", "")).isdecimal():
            mine.append(Message.id == int(pk))
        with trusted("read"):
            db.session.execute(update(Message).where(*mine).values(read_at=now()))
            db.session.commit()
        return jsonify(message="ok") if wants_json() else redirect("/bell/")

    @expose("/rehearsal/")
    @allowed(has_role("admin"))
    def rehearsal(self) -> Any:
        """What the rehearsal gateways took: the words, the channel, and to whom, with the number masked."""
        model = record_named("rehearsed")
        rows = db.session.scalars(select(model).order_by(model.id.desc()).limit(SHOWN))
        messages = [{"at": moment(r.created_at), "channel": r.channel, "to": r.address, "title": r.title, "text": r.text} for r in rows]
        return self.render("rehearsal.html", messages=messages, page_title=_("Sent messages"))
