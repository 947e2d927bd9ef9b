"""The screens of orders."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.order import Order
from app.web.record_view import RecordView, Section
from app.workflows.order import OrderFlow


class OrderView(RecordView):
    """What was ordered, where it stands, and what it comes to."""

    model, flow, place, offers_new = Order, OrderFlow, 20, True
    tabs = [
        (_("All"), ""),
        (_("Waiting for a carer"), "state=placed&sort=starts_at"),
        (_("Assigned"), "state=assigned&sort=starts_at"),
        (_("Under way"), "state=under_way"),
        (_("Done"), "state=done&sort=-starts_at"),
    ]
    order = "-starts_at"
    columns = ["number", "customer", "service", "starts_at", "district", "amount", "state", "owner"]
    sections = [
        Section(_("Who and what"), ["customer", "service", "quantity", "starts_at", "ends_at", "source", "given"]),
        Section(_("Where"), ["contact", "city", "district", "address", "door", "lat", "lng"]),
        Section(_("Money"), ["unit_price", "amount", "unit_cost", "cost"]),
        Section(_("Notes"), ["rating", "special", "reason"]),
    ]
    charts = [
        Chart(_("Orders by state"), by="state"),
        Chart(_("Orders by month"), by="starts_at:month", kind="line"),
        Chart(_("Amount by month"), by="starts_at:month", measure="amount", kind="line"),
        Chart(_("Orders by district"), by="district", order="value"),
    ]
    related = [("visit", "order"), ("receivable", "order")]
