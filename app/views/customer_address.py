"""The screens of service addresses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.customer_address import CustomerAddress
from app.web.record_view import RecordView, Section


class CustomerAddressView(RecordView):
    """Where customers are served."""

    model, place, order = CustomerAddress, 63, "-id"
    columns = ["label", "customer", "district", "address", "usual"]
    sections = [
        Section(_("Address and place"), ["customer", "label", "usual", "city", "district", "address", "door", "lat", "lng"]),
        Section(_("Way in"), ["way_in"]),
    ]
