"""The screens of the price list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.catalog import Service
from app.web.record_view import RecordView, Section


class ServiceView(RecordView):
    """What we sell."""

    model, order, place = Service, "code", 60
    columns = ["code", "name", "name_en", "category", "unit", "price", "active"]
    sections = [
        Section(_("Service"), ["code", "name", "name_en", "category", "skill", "active"]),
        Section(_("Price"), ["unit", "minutes", "price", "cost"]),
    ]
