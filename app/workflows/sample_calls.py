"""The sample's telephone: a line for each store, a week of calls with the story's customers, and what the knowledge base says."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.engine.clock import local, now, today
from app.engine.notes import RecordNote
from app.models.article import Article
from app.models.customer import Customer
from app.models.organisation import Staff, Store
from app.models.telephone import PhoneCall, PhoneExtension, PhoneLine
from app.workflows.sample_company import Company

NOTICE = "您好，欢迎致电。为保证服务质量，您的通话将被录音。"
CALLS = (  # days ago, at, seconds of ringing, of talking (0: nobody answered), direction, which customer, what was said
    (6, (9, 12), 8, 214, "in", 0, "问护工能不能提前半小时到，已和护工说好，从明天起八点半。"),
    (5, (16, 40), 5, 96, "in", 1, "想看合同草稿，已微信发给她女儿。"),
    (4, (10, 5), 6, 181, "out", 2, "回访：对上次保洁满意，下月还约同一位。"),
    (3, (14, 22), 21, 0, "in", 3, ""),
    (3, (14, 50), 7, 152, "out", 3, "回电：问续签价格，已按每月 1440 元报价，周五前答复。"),
    (2, (11, 31), 4, 305, "in", 0, "夸护工细心；下周三要去医院复查，请护工陪同，已备注。"),
    (1, (19, 3), 25, 0, "in", 5, ""),
    (0, (8, 20), 6, 74, "in", 4, "问押金什么时候退，按知识库答复：设备收回验收后三个工作日内。"),
)
ARTICLES = (  # title, search words, what is so, what to say
    (
        "设备押金怎么收、怎么退", "押金 deposit yajin 制氧机 护理床 退押金",
        (
            "租赁设备按台收押金：制氧机 800 元，护理床 1500 元。\n\n"
            "- 押金单独开收据，不抵租金\n- 收回设备并验收后三个工作日内原路退回\n- 有损坏的，按维修单扣减，余额退回"
        ),
        "押金我们单独给您开收据，不会抵成租金。等设备收回、师傅验收没问题，三个工作日内原路退给您。",
    ),
    (
        "退款规则", "退款 refund 次卡 退卡 合同",
        "未用完的工时按合同约定的公式退。\n\n- 先查工时余额，再按成交单价计算\n- 赠送的工时不退\n- 退款由财务复核，三天内到账",
        "您没用完的工时可以退，我先帮您算一下余额，算好发给您看，您确认了财务三天内打给您。",
    ),
    (
        "换护工怎么办", "换人 换护工 不满意 replace carer",
        "换人不收费，三天内到岗。\n\n- 先问原因，记在通话里\n- 派单员看替补名单，优先去过这家的\n- 交接单要写习惯、饮食和注意事项",
        "您别着急，换人不收费，最晚三天内新的护工到岗。您说说哪里不合适，我让派单挑更合适的。",
    ),
    (
        "月嫂服务包含什么", "月嫂 matron 月子 产妇 新生儿",
        "26 天住家，照护产妇和新生儿。\n\n- 含月子餐、婴儿洗护、黄疸观察、通乳指导\n- 不含全家做饭、大扫除\n- 法定节假日三倍工资，提前说明",
        "月嫂 26 天住家，主要照顾妈妈和宝宝，月子餐、宝宝洗护都包含。家里其他人的饭和大扫除不包含，需要的话可以另约钟点工。",
    ),
    (
        "怎么开发票", "发票 invoice 抬头 税号", (
            "服务完成并付清后可开电子发票，发到客户邮箱或微信。\n\n"
            "- 抬头、税号以客户所写为准\n- 当月开，跨月作废要财务办"
        ),
        "付清以后就能开电子发票，您把抬头和税号发我，今天就给您开。",
    ),
    (
        "制氧机报警怎么办", "制氧机 报警 oxygen alarm 不出氧",
        "先保证老人有氧可用。\n\n- 看流量计是否为零、管子有没有折住\n- 换备用氧气瓶\n- 仍报警就派单：设备维修，两小时内到",
        "先别慌，看看管子有没有折住。还报警就先用备用氧气瓶，我马上派师傅，两小时内到您家。",
    ),
)  # fmt: skip


def make_calls(session: Session, company: Company) -> None:
    """A line and its extensions for each store; the calls are the first store's."""
    lines = [line_of(session, company, store, n) for n, store in enumerate(company.stores, 1)]
    first = [s for s in company.staff if s.store_id == company.stores[0].id and "agent" in s.roles]
    agents = {s.id: s for s in company.staff}
    for n, (ago, at, ringing, talking, direction, who, said) in enumerate(CALLS):
        customer = company.customers[who]
        agent = agents.get(customer.owner_id or 0) or first[0]
        call = call_of(lines[0], customer, agent, moment(ago, at), ringing, talking, direction)
        call.ref, call.note = f"sample-{n:03d}", said or None
        session.add(call)
        if not talking:
            session.flush()
            back = any(later[5] == who and later[4] == "out" for later in CALLS[n:])
            call.called_back_at = call.rang_at + timedelta(minutes=28) if back else None
            if not back:
                text = f"回电:{local(call.rang_at):%H:%M} 来电无人接听。"
                todo = RecordNote(model="PhoneCall", record_id=call.id, text=text, due_on=today(), for_id=agent.id, store_id=call.store_id)
                session.add(todo)
    session.flush()


def moment(ago: int, at: tuple[int, int]) -> datetime:
    """A time of day some days ago; of today, one that is past."""
    there = local(now()).replace(hour=at[0], minute=at[1], second=0, microsecond=0) - timedelta(days=ago)
    return there if there < now() else now() - timedelta(minutes=20)


def line_of(session: Session, company: Company, store: Store, n: int) -> PhoneLine:
    line = PhoneLine(
        name=f"{store.name}热线", number=f"{company.city.area_code}0{n}200{n}00", store_id=store.id, recorded=True, notice=NOTICE,
    )  # fmt: skip
    session.add(line)
    session.flush()
    people = [s for s in company.staff if s.store_id == store.id and {"agent", "manager", "dispatcher", "admin"} & set(s.roles)]
    people.sort(key=lambda s: ("agent" not in s.roles, s.id))
    for number, person in enumerate(people, 801):
        session.add(PhoneExtension(line_id=line.id, number=str(number), agent_id=person.id, store_id=store.id))
    return line


def call_of(  # noqa: PLR0913, PLR0917
    line: PhoneLine, customer: Customer, agent: Staff, rang: datetime, ringing: int, talking: int, direction: str
) -> PhoneCall:
    answered = rang + timedelta(seconds=ringing) if talking else None
    return PhoneCall(
        line_id=line.id, direction=direction, phone=customer.phone, customer_id=customer.id, agent_id=agent.id, rang_at=rang,
        answered_at=answered, ended_at=rang + timedelta(seconds=ringing + talking), result="answered" if talking else "missed",
        owner_id=customer.owner_id, store_id=customer.store_id,
    )  # fmt: skip


def make_articles(session: Session) -> None:
    session.add_all(Article(title=title, words=words, body=body, script=script) for title, words, body, script in ARTICLES)
    session.flush()
