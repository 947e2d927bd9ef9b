"""The sample's contracts: one that runs, one to be signed, one that ran out, one broken off, and those of the live-in care."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import today
from app.models.contract import Contract
from app.models.customer import Customer
from app.workflows.sample_company import Company

HOURS = "每周三次,每次三小时,由固定护工上门。甲方提前一天可改期;临时取消按一小时收费。每月五日前付清上月服务费。"
LIVE_IN = "护工住家照护,每周休息一天,由乙方派人顶班。护工食宿由甲方提供。换人不收费,三天内到岗。提前解约须七天前通知。"
WHY = "老人住院,家属决定在医院请护工"


def make_contracts(session: Session, company: Company) -> None:
    """The story's four for the first customers, and one for every eighth of the others."""
    rng = Random(company.city.tenant * 17)  # noqa: S311
    story: list[tuple[Customer, str, str, dict[str, Any]]] = [
        (company.customers[0], "ZL", "active", {"monthly": Decimal(2160), "terms": HOURS, "days": (-90, 275), "attention": "1"}),
        (company.customers[1], "HG24", "draft", {"monthly": Decimal(8400), "terms": LIVE_IN, "days": (5, 370), "signed_on": None}),
        (company.customers[3], "ZL", "ended", {"monthly": Decimal(1440), "terms": HOURS, "days": (-400, -35)}),
        (company.customers[4], "HG24", "terminated", {"monthly": Decimal(8400), "terms": LIVE_IN, "days": (-120, 245), "reason": WHY}),
    ]
    for customer in company.customers[8::8]:
        ago = rng.randint(20, 340)
        more: dict[str, Any] = {"monthly": Decimal(rng.choice((7800, 8400, 9000))), "terms": LIVE_IN, "days": (-ago, 365 - ago)}
        story.append((customer, "HG24", "active", more))
    given: Counter[tuple[int | None, date]] = Counter()
    for customer, code, state, more in story:
        first, last = (today() + timedelta(days=n) for n in more.pop("days"))
        signed = more.pop("signed_on", first - timedelta(days=2))
        made = Contract(
            customer=customer, service=company.services[code], state=state, starts_on=first, ends_on=last, signed_on=signed,
            total=more["monthly"] * 12, **more,
        )  # fmt: skip
        if signed is not None:  # today's numbers are the counter's
            given[customer.store_id, signed] += 1
            store = next(s.code for s in company.stores if s.id == customer.store_id)
            made.number = f"HT-{store}-{signed:%y%m%d}-{given[customer.store_id, signed]:04d}"
        session.add(made)
    session.flush()
