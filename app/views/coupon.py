"""The screens of coupons."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.coupon import Coupon
from app.web.record_view import RecordView


class CouponView(RecordView):
    """What was given off, to whom, and what was used."""

    model, place, order = Coupon, 64, "-id"
    tabs = [(_("All"), ""), (_("Not used yet"), "used_on.empty=1&sort=valid_until"), (_("Used"), "used_on.empty=0")]
    columns = ["number", "customer", "occasion", "amount", "percent", "valid_until", "used_on"]
    charts = [Chart(_("Coupons by occasion"), by="occasion")]
