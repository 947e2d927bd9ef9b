"""Tickets of customers who ask for what we keep about them, or to be forgotten."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import today
from app.engine.fields import Code, Day, Moment, Note, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.record import Record
from app.models.consent import WAYS
from app.models.customer import Customer
from app.models.order import store_code

KINDS = {"export": _("Copy of all data"), "erase": _("Erasure")}
DAYS = 15  # working days to answer in


class PrivacyTicket(Record):
    """One request of one customer. Only ``PrivacyFlow`` moves its state, and only its steps give out or erase."""

    __label__ = _("Privacy request")
    __plural__ = _("Privacy requests")
    __icon__ = "ti-lock-access"
    __unique__ = (("number",),)
    __indexes__ = (("state", "due_on"),)
    __search__ = ("number",)

    number: Mapped[Code] = field(_("Request no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    kind: Mapped[Code] = choice(_("Wish"), KINDS)
    way: Mapped[Code] = choice(_("Asked how"), WAYS, default="phone")
    asked_on: Mapped[Day] = field(_("Asked on"), default=today)
    due_on: Mapped[Day | None] = field(_("Due on"), readonly=True, help=_("15 working days after it was asked."))
    said: Mapped[Note | None] = field(_("What was said"), "internal")
    reason: Mapped[Note | None] = field(_("Why it was turned down"), "workflow", readonly=True)
    done_at: Mapped[Moment | None] = field(_("Done at"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="asked")

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """Number, deadline, and whose it is, follow from the customer and the day."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is None:
                return
            self.store_id, self.owner_id = customer.store_id, customer.owner_id
            self.asked_on = self.asked_on or today()
            self.due_on = working_day(self.asked_on, DAYS)
            if not self.number:
                self.number = next_number(session, "YS", store_code(session, self.store_id))


def working_day(start: date, days: int) -> date:
    """So many days from Monday to Friday later. Public holidays are not known: the deadline is then the earlier one."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
