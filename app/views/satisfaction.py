"""The board of satisfaction: stars by store, carer and month, and why customers complained; each bar leads to its list."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine import policy, query
from app.engine.charts import Chart
from app.engine.clock import today
from app.engine.errors import Forbidden, Missing
from app.engine.groups import shown as value_of
from app.engine.present import label
from app.engine.record import record_named
from app.extensions import db
from app.models.care import ReturnVisit
from app.models.complaint import Complaint, Correction
from app.models.order import Order
from app.web.cells import choices
from app.web.charts import chart_json
from app.web.figures import Figure, tiles
from app.web.links import link_to
from app.web.screen import Screen, allowed, has_role

leads = has_role("manager", "admin", "head_office", "agent")
CHARTS: list[tuple[Any, Chart]] = [
    (Complaint, Chart(_("Complaints by cause"), by="cause", order="value")),
    (Complaint, Chart(_("Complaints by month"), by="created_at:month", kind="line")),
    (ReturnVisit, Chart(_("How customers feel"), by="feeling")),
    (Complaint, Chart(_("Complaints by carer"), by="worker", order="value")),
]


class SatisfactionScreen(Screen):
    """For those who answer for it."""

    doors = ((43, _("Satisfaction"), "ti-star", "/satisfaction/", leads),)
    statistics = ((_("Satisfaction"), "/satisfaction/", leads),)

    @expose("/satisfaction/")
    @allowed(leads)
    def board(self) -> Any:
        charts = [f"/satisfaction/chart/{n}" for n, (model, chart) in enumerate(CHARTS) if chart.open_to(model)]
        scores = [
            table for table in (
                means(_("Stores: stars for us"), ReturnVisit, "store", "score_company"),
                means(_("Stores: stars for the carers"), ReturnVisit, "store", "score_worker"),
                means(_("Carers: stars of return visits"), ReturnVisit, "worker", "score_worker"),
                means(_("Stores: stars of orders"), Order, "store", "rating"),
            ) if table
        ]  # fmt: skip
        return self.render(
            "satisfaction.html", tiles=tiles(figures()), charts=charts, scores=scores, causes=causes(), page_title=_("Satisfaction")
        )

    @expose("/satisfaction/chart/<int:index>")
    @allowed(leads)
    def chart(self, index: int) -> Any:
        if index >= len(CHARTS):
            raise Missing
        model, chart = CHARTS[index]
        return chart_json(chart, model, [])

    @expose("/complaint/page/<int:pk>")
    @allowed()
    def customers_page(self, pk: int) -> Any:
        """What the customer of a complaint sees, at the address that the customer gets."""
        found = query.find(db.session, Complaint, pk) if policy.opens(Complaint) else None
        if found is None:
            raise Missing
        if not policy.may(Complaint, "step:solve", found):
            raise Forbidden
        return redirect(current_app.config["PUBLIC_URL"] + link_to("complaint", found))


def figures() -> list[Figure]:
    day = today()
    return [
        Figure(_("Return visits due"), ReturnVisit, f"state=planned&due_on.le={day}&sort=due_on", tint="wait"),
        Figure(_("Being put right"), ReturnVisit, "state.in=correcting,replacing", tint="run"),
        Figure(_("Open complaints"), Complaint, "state.in=opened,handling&sort=due_at", tint="bad"),
        Figure(_("Complaints handed up"), Complaint, "escalated_at.empty=0&state.in=opened,handling", tint="bad"),
        Figure(_("Complaints this month"), Complaint, f"created_at.ge={day:%Y-%m-01}", tint="plan"),
        Figure(_("Open corrections"), Correction, "state=todo&sort=due_on", tint="wait"),
    ]


def means(title: Any, model: Any, by: str, score: str) -> dict[str, Any] | None:
    """Mean stars and how many gave them, the lowest first; nothing for whoever may not compare them."""
    if not policy.opens(model) or policy.comparable(model, [by, score]) != [by, score]:
        return None
    key, value = value_of(model, by), value_of(model, score)
    rows = select(key, func.avg(value), func.count(value)).select_from(model).where(value.is_not(None), key.is_not(None))
    found = db.session.execute(rows.group_by(key).order_by(func.avg(value), key).limit(20)).all()
    target = record_named(by)
    names = {r.id: label(r) for r in db.session.scalars(select(target).where(target.id.in_([k for k, _m, _n in found])))} if found else {}
    return {
        "title": title,
        "rows": [
            {
                "name": names[k], "mean": f"{float(mean):.1f}", "count": n, "low": float(mean) < 3.5,
                "url": f"/{model.__tablename__}/list?{by}={k}&{score}.empty=0",
            }
            for k, mean, n in found if k in names
        ],
    }  # fmt: skip


def causes() -> list[dict[str, Any]] | None:
    """The causes of this month's complaints, the most frequent first, with the corrections that are to end them."""
    if policy.comparable(Complaint, ["cause", "created_at"]) != ["cause", "created_at"]:
        return None
    first, key = f"{today():%Y-%m-01}", value_of(Complaint, "cause")
    where = [query.where(Complaint, "created_at", "ge", first), key.is_not(None)]
    rows = select(key, func.count()).select_from(Complaint).where(*where).group_by(key).order_by(func.count().desc(), key)
    counted, fixes = [tuple(row) for row in db.session.execute(rows)], corrections()
    words = dict(choices(Complaint, "cause"))
    return [
        {
            "label": str(words.get(cause, cause)), "count": n, "url": f"/complaint/list?cause={cause}&created_at.ge={first}",
            "fixes": fixes.get(cause, []), "add": f"/correction/add?cause={cause}" if policy.may(Correction, "can:add") else "",
        }
        for cause, n in counted
    ]  # fmt: skip


def corrections() -> dict[str, list[dict[str, str]]]:
    made: dict[str, list[dict[str, str]]] = {}
    if policy.opens(Correction) and policy.comparable(Correction, ["cause", "state"]) == ["cause", "state"]:
        for one in db.session.scalars(select(Correction).where(query.where(Correction, "state", "eq", "todo")).order_by(Correction.id)):
            made.setdefault(one.cause, []).append({"name": label(one), "url": f"/correction/show/{one.id}"})
    return made
