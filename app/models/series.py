"""Recurring bookings: every so many weeks on some days, or every month on one; the visits are orders, made some weeks ahead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.clock import today
from app.engine.current import current
from app.engine.errors import Refused
from app.engine.fields import Code, Day, Note, Number, Tags, choice, field, key, link
from app.engine.numbers import next_number
from app.engine.outbox import announce
from app.engine.periods import month
from app.engine.record import Record
from app.models.catalog import Service
from app.models.customer import Customer, belongs
from app.models.customer_address import CustomerAddress
from app.models.organisation import Store
from app.models.worker import Worker

UNITS = {"week": _("Weeks"), "month": _("Months")}
WEEKDAYS = {
    "1": _("Monday"), "2": _("Tuesday"), "3": _("Wednesday"), "4": _("Thursday"), "5": _("Friday"), "6": _("Saturday"), "7": _("Sunday"),
}  # fmt: skip
STANDING = {"running": _("Running"), "stopped": _("Stopped")}
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
AHEAD, MOST = 4, 500  # weeks that are made ahead; visits of one series


class OrderSeries(Record):
    """What recurs, and for whom. Each visit keeps the day that was planned for it, however often it is moved."""

    __label__ = _("Recurring booking")
    __plural__ = _("Recurring bookings")
    __icon__ = "ti-repeat"
    __apart__ = ("every",)
    __unique__ = (("number",),)
    __search__ = ("number",)
    __told__ = "customer"
    __periods__ = (("starts_on", "ends_on"),)
    __needed__: ClassVar[dict[str, str]] = {"weekdays": "unit.eq.week"}
    __table_args__ = (
        CheckConstraint("every > 0", name="order_series_every_above_zero"),
        CheckConstraint("quantity > 0", name="order_series_quantity_above_zero"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "order_series_every_above_zero": _("The number must be above zero."),
        "order_series_quantity_above_zero": _("The quantity must be above zero."),
    }

    number: Mapped[Code] = field(_("Series no."), readonly=True)
    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    service_id: Mapped[int] = key("service")
    service: Mapped[Service] = link(_("Service"))
    quantity: Mapped[Number] = field(_("Quantity"), default=Decimal(1))
    unit: Mapped[Code] = choice(_("Every so many"), UNITS, default="week")
    every: Mapped[Number] = field(_("How many"), default=Decimal(1), help=_("1: every one, 2: every other one."))
    weekdays: Mapped[Tags] = field(_("On the days"), choices=WEEKDAYS, default=list)
    at: Mapped[Code] = field(_("At"), default="09:00", help=_("For example 09:30."))
    starts_on: Mapped[Day] = field(_("From"), default=today, help=_("Of a monthly one this is the day of the month."))
    ends_on: Mapped[Day | None] = field(_("Until"))
    times: Mapped[Number | None] = field(_("So many visits"))
    site_id: Mapped[int | None] = key("customer_address")
    site: Mapped[CustomerAddress | None] = link(_("Service address"))
    wanted_id: Mapped[int | None] = key("worker")
    wanted: Mapped[Worker | None] = link(_("Carer asked for"))
    area: Mapped[Number | None] = field(_("Area in m²"))
    special: Mapped[Note | None] = field(_("Special wishes"))
    standing: Mapped[Code] = choice(_("Standing"), STANDING, tints={"running": "run", "stopped": "off"}, default="running")
    # How far all later visits were moved from the days they were planned for, and up to which planned day visits were made.
    shift: Mapped[int] = mapped_column(default=0, server_default="0", info={"bookkeeping": True})
    made_until: Mapped[date | None] = mapped_column(info={"bookkeeping": True})

    def __str__(self) -> str:
        return self.number

    def before_create(self, session: Session) -> None:
        """It belongs to whom its customer belongs to."""
        customer = belongs(self, session)
        with session.no_autoflush:
            self.check()
            if customer is not None and not self.number:
                store = session.get(Store, self.store_id) if self.store_id else None
                self.number = next_number(session, "XL", store.code if store else "HQ")

    def after_create(self, _session: Session) -> None:
        if current().trusted != "sample":
            announce("series.begun", self)

    def before_change(self, _session: Session, names: set[str]) -> None:
        """The plan of what is running is changed from a visit on, on that visit's page."""
        if current().trusted != "changed":
            return
        self.check()
        if self.made_until is not None and names & {"unit", "every", "weekdays", "at", "starts_on", "customer", "service", "quantity"}:
            raise Refused(_("Visits were made already. Open one of them and change it with all that follow."))

    def check(self) -> None:
        if not CLOCK.fullmatch(self.at or "09:00"):
            raise Refused(_("Write the time as 09:30."))


def planned(series: OrderSeries, until: date) -> Iterator[date]:
    """The planned days up to a day, in their order."""
    last = min(until, series.ends_on) if series.ends_on else until
    most = min(int(series.times), MOST) if series.times else MOST
    for n, day in enumerate(endless(series, last)):
        if n >= most:
            return
        yield day


def endless(series: OrderSeries, last: date) -> Iterator[date]:
    first, every = series.starts_on, max(1, int(series.every))
    if series.unit == "month":
        n = 0
        while (day := in_month(first, n * every)) <= last:
            yield day
            n += 1
        return
    monday = first - timedelta(days=first.isoweekday() - 1)
    days = sorted(int(d) for d in series.weekdays or [str(first.isoweekday())])
    while monday <= last:
        yield from (day for d in days if first <= (day := monday + timedelta(days=d - 1)) <= last)
        monday += timedelta(weeks=every)


def in_month(first: date, months: int) -> date:
    """The same day so many months later; the last one of a month that is shorter."""
    there = month(first, months)
    last = (month(there, 1) - timedelta(days=1)).day
    return there.replace(day=min(first.day, last))
