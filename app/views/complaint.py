"""The screens of complaints."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.complaint import Complaint, ComplaintRoute, ComplaintStep, Correction
from app.web.record_view import RecordView, Section
from app.workflows.complaint import ComplaintFlow, CorrectionFlow


class ComplaintView(RecordView):
    """What was wrong, and what is done about it."""

    model, flow, place, order, offers_new = Complaint, ComplaintFlow, 44, "due_at", True
    tabs = [
        (_("Open"), "state.in=opened,handling&sort=due_at"),
        (_("Handed up"), "escalated_at.empty=0&state.in=opened,handling&sort=due_at"),
        (_("Solved"), "state=solved&sort=-solved_at"),
        (_("All"), "sort=-id"),
    ]
    columns = ["number", "customer", "kind", "level", "worker", "handler", "due_at", "cause", "state"]
    sections = [
        Section(_("Complaint"), ["customer", "kind", "level", "said", "happened_on"]),
        Section(_("About"), ["order", "contract", "worker", "review"]),
        Section(_("Handling"), ["handler", "due_at", "escalated_at", "cause", "remark"]),
        Section(_("Result"), ["result", "solved_at", "rating"]),
    ]
    related = [("complaint_step", "complaint"), ("correction", "complaint")]
    actions = [(_("Customer's page"), "/complaint/page/{id}", "ti-link")]
    charts = [
        Chart(_("Complaints by cause"), by="cause", order="value"),
        Chart(_("Complaints by kind"), by="kind", order="value"),
        Chart(_("Complaints by month"), by="created_at:month", kind="line"),
        Chart(_("Complaints by carer"), by="worker", order="value"),
    ]


class ComplaintStepView(RecordView):
    """The course of complaints, line by line."""

    model, place = ComplaintStep, 78
    columns = ["at", "complaint", "done", "result", "told", "owner"]


class ComplaintRouteView(RecordView):
    """Who handles which kind, and within what time."""

    model, place = ComplaintRoute, 79
    columns = ["kind", "level", "role", "person", "hours", "above", "active"]


class CorrectionView(RecordView):
    """What is changed so that it does not come again."""

    model, flow, place, order = Correction, CorrectionFlow, 46, "due_on"
    tabs = [(_("Open"), "state=todo&sort=due_on"), (_("Done"), "state=done&sort=-due_on"), (_("All"), "sort=-id")]
    columns = ["name", "cause", "complaint", "person", "due_on", "state"]
    charts = [Chart(_("Corrections by cause"), by="cause", order="value")]
