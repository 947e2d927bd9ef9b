"""Signing in by the REST interface: a name, a password, and ``otp`` for those who have a second factor."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi as FabSecurityApi
from flask_appbuilder.security.schemas import login_post
from flask_babel import lazy_gettext as _
from flask_jwt_extended import create_access_token, create_refresh_token
from marshmallow import ValidationError

from app.engine.errors import Refused
from app.web import second_step


class SecurityApi(FabSecurityApi):
    """``/api/v1/security/login`` and ``/refresh``."""

    @expose("/login", methods=["POST"])
    def login(self) -> Any:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise Refused(_("Send a JSON object."))
        code = sent.pop("otp", None)
        try:
            asked = login_post.load(sent)
        except ValidationError as error:
            return self.response_400(message=error.messages)
        user = self.appbuilder.sm.auth_user_db(asked["username"], asked["password"], None if code in (None, "") else str(code))
        if user is None:
            words = g.pop("login_refusal", None) or _("Login name or password is wrong.")
            return self.response(401, message=str(words), **({"otp": "needed"} if second_step.asked() else {}))
        made = {"access_token": create_access_token(identity=str(user.id), fresh=True)}
        if asked.get("refresh"):
            made["refresh_token"] = create_refresh_token(identity=str(user.id))
        return self.response(200, **made)
