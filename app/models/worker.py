"""The carers, matrons, cleaners and fitters we send."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, validates

from app.engine.fields import (
    Code,
    Day,
    IdNumber,
    Money,
    Name,
    Number,
    Phone,
    Place,
    Tags,
    choice,
    field,
    secret,
)
from app.engine.record import Record
from app.models.catalog import SKILLS
from app.models.pinyin import initials_of, pinyin_of

GRADES = {"star": _("Star"), "gold": _("Gold"), "silver": _("Silver"), "new": _("Newcomer")}
WORK = {"working": _("At work"), "leave": _("On leave"), "left": _("Left")}
RARE = _("Made from the name. Correct it where a name is read in a rare way.")
WORK_TINTS = {"working": "run", "leave": "pause", "left": "off"}


class Worker(Record):
    """A person who goes to the customer. They act by signed links and do not sign in."""

    __label__ = _("Carer")
    __plural__ = _("Carers")
    __icon__ = "ti-heart-handshake"
    __search__ = ("name", "pinyin", "initials", "phone")
    __told__ = ""
    __alike__ = (("phone",), ("name", "district"))

    name: Mapped[Name] = field(_("Name"), personal=True)
    pinyin: Mapped[Name | None] = field(_("Pinyin"), help=RARE, personal=True)
    initials: Mapped[Code | None] = field(_("Initials"), personal=True)
    phone: Mapped[Phone | None] = secret(_("Phone"), "private")
    id_number: Mapped[IdNumber | None] = secret(_("ID number"), "private", unique=True)
    skills: Mapped[Tags] = field(_("Skills"), choices=SKILLS, default=list)
    grade: Mapped[Code] = choice(_("Grade"), GRADES, open=True, default="new")
    active: Mapped[Code] = choice(_("Work"), WORK, tints=WORK_TINTS, default="working")
    district: Mapped[Name | None] = field(_("District"))
    lat: Mapped[Place | None] = field(_("Latitude of home"), "private")
    lng: Mapped[Place | None] = field(_("Longitude of home"), "private")
    rating: Mapped[Number | None] = field(_("Rating"))
    joined_on: Mapped[Day | None] = field(_("Joined on"))
    health_until: Mapped[Day | None] = field(_("Health certificate until"))
    pay_rate: Mapped[Money] = field(_("Pay per hour"), "cost", default=Decimal(0))

    def __str__(self) -> str:
        return self.name

    @validates("name")
    def spell(self, _name: str, name: str) -> str:
        self.pinyin, self.initials = pinyin_of(name or ""), initials_of(name or "")
        return name
