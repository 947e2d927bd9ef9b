"""The screens of contracts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.contract import Contract
from app.web.record_view import RecordView, Section
from app.workflows.contract import ContractFlow


class ContractView(RecordView):
    """What was agreed with whom, and until when."""

    model, flow, place, order = Contract, ContractFlow, 40, "-starts_on"
    tabs = [
        (_("All"), ""),
        (_("In force"), "state=active&sort=ends_on"),
        (_("Drafts"), "state=draft&sort=-id"),
    ]
    columns = ["number", "customer", "service", "starts_on", "ends_on", "monthly", "state", "owner"]
    sections = [
        Section(_("Agreement"), ["customer", "service", "starts_on", "ends_on", "signed_on", "attention", "signature", "reason"]),
        Section(_("Money"), ["monthly", "total"]),
        Section(_("Contract terms"), ["terms"]),
    ]
    charts = [Chart(_("Contracts by state"), by="state"), Chart(_("Contracts by month"), by="starts_on:month", kind="line")]
