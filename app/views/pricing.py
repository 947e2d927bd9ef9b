"""The screens of what a price is made of."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.pricing import Holiday, PriceRule, PriceTier, ServiceOption
from app.models.pricing_of import OrderOption
from app.web.record_view import RecordView, Section


class PriceRuleView(RecordView):
    """What comes on top, or goes off."""

    model, order, place = PriceRule, "priority", 81
    columns = ["name", "name_en", "way", "amount", "measured", "over", "upto", "kind", "service", "shop", "grade", "days", "active"]
    sections = [
        Section(_("Rule"), ["name", "name_en", "way", "amount", "priority", "slot", "active"]),
        Section(_("Measured"), ["measured", "over", "upto"]),
        Section(_("Only where"), ["service", "kind", "shop", "grade", "days", "since", "until"]),
    ]


class ServiceOptionView(RecordView):
    """What may be had besides a service."""

    model, order, place = ServiceOption, "name", 82
    columns = ["name", "name_en", "kind", "service", "price", "active"]


class HolidayView(RecordView):
    """The days on which the prices of holidays hold."""

    model, order, place = Holiday, "on_day", 83
    columns = ["on_day", "name"]


class PriceTierView(RecordView):
    """Who may agree to how much less."""

    model, order, place = PriceTier, "-percent", 84
    columns = ["role", "percent", "active"]


class OrderOptionView(RecordView):
    """The options of orders."""

    model, place = OrderOption, 88
    columns = ["order", "option", "quantity", "price"]
