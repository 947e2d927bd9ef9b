"""A customer's page: seven blocks with live numbers, the talk that was just had on top, and what the next order takes over."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.engine.clock import local, now, today
from tests.delivering import deliver
from tests.people import text

BLOCK = re.compile(r'<h2 class="sm">([^<]+?) <span class="cnt">([^<]+)</span></h2>')
TAB = re.compile(r'<label for="[^"]+">([^<]+?) <span class="cnt">([^<]+)</span></label>')


def new_customer(agent, name="沈佩兰", **more):
    sent = {"name": name, "phone": "14255660077", "district": "朝阳区", "address": "望京街 9 号", **more}
    return agent.post("/api/v1/customer/", sent)["result"]["id"]


def service(caller, code="ZL"):
    return next(s["id"] for s in caller.get("/api/v1/service/", size=50)["result"] if s["code"] == code)


def numbers(page: str) -> dict[str, str]:
    """The number beside each block and tab."""
    return dict(BLOCK.findall(page)) | dict(TAB.findall(page))


@pytest.mark.feature("CUS-01")
def test_the_seven_blocks_stand_on_one_page_with_live_numbers(client, api, fresh_db):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = new_customer(agent, habits="早上六点起床", diet="不吃辣")
    before = numbers(text(person, f"/customer/show/{pk}"))
    assert {before[n] for n in ("Household contacts", "Needs", "Contracts", "Receivables", "Receipts", "Orders", "Follow-ups")} == {"0"}
    son = {"customer": pk, "name": "沈先生", "relation": "child", "phone": "14255660078", "pays": True, "first": True}
    agent.post("/api/v1/contact/", son)
    agent.post("/api/v1/need/", {"customer": pk, "kind": "elder", "wishes": "会做软食"})
    agent.post("/api/v1/followup/", {"customer": pk, "way": "phone", "said": "说好下周看护工"})
    agent.post("/api/v1/contract/", {"customer": pk, "service": service(agent)})
    agent.post("/api/v1/order/", {"customer": pk, "service": service(agent), "starts_at": f"{today() + timedelta(days=9)}T09:00"})
    page = text(person, f"/customer/show/{pk}")
    after = numbers(page)
    assert {after[n] for n in ("Household contacts", "Needs", "Contracts", "Orders", "Follow-ups")} == {"1"}
    told = ("沈先生", "会做软食", "说好下周看护工", "早上六点起床", "不吃辣")
    for words in ("Basics", "Family", "Living and eating habits", *told):
        assert words in page, words


def test_the_page_of_a_full_customer_asks_the_database_little(client, kept, count_queries):
    ((pk,),) = kept("SELECT min(id) FROM customer WHERE tenant_id = 2")
    person = client("bj-admin")
    person.get(f"/customer/show/{pk}")
    with count_queries() as sent:
        assert person.get(f"/customer/show/{pk}").status_code == 200
    assert sent.count <= 15, "\n".join(sent)


def test_what_is_fetched_later_comes_when_it_is_asked_for(client, api, fresh_db):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = new_customer(agent)
    agent.post("/api/v1/customer_address/", {"customer": pk, "label": "女儿家", "district": "海淀区", "address": "知春路 3 号"})
    page = text(person, f"/customer/show/{pk}")
    assert numbers(page)["Service addresses"] == "1"
    url = re.search(r'data-part="(/customer/related/[^"]*customer_address[^"]*)"', page)[1]
    assert "女儿家" in text(person, url)
    assert client("bj-agent2").get(url).status_code == 404
    assert person.get(f"/customer/related/{pk}/order/customer").status_code == 404  # not one of those that come later


@pytest.mark.feature("CUS-02")
def test_a_follow_up_heads_the_timeline(client, api, fresh_db):
    """Sent through its form; then time, person, content and the next contact stand on top."""
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = new_customer(agent)
    agent.post("/api/v1/followup/", {"customer": pk, "said": "更早的一次", "talked_at": (now() - timedelta(days=3)).isoformat()})
    me = agent.get(f"/api/v1/customer/{pk}")["result"]["owner"]["label"]
    assert f'href="/followup/add?customer={pk}"' in text(person, f"/customer/show/{pk}")
    person.look(f"/followup/add?customer={pk}")
    next_at = f"{today() + timedelta(days=5)}T10:30"
    sent = {"customer": pk, "way": "wechat", "whom": "女儿", "said": "想换个会做软食的", "next_at": next_at}
    sent["talked_at"] = f"{local(now()):%Y-%m-%dT%H:%M}"
    assert person.post_form("/followup/add", **sent).status_code == 302
    first = re.search(r'<div class="jh-tl">\s*<div>(.*?)</div>\s*<div><span', text(person, f"/customer/show/{pk}"), re.DOTALL)[1]
    for words in ("WeChat", "想换个会做软食的", "女儿", f"{today() + timedelta(days=5):%m-%d}", "10:30", f"{local(now()):%H:}", me):
        assert words in first, (words, first)
    dispatcher = client("bj-finance").get(f"/customer/show/{pk}").text
    assert "想换个会做软食的" not in dispatcher, "finance has no right to follow-ups"


@pytest.mark.feature("CUS-23")
def test_the_next_order_takes_over_what_always_holds(client, api, truth):
    """Past orders stand on the page; the standing notes, the carer asked for and the usual address go into the next order."""
    agent = api("bj-agent")
    carer = agent.get("/api/v1/worker/", size=1)["result"][0]
    pk = new_customer(agent, standing="进门换鞋,先量血压", preferred=carer["id"])
    body = {"customer": pk, "service": service(agent), "starts_at": f"{today() + timedelta(days=9)}T09:00"}
    first = agent.post("/api/v1/order/", body)["result"]
    assert (first["special"], first["wanted"]["id"], first["address"]) == ("进门换鞋,先量血压", carer["id"], "望京街 9 号")
    home = {"customer": pk, "label": "女儿家", "district": "海淀区", "address": "知春路 3 号", "usual": True, "way_in": "门禁 2580"}
    site = agent.post("/api/v1/customer_address/", home)["result"]["id"]
    second = agent.post("/api/v1/order/", body | {"special": "这次带孩子的玩具"})["result"]
    assert (second["special"], second["address"], second["site"]["id"]) == ("这次带孩子的玩具", "知春路 3 号", site)
    page = text(client("bj-agent", "en"), f"/customer/show/{pk}")
    for words in (first["number"], second["number"], carer["name"], "进门换鞋,先量血压"):
        assert words in page
    other = new_customer(agent, "别人家")
    agent.post("/api/v1/order/", body | {"customer": other, "site": site}, 400)
    # By telephone as well: the page says nothing of them, and the order has them.
    person = client("bj-agent")
    person.look("/call/")
    sent = {"customer": pk, "service": body["service"], "starts_at": body["starts_at"], "quantity": "1", "request": "by-phone"}
    assert person.post_form("/call/", **sent).status_code == 302
    asked = 'SELECT special, wanted_id, site_id FROM "order" WHERE request = %s'
    assert truth(asked, "by-phone") == [("进门换鞋,先量血压", carer["id"], site)]


@pytest.mark.feature("CUS-13")
def test_what_hangs_on_a_customer_goes_along_to_a_new_owner(app, api, truth):
    agent, other = api("bj-agent"), api("bj-agent2")
    pk = new_customer(agent)
    contact = agent.post("/api/v1/contact/", {"customer": pk, "name": "女儿"})["result"]["id"]
    talk = agent.post("/api/v1/followup/", {"customer": pk, "said": "说好下周看护工"})["result"]["id"]
    ((heir,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent2'")
    api("bj-manager").post("/api/v1/customer/bulk", {"act": "assign", "ids": [pk], "to": [heir], "rule": "even"})
    deliver(app)
    assert other.get(f"/api/v1/contact/{contact}")["result"]["name"] == "女儿"
    assert other.get(f"/api/v1/followup/{talk}")["result"]["said"] == "说好下周看护工"
    agent.get(f"/api/v1/contact/{contact}", 404)
