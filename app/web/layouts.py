"""The layout of forms and pages, role by role: an administrator moves fields, and hides what a role has no use for."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.errors import Missing, Refused
from app.engine.fields import fields_of
from app.engine.laid import Shape
from app.engine.layout import key_of, needed, shaped
from app.engine.layout_versions import publish, published
from app.engine.record import record_named
from app.engine.rules import source
from app.extensions import db
from app.web.enter import page
from app.web.frame import record_views
from app.web.rights import columns
from app.web.screen import Screen, administers, allowed


class LayoutScreen(Screen):
    """``/layouts/<table>?role=agent``: reached from the matrix of rights and from a record's page."""

    @expose("/layouts/<table>", methods=["GET", "POST"])
    @allowed(administers)
    def layouts(self, table: str) -> Any:
        view = next((v for v in record_views() if v.model is record_named(table)), None)
        if view is None:
            raise Missing
        roles = {r["code"]: str(r["label"]) for r in columns()}
        role = request.values.get("role") or next(iter(roles))
        if role not in roles:
            raise Refused(_("There is no such role or right."))
        if request.method == "GET":
            return page("layout.html", **context(view, role, roles))
        before = published(db.session, view.model, role, "")
        made = None if "reset" in request.form else {n: v for n, v in (before or {}).items() if n in ("rules", "tabs")} | sent(view)
        publish(db.session, view.model, role, "", made)
        db.session.commit()
        flash(_("Saved. It holds from everybody's next click."), "success")
        return redirect(f"/layouts/{table}?role={role}")


def sent(view: Any) -> Shape:
    """The layout as the form has it: sections and fields in the order of the page. Without scripts a button moves one field."""
    model, known = view.model, {key_of(s) for s in view.declared()}
    names = [n for n in dict.fromkeys(request.form.getlist("f")) if n in fields_of(model)]
    for word, step in (("up", -1), ("down", 1)):
        if (moved := request.form.get(word, "")) in names:
            at = names.index(moved)
            names.insert(max(at + step, 0), names.pop(at))
    keys = [k for k in dict.fromkeys(request.form.getlist("s")) if k in known]
    for word, step in (("s-up", -1), ("s-down", 1)):
        if (moved := request.form.get(word, "")) in keys:
            at = keys.index(moved)
            keys.insert(max(at + step, 0), keys.pop(at))
    places = {n: request.form.get(f"in:{n}", "") for n in names}
    if bad := [n for n in names if places[n] not in (*keys, "")]:
        raise Refused(_("No such field, or not yours to set: %(names)s", names=", ".join(bad)))
    if stays := [n for n in names if not places[n] and needed(model, n)]:
        raise Refused(_("“%(field)s” is needed and cannot be hidden.", field=fields_of(model)[stays[0]].label))
    return {"sections": [[k, [n for n in names if places[n] == k]] for k in keys], "hidden": [n for n in names if not places[n]]}


def context(view: Any, role: str, roles: dict[str, str]) -> dict[str, Any]:
    """What ``layout.html`` shows: every section with its fields, and the hidden ones last."""
    model, shape, declared = view.model, source[0]().layouts.get((role, view.model.__name__, "")), view.declared()
    titles, fields = {key_of(s): str(s.title) for s in declared}, fields_of(model)
    # All fields are placed, those of no section too; a section that was emptied stays, so that it can be filled again.
    order = [k for k, _names in shape["sections"] if k in titles] if shape else []
    now = {key_of_any(declared, s): s.fields for s in shaped(model, declared, shape)} if shape else {key_of(s): s.fields for s in declared}
    keys = [*order, *(k for k in titles if k not in order)]

    def place(name: str) -> dict[str, Any]:
        return {"name": name, "label": str(fields[name].label), "needed": needed(model, name)}

    hidden = [n for n in shape["hidden"] if n in fields and not needed(model, n)] if shape else []
    plural = str(model.__plural__ or model.__label__)
    return {
        "sections": [{"key": k, "title": titles[k], "fields": [place(n) for n in now.get(k, []) if n in fields]} for k in keys],
        "hidden": [place(n) for n in hidden], "role": role, "roles": roles, "table": model.__tablename__, "label": plural,
        "design": f"{view.base}/add?design={role}" if policy.may(model, "can:add") else "",
        "own": shape is not None, "page_title": _("Layout"),
        "kinds": [(v.model.__tablename__, str(v.model.__plural__ or v.model.__label__)) for v in record_views()],
    }  # fmt: skip


def key_of_any(declared: list[Any], section: Any) -> str:
    """The key of a section whose fields were moved: its title is still its own."""
    return next(key_of(s) for s in declared if s.title is section.title)


def changes(model: Any, kept: dict[str, Any]) -> list[tuple[str, str, str]]:
    """An entry of the trail in words: role, before and after."""
    labels = {n: str(f.label) for n, f in fields_of(model).items()}

    def say(text: str) -> str:
        parts = [(n, n.lstrip("-").partition("(")[0]) for n in text.split(",") if n]
        return "、".join(("−" if n[0] == "-" else "") + labels.get(bare, bare) + (" *" if "(" in n else "") for n, bare in parts)

    return [(role, say(before or ""), say(after or "")) for role, (before, after) in kept.items()]
