"""The screens of signed slips, scans, pay lines, steps, messages, and of what changes cost."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.charge import CancelRule, Charge
from app.models.slip import PayLine, Slip, SlipScan
from app.models.tracking import VisitMessage, VisitTap
from app.web.record_view import RecordView, Section
from app.workflows.hours import SlipFlow


class SlipView(RecordView):
    """What customers signed."""

    model, place, order = Slip, 31, "-signed_at"
    flow = SlipFlow
    tabs = [(_("All"), ""), (_("Hours do not match"), "state=signed&mismatch.gt=0.25&sort=-id"), (_("Void"), "state=voided")]
    columns = ["visit", "way", "signed_at", "name", "booked", "on_site", "signed", "mismatch", "state"]
    sections = [
        Section(_("Signed slip"), ["visit", "way", "signed_at", "name", "picture", "file", "reason"]),
        Section(_("Booked, checked in, signed"), ["booked", "on_site", "signed", "mismatch"]),
    ]
    related = [("hour_line", "slip"), ("pay_line", "slip")]
    actions = [(_("The paper"), "/slips/{id}/paper", "ti-file")]
    charts = [Chart(_("Slips by day"), by="signed_at:day", kind="line")]


class SlipScanView(RecordView):
    """Pictures of paper slips, as they came."""

    model, place = SlipScan, 73
    tabs = [(_("All"), ""), (_("To be filed by hand"), "standing=open")]
    columns = ["name", "standing", "visit", "reason", "created_at", "owner"]


class PayLineView(RecordView):
    """What carers get, visit by visit. A mistake is put right by a line with the difference."""

    model, place, order = PayLine, 53, "-worked_on"
    columns = ["visit", "worker", "worked_on", "hours", "rate", "amount", "slip", "corrects"]
    sections = [
        Section(_("Pay line"), ["visit", "slip", "worker", "worked_on", "hours", "rate", "amount"]),
        Section(_("Correction"), ["corrects", "note"]),
    ]
    tabs = [
        (_("All"), ""),
        (_("Workload"), "as=pivot&rows=worker&across=worked_on:month&measure=hours"),
    ]
    charts = [
        Chart(_("Pay by month"), by="worked_on:month", measure="amount"),
        Chart(_("Hours by carer"), by="worker", measure="hours", order="value"),
    ]


class VisitTapView(RecordView):
    """Each step of a visit, as it was tapped."""

    model, place = VisitTap, 74
    columns = ["visit", "what", "at", "tapped_by", "far", "lat", "lng"]


class VisitMessageView(RecordView):
    """What families, carers and the office say to one another."""

    model, place = VisitMessage, 33
    columns = ["created_at", "visit", "sender", "said"]
    sections = [Section(_("Message"), ["visit", "said", "sender", "order"])]


class CancelRuleView(RecordView):
    """What it costs to move or to cancel at short notice."""

    model, place, order = CancelRule, 78, "hours"
    columns = ["deed", "hours", "percent", "amount", "bearer", "service", "active"]


class ChargeView(RecordView):
    """The fees that changes cost."""

    model, place = Charge, 54
    columns = ["order", "customer", "deed", "at", "starts_at", "amount", "bearer", "rule"]
    related = [("receivable", "charge")]
