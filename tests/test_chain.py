"""One order from the phone call to the money, by REST, as the people who do it; and what the others see of it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.engine.clock import now
from tests.acting import as_program
from tests.delivering import deliver


def links(app, path: str) -> list[str]:
    """The signed addresses that would have gone out, newest first."""
    from app.extensions import db
    from app.integrations.rehearsal import Rehearsed

    with app.app_context(), as_program(db.session):
        texts = db.session.scalars(select(Rehearsed.text).order_by(Rehearsed.id.desc())).all()
        db.session.remove()
    return [found.group(0) for text in texts if (found := re.search(rf"/{path}/\S+", text))]


def placed(agent, days: float = 40.0) -> dict:
    customer = next(c for c in agent.get("/api/v1/customer/", size=100)["result"] if c.get("lat") and c.get("address"))["id"]
    service = next(s for s in agent.get("/api/v1/service/")["result"] if s["unit"] == "hour")
    starts = (now() + timedelta(days=days)).isoformat()
    return agent.post("/api/v1/order/", {"customer": customer, "service": service["id"], "starts_at": starts, "quantity": "2"})["result"]


def free_carer(desk, order: dict) -> int:
    for worker in desk.get("/api/v1/worker/", size=100)["result"]:
        answer = desk.client.post(f"/api/v1/order/{order['id']}/assign", json={"worker": worker["id"]}, headers=desk.headers)
        if answer.status_code == 200:
            return worker["id"]
    raise AssertionError("nobody is free")


@pytest.mark.feature("ORD-07")
@pytest.mark.feature("FIN-02")
@pytest.mark.feature("FIN-04")
@pytest.mark.feature("TRK-03")
def test_an_order_goes_from_the_call_to_the_money(app, api, client):
    agent, desk, money = api("bj-agent"), api("bj-dispatch"), api("bj-finance")
    order = placed(agent)
    assert re.fullmatch(r"DD-BJ\d\d-\d{6}-\d{4}", order["number"])
    assert order["state"] == "placed"
    free_carer(desk, order)
    assert agent.get(f"/api/v1/order/{order['id']}")["result"]["state"] == "assigned"
    deliver(app)
    carer = links(app, "w")[0]
    person = client()
    for step, word in (("accept", "出发"), ("set_out", "签到"), ("check_in", "开始"), ("begin", "完成"), ("finish", "")):  # noqa: B007
        look = person.get(carer)
        assert look.status_code == 200, look.text
        person.token = re.search(r'name="csrf_token" value="([^"]+)"', look.text).group(1)
        assert person.post_form(f"{carer}/{step}", follow=True).status_code == 200
        if step == "accept":
            deliver(app)
            customer = links(app, "c")[0]
            assert "finish" not in person.get(customer).text
    assert agent.get(f"/api/v1/order/{order['id']}")["result"]["state"] == "done"
    deliver(app)
    owed = money.get("/api/v1/receivable/", order=order["id"])["result"]
    assert len(owed) == 1
    amount = Decimal(owed[0]["amount"])
    assert amount == Decimal(order["amount"])
    assert Decimal(owed[0]["arrears"]) == amount
    part = (amount * Decimal("0.6")).quantize(Decimal("0.01"))
    receipt = money.post("/api/v1/receipt/", {"receivable": owed[0]["id"], "amount": str(part), "method": "wechat"})["result"]
    after = money.get(f"/api/v1/receivable/{owed[0]['id']}")["result"]
    assert Decimal(after["arrears"]) == amount - part
    refused = money.call("PUT", f"/api/v1/receipt/{receipt['id']}", 403, json={"amount": "1.00"})
    assert refused["message"]
    money.delete(f"/api/v1/receipt/{receipt['id']}", 403)
    shown = client().get(customer).text
    assert f"{amount - part:,.2f}" in shown


@pytest.mark.feature("TRK-03")
def test_a_step_taken_twice_shows_where_it_stands(app, api, client):
    order = placed(api("bj-agent"), 45)
    free_carer(api("bj-dispatch"), order)
    deliver(app)
    carer, person = links(app, "w")[0], client()
    for _again in range(2):
        person.token = re.search(r'name="csrf_token" value="([^"]+)"', person.get(carer).text).group(1)
        assert person.post_form(f"{carer}/accept", follow=True).status_code == 200
    assert api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]["state"] == "assigned"


def test_a_forged_link_finds_nothing(client):
    for path in ("/w/abc", "/c/abc.def.ghi", "/w/abc/accept"):
        assert client().get(path).status_code in (404, 405)


@pytest.mark.feature("PRV-03")
def test_the_agent_never_receives_cost_and_pay(api, client):
    agent = api("bj-agent")
    order = placed(agent, 50)
    for name in ("cost", "unit_cost"):
        assert name not in order
        agent.get("/api/v1/order/", 403, **{f"{name}.gt": "1"})
        agent.get("/api/v1/order/", 403, sort=name)
    page = client("bj-agent", "en").get(f"/order/show/{order['id']}").text
    assert "Unit cost" not in page
    assert "Cost" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "Cost" not in client("bj-agent", "en").get("/order/list").text


@pytest.mark.parametrize("path", ["/order/show/{id}", "/order/edit/{id}", "/api/v1/order/{id}"])
def test_the_other_franchise_finds_nothing_by_a_guessed_id(api, client, path):
    order = placed(api("bj-agent"), 55)
    for who in ("sh-admin", "sh-agent", "sh-finance"):
        assert client(who).get(path.format(id=order["id"])).status_code == 404


@pytest.mark.feature("ORD-14")
def test_numbers_are_never_given_twice(api):
    agent = api("bj-agent")
    numbers = [placed(agent, 60 + n)["number"] for n in range(5)]
    assert len(set(numbers)) == 5


def test_a_request_is_told_what_is_wrong_with_each_field(api):
    agent = api("bj-agent")
    answer = agent.call("POST", "/api/v1/order/", 422, json={"starts_at": "soon", "quantity": "many"})
    assert set(answer["fields"]) >= {"starts_at", "quantity", "customer", "service"}
    zh = agent.call("POST", "/api/v1/order/", 422, json={}, language="zh")
    assert zh["fields"]["customer"] != answer["fields"]["customer"]


def test_two_writers_the_second_is_told_what_changed(api):
    agent, boss = api("bj-agent"), api("bj-admin")
    order = placed(agent, 70)
    path = f"/api/v1/order/{order['id']}"
    seen = agent.get(path)["result"]["version"]
    boss.put(path, {"special": "Bring slippers", "version": seen})
    conflict = agent.call("PUT", path, 409, json={"special": "Two people", "version": seen})
    assert [d["field"] for d in conflict["difference"]] == ["special"]
    assert conflict["difference"][0]["now"] == "Bring slippers"
