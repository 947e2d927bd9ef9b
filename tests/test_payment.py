"""Money: a done order is owed for once, receipts pay it to the cent, and the ledger is never changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

from app.engine.clock import now
from app.engine.errors import Forbidden, Refused
from app.engine.outbox import Notice
from app.engine.present import apply
from app.engine.wall import leave
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.payment import Receipt, Receivable
from app.models.worker import Worker
from app.workflows.dispatch import DispatchFlow, assign
from app.workflows.order import place_order
from app.workflows.payment import make_receivable, register_receipt, reverse_receipt
from tests.acting import as_person, as_program


@pytest.fixture
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


def owed(session, quantity: str = "3.5", days: int = 45) -> Receivable:
    """A done order's receivable, made as in life: by the notice that the order is done."""
    with as_program(session):
        customer = session.scalars(select(Customer).order_by(Customer.id).limit(1)).one()
        service = session.scalars(select(Service).where(Service.code == "ZL")).one()
        worker = session.scalars(select(Worker).where(Worker.name == "李桂芳")).one()
        order = place_order(session, customer, service, now() + timedelta(days=days), Decimal(quantity), owner_id=customer.owner_id)
        flow = DispatchFlow(assign(session, order, worker))
        for name in ("accept", "set_out", "check_in", "finish"):
            flow.take(name)
        notice = session.scalars(select(Notice).where(Notice.event == "order.finish", Notice.record_id == order.id)).one()
        make_receivable(session, notice)
        make_receivable(session, notice)
        return session.scalars(select(Receivable).where(Receivable.order_id == order.id)).one()


def test_a_done_order_is_owed_for_once(session):
    debt = owed(session)
    assert (debt.amount, debt.paid, debt.arrears) == (Decimal("210.00"), Decimal(0), Decimal("210.00"))
    assert debt.number.startswith("YS-BJ01-")


def test_arrears_are_right_to_the_cent(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        for amount in ("70.10", "0.01", "99.89"):
            register_receipt(session, debt, Decimal(amount), "wechat")
        assert (debt.paid, debt.arrears) == (Decimal("170.00"), Decimal("40.00"))


def test_a_receipt_takes_no_more_than_is_owed(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        with pytest.raises(Refused, match=r"210\.00"):
            register_receipt(session, debt, Decimal("210.01"), "cash")
        session.expunge_all()


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_a_receipt_needs_an_amount_above_zero(session, amount):
    debt = owed(session)
    with as_person(session, "bj-finance"), pytest.raises(Refused):
        register_receipt(session, debt, Decimal(amount), "cash")


def test_two_receipts_of_one_flush_are_counted_together(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        session.add_all(Receipt(receivable=debt, amount=Decimal(150), method="cash") for _each in range(2))
        with pytest.raises(Refused):
            session.flush()


def test_a_receipt_by_form_is_checked_alike(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        sent = {"receivable": debt.id, "amount": "210", "method": "alipay", "received_on": "2026-11-22"}
        receipt = apply(Receipt(), sent, session)
        session.add(receipt)
        session.flush()
        assert receipt.number.startswith("SK-BJ01-")
        assert receipt.customer_id == debt.customer_id
        session.add(apply(Receipt(), sent, session))
        with pytest.raises(Refused, match=r"0\.00"):
            session.flush()


def test_a_mistake_is_put_right_by_an_opposite_receipt(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        receipt = register_receipt(session, debt, Decimal(200), "cash")
        back = reverse_receipt(session, receipt, "wrong customer")
        assert (back.amount, debt.paid, debt.arrears) == (Decimal(-200), Decimal(0), Decimal("210.00"))
        with pytest.raises(Refused):
            reverse_receipt(session, receipt, "again")


def test_a_receipt_is_never_changed(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        receipt = register_receipt(session, debt, Decimal(200), "cash")
        receipt.amount = Decimal(1)
        with pytest.raises(Forbidden):
            session.flush()


def test_the_database_lets_nobody_change_a_receipt(session):
    with as_program(session), pytest.raises(ProgrammingError, match="permission denied"):
        session.connection().exec_driver_sql("UPDATE receipt SET amount = 1")


def test_an_agent_registers_no_receipt(session):
    debt = owed(session)
    with as_person(session, "bj-agent"), pytest.raises(Forbidden):
        register_receipt(session, debt, Decimal(10), "cash")


def test_an_agent_reads_arrears_whoever_registered_the_receipts(session):
    debt = owed(session)
    with as_person(session, "bj-finance"):
        register_receipt(session, debt, Decimal(10), "cash")
    with as_person(session, "bj-agent"):
        session.expire_all()
        assert session.get(Receivable, debt.id).arrears == Decimal("200.00")


def test_no_sample_receivable_is_overpaid_and_some_are_in_arrears(session):
    with as_program(session):
        least, most = session.execute(select(func.min(Receivable.arrears), func.max(Receivable.arrears))).one()
        assert least == 0 < most


def test_two_receipts_at_once_do_not_both_take_the_rest(app, session):
    debt = owed(session, days=90).id
    with as_program(session):
        session.commit()
    leave(session)
    answers: list[str] = []
    start = Barrier(5)

    def one() -> None:
        from app.extensions import db

        with app.app_context():
            try:
                with as_person(db.session, "bj-finance"):
                    found = db.session.get(Receivable, debt)
                    start.wait(20)
                    register_receipt(db.session, found, Decimal(210), "cash")
                    db.session.commit()
                answers.append("won")
            except Refused:
                answers.append("refused")
            finally:
                leave(db.session)
                db.session.remove()

    threads = [Thread(target=one) for _each in range(5)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(answers) == ["refused"] * 4 + ["won"]
