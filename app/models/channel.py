"""What an order is told from by itself: its class by the words of it, its store and area by its place, and how fast it is answered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, or_, select
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Code, Flag, Name, Note, Number, choice, field, key, link
from app.engine.record import Record
from app.models.organisation import Store

CLASSES = {"daily": _("Daily"), "deep": _("Deep cleaning"), "temporary": _("Temporary care"), "long": _("Long-term care")}
MECHANISMS = {"pay": _("Pay now"), "book": _("Book first")}
PLATFORMS = {"meituan": _("Meituan"), "58": _("58 Home"), "jd": _("JD")}
TOO_LOW = _("So low a price is somebody else's to agree to.")
LOWER = _("In all. Empty: the list price. A lower one may need somebody's word.")
DESK = ("phone", "shop", "referral", "hospital")  # where somebody of ours takes the order: it is answered by that


class StoreArea(Record):
    """Which store looks after a place, and what the area is called there."""

    __label__ = _("Area of a store")
    __plural__ = _("Areas of stores")
    __icon__ = "ti-map"
    __search__ = ("name", "district")
    __within__: ClassVar[dict[str, str]] = {"district": "city"}

    name: Mapped[Name] = field(_("Name of the area"))
    shop_id: Mapped[int] = key("store")
    shop: Mapped[Store] = link(_("Looked after by"))
    city: Mapped[Name | None] = field(_("City"))
    district: Mapped[Name | None] = field(_("District"))
    words: Mapped[Note | None] = field(_("Streets"), help=_("Words of an address, one a line. Empty: the whole district."))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return self.name


class ClassRule(Record):
    """Orders whose words hold one of these are of this class."""

    __label__ = _("Class rule")
    __plural__ = _("Class rules")
    __icon__ = "ti-tag"
    __apart__ = ("position",)
    __search__ = ("words",)

    order_class: Mapped[Code] = choice(_("Class"), CLASSES, open=True, default="daily")
    words: Mapped[Note] = field(_("Words"), help=_("One a line. They are looked for in the service's name and in the wishes."))
    position: Mapped[Number] = field(_("Place"), default=Decimal(10))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return "、".join(lines(self.words)[:3])


class ResponseTime(Record):
    """Within how many minutes somebody answers an order that came by itself."""

    __label__ = _("Response time")
    __plural__ = _("Response times")
    __icon__ = "ti-clock"
    __apart__ = ("minutes",)
    __called__ = ("source",)
    __unique__ = (("source",),)
    __table_args__ = (CheckConstraint("minutes > 0", name="response_time_above_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "response_time_above_zero": _("The number must be above zero."),
        "response_time_source_key": _("This source has its time already. Change that one."),
    }

    source: Mapped[Code] = field(_("Code of the source"), help=_("For example web, app, meituan."))
    minutes: Mapped[Number] = field(_("Minutes"), default=Decimal(30))

    def __str__(self) -> str:
        return self.source


def lines(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").replace("，", "\n").replace(",", "\n").replace("、", "\n").splitlines() if part.strip()]


def class_of(session: Session, *texts: str | None) -> ClassRule | None:
    """The first rule of which a word stands in one of the texts. The caller is trusted."""
    said = " ".join(t for t in texts if t).lower()
    for rule in session.scalars(select(ClassRule).where(ClassRule.active).order_by(ClassRule.position, ClassRule.id)):
        if any(word.lower() in said for word in lines(rule.words)):
            return rule
    return None


def area_of(session: Session, city: str | None, district: str | None, address: str | None) -> StoreArea | None:
    """The area a place lies in: one whose streets fit, else the whole district. The caller is trusted.

    Without a district the address itself may name it.
    """
    here = or_(StoreArea.city.is_(None), StoreArea.city == city) if city else StoreArea.id.is_not(None)
    whole = None
    for area in session.scalars(select(StoreArea).where(StoreArea.active, here).order_by(StoreArea.id)):
        near = area.district == district if district else bool(area.district and area.district in (address or ""))
        if not near and area.district:
            continue
        if any(word in (address or "") for word in lines(area.words)):
            return area
        if not lines(area.words) and near and whole is None:
            whole = area
    return whole


def answer_within(session: Session, source: str | None) -> timedelta | None:
    """How long an order of this source may wait for an answer; None where somebody of ours took it. The caller is trusted."""
    if source in (None, "", *DESK):
        return None
    minutes = session.scalar(select(ResponseTime.minutes).where(ResponseTime.source == source))
    return timedelta(minutes=float(minutes if minutes is not None else 30))
