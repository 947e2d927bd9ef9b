"""The screens of work orders, and of the devices that they take along."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.work_order import DeviceLine, WorkOrder
from app.web.record_view import RecordView, Section
from app.workflows.work_order import WorkOrderFlow


class WorkOrderView(RecordView):
    """What an engineer does at a customer's, with which devices. It begins with an order, never by a form."""

    model, flow, order, place = WorkOrder, WorkOrderFlow, "-starts_at", 31
    tabs = [
        (_("All"), ""),
        (_("Waiting for an engineer"), "state=waiting&sort=starts_at"),
        (_("Assigned"), "state=assigned&sort=starts_at"),
        (_("Under way"), "state=under_way"),
        (_("Done"), "state=done&sort=-starts_at"),
    ]
    columns = ["number", "kind", "customer", "service", "starts_at", "district", "state", "owner"]
    line = ["kind", "customer", "starts_at", "state"]
    sections = [
        Section(_("Who and what"), ["customer", "kind", "service", "order", "starts_at", "ends_at"]),
        Section(_("Where"), ["contact", "city", "district", "address", "door", "lat", "lng"]),
        Section(_("Notes"), ["special", "result", "satisfaction"]),
    ]
    charts = [
        Chart(_("Work orders by state"), by="state"),
        Chart(_("Work orders by kind"), by="kind"),
        Chart(_("Work orders by month"), by="starts_at:month", kind="line"),
    ]
    related = [("device_line", "work_order")]


class DeviceLineView(RecordView):
    """Which devices orders and work orders are for."""

    model, order, place = DeviceLine, "-id", 90
    columns = ["device", "brand_model", "quantity", "terms", "order", "work_order"]
    line = ["device", "brand_model", "quantity", "terms"]
    sections = [
        Section(_("Device"), ["device", "brand_model", "quantity", "terms", "remark"]),
        Section(_("What it is for"), ["order", "work_order"]),
    ]
