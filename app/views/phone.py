"""The screens of calls, of telephone lines and of the knowledge base."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.audit import told
from app.engine.charts import Chart
from app.engine.current import trusted
from app.engine.errors import Forbidden
from app.engine.present import label
from app.extensions import db
from app.models.article import Article
from app.models.telephone import PhoneCall, PhoneExtension, PhoneLine
from app.views import popped
from app.web.cells import cell
from app.web.enter import page
from app.web.files import sent
from app.web.hooks import address, new_secret
from app.web.record_view import RecordView, Section
from app.web.screen import allowed
from app.workflows.recordings import played


class PhoneCallView(RecordView):
    """Who called, who took it, how it ended."""

    model, place, order = PhoneCall, 11, "-rang_at"
    tabs = [
        (_("All"), ""),
        (_("To call back"), "result=missed&direction=in&called_back_at.empty=1"),
        (_("Today"), "rang_at.when=today"),
        (_("Outgoing"), "direction=out"),
    ]
    columns = ["rang_at", "direction", "phone", "customer", "result", "seconds", "agent", "note", "recording"]
    sections = [
        Section(_("Who"), ["direction", "phone", "customer", "agent", "line"]),
        Section(_("When"), ["rang_at", "answered_at", "ended_at", "seconds", "result", "called_back_at"]),
        Section(_("Notes"), ["note", "recording", "ref"]),
    ]
    charts = [
        Chart(_("Calls by result"), by="result"),
        Chart(_("Calls by day"), by="rang_at:day", kind="line"),
        Chart(_("Calls by colleague"), by="agent", order="value"),
    ]

    show_page = "phone_call.html"

    def extras(self, record: Any, context: dict[str, Any]) -> dict[str, Any]:
        """What came of the call."""
        return {"made": popped.made(record)}

    @expose("/recording/<int:pk>")
    @allowed()
    def recording(self, pk: int) -> Any:
        """The sound, by ranges; the trail notes who plays it."""
        self.open()
        file = played(db.session, self.find(pk))
        db.session.commit()
        return sent(file)


class PhoneLineView(RecordView):
    """The numbers that customers call, and whose telephone rings."""

    model, place, order = PhoneLine, 94, "number"
    columns = ["name", "number", "store", "recorded", "keep_days", "active"]
    sections = [
        Section(_("Telephone line"), ["name", "number", "active"]),
        Section(_("Recording"), ["recorded", "notice", "keep_days"]),
    ]
    inline = [("phone_extension", "line")]
    related = [("phone_call", "line")]

    @property
    def actions(self) -> list[tuple[Any, str, str]]:  # type: ignore[override]
        """What whoever sets up lines may do with one."""
        able = policy.may(PhoneLine, "can:add")
        found = [(_("Connect"), "/phone_line/connect/{id}", "ti-plug")] if able else []
        return found + ([(_("Rehearsal ring"), "/calls/rehearse/{id}", "ti-phone-call")] if able and popped.rehearses() else [])

    @expose("/connect/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def connect(self, pk: int) -> Any:
        """Where the exchange sends what happens, and a secret to sign it with, shown once."""
        self.open()
        line = self.find(pk)
        if not policy.may(PhoneLine, "can:add", line):
            raise Forbidden
        made = ""
        if request.method == "POST":
            made = new_secret()
            with trusted("secret"):
                line.hook = made
                db.session.add(told(line, "secret"))
                db.session.commit()
            flash(_("Made. Copy it now: it is not shown again."), "success")
        url = f"{current_app.config['PUBLIC_URL']}/hooks/calls/{address('calls', line)}"
        known = {"name": label(line), "number": cell(line, "number").shown, "id": line.id, "has": bool(line.hook)}
        return page("phone_line.html", line=known, secret=made, url=url, page_title=_("Connect the line"))


class PhoneExtensionView(RecordView):
    """Whose telephone an extension is."""

    model, place, order = PhoneExtension, 95, "number"
    columns = ["number", "line", "agent"]


class ArticleView(RecordView):
    """What to know, and what to say."""

    model, place, order, offers_new = Article, 45, "title", True
    tabs = [(_("In use"), "active=1"), (_("All"), "")]
    columns = ["title", "words", "script", "active"]
    sections = [
        Section(_("Article"), ["title", "words", "body"]),
        Section(_("What to say"), ["script"]),
        Section(_("Finding"), ["pinyin", "initials", "active"]),
    ]
