"""Turning one's second factor on and off, its recovery codes, and an administrator's reset for a colleague."""

from __future__ import annotations

from typing import Any

import segno
from flask import current_app, flash, g, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.second import SecondFactor, fresh_secret
from app.extensions import db
from app.web import gate, locks, second_step, security, sessions
from app.web.enter import page
from app.web.screen import Screen, allowed, has_role
from app.web.user_pages import member_of, mine
from app.web.users import find

ADMIN = has_role("admin")


class SecondFactorScreen(Screen):
    """``/account/second-factor``."""

    @expose("/account/second-factor", methods=["GET", "POST"])
    @allowed()
    def second_factor(self) -> Any:
        if request.method == "GET":
            return shown()
        deed = DEEDS.get(request.form.get("do", ""))
        if deed is None:
            raise Refused(_("Choose one from the list."))
        try:
            return deed(sessions.held(security.Member), request.form.get("code", ""))
        except Invalid as invalid:
            db.session.rollback()
            return shown(invalid.status, wrong=invalid.fields["code"])

    @expose("/users/second-factor/<int:pk>", methods=["POST"])
    @allowed(ADMIN)
    def reset(self, pk: int) -> Any:
        """Take a colleague's away, for a lost phone; whoever is signed in with that name is signed out."""
        staff = find(pk)
        if mine(staff):
            raise Forbidden(_("Your own you turn off under “Second factor”, with a code."))
        member, factor = member_of(staff), second_step.factor_of(tenant_id(), staff.id)
        if factor is None or member is None:
            raise Missing
        db.session.delete(factor)
        security.end_sessions(member)
        note(staff.id, "second factor reset")
        db.session.commit()
        flash(_("Reset. %(name)s signs in with the password alone until a new one is set up.", name=staff.name), "success")
        return redirect("/users/")

    @expose("/users/sessions/<int:pk>", methods=["POST"])
    @allowed(ADMIN)
    def end_sessions(self, pk: int) -> Any:
        """Sign a colleague out everywhere."""
        staff = find(pk)
        member = member_of(staff)
        if member is None:
            raise Missing
        security.end_sessions(member)
        note(staff.id, "sessions ended")
        db.session.commit()
        flash(_("%(name)s is signed out everywhere.", name=staff.name), "success")
        return redirect("/users/")


def note(staff_id: int | None, action: str) -> None:
    db.session.add(AuditEntry(model="Staff", record_id=staff_id, made=0, action=action, changes={}))


def own() -> SecondFactor | None:
    return second_step.factor_of(tenant_id(), current().actor_id)


def start(_member: Any, _code: str) -> Any:
    """Make a secret and show it; it counts from the first right code on."""
    factor = own()
    if factor is not None and factor.confirmed_at is not None:
        raise Refused(_("It is on already. Turn it off first."))
    if factor is None:
        factor = SecondFactor(staff_id=current().actor_id, secret=fresh_secret())
        db.session.add(factor)
    factor.secret, factor.last_step, factor.codes = fresh_secret(), 0, []
    db.session.commit()
    return shown()


def confirm(member: Any, code: str) -> Any:
    """The first right code turns it on, shows the recovery codes this once, and ends every other session."""
    factor = own()
    if factor is None or factor.confirmed_at is not None:
        raise Refused(_("Begin again: press “Turn on”."))
    if factor.take(code) != "code":
        raise Invalid({"code": second_step.WRONG})
    factor.confirmed_at, codes = now(), factor.recover()
    note(factor.staff_id, "second factor on")
    sessions.keep_only_this(member)
    return shown(codes=codes)


def renew(member: Any, code: str) -> Any:
    """New recovery codes; the old ones stop."""
    factor = checked(member, code)
    codes = factor.recover()
    note(factor.staff_id, "recovery codes renewed")
    db.session.commit()
    return shown(codes=codes)


def off(member: Any, code: str) -> Any:
    if set(g.asked.roles or ()) & set(current().roles):
        raise Refused(_("Your role needs a second factor, so it stays on. Lost the phone? An administrator can reset it."))
    factor = checked(member, code)
    db.session.delete(factor)
    note(factor.staff_id, "second factor off")
    db.session.commit()
    flash(_("Turned off."), "success")
    return redirect(gate.SET_UP)


def checked(member: Any, code: str) -> SecondFactor:
    """One's own, with a right code spent on it. Raises ``Invalid``; a wrong one counts, as at the sign-in."""
    factor = own()
    if factor is None or factor.confirmed_at is None:
        raise Refused(_("It is not on."))
    if not second_step.spent(member, factor, code):
        db.session.commit()
        raise Invalid({"code": locks.WORDS if locks.locked(member) else second_step.WRONG})
    return factor


DEEDS = {"start": start, "confirm": confirm, "codes": renew, "off": off}


def shown(status: int = 200, *, codes: list[str] | None = None, wrong: Any = "") -> Any:
    """The page: off, begun with the square to photograph, or on."""
    factor = own()
    on = factor is not None and factor.confirmed_at is not None
    square = secret = ""
    if factor is not None and not on and request.method == "POST":
        issuer = current_app.config["APP_NAME"]
        secret = " ".join(factor.secret[n : n + 4] for n in range(0, len(factor.secret), 4))
        square = segno.make_qr(factor.address(current_user.username, issuer)).svg_data_uri(scale=5, border=3)
    return page(
        "second_factor.html", status, on=on, square=square, secret=secret, codes=codes or [], wrong=wrong,
        left=len(factor.codes) if factor is not None else 0, page_title=_("Second factor"),
        needed=bool(set(g.asked.roles or ()) & set(current().roles)),
    )  # fmt: skip
