"""The screens every record gets: list, show, add, edit, delete, steps, charts, export. All under the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Response, flash, jsonify, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import DataError, IntegrityError

from app.engine import policy, query
from app.engine.charts import Chart
from app.engine.errors import Conflict, Forbidden, Invalid, Missing, Refused
from app.engine.fields import Secret, fields_of
from app.engine.layout import arranged, filled
from app.engine.present import label
from app.engine.verbs import VERBS
from app.extensions import db
from app.web import along, inline, list_as, listing, showing
from app.web.along import Back
from app.web.asked import Asked
from app.web.bulk import BulkParts
from app.web.charts import chart_json
from app.web.enter import in_words, page, wants_json
from app.web.explaining import links
from app.web.printing import PrintParts
from app.web.record_as import RecordAs
from app.web.record_looks import RecordLooks
from app.web.record_notes import RecordNotes
from app.web.record_parts import RecordParts
from app.web.record_same import RecordSame
from app.web.record_short import RecordShort
from app.web.reveal import reveal
from app.web.screen import allowed
from app.web.transfer import exported, import_page, importing, marked, template
from app.web.views import opened_with


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a form and of a record's page."""

    title: Any
    fields: list[str]


@dataclass(frozen=True, slots=True)
class OwnTab:
    """A tab of a record's page that only its type has: fetched from ``<base>/<name>/<id>`` when opened, where ``when`` holds."""

    name: str
    title: Any
    when: Callable[[Any], bool] = lambda _record: True


class RecordView(
    RecordAs, RecordLooks, RecordParts, PrintParts, RecordNotes, RecordSame, RecordShort, Back, BulkParts, BaseView
):
    """Declare ``model`` and ``columns``; everything else has a default made from the model."""

    model: ClassVar[Any] = None
    columns: ClassVar[list[str]] = []
    sections: ClassVar[list[Section]] = []
    charts: ClassVar[list[Chart]] = []
    related: ClassVar[list[tuple[str, str]]] = []  # (table, its link to this record)
    inline: ClassVar[list[tuple[str, str]]] = []  # the same, as rows of this record's own form
    blocks: ClassVar[list[tuple[str, str]]] = []  # the same, a line each beside the record's own sections
    line: ClassVar[list[str]] = []  # the columns of such a line; else those of the list
    later: ClassVar[list[tuple[str, str]]] = []  # the same, fetched when its tab is opened: its number stands there at once
    talks: ClassVar[list[Any]] = []  # the same, as lines of its timeline: see app.web.besides.Talk
    tabs: ClassVar[list[tuple[Any, str]]] = []  # (label, address after ?): ready-made views of the list
    order: ClassVar[str] = "-id"
    place: ClassVar[int] = 60  # where its door stands in the rail
    offers_new: ClassVar[bool] = False  # whether the bar's "New" lists it
    form_page: ClassVar[str] = "record/form.html"
    show_page: ClassVar[str] = "record/show.html"
    own_tabs: ClassVar[list[OwnTab]] = []  # of the record's page: what only this type has
    actions: ClassVar[list[tuple[Any, str, str]]] = []  # (label, address with {id}, icon) beside the record's title

    def __init__(self) -> None:
        self.route_base = f"/{self.model.__tablename__}"
        super().__init__()

    @property
    def base(self) -> str:
        return str(self.route_base)

    def parts(self) -> list[Section]:
        """The sections as the actor's roles have them."""
        return arranged(self.model, self.declared())

    def declared(self) -> list[Section]:
        """The sections of the program, with one more for fields nobody placed: custom ones, and those of a new record."""
        return filled(self.model, self.sections, lambda rest: Section(_("More") if self.sections else self.model.__label__, rest))

    def find(self, pk: int, *, eager: bool = False) -> Any:
        """The record, or a 404 that does not tell whether it exists elsewhere."""
        options = query.loads(self.model, fields_of(self.model)) if eager else []
        found = query.find(db.session, self.model, pk, options)
        if found is None:
            raise Missing
        return found

    def open(self) -> None:
        if not policy.opens(self.model):
            raise Forbidden(
                _(
                    "%(records)s are not part of your role. An administrator can open them to you.",
                    records=self.model.__plural__ or self.model.__label__,
                )
            )

    @expose("/")
    @allowed()
    def index(self) -> Any:
        return redirect(f"{self.base}/list")

    @expose("/list")
    @allowed()
    def list(self) -> Any:
        self.open()
        if there := opened_with(self):
            return redirect(there)
        asked = Asked.now(listing.by(self))
        along.keep(self, asked)
        return page("record/list.html", **list_as.context(self, asked))

    @expose("/show/<int:pk>")
    @allowed()
    def show(self, pk: int) -> Any:
        self.open()
        record = self.find(pk, eager=True)
        context = showing.context(self, record)
        return page(self.show_page, **context | along.context(self, record) | {"explained": links(record)} | self.extras(record, context))

    def extras(self, _record: Any, _context: dict[str, Any]) -> dict[str, Any]:
        """What the record's page says more than those of other types, or differently."""
        return {}

    @expose("/add", methods=["GET", "POST"])
    @allowed()
    def add(self) -> Any:
        if not policy.may(self.model, "can:add"):
            raise Forbidden
        if request.method == "GET":
            given = {n: v for n, v in request.args.items() if n in policy.writable(self.model)}
            return self.form(None, given)
        return self.save(self.model())

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def edit(self, pk: int) -> Any:
        self.open()
        record = self.find(pk)
        return self.form(record, {}) if request.method == "GET" else self.save(record)

    def save(self, record: Any) -> Any:
        """Only what was sent is set: an input missing from the page, or from this actor's form, changes nothing."""
        sent = {n: v for n, v in request.form.items() if n not in ("csrf_token", "version")}
        for name in request.form.getlist("__flags"):  # a box that is not ticked sends nothing
            sent.setdefault(name, "0")
        sent.pop("__flags", None)
        pk = record.id
        if more := sent.pop("__more", ""):
            return self.form(record if pk else None, sent, more=more)
        try:
            inline.keep(self, record, sent, request.form.get("version"))
            db.session.commit()
        except (Refused, IntegrityError, DataError) as error:
            if wants_json() and not isinstance(error, (Invalid, Conflict)):
                raise
            return self.again(pk, sent, error if isinstance(error, Refused) else in_words(error))
        flash(_("Saved."), "success")
        return redirect(f"{self.base}/show/{record.id}")

    def again(self, pk: int | None, sent: dict[str, str], refused: Refused) -> Any:
        """The form once more, with everything that was typed and what is wrong with it."""
        db.session.rollback()  # first: to say it in the reader's language may ask the database who reads
        words = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
        text = str(refused)
        conflict = getattr(refused, "difference", [])
        return self.form(self.find(pk) if pk else None, sent, words, text, conflict, status=refused.status)

    def form(  # noqa: PLR0913, PLR0917
        self, record: Any, given: dict[str, str], wrong: Any = None, notice: str = "", conflict: Any = (), status: int = 200, more: str = ""
    ) -> Response:
        context = showing.form(self, record, given, wrong or {})
        grids = inline.grids(self, record, given, wrong or {}, more)
        context |= {"grids": grids, "errors": [*context["errors"], *(e for g in grids for e in g["errors"])]}
        return page(self.form_page, status, notice=notice, conflict=list(conflict), **context)

    @expose("/delete/<int:pk>", methods=["POST"])
    @allowed()
    def delete(self, pk: int) -> Any:
        record = self.find(pk)
        name = label(record)
        db.session.delete(record)
        db.session.commit()
        flash(_("“%(name)s” was deleted.", name=name), "success")
        return redirect(f"{self.base}/list")

    @expose("/step/<int:pk>/<name>", methods=["POST"])
    @allowed()
    def step(self, pk: int, name: str) -> Any:
        record = self.find(pk)
        flow = self.model.__flow__
        if verb := VERBS.get(self.model, {}).get(name):
            made = verb.take(db.session, record, request.form)
            db.session.commit()
            flash(_("Done: %(step)s.", step=verb.label), "success")
            return redirect(f"/{made.__tablename__}/show/{made.id}" if verb.leads else f"{self.base}/show/{pk}")
        if flow is None or name not in flow.steps:
            raise Missing
        flow(record).take(name, **{k: v for k, v in request.form.items() if k != "csrf_token"})
        db.session.commit()
        flash(_("Done: %(step)s.", step=flow.steps[name].label), "success")
        return redirect(f"{self.base}/show/{pk}")

    @expose("/chart/<int:index>")
    @allowed()
    def chart(self, index: int) -> Any:
        if index >= len(self.charts):
            raise Missing
        return chart_json(self.charts[index], self.model, Asked.now().conditions(self.model))

    @expose("/lookup")
    @allowed()
    def lookup(self) -> Any:
        """The first matches for an input that points here: id and label, nothing more."""
        self.open()
        asked = request.args.get("q", "").strip()[:60]
        wanted = [query.search(self.model, asked)] if asked else []
        found = query.page(db.session, self.model, wanted, size=20)
        return jsonify([{"id": r.id, "label": label(r)} for r in found.rows])

    @expose("/reveal/<int:pk>/<name>", methods=["POST"])
    @allowed()
    def reveal(self, pk: int, name: str) -> Any:
        if not isinstance(fields_of(self.model).get(name), Secret):
            raise Missing
        value = reveal(self.find(pk), name, request.form.get("reason", ""))
        return jsonify(value=value, seconds=30)

    @expose("/export.xlsx")
    @allowed()
    def export(self) -> Any:
        self.open()
        return exported(self.model, Asked.now(listing.by(self)), self.columns)

    @expose("/export.csv")
    @allowed()
    def export_csv(self) -> Any:
        self.open()
        return exported(self.model, Asked.now(listing.by(self)), self.columns, "csv")

    @expose("/import", methods=["GET", "POST"])
    @allowed()
    def import_(self) -> Any:
        return importing(self)

    @expose("/import/template.xlsx")
    @allowed()
    def import_template(self) -> Any:
        return template(self)

    @expose("/import/<int:pk>")
    @allowed()
    def import_run(self, pk: int) -> Any:
        return import_page(self, pk)

    @expose("/import/<int:pk>/errors.xlsx")
    @allowed()
    def import_errors(self, pk: int) -> Any:
        return marked(self, pk)
