"""The screens of consents."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.consent import Consent
from app.web.record_view import RecordView


class ConsentView(RecordView):
    """Who agreed to what."""

    model, place, order = Consent, 66, "-given_at"
    tabs = [(_("All"), ""), (_("In force"), "withdrawn_at.empty=1"), (_("Withdrawn"), "withdrawn_at.empty=0")]
    columns = ["customer", "purpose", "wording", "way", "given_at", "withdrawn_at", "owner"]
    charts = [Chart(_("Consents by purpose"), by="purpose"), Chart(_("Consents by month"), by="given_at:month", kind="line")]
