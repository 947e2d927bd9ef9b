"""Saved views of a list: tabs beside the ready-made ones, the form that saves them, and the same by REST."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.conditions import Leaf, write
from app.engine.current import current
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.present import label
from app.engine.record import record_named, records
from app.engine.rules import role_names
from app.engine.views import AUDIENCES, MINE, STORE, SavedView, changeable, drop, found, keep, may_give, open_first, views_of
from app.extensions import db
from app.web.asked import Asked, encoded
from app.web.record_api import body
from app.web.screen import Screen, allowed
from app.web.signed import signed_in

NOT_YOURS = _("The view “%(name)s” asks about something that you may not see. Whoever made it can save one without that for you.")


class ViewsScreen(Screen):
    """``/views/``: opening, saving, renaming and deleting; ``/api/v1/views/`` is the same for programs."""

    @expose("/views/<int:pk>")
    @allowed()
    def open(self, pk: int) -> Any:
        """To the list, with the view's question in the address."""
        view = found(db.session, pk)
        model = model_of(view)
        if not askable(model, view.question):
            raise Forbidden(NOT_YOURS % {"name": view.name})
        return redirect(address(model, view))

    @expose("/views/add", methods=["POST"])
    @allowed()
    def add(self) -> Any:
        view = made(named(request.form.get("table", "")), request.form.to_dict())
        db.session.commit()
        flash(_("“%(name)s” is saved. It stands beside the other views.", name=view.name), "success")
        return redirect(address(model_of(view), view))

    @expose("/views/<int:pk>/change", methods=["POST"])
    @allowed()
    def change(self, pk: int) -> Any:
        view = changed(found(db.session, pk, mine=True), request.form.to_dict())
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(address(model_of(view), view))

    @expose("/views/<int:pk>/delete", methods=["POST"])
    @allowed()
    def delete(self, pk: int) -> Any:
        view = found(db.session, pk, mine=True)
        name, table = view.name, model_of(view).__tablename__
        drop(db.session, view)
        db.session.commit()
        flash(_("“%(name)s” was deleted.", name=name), "success")
        return redirect(f"/{table}/list")

    @expose("/views/<int:pk>/first", methods=["POST"])
    @allowed()
    def first(self, pk: int) -> Any:
        """Let the list open with it, or as before: for oneself, or for a role."""
        view = found(db.session, pk)
        open_first(db.session, model_of(view), view if request.form.get("on") == "1" else None, request.form.get("role", ""))
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(address(model_of(view), view))

    @expose("/api/v1/views/", methods=["GET", "POST"])
    @signed_in
    def rest(self) -> Any:
        """``?model=customer``: the views one sees of a list; a POST of ``{model, name, question, audience, role, store}`` saves one."""
        if request.method == "POST":
            sent = body()
            view = made(named(str(sent.get("model", ""))), {k: v for k, v in sent.items() if v is not None})
            db.session.commit()
            return jsonify(id=view.id, result=described(view)), 201
        return jsonify(result=[described(v) for v in views_of(db.session, named(request.args.get("model", "")))[0]])

    @expose("/api/v1/views/<int:pk>", methods=["GET", "PUT", "DELETE"])
    @signed_in
    def rest_one(self, pk: int) -> Any:
        view = found(db.session, pk, mine=request.method != "GET")
        if request.method == "DELETE":
            drop(db.session, view)
            db.session.commit()
            return jsonify(message=str(_("Deleted.")))
        if request.method == "PUT":
            view = changed(view, {k: v for k, v in body().items() if v is not None})
            db.session.commit()
        return jsonify(result=described(view))

    @expose("/api/v1/views/<int:pk>/first", methods=["POST", "DELETE"])
    @signed_in
    def rest_first(self, pk: int) -> Any:
        view = found(db.session, pk)
        role = str(body(empty=True).get("role", ""))
        open_first(db.session, model_of(view), view if request.method == "POST" else None, role)
        db.session.commit()
        return jsonify(result=described(view))


def named(table: str) -> Any:
    """The record type of a list that the actor opens."""
    model = record_named(table)
    if model is None or model.__platform__ or not policy.opens(model):
        raise Missing
    return model


def model_of(view: SavedView) -> Any:
    return next(r for r in records() if r.__name__ == view.model)


def made(model: Any, sent: dict[str, Any]) -> SavedView:
    return keep(db.session, SavedView(model=model.__name__, audience=MINE), sent | asked_for(model, str(sent.get("question", ""))))


def changed(view: SavedView, sent: dict[str, Any]) -> SavedView:
    """A new name, reader or question; what was not sent stays."""
    question = asked_for(model_of(view), str(sent.pop("question"))) if "question" in sent else {}
    return keep(db.session, view, sent | question)


def asked_for(model: Any, text: str) -> dict[str, str]:
    """A question in the form it is kept in. It must be one that the actor may ask: raises ``Refused`` or ``Forbidden``."""
    asked = Asked.of(text)
    asked.conditions(model)
    if asked.by:
        query.order(model, asked.by)
    pairs = [("where", write(asked.tree)), ("q", asked.q), ("sort", asked.by)]
    return {"question": encoded([(k, v) for k, v in pairs if v]), "look": encoded([p for p in asked.look if p[0] != "day"])}


def askable(model: Any, question: str) -> bool:
    """Whether the actor may ask all of it."""
    try:
        asked_for(model, question)
    except Refused:
        return False
    return True


def address(model: Any, view: SavedView) -> str:
    """The list with the view's question; the number keeps its tab lit."""
    return f"/{model.__tablename__}/list?" + "&".join(part for part in (view.question, view.look, f"view={view.id}") if part)


def there(model: Any) -> tuple[list[SavedView], int | None]:
    """The actor's views of a list, and the number of the first one; asked once a request."""
    memo, slot = current().memo, ("views", model)
    if slot not in memo:
        memo[slot] = views_of(db.session, model)
    known: tuple[list[SavedView], int | None] = memo[slot]
    return known


def opened_with(view: Any) -> str:
    """Where a bare address of a list leads: to the view it opens with, if the actor may ask that; else nowhere."""
    if request.args:
        return ""
    saved, first = there(view.model)
    chosen = next((v for v in saved if v.id == first), None)
    return address(view.model, chosen) if chosen and askable(view.model, chosen.question) else ""


def context(view: Any, asked: Asked, base: str) -> dict[str, Any]:
    """The tabs above a list and what its form for saving begins with; one query."""
    model = view.model
    saved, first = there(model)
    lit = next((v for v in saved if str(v.id) == asked.view), None)
    rows = [
        {"label": v.name, "url": address(model, v) if askable(model, v.question) else f"/views/{v.id}", "on": v is lit, "count": None,
         "saved": True}
        for v in saved
    ]  # fmt: skip
    stores, givers = record_named("store"), may_give()
    shop = db.session.get(stores, lit.store_id) if lit and lit.audience == STORE else None
    return {
        "tabs": [*ready_made(view, asked, base, lit=lit is not None, own=first is not None), *rows],
        "saver": {
            "table": model.__tablename__, "question": asked.url("", after=None, view=None).lstrip("?"), "givers": givers,
            "audiences": [(c, str(w)) for c, w in AUDIENCES.items()], "roles": list(role_names().items()),
            "stores_url": f"/{stores.__tablename__}/lookup" if givers and policy.opens(stores) else "", "first": first,
            "shop": label(shop) if shop else "",
            "lit": lit, "changeable": lit is not None and changeable(lit),
        },
    }  # fmt: skip


def ready_made(view: Any, asked: Asked, base: str, *, lit: bool, own: bool) -> list[dict[str, Any]]:
    """The view's ready-made questions; one is lit when the address is just it."""
    bare = f"{base}?view=0" if own else base
    made_: list[dict[str, Any]] = []
    everything = not any(not ask for _words, ask in view.tabs)
    if everything and (view.tabs or there(view.model)[0]):
        made_.append({"label": str(_("All")), "url": bare, "on": not lit and not asked.tree.terms, "count": None})
    now = sorted(write(t) for t in asked.tree.terms) if asked.tree.mode == "all" else None
    for words, ask in view.tabs:
        tree = Asked.of(ask).tree
        if all(policy.comparable(view.model, [t.path]) for t in tree.terms if isinstance(t, Leaf)):
            on = not lit and sorted(write(t) for t in tree.terms) == now
            made_.append({"label": str(words), "url": f"{base}?{ask}" if ask else bare, "on": on, "count": None})
    return made_


def described(view: SavedView) -> dict[str, Any]:
    """A view for REST. Its question is told to whoever may ask it."""
    model = model_of(view)
    mine = askable(model, view.question)
    return {
        "id": view.id, "model": model.__tablename__, "name": view.name, "audience": view.audience, "role": view.role,
        "store": view.store_id if view.audience == "store" else None, "question": view.question if mine else None, "look": view.look,
        "first": there(model)[1] == view.id, "changeable": changeable(view), "url": address(model, view) if mine else f"/views/{view.id}",
        **({} if mine else {"message": str(NOT_YOURS % {"name": view.name})}),
    }  # fmt: skip
