"""What follows from a review: the order's stars, and somebody who looks into a low one. And spot checks, drawn by lot."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.clock import bounds, now
from app.engine.errors import NotInThisState, Refused
from app.engine.outbox import Notice, reaction
from app.engine.record import hold
from app.engine.workflow import State, Workflow, step
from app.models.complaint import Complaint
from app.models.dispatch import Visit
from app.models.evaluation import CLOSED, NOT_DONE, STARS, Review, ReviewScore, ServiceAudit, dimensions_of, low_for
from app.models.order import Order

LONGEST = 1000  # letters of a message


class ServiceAuditFlow(Workflow[ServiceAudit]):
    """Drawn, returned with a note, passed."""

    drawn = State(_("To be looked through"), "wait", initial=True)
    returned = State(_("Returned"), "bad", locks="basic")
    passed = State(_("Passed"), "done", final=True, locks="basic")

    @step(_("Pass"), drawn, returned, to=passed)
    def pass_it(self) -> None:
        self.record.checked_at = now()

    @step(_("Return"), drawn, to=returned, fields={"note": _("What has to be put right")})
    def send_back(self, note: str) -> None:
        self.record.note, self.record.checked_at = note, now()


def rate(session: Session, visit: Visit, score: int, by_dimension: dict[int, int], message: str) -> Review:
    """Make the review of a visit, or change it while it is open. The caller is trusted, and commits. Raises ``Refused``."""
    if any(not 1 <= s <= 5 for s in (score, *by_dimension.values())):
        raise Refused(STARS)
    hold(session, visit)  # of one form sent twice the second finds what the first made
    if visit.state != "finished":
        raise NotInThisState(NOT_DONE)
    said = message.strip()[:LONGEST] or None
    review = session.scalars(select(Review).where(Review.visit_id == visit.id)).first()
    if review is None:
        review = Review(visit=visit, visit_id=visit.id, score=score, message=said)
        session.add(review)
    elif not review.open:
        raise Refused(CLOSED)
    else:
        review.score, review.message = score, said
    session.flush()
    there = {s.dimension_id: s for s in session.scalars(select(ReviewScore).where(ReviewScore.review_id == review.id))}
    for one in dimensions_of(session, visit.order):
        stars, known = by_dimension.get(one.id), there.get(one.id)
        if stars is not None and known is None:
            session.add(ReviewScore(review=review, review_id=review.id, dimension=one, dimension_id=one.id, score=stars))
        elif stars is not None and known is not None:
            known.score = stars
    session.flush()
    return review


@reaction("review.made")
@reaction("review.changed")
def follow_up(session: Session, notice: Notice) -> None:
    """The order's stars follow its reviews; a low one is investigated, once. A notice told twice changes nothing."""
    review = session.get(Review, notice.record_id)
    order = session.get(Order, review.order_id) if review is not None and review.order_id else None
    if review is None or order is None:
        return
    hold(session, order)  # of two notices at once the second counts what the first saw
    mean = session.scalar(select(func.avg(Review.score)).where(Review.order_id == order.id))
    stars = int(Decimal(mean or review.score).quantize(Decimal(1), ROUND_HALF_UP))
    if order.rating != stars:
        order.rating = stars
    session.flush()
    if review.score <= low_for(session, review.store_id):
        investigate(session, review, order)


def investigate(session: Session, review: Review, order: Order) -> None:
    """Open the complaint of a low review, unless it is there: the database holds to one as well."""
    if session.scalars(select(Complaint).where(Complaint.review_id == review.id)).first() is not None:
        return
    said = f"{'★' * review.score}{'☆' * (5 - review.score)} {review.message or ''}".strip()
    session.add(
        Complaint(
            customer=order.customer, customer_id=order.customer_id, kind="low_score", level="2", said=said, order_id=order.id,
            worker_id=review.worker_id, review=review, review_id=review.id,
        )
    )  # fmt: skip
    session.flush()


def draw(session: Session, begin: date, until: date, percent: Decimal) -> list[ServiceAudit]:
    """Draw so many per cent of the visits finished in some days, at least one, of those not drawn before. Raises ``Refused``."""
    if not 0 < percent <= 100:
        raise Refused(_("Per cent are between 0 and 100."))
    if until < begin:
        raise Refused(_("The end must come after the start."))
    among = Visit.state == "finished", Visit.finished_at >= bounds(begin)[0], Visit.finished_at < bounds(until)[1]
    total = session.scalar(select(func.count()).select_from(Visit).where(*among)) or 0
    wanted = max(1, int((total * percent / 100).to_integral_value(ROUND_CEILING)))
    left = select(Visit).where(*among, Visit.id.not_in(select(ServiceAudit.visit_id))).order_by(func.random()).limit(wanted)
    made = [ServiceAudit(visit=v, visit_id=v.id, from_on=begin, until_on=until, percent=percent) for v in session.scalars(left)]
    if not made:
        raise Refused(_("No finished visit of these days is left to draw."))
    session.add_all(made)
    session.flush()
    return made
