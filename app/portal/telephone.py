"""The door for telephone exchanges: signed events of one line, and the sound of a call."""

from __future__ import annotations

import io
import json
from typing import Any

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.errors import Missing, Refused
from app.extensions import db, storage
from app.models.telephone import PhoneCall, PhoneLine
from app.web.hooks import called
from app.web.realtime import push
from app.web.screen import Screen, open_to_all
from app.workflows.calls import CallEvent, heard, moment, read
from app.workflows.recordings import keep

PURPOSE = "calls"
MOST = 3000  # events of one line in a minute: fifty a second


class ExchangeScreen(Screen):
    """Nobody signs in here: what comes is signed."""

    @expose("/hooks/calls/<token>", methods=["POST"])
    @open_to_all
    def event(self, token: str) -> Any:
        """One thing that happened to a call of the line."""
        with called(PURPOSE, token, PhoneLine, MOST) as line:
            used(line)
            call, pushes = heard(db.session, line, read(sent(), line))
            known = call.id
            db.session.commit()
        push(pushes)
        return jsonify(call=known, new=bool(pushes))

    @expose("/hooks/calls/<token>/recording", methods=["POST"])
    @open_to_all
    def recording(self, token: str) -> Any:
        """The sound of a call that is known: its bytes are the body."""
        with called(PURPOSE, token, PhoneLine, MOST) as line:
            used(line)
            ref = request.args.get("call", "")
            call = db.session.scalars(select(PhoneCall).where(PhoneCall.line_id == line.id, PhoneCall.ref == ref)).first()
            if call is None:
                raise Missing(_("Tell of the call first."))
            if not line.recorded:
                raise Refused(_("Calls of this line are not recorded."))
            keep(db.session, storage(), call, io.BytesIO(request.get_data()))
            _call, pushes = heard(db.session, line, CallEvent("recording", ref, moment("")))
            known = call.id
            db.session.commit()
        push(pushes)
        return jsonify(call=known), 201


def used(line: PhoneLine) -> None:
    if not line.active:
        raise Refused(_("This line is not in use."))


def sent() -> Any:
    try:
        return json.loads(request.get_data() or b"{}")
    except ValueError:
        raise Refused(_("Send JSON.")) from None
