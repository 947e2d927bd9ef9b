"""Sample data that tells a story: head office and two franchises. Only its dates vary: they are relative to today."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.engine.current import acting
from app.engine.tenant import HEAD_OFFICE, Tenant
from app.engine.wall import leave
from app.models.order import Order
from app.models.organisation import Staff, Store
from app.models.roles import give_defaults
from app.workflows.sample_boards import make_boards
from app.workflows.sample_calls import make_articles, make_calls
from app.workflows.sample_care_days import make_care_days
from app.workflows.sample_catalogue import make_catalogue
from app.workflows.sample_company import CITIES, City, found
from app.workflows.sample_contracts import make_contracts
from app.workflows.sample_customers import make_customers_whole
from app.workflows.sample_hours import make_hours
from app.workflows.sample_money import make_money
from app.workflows.sample_orders import make_orders
from app.workflows.sample_partner import make_partner
from app.workflows.sample_privacy import make_privacy
from app.workflows.sample_reviews import make_reviews
from app.workflows.sample_slips import make_slips
from app.workflows.sample_trail import make_trail
from app.workflows.sample_work import make_work
from app.workflows.sample_workers import make_workers_whole

PASSWORD = "jiahe-sample"  # noqa: S105
SIZES = {True: (40, 60), False: (300, 600)}  # customers and orders of each franchise
Credential = Callable[[Staff, str], object]


def load(session: Session, credential: Credential, *, small: bool = False) -> None:
    """Fill an empty database. ``credential`` makes the login of a member of staff with a password.

    Each tenant is committed by itself. Small data is for tests and has the same logins.
    """
    with acting(tenant_id=1, trusted="sample"):
        session.add(Tenant(id=1, name="家和总部", name_en="Jiahe Head Office", kind=HEAD_OFFICE, sample=True))
        give_defaults(session)
        session.add(Store(code="HQ", name="总部", city="北京", district="朝阳区", address="建国路 1 号"))
        session.flush()
        hq = Staff(name="总部督导", username="hq", roles=["head_office"], email="hq@example.com")
        finish(session, [hq], credential)
    for city in CITIES:
        with acting(tenant_id=city.tenant, trusted="sample"):
            load_city(session, city, credential, *SIZES[small])


def load_city(session: Session, city: City, credential: Credential, customers: int, orders: int) -> None:
    session.add(Tenant(id=city.tenant, name=city.name, name_en=city.name_en, sample=True))
    give_defaults(session)
    company = found(session, city, customers)
    made = make_orders(session, company, orders)
    make_catalogue(session, company)
    make_work(session, made)
    make_trail(session, company, made)
    done = [o for o in made if isinstance(o, Order) and o.state == "done"]
    keeper = next(s.id for s in company.staff if "finance" in s.roles)
    make_money(session, done, company.rng, keeper)
    make_slips(session, made)
    make_care_days(session, company, made)
    make_reviews(session, made, company)
    make_privacy(session, company)
    make_contracts(session, company)
    make_customers_whole(session, company, [o for o in made if isinstance(o, Order)])
    make_calls(session, company)
    make_articles(session)
    if "partner" in city.logins:
        make_partner(session, company, made)
        make_boards(session)
    make_workers_whole(session, company)
    make_hours(session, company)
    finish(session, company.logins(), credential)


def finish(session: Session, staff: list[Staff], credential: Credential) -> None:
    """Make the logins, commit, and free the session for the next tenant."""
    session.add_all(staff)
    session.flush()
    for person in staff:
        credential(person, PASSWORD)
    session.commit()
    leave(session)
