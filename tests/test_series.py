"""Recurring bookings: visits are made ahead, moved one by one or from one on as a slow reference says, and reminded of."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.engine.clock import local, today
from app.engine.wall import leave
from app.jobs.care import run
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.series import OrderSeries, planned
from app.workflows.series import call_off, generate, generate_all, move, remind, visits_of, zoned
from tests.acting import as_person, as_program


def next_monday() -> date:
    return today() + timedelta(days=8 - today().isoweekday())


@pytest.fixture
def session(fresh_db, app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


def weekly(caller, truth, **more):
    customer = truth("SELECT id FROM customer WHERE tenant_id = 2 AND name = '王秀兰'")[0][0]
    service = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = 'BJ'")[0][0]
    sent = {"customer": customer, "service": service, "quantity": "3", "unit": "week", "every": "1", "weekdays": ["1", "4"], "at": "09:30",
            "starts_on": f"{next_monday()}"}  # fmt: skip
    return caller.post("/api/v1/order_series/", sent | more)["result"]


def tick(app, work):
    with app.app_context():
        return run(work)


@pytest.mark.feature("BOOK-10")
def test_a_weekly_booking_makes_the_next_visits_once_and_the_client_is_reminded(app, api, truth):
    agent = api("bj-agent")
    series = weekly(agent, truth)
    assert series["number"].startswith("XL-BJ01-")
    agent.post("/api/v1/order_series/", {"customer": series["customer"]["id"], "service": series["service"]["id"], "at": "25:00"}, 422)
    tick(app, generate_all)
    tick(app, generate_all)
    rows = truth('SELECT starts_at, planned_on, state, amount, number FROM "order" WHERE series_id = %s ORDER BY starts_at', series["id"])
    assert len(rows) in (7, 8), "four weeks, two days each"
    assert {r[1].isoweekday() for r in rows} == {1, 4}
    assert all(f"{r[0].astimezone(zoned(today(), '09:30').tzinfo):%H:%M}" == "09:30" for r in rows)
    assert {(r[2], r[3]) for r in rows} == {("placed", Decimal("150.00"))}
    assert len({r[4] for r in rows}) == len(rows)
    tomorrow = "starts_at = now() + interval '1 day', ends_at = now() + interval '27 hours'"
    truth(f'UPDATE "order" SET {tomorrow} WHERE number = %s', rows[0][4])
    assert tick(app, remind) == 1
    assert tick(app, remind) == 0, "once"
    assert truth("SELECT count(*) FROM notice WHERE event = 'order.tomorrow'") == [(1,)]


@pytest.mark.feature("BOOK-10")
def test_all_that_follow_are_moved_on_the_page_and_those_to_come_too(app, client, api, truth):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    series = weekly(agent, truth, weekdays=["1"])
    tick(app, generate_all)
    ask = 'SELECT id, starts_at, by_hand FROM "order" WHERE series_id = %s ORDER BY planned_on'
    first, second, third, *_rest = truth(ask, series["id"])
    page = person.look(f"/order/series/{second[0]}?page=1").text
    assert "All that follow and were not changed by hand" in page
    there = f"{local(third[1]) + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    assert person.post_form(f"/order/series/{third[0]}", scope="this", do="move", starts_at=there).status_code == 302
    there = f"{local(second[1]) + timedelta(days=1, hours=4):%Y-%m-%dT%H:%M}"
    answer = person.post_form(f"/order/series/{second[0]}", scope="untouched", do="move", starts_at=there)
    assert answer.status_code == 302, answer.get_data(as_text=True).split("<main")[1][:1500]
    now_ = truth(ask, series["id"])
    assert now_[0][1] == first[1]
    assert now_[1][1] == second[1] + timedelta(days=1, hours=4)
    assert (now_[2][1], now_[2][2]) == (third[1] + timedelta(hours=2), True), "changed by hand: left alone"
    assert local(now_[3][1]).isoweekday() == 2
    last = max(truth('SELECT planned_on FROM "order" WHERE series_id = %s', series["id"]))[0]
    truth("UPDATE order_series SET made_until = %s WHERE id = %s", last, series["id"])
    before = len(now_)
    with app.app_context():
        from app.extensions import db

        with as_program(db.session):
            generate(db.session, db.session.get(OrderSeries, series["id"]), ahead=6)
            db.session.commit()
        leave(db.session)
    late = truth(ask, series["id"])
    assert len(late) > before
    assert {f"{local(r[1]):%u %H:%M}" for r in late[3:]} == {"2 13:30"}
    refused = person.post_form(f"/order/series/{second[0]}", scope="future", do="cancel", reason="")
    assert refused.status_code == 400
    assert person.post_form(f"/order/series/{second[0]}", scope="future", do="cancel", reason="搬家").status_code == 302
    states = truth('SELECT state, count(*) FROM "order" WHERE series_id = %s GROUP BY 1 ORDER BY 1', series["id"])
    assert states == [("cancelled", len(late) - 1), ("placed", 1)]
    assert truth("SELECT standing FROM order_series WHERE id = %s", series["id"]) == [("stopped",)]


@pytest.mark.feature("BOOK-10")
def test_an_agent_books_every_tuesday_on_the_page_and_finds_the_visits_there(app, client, truth):
    agent = client("bj-agent", "en")
    customer = truth("SELECT id FROM customer WHERE tenant_id = 2 AND name = '王秀兰'")[0][0]
    service = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = 'BJ'")[0][0]
    assert "Recurring bookings" in agent.get(f"/customer/show/{customer}").text
    assert "Every so many" in agent.look(f"/order_series/add?customer={customer}").text
    sent = {"customer": customer, "service": service, "quantity": "2", "unit": "week", "every": "1", "weekdays": "2", "at": "14:00",
            "starts_on": f"{next_monday()}"}  # fmt: skip
    wrong = agent.post_form("/order_series/add", **sent | {"at": "2 pm"})
    assert wrong.status_code == 400 and "Write the time as 09:30." in wrong.text and 'value="2 pm"' in wrong.text
    made = agent.post_form("/order_series/add", **sent)
    assert made.status_code == 302
    tick(app, generate_all)
    there = made.headers["Location"]
    number = truth("SELECT max(number) FROM order_series WHERE tenant_id = 2")[0][0]
    assert number in agent.get("/order_series/list?standing=running").text
    shown = agent.get(there).text
    assert shown.count("/order/show/") >= 3 and "14:00" in shown


SERIES = st.builds(
    OrderSeries, unit=st.sampled_from(["week", "month"]), every=st.integers(1, 3).map(Decimal),
    starts_on=st.dates(date(2027, 1, 1), date(2027, 1, 31)),
    weekdays=st.lists(st.sampled_from("1234567"), min_size=1, max_size=4, unique=True),
    ends_on=st.none() | st.dates(date(2027, 1, 1), date(2027, 8, 1)), times=st.none() | st.integers(1, 9).map(Decimal),
)  # fmt: skip


def day_by_day(series, until):
    """The planned days found by looking at each day there is."""
    found, day = [], series.starts_on
    first_monday = series.starts_on - timedelta(days=series.starts_on.weekday())
    while day <= until and (series.ends_on is None or day <= series.ends_on):
        if series.unit == "week":
            hit = str(day.isoweekday()) in series.weekdays and ((day - first_monday).days // 7) % int(series.every) == 0
        else:
            months = (day.year - series.starts_on.year) * 12 + day.month - series.starts_on.month
            last = (day + timedelta(days=1)).month != day.month
            hit = months % int(series.every) == 0 and (day.day == series.starts_on.day or (last and day.day < series.starts_on.day))
        if hit and (series.times is None or len(found) < series.times):
            found.append(day)
        day += timedelta(days=1)
    return found


@pytest.mark.feature("BOOK-10")
@settings(max_examples=200, deadline=None)
@given(series=SERIES)
def test_the_planned_days_are_those_found_day_by_day(series):
    until = date(2027, 9, 1)
    assert list(planned(series, until)) == day_by_day(series, until)


EDITS = st.lists(
    st.tuples(
        st.integers(0, 7), st.sampled_from(["move", "move", "move", "cancel"]), st.sampled_from(["this", "future", "untouched"]),
        st.integers(0, 3), st.sampled_from(["08:00", "13:30", "17:15"]), st.sampled_from([None, 2, 5]),
    ), min_size=1, max_size=5,
)  # fmt: skip


def by_reference(visits, edits):
    """The same on a plain list: every visit a dictionary, every edit spelled out."""
    for n, what, scope, days, clock, quantity in edits:
        anchor = visits[n % len(visits)]
        if anchor["state"] == "cancelled":
            continue
        for visit in visits:
            if visit["state"] == "cancelled":
                continue
            if scope == "this" and visit is not anchor:
                continue
            if scope != "this" and visit["planned"] < anchor["planned"]:
                continue
            if scope == "untouched" and visit["hand"]:
                continue
            if what == "cancel":
                visit["state"] = "cancelled"
                continue
            visit["day"] += timedelta(days=days)
            visit["clock"] = clock
            visit["quantity"] = quantity or visit["quantity"]
            visit["hand"] = scope == "this"
    return [(v["planned"], f"{v['day']} {v['clock']}", v["quantity"], v["state"], v["hand"]) for v in visits]


@pytest.mark.feature("BOOK-10")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_random_edits_come_to_what_a_slow_reference_says(session, edits):
    with as_person(session, "bj-agent"):
        customer = session.scalars(select(Customer).order_by(Customer.id).limit(1)).one()
        service = session.scalars(select(Service).where(Service.code == "ZL")).one()
    with as_program(session):
        series = OrderSeries(customer=customer, service=service, quantity=Decimal(1), weekdays=["1", "3"], at="09:00",
                             starts_on=next_monday(), unit="week", every=Decimal(1), standing="running")  # fmt: skip
        session.add(series)
        session.flush()
        generate(session, series)
        made = visits_of(session, series.id)
        fresh = {"clock": "09:00", "quantity": 1, "state": "placed", "hand": False}
        plain = [{"planned": o.planned_on, "day": o.planned_on, **fresh} for o in made]
        for n, what, scope, days, clock, quantity in edits:
            order = made[n % len(made)]
            if order.state == "cancelled":
                continue
            if what == "cancel":
                call_off(session, order, scope, "x")
            else:
                there = zoned(local(order.starts_at).date() + timedelta(days=days), clock)
                move(session, order, scope, there, Decimal(quantity) if quantity else None)
        session.expire_all()
        found = [
            (o.planned_on, f"{local(o.starts_at):%Y-%m-%d %H:%M}", int(o.quantity), o.state, o.by_hand)
            for o in visits_of(session, series.id)
        ]
        assert all(o.amount == o.quantity * 60 for o in visits_of(session, series.id))
        session.rollback()
    assert found == by_reference(plain, edits)
