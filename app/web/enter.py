"""The life of a request: who acts is set once at its start, and every refusal is answered in one place at its end."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request, session
from flask_babel import lazy_gettext as _
from flask_jwt_extended import verify_jwt_in_request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.engine import current as who
from app.engine.errors import Conflict, Invalid, Refused
from app.engine.guard import LOOKING
from app.engine.record import record_named, records
from app.extensions import appbuilder, csrf, db
from app.web import gate
from app.web.screen import ABOVE
from app.web.why import because
from app.web.words import Words

log = logging.getLogger(__name__)
WORDS = Words()
SAFE = ("GET", "HEAD", "OPTIONS")
SIGNED = ("/api/v1/security/", "/hooks/")  # what comes there carries a password, or a signature over its body
STAYING = (  # what somebody who looks with another's eyes does as himself
    "ViewAsScreen.stop", "ViewAsScreen.difference", "AuthDBView.logout", "AccountScreen.lang", "AccountScreen.prefs", "static", "asset",
)  # fmt: skip
HEADINGS = {
    403: _("You may not do this"), 404: _("Not found"), 409: _("It has moved on"), 429: _("Too many tries"),
    413: _("This file is too large"), 405: _("This address does not take that"),
}  # fmt: skip


def early(app: Flask) -> None:
    """Before anybody reads the user: the session already names the tenant, so it can travel with BEGIN."""

    @app.before_request
    def begin() -> None:
        g.tokens = []
        WORDS.as_default()
        name_tenant(None if bearer() else session.get("tenant"))

    @app.teardown_request
    def leave(_exc: Any) -> None:
        for token in reversed(g.pop("tokens", [])):
            who._current.reset(token)


def late(app: Flask) -> None:
    """Then the user's own row decides who acts, and every change must carry its token."""

    @app.before_request
    def enter() -> Any:
        if request.endpoint in ("static", "asset", "health.report"):
            return None
        if bearer() and request.path.startswith("/api/"):
            if not request.path.startswith("/api/v1/security/") and not appbuilder.sm.load_token():
                verify_jwt_in_request()  # names the actor through Security.load_user_jwt
            return None
        if request.method not in SAFE and not request.path.startswith(SIGNED):
            csrf.protect()
        if current_user.is_authenticated:
            return entered(current_user._get_current_object())
        return None

    app.register_error_handler(Exception, failed)


def entered(user: Any) -> Any:
    """Let the person of a session act; a page leads whoever lacks a second factor to where it is set up."""
    try:
        become(user)
        look_as(session.get("view_as"))
    except gate.SecondFactorFirst as first:
        if wants_json():
            raise
        return redirect(first.go)
    return None


def bearer() -> bool:
    return request.headers.get("Authorization", "").startswith("Bearer ")


def name_tenant(tenant: int | None) -> None:
    """Name the tenant before the actor is known."""
    if who.current().tenant_id not in (None, tenant):
        db.session.remove()
    g.tokens.append(who._current.set(who.Current(tenant_id=tenant)))


def become(user: Any, only: frozenset[str] | None = None) -> None:
    """From here on this user acts, in ``only`` some roles if said. Head office reads all its franchises, and writes in its own books."""
    if not gate.lets(user):
        return
    staff = user.staff
    roles = frozenset(staff.roles or ()) & (only if only is not None else frozenset(staff.roles or ()))
    reads_all = "head_office" in roles and request.method in SAFE
    acting = who.Current(user.tenant_id, staff.id, staff.store_id, roles, reads_all)
    if stamp := g.pop("stamp", None):
        acting.memo["stamp"] = stamp  # of the rules: read with the person, so that it is not asked again
    g.tokens.append(who._current.set(acting))


def look_as(pk: int | None) -> None:
    """Let an administrator's page be the one that a colleague would see. Nothing is written meanwhile."""
    if pk is None or request.endpoint in STAYING:
        return
    staff = record_named("staff")
    with who.trusted("view as"):
        person = db.session.get(staff, pk)
    if person is None or not person.active or not ABOVE & who.current().roles:
        session.pop("view_as", None)
        return
    g.looking_as = person
    if request.method not in SAFE:
        raise Refused(LOOKING)
    seen = who.Current(person.tenant_id, person.id, person.store_id, frozenset(person.roles or ()), read_only=True)
    g.tokens.append(who._current.set(seen))


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.startswith("/api/") or best == "application/json"


def page(template: str, status: int = 200, **context: Any) -> Response:
    answer = make_response(render_template(template, **context), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def failed(error: Exception) -> Any:
    """The one answer to everything that was raised. What is not foreseen is logged under a number that the page shows."""
    db.session.rollback()
    if isinstance(error, (IntegrityError, DataError)):
        error = in_words(error)
    if isinstance(error, StaleDataError):
        error = Conflict()
    if isinstance(error, Refused):
        extra: dict[str, Any] = {}
        if isinstance(error, Invalid):
            extra["fields"] = {n: str(w) for n, w in error.fields.items()}
        if isinstance(error, Conflict):
            extra["difference"] = error.difference
        return answered(error.status, error.args[0], extra)
    if isinstance(error, CSRFError):
        return answered(400, _("This page was open for too long, or came from elsewhere. Reload it and send again."), {})
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        if error.code is not None and error.code < 400:
            return error
        words = {404: _("There is nothing at this address."), 429: _("Wait a minute, then try again.")}
        return answered(error.code or 400, words.get(error.code or 400, _("This request cannot be answered.")), {})
    status = getattr(error, "status", None)
    if type(error).__module__.startswith(("flask_jwt_extended", "jwt")):
        return answered(401, _("Sign in first: this token is missing, old or wrong."), {})
    number = f"E-{secrets.token_hex(3).upper()}"
    log.exception("%s %s %s", number, request.method, request.path, exc_info=error)  # noqa: LOG004
    return answered(status or 500, _("Our fault, not yours. Nothing was lost; code %(code)s.", code=number), {}, number)


def reasons() -> dict[str, Any]:
    """The rule behind a refusal; a fault in telling it must not hide the refusal."""
    try:
        return because()
    except Exception:
        log.exception("why")
        db.session.rollback()
        return {}


def answered(status: int, words: Any, extra: dict[str, Any], number: str = "") -> Any:
    extra |= reasons() if status == 403 else {}
    if wants_json():
        return jsonify(message=str(words), **extra), status
    heading = HEADINGS.get(status, _("Something went wrong") if status >= 500 else _("This cannot be done"))
    context = {"code": status, "heading": heading, "text": words, "rule": "", "who_can": "", "log_number": number, **extra}
    try:
        return page("error.html", status, back_url=request.referrer or "/", page_title=heading, **context)
    except Exception:  # the page that tells of a fault must not need what is at fault
        log.exception("error page")
        db.session.rollback()
        return str(words), status, {"Content-Type": "text/plain; charset=utf-8"}


def in_words(error: DBAPIError) -> Refused:
    """A constraint of the database, in the words its record keeps for it; the database's own text is never shown.

    Values that a constraint cannot even look at, such as a span that ends before it begins, are refused alike.
    """
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    for model in records():
        if name in model.__refusals__:
            refused = Refused(model.__refusals__[name])
            refused.status = 409
            return refused
    if getattr(error.orig, "sqlstate", "") == "23505":
        refused = Refused(_("There is already one with this number or code. Use another."))
    elif getattr(error.orig, "sqlstate", "") == "23503":
        refused = Refused(_("Other records still point here, so it cannot be deleted. Archive or move them first."))
    else:
        refused = Refused(_("A rule of the database forbids these values. Check them and try again."))
        log.warning("constraint %s has no words", name or error)
    refused.status = 409
    return refused
