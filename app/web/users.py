"""Who may sign in: a member of staff and a credential, kept together, by the tenant's administrators only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.engine.clock import now
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.record import record_named
from app.engine.tenant import HEAD_OFFICE, Tenant
from app.extensions import db
from app.web import security
from app.web.account import set_password
from app.web.enter import page
from app.web.passwords import generated, weakness
from app.web.screen import Screen, allowed, has_role

ADMIN = has_role("admin")
LONGEST = {"name": 64, "username": 40}


class UsersScreen(Screen):
    """``/users/``. A password is shown once, to the administrator who made it, and kept nowhere."""

    doors = [(91, _("Users"), "ti-user-shield", "/users/", ADMIN)]

    @expose("/users/")
    @allowed(ADMIN)
    def users(self) -> Any:
        return page("users.html", **context())

    @expose("/users/add", methods=["GET", "POST"])
    @allowed(ADMIN)
    def add(self) -> Any:
        if request.method == "GET":
            return page("users.html", form=form(None, {}), **context())
        try:
            staff, password = add_user(request.form)
        except Refused as refused:
            return again(None, refused)
        return shown(staff, password)

    @expose("/users/edit/<int:pk>", methods=["GET", "POST"])
    @allowed(ADMIN)
    def edit(self, pk: int) -> Any:
        staff = find(pk)
        if request.method == "GET":
            return page("users.html", form=form(staff, {}), **context())
        try:
            change_user(staff, request.form)
            db.session.commit()
        except Refused as refused:
            return again(pk, refused)
        flash(_("Saved."), "success")
        return redirect("/users/")

    @expose("/users/password/<int:pk>", methods=["POST"])
    @allowed(ADMIN)
    def password(self, pk: int) -> Any:
        staff, password = find(pk), generated()
        with trusted("users: password"):
            member = member_of(staff)
            if member is not None:
                set_password(member, password)
            store(None if member is not None else lambda: security.make_login(staff, password))
        return shown(staff, password)

    @expose("/users/<any(deactivate, activate):what>/<int:pk>", methods=["POST"])
    @allowed(ADMIN)
    def switch(self, what: str, pk: int) -> Any:
        set_active(find(pk), what == "activate")
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect("/users/")


def find(pk: int) -> Any:
    """A colleague of the actor's own tenant, or a 404."""
    staff = record_named("staff")
    found = db.session.scalar(select(staff).where(staff.id == pk, staff.tenant_id == tenant_id())) if pk < 2**31 else None
    if found is None:
        raise Missing
    return found


def member_of(staff: Any) -> Any:
    query = select(security.Member).where(security.Member.staff_id == staff.id, security.Member.tenant_id == staff.tenant_id)
    return db.session.scalars(query).first()


def add_user(sent: Any) -> tuple[Any, str]:
    """Make the person and the credential, and commit. Returns the password, which is kept nowhere else."""
    staff, password = record_named("staff")(roles=[], active=True), sent.get("password") or generated()
    with db.session.no_autoflush:
        put(staff, sent)
    if problem := weakness(password, staff.username):
        raise Invalid({"password": problem})
    with trusted("users: add"):
        db.session.add(staff)
        store(lambda: security.make_login(staff, password))
    return staff, password


def store(login: Callable[[], Any] | None) -> None:
    """Commit, with a new login. Its name is one person's on the whole platform: nobody says which company they sign in to."""
    try:
        db.session.flush()
        if login:
            db.session.add(login())
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Invalid({"username": _("This login name is taken. Choose another.")}) from None


def change_user(staff: Any, sent: Any) -> None:
    """Set what was sent; the caller commits. Other rights hold at the person's next click.

    Raises:
        Forbidden: an administrator would stop being one by his own hand, or give more than he may.
    """
    if "username" in sent and sent["username"] != staff.username:
        raise Invalid({"username": _("A login name stays as it is. Make a new user instead.")})
    with db.session.no_autoflush:
        put(staff, sent)
    with trusted("users: edit"):
        db.session.flush()


def put(staff: Any, sent: Any) -> None:
    wrong: dict[str, Any] = {}
    for name, most in LONGEST.items():
        if name in sent or staff.id is None:
            value = sent.get(name, "").strip()
            if not value or len(value) > most:
                wrong[name] = _("At most %(n)s characters.", n=most) if value else _("Needed.")
            elif getattr(staff, name) != value:
                setattr(staff, name, value)
    if "language" in sent and sent["language"] not in current_app.config["LANGUAGES"]:
        wrong["language"] = _("Choose one from the list.")
    store_id = sent.get("store", "")
    if store_id and store_id not in {str(s["id"]) for s in stores()}:
        wrong["store"] = _("Choose one from the list.")
    if wrong:
        raise Invalid(wrong)
    if "language" in sent:
        staff.language = sent["language"]
    if "store" in sent:
        staff.store_id = int(store_id) if store_id else None
    if {"roles", "roles_sent", "name"} & set(sent):  # a page with no box ticked sends none
        set_roles(staff, sent.getlist("roles"))
    if sent.get("active_sent"):
        set_active(staff, bool(sent.get("active")))


def set_roles(staff: Any, codes: list[str]) -> None:
    """Roles are words of this tenant; the model itself refuses what the actor may not give."""
    if unknown := set(codes) - {r["code"] for r in roles()}:
        raise Forbidden(_("This role cannot be given here: %(roles)s.", roles=", ".join(sorted(unknown))))
    if mine(staff) and "admin" not in codes:
        raise Forbidden(_("You cannot take the administrator's role from yourself. Ask another administrator."))
    if mine(staff) and set(codes) - set(staff.roles or ()):
        raise Forbidden(_("Nobody gives themselves a role. Ask another administrator."))
    wanted = [r["code"] for r in roles() if r["code"] in codes]
    if wanted != list(staff.roles or ()):
        staff.roles = wanted


def set_active(staff: Any, on: bool) -> None:
    """Open or close the door; closing ends every session and token at the next request."""
    if mine(staff) and not on:
        raise Forbidden(_("You cannot close your own login. Ask another administrator."))
    with trusted("users: active"):
        staff.active = on
        if member := member_of(staff):
            member.active, member.fail_login_count, member.locked_until = on, 0, None
            if not on:
                security.end_sessions(member)
        db.session.flush()


def mine(staff: Any) -> bool:
    return staff.id is not None and staff.id == current().actor_id


def roles() -> list[dict[str, Any]]:
    """The roles there are to give: head office's only at head office."""
    here, labels = db.session.get(Tenant, tenant_id()), current_app.config["ROLE_LABELS"]
    at_home = here is not None and here.kind == HEAD_OFFICE and "head_office" in current().roles
    return [{"code": c, "label": str(w)} for c, w in labels.items() if at_home or c != "head_office"]


def stores() -> list[dict[str, Any]]:
    model = record_named("store")
    found = db.session.scalars(select(model).where(model.tenant_id == tenant_id()).order_by(model.code))
    return [{"id": s.id, "label": str(s)} for s in found]


def shown(staff: Any, password: str) -> Any:
    """The list, with the new password on it this once."""
    return page("users.html", password={"name": staff.name, "username": staff.username, "value": password}, **context())


def again(pk: int | None, refused: Refused) -> Any:
    db.session.rollback()
    wrong = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
    made = form(find(pk) if pk else None, wrong, request.form)
    return page("users.html", refused.status, form=made | {"error": str(refused)}, **context())


def form(staff: Any, wrong: dict[str, str], sent: Any = None) -> dict[str, Any]:
    """The form of one user, as it is or as it was sent."""
    now_ = {n: getattr(staff, n, None) or "" for n in ("name", "username", "language")} | {"store": getattr(staff, "store_id", None) or ""}
    held = sent.getlist("roles") if sent is not None else list(getattr(staff, "roles", None) or ())
    given = {n: sent.get(n, v) for n, v in now_.items()} if sent is not None else now_
    return {
        "id": getattr(staff, "id", None), "url": f"/users/edit/{staff.id}" if staff is not None else "/users/add", "wrong": wrong, "error": "",
        "values": given, "roles": [r | {"on": r["code"] in held} for r in roles()], "own": staff is not None and mine(staff),
    }  # fmt: skip


def context() -> dict[str, Any]:
    """Everybody of the tenant with their credential, in two queries."""
    staff, labels = record_named("staff"), current_app.config["ROLE_LABELS"]
    members = {m.staff_id: m for m in db.session.scalars(select(security.Member).where(security.Member.tenant_id == tenant_id()))}
    people = db.session.scalars(select(staff).where(staff.tenant_id == tenant_id()).order_by(staff.active.desc(), func.lower(staff.name)).limit(1000))
    places = {s["id"]: s["label"] for s in stores()}
    rows = [
        {
            "id": p.id, "name": p.name, "username": p.username, "roles": [str(labels.get(r, r)) for r in p.roles or ()],
            "store": places.get(p.store_id, ""), "language": p.language, "active": p.active, "own": mine(p),
            "last_login": member.last_login if member else None,
            "locked": bool(member and member.locked_until and member.locked_until > now()), "has_login": member is not None,
            "edit_url": f"/users/edit/{p.id}", "password_url": f"/users/password/{p.id}",
            "active_url": f"/users/{'deactivate' if p.active else 'activate'}/{p.id}",
        }
        for p in people for member in [members.get(p.id)]
    ]  # fmt: skip
    languages = [(code, one["name"]) for code, one in current_app.config["LANGUAGES"].items()]
    return {"users": rows, "roles": roles(), "stores": stores(), "languages": languages, "page_title": _("Users"), "add_url": "/users/add"}
