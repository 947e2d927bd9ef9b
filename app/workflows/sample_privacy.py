"""What the sample's customers agreed to, and the two who asked for something."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.models.consent import Consent
from app.models.order import Order
from app.models.privacy import PrivacyTicket
from app.workflows.sample_company import Company

OLD, NEW = "2025-07", "2026-01"


def make_privacy(session: Session, company: Company) -> None:
    """Everybody who ordered agreed to the service, some to more, and a few took it back; one copy and one erasure are asked for."""
    rng = Random(company.city.tenant * 31)  # noqa: S311
    known = {c.id for c in company.customers} & set(session.scalars(select(Order.customer_id)))
    for customer in (c for c in company.customers if c.id in known):  # whoever never ordered has signed nothing yet
        given = customer.created_at + timedelta(minutes=20)
        wording = NEW if given > now() - timedelta(days=300) else OLD
        session.add(Consent(customer=customer, purpose="service", wording=wording, way=rng.choice(("paper", "phone")), given_at=given))
        if rng.random() < 0.4:
            taken_back = now() - timedelta(days=1) if rng.random() < 0.2 and given < now() - timedelta(days=2) else None
            purpose = rng.choice(("health", "marketing", "pictures"))
            session.add(Consent(customer=customer, purpose=purpose, wording=wording, given_at=given, withdrawn_at=taken_back))
    copy, gone = [c for c in company.customers if c.id in known][3:5]
    session.add(PrivacyTicket(customer=copy, kind="export", asked_on=today() - timedelta(days=4), said="女儿来电，想要一份全部记录"))
    session.add(PrivacyTicket(customer=gone, kind="erase", way="paper", asked_on=today() - timedelta(days=9), state="approved"))
    session.flush()
