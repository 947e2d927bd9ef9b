"""One's own password, language and way of reading."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, jsonify, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash

from app.engine.audit import AuditEntry
from app.engine.current import current, trusted
from app.engine.errors import Invalid, Refused
from app.engine.record import record_named
from app.extensions import db
from app.web import locks, security
from app.web.enter import page, wants_json
from app.web.passwords import weakness
from app.web.screen import Screen, allowed, open_to_all

TEXTS, CONTRASTS, DENSITIES = ("", "large"), ("", "high"), ("", "compact")


class AccountScreen(Screen):
    """What everybody may change about themselves."""

    @expose("/account/password", methods=["GET", "POST"])
    @allowed()
    def password(self) -> Any:
        if request.method == "GET":
            return page("password.html", page_title=_("Change password"), wrong={}, error="")
        try:
            change_password(*(request.form.get(n, "") for n in ("current", "new", "again")))
        except Refused as refused:
            db.session.rollback()
            if wants_json():
                raise
            wrong = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
            return page("password.html", refused.status, page_title=_("Change password"), wrong=wrong, error=str(refused))
        flash(_("Saved. Everybody else who was signed in with your name is signed out."), "success")
        return redirect("/")

    @expose("/lang", methods=["POST"])
    @open_to_all
    def lang(self) -> Any:
        """Speak the other language, here and, for somebody signed in, from now on."""
        chosen = request.form.get("lang", "")
        if chosen not in current_app.config["LANGUAGES"]:
            raise Refused(_("Choose one from the list."))
        session["locale"] = chosen
        if current().actor_id is not None:
            with trusted("language"):
                person = db.session.get(record_named("staff"), current().actor_id)
                if person is not None and person.language != chosen:
                    person.language = chosen
                db.session.commit()
        return back()

    @expose("/prefs", methods=["POST"])
    @open_to_all
    def prefs(self) -> Any:
        """Larger text, stronger contrast, closer rows."""
        for name, known in (("text", TEXTS), ("contrast", CONTRASTS), ("density", DENSITIES)):
            if name in request.form:
                if request.form[name] not in known:
                    raise Refused(_("Choose one from the list."))
                session[name] = request.form[name]
        return back()


def back() -> Any:
    if wants_json():
        return jsonify(message=str(_("Saved.")))
    return redirect(get_safe_redirect(request.form.get("next") or request.referrer or "/"))


def change_password(old: str, new: str, again: str) -> None:
    """Give oneself another password. Every other session and token of this login ends at its next request.

    Raises:
        Invalid: an input is wrong; a wrong present password counts towards the lock, as at the login.
    """
    with trusted("password"):
        mine = select(security.Member).where(security.Member.id == current_user.id).with_for_update(of=security.Member)
        member = db.session.scalars(mine).one()
        locked = locks.locked(member)
        if locked or not check_password_hash(member.password, old):
            if not locked:
                locks.failed(member)
            db.session.commit()
            raise Invalid(
                {"current": _("Too many wrong passwords. Try again in 15 minutes.") if locked else _("This is not your present password.")}
            )
        if problem := weakness(new, member.username):
            raise Invalid({"new": problem})
        if new != again:
            raise Invalid({"again": _("The two are not the same.")})
        if new == old:
            raise Invalid({"new": _("This is the one you have now.")})
        set_password(member, new)
        db.session.commit()
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    session["epoch"] = member.epoch


def set_password(member: Any, password: str) -> None:
    """Put a new password in the place of the old, end what the old one opened, and say so in the audit."""
    member.password, member.fail_login_count, member.locked_until = generate_password_hash(password), 0, None
    member.sample = False
    security.end_sessions(member)
    changes = {"password": ["***", "***"]}
    db.session.add(AuditEntry(model="Staff", record_id=member.staff_id, made=0, action="password", changes=changes))
