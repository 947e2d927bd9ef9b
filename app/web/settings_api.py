"""Packages of settings by REST, for administrators: ``GET`` gives one, ``POST`` takes one in, or only tries it."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder import expose

from app.engine.errors import Forbidden
from app.engine.settings import package
from app.engine.settings.bringing import REFUSED, bring, plan
from app.engine.settings.reading import KINDS, state
from app.extensions import db
from app.web.record_api import body
from app.web.screen import Screen, administers
from app.web.settings_pages import shown
from app.web.settings_screen import file
from app.web.signed import signed_in


class SettingsApi(Screen):
    """``/api/v1/settings/``."""

    @expose("/api/v1/settings/")
    @signed_in
    def export(self) -> Any:
        """``?kinds=fields,lists``: those kinds; none named is all of them."""
        need()
        kinds = [k for k in request.args.get("kinds", "").split(",") if k in KINDS] or KINDS
        return file(package.written(package.chosen(state(db.session, kinds)), request.args.get("name", "")[: package.LONGEST]))

    @expose("/api/v1/settings/import", methods=["POST"])
    @signed_in
    def take_in(self) -> Any:
        """``{"package": {...}, "dry_run": true, "only": ["fields Worker.dialect"]}``; 422 for a trial that does not fit."""
        need()
        sent = body()
        name, content = package.opened(sent.get("package"))
        if sent.get("dry_run"):
            lines = plan(db.session, content)
            return jsonify(name=name, result=shown(lines)), 422 if any(one.state == REFUSED for one in lines) else 200
        only = sent.get("only")
        wanted = {(k, rest) for k, _space, rest in (str(one).partition(" ") for one in only)} if isinstance(only, list) else None
        return jsonify(name=name, changed=bring(db.session, content, name, wanted))


def need() -> None:
    """Raises ``Forbidden`` for everybody but administrators."""
    if not administers():
        raise Forbidden
