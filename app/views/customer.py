"""The screens of customers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.customer import Customer
from app.web.besides import Talk
from app.web.record_view import RecordView, Section


class CustomerView(RecordView):
    """Whom we serve."""

    model, place, offers_new = Customer, 10, True
    tabs = [
        (_("All"), ""),
        (_("Leads"), "stage=lead"),
        (_("Key customers"), "attention=1"),
        (_("VIP"), "level=vip"),
    ]
    columns = ["name", "phone", "attention", "stage", "level", "district", "contacted_at", "owner"]
    sections = [
        Section(_("Basics"), ["name", "gender", "birthday", "phone", "id_number"]),
        Section(_("Family"), ["contact", "contact_phone"]),
        Section(_("Address and place"), ["city", "district", "address", "door", "lat", "lng"]),
        Section(_("Living and eating habits"), ["habits", "diet"]),
        Section(_("For the next order"), ["preferred", "standing"]),
        Section(_("Class"), ["attention", "stage", "level", "source", "industry", "contacted_at", "remark"]),
    ]
    charts = [
        Chart(_("Customers by source"), by="source"),
        Chart(_("Customers by class"), by="level"),
        Chart(_("Customers by state"), by="stage"),
        Chart(_("Customers by attention"), by="attention"),
        Chart(_("Customers by district"), by="district", order="value"),
        Chart(_("Customers by industry"), by="industry"),
        Chart(_("New customers by month"), by="created_at:month", kind="line"),
    ]
    inline = [("contact", "customer"), ("customer_address", "customer"), ("consent", "customer")]
    blocks = [("contact", "customer"), ("need", "customer"), ("hour_card", "customer")]
    talks = [Talk("followup", "customer", when="talked_at", what="way", said="said", more=("whom", "next_at"))]
    related = [(table, "customer") for table in ("order", "contract", "receivable", "receipt", "phone_call", "consent")]
    later = [
        (table, "customer")
        for table in ("hour_card", "followup", "return_visit", "complaint", "customer_address", "order_series", "coupon", "privacy_ticket")
    ]
    actions = [(_("Follow-up"), "/followup/add?customer={id}", "ti-phone")]
