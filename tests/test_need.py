"""Needs: several of one customer, each with its own state, each becoming its own order or contract."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.engine.clock import today
from tests.delivering import deliver
from tests.people import text
from tests.test_customer_page import new_customer, service


def make(agent, pk, **more):
    start = f"{today() + timedelta(days=6)}T09:00"
    return agent.post("/api/v1/need/", {"customer": pk, "starts_at": start, "service": service(agent), **more})["result"]


@pytest.mark.feature("CUS-14")
def test_two_needs_go_their_own_ways(app, client, api, truth):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = new_customer(agent)
    hourly = make(agent, pk, kind="hourly", wishes="会做软食", quantity="3")
    live_in = make(agent, pk, kind="nanny", service=service(agent, "HG24"), budget="8400", wishes="住家")
    assert (hourly["state"], live_in["state"]) == ("wanted", "wanted")
    person.look(f"/need/show/{hourly['id']}")
    assert person.post_form(f"/need/step/{hourly['id']}/order").status_code == 302
    one = agent.get(f"/api/v1/need/{hourly['id']}")["result"]
    order = agent.get(f"/api/v1/order/{one['order']['id']}")["result"]
    assert (one["state"], order["customer"]["id"], order["service"]["id"]) == ("ordered", pk, service(agent))
    assert (order["special"], order["quantity"], order["state"]) == ("会做软食", "3.000", "placed")
    assert agent.get(f"/api/v1/need/{live_in['id']}")["result"]["state"] == "wanted"
    assert person.post_form(f"/need/step/{live_in['id']}/contract").status_code == 302
    two = agent.get(f"/api/v1/need/{live_in['id']}")["result"]
    contract = agent.get(f"/api/v1/contract/{two['contract']['id']}")["result"]
    assert (two["state"], contract["state"], contract["customer"]["id"]) == ("contracted", "draft", pk)
    assert contract["monthly"] == "8400.00"
    assert hourly["number"] in text(person, f"/order/related/{order['id']}/need/order"), "the order leads back to its need"
    page = text(person, f"/customer/show/{pk}")
    assert all(f'href="/need/show/{n["id"]}"' in page for n in (hourly, live_in))
    assert "Ordered" in page and "Under contract" in page
    assert truth("SELECT stage FROM customer WHERE id = %s", pk) == [("lead",)]
    deliver(app)
    assert truth("SELECT stage FROM customer WHERE id = %s", pk) == [("active",)], "whoever orders is served"


def test_a_need_says_what_is_missing_and_is_lost_with_a_reason(client, api, fresh_db):
    agent = api("bj-agent")
    pk = new_customer(agent)
    need = make(agent, pk, service=None)
    agent.post(f"/api/v1/need/{need['id']}/order", {}, 409)
    agent.post(f"/api/v1/need/{need['id']}/lose", {}, 422)
    agent.post(f"/api/v1/need/{need['id']}/lose", {"reason": "找了亲戚"})
    lost = agent.get(f"/api/v1/need/{need['id']}")["result"]
    assert (lost["state"], lost["reason"]) == ("lost", "找了亲戚")
    agent.post(f"/api/v1/need/{need['id']}/order", {}, 409)
    agent.post(f"/api/v1/need/{need['id']}/reopen", {})
    api("bj-agent2").get(f"/api/v1/need/{need['id']}", 404)
    api("bj-dispatch").post(f"/api/v1/need/{need['id']}/match", {}, 403)
