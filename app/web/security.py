"""Who signs in: credentials behind the wall, one answer for page and API, locks, and sessions that really end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from flask import current_app, flash, g, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import User
from flask_appbuilder.security.views import AuthDBView as FabAuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy import Boolean, DateTime, Integer, UniqueConstraint, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, foreign, joinedload, load_only, mapped_column, relationship, remote
from werkzeug.security import check_password_hash, generate_password_hash

from app.engine.current import acting, current
from app.engine.notify import unread
from app.engine.record import Record, record_named
from app.engine.rules import Share, stamped
from app.extensions import db
from app.web import bearing, enter, gate, locks, noting, second_step, sessions
from app.web.sign_in import SecurityApi

SAMPLE_PASSWORD = "jiahe-sample"  # noqa: S105


class Member(User):
    """The credential of one member of staff. Everything else about the person is the staff record."""

    __tablename__ = "ab_user"
    __table_args__ = (UniqueConstraint("tenant_id", "id", name="ab_user_tenant_id_key"), {"extend_existing": True})
    tenant_id: Mapped[int | None] = mapped_column(Integer)
    staff_id: Mapped[int | None] = mapped_column(Integer)
    epoch: Mapped[int] = mapped_column(Integer, default=1, server_default="1")  # sessions and tokens of older ones are void
    sample: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    staff: Mapped[Any] = relationship(
        "Staff",
        primaryjoin=lambda: foreign(Member.staff_id) == remote(Record.metadata.tables["staff"].c.id),
        viewonly=True,
        lazy="joined",
    )


def make_login(staff: Any, password: str, *, sample: bool = False) -> Member:
    """The credential of a member of staff; the caller adds and commits it."""
    return Member(
        first_name=staff.name[:64], last_name="", username=staff.username, email=f"{staff.username}@login.invalid",
        active=True, password=generate_password_hash(password), tenant_id=staff.tenant_id, staff_id=staff.id, sample=sample,
    )  # fmt: skip


def end_sessions(member: Member) -> None:
    """Make every session and token of a credential void, everywhere, at its next request."""
    member.epoch = (member.epoch or 0) + 1


class AuthDBView(FabAuthDBView):
    """The login page, and a logout that only a POST can do."""

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        if current().actor_id is not None:
            return redirect("/")
        wrong = None
        if request.method == "POST":
            name, password = request.form.get("username", ""), request.form.get("password", "")
            user = self.appbuilder.sm.auth_user_db(name, password)
            if user:
                sign_in(user)
                return redirect(get_safe_redirect(request.args.get("next", "/")))
            if owing := second_step.asked():
                second_step.begin(owing, request.args.get("next", "/"))
                return redirect("/login/second")
            wrong = g.pop("login_refusal", None) or _("Login name or password is wrong.")
        return enter.page("login.html", 401 if wrong else 200, error=wrong, page_title=_("Sign in"), **sample_logins())

    @expose("/login/second", methods=["GET", "POST"])
    @no_cache
    def second(self) -> Any:
        """The code of whoever gave the right password; nobody is signed in before it is right."""
        owing, wrong = second_step.waiting(), None
        if owing is None or current().actor_id is not None:
            return redirect("/login/")
        if request.method == "POST":
            if user := self.appbuilder.sm.auth_second(owing, request.form.get("code", "")):
                sign_in(user)
                return redirect(get_safe_redirect(owing["next"]))
            wrong = g.pop("login_refusal", None)
            if wrong is None:  # the login was changed or closed meanwhile
                session.pop("second")
                return redirect("/login/")
        return enter.page("second_step.html", 401 if wrong else 200, error=wrong, page_title=_("Sign in"))

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        noting.leaving()
        sign_out()
        flash(_("You are signed out."), "success")
        return redirect("/login/")


def sample_logins() -> dict[str, Any]:
    names = current_app.config.get("SAMPLE_LOGINS") or {}
    if not current_app.config["SAMPLE"] or not names:
        return {}
    return {"sample_logins": [{"username": n, "label": w} for n, w in names.items()], "sample_password": SAMPLE_PASSWORD}


def sign_in(user: Member) -> None:
    """Begin a session with a new name, so that a planted one is worth nothing."""
    second_step.renamed({"tenant": user.tenant_id, "epoch": user.epoch})
    sessions.begin(user)
    login_user(user, remember=False)


def sign_out() -> None:
    if current_user.is_authenticated:
        sessions.end(current_user.id, session.get("ref", ""))
    logout_user()
    kept = {k: session[k] for k in second_step.KEPT if k in session}
    session.clear()  # the server's copy goes; a stolen cookie names nothing any more
    session.update(kept)


class Security(SecurityManager):
    """AppBuilder's security with our user, one query a request, and rights answered by the policy alone."""

    user_model = Member
    authdbview = AuthDBView
    security_api = SecurityApi

    def register_views(self) -> None:
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)
        if self.is_auth_limited:
            self.limiter.limit(self.auth_rate_limit, methods=["POST"])(self.auth_view.blueprint)
            for view in self.appbuilder.baseviews:
                if isinstance(view, self.security_api):
                    self.limiter.limit(self.auth_rate_limit, methods=["POST"])(view.blueprint)

    def create_jwt_manager(self, app: Any) -> Any:
        made = super().create_jwt_manager(app)

        @made.additional_claims_loader
        def claims(_identity: Any) -> dict[str, Any]:
            user = g.signing_in if "signing_in" in g else g.user
            return {"tenant": user.tenant_id, "epoch": user.epoch}

        return made

    def get_user_by_id(self, pk: Any) -> Any:
        with acting(trusted="login"):
            row = db.session.execute(one_member(), {"pk": int(pk)}).first()
        found: Member | None = row[0] if row else None
        g.unread, g.asked, g.stamp = (row[1], gate.Asked(*row[2:5]), tuple(row[5:])) if row else (0, None, None)
        epoch = g.get("epoch", session.get("epoch"))
        if found is None or found.epoch != epoch or not usable(found):
            return None
        return found if "epoch" in g or sessions.alive(found.id) else None

    def load_user_jwt(self, _header: Any, claims: Any) -> Any:
        g.epoch = claims.get("epoch")
        enter.name_tenant(claims.get("tenant"))
        user = self.load_user(claims["sub"])
        if user is not None:
            g.user = user
            enter.become(user)
        return user

    def load_token(self) -> bool:
        """Name the actor through the token of a program. False when none was sent."""
        if secret := bearing.carried():
            bearing.bear(self, secret)
        return bool(secret)

    def auth_user_db(self, username: str, password: str, code: str | None = None) -> Any:
        """The user whose name and password these are, with the code if one is asked for, or None; five failures lock the name."""
        tenant = db.session.scalar(select(func.login_tenant(username or ""))) if len(username or "") <= 64 else None
        db.session.rollback()
        if tenant is None:
            check_password_hash(current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"], "password")
            return None  # after as much work as for a name that exists
        enter.name_tenant(tenant)
        return self.entering(Member.username == username, lambda member: self.judged(member, password), code)

    def auth_second(self, owing: dict[str, Any], code: str) -> Any:
        """The user who gave the right password before, if the code is right as well."""
        enter.name_tenant(owing["tenant"])
        return self.entering(Member.id == owing["pk"], lambda m: m if m.epoch == owing["epoch"] and usable(m) else None, code)

    def entering(self, which: Any, judge: Callable[[Member], Member | None], code: str | None) -> Any:
        """Judge one credential under its lock, ask for the second factor, and commit what was counted."""
        with acting(trusted="login"):
            member = db.session.scalars(select(Member).where(which).with_for_update(of=Member)).first()
            found = judge(member) if member and not locks.locked(member) else None
            if member and not found and locks.locked(member):
                noting.coming(member, "login_failed")
            if member and locks.locked(member):
                g.login_refusal = locks.WORDS
            if found:
                gate.hold_outside(found)
                found = second_step.met(found, code)
            db.session.commit()
            if found:
                g.signing_in = found
                g.epoch = found.epoch
        return found

    def judged(self, member: Member, password: str) -> Member | None:
        right = bool(password) and check_password_hash(member.password, password)
        if not right or not usable(member):
            locks.failed(member)
            return None
        return member

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False  # nothing is

    def _has_view_access(self, user: Any, permission_name: str, view_name: str) -> bool:
        return False  # no view of AppBuilder's own is served; ours ask the policy

    def _get_user_permission_view_menus(self, user: Any, permission_name: str, view_menus_name: list[str]) -> set[str]:
        return set()


@cache
def one_member() -> Any:
    """Who a request comes from, their unread notices, what their company asks, and the stamp of its rules: one statement, made once."""
    bell, staff = unread(Member.tenant_id, Member.staff_id), record_named("staff")
    held = select(func.unnest(staff.roles)).where(staff.id == Member.staff_id).correlate(Member)
    stamp = stamped(Member.tenant_id, or_(Share.user_id == Member.staff_id, Share.role.in_(held)))
    return select(Member, bell, *gate.columns(Member), *stamp).where(Member.id == bindparam("pk")).options(*enough())


def enough() -> tuple[Any, ...]:
    """Of the credential, the person and the store: what every request needs, and no sealed number to open."""
    staff, store = record_named("staff"), record_named("store")
    return (
        load_only(Member.tenant_id, Member.staff_id, Member.username, Member.active, Member.epoch, Member.sample),
        joinedload(Member.staff)
        .load_only(staff.tenant_id, staff.store_id, staff.name, staff.username, staff.roles, staff.language, staff.active)
        .joinedload(staff.store).load_only(store.tenant_id, store.name),
    )  # fmt: skip


def usable(member: Member) -> bool:
    """Whether the credential may sign in now: active, and no sample login once sample data is off."""
    person = member.staff
    return bool(member.active and person is not None and person.active and (not member.sample or current_app.config["SAMPLE"]))
