"""Where a customer is served: several homes, each with its place on the map and the way in."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Flag, Name, Note, Place, field, key, link
from app.engine.record import Record
from app.models.customer import Customer, belongs

LIFT = _("Lift, gate code, parking. The carer sees it once the visit is accepted.")


class CustomerAddress(Record):
    """One address. The customer's own fields hold the first one; a usual one of these takes its place in new orders."""

    __label__ = _("Service address")
    __plural__ = _("Service addresses")
    __icon__ = "ti-map-pin"
    __search__ = ("label", "address")
    __within__: ClassVar[dict[str, str]] = {"district": "city"}

    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    label: Mapped[Name] = field(_("Called"), help=_("For example: home, mother's flat, ward 12."), personal=True)
    city: Mapped[Name | None] = field(_("City"))
    district: Mapped[Name | None] = field(_("District"))
    address: Mapped[Name | None] = field(_("Address"), personal=True)
    door: Mapped[Name | None] = field(_("Building and door"), "private")
    lat: Mapped[Place | None] = field(_("Latitude"))
    lng: Mapped[Place | None] = field(_("Longitude"))
    way_in: Mapped[Note | None] = field(_("Way in"), "private", help=LIFT)
    usual: Mapped[Flag] = field(_("Usual address"), default=False, help=_("New orders go there. Of several the last one that was changed."))

    def __str__(self) -> str:
        return self.label

    def before_create(self, session: Session) -> None:
        belongs(self, session)


def usual_address(session: Session, customer_id: int) -> CustomerAddress | None:
    """Where new orders of a customer go, where that is none of the customer's own fields. The caller is trusted."""
    mine = select(CustomerAddress).where(CustomerAddress.customer_id == customer_id, CustomerAddress.usual)
    return session.scalars(mine.order_by(CustomerAddress.changed_at.desc(), CustomerAddress.id.desc()).limit(1)).first()
