"""Stores, and the staff who work in them."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, validates

from app.engine.current import current
from app.engine.errors import Forbidden
from app.engine.fields import Code, Flag, Name, Phone, Place, Tags, choice, field, key, link, secret
from app.engine.record import Record
from app.engine.rules import BUILT_IN, RoleWords, role_names

ROLES: dict[str, Any] = {
    "head_office": _("Head office"),
    "admin": _("Administrator"),
    "manager": _("Store manager"),
    "agent": _("Agent"),
    "dispatcher": _("Dispatcher"),
    "finance": _("Finance"),
    "partner": _("Partner agency"),
}
BUILT_IN.update(ROLES)
KINDS = {"own": _("Our own"), "franchise": _("Franchise"), "partner": _("Partner agency")}


class Store(Record):
    """A branch that customers call and carers belong to. Its code stands in every number it gives out."""

    __label__ = _("Store")
    __plural__ = _("Stores")
    __icon__ = "ti-building-store"
    __unique__ = (("code",),)
    __search__ = ("name", "code")
    __within__: ClassVar[dict[str, str]] = {"district": "city"}
    __ruling__ = True

    code: Mapped[Code] = field(_("Code"))
    name: Mapped[Name] = field(_("Name"))
    kind: Mapped[Code] = choice(_("Kind of store"), KINDS, default="own", server_default="own")
    parent_id: Mapped[int | None] = key("store")
    parent: Mapped[Store | None] = link(_("Part of"))
    city: Mapped[Name | None] = field(_("City"))
    district: Mapped[Name | None] = field(_("District"))
    address: Mapped[Name | None] = field(_("Address"))
    lat: Mapped[Place | None] = field(_("Latitude"))
    lng: Mapped[Place | None] = field(_("Longitude"))
    phone: Mapped[Name | None] = field(_("Phone"))
    window_minutes: Mapped[int | None] = field(_("Promised window, minutes"), help=_("Before and after the planned start. Empty: 15."))
    late_minutes: Mapped[int | None] = field(_("Alert after, minutes late"), help=_("When the carer has not arrived. Empty: 15."))
    far_metres: Mapped[int | None] = field(_("Far away from, metres"), help=_("A check-in from farther off asks for a reason. Empty: 500."))
    low_score: Mapped[int | None] = field(_("Low score, stars"), help=_("A review of so few stars or fewer is investigated. Empty: 2."))

    def __str__(self) -> str:
        return self.name


class Staff(Record):
    """A person who signs in. ``store_id`` is where they work; ``id`` is the actor of everything they do."""

    __label__ = _("Colleague")
    __plural__ = _("Staff")
    __icon__ = "ti-id-badge-2"
    __unique__ = (("username",),)
    __search__ = ("name", "username", "phone")
    __ruling__ = True

    name: Mapped[Name] = field(_("Name"))
    # Who signs in, and as what, is set on the users page alone: there the credential goes with it.
    username: Mapped[Code] = field(_("Login name"), "internal", readonly=True)
    roles: Mapped[Tags] = field(_("Roles"), "internal", choices=RoleWords(), default=list, readonly=True)
    leader_id: Mapped[int | None] = key("staff")
    leader: Mapped[Staff | None] = link(_("Led by"), "internal")
    phone: Mapped[Phone | None] = secret(_("Phone"), "private")
    email: Mapped[Name | None] = field(_("E-mail"), "private")
    language: Mapped[Code] = choice(_("Language"), {"zh": _("Chinese"), "en": _("English")}, default="zh")
    active: Mapped[Flag] = field(_("Works here"), "internal", default=True, readonly=True)

    def __str__(self) -> str:
        return self.name

    @validates("roles")
    def check_roles(self, _name: str, roles: Any) -> Any:
        """Nobody gives away a role they do not hold, but an administrator, who gives any but head office's.

        Raises:
            Forbidden: the actor holds neither the new role nor the right to give it.

        """
        who = current()
        added = set(roles or ()) - set(self.roles or ())
        given = set(who.roles) | (set(role_names()) - {"head_office"} if "admin" in who.roles else set())
        if not who.trusted and added - given:
            raise Forbidden(_("You can only give a role that you hold."))
        return roles
