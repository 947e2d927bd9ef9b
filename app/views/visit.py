"""The screens of visits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.dispatch import Visit
from app.web.record_view import RecordView, Section
from app.workflows.dispatch import DispatchFlow

# What is signed for, by carer and month: the hours that pay lines and member cards take from the same sum.
WORKLOAD = "slip.in=phone,paper&state=finished&as=pivot&rows=worker&across=actual_start:month&measure=worked"


class VisitView(RecordView):
    """Who goes where, and when. A visit begins on the dispatch screen, never by a form."""

    model, flow, order, place = Visit, DispatchFlow, "-starts_at", 30
    tabs = [
        (_("All"), ""),
        (_("Not yet accepted"), "state=offered&sort=starts_at"),
        (_("On the way or on site"), "state.in=on_the_way,on_site,working"),
        (_("Workload"), WORKLOAD),
        (_("Unsigned slips"), "slip=missing&sort=starts_at"),
    ]
    columns = ["number", "order", "worker", "starts_at", "ends_at", "over_plan", "slip", "state"]
    sections = [
        Section(_("Visit"), ["order", "worker", "starts_at", "ends_at", "given", "pay"]),
        Section(_("What happened"), [
            "accepted_at", "set_out_at", "checked_in_at", "check_in_far", "far_reason", "begun_at", "finished_at", "report", "reason",
        ]),
        Section(_("Promise"), ["promised_from", "promised_until", "arrival", "late_at"]),
        Section(_("Slip and actual times"), ["slip", "actual_start", "actual_end", "worked", "over_plan", "process"]),
    ]
    charts = [
        Chart(_("Visits by state"), by="state"),
        Chart(_("Visits by day"), by="starts_at:day", kind="line"),
        Chart(_("Hours worked by carer"), by="worker", measure="worked", order="value"),
    ]
    related = [("slip", "visit"), ("pay_line", "visit"), ("hour_line", "visit")]
    later = [("review", "visit"), ("service_audit", "visit"), ("visit_tap", "visit"), ("visit_message", "visit")]
