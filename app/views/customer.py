"""The screens of customers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.customer import Customer
from app.web.record_view import RecordView, Section


class CustomerView(RecordView):
    """Whom we serve."""

    model, place, offers_new = Customer, 10, True
    tabs = [
        (_("All"), ""),
        (_("Key customers"), "attention=1"),
        (_("VIP"), "level=vip"),
    ]
    columns = ["name", "phone", "attention", "level", "district", "source", "owner"]
    sections = [
        Section(_("Who"), ["name", "gender", "birthday", "phone", "id_number"]),
        Section(_("Family"), ["contact", "contact_phone"]),
        Section(_("Address and place"), ["city", "district", "address", "door", "lat", "lng"]),
        Section(_("Needs"), ["habits", "diet"]),
        Section(_("Class"), ["attention", "level", "source", "remark"]),
    ]
    charts = [
        Chart(_("Customers by source"), by="source"),
        Chart(_("Customers by attention"), by="attention"),
        Chart(_("Customers by district"), by="district", order="value"),
        Chart(_("New customers by month"), by="created_at:month", kind="line"),
    ]
    inline = [("consent", "customer")]
    related = [(table, "customer") for table in ("order", "contract", "receivable", "receipt", "consent", "privacy_ticket")]
