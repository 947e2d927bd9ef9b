"""Price rules, options, holidays and who may agree to less: the rows that a price is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, or_, select
from sqlalchemy.orm import Mapped, Session

from app.engine.current import current
from app.engine.errors import Invalid
from app.engine.fields import Code, Day, Flag, Money, Name, Number, choice, field, key, link
from app.engine.record import Record
from app.models.catalog import CATEGORIES, Service
from app.models.contract_template import CARD_LEVELS
from app.models.organisation import Store
from app.models.price_sum import Rule
from app.models.review import REVIEWERS
from app.models.worker import GRADES

WAYS = {"each": _("For each unit"), "fixed": _("Once"), "percent": _("Per cent of quantity × price")}
MEASURES = {"quantity": _("Quantity"), "area": _("Area in m²"), "hours": _("Hours")}
DAYS = {"any": _("Any day"), "working": _("Working days"), "weekend": _("Weekends"), "holiday": _("Holidays")}
ASKERS = {"agent": _("Agent"), "dispatcher": _("Dispatcher"), **REVIEWERS}


class PriceRule(Record):
    """What comes on top of quantity times price, or goes off it, where it fits. What is left empty does not matter."""

    __label__ = _("Price rule")
    __plural__ = _("Price rules")
    __icon__ = "ti-math-function"
    __apart__ = ("amount", "over", "upto", "priority")
    __search__ = ("name", "name_en")
    __called__ = ("name", "name_en")
    __periods__ = (("since", "until"),)

    name: Mapped[Name] = field(_("Name"))
    name_en: Mapped[Name | None] = field(_("Name in English"))
    way: Mapped[Code] = choice(_("Reckoned"), WAYS, default="percent")
    amount: Mapped[Number] = field(_("How much"), "finance", help=_("Money, or per cent. Below zero it is a discount."))
    measured: Mapped[Code] = choice(_("Measured by"), MEASURES, default="quantity")
    over: Mapped[Number] = field(_("Only above"), default=Decimal(0))
    upto: Mapped[Number | None] = field(_("Up to"), help=_("Of “for each unit” only the part between the two counts: tiers."))
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"))
    kind: Mapped[Code | None] = choice(_("Kind"), CATEGORIES, open=True)
    shop_id: Mapped[int | None] = key("store")
    shop: Mapped[Store | None] = link(_("Only at the store"))
    grade: Mapped[Code | None] = choice(_("Grade asked for"), GRADES, open=True)
    level: Mapped[Code | None] = choice(_("Only with a card of the level"), CARD_LEVELS)
    days: Mapped[Code] = choice(_("Days"), DAYS, default="any")
    since: Mapped[Day | None] = field(_("From"))
    until: Mapped[Day | None] = field(_("Until"))
    priority: Mapped[Number] = field(_("Place"), default=Decimal(10))
    slot: Mapped[Code | None] = field(_("Only one of"), help=_("Of the rules with the same word here only the first that fits counts."))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name

    def before_create(self, session: Session) -> None:
        self.before_change(session, {"upto"})

    def before_change(self, _session: Session, names: set[str]) -> None:
        by_hand = current().trusted in ("", "created", "changed")
        if by_hand and names & {"upto", "over"} and self.upto is not None and self.upto <= (self.over or 0):
            raise Invalid({"upto": _("The upper end must be above the lower one.")})

    def rule(self) -> Rule:
        return Rule(
            label=str(self), way=self.way, amount=self.amount, measure=self.measured, over=self.over, upto=self.upto,
            service=self.service_id, kind=self.kind, store=self.shop_id, grade=self.grade, level=self.level, days=self.days,
            since=self.since,
            until=self.until, priority=int(self.priority), slot=self.slot or None,
        )  # fmt: skip


class ServiceOption(Record):
    """Something that may be had besides a service: materials, windows, a pet to be minded."""

    __label__ = _("Option")
    __plural__ = _("Options")
    __icon__ = "ti-puzzle"
    __apart__ = ("price",)
    __search__ = ("name", "name_en")
    __called__ = ("name", "name_en")
    __table_args__ = (CheckConstraint("price >= 0", name="service_option_price_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"service_option_price_not_below_zero": _("The price cannot be below zero.")}

    name: Mapped[Name] = field(_("Name"))
    name_en: Mapped[Name | None] = field(_("Name in English"))
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"))
    kind: Mapped[Code | None] = choice(_("Kind"), CATEGORIES, open=True)
    price: Mapped[Money] = field(_("Price"), "finance")
    active: Mapped[Flag] = field(_("On sale"), default=True)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name


class Holiday(Record):
    """A day on which the prices of holidays hold."""

    __label__ = _("Holiday")
    __plural__ = _("Holidays")
    __icon__ = "ti-calendar-event"
    __unique__ = (("on_day",),)
    __called__ = ("name",)
    __refusals__: ClassVar[dict[str, Any]] = {"holiday_on_day_key": _("This day is there already.")}

    on_day: Mapped[Day] = field(_("Day"))
    name: Mapped[Name] = field(_("Name"))

    def __str__(self) -> str:
        return self.name


class PriceTier(Record):
    """Down to how much of the list price somebody of a role may agree alone."""

    __label__ = _("Price tier")
    __plural__ = _("Price tiers")
    __icon__ = "ti-stairs-up"
    __apart__ = ("percent",)
    __unique__ = (("role",),)
    __called__ = ("role",)
    __table_args__ = (CheckConstraint("percent BETWEEN 0 AND 100", name="price_tier_is_a_part"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "price_tier_is_a_part": _("Per cent are between 0 and 100."),
        "price_tier_role_key": _("This role has its tier already. Change that one."),
    }

    role: Mapped[Code] = choice(_("Role"), ASKERS, default="manager")
    percent: Mapped[Number] = field(_("Down to per cent of the list price"), "finance")
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return str(ASKERS.get(self.role, self.role))


LEADERS = ("manager", "admin")  # who agrees where a company has no tiers


def rules_of(session: Session) -> list[Rule]:
    """The rules in use. The caller is trusted."""
    known = PriceRule.active, PriceRule.way.in_(WAYS), PriceRule.measured.in_(MEASURES), PriceRule.days.in_(DAYS)
    return [r.rule() for r in session.scalars(select(PriceRule).where(*known).order_by(PriceRule.priority, PriceRule.id))]


def options_for(session: Session, service: Service) -> list[ServiceOption]:
    """What may be had besides a service: of it, of its kind, or of all. The caller is trusted."""
    here = or_(
        ServiceOption.service_id == service.id,
        ServiceOption.service_id.is_(None) & (ServiceOption.kind.is_(None) | (ServiceOption.kind == service.category)),
    )
    return list(session.scalars(select(ServiceOption).where(ServiceOption.active, here).order_by(ServiceOption.id)))


def is_holiday(session: Session, day: Any) -> bool:
    return session.scalar(select(Holiday.id).where(Holiday.on_day == day).limit(1)) is not None


def may_agree(session: Session, price: Decimal, listed: Decimal) -> bool:
    """Whether one of the actor's roles may agree to a price alone; what is not below the list anybody may. The caller is trusted."""
    if price >= listed or listed <= 0:
        return True
    tiers = list(session.scalars(select(PriceTier).where(PriceTier.active)))
    lowest = {t.role: t.percent for t in tiers} or dict.fromkeys(LEADERS, Decimal(0))
    part = price * 100 / listed
    return any(part >= lowest[role] for role in current().roles if role in lowest)
