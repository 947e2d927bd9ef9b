"""Fields of a company's own, and its lists of choices: an administrator makes and changes them on the running system."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import tailor, wordlist
from app.engine.choice_merge import roll_back
from app.engine.conditions import Leaf, write
from app.engine.errors import Invalid, Missing, Refused
from app.engine.expr.read import MARK
from app.engine.fitting import KINDS, LISTS, filled
from app.engine.record import record_named
from app.engine.rules import CustomField
from app.extensions import db
from app.web.enter import page
from app.web.field_forms import form, listing
from app.web.frame import record_views
from app.web.screen import Screen, administers, allowed

TEXTS = ("label", "label_en", "help", "help_en", "kind", "group", "section", "start")


class FieldsScreen(Screen):
    """``/custom/<table>``: reached from forms, record pages and "More"."""

    doors = ((91, _("Fields"), "ti-columns", "/custom/", administers),)

    @expose("/custom/")
    @allowed(administers)
    def first(self) -> Any:
        return redirect(f"/custom/{record_views()[0].model.__tablename__}")

    @expose("/custom/<table>")
    @allowed(administers)
    def index(self, table: str) -> Any:
        view = view_of(table)
        return page("fields.html", **listing(view, tailor.rows(db.session, view.model)))

    @expose("/custom/<table>/add", methods=["GET", "POST"])
    @allowed(administers)
    def add(self, table: str) -> Any:
        view = view_of(table)
        row = blank(view.model, request.values.get("kind", "text"), request.args.get("section", ""))
        return page("field.html", **form(view, row, {}, {})) if request.method == "GET" else self.kept(view, row)

    @expose("/custom/<table>/<int:pk>", methods=["GET", "POST"])
    @allowed(administers)
    def change(self, table: str, pk: int) -> Any:
        view = view_of(table)
        row = tailor.found(db.session, view.model, pk)
        if row.builtin:
            return redirect(f"/custom/{table}/choices/{row.builtin}")
        return page("field.html", **form(view, row, {}, {})) if request.method == "GET" else self.kept(view, row)

    @expose("/custom/<table>/choices/<name>", methods=["GET", "POST"])
    @allowed(administers)
    def choices(self, table: str, name: str) -> Any:
        """The list of a built-in choice whose codes the program does not depend on."""
        view = view_of(table)
        row = tailor.list_of(db.session, view.model, name)
        return page("field.html", **form(view, row, {}, {})) if request.method == "GET" else self.kept(view, row)

    @expose("/custom/<table>/<int:pk>/<any(archive, restore, up, down, back):what>", methods=["POST"])
    @allowed(administers)
    def deed(self, table: str, pk: int, what: str) -> Any:
        view = view_of(table)
        row = tailor.found(db.session, view.model, pk)
        if what in ("up", "down"):
            tailor.move(db.session, view.model, row, -1 if what == "up" else 1)
        elif what == "back":
            entry = request.form.get("entry", "")
            roll_back(db.session, view.model, row, int(entry) if entry.isdecimal() and len(entry) < 10 else 0)
        else:
            tailor.put_away(db.session, view.model, row, back=what == "restore")
        address = f"/custom/{table}/{pk}" if what == "back" else f"/custom/{table}"
        db.session.commit()
        flash(_("Put away. Everything that records hold in it is kept.") if what == "archive" else _("Saved. It holds from everybody's next click."), "success")  # noqa: E501
        return redirect(address)

    def kept(self, view: Any, row: CustomField) -> Any:
        """Save what was sent; or the form once more, with everything that was typed and what is wrong with it."""
        given, new = sent(row), row.id is None
        pk, name, was = row.id, row.builtin, bool(row.required)
        try:
            tailor.save(db.session, view.model, row, given)
            empty = filled(db.session, view.model, row, empty=True) if row.required and not was else 0
            label = row.label
            db.session.commit()
        except Invalid as wrong:
            db.session.rollback()
            words = {n: str(w) for n, w in wrong.fields.items()}
            again = blank(view.model) if not pk and not name else (
                tailor.list_of(db.session, view.model, name) if name else tailor.found(db.session, view.model, pk)
            )  # fmt: skip
            return page("field.html", 422, **form(view, again, given, words))
        if new and not name:
            flash(_("“%(name)s” was added. It stands everywhere from everybody's next click.", name=label), "success")
        else:
            flash(_("Saved. It holds from everybody's next click."), "success")
        if empty:
            flash(_("%(n)s records are still empty there. Whoever changes one next is asked for it.", n=empty), "warning")
        return redirect(way_back(view.model))


def blank(model: Any, kind: str = "text", section: str = "") -> CustomField:
    """A field that is not there yet."""
    return CustomField(model=model.__name__, label="", kind=kind if kind in KINDS else "text", group="basic", listed=True, section=section)


def view_of(table: str) -> Any:
    """The screens of a record type. Raises ``Missing``."""
    view = next((v for v in record_views() if v.model is record_named(table)), None)
    if view is None or view.model.__appended__:
        raise Missing
    return view


def way_back(model: Any) -> str:
    """The form or page from which somebody came, or the list of fields; nowhere else."""
    back, base = request.values.get("back", ""), f"/{model.__tablename__}/"
    known = back == f"{base}add" or (back.startswith((f"{base}edit/", f"{base}show/")) and back.rpartition("/")[2].isdecimal())
    return back if known else f"/custom/{model.__tablename__}"


def sent(row: CustomField) -> dict[str, Any]:
    """The description of a field as the form has it."""
    given = request.form
    made: dict[str, Any] = {n: given[n] for n in TEXTS if n in given}
    flags = given.getlist("__flags")
    made |= {n: given.get(n) == "1" for n in ("required", "listed") if n in flags}
    if "when" in given:
        path, how, value = given["when"], given.get("when_how", "eq"), given.get("when_value", "").strip()
        how, value = ("empty", "0") if how == "filled" else (how, value)
        made["shown"] = write(Leaf(path, how, value)) if path else ""
        if typed := given.get("when_expr", "").strip():
            made["shown"] = f"{MARK}{typed}"
    if "c-zh" in given and (row.builtin or made.get("kind", row.kind) in LISTS):
        columns = [given.getlist(f"c-{n}") for n in ("code", "zh", "en", "tint", "away")]
        if len({len(c) for c in columns}) != 1:
            raise Refused(_("This page was open for too long, or came from elsewhere. Reload it and send again."))
        made["choices"] = moved([
            {"code": code, "zh": zh, "en": en, "tint": tint, "archived": away == "1"}
            for code, zh, en, tint, away in zip(*columns, strict=True)
        ])  # fmt: skip
    return made


def moved(choices: list[wordlist.Choice]) -> list[wordlist.Choice]:
    """Without scripts a button moves one choice up."""
    at = request.form.get("c-up", "")
    if at.isdecimal() and 0 < int(at) < len(choices):
        choices.insert(int(at) - 1, choices.pop(int(at)))
    return choices

