"""Orders: number, price and place follow from customer and service; nobody moves them by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.engine.clock import now
from app.engine.errors import Forbidden, Invalid, NotInThisState, Refused
from app.engine.outbox import Notice
from app.engine.policy import Level, level
from app.engine.present import apply, present
from app.engine.wall import leave
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.order import Order
from app.workflows.order import OrderFlow, place_order
from tests.acting import as_person, as_program


@pytest.fixture
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


def chosen(session, code: str = "ZL") -> tuple[Customer, Service]:
    return (
        session.scalars(select(Customer).order_by(Customer.id).limit(1)).one(),
        session.scalars(select(Service).where(Service.code == code)).one(),
    )


def test_an_order_fills_itself_from_customer_and_service(session):
    with as_person(session, "bj-agent") as me:
        customer, service = chosen(session)
        start = now() + timedelta(days=1)
        order = place_order(session, customer, service, start, Decimal("2.5"))
        assert re.fullmatch(r"DD-BJ01-\d{6}-\d{4}", order.number)
        assert (order.amount, order.state, order.owner_id) == (Decimal("150.00"), "placed", me.id)
        assert (order.address, order.door, order.lat) == (customer.address, customer.door, customer.lat)
        assert order.ends_at == start + timedelta(hours=2.5)
        session.flush()
        told = session.scalars(select(Notice).where(Notice.event == "order.placed", Notice.record_id == order.id)).all()
        assert len(told) == 1


def test_an_order_by_form_is_the_same(session):
    with as_person(session, "bj-agent"):
        customer, service = chosen(session, "HG24")
        sent = {"customer": customer.id, "service": service.id, "quantity": "3", "starts_at": "2027-01-04 08:00"}
        order = apply(Order(), sent, session)
        session.add(order)
        session.flush()
        assert (order.amount, order.ends_at - order.starts_at) == (Decimal("840.00"), timedelta(days=3))


def test_an_agent_neither_sets_the_price_nor_sees_the_cost(session):
    with as_person(session, "bj-agent"):
        order = place_order(session, *chosen(session), now() + timedelta(days=1))
        assert {level(order, n) for n in ("cost", "unit_cost")} == {Level.NONE}
        assert not {"cost", "unit_cost"} & set(present(order))
        with pytest.raises(Forbidden):
            apply(order, {"unit_price": "1"}, session)
        with pytest.raises(Forbidden):
            apply(order, {"amount": "1"}, session)
        order.quantity = Decimal(9)
        with pytest.raises(Forbidden):
            session.flush()


def test_the_amount_follows_a_changed_price(session):
    with as_person(session, "bj-manager"):
        order = place_order(session, *chosen(session), now() + timedelta(days=1), Decimal(3))
        order.unit_price = Decimal("33.33")
        session.flush()
        session.refresh(order)
        assert order.amount == Decimal("99.99")


def test_a_state_is_not_set_by_hand(session):
    with as_person(session, "bj-manager"):
        order = place_order(session, *chosen(session), now() + timedelta(days=1))
        order.state = "done"
        with pytest.raises(Forbidden):
            session.flush()


def test_cancelling_asks_for_a_reason_and_is_final(session):
    with as_person(session, "bj-agent"):
        order = place_order(session, *chosen(session), now() + timedelta(days=9))
        with pytest.raises(Invalid):
            OrderFlow(order).take("cancel", reason=" ")
        OrderFlow(order).take("cancel", reason="moved")
        assert (order.state, order.reason) == ("cancelled", "moved")
        with pytest.raises(NotInThisState):
            OrderFlow(order).take("cancel", reason="again")


def test_people_do_not_take_the_steps_that_dispatch_takes(session):
    with as_person(session, "bj-manager"):
        order = place_order(session, *chosen(session), now() + timedelta(days=1))
        assert [s.name for s in OrderFlow(order).possible() if OrderFlow(order).allowed(s)] == ["answer_it", "cancel"]
        with pytest.raises(Forbidden):
            OrderFlow(order).take("assign")


@pytest.mark.parametrize("quantity", ["0", "-2"])
def test_a_quantity_is_above_zero(session, quantity):
    with as_person(session, "bj-agent"), pytest.raises(Refused, match=r"quantity|数量"):
        place_order(session, *chosen(session), now(), Decimal(quantity))


def test_a_service_off_sale_is_refused(session):
    with as_program(session):
        customer, service = chosen(session)
        service.active = False
        with pytest.raises(Refused):
            place_order(session, customer, service, now())


def test_a_company_elsewhere_reads_and_types_its_own_time(client, api, fresh_db, truth):
    """A franchise in Urumqi's zone types 09:00 and means its own nine o'clock; its days begin at its own midnight."""
    truth("UPDATE tenant SET zone = 'Asia/Urumqi' WHERE id = 2")  # two hours behind Beijing
    caller, person = api("bj-agent"), client("bj-agent", "en")
    customer = caller.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = next(s["id"] for s in caller.get("/api/v1/service/")["result"] if s["unit"] == "hour")
    made = caller.post("/api/v1/order/", {"customer": customer, "service": service, "starts_at": "2027-05-04T23:30"})["result"]
    assert truth("SELECT starts_at AT TIME ZONE 'UTC' FROM \"order\" WHERE id = %s", made["id"])[0][0].isoformat() == "2027-05-04T17:30:00"
    assert "2027-05-04 23:30" in person.get(f"/order/show/{made['id']}").text
    found = caller.get("/api/v1/order/", starts_at="2027-05-04")["result"]
    assert made["id"] in [o["id"] for o in found]
    assert caller.get("/api/v1/order/", starts_at="2027-05-05")["result"] == []
