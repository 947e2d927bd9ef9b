"""``/prints/``: the print templates of a company, written on the running system and tried on real records."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import policy, query
from app.engine.errors import Conflict, Missing, Refused
from app.engine.present import label
from app.engine.printing.papers import A4, LANGUAGES, MARGINS, OWN, PAPERS, Template
from app.engine.printing.signed import genuine, named
from app.engine.printing.templates import CARD, card, keep, new_code, restore, template, templates
from app.engine.values import whole
from app.extensions import db
from app.web.enter import page
from app.web.frame import record_views
from app.web.print_menu import menu
from app.web.print_store import recall, remember
from app.web.print_work import file_name, made, need, shown
from app.web.screen import Screen, administers, allowed

NEW = "new"
SIDES = (("top", _("Top edge")), ("right", _("Right edge")), ("bottom", _("Bottom edge")), ("left", _("Left edge")))


class PrintScreen(Screen):
    """For administrators; the checking of a signed address is for everybody who is signed in."""

    doors = ((88, _("Print templates"), "ti-printer", "/prints/", administers),)

    @expose("/prints/")
    @allowed(administers)
    def index(self) -> Any:
        tongue = str(get_locale() or "zh")
        kinds = [
            {
                "label": str(v.model.__plural__ or v.model.__label__), "table": v.model.__tablename__,
                "templates": [line(t, tongue) for t in templates(db.session, v.model, archived=True)],
            }
            for v in record_views()
        ]  # fmt: skip
        return self.render("prints.html", kinds=kinds, page_title=_("Print templates"))

    @expose("/prints/<table>/<code>", methods=["GET", "POST"])
    @allowed(administers)
    def edit(self, table: str, code: str) -> Any:
        """The editor; what is saved was checked first."""
        model = kind_of(table)
        old = fresh(model) if code == NEW else template(db.session, model, code, archived=True)
        if request.method == "GET":
            return page("print_edit.html", **context(model, code, old))
        one = old
        try:
            if request.form.get("version", "0") != str(old.version):
                raise Conflict
            one = sent(old)
            checked(one, model)
            keep(db.session, model, one)
        except Refused as refused:
            db.session.rollback()
            wrong = {"wrong": str(refused), "wrong_line": getattr(refused, "line", 0)}
            return page("print_edit.html", refused.status, **wrong, **context(model, code, typed(one)))
        db.session.commit()
        flash(_("Saved. It holds from everybody's next click."), "success")
        return redirect(f"/prints/{table}/{one.code}")

    @expose("/prints/<table>/<code>/<any(copy, restore, archive, unarchive, first):what>", methods=["POST"])
    @allowed(administers)
    def do(self, table: str, code: str, what: str) -> Any:
        model = kind_of(table)
        one = template(db.session, model, code, archived=True)
        if what == "copy":
            one = replace(one, code=new_code(), name=f"{one.name[:76]} 2", first=False, archived=False, shipped=False,
                          name_en=f"{one.name_en[:76]} 2" if one.name_en else "")  # fmt: skip
            keep(db.session, model, one)
        elif what == "restore":
            restore(db.session, model, code)
        elif what == "archive" and one.code == CARD:
            raise Refused(_("This one stays, so that every record can be printed."))
        else:
            archived = {"archive": True, "unarchive": False}.get(what, one.archived)
            keep(db.session, model, replace(one, archived=archived, first=what == "first" or (one.first and not archived)))
        db.session.commit()
        flash(_("Saved. It holds from everybody's next click."), "success")
        return redirect(f"/prints/{table}/{one.code}" if what in ("copy", "restore") else "/prints/")

    @expose("/prints/<table>/draft", methods=["POST"])
    @allowed(administers)
    def draft(self, table: str) -> Any:
        """Keep what is being written for a while, unsaved, and say where it can be seen on a record."""
        model = kind_of(table)
        one, pk = sent(fresh(model)), request.form.get("record", "")
        one = replace(one, name=one.name or "…")
        checked(one, model)
        if not pk.isdecimal():
            raise Refused(_("Choose a record to see it on."))
        token = request.form.get("token", "")[:30]
        told = recall("draft", token, model)["told"] if token else []
        token = remember("draft", {"model": table, "template": asdict(one), "told": told}, token)
        return jsonify(url=f"/prints/{table}/draft/{token}/{pk}", token=token)

    @expose("/prints/<table>/draft/<token>/<int:pk>")
    @allowed(administers)
    def drafted(self, table: str, token: str, pk: int) -> Any:
        """The unsaved template on a real record: the same file, by the same way, as when it is printed."""
        model = kind_of(table)
        kept = recall("draft", token, model)
        record = query.find(db.session, model, pk)
        if record is None:
            raise Missing
        need(model, record)
        values = kept["template"] | {n: tuple(kept["template"][n]) for n in ("margins", "copies")}
        again = pk in kept["told"]  # each change makes a new preview; the trail hears of the first
        done = shown(lambda: made(db.session, model, Template(**values), [pk], again=again), file_name(model, pk))
        remember("draft", kept | {"told": sorted({*kept["told"], pk})}, token)
        return done

    @expose("/prints/check/<value>")
    @allowed()
    def check(self, value: str) -> Any:
        """Where a signed address on paper leads: to the record, if the mark is ours and the reader may see it."""
        model, pk, mark = named(value)
        record = query.find(db.session, model, pk) if policy.opens(model) else None
        if record is None or not genuine(record, mark):
            raise Missing
        return redirect(f"/{model.__tablename__}/show/{pk}")


def kind_of(table: str) -> Any:
    view = next((v for v in record_views() if v.model.__tablename__ == table), None)
    if view is None:
        raise Missing
    return view.model


def fresh(model: Any) -> Template:
    """What a new template begins with."""
    return replace(card(model), code=new_code(), name="", name_en="", shipped=False)


def checked(one: Template, model: Any) -> None:
    from app.engine.printing.press import check  # noqa: PLC0415  # see print_work

    check(one, model)


def sent(old: Template) -> Template:
    """The template as the form has it. Raises ``Refused`` for what is no number."""
    form = request.form
    paper = form.get("paper", A4)
    edges = [form.get(side, "").strip() for side, _word in SIDES]
    wide, high = (whole(form.get(n) or "0") if paper == OWN else 0 for n in ("width", "height"))
    captions = [part.strip() for part in form.get("copies", "").replace("、", ",").replace("，", ",").split(",")]
    common = MARGINS.get(paper, (8, 8, 8, 8))
    return replace(
        old, name=form.get("name", "").strip()[:80], name_en=form.get("name_en", "").strip()[:80], paper=paper, width=wide, height=high,
        margins=tuple(whole(edge) if edge else common[n] for n, edge in enumerate(edges)) if any(edges) else (),
        copies=tuple(part for part in captions if part), language=form.get("language", ""), first=form.get("first") == "1",
        body=form.get("body", "").replace("\r\n", "\n"),
    )  # fmt: skip


def typed(one: Template) -> Template:
    """The template as far as the form could be read; what was typed wins."""
    return replace(one, name=request.form.get("name", "")[:80], body=request.form.get("body", "").replace("\r\n", "\n"))


def line(one: Template, tongue: str) -> dict[str, Any]:
    return {
        "code": one.code, "name": one.called(tongue), "paper": str(PAPERS[one.paper]), "first": one.first, "archived": one.archived,
        "shipped": one.shipped, "changed": one.changed, "stays": one.code == CARD,
    }  # fmt: skip


def context(model: Any, code: str, one: Template) -> dict[str, Any]:
    """What ``print_edit.html`` shows."""
    table, tongue = model.__tablename__, str(get_locale() or "zh")
    able = policy.opens(model) and policy.may(model, "can:print")
    newest = db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).first() if able else None
    edges = one.margins or ("",) * 4
    return {
        "one": one, "code": code, "table": table, "kind": str(model.__label__), "papers": list(PAPERS.items()), "own": OWN,
        "languages": list(LANGUAGES.items()), "sides": [(n, w, edges[i]) for i, (n, w) in enumerate(SIDES)],
        "copies": "、".join(one.copies), "menu": menu(model), "lookup_url": f"/{table}/lookup", "new": code == NEW,
        "record": {"id": newest.id, "label": label(newest)} if newest is not None else None,
        "heading": one.called(tongue) or str(_("New template")), "page_title": one.called(tongue) or _("New template"),
    }  # fmt: skip
