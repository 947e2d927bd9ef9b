"""Random deeds through the database: whatever is done or refused, the three sums balance, and every line is explained."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from app.engine.clock import local, now
from app.engine.current import trusted
from app.engine.errors import Refused
from app.extensions import db
from app.models.care_day import WORK, CareChange
from app.models.catalog import Service
from app.models.customer import Customer
from app.models.dispatch import FREE, Visit
from app.models.worker import Worker
from app.workflows import care_bill, care_days, care_lines, care_prices, care_undo
from app.workflows.care_explain import explain_bill, explain_margin, explain_pay
from app.workflows.dispatch import assign
from app.workflows.order import place_order
from tests.acting import as_person
from tests.test_care_days import FREE as FREE_CARERS

SEQUENCES, DEEDS, DAYS = 24, 8, 10


def deed(session, dice, order, workers, first) -> None:
    """One random deed; what it may not do, it refuses."""
    since = first + timedelta(days=dice.randrange(DAYS))
    last = since + timedelta(days=dice.randrange(3))
    price, who, other = Decimal(dice.randrange(20000, 40000)) / 100, dice.choice(workers), dice.choice(workers)
    at = order.starts_at + timedelta(hours=dice.randrange(DAYS * 48) / 2)
    what = dice.choice(("pause", "resume", "replace", "replace", "add", "price", "close", "correct", "undo"))
    if what == "pause":
        care_days.pause(session, order, since, last, "Surgery")
    elif what == "resume":
        care_days.resume(session, order, since, last)
    elif what == "replace":
        care_days.replace_carer(session, order, who, other, at, reason="Ill", price=price if dice.random() < 0.4 else None)
    elif what == "add":
        care_days.add_carer(session, order, who, since, price=price if dice.random() < 0.5 else None)
    elif what == "price":
        care_prices.reprice(session, order, who, since, price, reason="Night")
    elif what == "close":
        with trusted(WORK):
            care_bill.close(session, order, min(since, first + timedelta(days=3)))
    elif what == "correct":
        line = dice.choice(care_lines.lines_of(session, order))
        more = Decimal(dice.randrange(-3000, 3000)) / 100
        care_bill.correct(session, order, line, bill=more, pay=more / 2 if dice.random() < 0.5 else Decimal(0), reason="Late")
    else:
        change = care_undo.last_change(session, order)
        care_undo.undo(session, order, change.id if change else 0)


def check(session, order) -> None:
    """Read anew from the database."""
    session.expire_all()
    with trusted(WORK):
        rows = care_lines.lines_of(session, order)
        known = set(session.scalars(select(CareChange.id).where(CareChange.order_id == order.id)))
        visits = list(session.scalars(select(Visit).where(Visit.order_id == order.id, Visit.state.not_in(FREE))))
        reckoned = [r.line() for r in rows if r.corrects_id is None]
        assert [r.bill for r in rows if r.corrects_id is None] == [x.bill for x in reckoned], "the database reckons as the program does"
        assert [r.pay for r in rows if r.corrects_id is None] == [x.pay for x in reckoned]
        bill, pay = sum(r.bill for r in rows), sum(r.pay for r in rows)
        assert order.amount == bill == explain_bill(session, order)[2]
        assert pay == explain_pay(session, order)[2] and bill - pay == explain_margin(session, order)[2]
        assert {r.change_id for r in rows} <= known, "every line is explained by a change"
        for visit in visits:
            assert visit.pay == sum((r.pay for r in rows if r.visit_id == visit.id), Decimal(0)) or not any(
                r.visit_id == visit.id for r in rows
            )
        assert {r.visit_id for r in rows if r.billed_id is None and r.kind != "paused"} <= {v.id for v in visits}, "who is to come was sent"


def test_random_deeds_keep_the_three_sums_and_the_visits_in_step(app, truth):
    free = [pk for (pk,) in truth(FREE_CARERS)]
    done = refused = 0
    with app.app_context():
        for n in range(SEQUENCES):
            dice = random.Random(n)
            with as_person(db.session, "bj-admin"):
                service = db.session.scalars(select(Service).where(Service.code == "HG24")).one()
                customer = db.session.scalars(select(Customer).order_by(Customer.id).limit(1)).one()
                workers = list(db.session.scalars(select(Worker).where(Worker.id.in_(free)).order_by(Worker.id).limit(4)))
                start = local(now()).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
                order = place_order(db.session, customer, service, start, Decimal(DAYS))
                assign(db.session, order, workers[0])
                db.session.commit()
                first = local(order.starts_at).date()
                for _n in range(DEEDS):
                    try:
                        deed(db.session, dice, order, workers, first)
                        db.session.commit()
                        done += 1
                    except Refused:
                        db.session.rollback()
                        refused += 1
                    check(db.session, order)
                pk = order.id
            db.session.remove()
            truth("UPDATE visit SET state = 'cancelled' WHERE order_id = %s", pk)  # the carers are free for the next one
    assert done > SEQUENCES * 3, (done, refused)
