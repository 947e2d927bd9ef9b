"""The price list: what we sell, in which unit, for how much."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from app.engine.fields import Code, Flag, Money, Name, Number, choice, field
from app.engine.record import Record

CATEGORIES = {
    "care": _("Care"),
    "matron": _("Maternity matron"),
    "cleaning": _("Cleaning"),
    "equipment": _("Equipment"),
}
KIND_TINTS = {"care": "run", "matron": "pause", "cleaning": "plan", "equipment": "wait"}
UNITS = {"day": _("Day"), "term": _("Term of 26 days"), "hour": _("Hour"), "visit": _("One visit")}
SKILLS = {
    "elder": _("Care of the elderly"),
    "hospital": _("Hospital care"),
    "matron": _("Mother and baby"),
    "cleaning": _("Cleaning"),
    "oxygen": _("Oxygen machines"),
    "ventilator": _("Ventilator repair"),
}
WORKS = {
    "deliver": _("Delivery"), "install": _("Installation"), "maintain": _("Upkeep"), "repair": _("Repair"), "recover": _("Recovery"),
}  # fmt: skip
DEVICES = {
    "oxygen": _("Oxygen concentrator"), "ventilator": _("Ventilator"), "bed": _("Medical bed"), "wheelchair": _("Wheelchair"),
    "glucose": _("Glucose meter"), "pressure": _("Blood pressure meter"),
}  # fmt: skip
NO_PHOTOS: dict[str, Any] = {"default": 0, "server_default": "0"}
MAKES_WORK = _("An order of it becomes a work order once it is confirmed. However long a device stays, the job lasts its minutes.")
SPANS = {"day": timedelta(days=1), "term": timedelta(days=26), "hour": timedelta(hours=1)}


class Service(Record):
    """One thing on the price list."""

    __label__ = _("Service")
    __plural__ = _("Services")
    __icon__ = "ti-list-details"
    __apart__ = ("minutes", "price", "cost")
    __unique__ = (("code",),)
    __search__ = ("name", "name_en", "code")
    __called__ = ("name", "name_en")

    code: Mapped[Code] = field(_("Code"))
    name: Mapped[Name] = field(_("Name"))
    name_en: Mapped[Name | None] = field(_("Name in English"))
    category: Mapped[Code] = choice(_("Kind"), CATEGORIES, open=True, default="care")
    unit: Mapped[Code] = choice(_("Unit"), UNITS, default="visit")
    skill: Mapped[Code] = choice(_("Skill needed"), SKILLS, default="elder")
    minutes: Mapped[Number] = field(_("Minutes of a visit"), default=Decimal(120))
    price: Mapped[Money] = field(_("Price"), "finance")
    cost: Mapped[Money] = field(_("Cost"), "cost", default=Decimal(0))
    active: Mapped[Flag] = field(_("On sale"), default=True)
    work: Mapped[Code | None] = choice(_("Makes a work order for"), WORKS, help=MAKES_WORK)
    device: Mapped[Code | None] = choice(_("Device"), DEVICES, open=True)
    photos_needed: Mapped[int] = field(_("Photos needed"), help=_("A visit is not finished before so many are there."), **NO_PHOTOS)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name

    def end(self, starts_at: datetime, quantity: Decimal) -> datetime:
        """When so many units that begin at ``starts_at`` are over. A visit lasts its minutes, and so does the job of what is rented."""
        span = SPANS.get(self.unit)
        if span is not None and self.work:
            return starts_at + timedelta(minutes=float(self.minutes))
        if span is None:
            return starts_at + timedelta(minutes=float(self.minutes) * float(quantity))
        return starts_at + span * float(quantity)
