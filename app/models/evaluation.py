"""What clients say of a finished visit: one review each, its scores by dimension; and the visits that a supervisor looks through."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, or_, select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import now
from app.engine.current import current
from app.engine.errors import NotInThisState, Refused
from app.engine.fields import Code, Day, Flag, Moment, Name, Note, Number, Stars, choice, field, key, link
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.order import Order, by_hand
from app.models.organisation import Store
from app.models.service_kind import ServiceKind
from app.models.slip import like_visit
from app.models.worker import Worker

OPEN_FOR = timedelta(days=7)  # how long a review may still be changed
LOW = 2  # stars at which somebody looks into it, where the store says nothing
SOURCES = {"client": _("Client, by link"), "phone": _("Agent, by phone")}
DIMENSIONS = (("准时", "Punctuality"), ("态度", "Attitude"), ("技能", "Skill"), ("整洁", "Tidiness"))  # what a company begins with
STARS = _("Choose one to five stars.")
CLOSED = _("Reviews can be changed for 7 days. This one stands.")
NOT_DONE = _("A visit is reviewed once it is finished.")


def spoken() -> bool:
    """Whether a person says it, at the desk or by a link; programs know what they do."""
    return by_hand() or current().trusted.startswith("link:")


class ReviewDimension(Record):
    """One thing that reviews of a kind of service are asked about besides the whole."""

    __label__ = _("Review dimension")
    __plural__ = _("Review dimensions")
    __icon__ = "ti-list-check"
    __apart__ = ("position",)
    __called__ = ("name", "name_en")

    kind_id: Mapped[int | None] = key("service_kind")
    kind: Mapped[ServiceKind | None] = link(_("Service kind"), help=_("Empty: asked after every visit."))
    name: Mapped[Name] = field(_("Name"))
    name_en: Mapped[Name | None] = field(_("Name in English"))
    position: Mapped[Number] = field(_("Place"), default=Decimal(1))
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return (self.name_en if str(get_locale()) == "en" else "") or self.name


class Review(Record):
    """What a client says of one finished visit: stars and words. There once; open to a change for some days, whoever wrote it."""

    __label__ = _("Review")
    __plural__ = _("Reviews")
    __icon__ = "ti-star"
    __unique__ = (("visit_id",),)
    __indexes__ = (("worker_id", "created_at"), ("created_at",))
    __called__ = ("visit", "score")
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="review_score_is_stars"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "review_visit_id_key": _("This visit has its review already."),
        "review_score_is_stars": STARS,
    }

    visit_id: Mapped[int] = key("visit")
    visit: Mapped[Visit] = link(_("Visit"))
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"), readonly=True)
    customer_id: Mapped[int | None] = key("customer")
    customer: Mapped[Customer | None] = link(_("Customer"), readonly=True)
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"), readonly=True)
    score: Mapped[Stars] = field(_("Stars"))
    message: Mapped[Note | None] = field(_("What the client said"))
    source: Mapped[Code] = choice(_("Came by"), SOURCES, "workflow", default="phone")
    editable_until: Mapped[Moment | None] = field(_("Open until"), "workflow", readonly=True)

    def __str__(self) -> str:
        return f"{self.visit} {'★' * (self.score or 0)}"

    @property
    def open(self) -> bool:
        """Whether it may still be changed."""
        return self.editable_until is None or now() < self.editable_until

    def before_create(self, session: Session) -> None:
        """Whose it is follows from the visit. Raises ``NotInThisState`` for a visit that is not finished."""
        visit = like_visit(self, session)
        if visit is None:
            return
        if spoken() and visit.state != "finished":
            raise NotInThisState(NOT_DONE)
        with session.no_autoflush:
            self.order_id, self.customer_id, self.worker_id = visit.order_id, visit.order.customer_id, visit.worker_id
        if current().trusted != "sample":
            self.source = "phone" if by_hand() else "client"
        self.created_at = self.created_at or now()
        self.editable_until = self.editable_until or self.created_at + OPEN_FOR

    def after_create(self, _session: Session) -> None:
        if current().trusted != "sample":
            announce("review.made", self)

    def before_change(self, _session: Session, names: set[str]) -> None:
        """Raises ``Refused`` when its days are over, on whichever way the change comes."""
        if spoken() and "visit" in names:
            raise Refused(_("A review stays with its visit."))
        if spoken() and names & {"score", "message"} and not self.open:
            raise Refused(CLOSED)
        if "score" in names:
            announce("review.changed", self)

    def facts(self) -> dict[str, str]:
        """What messages about this review may say."""
        return {"visit": str(self.visit), "customer": str(self.customer), "worker": str(self.worker), "score": str(self.score)}


class ReviewScore(Record):
    """The stars of one review for one dimension."""

    __label__ = _("Score by dimension")
    __plural__ = _("Scores by dimension")
    __icon__ = "ti-stars"
    __unique__ = (("review_id", "dimension_id"),)
    __called__ = ("dimension", "score")
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="review_score_score_is_stars"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "review_score_score_is_stars": STARS,
        "review_score_review_id_dimension_id_key": _("This dimension has its stars already."),
    }

    review_id: Mapped[int] = key("review")
    review: Mapped[Review] = link(_("Review"))
    dimension_id: Mapped[int] = key("review_dimension")
    dimension: Mapped[ReviewDimension] = link(_("Dimension"))
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"), readonly=True)
    score: Mapped[Stars] = field(_("Stars"))

    def __str__(self) -> str:
        return f"{self.dimension} {'★' * (self.score or 0)}"

    def before_create(self, session: Session) -> None:
        """It belongs to whom its review belongs to."""
        with session.no_autoflush:
            review = self.review or session.get(Review, self.review_id or 0)
            visit = review and (review.visit or session.get(Visit, review.visit_id or 0))
            if visit is not None:
                self.worker_id, self.store_id, self.owner_id = visit.worker_id, visit.store_id, visit.owner_id
            self.check(review)

    def before_change(self, session: Session, names: set[str]) -> None:
        with session.no_autoflush:
            if spoken() and names & {"review", "dimension"}:
                raise Refused(_("A score stays with its review."))
            self.check(self.review)

    def before_delete(self, session: Session) -> None:
        with session.no_autoflush:
            self.check(self.review)

    def check(self, review: Review | None) -> None:
        """Raises ``Refused`` when the days of its review are over."""
        if spoken() and review is not None and not review.open:
            raise Refused(CLOSED)


class ServiceAudit(Record):
    """One finished visit that a supervisor looks through: its steps, photos, slip and times. Drawn by lot, and once."""

    __label__ = _("Spot check")
    __plural__ = _("Spot checks")
    __icon__ = "ti-checks"
    __unique__ = (("visit_id",),)
    __indexes__ = (("state", "created_at"),)
    __called__ = ("visit",)
    __apart__ = ("percent",)
    __periods__ = (("from_on", "until_on"),)
    __refusals__: ClassVar[dict[str, Any]] = {"service_audit_visit_id_key": _("This visit was drawn already.")}

    visit_id: Mapped[int] = key("visit")
    visit: Mapped[Visit] = link(_("Visit"))
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"), readonly=True)
    worker_id: Mapped[int | None] = key("worker")
    worker: Mapped[Worker | None] = link(_("Carer"), readonly=True)
    from_on: Mapped[Day | None] = field(_("Drawn from"))
    until_on: Mapped[Day | None] = field(_("Drawn until"))
    percent: Mapped[Number | None] = field(_("Per cent drawn"))
    note: Mapped[Note | None] = field(_("What has to be put right"), "workflow", readonly=True)
    checked_at: Mapped[Moment | None] = field(_("Looked through at"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="drawn")

    def __str__(self) -> str:
        return str(self.visit)

    def before_create(self, session: Session) -> None:
        """It belongs to whom its visit belongs to. Raises ``NotInThisState`` for a visit that is not finished."""
        visit = like_visit(self, session)
        if visit is None:
            return
        if visit.state != "finished":
            raise NotInThisState(_("Only finished visits are looked through."))
        self.order_id, self.worker_id = visit.order_id, visit.worker_id

    def before_change(self, _session: Session, names: set[str]) -> None:
        if by_hand() and "visit" in names:
            raise Refused(_("A spot check stays with its visit."))

    def facts(self) -> dict[str, str]:
        """What messages about this check may say."""
        return {"visit": str(self.visit), "worker": str(self.worker), "note": self.note or ""}


def dimensions_of(session: Session, order: Order) -> list[ReviewDimension]:
    """What a review of an order's visits is asked about. The caller is trusted."""
    kind = select(ServiceKind.id).where(ServiceKind.code == order.kind)
    fitting = or_(ReviewDimension.kind_id.is_(None), ReviewDimension.kind_id.in_(kind))
    asked = select(ReviewDimension).where(ReviewDimension.active, fitting)
    return list(session.scalars(asked.order_by(ReviewDimension.position, ReviewDimension.id)))


def low_for(session: Session, store_id: int | None) -> int:
    """The stars at which, and below which, a review of a store is looked into. The caller is trusted."""
    store = session.get(Store, store_id) if store_id else None
    return LOW if store is None or store.low_score is None else store.low_score


def begin_dimensions(session: Session) -> None:
    """What a company begins with. The caller is trusted, and has found that it is new here."""
    if current().tenant_id and session.scalar(select(ReviewDimension.id).limit(1)) is None:
        rows = enumerate(DIMENSIONS, 1)
        session.add_all(ReviewDimension(name=zh, name_en=en, position=Decimal(n)) for n, (zh, en) in rows)
