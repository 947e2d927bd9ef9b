"""The screens of reviews, of what they ask about, and of spot checks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.evaluation import Review, ReviewDimension, ReviewScore, ServiceAudit
from app.web.record_view import RecordView, Section
from app.workflows.evaluation import ServiceAuditFlow


class ReviewView(RecordView):
    """What clients said of finished visits."""

    model, place, order = Review, 47, "-created_at"
    tabs = [(_("All"), ""), (_("Low"), "score.le=2&sort=-created_at"), (_("This month"), "created_at.when=this_month&sort=-created_at")]
    columns = ["visit", "score", "message", "worker", "customer", "created_at", "source"]
    line = ["score", "message", "created_at"]
    sections = [
        Section(_("Review"), ["visit", "score", "message", "source", "editable_until"]),
        Section(_("About"), ["order", "customer", "worker"]),
    ]
    inline = [("review_score", "review")]
    charts = [
        Chart(_("Reviews by stars"), by="score"),
        Chart(_("Reviews by month"), by="created_at:month", kind="line"),
        Chart(_("Reviews by carer"), by="worker", order="value"),
    ]
    related = [("review_score", "review"), ("complaint", "review")]


class ReviewScoreView(RecordView):
    """Stars by dimension."""

    model, place, order = ReviewScore, 80, "-id"
    columns = ["dimension", "score", "worker", "review"]
    line = ["dimension", "score"]
    charts = [Chart(_("Scores by dimension"), by="dimension")]


class ReviewDimensionView(RecordView):
    """What reviews ask about, by kind of service."""

    model, place, order = ReviewDimension, 81, "position"
    columns = ["name", "name_en", "kind", "position", "active"]


class ServiceAuditView(RecordView):
    """Finished visits that a supervisor looks through."""

    model, flow, place, order = ServiceAudit, ServiceAuditFlow, 48, "-created_at"
    tabs = [
        (_("Open"), "state.in=drawn,returned&sort=created_at"),
        (_("Returned"), "state=returned&sort=checked_at"),
        (_("Passed"), "state=passed&sort=-checked_at"),
        (_("All"), "sort=-id"),
    ]
    columns = ["visit", "worker", "order", "created_at", "state", "note", "owner"]
    line = ["state", "note", "checked_at"]
    sections = [
        Section(_("Spot check"), ["visit", "order", "worker", "note", "checked_at"]),
        Section(_("Drawn by lot"), ["from_on", "until_on", "percent"]),
    ]
    charts = [Chart(_("Spot checks by state"), by="state")]
