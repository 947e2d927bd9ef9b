"""The sample's orders over the last year, with their visits, debts and receipts. Nobody is in two places at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import local, now, today
from app.engine.numbers import Counter
from app.engine.values import cents
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.dispatch import Visit, hours, overlaps
from app.models.order import Order
from app.models.worker import Worker
from app.workflows.sample_company import FAMILIAR, Company

MIX = {"BJ": 34, "SDBJ": 8, "ZL": 20, "HG24": 14, "HG12": 6, "YS26": 4, "ZYJ": 9, "ZYW": 5}
LASTING = ("HG24", "YS26")
STATES = {"done": 86, "cancelled": 8, "assigned": 3, "placed": 2, "under_way": 1}  # per cent
UNITS = {"hour": (2, 3, 4), "day": (2, 3, 5, 7, 10), "term": (1,), "visit": (1,)}
WHY = ("客户改期", "家属自己照顾", "价格不合适", "住院了")
WISHES = ("请带鞋套", "家里有猫", "到楼下先打电话", "停车不方便，建议坐地铁", None, None, None)
REPORT = ("一切正常", "老人状态好，午饭吃得多", "厨房重点清洁过", "下次带除垢剂")


@dataclass(frozen=True)
class Wanted:
    """One order to make."""

    state: str
    code: str


class Year:
    """Makes the orders of one company, and remembers who is busy when and which numbers are taken."""

    def __init__(self, company: Company) -> None:
        self.company, self.rng = company, company.rng
        self.now = now().replace(minute=0, second=0, microsecond=0)
        self.busy: dict[int, list[tuple[datetime, datetime]]] = {}
        self.counts: dict[tuple[str, int, date], int] = {}
        self.made: list[Any] = []

    def number(self, kind: str, store_id: int, day: date) -> str | None:
        """A number of a past day. Today's are given by the counter, which would give ours again."""
        if day >= today():
            return None
        n = self.counts[kind, store_id, day] = self.counts.get((kind, store_id, day), 0) + 1
        return f"{self.prefix(kind, store_id, day)}-{n:04d}"

    def prefix(self, kind: str, store_id: int, day: date) -> str:
        return f"{kind}-{next(s.code for s in self.company.stores if s.id == store_id)}-{day:%y%m%d}"

    def counters(self) -> list[Counter]:
        """Where the counting of past days stands: for a company farther west it is still yesterday."""
        return [Counter(prefix=self.prefix(*slot), last=n) for slot, n in self.counts.items()]

    def free(self, service: Service, span: tuple[datetime, datetime], store_id: int) -> Worker | None:
        """Somebody with the skill and the time; of the store if there is one."""
        able = [
            w
            for w in self.company.workers
            if service.skill in w.skills
            and (w.active == "working" or span[1] < self.now - timedelta(days=30))
            and not any(overlaps(span, b) for b in self.busy.get(w.id, ()))
        ]
        own = [w for w in able if w.store_id == store_id]
        return self.rng.choice(own or able) if able else None

    def order(
        self,
        customer: Customer,
        wanted: Wanted,
        starts_at: datetime,
        quantity: int,
        *,
        ago: timedelta | None = None,
    ) -> Order:
        """``ago`` says how long ago it was taken; else some days before it begins."""
        service, state = self.company.services[wanted.code], wanted.state
        ends_at = service.end(starts_at, Decimal(quantity))
        before = timedelta(days=self.rng.randint(1, 9), hours=self.rng.randint(0, 5))
        lately = self.now - timedelta(hours=self.rng.randint(1, 40))
        created = self.now - ago if ago else min(starts_at - before, lately)
        order = Order(
            number=self.number("DD", customer.store_id or 0, local(created).date()),
            customer=customer,
            service=service,
            kind=service.category,
            quantity=Decimal(quantity),
            starts_at=starts_at,
            ends_at=ends_at,
            source=self.rng.choice(("phone", "phone", "phone", "web", "referral")),
            special=self.rng.choice(WISHES),
            reason=self.rng.choice(WHY) if state == "cancelled" else None,
            state=state,
            store_id=customer.store_id,
            owner_id=customer.owner_id,
            created_by=customer.owner_id,
            created_at=created,
        )
        self.made.append(order)
        return order

    def visit(self, order: Order, worker: Worker, state: str) -> Visit:
        """A visit as it would stand after its steps."""
        span = (order.starts_at, order.ends_at or order.starts_at)
        if state not in ("declined", "cancelled"):
            self.busy.setdefault(worker.id, []).append(span)
        reached = ("offered", "accepted", "on_the_way", "on_site", "finished")
        far = reached.index(state) if state in reached else 0
        late = timedelta(minutes=self.rng.randint(-8, 12))
        done = state == "finished"
        visit = Visit(
            number=self.number("PG", order.store_id or 0, local(order.created_at).date()),
            order=order,
            worker=worker,
            starts_at=span[0],
            ends_at=span[1],
            pay=cents(Decimal(hours(*span)) * worker.pay_rate),
            accepted_at=order.created_at + timedelta(minutes=self.rng.randint(3, 50)) if far > 0 else None,
            set_out_at=span[0] - timedelta(minutes=35) + late if far > 1 else None,
            checked_in_at=span[0] + late if far > 2 else None,
            check_in_lat=order.customer.lat if far > 2 else None,
            check_in_lng=order.customer.lng if far > 2 else None,
            finished_at=span[1] + late / 2 if done else None,
            report=self.rng.choice(REPORT) if done else None,
            reason="家里有事" if state == "declined" else order.reason,
            state=state,
            created_at=order.created_at + timedelta(minutes=2),
        )
        self.made.append(visit)
        return visit


def make_orders(session: Session, company: Company, count: int) -> list[Any]:
    """``count`` orders with their visits, the story's first. Returns all that was made."""
    year = Year(company)
    tell_story(year)
    rng = company.rng
    states = rng.choices(tuple(STATES), tuple(STATES.values()), k=count)
    states[:8] = ["placed", "placed", "assigned", "assigned", "under_way", "under_way", "cancelled", "done"]
    for state in states[: count - sum(isinstance(m, Order) for m in year.made)]:
        code = rng.choices(tuple(MIX), tuple(MIX.values()))[0]
        if state == "under_way":
            code = LASTING[rng.random() < 0.1]
        make_one(year, Wanted(state, code))
    for start in range(0, len(year.made), 400):
        session.add_all(year.made[start : start + 400])
        session.flush()
    session.add_all(year.counters())
    session.flush()
    return year.made


def make_one(year: Year, wanted: Wanted) -> None:
    """Look for a time at which somebody is free; an order that finds nobody was cancelled."""
    rng, company = year.rng, year.company
    customer, service = rng.choice(company.customers), company.services[wanted.code]
    quantity = rng.choice(UNITS[service.unit])
    if wanted.state in ("placed", "cancelled"):
        order = year.order(customer, wanted, when(year, wanted, service, quantity), quantity)
        if wanted.state == "cancelled" and rng.random() < 0.4:
            year.visit(order, rng.choice(company.workers), rng.choice(("declined", "cancelled")))
        return
    for _each in range(40):
        starts_at = when(year, wanted, service, quantity)
        worker = year.free(service, (starts_at, service.end(starts_at, Decimal(quantity))), customer.store_id or 0)
        if worker:
            order = year.order(customer, wanted, starts_at, quantity)
            ahead = rng.choice(("offered", "accepted"))
            year.visit(order, worker, {"done": "finished", "under_way": "on_site"}.get(wanted.state, ahead))
            return
    lost = Wanted("cancelled", wanted.code)
    year.order(customer, lost, when(year, lost, service, quantity), quantity)


def when(year: Year, wanted: Wanted, service: Service, quantity: int) -> datetime:
    """A start that fits the state: over for what is done, begun for what is under way, ahead for the rest."""
    rng, lasts = year.rng, service.end(year.now, Decimal(quantity)) - year.now
    if wanted.state == "under_way":
        return (year.now - lasts * rng.uniform(0.2, 0.8)).replace(minute=0, second=0, microsecond=0)
    days = rng.randint(1, 8) if wanted.state in ("assigned", "placed") else -1 - int(360 * rng.random() ** 1.4) - lasts.days
    hour = 8 if wanted.code in LASTING else rng.randint(8, 17)
    return local(year.now + timedelta(days=days)).replace(hour=hour)


def tell_story(year: Year) -> None:
    """The key customer: looked after by one carer for three months, in arrears, and with an order for today."""
    company = year.company
    today_ = year.now - timedelta(days=1), year.now + timedelta(days=2)
    for worker in company.workers[:10:3]:  # the first store's: free today, so that there is a choice
        year.busy[worker.id] = [today_]
    key, carer = company.customers[0], next(w for w in company.workers if w.name == FAMILIAR)
    for weeks in (12, 10, 8, 6, 4, 2):
        day = local(year.now - timedelta(weeks=weeks)).replace(hour=9)
        year.visit(year.order(key, Wanted("done", "ZL"), day, 3), carer, "finished")
    soon, ago = year.now + timedelta(hours=3), timedelta(minutes=40)
    order = year.order(key, Wanted("placed", "ZL"), soon, 2, ago=ago)
    order.special = "最好还是李阿姨来"
    waiting = year.order(company.customers[1], Wanted("assigned", "BJ"), year.now + timedelta(hours=1), 2)
    cleaner = next(w for w in company.workers if "cleaning" in w.skills and w.active == "working")
    year.visit(waiting, cleaner, "on_the_way")
    asked = year.order(company.customers[2], Wanted("assigned", "ZL"), year.now + timedelta(days=1), 3)
    year.visit(asked, company.workers[3], "offered")
