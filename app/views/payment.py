"""The screens of receivables and receipts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine.charts import Chart
from app.models.payment import Receipt, Receivable
from app.web.record_view import RecordView, Section


class ReceivableView(RecordView):
    """What is owed. A finished order makes it."""

    model, order, place = Receivable, "-due_on", 50
    tabs = [
        (_("All"), ""),
        (_("In arrears"), "arrears.gt=0&sort=due_on"),
    ]
    columns = ["number", "customer", "order", "contract", "kind", "amount", "paid", "arrears", "due_on", "owner"]
    sections = [
        Section(_("For"), ["customer", "worker", "order", "contract", "fee", "charge", "kind", "due_on"]),
        Section(_("Money"), ["amount", "paid", "arrears"]),
    ]
    charts = [Chart(_("Owed by month"), by="due_on:month", measure="amount")]
    related = [("receipt", "receivable")]


class ReceiptView(RecordView):
    """What was paid. A mistake is put right by an opposite receipt."""

    model, place, offers_new = Receipt, 52, True
    columns = ["number", "customer", "receivable", "amount", "method", "received_on", "reverses"]
    sections = [
        Section(_("Receipt"), ["receivable", "customer", "amount", "method", "received_on"]),
        Section(_("Notes"), ["note", "reverses"]),
    ]
    charts = [
        Chart(_("Received by month"), by="received_on:month", measure="amount"),
        Chart(_("Received by method"), by="method", measure="amount"),
    ]
