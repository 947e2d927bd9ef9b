"""Member hours: sold by a signature, taken by signed slips, credited, reminded of, given back; the balance is the sum of its lines."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.engine.clock import now, today
from app.engine.notify import Message
from app.extensions import db
from app.models.hour_card import HourCard, HourLine
from app.models.slip import Slip
from app.views.visit import WORKLOAD
from app.workflows.hours import HourCardFlow, expire_hours
from tests.acting import as_program
from tests.contracts import ask, link, sign, to_sign
from tests.delivering import deliver, remind
from tests.test_portal import Phone, visit  # noqa: F401
from tests.test_slips import DRAWN, asked, walk

D = Decimal


@pytest.fixture
def card(app, api, visit):  # noqa: F811
    """Sell hours to the customer of the visit: what the manager types. Every card of that customer ends with the test."""

    def sell(hours: str = "40", **more) -> dict:
        boss = api("bj-manager")
        customer = boss.get(f"/api/v1/order/{visit['order']}")["result"]["customer"]["id"]
        sent = {"customer": customer, "price": "50", "expires_on": str(today() + timedelta(days=200))} | more
        made = boss.post("/api/v1/hour_card/", sent, 201)["result"]
        return boss.post(f"/api/v1/hour_card/{made['id']}/sell", {"hours": hours})["result"]

    yield sell
    with app.app_context():
        with as_program(db.session):
            for one in db.session.scalars(select(HourCard).where(HourCard.state == "active", HourCard.number.like("HY-%"))):
                if one.created_by is not None:
                    one.state = "refunded"
            db.session.commit()
        db.session.remove()


def left(api, pk: int) -> str:
    return api("bj-manager").get(f"/api/v1/hour_card/{pk}")["result"]["balance"]


def lines(api, pk: int) -> list[tuple[str, str]]:
    found = api("bj-manager").get("/api/v1/hour_line/", card=pk, size=50, sort="id")["result"]
    return [(x["kind"], x["hours"]) for x in found]


def times(api, pk: int, hours: float) -> None:
    start = now().replace(microsecond=0) - timedelta(hours=hours + 1)
    sent = {"actual_start": start.isoformat(), "actual_end": (start + timedelta(hours=hours)).isoformat()}
    api("bj-dispatch").put(f"/api/v1/visit/{pk}", sent)


def worked(api, client, visit, hours: float, *, sign: bool = True) -> Phone:  # noqa: F811
    """The visit is walked through and signed for so many hours."""
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer)
    times(api, visit["id"], hours)
    if sign:
        carer.take("sign", name="Wang Min", picture=DRAWN)
    return carer


def slip_of(app, pk: int) -> Slip:
    return asked(app, select(Slip).where(Slip.visit_id == pk).order_by(Slip.id.desc()))[0]


@pytest.mark.feature("MEM-01")
def test_signing_a_member_card_contract_sells_its_hours_once(app, api, client, truth):
    agent = api("bj-agent")
    made = to_sign(agent, truth, name="居家会员卡", hours="40", hour_price="49.50", card_level="silver", worker=False)
    ask(client("bj-agent"), made["id"])
    assert sign(client(), link(app, truth, made["id"])).status_code == 302
    (card,) = api("bj-agent").get("/api/v1/hour_card/", contract=made["id"])["result"]
    assert (card["balance"], card["price"], card["level"]) == ("40.000", "49.50", "silver")
    assert card["expires_on"] == agent.get(f"/api/v1/contract/{made['id']}")["result"]["ends_on"]
    assert lines(api, card["id"]) == [("sold", "40.000")]
    page = client("bj-agent", "en").get(f"/hour_card/show/{card['id']}").text
    assert "¥49.50" in page and f"/contract/show/{made['id']}" in page
    assert card["number"] in client("bj-agent", "en").get(f"/customer/show/{card['customer']['id']}").text
    agent.post(f"/api/v1/hour_card/{card['id']}/sell", {"hours": "5"}, 403)


@pytest.mark.feature("MEM-02")
def test_a_finished_visit_takes_its_hours_by_a_line_linked_to_the_slip(app, api, client, visit, card):  # noqa: F811
    made = card()
    worked(api, client, visit, 3.5)
    assert left(api, made["id"]) == "36.500" and lines(api, made["id"]) == [("sold", "40.000"), ("used", "-3.500")]
    (line,) = api("bj-manager").get("/api/v1/hour_line/", card=made["id"], kind="used")["result"]
    slip = slip_of(app, visit["id"])
    assert line["slip"]["id"] == slip.id and line["amount"] == "-175.00"
    page = client("bj-manager", "en").get(f"/slip/show/{slip.id}").text
    assert "/hour_line/show/" in page and "Hours booked" in page
    deliver(app)
    (owed,) = api("bj-manager").get("/api/v1/receivable/", order=visit["order"])["result"]
    assert owed["arrears"] == "0.00", "what hours pay is owed no more"
    receipts = api("bj-finance").get("/api/v1/receipt/", receivable=owed["id"])["result"]
    assert [r["method"] for r in receipts] == ["hours"]


@pytest.mark.feature("MEM-02")
def test_the_card_that_expires_first_is_used_first_and_the_rest_is_owed_in_money(app, api, client, visit, card):  # noqa: F811
    late, soon = card("1"), card("2", expires_on=str(today() + timedelta(days=20)))
    worked(api, client, visit, 4)
    deliver(app)
    assert (left(api, soon["id"]), left(api, late["id"])) == ("0.000", "0.000")
    (owed,) = api("bj-manager").get("/api/v1/receivable/", order=visit["order"])["result"]
    assert D(owed["arrears"]) == (D(owed["amount"]) / 4).quantize(D("0.01")), "three of four hours are paid"


@pytest.mark.feature("MEM-03")
def test_agent_and_client_are_told_once_when_the_floor_is_reached(app, api, client, visit, card):  # noqa: F811
    made = card("8.5", floor="5")
    carer = worked(api, client, visit, 3.5)
    deliver(app)

    def told() -> list[tuple[str, str]]:
        found = asked(app, select(Message).where(Message.event == "hour_card.low").order_by(Message.id))
        return [(m.channel, m.text) for m in found if made["number"] in m.text]

    assert sorted(c for c, _text in told()) == ["bell", "sms"] and all("5" in text for _c, text in told())
    times(api, visit["id"], 4)
    carer.look()
    deliver(app)
    assert left(api, made["id"]) == "4.500" and len(told()) == 2, "lower still is no second fall"
    api("bj-manager").post(f"/api/v1/hour_card/{made['id']}/sell", {"hours": "3"})
    times(api, visit["id"], 7)
    deliver(app)
    assert left(api, made["id"]) == "4.500" and len(told()) == 4, "after a new sale the next fall is told"


@pytest.mark.feature("MEM-04")
def test_a_void_slip_gives_its_hours_back_by_an_opposite_line(app, api, client, visit, card):  # noqa: F811
    made = card()
    carer = worked(api, client, visit, 3.5)
    slip = slip_of(app, visit["id"])
    before = api("bj-manager").get("/api/v1/hour_line/", card=made["id"], sort="id")["result"]
    api("bj-agent").post(f"/api/v1/slip/{slip.id}/void", {"reason": "x"}, 403)
    api("bj-manager").post(f"/api/v1/slip/{slip.id}/void", {"reason": "Signed for the wrong visit"})
    after = api("bj-manager").get("/api/v1/hour_line/", card=made["id"], sort="id")["result"]
    assert after[:2] == before, "no line was edited"
    assert left(api, made["id"]) == "40.000"
    assert (after[2]["kind"], after[2]["hours"], after[2]["opposite_of"]["id"]) == ("voided", "3.500", before[1]["id"])
    api("bj-manager").call("PUT", f"/api/v1/hour_line/{before[1]['id']}", 403, json={"hours": "1"})
    api("bj-manager").call("DELETE", f"/api/v1/hour_line/{before[1]['id']}", 403)
    deliver(app)
    (owed,) = api("bj-manager").get("/api/v1/receivable/", order=visit["order"])["result"]
    assert owed["arrears"] == owed["amount"], "it is owed in money again"
    carer.take("sign", name="Wang Min", picture=DRAWN)
    assert left(api, made["id"]) == "36.500", "another slip of the visit takes them anew"


@pytest.mark.feature("MEM-02")
def test_a_short_visit_credits_itself_and_a_mismatch_is_listed(app, api, client, visit, card):  # noqa: F811
    made = card()
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer, "accept", "set_out", "check_in", "begin")
    carer.take("sign", name="Wang Min", picture=DRAWN)
    booked = slip_of(app, visit["id"]).booked
    assert D(left(api, made["id"])) == 40 - booked, "signed before the end: the hours booked, in advance"
    carer.take("finish")
    times(api, visit["id"], 1.5)
    deliver(app)
    assert left(api, made["id"]) == "38.500"
    kinds = [k for k, _h in lines(api, made["id"])]
    assert kinds[:2] == ["sold", "used"] and "credited" in kinds
    slip = slip_of(app, visit["id"])
    assert (slip.signed, slip.mismatch >= abs(booked - D("1.5"))) == (D("1.500"), True)
    listed = api("bj-manager").get("/api/v1/slip/", state="signed", **{"mismatch.gt": "0.25"}, size=200)["result"]
    assert slip.id in [s["id"] for s in listed]


@pytest.mark.feature("MEM-01")
def test_what_is_left_runs_out_after_a_reminder(app, api, client, visit, card):  # noqa: F811
    made = card("12", expires_on=str(today() + timedelta(days=7)))
    remind(app)
    assert made["number"] in client("bj-agent", "en").get("/reminders/").text, "a week before it is told"
    with app.app_context():
        with as_program(db.session):
            one = db.session.get(HourCard, made["id"])
            one.expires_on = today() - timedelta(days=1)
            db.session.commit()
            assert expire_hours(db.session) >= 1
            db.session.commit()
            expire_hours(db.session)
            db.session.commit()
        db.session.remove()
    assert left(api, made["id"]) == "0.000" and lines(api, made["id"])[1:] == [("expired", "-12.000")]


@pytest.mark.feature("MEM-01")
def test_a_refund_tells_its_formula_first_and_takes_no_other_sum(app, api, client, visit, card):  # noqa: F811
    made = card("40", price="50", list_price="60", refund_by="list")
    worked(api, client, visit, 4)
    boss = client("bj-manager", "en")
    page = boss.get(f"/hour_card/refund/{made['id']}?page=1").text
    assert "40 h × ¥50.00 − 4 h × ¥60.00" in page and "¥1,760.00" in page
    refused = api("bj-manager").post(f"/api/v1/hour_card/{made['id']}/refund", {"sum": "1800", "reason": "Moves away"}, 400)
    assert "1760.00" in refused["message"] and left(api, made["id"]) == "36.000"
    api("bj-agent").post(f"/api/v1/hour_card/{made['id']}/refund", {"sum": "1760", "reason": "Moves away"}, 403)
    done = api("bj-manager").post(f"/api/v1/hour_card/{made['id']}/refund", {"sum": "1760", "reason": "Moves away"})["result"]
    assert (done["balance"], done["state"]) == ("0.000", "refunded")
    (line,) = api("bj-manager").get("/api/v1/hour_line/", card=made["id"], kind="refunded")["result"]
    assert (line["hours"], line["amount"]) == ("-36.000", "-1760.00")


@pytest.mark.feature("MEM-05")
def test_the_next_order_after_an_upgrade_takes_the_gold_rate(api, visit, card):  # noqa: F811
    made, agent = card(), api("bj-agent")
    old = agent.get(f"/api/v1/order/{visit['order']}")["result"]
    sent = {n: old[n]["id"] for n in ("customer", "service")} | {"quantity": "2"}
    later = now() + timedelta(weeks=57)
    plain = agent.post("/api/v1/order/", sent | {"starts_at": later.isoformat()})["result"]
    api("bj-manager").put(f"/api/v1/hour_card/{made['id']}", {"level": "gold", "expires_on": str(today() + timedelta(days=600))})
    gold = agent.post("/api/v1/order/", sent | {"starts_at": (later + timedelta(weeks=1)).isoformat()})["result"]
    assert D(gold["amount"]) == D(plain["amount"]) * D("0.9")
    assert agent.get(f"/api/v1/order/{plain['id']}")["result"]["amount"] == plain["amount"], "what was ordered before stays"


@pytest.mark.feature("MEM-04")
def test_the_database_lets_no_card_fall_below_zero_or_be_moved_without_a_line(app, api, visit, card):  # noqa: F811
    from sqlalchemy.exc import DBAPIError, IntegrityError

    made = card("2")
    with app.app_context():
        with as_program(db.session):
            db.session.add(HourLine(card_id=made["id"], kind="used", hours=D(-3)))
            with pytest.raises(IntegrityError, match="hour_card_not_below_zero"):
                db.session.flush()
            db.session.rollback()
            db.session.get(HourCard, made["id"]).held = D(50)
            with pytest.raises(IntegrityError, match="only lines move"):
                db.session.flush()
            db.session.rollback()
            with pytest.raises(DBAPIError, match="permission denied"):
                db.session.connection().exec_driver_sql("UPDATE hour_line SET hours = 9")
            db.session.rollback()
            assert HourCardFlow.model is HourCard
        db.session.remove()
    assert left(api, made["id"]) == "2.000"


@pytest.mark.feature("PAY-05")
def test_the_workload_of_carers_is_the_hours_of_their_pay_lines(api, client, visit):  # noqa: F811
    worked(api, client, visit, 2.75)
    money = api("bj-finance")
    line = money.post("/api/v1/pay_line/", {"visit": visit["id"]}, 201)["result"]
    assert line["hours"] == "2.750"
    signed = {"slip.in": "phone,paper", "state": "finished", "worker": line["worker"]["id"]}
    for one in money.get("/api/v1/visit/", size=200, **signed)["result"]:
        if not money.get("/api/v1/pay_line/", visit=one["id"])["result"]:
            money.post("/api/v1/pay_line/", {"visit": one["id"]}, 201)
    work = money.get("/api/v1/visit/pivot", rows="worker", across="actual_start:month", measure="worked", **signed)
    paid = money.get("/api/v1/pay_line/pivot", rows="worker", across="worked_on:month", measure="hours", worker=signed["worker"])
    months = [{(x["keys"]["worker"], [*x["keys"].values()][-1]): x["value"] for x in told["result"]} for told in (work, paid)]
    assert work["value"] == paid["value"] and months[0] == months[1], (work, paid)
    page = client("bj-finance", "en").get(f"/visit/list?{WORKLOAD}").text
    drill = re.search(r'href="(/visit/list\?[^"]*worker=\d+[^"]*)"', page)
    assert drill, "a cell leads to its visits"
    slip = client("bj-finance", "en").get(f"/visit/show/{visit['id']}").text
    assert "/slip/show/" in slip and f"/pay_line/show/{line['id']}" in slip
