"""The screens of stores' own prices."""

from __future__ import annotations

from app.models.store_price import StorePrice
from app.web.record_view import RecordView


class StorePriceView(RecordView):
    """Who charges what, where it differs from the price list."""

    model, order, place = StorePrice, "id", 82
    columns = ["shop", "service", "price"]
