"""View as: an administrator sees what a colleague sees, and what is hidden from them. Read-only, and in the trail."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, session
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine import policy
from app.engine.audit import told
from app.engine.current import acting, current
from app.engine.errors import Forbidden, Refused
from app.engine.fields import fields_of
from app.engine.record import records
from app.extensions import db
from app.web.enter import page
from app.web.screen import ABOVE, Screen, allowed, has_role
from app.web.users import find

MAY = has_role("admin")


class ViewAsScreen(Screen):
    """``/view-as/<id>``; the banner on every page leads to what is hidden, and back."""

    @expose("/view-as/<int:pk>", methods=["POST"])
    @allowed(MAY)
    def start(self, pk: int) -> Any:
        person = find(pk)
        if set(person.roles or ()) & ABOVE or person.id == current().actor_id:
            raise Forbidden(_("One looks as somebody with fewer rights, not as an administrator."))
        if not person.active:
            raise Refused(_("Choose a colleague who works here."))
        note(person, "view_as")
        session["view_as"] = person.id
        return redirect("/")

    @expose("/view-as/stop", methods=["POST"])
    @allowed(MAY)
    def stop(self) -> Any:
        pk = session.pop("view_as", None)
        if pk is not None:
            note(find(pk), "view_as_end")
            flash(_("You are yourself again."), "success")
        return redirect("/users/")

    @expose("/view-as/difference")
    @allowed(MAY)
    def difference(self) -> Any:
        """What the colleague does not see that I see: fields and numbers of rows, type by type."""
        person = find(session.get("view_as") or 0)
        rows = []
        for model in records():
            if model.__platform__ or not policy.opens(model):
                continue
            here, all_mine = set(policy.readable(model)), counted(model)
            with acting(actor_id=person.id, store_id=person.store_id, roles=frozenset(person.roles or ()), read_only=True):
                there, theirs = set(policy.readable(model)), counted(model) if policy.opens(model) else 0
            hidden = [str(f.label) for n, f in fields_of(model).items() if n in here - there]
            rows.append({"label": str(model.__plural__ or model.__label__), "icon": model.__icon__, "hidden": hidden,
                         "none": not there, "mine": all_mine, "theirs": theirs})  # fmt: skip
        return page("difference.html", rows=rows, name=person.name, page_title=_("What %(name)s does not see", name=person.name))


def counted(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def note(person: Any, action: str) -> None:
    db.session.add(told(person, action, person.name))
    db.session.commit()
