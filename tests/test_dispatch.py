"""Dispatch: candidates with reasons, hard rules in words, and nobody in two places at once."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from app.engine.clock import now, today
from app.engine.errors import Forbidden, NotInThisState, Refused
from app.engine.outbox import Notice
from app.engine.wall import leave
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.worker import Worker
from app.models.worker_paper import WorkerPaper
from app.workflows.dispatch import DispatchFlow, assign, cancel_visits
from app.workflows.matching import candidates, distance
from app.workflows.order import OrderFlow, place_order
from tests.acting import as_person, as_program


@pytest.fixture
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


def ordered(session, days: float = 30, code: str = "ZL") -> Order:
    """A new order of the key customer, far enough ahead that nobody is busy."""
    with as_person(session, "bj-agent"):
        customer = session.scalars(select(Customer).order_by(Customer.id).limit(1)).one()
        service = session.scalars(select(Service).where(Service.code == code)).one()
        return place_order(session, customer, service, now() + timedelta(days=days), Decimal(2))


def carer(session, name: str = "李桂芳") -> Worker:
    with as_program(session):
        return session.scalars(select(Worker).where(Worker.name == name)).one()


def test_the_familiar_carer_comes_first_with_reasons(session):
    order = ordered(session)
    with as_person(session, "bj-dispatch"):
        found = candidates(session, order)
        assert found[0].worker.name == "李桂芳"
        assert found[0].ok
        assert found[0].times >= 6
        assert any("Served this customer" in str(p) or "服务过" in str(p) for p in found[0].pros)
        by_name = {c.worker.name: c for c in found}
        assert not by_name["张玉梅"].ok  # on leave
        assert not by_name["刘建国"].ok  # health certificate over
        assert all(c.cons[: len(c.blocks)] == c.blocks for c in found)
        assert [c.ok for c in found] == sorted((c.ok for c in found), reverse=True)


def test_candidates_take_four_queries(session):
    order = ordered(session)
    with as_person(session, "bj-dispatch"):
        order.service, order.starts_at  # noqa: B018
        candidates(session, order)
        sent: list[str] = []
        count = lambda _c, _cu, sql, *_more: sent.append(sql)  # noqa: E731
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", count)
        candidates(session, order)
        event.remove(engine, "before_cursor_execute", count)
        assert len([s for s in sent if s.startswith("SELECT") and "set_config" not in s]) <= 4


def test_assigning_offers_the_visit_and_tells_the_carer(session):
    order, worker = ordered(session), carer(session)
    with as_person(session, "bj-dispatch"):
        visit = assign(session, order, worker)
        session.flush()
        assert (visit.state, order.state, visit.owner_id) == ("offered", "assigned", order.owner_id)
        assert visit.pay == worker.pay_rate * 2
        told = select(Notice.event).where(Notice.model == "Visit", Notice.record_id == visit.id)
        assert session.scalars(told).all() == ["visit.offered"]


def test_a_visit_moves_its_order_to_the_end(session):
    order, worker = ordered(session), carer(session)
    with as_person(session, "bj-dispatch"):
        flow = DispatchFlow(assign(session, order, worker))
        for name, inputs in (
            ("accept", {}),
            ("set_out", {}),
            ("check_in", {"lat": 39.9, "lng": 116.4, "far": "parked there"}),
            ("begin", {}),
            ("finish", {}),
        ):
            flow.take(name, **inputs)
        assert (flow.record.state, order.state) == ("finished", "done")
        assert flow.record.check_in_lat == 39.9
        assert None not in (flow.record.accepted_at, flow.record.set_out_at, flow.record.finished_at)


def test_a_declined_visit_frees_order_and_carer(session):
    order, worker = ordered(session), carer(session)
    with as_person(session, "bj-dispatch"):
        DispatchFlow(assign(session, order, worker)).take("decline", reason="ill")
        assert order.state == "placed"
        assert assign(session, order, worker).state == "offered"


def test_a_cancelled_order_frees_its_carer(session):
    order, worker = ordered(session), carer(session)
    with as_person(session, "bj-dispatch"):
        visit = assign(session, order, worker)
    with as_person(session, "bj-agent"):
        OrderFlow(order).take("cancel", reason="moved")
        notice = session.scalars(select(Notice).where(Notice.event == "order.cancel", Notice.record_id == order.id)).one()
    with as_program(session):
        cancel_visits(session, notice)
        cancel_visits(session, notice)
        assert (visit.state, order.state) == ("cancelled", "cancelled")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("张玉梅", {}),
        ("刘建国", {}),
        ("李桂芳", {"skills": ["cleaning"]}),
        ("李桂芳", {"health_until": None}),
        ("李桂芳", {"health_until": today() + timedelta(days=3)}),
    ],
)
def test_a_hard_rule_refuses_in_words(session, name, changes):
    order, worker = ordered(session), carer(session, name)
    with as_program(session):
        theirs = select(WorkerPaper).where(WorkerPaper.worker_id == worker.id)
        for paper in session.scalars(theirs) if "health_until" in changes else ():
            paper.until, paper.kind = changes["health_until"], "health" if changes["health_until"] else "training"
        worker.skills = changes.get("skills", worker.skills)
        session.flush()
    with as_person(session, "bj-dispatch"), pytest.raises(Refused, match=name):
        assign(session, order, worker)


def test_a_busy_carer_is_refused_in_words(session):
    order, other, worker = ordered(session), ordered(session, 30.05), carer(session)
    with as_person(session, "bj-dispatch"):
        visit = assign(session, order, worker)
        with pytest.raises(Refused, match=visit.number):
            assign(session, other, worker)
        after = ordered(session, 30 + 2 / 24)
        assert assign(session, after, worker).state == "offered"  # begins when the other one ends


def test_the_database_refuses_double_booking_by_itself(session):
    order, other, worker = ordered(session), ordered(session, 30.05), carer(session)
    with as_program(session):
        for each in (order, other):
            session.add(Visit(order=each, worker=worker, starts_at=each.starts_at, ends_at=each.ends_at))
        with pytest.raises(IntegrityError, match="visit_no_double_booking"):
            session.flush()
    assert "visit_no_double_booking" in Visit.__refusals__


def test_an_order_is_assigned_once(session):
    order, worker = ordered(session), carer(session)
    with as_person(session, "bj-dispatch"):
        assign(session, order, worker)
        with pytest.raises(NotInThisState):
            assign(session, order, worker)


def test_an_agent_does_not_assign(session):
    order, worker = ordered(session), carer(session)
    with as_person(session, "bj-agent"), pytest.raises(Forbidden):
        assign(session, order, worker)


def test_of_twenty_assigns_at_once_one_wins(app, session):
    """Twenty orders of one hour, one carer: one visit, nineteen refusals in words, no error of the database."""
    orders = [ordered(session, 60).id for _each in range(20)]
    worker = carer(session).id
    with as_program(session):
        session.commit()
    leave(session)
    answers: list[str] = []
    start = Barrier(20)

    def one(order_id: int) -> None:
        from app.extensions import db

        with app.app_context():
            try:
                with as_person(db.session, "bj-dispatch"):
                    order, who = db.session.get(Order, order_id), db.session.get(Worker, worker)
                    start.wait(20)
                    assign(db.session, order, who)
                    db.session.commit()
                answers.append("won")
            except Refused as refused:
                answers.append(str(refused))
            finally:
                leave(db.session)
                db.session.remove()

    threads = [Thread(target=one, args=(i,)) for i in orders]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert answers.count("won") == 1
    assert len([a for a in answers if "李桂芳" in a]) == 19


def test_distances_are_kilometres():
    assert distance(39.9042, 116.4074, 31.2304, 121.4737) == pytest.approx(1067, abs=3)
    assert distance(None, 1, 2, 3) is None


@pytest.mark.feature("CUS-26")
def test_on_a_second_order_the_five_star_carer_comes_first(client, api, truth):
    """Three finished visits with five stars: first of the candidates on the board, marked so; not free, not first."""
    ((customer, carer, name, service),) = truth(
        "SELECT c.id, w.id, w.name, s.id FROM customer c, worker w, service s, staff o WHERE o.username = 'bj-agent' AND c.owner_id = o.id "
        "AND w.tenant_id = 2 AND s.tenant_id = 2 AND s.code = 'ZL' AND w.active = 'working' AND 'elder' = ANY(w.skills) "
        "AND EXISTS (SELECT FROM worker_paper p "
        "WHERE p.worker_id = w.id AND kind = 'health' AND until > now() + interval '60 days') "
        'AND NOT EXISTS (SELECT FROM "order" x WHERE x.customer_id = c.id) '
        "ORDER BY c.id, w.rating LIMIT 1"
    )
    agent, board = api("bj-agent"), client("bj-dispatch", "en")
    starts = [now() + timedelta(days=n) for n in (31, 33, 35, 40, 41)]
    sent = {"customer": customer, "service": service}
    orders = [agent.post("/api/v1/order/", sent | {"starts_at": at.isoformat()})["result"]["id"] for at in starts]
    board.look("/board/")

    def first(order: int):
        return board.get(f"/board/?order={order}")

    for order in orders[:3]:
        answer = api("bj-dispatch").post(f"/api/v1/order/{order}/assign", {"worker": carer})
        assert answer
        truth("UPDATE visit SET state = 'finished', finished_at = now() WHERE order_id = %s", order)
        truth("UPDATE \"order\" SET state = 'done', rating = 5 WHERE id = %s", order)
    page = first(orders[3]).text
    names = re.findall(r'<div class="cand[^"]*"><div class="jh-row"><b>([^<]*)</b>', page)
    assert names[0] == name
    card = page.split('<div class="cand', 2)[1]
    assert "Served this customer 3 times" in card and "5 stars from this customer" in card
    api("bj-dispatch").post(f"/api/v1/order/{orders[3]}/assign", {"worker": carer})
    truth('UPDATE "order" SET starts_at = %s, ends_at = %s WHERE id = %s', starts[3], starts[3] + timedelta(hours=1), orders[4])
    names = re.findall(r'<div class="cand[^"]*"><div class="jh-row"><b>([^<]*)</b>', first(orders[4]).text)
    assert names[0] != name, "who is not free is not first"
    # Whom the customer asks for comes first as well.
    other = truth("SELECT id, name FROM worker WHERE tenant_id = 2 AND active = 'working' AND 'elder' = ANY(skills) AND id <> %s "
                  "AND EXISTS (SELECT FROM worker_paper p "
                  "WHERE p.worker_id = worker.id AND kind = 'health' AND until > now() + interval '60 days') "
                  "ORDER BY rating LIMIT 1", carer)[0]  # fmt: skip
    agent.put(f"/api/v1/order/{orders[4]}", {"wanted": other[0]})
    names = re.findall(r'<div class="cand[^"]*"><div class="jh-row"><b>([^<]*)</b>', first(orders[4]).text)
    assert names[0] == other[1]
