"""The sample's contracts: templates and tiers, one of each state of their course, and those of the live-in care."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import today
from app.models.contract import Contract, ContractFee
from app.models.contract_template import ContractTemplate, TemplateFee
from app.models.contract_version import keep_version
from app.models.customer import Customer
from app.models.review import ReviewTier
from app.workflows.contract_money import post_fees
from app.workflows.sample_care import make_care
from app.workflows.sample_company import Company
from app.workflows.signing import sign_on_paper
from app.workflows.visits import plan_visits

HOURS = "每周三次，每次三小时，由固定护工上门。甲方提前一天可改期；临时取消按一小时收费。每月五日前付清上月服务费。"
LIVE_IN = "护工住家照护，每周休息一天，由乙方派人顶班。护工食宿由甲方提供。换人不收费，三天内到岗。提前解约须七天前通知。"
CARD = "会员享受九折上门服务，优先派单。会员卡不记名转让须本店登记；未用次数可按章程退还。"
RENT = "制氧机由乙方送装并教会使用，每三个月上门保养一次。设备押金在归还验收后三日内退还。人为损坏按价赔偿。"
JOINT = "合作机构按约派出持证护工，按月结算。双方对客户信息保密，不得绕过对方私下成交。"
WHY = "老人住院，家属决定在医院请护工"
THREE_PARTY, RENTAL = "居家照护三方合同", "制氧机租赁合同"
TEMPLATES: tuple[tuple[str, str, str | None, str, dict[str, Any], tuple[tuple[str, str, str, int, str], ...]], ...] = (
    (THREE_PARTY, "three_party", "HG24", LIVE_IN,
     {"matters": "日常照护、协助服药与翻身、每日记录", "refund_cut": Decimal(10), "visit_days": "3, 30", "visit_every": "month"},
     (("service", "customer", "8400", 0, "unserved"), ("member", "customer", "300", 0, "none"), ("insurance", "customer", "120", 0, "none"),
      ("member", "worker", "200", 7, "none"))),
    ("居家会员卡", "card", "ZL", CARD, {"visit_days": "7", "visit_every": "quarter", "counted": "months"},
     (("member", "customer", "1980", 0, "unserved"),)),
    (RENTAL, "rental", "ZYW", RENT, {"visit_days": "3, 30", "counted": "months", "refund_fee": Decimal(50)},
     (("rent", "customer", "3600", 0, "unserved"), ("deposit", "customer", "1000", 0, "full"))),
    ("机构合作合同", "cooperation", None, JOINT, {"visit_every": "quarter", "mode": "agency"}, ()),
)  # fmt: skip
FEES = (
    ("service", "customer", "8400.00", "unserved"), ("member", "customer", "300.00", "none"), ("insurance", "customer", "120.00", "none"),
)  # fmt: skip
SMALL = (("service", "customer", "2160.00", "unserved"), ("member", "customer", "300.00", "none"))


def make_contracts(session: Session, company: Company) -> None:
    """The story's for the first customers, and one for every eighth of the others."""
    rng = Random(company.city.tenant * 17)  # noqa: S311
    templates = make_templates(session, company)
    story: list[tuple[Customer, str, str, dict[str, Any]]] = [
        (company.customers[0], "ZL", "active", {"monthly": Decimal(2160), "terms": HOURS, "days": (-90, 275), "attention": "1"}),
        (company.customers[1], "HG24", "draft", {"monthly": Decimal(8400), "terms": LIVE_IN, "days": (5, 370), "signed_on": None}),
        (company.customers[3], "ZL", "ended", {"monthly": Decimal(1440), "terms": HOURS, "days": (-400, -35)}),
        (company.customers[4], "HG24", "terminated", {"monthly": Decimal(8400), "terms": LIVE_IN, "days": (-120, 245), "reason": WHY}),
        (company.customers[5], "ZL", "active", {"monthly": Decimal(1440), "terms": HOURS, "days": (-351, 14), "attention": "2"}),
        (company.customers[6], "HG24", "in_review", {"monthly": Decimal(9000), "terms": LIVE_IN, "days": (3, 368), "signed_on": None}),
        (company.customers[7], "ZL", "to_sign", {"monthly": Decimal(2160), "terms": HOURS, "days": (2, 184), "signed_on": None}),
    ]
    for customer in company.customers[8::8]:
        ago = rng.randint(20, 340)
        more: dict[str, Any] = {"monthly": Decimal(rng.choice((7800, 8400, 9000))), "terms": LIVE_IN, "days": (-ago, 365 - ago)}
        story.append((customer, "HG24", "active", more))
    given: Counter[tuple[int | None, date]] = Counter()
    carers = [w for w in company.workers if "elder" in w.skills and w.active == "working"]
    made = []
    for n, (customer, code, state, more) in enumerate(story):
        first, last = (today() + timedelta(days=d) for d in more.pop("days"))
        signed = more.pop("signed_on", first - timedelta(days=2))
        contract = Contract(
            customer=customer, service=company.services[code], state=state, starts_on=first, ends_on=last, signed_on=signed,
            total=more["monthly"] * 12, worker=carers[n % len(carers)], template=templates[THREE_PARTY] if code == "HG24" else None,
            worker_pay=more["monthly"] * Decimal("0.7"), refund_cut=Decimal(10), **more,
        )  # fmt: skip
        if signed is not None:  # today's numbers are the counter's
            given[customer.store_id, signed] += 1
            store = next(s.code for s in company.stores if s.id == customer.store_id)
            contract.number = f"HT-{store}-{signed:%y%m%d}-{given[customer.store_id, signed]:04d}"
        session.add(contract)
        session.flush()
        for kind, payer, amount, refund in FEES if code == "HG24" else SMALL:
            due = signed or first
            session.add(ContractFee(contract=contract, kind=kind, payer=payer, amount=Decimal(amount), due_on=due, refund=refund))
        made.append(contract)
    session.flush()
    for contract in made:
        if contract.state != "draft":
            keep_version(session, contract, "提交")
            session.flush()
    sealed = [c for c in made if c.signed_on is not None]
    for contract in sealed:
        sign_on_paper(session, contract)
        contract.signed_no = 1
    # Of the older ones the fees were paid long ago, before this program; the key customer's are on the list.
    post_fees(session, sealed[0])
    for contract in sealed[4:8]:
        plan_visits(session, contract, today() - timedelta(days=2))
    session.flush()
    make_care(session, company, made)


def make_templates(session: Session, company: Company) -> dict[str, ContractTemplate]:
    found = {}
    for name, kind, code, terms, more, fees in TEMPLATES:
        service = company.services[code] if code else None
        made = found[name] = ContractTemplate(name=name, kind=kind, service=service, terms=terms, months=Decimal(12), **more)
        session.add(made)
        session.flush()
        for fee, payer, amount, due, refund in fees:
            session.add(
                TemplateFee(template=made, kind=fee, payer=payer, amount=Decimal(amount), due_days=Decimal(due), refund=refund)
            )
    session.add(ReviewTier(amount=Decimal(50000), role="manager"))
    session.add(ReviewTier(amount=Decimal(200000), role="admin"))
    session.flush()
    return found
