"""Order by phone: one screen from the ringing telephone to the placed order."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.engine import policy, values
from app.engine.clock import local, now
from app.engine.current import current, trusted
from app.engine.errors import Invalid, Refused
from app.engine.present import apply, label
from app.engine.query import find
from app.engine.rules import Level
from app.extensions import db
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.order import Order
from app.models.price_sum import price_of
from app.models.pricing import rules_of
from app.models.pricing_of import asked as priced_by
from app.models.store_price import prices_of
from app.views.caller import card, found
from app.web.cells import cell, moment, shown
from app.web.enter import page
from app.web.screen import Screen, allowed
from app.workflows.estimate import estimate
from app.workflows.order import place_order

NEW = ("name", "district", "address", "door")
MOST, LARGEST, FARTHEST = 1000, 100_000, timedelta(days=730)  # what is beyond it is a slip of the finger


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
            known = {n: request.args.get(n, "")[:200] for n in ("customer", "service", "special")}
            return page("call.html", **context(given | known))
        sent = request.form.to_dict()
        sent["request"] = key = sent.get("request", "")[:40] or secrets.token_urlsafe(12)
        try:
            order, fresh = placed_before(key), False
            if order is None:
                order, fresh = taken(sent, key), True
                db.session.commit()
        except (IntegrityError, Refused) as failed:
            words = {n: str(w) for n, w in getattr(failed, "fields", {}).items()}
            db.session.rollback()
            # A twin may have overtaken this one: its order is then the answer, and its new customer no duplicate.
            order, fresh = placed_before(key), False
            if order is None:
                if isinstance(failed, IntegrityError):
                    raise
                return page("call.html", failed.status, **context(sent, words, str(failed)))
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
        quantity = so_many(request.args.get("quantity", ""))
        starts = request.args.get("starts_at", "")
        begins = some_time(starts) if starts else None
        ends = service.end(begins, quantity) if begins else None
        price, area = charged([service]).get(service.id), so_large(request.args.get("area", ""))
        told = {"ends": moment(ends) if ends else "", "minutes": estimate(db.session, service, area), "total": "", "lines": []}
        if price is None:
            return jsonify(told)
        with trusted("price"):
            hours = Decimal((ends - begins).total_seconds()) / 3600 if begins and ends else Decimal(0)
            facts = priced_by(db.session, service, price, quantity, begins, hours=hours, area=area, store=current().store_id)
            made = price_of(facts, rules_of(db.session))
        lines = [f"{x.label} {x.how} {shown('money', x.amount)}".strip() for x in made.lines] if len(made.lines) > 1 else []
        return jsonify(told | {"total": shown("money", made.total), "lines": lines})


def chosen(pk: str) -> Any:
    service = find(db.session, Service, pk)
    if service is None or not service.active:
        raise Refused(_("Choose a service."))
    return service


def charged(services: Iterable[Any]) -> dict[int, Decimal]:
    """What the actor's store charges: service -> price, as far as the actor may read it."""
    with trusted("price"):
        own = prices_of(db.session, current().store_id)
    found = {}
    for service in services:
        said = [service, *([own[service.id]] if service.id in own else [])]
        if all(policy.level(s, "price") >= Level.READ for s in said):
            found[service.id] = said[-1].price
    return found


def so_many(text: str) -> Decimal:
    quantity = values.number(text.strip() or "1")
    if not 0 < quantity <= MOST:
        raise Refused(_("The quantity is above 0 and at most %(most)s.", most=MOST))
    return quantity


def so_large(text: str) -> Decimal | None:
    """An area in square metres."""
    area = values.number(text.strip()) if text.strip() else None
    if area is not None and not 0 < area <= LARGEST:
        raise Refused(_("The area must be above zero."))
    return area


def some_time(text: str) -> datetime:
    if not text.strip():
        raise Refused(_("Needed."))
    starts = values.moment(text)
    if starts < now() - timedelta(days=1):
        raise Refused(_("This lies in the past."))
    if starts > now() + FARTHEST:
        raise Refused(_("This is more than two years ahead."))
    return starts


def placed_before(key: str) -> Any:
    """The order that the same form made already, or None."""
    return db.session.scalars(select(Order).where(Order.request == key)).first()


def taken(sent: dict[str, str], key: str) -> Any:
    """Find or make the customer and place the order. Raises ``Invalid`` naming everything that is wrong."""
    wrong: dict[str, Any] = {}
    customer = the_customer(sent, wrong)
    read: dict[str, Any] = {}
    for name, reader in {"service": chosen, "starts_at": some_time, "quantity": so_many, "area": so_large}.items():
        try:
            read[name] = reader(sent.get(name, ""))
        except Refused as refused:
            wrong[name] = refused.args[0]
    if wrong:
        raise Invalid(wrong)
    if customer.id is None:
        db.session.add(customer)
    special = sent.get("special", "").strip() or None
    # The database refuses a second order with the same key.
    more = {"special": special, "request": key, "area": read["area"]}
    return place_order(db.session, customer, read["service"], read["starts_at"], read["quantity"], **more)


def the_customer(sent: dict[str, str], wrong: dict[str, Any]) -> Any:
    """The one that was chosen, or a new one from what was typed; ``wrong`` gets what is wrong with it."""
    if pk := sent.get("customer", ""):
        customer = find(db.session, Customer, pk)
        if customer is None:
            wrong["customer"] = _("There is no such record, or you may not see it.")
        return customer
    customer = Customer()
    try:
        apply(customer, {n: sent[n] for n in asked_of_new() if sent.get(n, "").strip()}, db.session)
    except Invalid as invalid:
        wrong |= invalid.fields
    if not sent.get("phone", "").strip():
        wrong["phone"] = _("Needed.")
    elif "phone" not in wrong and sent.get("another") != "1":
        known = found(sent["phone"])
        if names := [o["owner"] for o in known["others"]] or [c["name"] for c in known["mine"]]:
            wrong["phone"] = _(
                "This number is already known, with %(who)s. Tick that it is another person, or choose the customer.",
                who="、".join(names),
            )
    return customer


def asked_of_new() -> list[str]:
    """What the actor may say of a new customer."""
    return policy.writable(Customer, [*NEW, "phone"])


def context(given: dict[str, str], wrong: dict[str, str] | None = None, notice: str = "") -> dict[str, Any]:
    on_sale = list(db.session.scalars(select(Service).where(Service.active).order_by(Service.category, Service.id)))
    prices = charged(on_sale)
    pk = given.get("customer", "")
    known = find(db.session, Customer, pk)
    return {
        "given": given, "wrong": wrong or {}, "notice": notice, "page_title": _("Phone order"), "asked": asked_of_new(),
        "key": given.get("request") or secrets.token_urlsafe(12), "known": card(known) if known is not None else None,
        "services": [
            {"id": s.id, "name": label(s), "unit": cell(s, "unit").shown, "price": shown("money", prices.get(s.id))} for s in on_sale
        ],
    }  # fmt: skip
