"""The page where the family of an order says how a finished visit was: stars, words, and for some days another word."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.engine.errors import Missing, Refused
from app.extensions import db
from app.models.dispatch import Visit
from app.models.evaluation import STARS, Review, ReviewScore, dimensions_of
from app.models.order import Order
from app.models.organisation import Store
from app.portal.visitor import span, visiting
from app.web.enter import in_words, page
from app.web.screen import Screen, open_to_all
from app.workflows.evaluation import rate


class ReviewPage(Screen):
    """Big stars for one thumb; no login."""

    @expose("/c/<token>/rate/<int:pk>")
    @open_to_all
    def look(self, token: str, pk: int) -> Any:
        with visiting("customer", token, Order) as order:
            return page("portal/rate.html", **context(order, the_visit(order, pk), token))

    @expose("/c/<token>/rate/<int:pk>", methods=["POST"])
    @open_to_all
    def rate(self, token: str, pk: int) -> Any:
        with visiting("customer", token, Order) as order:
            visit = the_visit(order, pk)
            try:
                form = request.form
                named = {d.id: form.get(f"d{d.id}", "") for d in dimensions_of(db.session, order)}
                scores = {n: stars(text) for n, text in named.items() if text}
                rate(db.session, visit, stars(form.get("score", "")), scores, form.get("said", ""))
                db.session.commit()
            except (Refused, IntegrityError) as failed:
                db.session.rollback()
                refused = failed if isinstance(failed, Refused) else in_words(failed)
                return page("portal/rate.html", refused.status, wrong=str(refused), given=form, **context(order, visit, token))
            flash(_("Thank you. Your review is kept."), "success")
        return redirect(f"/c/{token}")


def stars(text: str) -> int:
    """One to five. Raises ``Refused``."""
    if text not in ("1", "2", "3", "4", "5"):
        raise Refused(STARS)
    return int(text)


def the_visit(order: Order, pk: int) -> Visit:
    """A finished visit of this order, and of no other. Raises ``Missing``."""
    asked = select(Visit).where(Visit.id == pk, Visit.order_id == order.id, Visit.state == "finished")
    visit: Visit | None = db.session.scalars(asked).first()
    if visit is None:
        raise Missing(_("A visit is reviewed once it is finished."))
    return visit


def context(order: Order, visit: Visit, token: str) -> dict[str, Any]:
    review = db.session.scalars(select(Review).where(Review.visit_id == visit.id)).first()
    kept: dict[int, int] = {}
    if review is not None:
        kept = {s.dimension_id: s.score for s in db.session.scalars(select(ReviewScore).where(ReviewScore.review_id == review.id))}
    shop = db.session.get(Store, order.store_id) if order.store_id else None
    return {
        "token": token, "pk": visit.id, "page_title": _("How was this visit?"), "worker": visit.worker.name, "service": str(order.service),
        "span": span(visit.actual_start or visit.starts_at, visit.actual_end or visit.ends_at), "office": (shop and shop.phone) or "",
        "score": review.score if review else 0, "message": (review and review.message) or "", "open": review is None or review.open,
        "dimensions": [{"id": d.id, "name": str(d), "score": kept.get(d.id, 0)} for d in dimensions_of(db.session, order)],
    }  # fmt: skip
