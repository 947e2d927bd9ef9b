"""Screening carers for an order: by skill, grade, dialect, district, price and free dates; whom it leaves out, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy, values
from app.engine.clock import bounds, local
from app.engine.errors import Forbidden, Refused
from app.engine.fields import fields_of
from app.engine.present import label
from app.models.order import Order
from app.models.worker import Worker

ASKED = ("skill", "grade", "dialect", "area", "price", "free_from", "free_until")  # as they stand in an address
READ = {"skill": "skills", "grade": "grade", "dialect": "dialects", "area": "areas", "price": "pay_rate"}  # wish -> field of the carer
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Wishes:
    """What an order's customer asks of the carer. ``price`` is the most that the carer's hour may cost."""

    skill: str = ""
    grade: str = ""
    dialect: str = ""
    area: str = ""
    price: Decimal | None = None
    span: tuple[datetime, datetime] | None = None

    def unmet(self, worker: Worker, taken: Sequence[tuple[datetime, datetime]]) -> list[Any]:
        """The wishes that a carer does not meet, in words."""
        who, found = label(worker), list[Any]()
        if self.skill and self.skill not in (worker.skills or ()):
            found.append(_("%(who)s does not have the skill: %(what)s.", who=who, what=word("skills", self.skill)))
        if self.grade and worker.grade != self.grade:
            found.append(_("%(who)s is of the grade: %(what)s.", who=who, what=word("grade", worker.grade)))
        if self.dialect and self.dialect not in (worker.dialects or ()):
            found.append(_("%(who)s does not speak: %(what)s.", who=who, what=word("dialects", self.dialect)))
        if self.area and worker.areas and self.area not in worker.areas:
            found.append(_("%(who)s does not serve in: %(what)s.", who=who, what=self.area))
        if self.price is not None and worker.pay_rate > self.price:
            found.append(_("%(who)s costs more than ¥%(most)s an hour.", who=who, most=self.price))
        if self.span and (one := next((t for t in taken if t[0] < self.span[1] and self.span[0] < t[1]), None)):
            start, end = (f"{local(t):%m-%d %H:%M}" for t in one)
            found.append(_("%(who)s is taken from %(start)s to %(end)s.", who=who, start=start, end=end))
        return found


def wishes_of(sent: Mapping[str, str]) -> Wishes | None:
    """What an address asks; None where it asks nothing.

    Raises:
        Forbidden: it asks for something of the carers that the actor may not read.
        Refused: it cannot be understood.

    """
    given = {n: v for n in ASKED if (v := sent.get(n, "").strip())}
    names = [READ[n] for n in given if n in READ]
    if names and policy.comparable(Worker, names) != names:
        raise Forbidden
    if not given:
        return None
    first, last = (values.day(given[n]) if n in given else None for n in ("free_from", "free_until"))
    first, last = first or last, last or first
    if first and last and not timedelta(0) <= last - first <= LONGEST:
        raise Refused(_("The end must come after the start."))
    span = (bounds(first)[0], bounds(last)[1]) if first and last else None
    price = values.read("money", given["price"]) if "price" in given else None
    return Wishes(span=span, price=price, **{n: given[n] for n in ("skill", "grade", "dialect", "area") if n in given})


def not_usual(order: Order, worker: Worker) -> list[Any]:
    """What a dispatcher may set aside: another district, another shift. Whoever stays for days has no shift."""
    far = worker.areas and order.district and order.district not in worker.areas
    return [_("%(who)s does not serve in: %(what)s.", who=label(worker), what=order.district)] * bool(far) + outside_shift(order, worker)


def outside_shift(order: Order, worker: Worker) -> list[Any]:
    """A word against who does not work at that hour."""
    start, end = local(order.starts_at), local(order.ends_at or order.starts_at)
    days = set(worker.shift_days or ())
    if end - start >= timedelta(days=1):
        return []
    if days and str(start.isoweekday()) not in days:
        return [_("%(who)s does not work on that day of the week.", who=label(worker))]
    first, last = hour(start), hour(end) + (24 if end.date() > start.date() else 0)
    begins, ends = worker.shift_from or Decimal(0), Decimal(24) if worker.shift_until is None else worker.shift_until
    night = ends <= begins  # it goes on past midnight
    fits = (first >= begins and last <= ends + 24) or last <= ends if night else begins <= first and last <= ends
    return [] if fits else [_("%(who)s does not work at that hour.", who=label(worker))]


def hour(at: datetime) -> Decimal:
    return Decimal(at.hour) + Decimal(at.minute) / 60


def word(name: str, code: str) -> Any:
    return (fields_of(Worker)[name].choices or {}).get(code, code)
