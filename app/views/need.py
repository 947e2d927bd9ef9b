"""The screens of needs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.need import Need
from app.web.record_view import RecordView, Section
from app.workflows.need import NeedFlow


class NeedView(RecordView):
    """What customers look for, and what became of it."""

    model, flow, place, order, offers_new = Need, NeedFlow, 34, "-id", True
    tabs = [
        (_("All"), ""),
        (_("To be met"), "state=wanted&sort=starts_at"),
        (_("Carer found"), "state=matched&sort=starts_at"),
        (_("Lost"), "state=lost"),
    ]
    columns = ["number", "customer", "kind", "service", "wishes", "starts_at", "state", "owner"]
    line = ["kind", "service", "wishes", "starts_at", "state"]
    sections = [
        Section(_("What is wanted"), ["customer", "kind", "service", "starts_at", "quantity", "budget"]),
        Section(_("Wishes for the worker"), ["wishes"]),
        Section(_("What came of it"), ["order", "contract", "reason"]),
    ]
    charts = [Chart(_("Needs by state"), by="state"), Chart(_("Needs by kind"), by="kind", order="value")]
