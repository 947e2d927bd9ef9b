"""The bill of care days as the family reads it: each day in plain words, what rested and why, who came, what is left to pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models.care_day import CareBill, CareDay
from app.models.care_sums import NONE
from app.models.organisation import Store
from app.models.payment import Receivable
from app.portal.visitor import visiting
from app.web.cells import shown
from app.web.enter import page
from app.web.screen import Screen, open_to_all

WEEK = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


class BillPage(Screen):
    """No login, no pay, no margin."""

    @expose("/bill/<token>")
    @open_to_all
    def bill(self, token: str) -> Any:
        with visiting("bill", token, CareBill) as bill:
            return page("portal/bill.html", **context(bill))


def context(bill: CareBill) -> dict[str, Any]:
    asked = select(CareDay).where(CareDay.billed_id == bill.id).order_by(CareDay.on_day, CareDay.from_hour, CareDay.id)
    rows, order = list(db.session.scalars(asked)), bill.order
    owed = db.session.scalars(select(Receivable).where(Receivable.order_id == bill.order_id)).first()
    store = db.session.get(Store, bill.store_id) if bill.store_id else None
    rests = len({r.on_day for r in rows if r.kind == "paused"})
    dates = len({r.on_day for r in rows})
    words = _("%(n)s days", n=dates) if not rests else _("%(n)s days, %(rests)s of them resting and free", n=dates, rests=rests)
    return {
        "page_title": _("Your bill"), "service": str(order.service), "span": f"{bill.since:%m-%d} – {bill.until:%m-%d}", "summary": words,
        "amount": shown("money", bill.amount), "number": bill.number, "order": order.number, "days": [one(r) for r in rows],
        "people": people(rows), "store": str(store or ""), "office": (store and store.phone) or "",
        "owed": shown("money", owed.amount) if owed else "", "paid": shown("money", owed.paid) if owed else "",
        "left": shown("money", owed.arrears) if owed else "", "owes": bool(owed and owed.arrears > 0),
    }  # fmt: skip


def one(row: CareDay) -> dict[str, Any]:
    """A line in words: a part of a day says its hours, a pause and a correction say why."""
    paused, corrected = row.kind == "paused", row.corrects_id is not None
    part = row.hours < row.full_hours and not corrected and not paused
    hours = _("%(n)s of %(all)s hours", n=plain(row.hours), all=plain(row.full_hours)) if part else ""
    return {
        "day": f"{row.on_day:%m-%d}", "week": str(WEEK[row.on_day.weekday()]), "who": str(row.worker), "hours": str(hours),
        "rest": str(_("Rested, not charged: %(why)s", why=row.reason or "")) if paused else "",
        "why": str(_("Corrected: %(why)s", why=row.reason or "")) if corrected else "", "amount": shown("money", row.bill),
    }  # fmt: skip


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def people(rows: list[CareDay]) -> list[dict[str, str]]:
    """Who came, for how many days, and what that comes to."""
    found: dict[str, list[CareDay]] = {}
    for row in rows:
        found.setdefault(str(row.worker), []).append(row)
    made = []
    for name, theirs in found.items():
        days = sum((r.hours / r.full_hours for r in theirs if r.kind != "paused" and r.corrects_id is None), NONE)
        amount = sum((r.bill or NONE for r in theirs), NONE)
        made.append({"name": name, "days": str(_("%(n)s days", n=f"{days:.1f}".removesuffix(".0"))), "amount": shown("money", amount)})
    return made
