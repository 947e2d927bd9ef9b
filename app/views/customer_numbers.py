"""Customers in numbers: new and served by day, week and month, and how many come back; behind every number its customers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import values
from app.engine.clock import today
from app.engine.errors import Missing
from app.engine.periods import month
from app.engine.present import label
from app.extensions import db
from app.web.cells import cell
from app.web.enter import wants_json
from app.web.screen import Screen, allowed
from app.workflows.customer_numbers import MONTHS, SPANS, able, cohorts, new_and_served, of_cohort, served

WORDS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
LONGEST = timedelta(days=31)


class CustomerNumbersScreen(Screen):
    """``/customer_numbers/``. Each number leads to the customers it counts, and is what that list holds."""

    statistics = ((_("New, served and returning customers"), "/customer_numbers/", able),)

    @expose("/customer_numbers/")
    @allowed(able)
    def index(self) -> Any:
        span = request.args.get("span", "day")
        if span not in SPANS:
            raise Missing
        rows = [line(*one) for one in new_and_served(db.session, span)]
        table = [cohort(began, found) for began, found in cohorts(db.session)]
        if wants_json():
            return jsonify(span=span, rows=rows, cohorts=table)
        return self.render(
            "customer_numbers.html", page_title=_("Customers in numbers"), rows=rows, span=span, cohorts=table, months=range(MONTHS),
            spans=[(s, str(w), f"/customer_numbers/?span={s}") for s, w in WORDS.items()],
            most=max([n for r in rows for n in (r["new"], r["served"])], default=0) or 1,
        )  # fmt: skip

    @expose("/customer_numbers/served")
    @allowed(able)
    def served(self) -> Any:
        first, last = day("first"), day("last")
        if not first <= last <= first + LONGEST:
            raise Missing
        title = _("Served from %(first)s to %(last)s", first=first, last=last)
        return listed(self, title, served(db.session, first, last))

    @expose("/customer_numbers/cohort")
    @allowed(able)
    def cohort(self) -> Any:
        began, after = day("first"), request.args.get("after", "")
        if began.day != 1 or not after.isdecimal() or int(after) >= MONTHS:
            raise Missing
        title = _("First order in %(month)s, and again %(after)s months later", month=f"{began:%Y-%m}", after=after)
        return listed(self, title, of_cohort(db.session, began, int(after)))


def day(name: str) -> date:
    return values.day(request.args.get(name) or "-")


def line(first: date, last: date, new: int, done: int) -> dict[str, Any]:
    return {
        "first": str(first), "last": str(last), "label": f"{first:%m-%d}" if first == last else f"{first:%m-%d} – {last:%m-%d}",
        "new": new, "served": done, "new_url": f"/customer/list?created_at.ge={first}&created_at.le={last}",
        "served_url": f"/customer_numbers/served?first={first}&last={last}",
    }  # fmt: skip


def cohort(began: date, found: dict[int, int]) -> dict[str, Any]:
    """One line: the month, how many began in it, and of these how many came back; months still ahead are empty."""
    size, over = found.get(0, 0), (today().year - began.year) * 12 + today().month - began.month
    cells = [
        {
            "n": found.get(n, 0), "percent": round(100 * found.get(n, 0) / size) if size else 0,
            "url": f"/customer_numbers/cohort?first={began}&after={n}",
        }
        for n in range(over + 1)
    ]  # fmt: skip
    return {"month": f"{began:%Y-%m}", "size": size, "cells": cells, "last": str(month(began, 1) - timedelta(days=1))}


def listed(screen: CustomerNumbersScreen, title: Any, found: list[Any]) -> Any:
    names = ("stage", "district", "owner")
    rows = [{"name": label(c), "url": f"/customer/show/{c.id}", "cells": [cell(c, n) for n in names]} for c in found]
    if wants_json():
        return jsonify(count=len(rows), result=[{"id": c.id, "name": label(c)} for c in found])
    return screen.render("customer_numbers_list.html", page_title=title, rows=rows)
