"""The screens of stores and staff."""

from __future__ import annotations

from typing import Any

import segno
from flask import current_app
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.present import label
from app.models.organisation import Staff, Store
from app.web.enter import page
from app.web.links import link_to
from app.web.record_view import RecordView, Section
from app.web.screen import allowed


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
    later = [("order", "store"), ("visit", "store"), ("contract", "store"), ("receivable", "store"), ("receipt", "store")]
    actions = [(_("Booking page"), "/store/booking/{id}", "ti-qrcode")]

    @expose("/booking/<int:pk>")
    @allowed()
    def booking(self, pk: int) -> Any:
        """The address and the QR of the page where clients of the store book by themselves."""
        self.open()
        store = self.find(pk)
        url = current_app.config["PUBLIC_URL"] + link_to("book", store)
        square = segno.make_qr(url).svg_data_uri(scale=5, border=3)
        return page("store_booking.html", pk=pk, store=label(store), url=url, square=square, page_title=_("Booking page"))


class StaffView(RecordView):
    """Who works here, and in which roles."""

    model, order, place = Staff, "name", 72
    columns = ["name", "store", "username", "roles", "phone", "active"]
    sections = [
        Section(_("Person"), ["name", "phone", "email", "language"]),
        Section(_("Access"), ["username", "roles", "active"]),
    ]
