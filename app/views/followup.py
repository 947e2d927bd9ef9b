"""The screens of follow-ups."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.followup import Followup
from app.web.record_view import RecordView, Section


class FollowupView(RecordView):
    """Every talk with a customer, and when the next one is planned."""

    model, place, order, offers_new = Followup, 35, "-talked_at", True
    tabs = [
        (_("All"), ""),
        (_("To be contacted"), "next_at.empty=0&done=0&sort=next_at"),
        (_("Past due"), "next_at.when=older_0&done=0&sort=next_at"),
    ]
    columns = ["customer", "talked_at", "way", "whom", "said", "next_at", "owner"]
    sections = [
        Section(_("Talk"), ["customer", "talked_at", "way", "whom", "said"]),
        Section(_("Next contact"), ["next_at", "done"]),
    ]
    charts = [Chart(_("Follow-ups by way"), by="way"), Chart(_("Follow-ups by day"), by="talked_at:day", kind="line")]
