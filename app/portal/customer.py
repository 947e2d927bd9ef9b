"""The customer's page: who comes, when, where they are now, and what it came to. Large words, no login, live."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.clock import local, today
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.organisation import Store
from app.models.payment import Receivable
from app.extensions import db
from app.portal.visitor import visiting
from app.web.cells import moment, shown
from app.web.enter import page
from app.web.realtime import stream
from app.web.screen import Screen, open_to_all


class CustomerPage(Screen):
    """What the family of one order sees."""

    @expose("/c/<token>")
    @open_to_all
    def order(self, token: str) -> Any:
        with visiting("customer", token, Order) as order:
            return page("portal/customer.html", **context(order, token))

    @expose("/c/<token>/state")
    @open_to_all
    def state(self, token: str) -> Any:
        """The changing part alone, for a page that cannot hold a stream open."""
        with visiting("customer", token, Order) as order:
            return jsonify({k: v for k, v in context(order, token).items() if k != "page_title"})

    @expose("/c/<token>/part")
    @open_to_all
    def part(self, token: str) -> Any:
        with visiting("customer", token, Order) as order:
            return page("portal/customer_part.html", **context(order, token))

    @expose("/c/<token>/live")
    @open_to_all
    def live(self, token: str) -> Any:
        with visiting("customer", token, Order) as order:
            name = f"{order.tenant_id}:order:{order.id}"
        return stream(name)


def context(order: Order, token: str) -> dict[str, Any]:
    last = select(Visit).where(Visit.order_id == order.id, Visit.state.not_in(FREE)).order_by(Visit.id.desc()).limit(1)
    visit = db.session.scalars(last).first()
    owed = db.session.scalars(select(Receivable).where(Receivable.order_id == order.id)).first()
    store = db.session.get(Store, order.store_id) if order.store_id else None
    promised = visit is not None and visit.state != "offered"
    marks = [
        (_("Booked"), order.created_at), (_("Carer found"), visit.accepted_at if visit else None),
        (_("On the way"), visit.set_out_at if visit else None), (_("At your home"), visit.checked_in_at if visit else None),
        (_("Done"), visit.finished_at if visit else None),
    ]  # fmt: skip
    reached = max(n for n, (_label, at) in enumerate(marks) if at)
    return {
        "token": token, "number": order.number, "service": str(order.service), "day": day(order), "span": span(order),
        "answer": answer(order, visit), "cancelled": order.state == "cancelled", "reached": reached,
        "marks": [{"label": str(w), "at": moment(at) if at else "", "done": n <= reached, "now": n == reached} for n, (w, at) in enumerate(marks)],
        "carer": {"name": str(visit.worker), "initial": str(visit.worker)[:1], "rating": shown("number", visit.worker.rating)} if visit and promised else None,
        "amount": shown("money", owed.amount) if owed else "", "arrears": shown("money", owed.arrears) if owed else "",
        "owes": bool(owed and owed.arrears > 0), "office": store.phone if store else "", "store": str(store or ""),
        "page_title": str(order.service),
    }  # fmt: skip


def answer(order: Order, visit: Visit | None) -> str:
    """The one thing the family wants to know, in a few words."""
    if order.state == "cancelled":
        return str(_("Cancelled"))
    if visit is None or visit.state == "offered":
        return str(_("We are finding a carer"))
    words = {
        "accepted": _("%(name)s comes %(when)s", name=visit.worker, when=f"{day(order)} {local(visit.starts_at):%H:%M}"),
        "on_the_way": _("%(name)s is on the way", name=visit.worker), "on_site": _("%(name)s is with you", name=visit.worker),
    }  # fmt: skip
    return str(words.get(visit.state, _("Done. Thank you.")))


def day(order: Order) -> str:
    there = local(order.starts_at).date()
    distance = (there - today()).days
    return str({0: _("today"), 1: _("tomorrow")}.get(distance, f"{there:%m-%d}"))


def span(order: Order) -> str:
    """``10:30–12:00``, or the two days of a longer service."""
    start, end = local(order.starts_at), local(order.ends_at or order.starts_at)
    return f"{start:%H:%M}–{end:%H:%M}" if start.date() == end.date() else f"{start:%m-%d %H:%M} – {end:%m-%d %H:%M}"
