"""The customer's page: who comes, when, where they are now, and what it came to. Large words, no login, live."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.clock import local
from app.engine.fields import fields_of
from app.extensions import db
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.organisation import Store
from app.models.payment import Receivable
from app.models.worker import Worker
from app.portal.visitor import day, span, visiting
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
        """Where it stands, as plain data."""
        with visiting("customer", token, Order) as order:
            answer = jsonify({k: v for k, v in context(order, token).items() if k not in ("page_title", "token")})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/c/<token>/part")
    @open_to_all
    def part(self, token: str) -> Any:
        """The changing part of the page alone."""
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
    return {
        "token": token, "number": order.number, "service": str(order.service), "page_title": str(order.service),
        "span": span(order.starts_at, order.ends_at), "answer": answer(order, visit), "since": since(visit),
        "cancelled": order.state == "cancelled", "marks": marks(order, visit),
        "carer": carer(visit) if visit and visit.state != "offered" else None,
        "amount": shown("money", owed.amount) if owed else "", "arrears": shown("money", owed.arrears) if owed else "",
        "owes": bool(owed and owed.arrears > 0), "office": (store and store.phone) or "", "store": str(store or ""),
    }  # fmt: skip


def carer(visit: Visit) -> dict[str, str]:
    """Who comes, as far as a family may know: no phone, no pay."""
    worker = visit.worker
    grade, rating = str((fields_of(Worker)["grade"].choices or {}).get(worker.grade, "")), shown("number", worker.rating)
    return {"name": worker.name, "initial": worker.name[:1], "grade": grade, "rating": rating}


def marks(order: Order, visit: Visit | None) -> list[dict[str, Any]]:
    """The steps, each with the moment it was reached."""
    found = [
        (_("Booked"), order.created_at), (_("Carer found"), visit and visit.accepted_at),
        (_("On the way"), visit and visit.set_out_at), (_("At your home"), visit and visit.checked_in_at),
        (_("Done"), visit and visit.finished_at),
    ]  # fmt: skip
    reached = max(n for n, (_label, at) in enumerate(found) if at)
    return [
        {"label": str(label), "at": moment(at) if at else "", "done": n <= reached, "now": n == reached}
        for n, (label, at) in enumerate(found)
    ]


def answer(order: Order, visit: Visit | None) -> str:
    """The one thing the family wants to know, in a few words."""
    if order.state == "cancelled":
        return str(_("Cancelled"))
    if visit is None or visit.state == "offered":
        return str(_("We are finding a carer"))
    when = f"{day(visit.starts_at)} {local(visit.starts_at):%H:%M}"
    words = {
        "accepted": _("%(name)s comes %(when)s", name=visit.worker, when=when),
        "on_the_way": _("%(name)s is on the way", name=visit.worker),
        "on_site": _("%(name)s is with you", name=visit.worker),
    }
    return str(words.get(visit.state, _("Done. Thank you.")))


def since(visit: Visit | None) -> str:
    """Since when it stands so."""
    kept = {"on_the_way": "set_out_at", "on_site": "checked_in_at"}.get(visit.state if visit else "")
    at = getattr(visit, kept) if kept else None
    return str(_("since %(time)s", time=moment(at))) if at else ""
