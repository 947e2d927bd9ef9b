"""Order by phone: one screen from the ringing telephone to the placed order."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import policy, values
from app.engine.clock import local, now
from app.engine.current import trusted
from app.engine.errors import Invalid, Refused
from app.engine.present import apply, label, value_of
from app.engine.rules import Level
from app.extensions import db
from app.models.catalog import Service
from app.models.customer import Customer, same_phone
from app.models.order import Order, cents
from app.models.organisation import Staff
from app.models.payment import Receivable
from app.web.cells import cell, moment, shown
from app.web.enter import page
from app.web.screen import Screen, allowed
from app.workflows.order import place_order

NEW = ("name", "district", "address", "door")


def takes_orders() -> bool:
    return policy.may(Order, "can:add")


class CallScreen(Screen):
    """Who calls, what they want, when: one form, one commit."""

    doors = ((10, _("Phone order"), "ti-phone-call", "/call/", takes_orders),)

    @expose("/call/", methods=["GET", "POST"])
    @allowed(takes_orders)
    def call(self) -> Any:
        if request.method == "GET":
            first = (local(now()) + timedelta(hours=2)).replace(minute=0)
            given = {"phone": request.args.get("phone", ""), "starts_at": f"{first:%Y-%m-%dT%H:%M}", "quantity": "1"}
            return page("call.html", **context(given | {"customer": request.args.get("customer", "")}))
        sent = request.form.to_dict()
        try:
            order, fresh = taken(sent)
            db.session.commit()
        except Refused as refused:
            words = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
            db.session.rollback()
            return page("call.html", refused.status, **context(sent, words, str(refused)))
        if fresh:
            flash(_("Order %(number)s placed; dispatch has been told.", number=order.number), "success")
        return redirect(f"/order/show/{order.id}")

    @expose("/call/find")
    @allowed(takes_orders)
    def find(self) -> Any:
        """Whom a number belongs to: the actor's own customers in full, of others only who looks after them."""
        return jsonify(found(request.args.get("phone", "")))

    @expose("/call/price")
    @allowed(takes_orders)
    def price(self) -> Any:
        """What so much of a service costs, and until when it lasts."""
        service = chosen(request.args.get("service", ""))
        quantity = values.number(request.args.get("quantity") or "1")
        starts = request.args.get("starts_at", "")
        ends = service.end(values.moment(starts), quantity) if starts else None
        seen = value_of(service, "price")[0] >= Level.READ
        total = shown("money", cents(service.price * quantity)) if seen else ""
        return jsonify(total=total, each=shown("money", service.price) if seen else "", ends=moment(ends) if ends else "")


def found(text: str) -> dict[str, Any]:
    """{mine: [...], others: [{owner}]}; an incomplete number finds nobody."""
    try:
        phone = values.phone(text)
    except Refused as refused:
        return {"mine": [], "others": [], "hint": str(refused) if text else ""}
    same = same_phone(db.session, phone)
    mine = list(db.session.scalars(select(Customer).where(Customer.id.in_([c.id for c in same])).order_by(Customer.id.desc()))) if same else []
    others = [c for c in same if c not in mine]
    owners = {s.id: s.name for s in db.session.scalars(select(Staff).where(Staff.id.in_([c.owner_id for c in others])))} if others else {}
    return {
        "mine": [card(c) for c in mine], "hint": "",
        "others": [{"owner": owners.get(c.owner_id) or str(_("a colleague"))} for c in others],
    }  # fmt: skip


def card(customer: Any) -> dict[str, Any]:
    """What the agent should know before saying a word."""
    orders = list(db.session.scalars(select(Order).where(Order.customer_id == customer.id).order_by(Order.id.desc()).limit(3)))
    owed = Decimal(0)
    if policy.comparable(Receivable, ["arrears"]):
        owed = sum((r.arrears for r in db.session.scalars(select(Receivable).where(Receivable.customer_id == customer.id, Receivable.arrears > 0))), Decimal(0))  # noqa: E501
    place = " ".join(c.shown for c in (cell(customer, n) for n in ("district", "address", "door")) if c.shown)
    return {
        "id": customer.id, "name": label(customer), "url": f"/customer/show/{customer.id}", "place": place,
        "attention": {"code": customer.attention, "word": cell(customer, "attention").shown}, "phone": cell(customer, "phone").shown,
        "habits": cell(customer, "habits").shown, "diet": cell(customer, "diet").shown,
        "arrears": shown("money", owed) if owed else "",
        "orders": [{"url": f"/order/show/{o.id}", "text": f"{cell(o, 'starts_at').shown} {cell(o, 'service').shown}", "state": cell(o, "state").shown, "tint": cell(o, "state").tint} for o in orders],  # noqa: E501
        "usual": orders[0].service_id if orders else None,
    }  # fmt: skip


def chosen(pk: str) -> Any:
    service = db.session.get(Service, int(pk)) if pk.isdecimal() else None
    if service is None or not service.active:
        raise Invalid({"service": _("Choose a service.")})
    return service


def taken(sent: dict[str, str]) -> tuple[Any, bool]:
    """Find or make the customer, place the order. The same form sent twice gives the same order, and False."""
    key = sent.get("request", "")[:40] or secrets.token_urlsafe(12)
    if (there := db.session.scalars(select(Order).where(Order.request == key)).first()) is not None:
        return there, False
    wrong: dict[str, Any] = {}
    customer = the_customer(sent, wrong)
    try:
        service = chosen(sent.get("service", ""))
    except Invalid as invalid:
        wrong |= invalid.fields
        service = None
    given = {"quantity": (values.number, Decimal(1)), "starts_at": (values.moment, None)}
    read: dict[str, Any] = {}
    for name, (reader, default) in given.items():
        try:
            read[name] = reader(sent[name]) if sent.get(name) else default
        except Refused as refused:
            wrong[name] = refused.args[0]
    if not sent.get("starts_at"):
        wrong["starts_at"] = _("Needed.")
    elif "starts_at" in read and read["starts_at"] < now() - timedelta(days=1):
        wrong["starts_at"] = _("This lies in the past.")
    if wrong:
        raise Invalid(wrong)
    more = {n: sent[n].strip() for n in ("address", "door", "district") if sent.get(n, "").strip() and sent.get("customer")}
    if "address" in more or "district" in more:
        more.setdefault("city", customer.city)
    order = place_order(
        db.session, customer, service, read["starts_at"], read["quantity"], special=sent.get("special", "").strip() or None, source="phone", **more
    )
    with_key(order, key)
    return order, True


def with_key(order: Any, key: str) -> None:
    """Remember the form's own key; the database refuses a second order with it."""
    with trusted("request key"):
        order.request = key
        db.session.flush()


def the_customer(sent: dict[str, str], wrong: dict[str, Any]) -> Any:
    if (pk := sent.get("customer", "")).isdecimal():
        customer = db.session.get(Customer, int(pk))
        if customer is None:
            wrong["customer"] = _("There is no such record, or you may not see it.")
        return customer
    names = {n: sent.get(n, "").strip() for n in NEW} | {"phone": sent.get("phone", "")}
    try:
        phone = values.phone(names["phone"])
        if same_phone(db.session, phone) and sent.get("another") != "1":
            owners = found(phone)
            who = "、".join(o["owner"] for o in owners["others"]) or "、".join(c["name"] for c in owners["mine"])
            wrong["phone"] = _("This number is already known, with %(who)s. Tick that it is another person, or choose the customer.", who=who)
    except Refused as refused:
        wrong["phone"] = refused.args[0]
    customer = Customer()
    try:
        apply(customer, {n: v for n, v in names.items() if v}, db.session)
    except Invalid as invalid:
        wrong |= {n: w for n, w in invalid.fields.items() if n not in wrong}
    if not wrong:
        db.session.add(customer)
        db.session.flush()
    return customer


def context(given: dict[str, str], wrong: dict[str, str] | None = None, notice: str = "") -> dict[str, Any]:
    services = list(db.session.scalars(select(Service).where(Service.active).order_by(Service.category, Service.id)))
    buttons = [
        {"id": s.id, "name": cell(s, "name").shown, "unit": cell(s, "unit").shown, "price": cell(s, "price").shown, "kind": cell(s, "category").shown}
        for s in services
    ]
    known = db.session.get(Customer, int(given["customer"])) if given.get("customer", "").isdecimal() else None
    return {
        "given": given, "wrong": wrong or {}, "notice": notice, "services": buttons, "known": card(known) if known is not None else None,
        "key": given.get("request") or secrets.token_urlsafe(12), "page_title": _("Phone order"),
    }  # fmt: skip
