"""Consents: what a customer agreed to, in which wording, how, and until when."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import now
from app.engine.fields import Code, Moment, Note, choice, field, key, link
from app.engine.record import Record
from app.models.customer import Customer

PURPOSES = {
    "service": _("Personal data for the service"),
    "health": _("Health data"),
    "location": _("Place and way to the home"),
    "pictures": _("Pictures and recordings"),
    "marketing": _("Offers and greetings"),
    "partners": _("Passing on to partners"),
}
WAYS = {"paper": _("On paper"), "phone": _("By phone"), "portal": _("On the customer's page")}


class Consent(Record):
    """One consent. Withdrawn, it stays as proof; agreeing to a new wording is a new one."""

    __label__ = _("Consent")
    __plural__ = _("Consents")
    __icon__ = "ti-file-text"
    __indexes__ = (("purpose",),)
    __table_args__ = (CheckConstraint("withdrawn_at >= given_at", name="consent_withdrawn_after_it_was_given"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "consent_withdrawn_after_it_was_given": _("A consent is withdrawn after it was given, not before."),
    }

    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    purpose: Mapped[Code] = choice(_("For what"), PURPOSES)
    wording: Mapped[Code] = field(_("Version of the text"), help=_("As it stands at the foot of the form, for example 2026-01."))
    way: Mapped[Code] = choice(_("Given how"), WAYS, default="paper")
    given_at: Mapped[Moment] = field(_("Given at"), default=now)
    withdrawn_at: Mapped[Moment | None] = field(_("Withdrawn at"))
    remark: Mapped[Note | None] = field(_("Remark"), "internal")

    __called__ = ("purpose",)

    def __str__(self) -> str:
        return str(PURPOSES.get(self.purpose, self.purpose))

    def before_create(self, session: Session) -> None:
        """A consent belongs to whom its customer belongs to."""
        with session.no_autoflush:
            customer = self.customer or session.get(Customer, self.customer_id or 0)
            if customer is not None:
                self.store_id, self.owner_id = customer.store_id, customer.owner_id
