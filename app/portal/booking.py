"""The page of a store where clients book by themselves: a service, a day, a free time with a person, and pay now or confirm first."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError

from app.engine import values
from app.engine.clock import local, today
from app.engine.errors import Refused
from app.extensions import db, store
from app.models.catalog import UNITS, Service
from app.models.order import Order
from app.models.organisation import Store
from app.models.price_sum import Chosen, price_of
from app.models.pricing import options_for, rules_of
from app.models.pricing_of import asked
from app.models.store_price import price_at
from app.models.worker import Worker
from app.portal.visitor import visiting
from app.web.cells import shown
from app.web.enter import in_words, page
from app.web.links import link_to
from app.web.screen import Screen, open_to_all
from app.workflows.booking import Wish, book, free_times, on_offer
from app.workflows.estimate import estimate

MOST, AGAIN = 20, 3600  # bookings of one address in so many seconds
LONGEST, KEY = 200, 32
UNITS_MOST, DAYS_MOST = 12, 366  # hours or visits, and days of something rented, that one booking may be for
TYPED = ("name", "phone", "district", "address", "special")


class BookingPage(Screen):
    """No login; nothing but what is on sale, and who is free when."""

    @expose("/book/<token>", methods=["GET", "POST"])
    @open_to_all
    def book(self, token: str) -> Any:
        with visiting("book", token, Store) as shop:
            if request.method == "GET":
                return page("portal/booking.html", **context(shop, token))
            try:
                slow_down()
                # Apart from the keys of programs: whoever guesses one of those must not be led to its order.
                key = "book:" + (request.form.get("key", "")[:KEY] or secrets.token_urlsafe(12))
                order = db.session.query(Order).filter(Order.request == key).first() or book(db.session, shop, wish(key))
                db.session.commit()
                there = link_to("customer", order)
            except (Refused, IntegrityError) as failed:
                db.session.rollback()
                refused = failed if isinstance(failed, Refused) else in_words(failed)
                return page("portal/booking.html", refused.status, wrong=str(refused), **context(shop, token))
        return redirect(there)


def slow_down() -> None:
    """Raises ``Refused`` for an address that books all the time."""
    key = f"jiahe:book:{request.remote_addr}"
    count = int(store().incr(key))
    if count == 1:
        store().expire(key, AGAIN)
    if count > MOST:
        refused = Refused(_("Wait a minute, then try again."))
        refused.status = 429
        raise refused


def wish(key: str) -> Wish:
    """What the form says. Raises ``Refused``."""
    form = request.form
    service = the_service(form.get("service", ""))
    quantity = so_much(form.get("quantity", ""), service)
    worker_id, _at, begins = form.get("slot", "").partition("@")
    worker = db.session.get(Worker, int(worker_id)) if worker_id.isdecimal() and len(worker_id) < 10 else None
    if service is None or worker is None:
        raise Refused(_("Choose a time."))
    typed = {n: form.get(n, "").strip()[:LONGEST] for n in TYPED}
    options = tuple(int(o) for o in form.getlist("option") if o.isdecimal() and len(o) < 10)
    mechanism = "pay" if form.get("do") == "pay" else "book"
    return Wish(service, worker, values.moment(begins), quantity, mechanism, options=options, key=key, **typed)


def the_service(text: str) -> Service | None:
    return next((s for s in on_offer(db.session) if str(s.id) == text), None)


def so_much(text: str, service: Service | None) -> Decimal:
    """How much was asked for. Raises ``Refused`` for nothing, and for more than anybody books by himself."""
    most = DAYS_MOST if service is not None and service.unit in ("day", "term") else UNITS_MOST
    quantity = values.number(text.strip() or "1")
    if quantity <= 0:
        raise Refused(_("The quantity must be above zero."))
    if quantity > most:
        raise Refused(_("That is more than can be booked here: at most %(n)s. Call us, please.", n=most))
    return quantity


def context(shop: Store, token: str) -> dict[str, Any]:
    """What the page shows: services; of a chosen one its options, its price and the free times of a day."""
    given = request.values
    service = the_service(given.get("service", ""))
    day = given_day(given.get("day", ""))
    options = options_for(db.session, service) if service else []
    picked = [o for o in options if str(o.id) in given.getlist("option")]
    hours = estimate(db.session, service, None) / 60 if service and service.unit == "hour" else 1
    try:
        quantity = so_much(given.get("quantity", "") or f"{hours:g}", service)
    except Refused:
        quantity = Decimal(1)
    told: dict[str, Any] = {
        "token": token, "store": str(shop), "office": shop.phone or "", "page_title": _("Book a visit"), "key": secrets.token_urlsafe(12),
        "services": [
            {"id": s.id, "name": str(s), "price": shown("money", price_at(db.session, shop.id, s)), "unit": str(UNITS.get(s.unit, s.unit)),
             "on": s is service} for s in on_offer(db.session)
        ],
        "service": service.id if service else "", "day": str(day), "quantity": f"{quantity:f}".rstrip("0").rstrip(".") or "1",
        "first": str(today()), "given": {n: given.get(n, "")[:LONGEST] for n in (*TYPED, "slot")},
        "options": [{"id": o.id, "name": str(o), "price": shown("money", o.price), "on": o in picked} for o in options],
        "slots": [], "lines": [], "total": "",
    }  # fmt: skip
    if service is None:
        return told
    told["slots"] = [
        {"worker": w.name, "rating": shown("number", w.rating) if w.rating else "",
         "times": [{"value": f"{w.id}@{local(t):%Y-%m-%dT%H:%M}", "word": f"{local(t):%H:%M}"} for t in times]}
        for w, times in free_times(db.session, shop, service, day, quantity)
    ]  # fmt: skip
    begins = values.moment(f"{day}T09:00")
    facts = asked(
        db.session, service, price_at(db.session, shop.id, service), quantity, begins, store=shop.id,
        hours=Decimal((service.end(begins, quantity) - begins).total_seconds()) / 3600,
        options=tuple(Chosen(str(o), o.price) for o in picked),
    )  # fmt: skip
    made = price_of(facts, rules_of(db.session))
    told["lines"] = [{"label": x.label or str(_("Quantity × price")), "how": x.how, "amount": shown("money", x.amount)} for x in made.lines]
    return told | {"total": shown("money", made.total)}


def given_day(text: str) -> date:
    try:
        return values.day(text) if text else today() + timedelta(days=1)
    except Refused:
        return today() + timedelta(days=1)
