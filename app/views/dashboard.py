"""The board of those who lead: today in figures, and the year in charts with the list behind every bar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import query
from app.engine.charts import Chart
from app.engine.clock import today
from app.engine.errors import Missing
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.payment import Receipt, Receivable
from app.web.charts import chart_json
from app.web.figures import Figure, tiles
from app.web.screen import Screen, allowed, has_role

DAYS = 30
leads = has_role("manager", "admin", "head_office", "finance")
CHARTS: list[tuple[Any, Chart]] = [
    (Order, Chart(_("New orders by day"), by="created_at:day", kind="line", limit=DAYS)),
    (Order, Chart(_("Orders by state"), by="state")),
    (Order, Chart(_("Orders by service"), by="service", order="value")),
    (Order, Chart(_("Orders by district"), by="district", order="value")),
    (Order, Chart(_("Amount by month"), by="starts_at:month", measure="amount", kind="line")),
    (Receipt, Chart(_("Receipts by month"), by="received_on:month", measure="amount", kind="line")),
]


class DashboardScreen(Screen):
    """Figures for all who answer for a store, a company or its money."""

    doors = ((30, _("Dashboard"), "ti-chart-bar", "/dashboard/", leads),)
    statistics = ((_("Today, and the year"), "/dashboard/", leads),)  # where the menu of statistics leads as well

    @expose("/dashboard/")
    @allowed(leads)
    def dashboard(self) -> Any:
        charts = [f"/dashboard/chart/{n}" for n, (model, chart) in enumerate(CHARTS) if chart.open_to(model)]
        return self.render("dashboard.html", tiles=tiles(figures()), charts=charts, page_title=_("Dashboard"))

    @expose("/dashboard/chart/<int:index>")
    @allowed(leads)
    def chart(self, index: int) -> Any:
        if index >= len(CHARTS):
            raise Missing
        model, chart = CHARTS[index]
        return chart_json(chart, model, since(model, chart) if chart.open_to(model) else [])


def since(model: Any, chart: Chart) -> list[Any]:
    """Days go back a month, months a year; both in whole bars, so each equals its list."""
    form = chart.by.partition(":")[2]
    if not form:
        return []
    first = today() - timedelta(days=DAYS - 1) if form == "day" else year_ago(today())
    return [query.where(model, chart.field, "ge", str(first))]


def year_ago(day: date) -> date:
    """The first day of the month eleven months back: with this month, twelve."""
    return day.replace(year=day.year - 1, month=day.month + 1, day=1) if day.month < 12 else day.replace(month=1, day=1)


def figures() -> list[Figure]:
    day = today()
    return [
        Figure(_("New orders today"), Order, f"created_at={day}", tint="plan"),
        Figure(_("New customers today"), Customer, f"created_at={day}", tint="plan"),
        Figure(_("Visits today"), Visit, f"starts_at={day}", tint="run"),
        Figure(_("Visits done today"), Visit, f"finished_at={day}", tint="done"),
        Figure(_("Receipts today"), Receipt, f"received_on={day}", "amount", "done"),
        Figure(_("Arrears"), Receivable, "arrears.gt=0", "arrears", "bad"),
        Figure(_("Overdue bills"), Receivable, f"due_on.lt={day}&arrears.gt=0", tint="bad"),
    ]
