"""Looking with another's eyes, why not, and asking for access."""

from __future__ import annotations

import pytest

from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")


def number(truth, username: str) -> int:
    return truth("SELECT id FROM staff WHERE username = %s", username)[0][0]


def look(client, truth, username: str, lang: str = "en"):
    admin = client("bj-admin", lang)
    admin.look("/users/")
    answer = admin.post_form(f"/view-as/{number(truth, username)}")
    return admin, answer


@pytest.mark.feature("PER-09")
def test_an_administrator_sees_what_the_agent_sees_and_changes_nothing(client, api, truth):
    mine = api("bj-agent").get("/api/v1/customer/")["count"]
    everybody = api("bj-admin").get("/api/v1/customer/")["count"]
    admin, answer = look(client, truth, "bj-agent")
    assert answer.status_code == 302
    page = admin.look("/customer/list").text
    assert "You see what" in page
    assert f">{mine}</span>" in page
    assert mine < everybody
    assert admin.get("/rights/").status_code == 403
    assert admin.get("/service/list").text.count("Cost") == 0
    pk = api("bj-agent").get("/api/v1/customer/", size=1)["result"][0]["id"]
    admin.look(f"/customer/show/{pk}")
    before = truth("SELECT count(*), max(version) FROM customer")
    attempts = {f"/customer/edit/{pk}": {"name": "改了"}, f"/customer/delete/{pk}": {}, "/users/add": {"name": "x", "username": "x"}}
    for url, sent in attempts.items():
        assert admin.post_form(url, **sent).status_code in (400, 403), url
    assert truth("SELECT count(*), max(version) FROM customer") == before
    hidden = admin.get("/view-as/difference").text
    assert "Unit cost" in hidden
    admin.post_form("/view-as/stop")
    assert f">{everybody}</span>" in admin.get("/customer/list").text
    assert admin.get("/rights/").status_code == 200
    told = truth("SELECT action, created_by FROM audit_entry WHERE action LIKE 'view_as%%' ORDER BY id")
    assert told == [("view_as", number(truth, "bj-admin")), ("view_as_end", number(truth, "bj-admin"))]


@pytest.mark.parametrize(("who", "whom"), [
    ("bj-agent", "bj-finance"), ("bj-manager", "bj-agent"), ("bj-finance", "bj-agent"), ("bj-admin", "sh-agent"), ("bj-admin", "bj-admin"),
    ("bj-admin", "hq"),
])  # fmt: skip
def test_nobody_looks_at_whom_they_may_not(client, truth, who, whom):
    person = client(who)
    person.look("/")
    assert person.post_form(f"/view-as/{number(truth, whom)}").status_code in (403, 404)
    assert "You see what" not in person.get("/", headers={"Accept-Language": "en"}).text
    assert truth("SELECT count(*) FROM audit_entry WHERE action = 'view_as'") == [(0,)]


def test_an_administrator_who_is_none_any_more_looks_no_longer(client, truth):
    admin, _answer = look(client, truth, "bj-agent")
    truth("UPDATE staff SET roles = '{finance}' WHERE username = 'bj-admin'")
    assert "You see what" not in admin.get("/").text


@pytest.mark.feature("PER-02")
@pytest.mark.feature("PRV-03")
@pytest.mark.parametrize(("lang", "words"), [("en", ("Which rule", "Agent", "Add: No")), ("zh", ("哪条规则", "客服", "新增：否"))])
def test_a_refusal_says_which_rule_and_who_can_change_it(client, api, truth, lang, words):
    person = client("bj-agent", lang)
    answer = person.get("/worker/add")
    assert answer.status_code == 403
    for word in words[:2]:
        assert word in answer.text
    boss = truth("SELECT name FROM staff WHERE username = 'bj-admin'")[0][0]
    assert boss in answer.text
    refused = api("bj-agent").call("POST", "/api/v1/worker/", 403, json={"name": "x"})
    assert boss in refused["who_can"]
    assert "Agent" in refused["rule"]


def test_access_is_asked_for_granted_for_hours_and_ends(app, client, api, truth):
    """The agent may not see what an order costs; the manager of the store sees and shares it for two hours."""
    agent, manager = client("bj-agent", "zh"), client("bj-manager", "zh")
    order = api("bj-agent").get("/api/v1/order/", size=1)["result"][0]
    page = agent.look(f"/order/show/{order['id']}").text
    assert f"/ask/order/{order['id']}" in page
    assert agent.post_form(f"/ask/order/{order['id']}", target="cost", reason="", hours="2").status_code == 400
    assert agent.post_form(f"/ask/order/{order['id']}", target="cost", reason="客户问成本", hours="5").status_code == 400
    for _twice in range(2):
        assert agent.post_form(f"/ask/order/{order['id']}", target="cost", reason="客户问成本", hours="2").status_code == 302
    assert truth("SELECT count(*) FROM access_request") == [(1,)]
    deliver(app)
    pk = truth("SELECT id FROM access_request")[0][0]
    agent.look("/asks/")
    assert agent.post_form(f"/asks/{pk}/grant").status_code == 403, "nobody grants their own wish"
    assert "unit_cost" not in api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]
    assert "客户问成本" in manager.look("/asks/").text
    assert manager.post_form(f"/asks/{pk}/grant").status_code == 302
    assert "unit_cost" in api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]
    assert manager.post_form(f"/asks/{pk}/decline").status_code == 409
    truth("UPDATE share SET until = now() - interval '1 second'")
    assert "unit_cost" not in api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]
    deliver(app)
    told = truth("SELECT count(*) FROM message WHERE event = 'access_request.granted' AND staff_id = %s", number(truth, "bj-agent"))
    assert told == [(1,)]
    asked = truth("SELECT DISTINCT title, url FROM message WHERE event = 'access_request.asked'")
    name = truth("SELECT name FROM staff WHERE username = 'bj-agent'")[0][0]
    assert asked and all(name in title and url == "/asks/" for title, url in asked)


def test_nobody_asks_about_or_decides_on_what_they_do_not_see(client, api, truth):
    agent, other = client("bj-agent"), client("bj-agent2")
    order = api("bj-agent").get("/api/v1/order/", size=1)["result"][0]["id"]
    other.look("/")
    assert other.get(f"/ask/order/{order}").status_code == 404
    assert other.post_form(f"/ask/order/{order}", target="cost", reason="x", hours="2").status_code == 404
    agent.look("/")
    assert agent.post_form(f"/ask/order/{order}", target="nonsense", reason="x", hours="2").status_code == 400
    agent.post_form(f"/ask/order/{order}", target="cost", reason="x", hours="2")
    pk = truth("SELECT id FROM access_request")[0][0]
    assert other.post_form(f"/asks/{pk}/grant").status_code == 404
    stranger = client("sh-admin")
    stranger.look("/")
    assert stranger.post_form(f"/asks/{pk}/grant").status_code == 404


def test_asking_about_ones_own_store_needs_its_right_too(client, api, truth):
    """The store of whoever signs in is read for the program in every request; that opens no page of it."""
    store = truth("SELECT store_id FROM staff WHERE username = 'bj-agent'")[0][0]
    agent = client("bj-agent")
    assert agent.get(f"/ask/store/{store}").status_code == 200
    truth("UPDATE scope SET reach = 'own' WHERE role = 'agent' AND model = 'Store' AND tenant_id = 2")
    truth("UPDATE stamp SET changes = changes + 1")
    assert agent.get(f"/ask/store/{store}").status_code == 404
