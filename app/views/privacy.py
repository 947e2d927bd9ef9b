"""The screens of privacy requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.privacy import PrivacyTicket
from app.web.record_view import RecordView, Section
from app.workflows.privacy import PrivacyFlow


class PrivacyTicketView(RecordView):
    """What customers asked of us, and by when."""

    model, flow, place, order = PrivacyTicket, PrivacyFlow, 68, "due_on"
    tabs = [
        (_("All"), "sort=-id"),
        (_("To decide"), "state=asked"),
        (_("To carry out"), "state=approved"),
        (_("Done"), "state=done&sort=-id"),
    ]
    columns = ["number", "customer", "kind", "asked_on", "due_on", "state", "owner"]
    sections = [
        Section(_("Request"), ["customer", "kind", "way", "asked_on", "due_on", "said"]),
        Section(_("Answer"), ["reason", "done_at"]),
    ]
