"""The people of a customer's household: who is cared for, who pays, whom to call first."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Code, Flag, Name, Note, Phone, choice, field, key, link, secret
from app.engine.record import Record
from app.models.customer import Customer, belongs

RELATIONS = {
    "self": _("The customer"), "spouse": _("Husband or wife"), "child": _("Son or daughter"), "parent": _("Father or mother"),
    "in_law": _("Relative by marriage"), "grandchild": _("Grandchild"), "relative": _("Other relative"), "friend": _("Friend or neighbour"),
    "helper": _("Helper at home"),
}  # fmt: skip


class Contact(Record):
    """One person of a household. Several may pay, be cared for, or be called first: families change their minds."""

    __label__ = _("Household contact")
    __plural__ = _("Household contacts")
    __icon__ = "ti-user"
    __search__ = ("name", "phone")
    __alike__ = (("customer", "phone"), ("customer", "name"))

    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    name: Mapped[Name] = field(_("Name"), personal=True)
    relation: Mapped[Code] = choice(_("Relation"), RELATIONS, open=True, default="child")
    phone: Mapped[Phone | None] = secret(_("Phone"), "private")
    first: Mapped[Flag] = field(_("Call first"), default=False)
    pays: Mapped[Flag] = field(_("Pays"), default=False)
    cared: Mapped[Flag] = field(_("Is cared for"), default=False)
    remark: Mapped[Note | None] = field(_("Remark"), "internal")

    def __str__(self) -> str:
        return self.name

    def before_create(self, session: Session) -> None:
        belongs(self, session)
