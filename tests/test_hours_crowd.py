"""Many use one card at once, and random courses through the database: no line is lost, none is there twice, none falls below zero."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect
from sqlalchemy import select

from app.engine.clock import now, today
from app.extensions import db
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.hour_card import HourCard, HourLine
from app.models.order import Order
from app.models.slip import Slip
from app.models.worker import Worker
from app.web import links
from app.workflows.hours import HourCardFlow, SlipFlow, expire_hours, post, refund_of, settle, settle_visit
from tests.acting import as_program
from tests.delivering import deliver
from tests.test_hour_sums import Book
from tests.test_hours import card, slip_of, times  # noqa: F401
from tests.test_portal import Phone, visit  # noqa: F401
from tests.test_slips import DRAWN, walk

PEOPLE, HOURS = 50, 40
DEED = st.one_of(
    st.tuples(st.just("sell"), st.decimals("0.01", 20, places=2), st.integers(0, 30)),
    st.tuples(st.just("use"), st.decimals("0.1", 9, places=1), st.just(0)),
    st.tuples(st.just("settle"), st.integers(1, 4), st.decimals("0.1", 9, places=1)),
    st.tuples(st.just("void"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("expire"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("refund"), st.integers(0, 3), st.just(0)),
)


def someone(session) -> tuple[Customer, Service, Worker]:
    found = session.scalars(select(Customer).where(Customer.name == "王秀兰").limit(1)).one()
    client = Customer(name="工时客户", store_id=found.store_id, owner_id=found.owner_id)
    session.add(client)
    session.flush()
    service = session.scalars(select(Service).where(Service.code == "BJ")).one()
    return client, service, session.scalars(select(Worker).where(Worker.active == "working").limit(1)).one()


def been(session, who, n: int, hours: Decimal) -> Visit:
    """A visit that is over, in a year that is over, whose slip is missing."""
    client, service, worker = who
    start = now() - timedelta(days=4000 - n)
    end = start + timedelta(seconds=int(hours * 3600))
    order = Order(customer=client, service=service, starts_at=start, ends_at=start + timedelta(hours=9), state="done")
    session.add(order)
    session.flush()
    made = Visit(
        order=order, worker=worker, starts_at=start, ends_at=start + timedelta(hours=9), state="finished", slip="missing",
        actual_start=start, actual_end=end, finished_at=end, checked_in_at=start,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


@pytest.mark.feature("MEM-02")
def test_fifty_sign_at_once_for_the_same_card(app, client, fresh_db, truth):
    with app.app_context():
        with as_program(db.session):
            who = someone(db.session)
            made = HourCard(customer=who[0], price=Decimal(50), expires_on=today() + timedelta(days=90))
            db.session.add(made)
            db.session.flush()
            post(db.session, made, "sold", Decimal(HOURS))
            pages = [links.link_to("carer", been(db.session, who, n, Decimal(1))) for n in range(PEOPLE)]
            pk = made.id
            db.session.commit()
        db.session.remove()
    phones = [Phone(client(lang="en"), page) for page in pages]
    for one in phones:
        one.look()

    def press(phone: Phone) -> int:
        sent = {"name": "Wang Min", "picture": DRAWN}
        return max(phone.person.post_form(f"{phone.path}/sign", **sent).status_code for _twice in range(2))

    with ThreadPoolExecutor(PEOPLE) as crowd:
        codes = list(crowd.map(press, phones))
    assert set(codes) == {302}, codes
    used = truth("SELECT slip_id, sum(hours) FROM hour_line WHERE card_id = %s AND kind = 'used' GROUP BY slip_id", pk)
    assert len(used) == HOURS and {h for _s, h in used} == {Decimal(-1)}, "each slip once, and no more than there was"
    ((held, total),) = truth(
        "SELECT held, (SELECT sum(hours) FROM hour_line l WHERE l.card_id = c.id) FROM hour_card c WHERE id = %s", pk
    )
    assert held == total == 0
    assert truth('SELECT count(*) FROM slip s JOIN visit v ON v.id = s.visit_id JOIN "order" o ON o.id = v.order_id '
                 "JOIN customer c ON c.id = o.customer_id WHERE c.name = '工时客户'") == [(PEOPLE,)]  # fmt: skip


@pytest.mark.feature("MEM-04")
def test_random_courses_through_the_database_end_as_the_arithmetic_says(app):
    @settings(max_examples=30, deadline=None)
    @given(st.lists(DEED, max_size=9))
    def course(deeds):
        with app.app_context():
            with as_program(db.session):
                go(db.session, deeds)
                db.session.rollback()
            db.session.remove()

    course()


def go(session, deeds) -> None:
    who, book, cards, slips = someone(session), Book(), [], []
    book.today = today()
    for n, (deed, a, b) in enumerate(deeds):
        if deed == "sell":
            made = HourCard(customer=who[0], price=Decimal(50), expires_on=today() + timedelta(days=b))
            session.add(made)
            session.flush()
            post(session, made, "sold", a)
            cards.append(made)
        elif deed == "use":
            there = been(session, who, n, a)
            slips.append(Slip(visit=there, visit_id=there.id, way="paper", signed_at=now()))
            session.add(slips[-1])
            session.flush()
            settle(session, slips[-1])
        elif deed in ("settle", "void"):
            if a > len(slips) or slips[a - 1].state == "voided":
                continue
            slip = slips[a - 1]
            if deed == "void":
                SlipFlow(slip).take("void", reason="x")
            else:
                slip.visit.actual_end = slip.visit.actual_start + timedelta(seconds=int(b * 3600))
                settle_visit(slip.visit)
                settle_visit(slip.visit)
        else:
            if a >= len(cards) or cards[a].state != "active":
                continue
            if deed == "refund":
                HourCardFlow(cards[a]).take("refund", sum=f"{refund_of(session, cards[a]).total}", reason="x")
            else:
                cards[a].expires_on = book.until[a] = today() - timedelta(days=1)
                session.flush()
        expire_hours(session)
        book.do("pass" if deed == "expire" else deed, 0 if deed == "expire" else a, b)
        session.expire_all()
        assert [c.held for c in cards] == [book.left(i) for i in range(len(cards))], (deeds[: n + 1])
        assert [c.balance for c in cards] == [c.held for c in cards]
    index = {c.id: i for i, c in enumerate(cards)}
    lines = session.scalars(select(HourLine).where(HourLine.card_id.in_(index or [0])).order_by(HourLine.id))
    assert sorted((index[x.card_id], x.hours) for x in lines) == sorted((c, h) for c, h, _s, _o in book.lines)


@pytest.mark.feature("MEM-02")
@pytest.mark.parametrize(("lang", "words"), [("zh", ("退回", "剩余工时")), ("en", ("Credited", "Hours left"))])
def test_a_short_visit_credits_itself_and_the_card_explains_it(page, app, api, client, visit, card, lang, words):  # noqa: F811, PLR0917
    made = card("40")
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer, "accept", "set_out", "check_in", "begin")
    carer.take("sign", name="Wang Min", picture=DRAWN)
    carer.take("finish")
    times(api, visit["id"], 1.5)
    deliver(app)
    boss = page("bj-manager", lang, 1366, 768)
    boss.goto(f"/hour_card/show/{made['id']}")
    balance = boss.locator(f"a[href='/explain/hour_card/{made['id']}/balance']")
    expect(balance).to_be_visible()
    balance.click()
    told = boss.locator("dialog[open] [data-explained]")
    expect(told).to_contain_text(words[0])
    expect(told.locator("[data-formula]")).to_contain_text(words[1])
    expect(told.locator("[data-total]")).to_have_text("38.5")
    shown = [Decimal(re.sub(r"[^\d.-]", "", text)) for text in told.locator("td.fig:not([data-total])").all_inner_texts()]
    assert sum(shown) == Decimal("38.5"), shown
    boss.keyboard.press("Escape")
    expect(boss.locator("dialog[open]")).to_have_count(0)
    phone = page("bj-manager", lang, 360, 740)
    phone.goto(f"/explain/hour_card/{made['id']}/balance")
    expect(phone.locator("[data-total]")).to_have_text("38.5")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off on a phone"
