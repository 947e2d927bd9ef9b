"""What a store charges where it differs from the price list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Money, field, key, link
from app.engine.record import Record
from app.models.catalog import Service
from app.models.organisation import Store


class StorePrice(Record):
    """One service's price at one store. Every order of that store takes it; the others keep the price list's."""

    __label__ = _("Store price")
    __plural__ = _("Store prices")
    __icon__ = "ti-receipt-2"
    __apart__ = ("price",)
    __unique__ = (("shop_id", "service_id"),)
    __table_args__ = (CheckConstraint("price >= 0", name="store_price_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "store_price_shop_id_service_id_key": _("This store already has a price for this service. Change that one."),
        "store_price_not_below_zero": _("The price cannot be below zero."),
    }

    shop_id: Mapped[int] = key("store")
    shop: Mapped[Store] = link(_("Price of the store"))
    service_id: Mapped[int] = key("service")
    service: Mapped[Service] = link(_("Service"))
    price: Mapped[Money] = field(_("Price"), "finance")

    def before_create(self, session: Session) -> None:
        """It belongs to its store, so that whoever reaches the store's rows reaches it."""
        with session.no_autoflush:
            shop = self.shop or session.get(Store, self.shop_id or 0)
            self.store_id, self.owner_id = shop.id if shop else None, None


def prices_of(session: Session, store_id: int | None) -> dict[int, StorePrice]:
    """A store's own prices, by service. The caller is trusted."""
    return {p.service_id: p for p in session.scalars(select(StorePrice).where(StorePrice.shop_id == store_id))} if store_id else {}


def price_at(session: Session, store_id: int | None, service: Service) -> Decimal:
    """What a store charges for a service. The caller is trusted."""
    here = StorePrice.shop_id == store_id, StorePrice.service_id == service.id
    own = session.scalar(select(StorePrice.price).where(*here)) if store_id else None
    return service.price if own is None else own
