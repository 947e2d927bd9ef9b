"""The screens of contracts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.contract import Contract, ContractFee
from app.models.contract_template import ContractTemplate, TemplateFee
from app.models.review import ReviewTier
from app.models.signing import ContractSignature
from app.web.record_view import OwnTab, RecordView, Section
from app.workflows.contract import ContractFlow
from app.workflows.renewing import FROM

SOON = "state=active&ends_on.when=next_30&sort=ends_on"


class ContractView(RecordView):
    """What was agreed with whom, and until when."""

    model, flow, place, order, offers_new = Contract, ContractFlow, 40, "-starts_on", True
    tabs = [
        (_("All"), ""),
        (_("In force"), "state=active&sort=ends_on"),
        (_("Ends soon"), SOON),
        (_("To be signed"), "state=to_sign&sort=starts_on"),
        (_("In review"), "state=in_review&sort=id"),
        (_("Drafts"), "state=draft&sort=-id"),
    ]
    columns = ["number", "customer", "kind", "worker", "service", "starts_on", "ends_on", "monthly", "state", "owner"]
    sections = [
        Section(
            _("Agreement"),
            ["template", "kind", "customer", "worker", "service", "starts_on", "ends_on", "signed_on", "signed_no", "renews",
             "customer_class", "region", "attention", "signature", "reason", "until_on"],
        ),
        Section(_("Money"), ["monthly", "total", "worker_pay", "refunded"]),
        Section(_("Member card"), ["hours", "hour_price", "card_level"]),
        Section(_("Contract terms"), ["matters", "terms", "special"]),
        Section(_("Early end"), ["counted", "refund_cut", "refund_fee"]),
    ]  # fmt: skip
    inline = [("contract_fee", "contract")]
    related = [
        ("contract_fee", "contract"), ("receivable", "contract"), ("return_visit", "contract"), ("complaint", "contract"),
        ("contract", "renews"), ("hour_card", "contract"),
    ]  # fmt: skip
    charts = [
        Chart(_("Contracts by month"), by="starts_on:month", kind="line"),
        Chart(_("Amount by month"), by="starts_on:month", measure="total", kind="line"),
        Chart(_("Contracts by kind"), by="kind", order="value"),
        Chart(_("Contracts by state"), by="state"),
        Chart(_("Contracts by customer's class"), by="customer_class", order="value"),
        Chart(_("Contracts by region"), by="region", order="value"),
        Chart(_("Contracts by service"), by="service", order="value"),
    ]
    own_tabs = [
        OwnTab("versions", _("Versions")),
        OwnTab("signing", _("Signatures")),
        OwnTab("refund", _("If it ended"), lambda contract: contract.state in FROM),
    ]

    def extras(self, record: Any, context: dict[str, Any]) -> dict[str, Any]:
        """It is printed on what its template names."""
        code = record.template.print_code if record.template is not None else ""
        return {"print_url": f"/contract/print/{record.id}/{code}"} if context["print_url"] and code else {}


class ContractFeeView(RecordView):
    """The fees of contracts, each typed once."""

    model, place = ContractFee, 71
    columns = ["kind", "contract", "payer", "amount", "due_on", "refund"]
    charts = [Chart(_("Fees by kind"), by="kind", measure="amount"), Chart(_("Fees by who pays"), by="payer", measure="amount")]


class ContractSignatureView(RecordView):
    """Who has signed what, when, and how."""

    model, place = ContractSignature, 73
    columns = ["contract", "party", "standing", "way", "name", "signed_at", "expires_at", "number"]
    tabs = [(_("All"), ""), (_("Waiting"), "standing=waiting&sort=expires_at"), (_("Signed"), "standing=signed&sort=-signed_at")]


class ContractTemplateView(RecordView):
    """What new contracts begin with."""

    model, place = ContractTemplate, 74
    columns = ["name", "kind", "service", "mode", "months", "visit_days", "visit_every", "active"]
    sections = [
        Section(_("Template"), ["name", "kind", "service", "mode", "months", "print_code", "active"]),
        Section(_("Member card"), ["hours", "hour_price", "card_level"]),
        Section(_("Contract terms"), ["matters", "terms", "special"]),
        Section(_("Early end"), ["counted", "refund_cut", "refund_fee"]),
        Section(_("Return visits"), ["visit_days", "visit_every"]),
    ]
    inline = [("template_fee", "template")]


class TemplateFeeView(RecordView):
    """The fees of templates."""

    model, place = TemplateFee, 75
    columns = ["kind", "template", "payer", "amount", "due_days", "refund"]


class ReviewTierView(RecordView):
    """From which amount whose word is needed."""

    model, place, order = ReviewTier, 76, "amount"
    columns = ["role", "amount", "kind", "active"]
