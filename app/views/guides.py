"""The guides to the business's own jobs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.models.complaint import Complaint
from app.models.contract import Contract
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.payment import Receipt
from app.web.guides import GUIDES, Guide

GUIDES[:0] = [
    Guide(
        _("Take an order on the phone"), "/call/",
        (
            _("When the telephone rings the card opens by itself: who it is, what they usually want, what they owe."),
            _("Type the number or the name; for a known customer everything that is known is filled in."),
            _("Choose service, day and time. The price stands there while you speak. Ctrl Enter keeps the order."),
        ),
        lambda: policy.may(Order, "can:add"),
    ),
    Guide(
        _("Send a carer"), "/board/",
        (
            _("The board shows what waits, who is free, and why somebody is not offered."),
            _("Press a digit to assign that carer. The same time twice is refused, whoever was first keeps it."),
            _("The carer gets a link and needs no login; the customer sees on theirs who comes, and when."),
        ),
        lambda: policy.may(Visit, "can:add"),
    ),
    Guide(
        _("Have a contract signed"), "/contract/add",
        (
            _("Choose the template; its clauses and fees come along. A large amount goes to review first."),
            _("Send the links: customer and carer sign on their phones, or scan the signed paper."),
            _("With the signing the fees stand as receivables. Nothing is typed twice."),
        ),
        lambda: policy.may(Contract, "can:add"),
    ),
    Guide(
        _("Book money that came in"), "/receivable/list",
        (
            _("Open what is owed and add a receipt to it. What was booked once is never changed."),
            _("A mistake is put right by a second entry that says why."),
        ),
        lambda: policy.may(Receipt, "can:add"),
    ),
    Guide(
        _("Settle a complaint"), "/complaint/list",
        (
            _("It goes to whoever handles its kind, with a time limit; when that passes, it goes one higher."),
            _("Write cause and outcome, tell the customer, and set the task that keeps it from happening again."),
        ),
        lambda: policy.may(Complaint, "can:add"),
    ),
]
