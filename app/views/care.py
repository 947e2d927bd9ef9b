"""The screens of return visits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.care import ReturnVisit, VisitRule
from app.web.record_view import RecordView, Section
from app.workflows.visits import ReturnVisitFlow


class ReturnVisitView(RecordView):
    """Whom we ask, when, and what they say."""

    model, flow, place, order, offers_new = ReturnVisit, ReturnVisitFlow, 42, "due_on", True
    tabs = [
        (_("All"), "sort=-due_on"),
        (_("Due"), "state=planned&due_on.when=last_90&sort=due_on"),
        (_("Planned"), "state=planned&sort=due_on"),
        (_("Being put right"), "state.in=correcting,replacing&sort=due_on"),
        (_("Dissatisfied"), "feeling=dissatisfied&sort=-visited_at"),
    ]
    columns = ["due_on", "customer", "worker", "contract", "feeling", "score_worker", "score_company", "state", "owner"]
    line = ["due_on", "customer", "feeling", "score_worker", "said", "remedy", "result", "state"]
    sections = [
        Section(_("Return visit"), ["customer", "due_on", "contract", "order", "worker", "rule", "ask"]),
        Section(_("Answers"), ["way", "feeling", "score_worker", "score_company", "said", "visited_at"]),
        Section(_("Followed up"), ["remedy", "replaced", "result"]),
    ]
    charts = [
        Chart(_("Return visits by month"), by="due_on:month"),
        Chart(_("How customers feel"), by="feeling"),
        Chart(_("Return visits by carer"), by="worker", order="value"),
    ]


class VisitRuleView(RecordView):
    """When return visits are due."""

    model, place = VisitRule, 77
    columns = ["name", "since", "days", "again", "level", "kind", "service", "active"]
    related = [("return_visit", "rule")]

