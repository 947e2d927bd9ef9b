"""The screens of carers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.worker import Worker
from app.web.record_view import RecordView, Section


class WorkerView(RecordView):
    """Whom we send."""

    model, place = Worker, 40
    tabs = [
        (_("All"), ""),
        (_("At work"), "active=working"),
        (_("On leave"), "active=leave"),
    ]
    columns = ["name", "phone", "skills", "grade", "district", "rating", "health_until", "active"]
    sections = [
        Section(_("Person"), ["name", "phone", "id_number"]),
        Section(_("Work"), ["active", "skills", "grade", "rating", "joined_on", "health_until", "pay_rate"]),
        Section(_("Where they live"), ["district", "lat", "lng"]),
    ]
    charts = [
        Chart(_("Carers by grade"), by="grade"),
        Chart(_("Carers by district"), by="district", order="value"),
    ]
    related = [("visit", "worker")]
