"""The sample's partner agency: a store of its own kind, with a login, carers, and the jobs it was given."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import today
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.organisation import Staff, Store
from app.models.worker import Worker
from app.workflows.sample_company import Company

JOBS = {"placed": 2, "assigned": 1, "done": 4}  # how many orders of each state it was given
CARERS = ("孙惠芳", "周国强")


def make_partner(session: Session, company: Company, made: list[Any]) -> None:
    """Cleaning is given away when there is too much of it; what was agreed with the customer stays with us."""
    home, prefix = company.stores[0], company.city.prefix
    agency = Store(code=f"{prefix}90", name="康洁家政", kind="partner", parent=home, city=company.city.city, district=home.district)
    session.add(agency)
    session.flush()
    person = Staff(name="冯志远", username=f"{prefix.lower()}-partner", roles=["partner"], phone=company.people.phone(), store_id=agency.id)
    company.staff.append(person)
    session.add(person)
    for name in CARERS:
        company.health.append(today() + timedelta(days=300))
        company.workers.append(
            Worker(
                name=name, phone=company.people.phone(), skills=["cleaning"], grade="silver", district=home.district, lat=home.lat,
                lng=home.lng, pay_rate=Decimal(30), store_id=agency.id, mode="agency", commission=Decimal(20),
            )
        )  # fmt: skip
    session.add_all(company.workers)
    orders = [o for o in made if isinstance(o, Order) and o.service.code in ("BJ", "SDBJ") and o.customer not in company.customers[:3]]
    for state, count in JOBS.items():
        for order in [o for o in orders if o.state == state][:count]:
            order.given = agency
            for visit in (v for v in made if isinstance(v, Visit) and v.order is order):
                visit.given = agency
    session.flush()
