"""The screens of carers."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.charts import Chart
from app.engine.rules import Level
from app.extensions import db
from app.models.worker import Worker
from app.web.cells import cell
from app.web.record_view import OwnTab, RecordView, Section
from app.workflows.glance import numbers


class WorkerView(RecordView):
    """Whom we send."""

    model, place = Worker, 40
    tabs = [
        (_("All"), ""),
        (_("At work"), "active=working"),
        (_("Free now"), "presence=free"),
        (_("On a job"), "presence=on_job"),
        (_("On leave"), "presence=leave"),
    ]
    columns = ["name", "phone", "skills", "grade", "district", "rating", "health_until", "active", "presence"]
    sections = [
        Section(_("Basics"), ["name", "gender", "birthday", "native_place", "height", "dialects", "id_number", "verified"]),
        Section(_("Contact"), ["phone", "wechat", "address", "emergency", "emergency_phone"]),
        Section(_("Family"), ["marital"]),
        Section(_("Work"), ["active", "presence", "skills", "grade", "rating", "joined_on", "health_until"]),
        Section(_("Cooperation and pay"), ["mode", "pay_rate", "commission"]),
        Section(_("When and where"), ["areas", "shift_days", "shift_from", "shift_until", "district", "lat", "lng"]),
    ]
    charts = [
        Chart(_("Carers by grade"), by="grade"),
        Chart(_("Carers by district"), by="district", order="value"),
    ]
    inline = [(table, "worker") for table in ("worker_paper", "worker_family", "worker_school", "worker_job")]
    blocks = [(table, "worker") for table in ("worker_paper", "worker_family", "worker_school", "worker_job", "return_visit")]
    related = [("visit", "worker"), ("contract", "worker")]
    later = [(table, "worker") for table in ("worker_leave", "real_name_check", "complaint", "receivable")]
    show_page = "worker/show.html"
    own_tabs = [
        OwnTab("service", _("Service record")),
        OwnTab("reviews", _("Reviews")),
        OwnTab("card", _("Passport")),
        OwnTab("changes", _("Wishes")),
    ]

    def extras(self, record: Any, context: dict[str, Any]) -> dict[str, Any]:
        """What counts at a glance."""
        seen = policy.level(record, "verified") >= Level.READ
        told = {n: cell(record, n) for n in ("verified", "rating")}
        return {"glance": numbers(db.session, record), "rating": told["rating"].shown, "verified": told["verified"].raw if seen else None}
