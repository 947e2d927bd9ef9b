"""What a carer gets for a visit: by the hour, or what is left of the order's price after the company's commission."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.engine.values import cents
from app.models.dispatch import hours
from app.models.order import Order
from app.models.worker import Worker

WHOLE = Decimal(100)


def pay_of(worker: Worker, order: Order, starts_at: datetime, ends_at: datetime) -> Decimal:
    """An employee is paid by the hour; who comes through an agency or the marketplace gets a part of this visit's share of the price."""
    worked = Decimal(hours(starts_at, ends_at))
    if worker.mode == "employee":
        return cents(worked * worker.pay_rate)
    whole = Decimal(hours(order.starts_at, order.ends_at or ends_at)) or worked
    return cents((order.amount or Decimal(0)) * worked / whole * (WHOLE - (worker.commission or Decimal(0))) / WHOLE)
