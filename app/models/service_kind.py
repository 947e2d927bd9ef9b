"""Kinds of service as data: what people of a kind must know, how long it takes, its standard steps, and its own stages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, or_, select
from sqlalchemy.orm import Mapped, Session

from app.engine import answers, wordlist
from app.engine.clock import now
from app.engine.current import current, trusted
from app.engine.errors import NotInThisState, Refused
from app.engine.expr.fit import fitted
from app.engine.expr.read import MARK
from app.engine.expr.said import code as in_codes
from app.engine.fields import Code, Flag, Moment, Name, Note, Number, Tags, choice, declared, field, key, link
from app.engine.record import Record
from app.engine.rules import CustomField
from app.models.catalog import CATEGORIES, SKILLS, Service
from app.models.order import Order, by_hand
from app.models.pricing import PriceRule, ServiceOption

PAPERS = {
    "health": _("Health certificate"), "training": _("Training certificate"), "background": _("Background check"),
    "door": _("Home service permit"), "insurance": _("Insurance"),
}  # fmt: skip
TINTS = {
    "draft": _("Grey"), "wait": _("Amber"), "plan": _("Blue"), "run": _("Teal"), "done": _("Green"), "pause": _("Violet"), "bad": _("Red"),
}  # fmt: skip
BEFORE = {"assign": _("Before a carer is sent"), "start": _("Before the work begins"), "finish": _("Before it is done")}
LEAST = _("What a visit takes whatever the area. 0: as its service says.")
SHOWN_IN: tuple[tuple[Any, str], ...] = (
    (Service, "category"), (Order, "kind"), (PriceRule, "kind"), (ServiceOption, "kind"),
)  # fmt: skip  # the choices that are kinds


class ServiceKind(Record):
    """One kind of service. A new one is at once a choice of services and of orders, with its word and its colour."""

    __label__ = _("Service kind")
    __plural__ = _("Service kinds")
    __icon__ = "ti-category"
    __apart__ = ("base_minutes", "area_minutes")
    __ruling__ = True  # its word is a choice, and choices are compiled with the rules
    __unique__ = (("code",),)
    __search__ = ("name", "name_en", "code")
    __called__ = ("name", "name_en")
    __table_args__ = (CheckConstraint("base_minutes >= 0 AND area_minutes >= 0", name="service_kind_minutes_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "service_kind_code_key": _("There is already a kind of that code."),
        "service_kind_minutes_not_below_zero": _("The minutes cannot be below zero."),
    }

    code: Mapped[Code] = field(_("Code"), help=_("Small letters, for example escort. It never changes."))
    name: Mapped[Name] = field(_("Name"))
    name_en: Mapped[Name | None] = field(_("Name in English"))
    tint: Mapped[Code] = choice(_("Colour"), TINTS, default="plan")
    skills: Mapped[Tags] = field(_("Skills needed"), choices=SKILLS, default=list)
    papers: Mapped[Tags] = field(_("Papers needed"), choices=PAPERS, default=list)
    base_minutes: Mapped[Number] = field(_("Minutes at least"), default=Decimal(0), help=LEAST)
    area_minutes: Mapped[Number] = field(_("Minutes for each m²"), default=Decimal(0))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name

    def before_create(self, session: Session) -> None:
        self.code = (self.code or "").strip().lower()
        if not self.code.isascii() or not self.code.replace("_", "").isalnum():
            raise Refused(_("A code has small letters, digits and _ only."))
        self.tell(session)

    def before_change(self, session: Session, names: set[str]) -> None:
        if by_hand() and "code" in names:
            raise Refused(_("The code of a kind never changes: orders know it by that."))
        if by_hand() and names & {"name", "name_en", "tint", "active"}:
            self.tell(session)

    def tell(self, session: Session) -> None:
        """Put the word into the lists of choices, unless the program's own word says the same."""
        known = CATEGORIES.get(self.code)
        if current().trusted == "sample" and known is not None:
            return
        word = {"code": self.code, "zh": self.name, "en": self.name_en or "", "tint": self.tint or "", "archived": self.active is False}
        with session.no_autoflush:
            for model, name in SHOWN_IN:
                mine = CustomField.model == model.__name__, CustomField.builtin == name
                row = session.scalars(select(CustomField).where(*mine)).first() or next(
                    (r for r in session.new if isinstance(r, CustomField) and (r.model, r.builtin) == (model.__name__, name)), None
                )
                if row is None:
                    begun = wordlist.of(declared(model)[name])
                    row = CustomField(model=model.__name__, builtin=name, kind="choice", label=name, choices=begun)
                    session.add(row)
                row.choices = [*(c for c in row.choices or [] if c["code"] != self.code), word]

    def before_delete(self, session: Session) -> None:
        raise Refused(_("A kind stays, for the orders that were of it. Take it out of use instead."))


class ServiceStep(Record):
    """One standard step: of a service, or of all services of a kind."""

    __label__ = _("Standard step")
    __plural__ = _("Standard steps")
    __icon__ = "ti-list-check"
    __apart__ = ("position",)
    __called__ = ("wording", "wording_en")

    kind_id: Mapped[int | None] = key("service_kind")
    kind: Mapped[ServiceKind | None] = link(_("Service kind"))
    service_id: Mapped[int | None] = key("service")
    service: Mapped[Service | None] = link(_("Service"))
    position: Mapped[Number] = field(_("Place"), default=Decimal(1))
    wording: Mapped[Name] = field(_("What is done"))
    wording_en: Mapped[Name | None] = field(_("The same in English"))
    photo: Mapped[Flag] = field(_("Photo needed"), default=False)

    def __str__(self) -> str:
        return (self.wording_en if str(get_locale()) == "en" else "") or self.wording


class KindStage(Record):
    """A stage of a kind's own: orders of the kind do not go past its place before somebody says that it is done."""

    __label__ = _("Stage")
    __plural__ = _("Stages")
    __icon__ = "ti-stairs-up"
    __apart__ = ("position",)
    __called__ = ("name", "name_en")

    kind_id: Mapped[int] = key("service_kind")
    kind: Mapped[ServiceKind] = link(_("Service kind"))
    position: Mapped[Number] = field(_("Place"), default=Decimal(1))
    name: Mapped[Name] = field(_("Name"))
    name_en: Mapped[Name | None] = field(_("Name in English"))
    before: Mapped[Code] = choice(_("When"), BEFORE, default="assign")
    shown: Mapped[Note | None] = field(_("Only where"), help=_("An expression on the order, for example: Quantity > 2. Empty: always."))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name

    def before_create(self, session: Session) -> None:
        self.before_change(session, {"shown"})

    def before_change(self, session: Session, names: set[str]) -> None:
        if by_hand() and "shown" in names and self.shown and not self.shown.startswith(MARK):
            self.shown = in_codes(fitted(Order, self.shown))


class OrderStage(Record):
    """That a stage of an order is done: when, by whom, and what is worth a word."""

    __label__ = _("Stage done")
    __plural__ = _("Stages done")
    __icon__ = "ti-checks"
    __unique__ = (("order_id", "stage_id"),)
    __called__ = ("stage",)
    __refusals__: ClassVar[dict[str, Any]] = {"order_stage_order_id_stage_id_key": _("This stage is done already.")}

    order_id: Mapped[int] = key("order")
    order: Mapped[Order] = link(_("Order"))
    stage_id: Mapped[int] = key("kind_stage")
    stage: Mapped[KindStage] = link(_("Stage"))
    done_at: Mapped[Moment] = field(_("Done at"), default=now)
    said: Mapped[Note | None] = field(_("Remark"))

    def __str__(self) -> str:
        return str(self.stage)

    def before_create(self, session: Session) -> None:
        """It belongs to whom its order belongs to."""
        with session.no_autoflush:
            order = self.order or session.get(Order, self.order_id or 0)
            if order is not None:
                self.store_id, self.owner_id = order.store_id, order.owner_id


def holds(order: Order, shown: str | None) -> bool:
    return answers.true(order, shown) if shown and shown.startswith(MARK) else True


def kind_of(session: Session, code: str | None) -> ServiceKind | None:
    """The caller is trusted."""
    return session.scalars(select(ServiceKind).where(ServiceKind.code == code)).first() if code else None


def steps_of(session: Session, service: Service) -> list[ServiceStep]:
    """The standard steps of a service; its kind's where it has none of its own. The caller is trusted."""
    kind = select(ServiceKind.id).where(ServiceKind.code == service.category)
    asked = select(ServiceStep).where(or_(ServiceStep.service_id == service.id, ServiceStep.kind_id.in_(kind)))
    found = list(session.scalars(asked.order_by(ServiceStep.position, ServiceStep.id)))
    return [s for s in found if s.service_id == service.id] or found


def stages_of(session: Session, order: Order) -> list[tuple[KindStage, OrderStage | None]]:
    """The stages that hold for an order, in their order, each with what says that it is done."""
    with trusted("stages"), session.no_autoflush:
        asked = select(KindStage).join(ServiceKind, ServiceKind.id == KindStage.kind_id).where(ServiceKind.code == order.kind)
        stages = list(session.scalars(asked.where(KindStage.active).order_by(KindStage.position, KindStage.id)))
        if not stages:
            return []
        done = {d.stage_id: d for d in session.scalars(select(OrderStage).where(OrderStage.order_id == order.id))}
        return [(s, done.get(s.id)) for s in stages if s.id in done or holds(order, s.shown)]


def check_stages(session: Session, order: Order, step: str) -> None:
    """Raises ``NotInThisState`` while a stage that comes before this step is open."""
    if step in BEFORE and (left := [str(s) for s, done in stages_of(session, order) if done is None and s.before == step]):
        raise NotInThisState(_("First has to be done: %(stages)s.", stages="、".join(left)))
