"""The screens of stores and staff."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.organisation import Staff, Store
from app.web.record_view import RecordView, Section


class StoreView(RecordView):
    """Where we are."""

    model, order, place = Store, "code", 70
    columns = ["code", "name", "kind", "city", "district", "phone"]
    sections = [
        Section(_("Store"), ["code", "name", "kind", "parent", "phone"]),
        Section(_("Place"), ["city", "district", "address", "lat", "lng"]),
    ]
    related = [("store_price", "shop"), ("staff", "store"), ("worker", "store")]
    inline = [("store_price", "shop")]


class StaffView(RecordView):
    """Who works here, and in which roles."""

    model, order, place = Staff, "name", 72
    columns = ["name", "store", "username", "roles", "phone", "active"]
    sections = [
        Section(_("Person"), ["name", "phone", "email", "language"]),
        Section(_("Access"), ["username", "roles", "active"]),
    ]
