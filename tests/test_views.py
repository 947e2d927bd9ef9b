"""Saved views: under a name, for oneself or others, opened again with the same answer, and never wider than one's rights."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

import pytest

from tests import harness

VIEWS = "/api/v1/views/"
WHERE = "or((district.empty.0,level.eq.vip),source.eq.hospital)"


@pytest.fixture
def truth(database):
    return harness.asking(database)


@pytest.fixture(autouse=True)
def clean(truth):
    yield
    truth("DELETE FROM first_view")
    truth("DELETE FROM saved_view")


def count(answer) -> str:
    return re.search(r'aria-live="polite">([^<]*)</span>', answer.get_data(as_text=True))[1]


def save(person, name="我的", question=f"where={WHERE}&sort=name", table="customer", **more):
    person.look(f"/{table}/list")
    answer = person.post_form("/views/add", table=table, name=name, question=question, **more)
    assert answer.status_code == 302, answer.get_data(as_text=True)[:800]
    return answer.location


@pytest.mark.feature("CUS-11")
def test_a_question_is_saved_and_opened_the_next_day_with_the_same_count(client):
    agent = client("bj-agent")
    asked = agent.get("/customer/list", query_string={"where": WHERE, "q": "", "sort": "name"})
    where = save(agent)
    assert WHERE in unquote(where)
    assert "sort=name" in where
    tomorrow = client("bj-agent")
    page = tomorrow.get("/customer/list").get_data(as_text=True)
    pk = re.search(r"view=(\d+)", where)[1]
    assert re.search(rf'href="[^"]*view={pk}"[^>]*><i class="ti ti-bookmark" aria-hidden="true"></i>我的', page)
    opened = tomorrow.get(f"/views/{pk}", follow_redirects=True)
    assert count(opened) == count(asked)
    assert 'class="on" aria-current="page"' in opened.get_data(as_text=True)
    assert "我的" not in client("bj-agent2").get("/customer/list").get_data(as_text=True)
    assert client("bj-agent2").get(f"/views/{pk}").status_code == 404


def test_a_view_is_renamed_changed_and_deleted(client, truth):
    agent = client("bj-agent", "en")
    pk = re.search(r"view=(\d+)", save(agent, "First"))[1]
    answer = agent.post_form(f"/views/{pk}/change", follow=True, table="customer", name="Second", question="level=vip&q=王")
    assert "Second" in answer.get_data(as_text=True)
    ((name, question),) = truth("SELECT name, question FROM saved_view WHERE id = %s", pk)
    assert (name, unquote(question)) == ("Second", "where=(level.eq.vip)&q=王")
    for form in ({"name": ""}, {"name": "x" * 61}, {"question": "where=or("}, {"question": "cost.gt=1"}, {"question": "sort=nothing"}):
        assert agent.post_form(f"/views/{pk}/change", **{"name": "Second", **form}).status_code in (400, 403), form
    other = client("bj-agent2")
    other.look("/customer/list")
    for deed in ("change", "delete", "first"):
        assert other.post_form(f"/views/{pk}/{deed}", name="Mine now", on="1").status_code == 404
    assert agent.post_form(f"/views/{pk}/delete").status_code == 302
    assert not truth("SELECT 1 FROM saved_view")


def test_only_who_gives_rights_makes_views_for_others(client, truth):
    agent = client("bj-agent")
    agent.look("/customer/list")
    for audience in ("all", "role", "store"):
        assert agent.post_form("/views/add", table="customer", name="x", audience=audience, role="agent", question="").status_code == 403
    boss = client("bj-admin")
    ((store,),) = truth("SELECT store_id FROM staff WHERE username = 'bj-agent'")
    seen = {
        "all": save(boss, "众", audience="all"), "role": save(boss, "坐席的", audience="role", role="agent"),
        "store": save(boss, "本店的", audience="store", store=str(store)), "other": save(boss, "财务的", audience="role", role="finance"),
        "mine": save(boss, "管理员自己的", audience="me"),
    }  # fmt: skip
    page = client("bj-agent").get("/customer/list").get_data(as_text=True)
    assert [name in page for name in ("众", "坐席的", "本店的", "财务的", "管理员自己的")] == [True, True, True, False, False]
    pk = re.search(r"view=(\d+)", seen["all"])[1]
    for deed in ("change", "delete"):
        assert agent.post_form(f"/views/{pk}/{deed}", name="x", question="").status_code == 403
    assert "众" not in client("sh-agent").get("/customer/list").get_data(as_text=True), "another company's"
    assert client("sh-admin").get(f"/views/{pk}").status_code == 404


def test_a_view_is_asked_under_the_rights_of_who_opens_it(client, truth):
    """The same view finds each agent's own customers; where a condition is not one's to ask, it says so, and tells nothing."""
    boss = client("bj-admin", "en")
    pk = re.search(r"view=(\d+)", save(boss, "Either", audience="all"))[1]
    condition = "((c.district IS NOT NULL AND c.level = 'vip') OR c.source = 'hospital')"
    counts = {}
    for name in ("bj-agent", "bj-agent2"):
        ((own,),) = truth(
            f"SELECT count(*) FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = %s AND {condition}", name
        )
        counts[name] = count(client(name, "en").get(f"/views/{pk}", follow_redirects=True))
        assert counts[name] == str(own)
    assert count(boss.get(f"/views/{pk}", follow_redirects=True)) not in counts.values()
    costly = save(boss, "Costly", question="where=(unit_cost.gt.77123)", table="order", audience="all")
    pk = re.search(r"view=(\d+)", costly)[1]
    agent = client("bj-agent", "en")
    listed = agent.get("/order/list").get_data(as_text=True)
    assert "Costly" in listed
    assert "unit_cost" not in listed
    assert "77123" not in listed
    answer = agent.get(f"/views/{pk}")
    assert answer.status_code == 403
    assert "asks about something that you may not see" in answer.get_data(as_text=True)
    assert "unit_cost" not in answer.get_data(as_text=True)


def test_a_list_opens_with_a_view_for_a_person_and_for_a_role(client):
    agent, boss = client("bj-agent"), client("bj-admin")
    assert agent.get("/customer/list").status_code == 200
    mine = re.search(r"view=(\d+)", save(agent, "先看"))[1]
    agent.post_form(f"/views/{mine}/first", on="1")
    bare = agent.get("/customer/list")
    assert bare.status_code == 302
    assert f"view={mine}" in bare.location
    everything = agent.get("/customer/list?view=0")
    assert everything.status_code == 200, "a way to all of it stays"
    assert 'href="/customer/list?view=0"' in everything.get_data(as_text=True)
    agent.post_form(f"/views/{mine}/first", on="0")
    assert agent.get("/customer/list").status_code == 200
    shared = re.search(r"view=(\d+)", save(boss, "坐席先看", audience="role", role="agent"))[1]
    assert agent.post_form(f"/views/{shared}/first", on="1", role="agent").status_code == 403
    assert boss.post_form(f"/views/{shared}/first", on="1", role="agent").status_code == 302
    assert f"view={shared}" in agent.get("/customer/list").location
    assert boss.get("/customer/list").status_code == 200
    agent.post_form(f"/views/{mine}/first", on="1")
    assert f"view={mine}" in agent.get("/customer/list").location, "one's own goes before the role's"
    assert boss.post_form(f"/views/{shared}/delete").status_code == 302


def test_a_first_view_that_one_may_not_ask_is_passed_over(client):
    boss = client("bj-admin")
    pk = re.search(r"view=(\d+)", save(boss, "贵的", question="unit_cost.gt=5", table="order", audience="all"))[1]
    assert boss.post_form(f"/views/{pk}/first", on="1", role="agent").status_code == 302
    assert client("bj-agent").get("/order/list").status_code == 200


def test_views_by_rest(api, truth):
    agent, boss = api("bj-agent"), api("bj-admin")
    made = agent.post(VIEWS, {"model": "customer", "name": "Mine", "question": f"where={WHERE}"}, 201)["result"]
    assert made["question"] == f"where={WHERE}"
    assert agent.get(VIEWS, model="customer")["result"] == [made]
    assert api("bj-agent2").get(VIEWS, model="customer")["result"] == []
    found = agent.get("/api/v1/customer/", **dict(parse_qsl(made["question"])))["count"]
    assert found == agent.get("/api/v1/customer/", where=WHERE)["count"]
    assert agent.put(f"{VIEWS}{made['id']}", {"name": "Renamed"})["result"]["name"] == "Renamed"
    assert agent.get(f"{VIEWS}{made['id']}")["result"]["question"] == f"where={WHERE}", "what is not sent stays"
    assert agent.post(f"{VIEWS}{made['id']}/first")["result"]["first"]
    assert not agent.delete(f"{VIEWS}{made['id']}/first", 200).get("first")
    agent.post(VIEWS, {"model": "customer", "name": "All", "audience": "all"}, 403)
    agent.post(VIEWS, {"model": "nothing", "name": "All"}, 404)
    agent.post(VIEWS, {"model": "saved_view", "name": "All"}, 404)
    agent.post(VIEWS, {"model": "order", "name": "No", "question": "where=(unit_cost.gt.1)"}, 403)
    costly = boss.post(VIEWS, {"model": "order", "name": "Costly", "question": "where=(unit_cost.gt.77123)", "audience": "all"}, 201)
    (seen,) = agent.get(VIEWS, model="order")["result"]
    assert seen["question"] is None
    assert "may not see" in seen["message"]
    agent.delete(f"{VIEWS}{costly['id']}", 403)
    agent.put(f"{VIEWS}{costly['id']}", {"name": "x"}, 403)
    boss.delete(f"{VIEWS}{costly['id']}", 200)
    agent.delete(f"{VIEWS}{made['id']}", 200)
    agent.get(f"{VIEWS}{made['id']}", 404)


def test_views_cost_a_list_one_query(client, count_queries):
    agent = client("bj-agent")
    for n in range(4):
        save(agent, f"V{n}", question=f"level=vip&where=or(source.eq.web,district.eq.D{n})")
    agent.get("/customer/list")
    with count_queries() as sent:
        assert agent.get("/customer/list").status_code == 200
    assert sum("saved_view" in s for s in sent) == 1, sent
    assert sent.count <= 5, "\n".join(sent)
