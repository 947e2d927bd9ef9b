"""The screens of recurring bookings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.series import OrderSeries
from app.web.record_view import RecordView, Section


class OrderSeriesView(RecordView):
    """What recurs, and the visits that were made of it; from a visit on it is moved and called off on that visit's page."""

    model, order, place = OrderSeries, "-id", 21
    tabs = [(_("All"), ""), (_("Running"), "standing=running"), (_("Stopped"), "standing=stopped")]
    columns = ["number", "customer", "service", "unit", "every", "weekdays", "at", "starts_on", "ends_on", "standing", "owner"]
    line = ["service", "unit", "weekdays", "at", "standing"]
    sections = [
        Section(_("Who and what"), ["customer", "service", "quantity", "area", "site", "wanted", "special"]),
        Section(_("When"), ["unit", "every", "weekdays", "at", "starts_on", "ends_on", "times"]),
        Section(_("Standing"), ["number", "standing"]),
    ]
    related = [("order", "series")]
