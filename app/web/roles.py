"""Roles of a company's own: made from a copy, renamed, put away; and published to the franchises by head office."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.record import record_named
from app.engine.rules import BUILT_IN, Grant, OwnRole, Scope, role_names
from app.engine.wordlist import code_of
from app.extensions import db
from app.web.enter import page
from app.web.publish import publish
from app.web.rights import at_home
from app.web.screen import ABOVE, Screen, administers, allowed, has_role

LONGEST = 60


class RolesScreen(Screen):
    """``/roles/``. What a role may do is set on the matrix; who holds it, on the users page."""

    doors = ((89, _("Roles"), "ti-users-group", "/roles/", administers),)

    @expose("/roles/")
    @allowed(administers)
    def index(self) -> Any:
        return page("roles.html", **context())

    @expose("/roles/add", methods=["POST"])
    @allowed(administers)
    def add(self) -> Any:
        try:
            made = add_role(request.form.get("name", ""), request.form.get("name_en", ""), request.form.get("copy", ""))
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            return page("roles.html", refused.status, given=request.form, error=str(refused), **context())
        flash(_("“%(name)s” was made. Give it to people on the users page.", name=made), "success")
        return redirect("/roles/")

    @expose("/roles/<int:pk>/rename", methods=["POST"])
    @allowed(administers)
    def rename(self, pk: int) -> Any:
        role = own(pk)
        role.name, role.name_en = named(request.form.get("name", "")), request.form.get("name_en", "").strip()[:LONGEST]
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect("/roles/")

    @expose("/roles/<int:pk>/<any(archive, restore):what>", methods=["POST"])
    @allowed(administers)
    def archive(self, pk: int, what: str) -> Any:
        role = own(pk)
        if what == "archive" and holders().get(role.code):
            raise Refused(_("Somebody still holds this role. Give them another one first."))
        role.archived = what == "archive"
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect("/roles/")

    @expose("/roles/<code>/publish", methods=["POST"])
    @allowed(has_role("head_office"))
    def publish(self, code: str) -> Any:
        """Copy a role of head office to every franchise; a locked one is replaced, a free one only begun."""
        if code not in role_names() or code in ABOVE:
            raise Missing
        reached = publish(db.session, code, locked=request.form.get("locked") == "1")
        flash(_("Published to %(n)s companies.", n=reached), "success")
        return redirect("/roles/")


def add_role(name: str, name_en: str, copy: str) -> OwnRole:
    """A new role with the rights of another one; the caller commits.

    Raises:
        Refused: it has no name, or one that is taken, or the other role does not exist.
        Forbidden: administrators' and head office's roles are not copied.
    """
    name = named(name)
    if copy in ABOVE:
        raise Forbidden(_("This role cannot be copied. Copy another one and set its rights on the matrix."))
    if copy and copy not in role_names():
        raise Refused(_("There is no such role or right."))
    number = db.session.scalar(select(func.count()).select_from(OwnRole).where(OwnRole.tenant_id == tenant_id())) or 0
    keys = set(db.session.scalars(select(OwnRole.key).where(OwnRole.tenant_id == tenant_id())))
    made = OwnRole(code=f"own-{number + 1}", key=code_of(name_en or name, keys), name=name, name_en=name_en.strip()[:LONGEST])
    db.session.add(made)
    mine = {"tenant_id": tenant_id(), "role": copy}
    for grant in db.session.scalars(select(Grant).filter_by(**mine)) if copy else ():
        db.session.add(Grant(role=made.code, model=grant.model, target=grant.target, level=grant.level))
    for scope in db.session.scalars(select(Scope).filter_by(**mine)) if copy else ():
        db.session.add(Scope(role=made.code, model=scope.model, reach=scope.reach))
    db.session.flush()
    return made


def named(name: str) -> str:
    name = name.strip()[:LONGEST]
    if not name:
        raise Refused(_("Give the role a name."))
    if name in role_names().values():
        raise Refused(_("There is a role of this name already."))
    return name


def own(pk: int) -> OwnRole:
    """A role that this company made itself; head office's are not its to change."""
    found: OwnRole | None = db.session.scalars(select(OwnRole).where(OwnRole.id == pk, OwnRole.tenant_id == tenant_id())).first()
    if found is None:
        raise Missing
    if found.locked:
        raise Forbidden(_("Head office keeps this role. Ask head office to change it."))
    return found


def holders() -> dict[str, int]:
    """How many of those who work here hold each role."""
    staff = record_named("staff")
    code = func.unnest(staff.roles).label("code")
    query = select(code, func.count()).where(staff.tenant_id == tenant_id(), staff.active).group_by(code)
    return {one: n for one, n in db.session.execute(query)}  # noqa: C416  # a row is no pair to a type checker


def context() -> dict[str, Any]:
    home, people = at_home(), holders()
    made = {r.code: r for r in db.session.scalars(select(OwnRole).where(OwnRole.tenant_id == tenant_id()).order_by(OwnRole.id))}
    names = {str(c): str(w) for c, w in BUILT_IN.items() if c != "head_office" or home} | {c: str(r) for c, r in made.items()}
    rows = [
        {
            "code": code, "name": name, "people": people.get(code, 0), "id": made[code].id if code in made else None,
            "zh": made[code].name if code in made else "", "en": made[code].name_en if code in made else "",
            "locked": code in ABOVE or (code in made and made[code].locked), "archived": code in made and made[code].archived,
            "ours": code in made and not made[code].locked, "publishes": home and "head_office" in current().roles and code not in ABOVE,
        }
        for code, name in names.items()
    ]  # fmt: skip
    return {"rows": rows, "copies": [r for r in rows if r["code"] not in ABOVE and not r["archived"]], "page_title": _("Roles")}
