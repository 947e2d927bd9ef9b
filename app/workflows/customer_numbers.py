"""How many customers are new, how many were served, and how many come back: counted under the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, extract, func, literal_column, select
from sqlalchemy.orm import Session

from app.engine import policy, query
from app.engine.clock import bounds, today, zone
from app.engine.groups import shown
from app.engine.periods import month
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.order import Order

SPANS = {"day": 31, "week": 13, "month": 12}  # how many are looked at
MONTHS = 12
LISTED = 500
NEEDS = ((Customer, ["created_at"]), (Order, ["customer", "starts_at", "state"]), (Visit, ["finished_at", "order", "state"]))


def able() -> bool:
    """Whether the actor may ask all of it: a number must not say what a list would hide."""
    return all(policy.opens(model) and policy.comparable(model, names) == names for model, names in NEEDS)


def begin_of(span: str, model: Any, name: str) -> Any:
    """The first day of the day, week or month that a moment lies in, as the company's wall calendar has it, as a text."""
    return func.to_char(func.date_trunc(span, func.timezone(zone().key, shown(model, name))), "YYYY-MM-DD")


def periods(span: str) -> Iterator[tuple[date, date]]:
    """The latest days, weeks or months, the newest first: the first and the last day of each."""
    now = today()
    for n in range(SPANS[span]):
        if span == "day":
            yield now - timedelta(days=n), now - timedelta(days=n)
        elif span == "week":
            monday = now - timedelta(days=now.weekday() + 7 * n)
            yield monday, monday + timedelta(days=6)
        else:
            yield month(now, -n), month(now, 1 - n) - timedelta(days=1)


def new_and_served(session: Session, span: str) -> list[tuple[date, date, int, int]]:
    """(first day, last day, new customers, customers served) of each period, the newest first; two statements."""
    there = list(periods(span))
    since = there[-1][0]
    key = begin_of(span, Customer, "created_at").label("key")
    made = select(key, func.count()).where(query.where(Customer, "created_at", "ge", str(since))).group_by(literal_column("1"))
    key = begin_of(span, Visit, "finished_at").label("key")
    who = func.count(Customer.id.distinct())
    done = visited(select(key, who), since, today()).group_by(literal_column("1"))
    new, done_ = ({row[0]: row[1] for row in session.execute(one)} for one in (made, done))
    return [(first, last, new.get(str(first), 0), done_.get(str(first), 0)) for first, last in there]


def visited(asked: Select[Any], first: date, last: date) -> Select[Any]:
    """Narrow a statement to finished visits of some days, with their orders and customers."""
    asked = asked.select_from(Visit).join(Order, Order.id == Visit.order_id).join(Customer, Customer.id == Order.customer_id)
    days = query.where(Visit, "finished_at", "ge", str(first)), query.where(Visit, "finished_at", "le", str(last))
    return asked.where(query.where(Visit, "state", "eq", "finished"), *days)


def served(session: Session, first: date, last: date) -> list[Customer]:
    """The customers behind a number of :func:`new_and_served`."""
    ids = visited(select(Customer.id), first, last)
    return list(session.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id.desc()).limit(LISTED)))


def orders() -> tuple[Any, Any]:
    """Who ordered in which month, and in which month first: orders that were called off, and those still ahead, do not count."""
    at = func.date_trunc("month", func.timezone(zone().key, shown(Order, "starts_at")))
    mine = select(Customer.id.label("customer"), at.label("month")).select_from(Order).join(Customer, Customer.id == Order.customer_id)
    mine = mine.where(query.where(Order, "state", "ne", "cancelled"), shown(Order, "starts_at") < bounds(today())[1]).distinct()
    each = mine.cte("each")
    first = select(each.c.customer, func.min(each.c.month).label("first")).group_by(each.c.customer).cte("first")
    return each, first


def apart(each: Any, first: Any) -> Any:
    """Whole months from the first order to another one."""
    years = extract("year", each.c.month) - extract("year", first.c.first)
    return (years * 12 + extract("month", each.c.month) - extract("month", first.c.first)).label("after")


def cohorts(session: Session) -> list[tuple[date, dict[int, int]]]:
    """For each month of a first order: how many of its customers ordered so many months later; one statement."""
    each, first = orders()
    start = month(today(), 1 - MONTHS)
    asked = select(first.c.first, apart(each, first), func.count()).join(each, each.c.customer == first.c.customer)
    asked = asked.where(first.c.first >= start).group_by(literal_column("1"), literal_column("2"))
    found: dict[date, dict[int, int]] = {month(today(), -n): {} for n in range(MONTHS - 1, -1, -1)}
    for began, after, count in session.execute(asked).all():
        found[began.date()][int(after)] = count
    return list(found.items())


def of_cohort(session: Session, began: date, after: int) -> list[Customer]:
    """The customers behind a number of :func:`cohorts`."""
    each, first = orders()
    ids = select(each.c.customer).join(first, each.c.customer == first.c.customer)
    ids = ids.where(first.c.first == began, apart(each, first).element == after)
    return list(session.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id.desc()).limit(LISTED)))
