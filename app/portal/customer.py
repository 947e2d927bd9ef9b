"""The customer's page: who comes, when, where they are now, and what it came to. Large words, no login, live."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import values
from app.engine.clock import local
from app.engine.errors import Missing, NotInThisState, Refused
from app.engine.fields import fields_of
from app.extensions import db
from app.models.charge import DEEDS, Charge
from app.models.dispatch import FREE, Visit
from app.models.evaluation import Review
from app.models.order import MOVABLE, Order
from app.models.organisation import Store
from app.models.payment import Receivable
from app.models.tracking import VisitTap
from app.models.worker import Worker
from app.portal.visitor import day, span, visiting
from app.portal.words import said, talk
from app.web.cells import moment, shown
from app.web.enter import page
from app.web.files import sent
from app.web.realtime import stream
from app.web.screen import Screen, open_to_all
from app.workflows.charges import change, fee_for
from app.workflows.worker_card import photo_of

MOST = 5  # finished visits of one order that may be reviewed on its page


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

    @expose("/c/<token>/face")
    @open_to_all
    def face(self, token: str) -> Any:
        """The picture of the carer who comes, once one has accepted."""
        with visiting("customer", token, Order) as order:
            visit = latest(order)
            found = photo_of(db.session, visit.worker) if visit is not None and visit.state != "offered" else None
            if found is None:
                raise Missing
            return sent(found)

    @expose("/c/<token>/say", methods=["POST"])
    @open_to_all
    def say(self, token: str) -> Any:
        """A word to the carer and the office."""
        with visiting("customer", token, Order) as order:
            visit = latest(order)
            if visit is None:
                raise NotInThisState(_("Nobody is chosen yet. Call the office."))
            if wrong := said(visit, "customer"):
                return page("portal/customer.html", wrong.status, wrong=str(wrong), **context(order, token))
            return redirect(f"/c/{token}")

    @expose("/c/<token>/change")
    @open_to_all
    def changing(self, token: str) -> Any:
        """What moving and cancelling cost now."""
        with visiting("customer", token, Order) as order:
            return page("portal/change.html", **to_change(order, token))

    @expose("/c/<token>/change/<any(cancel, move):deed>", methods=["POST"])
    @open_to_all
    def change(self, token: str, deed: str) -> Any:
        """Do it, for the fee that was shown; another fee is shown again first."""
        with visiting("customer", token, Order) as order:
            form = request.form
            try:
                to = values.moment(form["to"]) if deed == "move" and form.get("to") else None
                seen, fee = form.get("version", ""), values.money(form.get("fee", ""))
                told = form.get("reason", "").strip()[:200] or str(_("The customer asked for it."))
                change(db.session, order, deed, seen=int(seen) if seen.isdecimal() else 0, fee=fee, reason=told, to=to)
                db.session.commit()
            except Refused as refused:
                db.session.rollback()
                db.session.refresh(order)
                return page("portal/change.html", refused.status, wrong=str(refused), given=form, **to_change(order, token))
        flash(_("Done: %(step)s.", step=DEEDS[deed]), "success")
        return redirect(f"/c/{token}")

    @expose("/c/<token>/live")
    @open_to_all
    def live(self, token: str) -> Any:
        with visiting("customer", token, Order) as order:
            name = f"{order.tenant_id}:order:{order.id}"
        return stream(name)


def latest(order: Order) -> Visit | None:
    """The visit that counts: the newest that was not declined or called off."""
    last = select(Visit).where(Visit.order_id == order.id, Visit.state.not_in(FREE)).order_by(Visit.id.desc()).limit(1)
    found: Visit | None = db.session.scalars(last).first()
    return found


def context(order: Order, token: str) -> dict[str, Any]:
    visit = latest(order)
    owed = db.session.scalars(select(Receivable).where(Receivable.order_id == order.id)).first()
    store = db.session.get(Store, order.store_id) if order.store_id else None
    return {
        "token": token, "number": order.number, "service": str(order.service), "page_title": str(order.service),
        "span": span(order.starts_at, order.ends_at), "answer": answer(order, visit), "since": since(visit),
        "cancelled": order.state == "cancelled", "marks": marks(order, visit), "window": window(visit),
        "carer": carer(visit, token) if visit and visit.state != "offered" else None,
        "amount": shown("money", owed.amount) if owed else "", "arrears": shown("money", owed.arrears) if owed else "",
        "owes": bool(owed and owed.arrears > 0), "office": (store and store.phone) or "", "store": str(store or ""),
        "charges": charges(order), "changes": order.state in MOVABLE, "talks": visit is not None, "talk": talk(order.id, "customer"),
        "reviews": reviews(order),
    }  # fmt: skip


def reviews(order: Order) -> list[dict[str, Any]]:
    """The finished visits, the newest first, each with the stars it got and whether they may still be said or changed."""
    done = select(Visit).where(Visit.order_id == order.id, Visit.state == "finished").order_by(Visit.starts_at.desc(), Visit.id.desc())
    visits = list(db.session.scalars(done.limit(MOST)))
    given = {r.visit_id: r for r in db.session.scalars(select(Review).where(Review.visit_id.in_([v.id for v in visits])))} if visits else {}
    return [
        {
            "id": v.id, "span": span(v.starts_at, v.ends_at), "stars": given[v.id].score if v.id in given else 0,
            "open": v.id not in given or given[v.id].open,
        }
        for v in visits
    ]  # fmt: skip


def charges(order: Order) -> list[dict[str, Any]]:
    """The fees that changes of this order cost, and what is still to be paid of them."""
    query = select(Receivable).join(Charge, Charge.id == Receivable.charge_id).where(Charge.order_id == order.id).order_by(Receivable.id)
    found = [(r, r.charge) for r in db.session.scalars(query)]
    return [
        {"deed": str(DEEDS.get(c.deed, c.deed)), "amount": shown("money", r.amount), "owes": r.arrears > 0}
        for r, c in found if c is not None
    ]  # fmt: skip


def to_change(order: Order, token: str) -> dict[str, Any]:
    """What each deed costs at this moment."""
    fees = []
    for deed, words in DEEDS.items():
        fee = fee_for(db.session, order, deed)
        told = shown("money", fee.owed) if fee.owed else ""
        fees.append({"deed": deed, "label": str(words), "fee": told, "owed": f"{fee.owed:.2f}"})
    store = db.session.get(Store, order.store_id) if order.store_id else None
    return {
        "token": token, "page_title": str(order.service), "service": str(order.service), "span": span(order.starts_at, order.ends_at),
        "open": order.state in MOVABLE, "fees": fees[::-1], "version": order.version, "office": (store and store.phone) or "",
    }  # fmt: skip


def window(visit: Visit | None) -> str:
    """When the carer is promised to be there, while that is still ahead; then how it was."""
    if visit is None or visit.promised_from is None or visit.promised_until is None or visit.state == "offered":
        return ""
    if visit.arrival == "late":
        return str(_("Arrived late. We are sorry."))
    if visit.arrival:
        return str(_("Arrived as promised"))
    start, end = local(visit.promised_from), local(visit.promised_until)
    return str(_("Promised between %(start)s and %(end)s", start=f"{start:%H:%M}", end=f"{end:%H:%M}"))


def carer(visit: Visit, token: str) -> dict[str, str]:
    """Who comes, as far as a family may know: no phone, no pay."""
    worker = visit.worker
    has_face = visit.state != "offered" and photo_of(db.session, worker) is not None
    grade, rating = str((fields_of(Worker)["grade"].choices or {}).get(worker.grade, "")), shown("number", worker.rating)
    face = f"/c/{token}/face" if has_face else ""
    return {"name": worker.name, "initial": worker.name[:1], "grade": grade, "rating": rating, "face": face}


def marks(order: Order, visit: Visit | None) -> list[dict[str, Any]]:
    """The steps, each with the moment it was reached and who took it."""
    taps = select(VisitTap.what, VisitTap.tapped_by).where(VisitTap.visit_id == visit.id) if visit is not None else None
    by: dict[str, str] = {what: who for what, who in db.session.execute(taps)} if taps is not None else {}  # noqa: C416  # rows are no pairs
    found = [
        (_("Booked"), order.created_at, ""), (_("Carer found"), visit and visit.accepted_at, "accept"),
        (_("On the way"), visit and visit.set_out_at, "set_out"), (_("At your home"), visit and visit.checked_in_at, "check_in"),
        (_("At work"), visit and visit.begun_at, "begin"), (_("Done"), visit and visit.finished_at, "finish"),
    ]  # fmt: skip
    reached = max(n for n, (_label, at, _step) in enumerate(found) if at)
    return [
        {
            "label": str(label), "at": moment(at) if at else "", "done": n <= reached, "now": n == reached,
            "who": who(visit, by.get(step, "worker")) if at and step and visit is not None else "",
        }
        for n, (label, at, step) in enumerate(found)
    ]  # fmt: skip


def who(visit: Visit, by: str) -> str:
    return visit.worker.name if by == "worker" else str(_("The office"))


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
        "working": _("%(name)s is at work", name=visit.worker),
    }
    return str(words.get(visit.state, _("Done. Thank you.")))


def since(visit: Visit | None) -> str:
    """Since when it stands so."""
    kept = {"on_the_way": "set_out_at", "on_site": "checked_in_at", "working": "begun_at"}.get(visit.state if visit else "")
    at = getattr(visit, kept) if kept else None
    return str(_("since %(time)s", time=moment(at))) if at else ""
