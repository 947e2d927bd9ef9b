"""The sample's households: who pays and who is cared for, a second home, talks, needs and coupons; and what to think of today."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from app.engine.clock import local, now, today
from app.engine.remind import run
from app.models.contact import Contact
from app.models.coupon import Coupon
from app.models.customer import Customer
from app.models.customer_address import CustomerAddress
from app.models.followup import Followup
from app.models.need import Need
from app.models.order import Order
from app.workflows.sample_company import FAMILIAR, Company

SAID = (
    ("phone", "问了最近的情况，老人胃口好，护工很细心"),
    ("wechat", "发了下月排班，家属确认"),
    ("visit", "上门看望，送了体检提醒单"),
    ("phone", "家属问能不能加一天，答应查排班后回复"),
    ("shop", "来店咨询长期护理价格，已给报价单"),
)
NEEDS = (
    ("elder", "ZL", "要会做软食，说话大声些，最好五十岁左右"),
    ("hospital", "HG12", "会用轮椅，夜里能起来两次"),
    ("matron", "YS26", "有五年以上经验，会催乳"),
    ("cleaning", "BJ", "家里有猫，不要用味道重的清洁剂"),
    ("elder", "HG24", "住家，能照顾糖尿病老人饮食"),
)
LOST = "家属选了亲戚照顾"


def make_customers_whole(session: Session, company: Company, orders: list[Order]) -> None:
    """Households, talks and needs of a company's customers, then the reminders that follow from them."""
    rng = Random(company.city.tenant * 29)  # noqa: S311
    served = {o.customer.id for o in orders if o.state != "cancelled"}
    carer = next(w for w in company.workers if w.name == FAMILIAR)
    for n, customer in enumerate(company.customers):
        customer.stage = "past" if customer.level == "past" else "active" if customer.id in served else "lead"
        customer.industry = rng.choices(("household", "care_home", "office"), (94, 4, 2))[0]
        household(session, company, customer, rng)
        talks(session, customer, n, rng)
        if n % 4 == 1 or n < 3:
            need(session, company, customer, n)
    story(session, company, carer.id)
    session.flush()
    run(session, all_of_them=True)


def household(session: Session, company: Company, customer: Customer, rng: Random) -> None:
    alone = not customer.contact
    session.add(Contact(customer=customer, name=customer.name, relation="self", phone=customer.phone, cared=True, first=alone))
    if customer.contact:
        relation = rng.choice(("child", "child", "in_law", "spouse"))
        phone = customer.contact_phone
        session.add(Contact(customer=customer, name=customer.contact, relation=relation, phone=phone, pays=True, first=True))
    if rng.random() < 0.15:
        home = company.people.home(company.city.districts[rng.randrange(3)])
        session.add(CustomerAddress(customer=customer, label="女儿家", city=customer.city, way_in="密码门 2580#,电梯到顶楼", **home))


def talks(session: Session, customer: Customer, n: int, rng: Random) -> None:
    """One to three talks; of key customers the last one is lately, but for the first customer, whom everybody was too busy for."""
    for k in range(1 if n else 3, 0, -1) if rng.random() < 0.7 or n == 0 or customer.attention == "1" else ():
        days = 16 + 9 * k if n == 0 else rng.randint(1, 12) if customer.attention == "1" else rng.randint(1, 90)
        way, said = SAID[(n + k) % len(SAID)]
        at = now() - timedelta(days=days, hours=k)
        by = {"created_by": customer.owner_id, "created_at": at}
        session.add(Followup(customer=customer, talked_at=at, way=way, whom=customer.contact or customer.name, said=said, **by))


def need(session: Session, company: Company, customer: Customer, n: int) -> None:
    kind, code, wishes = NEEDS[n % len(NEEDS)]
    state = ("wanted", "matched", "lost")[(n // 4) % 3] if n > 2 else "wanted"
    start = local(now() + timedelta(days=3 + n % 9)).replace(hour=9, minute=0, second=0, microsecond=0)
    session.add(
        Need(
            customer=customer, kind=kind, service=company.services[code], wishes=wishes, starts_at=start,
            budget=company.services[code].price, state=state, reason=LOST if state == "lost" else None,
        )
    )  # fmt: skip


def story(session: Session, company: Company, carer_id: int) -> None:
    """The first three customers: one with wishes that stand, one to be called today, one with a coupon and a second need."""
    key, second, third = company.customers[:3]
    key.preferred_id, key.standing = carer_id, "进门换鞋，先量血压再吃药"
    at = local(now()).replace(hour=9, minute=30, second=0, microsecond=0)
    session.add(
        Followup(
            customer=second, talked_at=at - timedelta(days=2), way="phone", whom=second.contact or second.name,
            said="想从下周起每天来，等家里人商量后定", next_at=min(at, now() - timedelta(minutes=20)),
        )
    )  # fmt: skip
    session.add(Coupon(customer=third, occasion="goodwill", amount=Decimal(50), valid_until=today() + timedelta(days=40)))
    session.add(Need(customer=third, kind="cleaning", service=company.services["SDBJ"], wishes="春节前大扫除", state="matched"))
