"""A carer's reviews on one tab: means by dimension, the course of the months, the last words. And the page where spot checks are drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine import policy, query, values
from app.engine.clock import today
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.groups import apart
from app.engine.groups import shown as value_of
from app.engine.present import label
from app.extensions import db
from app.models.evaluation import Review, ReviewDimension, ReviewScore, ServiceAudit
from app.models.worker import Worker
from app.web.cells import cell
from app.web.charts import drilled
from app.web.enter import page
from app.web.figures import Figure, tiles
from app.web.screen import Screen, allowed
from app.workflows.evaluation import draw

LAST, MONTHS = 10, 24  # messages, and months of the trend
PERCENT, DAYS = "10", 30  # what the form of a draw begins with


def draws() -> bool:
    return policy.may(ServiceAudit, "can:add")


class ReviewTab(Screen):
    """What clients say of one carer, as far as the reader may know."""

    @expose("/worker/reviews/<int:pk>")
    @allowed()
    def reviews(self, pk: int) -> Any:
        worker = found(pk)
        told: dict[str, Any] = {"dimensions": means(pk), "whole": whole(pk), "trend": compares(Review, "worker", "score", "created_at")}
        layout = "base.html" if request.args else "parts/bare.html"
        return page("worker/reviews.html", layout=layout, title=label(worker), worker=pk, last=last(pk), **told)

    @expose("/worker/trend/<int:pk>")
    @allowed()
    def trend(self, pk: int) -> Any:
        """Mean stars by month."""
        found(pk)
        if not compares(Review, "worker", "score", "created_at"):
            raise Forbidden
        [key], [score] = apart(Review, ["created_at:month"], ["score"], [query.where(Review, "worker", "eq", str(pk))])
        mean = func.avg(score)
        asked = select(key.label("key"), mean.label("value")).group_by(key).order_by(key.desc()).limit(MONTHS)
        rows = [{"key": k, "label": k, "value": round(float(m), 2), "url": behind(pk, k)} for k, m in db.session.execute(asked) if k and m]
        return jsonify(title=str(_("Stars by month")), kind="line", money=False, rows=rows[::-1])


class AuditDraw(Screen):
    """Spot checks begin here: so many per cent of some days, by lot."""

    doors = ((49, _("Draw spot checks"), "ti-checks", "/audits/", draws),)

    @expose("/audits/")
    @allowed(draws)
    def audits(self) -> Any:
        return self.render("audits.html", **context())

    @expose("/audits/draw", methods=["POST"])
    @allowed(draws)
    def draw(self) -> Any:
        form = request.form
        try:
            days = [values.day(form.get(name, "")) for name in ("from", "until")]
            made = draw(db.session, days[0], days[1], values.number(form.get("percent", "").strip() or PERCENT))
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            return page("audits.html", refused.status, wrong=str(refused), **context())
        flash(_("Drawn: %(n)s visits.", n=len(made)), "success")
        return redirect("/service_audit/list?state.in=drawn,returned&sort=created_at")


def context() -> dict[str, Any]:
    """The form as it was sent, or as it begins."""
    begins = {"from": str(today() - timedelta(days=DAYS)), "until": str(today()), "percent": PERCENT}
    figures = [
        Figure(_("To be looked through"), ServiceAudit, "state=drawn&sort=created_at", tint="wait"),
        Figure(_("Returned"), ServiceAudit, "state=returned&sort=checked_at", tint="bad"),
        Figure(_("Passed"), ServiceAudit, "state=passed&sort=-checked_at", tint="done"),
    ]
    given = {n: request.form.get(n, "")[:20] or text for n, text in begins.items()}
    return {"given": given, "tiles": tiles(figures), "page_title": _("Draw spot checks")}


def found(pk: int) -> Worker:
    """The carer, for whoever sees the row. Raises ``Missing``."""
    if not policy.opens(Worker):
        raise Forbidden
    worker: Worker | None = query.find(db.session, Worker, pk)
    if worker is None:
        raise Missing
    return worker


def compares(model: Any, *names: str) -> bool:
    return policy.opens(model) and policy.comparable(model, [*names]) == [*names]


def behind(pk: int, month: str) -> str:
    """The list of a carer's reviews of one month."""
    days = "&".join(f"{name}.{how}={value}" for name, how, value in drilled("created_at:month", month))
    return f"/review/list?worker={pk}&{days}"


def whole(pk: int) -> tuple[str, int] | None:
    """Mean stars and how many gave them; None for whoever may not compare them, or where there are none."""
    if not compares(Review, "worker", "score"):
        return None
    value = value_of(Review, "score")
    mean, count = db.session.execute(
        select(func.avg(value), func.count(value)).select_from(Review).where(query.where(Review, "worker", "eq", str(pk)))
    ).one()
    return (f"{float(mean):.1f}", count) if count else None


def means(pk: int) -> list[dict[str, Any]]:
    """Mean stars of each dimension and how many gave them, in the order in which they are asked."""
    if not compares(ReviewScore, "worker", "dimension", "score"):
        return []
    key, value = value_of(ReviewScore, "dimension"), value_of(ReviewScore, "score")
    rows = select(key, func.avg(value), func.count(value)).select_from(ReviewScore)
    given = rows.where(query.where(ReviewScore, "worker", "eq", str(pk)), value.is_not(None), key.is_not(None)).group_by(key)
    made = {k: (mean, n) for k, mean, n in db.session.execute(given)}
    asked = select(ReviewDimension).where(ReviewDimension.id.in_(made)).order_by(ReviewDimension.position, ReviewDimension.id)
    return [
        {
            "name": label(d), "mean": f"{float(made[d.id][0]):.1f}", "count": made[d.id][1],
            "url": f"/review_score/list?worker={pk}&dimension={d.id}",
        }
        for d in (db.session.scalars(asked) if made else ())
    ]  # fmt: skip


def last(pk: int) -> list[dict[str, Any]]:
    """The last reviews with words."""
    if not compares(Review, "worker", "message"):
        return []
    asked = select(Review).where(query.where(Review, "worker", "eq", str(pk)), query.where(Review, "message", "empty", "0"))
    rows = db.session.scalars(asked.order_by(Review.id.desc()).limit(LAST))
    return [{"url": f"/review/show/{r.id}", **{n: cell(r, n).shown for n in ("score", "message", "created_at", "customer")}} for r in rows]
