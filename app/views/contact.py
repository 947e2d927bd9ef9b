"""The screens of household contacts."""

from __future__ import annotations

from app.models.contact import Contact
from app.web.record_view import RecordView


class ContactView(RecordView):
    """Who belongs to a customer's household."""

    model, place, order = Contact, 62, "-id"
    line = ["name", "relation", "phone", "first", "pays", "cared"]
    columns = ["name", "customer", "relation", "phone", "first", "pays", "cared"]
