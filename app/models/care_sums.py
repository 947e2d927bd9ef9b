"""The arithmetic of care days: lines of days, what each deed makes of them, and three sums that always balance. Knows no database.

A part of a day from one hour to another costs what the day costs up to its end, less what it costs up to its beginning, both to the
cent. So parts that meet add up to the day exactly, however often it is cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _

from app.engine.errors import Refused
from app.engine.values import cents

NONE, HALF = Decimal(0), Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Line:
    """One carer on one day of one order: from which hour of the day to which, of how many, for how much a full day."""

    worker: int
    day: date
    start: Decimal
    end: Decimal
    full: Decimal
    price: Decimal  # the customer's, of a full day
    rate: Decimal  # the carer's pay, of a full day
    paused: bool = False
    reason: str = ""
    closed: bool = False
    visit: int | None = None

    @property
    def bill(self) -> Decimal:
        return NONE if self.paused else part(self.price, self.start, self.end, self.full)

    @property
    def pay(self) -> Decimal:
        return NONE if self.paused else part(self.rate, self.start, self.end, self.full)


@dataclass(frozen=True, slots=True)
class Sums:
    """Bill, pay, and what is left."""

    bill: Decimal
    pay: Decimal

    @property
    def margin(self) -> Decimal:
        return self.bill - self.pay


def part(whole: Decimal, start: Decimal, end: Decimal, full: Decimal) -> Decimal:
    """What the hours from ``start`` to ``end`` of a day of ``full`` hours come to. The database reckons the same."""
    return cents(whole * end / full) - cents(whole * start / full)


def spread(amount: Decimal, many: int) -> list[Decimal]:
    """An amount over so many days, to the cent; they add up to it exactly."""
    return [part(amount, Decimal(n), Decimal(n + 1), Decimal(many)) for n in range(many)]


def half_hours(hours: float | Decimal, full: Decimal) -> Decimal:
    """An hour of a day to the nearest half, within the day."""
    found = Decimal(round(Decimal(hours) * 2)) / 2
    return min(max(found, NONE), full)


def sums(lines: Iterable[Line]) -> Sums:
    found = list(lines)
    return Sums(sum((x.bill for x in found), NONE), sum((x.pay for x in found), NONE))


def lay(days: Iterable[date], worker: int, prices: Iterable[Decimal], rates: Iterable[Decimal], full: Decimal) -> list[Line]:
    """The days of a new order with its carer."""
    return [Line(worker, day, NONE, full, full, price, rate) for day, price, rate in zip(days, prices, rates, strict=True)]


def pause(lines: list[Line], days: set[date], reason: str) -> list[Line]:
    """Nothing is billed or paid for these days. Raises ``Refused`` where there is nothing to pause."""
    return marked(lines, days, paused=True, reason=reason)


def resume(lines: list[Line], days: set[date]) -> list[Line]:
    """These days count again."""
    return marked(lines, days, paused=False, reason="")


def marked(lines: list[Line], days: set[date], *, paused: bool, reason: str) -> list[Line]:
    meant = [x for x in lines if x.day in days and x.paused != paused]
    if not meant:
        raise Refused(_("None of these days can be paused.") if paused else _("None of these days is paused."))
    open_only(meant)
    return [replace(x, paused=paused, reason=reason) if x in meant else x for x in lines]


def swap(  # noqa: PLR0913
    lines: list[Line], old: int, new: int, day: date, hour: Decimal, *, price: Decimal | None, rate: Decimal
) -> list[Line]:
    """Another carer from an hour of a day on. Without a price the days keep theirs."""
    meant = [x for x in lines if x.worker == old and (x.day > day or (x.day == day and x.end > hour))]
    if not meant:
        raise Refused(_("This carer has no days from then on."))
    open_only(meant)
    taken = {x.day for x in lines if x.worker == new}
    if both := sorted(taken & {x.day for x in meant}):
        raise Refused(_("This carer already has a part of %(day)s. Choose another carer or moment.", day=both[0]))
    made: list[Line] = []
    for x in lines:
        if x not in meant:
            made.append(x)
            continue
        at = hour if x.day == day and hour > x.start else x.start
        if at > x.start:
            made.append(replace(x, end=at))
        made.append(replace(x, worker=new, start=at, price=x.price if price is None else price, rate=rate, visit=None))
    return made


def join(lines: list[Line], new: int, days: Iterable[date], *, price: Decimal, rate: Decimal, full: Decimal) -> list[Line]:  # noqa: PLR0913
    """One more carer on these days. Where everybody rests, so does the new one."""
    chosen = list(days)
    taken = {x.day for x in lines if x.worker == new}
    if both := sorted(taken & set(chosen)):
        raise Refused(_("This carer already has a part of %(day)s. Choose another carer or moment.", day=both[0]))
    made = list(lines)
    for day in chosen:
        there = [x for x in lines if x.day == day]
        rests = bool(there) and all(x.paused for x in there)
        made.append(Line(new, day, NONE, full, full, price, rate, paused=rests, reason=there[0].reason if rests else ""))
    return made


def reprice(lines: list[Line], worker: int, since: date, price: Decimal) -> list[Line]:
    """Another price for a carer's days from one on; days that are closed before it stay."""
    meant = [x for x in lines if x.worker == worker and x.day >= since]
    if not meant:
        raise Refused(_("This carer has no days from then on."))
    open_only(meant)
    return [replace(x, price=price) if x in meant else x for x in lines]


def open_only(lines: Iterable[Line]) -> None:
    for line in lines:
        if line.closed:
            raise Refused(_("%(day)s is billed or paid already. Put it right with a correction.", day=line.day))
