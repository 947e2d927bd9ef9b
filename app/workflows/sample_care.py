"""The sample's return visits and complaints: content and not, in time and late, with what was learnt from them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.models.care import ReturnVisit, VisitRule
from app.models.complaint import Complaint, ComplaintRoute, ComplaintStep, Correction
from app.models.contract import Contract
from app.models.order import Order
from app.workflows.sample_company import Company

GOOD = ("阿姨做事细心，老人很喜欢", "准时，干净，没有意见", "饭菜合口味，谢谢", "和老人聊得来，我们放心")
BAD = "最近两次都晚到二十分钟，也没有提前打电话"
ROUTES = (  # kind, handled by, hours, above
    ("attitude", "manager", 24, "admin"), ("skill", "manager", 24, "admin"), ("late", "dispatcher", 8, "manager"),
    ("price", "manager", 24, "admin"), ("damage", "manager", 12, "admin"), ("safety", "manager", 4, "admin"),
    ("device", "dispatcher", 12, "manager"), ("other", "agent", 48, "manager"),
)  # fmt: skip


def make_care(session: Session, company: Company, contracts: list[Contract]) -> None:
    rng = Random(company.city.tenant * 23)  # noqa: S311
    make_rules(session, company)
    make_visits(session, contracts, rng)
    make_complaints(session, company, contracts)


def make_rules(session: Session, company: Company) -> None:
    ask = "服务是否准时?态度怎样?还有什么要改进?请打分。"
    session.add(VisitRule(name="VIP 客户每月回访", since="customer", days=Decimal(30), again=Decimal(30), level="vip", ask=ask))
    device = VisitRule(name="制氧机安装 30 天回访", since="done", days=Decimal(30), ask="机器声音、出氧浓度、湿化瓶清洗，现场看一遍。")
    device.service = company.services["ZYJ"]
    session.add(device)
    session.add(VisitRule(name="合同结束后回访", since="over", days=Decimal(15), ask="为什么不续?以后还会找我们吗?"))
    session.add_all(ComplaintRoute(kind=kind, role=role, hours=Decimal(hours), above=above) for kind, role, hours, above in ROUTES)
    session.flush()


def make_visits(session: Session, contracts: list[Contract], rng: Random) -> None:
    """Two that were made for each contract in force, one that is due, and one where the customer is not content."""
    live = [c for c in contracts if c.state == "active"]
    for n, contract in enumerate(live):
        for ago in (60, 30):
            if today() - timedelta(days=ago) > contract.starts_on:
                at = now() - timedelta(days=ago)
                session.add(
                    ReturnVisit(
                        contract_id=contract.id, customer_id=contract.customer_id, due_on=today() - timedelta(days=ago), visited_at=at,
                        feeling="satisfied", score_worker=rng.choice((4, 5, 5)), score_company=rng.choice((4, 4, 5)), said=rng.choice(GOOD),
                        state="content",
                    )
                )
        if n == 1:
            session.add(
                ReturnVisit(
                    contract_id=contract.id, customer_id=contract.customer_id, due_on=today() - timedelta(days=3),
                    visited_at=now() - timedelta(days=3), feeling="dissatisfied", score_worker=2, score_company=3, said=BAD,
                    remedy="店长与护工谈话，三天内每天电话确认到岗", state="correcting",
                )
            )
    session.add(ReturnVisit(contract_id=live[0].id, customer_id=live[0].customer_id, due_on=today(), ask="满三个月回访"))
    session.flush()


def make_complaints(session: Session, company: Company, contracts: list[Contract]) -> None:
    """One closed, one solved, one that is handled and one that is late."""
    live = [c for c in contracts if c.state == "active"]
    order = session.scalars(select(Order).where(Order.state == "done").order_by(Order.id).limit(1)).one()
    closed = Complaint(
        customer=live[0].customer, contract_id=live[0].id, kind="late", level="3", said="约好九点，十点才到", cause="schedule",
        result="已向家属道歉，减免一小时费用；护工改为提前一站出发", solved_at=now() - timedelta(days=18), rating=5, state="closed",
        created_at=now() - timedelta(days=20), due_at=now() - timedelta(days=19),
    )  # fmt: skip
    solved = Complaint(
        customer=order.customer, order_id=order.id, kind="price", level="3", said="账单上的夜间费没有事先说过", cause="words",
        result="夜间费已退回；今后下单时在确认短信里写明", solved_at=now() - timedelta(hours=5), state="solved",
        created_at=now() - timedelta(days=2), due_at=now() + timedelta(hours=2),
    )  # fmt: skip
    handled = Complaint(
        customer=live[1].customer, contract_id=live[1].id, kind="attitude", level="2", said=BAD, cause="training", state="handling",
        created_at=now() - timedelta(hours=6), due_at=now() + timedelta(hours=18),
    )  # fmt: skip
    late = Complaint(
        customer=company.customers[2], kind="damage", level="2", said="打扫时碰坏了花瓶，一直没有人答复", state="opened",
        created_at=now() - timedelta(days=3), due_at=now() - timedelta(days=2),
    )  # fmt: skip
    for one in (closed, solved, handled, late):
        session.add(one)
        session.flush()
    for one, lines in (
        (closed, (("已电话致歉，核对打卡时间", 19), ("已解决", 18))),
        (solved, (("财务核对账单", 1), ("已解决", 0))),
        (handled, (("店长已约护工面谈", 0),)),
    ):
        for text, ago in lines:
            done = text == "已解决"
            session.add(
                ComplaintStep(
                    complaint_id=one.id, complaint=one, at=now() - timedelta(days=ago, hours=1), done=text,
                    result=one.result if done else None, told=True,
                )
            )
    changes = (("上门确认短信写明夜间费与取消规则", solved, "words", 10), ("新护工岗前加一节沟通课", handled, "training", 20))
    for name, one, cause, days in changes:
        session.add(Correction(name=name, complaint_id=one.id, cause=cause, due_on=today() + timedelta(days=days)))
    session.flush()
