"""Who may sign in: a member of staff and a credential, kept together, by the tenant's administrators only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.engine import handover
from app.engine.current import tenant_id, trusted
from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.record import record_named
from app.extensions import db
from app.web import security
from app.web.account import set_password
from app.web.enter import page
from app.web.passwords import generated, weakness
from app.web.screen import Screen, allowed, has_role
from app.web.shares import people
from app.web.tokens import end_all_of
from app.web.user_pages import context, form, member_of, mine, roles, stores

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

    @expose("/users/activate/<int:pk>", methods=["POST"])
    @allowed(ADMIN)
    def activate(self, pk: int) -> Any:
        set_active(find(pk), on=True)
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect("/users/")

    @expose("/users/deactivate/<int:pk>", methods=["GET", "POST"])
    @allowed(ADMIN)
    def deactivate(self, pk: int) -> Any:
        """Somebody leaves: what they look after is handed over, and their door closes, in one go."""
        staff = find(pk)
        if request.method == "GET":
            return page("leave.html", **leaving(staff))
        try:
            given = leave(staff, request.form.get("heir", ""))
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            return page("leave.html", refused.status, error=str(refused), **leaving(find(pk)))
        flash(_("%(name)s has left; %(n)s records were handed over.", name=staff.name, n=given), "success")
        return redirect("/users/")


def find(pk: int) -> Any:
    """A colleague of the actor's own tenant, or a 404."""
    staff = record_named("staff")
    found = db.session.scalar(select(staff).where(staff.id == pk, staff.tenant_id == tenant_id())) if pk < 2**31 else None
    if found is None:
        raise Missing
    return found


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
    """Commit, with a new login. Its name is one person's everywhere: nobody says which company they sign in to."""
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
    if wrong := wrong_in(staff, sent):
        raise Invalid(wrong)
    for name in LONGEST:
        if name in sent and getattr(staff, name) != sent[name].strip():
            setattr(staff, name, sent[name].strip())
    if "language" in sent:
        staff.language = sent["language"]
    if "store" in sent:
        staff.store_id = int(sent["store"]) if sent["store"] else None
    if {"roles", "roles_sent", "name"} & set(sent):  # a page with no box ticked sends none
        set_roles(staff, sent.getlist("roles"))


def wrong_in(staff: Any, sent: Any) -> dict[str, Any]:
    """What cannot be kept of what was sent, field by field."""
    wrong: dict[str, Any] = {}
    for name, most in LONGEST.items():
        value = sent.get(name, "").strip()
        if (name in sent or staff.id is None) and not value:
            wrong[name] = _("Needed.")
        elif len(value) > most:
            wrong[name] = _("At most %(n)s characters.", n=most)
    known = {"language": set(current_app.config["LANGUAGES"]), "store": {"", *(str(s["id"]) for s in stores())}}
    wrong |= {n: _("Choose one from the list.") for n, words in known.items() if n in sent and sent[n] not in words}
    return wrong


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


def set_active(staff: Any, *, on: bool) -> None:
    """Open or close the door; closing ends every session and token at the next request."""
    if mine(staff) and not on:
        raise Forbidden(_("You cannot close your own login. Ask another administrator."))
    with trusted("users: active"):
        staff.active = on
        if member := member_of(staff):
            member.active, member.fail_login_count, member.locked_until = on, 0, None
            if not on:
                security.end_sessions(member)
        if not on:
            end_all_of(staff.id)
        db.session.flush()


def leave(staff: Any, heir: str) -> int:
    """Hand over and close the door; the caller commits. Returns how many records were handed over.

    Raises:
        Refused: nobody was named although something is open, or somebody who is not here any more.
    """
    if mine(staff):
        raise Forbidden(_("You cannot close your own login. Ask another administrator."))
    given = 0
    if handover.count(db.session, staff.id):
        person = find(int(heir)) if heir.isdecimal() else None
        if person is None or not person.active or person.id == staff.id:
            raise Refused(_("Choose a colleague who works here."))
        given = sum(handover.hand_over(db.session, staff, person).values())
    set_active(staff, on=False)
    return given


def leaving(staff: Any) -> dict[str, Any]:
    counts = [(str(m.__plural__ or m.__label__), n) for m, n in handover.count(db.session, staff.id).items()]
    others = [(pk, name) for pk, name in people() if pk != staff.id]
    return {"name": staff.name, "counts": counts, "people": others, "page_title": _("%(name)s leaves", name=staff.name)}


def shown(staff: Any, password: str) -> Any:
    """The list, with the new password on it this once."""
    return page("users.html", password={"name": staff.name, "username": staff.username, "value": password}, **context())


def again(pk: int | None, refused: Refused) -> Any:
    db.session.rollback()
    wrong = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
    made = form(find(pk) if pk else None, wrong, request.form)
    return page("users.html", refused.status, form=made | {"error": str(refused)}, **context())
