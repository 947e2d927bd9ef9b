"""The screens of orders."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.order import Order, end_of
from app.web.record_view import OwnTab, RecordView, Section
from app.workflows.order import OrderFlow

UNANSWERED = "respond_by.empty=0&answered_at.empty=1&state.in=booked,pricing,placed&sort=respond_by"


class OrderView(RecordView):
    """What was ordered, where it stands, and what it comes to."""

    model, flow, place, offers_new = Order, OrderFlow, 20, True
    tabs = [
        (_("All"), ""),
        (_("To be confirmed"), "state=booked&sort=respond_by"),
        (_("Price to agree to"), "state=pricing&sort=starts_at"),
        (_("Not answered"), UNANSWERED),
        (_("Waiting for a carer"), "state=placed&sort=starts_at"),
        (_("Assigned"), "state=assigned&sort=starts_at"),
        (_("Under way"), "state=under_way"),
        (_("Done"), "state=done&sort=-starts_at"),
    ]
    order = "-starts_at"
    columns = ["number", "kind", "customer", "service", "starts_at", "district", "amount", "state", "owner"]
    sections = [
        Section(
            _("Who and what"),
            ["customer", "service", "kind", "area", "quantity", "starts_at", "ends_at", "wanted", "wanted_too", "grade", "given"],
        ),
        Section(_("Where"), ["site", "contact", "city", "district", "address", "door", "lat", "lng", "zone"]),
        Section(
            _("Where it came from"),
            ["source", "mechanism", "platform", "platform_no", "commission", "order_class", "class_rule", "respond_by",
             "answered_at", "series", "planned_on", "by_hand", "reminded_at"],
        ),
        Section(_("Money"), ["unit_price", "listed", "agreed", "why_price", "amount", "unit_cost", "cost"]),
        Section(_("Notes"), ["rating", "special", "reason"]),
    ]  # fmt: skip
    form_page = "order_form.html"
    inline = [("order_option", "order")]
    charts = [
        Chart(_("Orders by state"), by="state"),
        Chart(_("Orders by month"), by="starts_at:month", kind="line"),
        Chart(_("Amount by month"), by="starts_at:month", measure="amount", kind="line"),
        Chart(_("Orders by district"), by="district", order="value"),
    ]
    related = [("visit", "order"), ("receivable", "order")]
    later = [
        ("device_line", "order"), ("work_order", "order"), ("need", "order"), ("complaint", "order"), ("review", "order"),
        ("visit_message", "order"), ("charge", "order"),
    ]  # fmt: skip
    actions = [(_("Move or cancel"), "/changes/{id}", "ti-clock-x")]
    own_tabs = [
        OwnTab("sum", _("Price")),
        OwnTab("stages", _("Stages and steps")),
        OwnTab("series", _("Recurring booking"), lambda order: order.series_id is not None),
        OwnTab("care", _("Care days"), lambda order: end_of(order) - order.starts_at >= timedelta(days=1)),  # asks nothing of the service
    ]
