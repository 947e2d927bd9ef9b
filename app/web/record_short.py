"""A new record from within another's form: the few inputs it cannot do without; and the values that rows hold, to choose from."""

from __future__ import annotations

from typing import Any, cast

from flask import jsonify, request
from flask_appbuilder import expose
from sqlalchemy import func, select

from app.engine import laid, policy, query
from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.fields import SPELLED, Secret, fields_of
from app.engine.present import apply, label
from app.engine.values import phone as phone_number
from app.engine.wanted import needed_of
from app.extensions import db
from app.web import showing
from app.web.enter import page
from app.web.inputs import suggested
from app.web.screen import allowed

NEWEST, MOST = 2000, 60  # rows that are looked through for suggestions, and suggestions


class RecordShort:
    """The routes; the record's own view says which record."""

    @expose("/short", methods=["GET", "POST"])
    @allowed()
    def short(self) -> Any:
        """The form as a part of a page; sent, the new record's id and name. Every check is that of the long form."""
        model = cast("Any", self).model
        if model.__appended__ or not policy.may(model, "can:add"):
            raise Forbidden
        if request.method == "GET":
            return page("parts/short_form.html", **context(model, request.args.get("q", "").strip()[:60], {}, {}))
        sent = {n: v for n, v in request.form.items() if n != "csrf_token"}
        for name in request.form.getlist("__flags"):  # a box that is not ticked sends nothing
            sent.setdefault(name, "0")
        sent.pop("__flags", None)
        try:
            made = apply(model(), sent, db.session)
        except Invalid as refused:
            return page("parts/short_form.html", refused.status, **context(model, "", sent, {n: str(w) for n, w in refused.fields.items()}))
        db.session.add(made)
        db.session.commit()
        return jsonify(id=made.id, label=label(made))

    @expose("/values/<name>")
    @allowed()
    def values(self, name: str) -> Any:
        """What the newest rows hold in one field, of those on which the actor may read it; ``within`` narrows it."""
        model = cast("Any", self).model
        if name not in suggested(model):
            raise Missing
        if not policy.opens(model) or not policy.comparable(model, [name]):
            raise Forbidden
        column = getattr(model, name)
        wanted = [column.is_not(None), *(w for w in [policy.readable_where(model, name)] if w is not None)]
        outer = model.__within__.get(name)
        if outer and (given := request.args.get("within", "").strip()[:60]):
            wanted.append(query.where(model, outer, "eq", given))
        newest = select(column.label("held")).where(*wanted).order_by(model.id.desc()).limit(NEWEST).subquery()
        held = func.unnest(newest.c.held) if fields_of(model)[name].kind(model, name) == "tags" else newest.c.held
        found = db.session.scalars(select(held).group_by(held).order_by(func.count().desc(), held).limit(MOST))
        return jsonify([v for v in found if v])


def context(model: Any, typed: str, given: dict[str, str], wrong: dict[str, str]) -> dict[str, Any]:
    """The inputs of the short form: what is needed, and what the record is found by; the typed words stand where they fit."""
    fields = fields_of(model)
    called = [n for n in model.__search__ if n not in SPELLED]
    asked = {*wrong, *needed_of(model), *laid.needed(model)}
    names = [n for n in fields if n in called or fields[n].required(model, n) or n in asked]
    if typed and (place := fitting(model, called, typed)):
        given = {place: typed}
    made = (showing.one(model, None, n, given, wrong) for n in names)
    inputs = [i | {"new_url": "", "id": f"s-{i['name']}"} for i in made if i and not i["readonly"]]  # one form within another is enough
    return {"inputs": inputs, "kind": str(model.__label__)}


def fitting(model: Any, called: list[str], typed: str) -> str:
    """The field the typed words belong to: a number to the phone, anything else to the name."""
    fields = fields_of(model)
    sealed = [n for n in called if isinstance(fields[n], Secret) and fields[n].kind(model, n) == "phone"]
    try:
        phone_number(typed)
    except Refused:
        sealed = []
    return next((n for n in [*sealed, *(n for n in called if not isinstance(fields[n], Secret))] if policy.ceiling(model, n)), "")
