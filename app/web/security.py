"""Who signs in: credentials behind the wall, one answer for page and API, locks, and sessions that really end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app, flash, g, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import User
from flask_appbuilder.security.views import AuthDBView as FabAuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import lazy_gettext as _
from flask_login import login_user, logout_user
from sqlalchemy import Boolean, DateTime, Integer, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, foreign, joinedload, load_only, mapped_column, relationship, remote
from werkzeug.security import check_password_hash, generate_password_hash

from app.engine.clock import now
from app.engine.current import acting, current
from app.engine.record import Record, record_named
from app.extensions import db
from app.web import enter, noting

TRIES, LOCKED = 5, timedelta(minutes=15)
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
            wrong = g.pop("login_refusal", None) or _("Login name or password is wrong.")
        return enter.page("login.html", 401 if wrong else 200, error=wrong, page_title=_("Sign in"), **sample_logins())

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
    kept = {k: session[k] for k in ("locale", "text", "contrast") if k in session}
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]  # before it is empty: then it does nothing
    session.clear()
    session.update(kept, tenant=user.tenant_id, epoch=user.epoch)
    login_user(user, remember=False)


def sign_out() -> None:
    logout_user()
    kept = {k: session[k] for k in ("locale", "text", "contrast") if k in session}
    session.clear()  # the server's copy goes; a stolen cookie names nothing any more
    session.update(kept)


class Security(SecurityManager):
    """AppBuilder's security with our user, one query a request, and rights answered by the policy alone."""

    user_model = Member
    authdbview = AuthDBView

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
            found = db.session.scalars(select(Member).where(Member.id == pk).options(*enough())).first()
        epoch = g.get("epoch", session.get("epoch"))
        return found if found and found.epoch == epoch and usable(found) else None

    def load_user_jwt(self, _header: Any, claims: Any) -> Any:
        g.epoch = claims.get("epoch")
        enter.name_tenant(claims.get("tenant"))
        user = self.load_user(claims["sub"])
        if user is not None:
            g.user = user
            enter.become(user)
        return user

    def auth_user_db(self, username: str, password: str) -> Any:
        """The user whose name and password these are, or None; five failures lock the name for a quarter of an hour."""
        tenant = db.session.scalar(select(func.login_tenant(username or ""))) if len(username or "") <= 64 else None
        db.session.rollback()
        if tenant is None:
            check_password_hash(current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"], "password")
            return None  # after as much work as for a name that exists
        enter.name_tenant(tenant)
        with acting(trusted="login"):
            query = select(Member).where(Member.username == username).with_for_update(of=Member)
            member = db.session.scalars(query).first()
            found = self.judged(member, password) if member else None
            db.session.commit()
            if found:
                g.signing_in = found
                g.epoch = found.epoch
        return found

    def judged(self, member: Member, password: str) -> Member | None:
        if member.locked_until and member.locked_until > now():
            noting.coming(member, "login_failed")
            g.login_refusal = _("Too many wrong passwords. Try again in 15 minutes, or ask your administrator.")
            return None
        right = bool(password) and check_password_hash(member.password, password)
        if not right or not usable(member):
            member.fail_login_count = (member.fail_login_count or 0) + 1
            if member.fail_login_count % TRIES == 0:
                member.locked_until = now() + LOCKED
            noting.failing(member, locked=member.fail_login_count % TRIES == 0)
            return None
        noting.coming(member, "login")
        member.fail_login_count, member.locked_until = 0, None
        member.login_count, member.last_login = (member.login_count or 0) + 1, now().replace(tzinfo=None)
        return member

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False  # nothing is

    def _has_view_access(self, user: Any, permission_name: str, view_name: str) -> bool:
        return False  # no view of AppBuilder's own is served; ours ask the policy

    def _get_user_permission_view_menus(self, user: Any, permission_name: str, view_menus_name: list[str]) -> set[str]:
        return set()


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
