"""What a store publishes: each service with its price, what is done for it, and what may be added. No login, and no cost of ours."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models.catalog import CATEGORIES, UNITS, Service
from app.models.organisation import Store
from app.models.pricing import options_for
from app.models.service_kind import steps_of
from app.models.store_price import price_at
from app.portal.visitor import visiting
from app.web.cells import choices, shown
from app.web.enter import page
from app.web.screen import Screen, open_to_all


class PricesPage(Screen):
    """Opened by the link of the store's booking page."""

    @expose("/book/<token>/prices")
    @open_to_all
    def prices(self, token: str) -> Any:
        with visiting("book", token, Store) as shop:
            here: dict[str, Any] = {"token": token, "store": str(shop), "office": shop.phone or ""}
            services = [told(shop, s) for s in on_sale()]
            return page("portal/prices.html", services=services, page_title=_("Prices and what they include"), **here)


def on_sale() -> list[Service]:
    return list(db.session.scalars(select(Service).where(Service.active).order_by(Service.category, Service.id)))


def told(shop: Store, service: Service) -> dict[str, Any]:
    """One service as a client may know it."""
    kinds = dict(choices(Service, "category"))
    return {
        "id": service.id, "name": str(service), "kind": str(kinds.get(service.category, CATEGORIES.get(service.category, ""))),
        "price": shown("money", price_at(db.session, shop.id, service)), "unit": str(UNITS.get(service.unit, service.unit)),
        "minutes": f"{service.minutes:f}".rstrip("0").rstrip(".") if service.unit in ("visit", "hour") and service.minutes else "",
        "steps": [{"text": str(s), "photo": s.photo} for s in steps_of(db.session, service)],
        "options": [{"name": str(o), "price": shown("money", o.price)} for o in options_for(db.session, service)],
    }  # fmt: skip
