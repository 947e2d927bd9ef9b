"""Return visits: planned at the signing and by rule, each once; answered, put right, and the carer replaced."""

from __future__ import annotations

import threading

import pytest

from app.engine.clock import today
from app.jobs.care import run
from app.workflows.visit_rules import run_rules
from tests.contracts import carer, sign_all, to_sign
from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")
ANSWERS = {"score_worker": 5, "score_company": 4, "said": "很好"}


def planned(truth, pk: int) -> list:
    return truth("SELECT due_on - current_date FROM return_visit WHERE contract_id = %s AND state = 'planned' ORDER BY due_on", pk)


def signed(app, client, api, truth) -> int:
    pk = to_sign(api("bj-agent"), truth)["id"]
    sign_all(app, client, truth, pk)
    deliver(app)
    return pk


@pytest.mark.feature("CON-02")
def test_the_signing_plans_the_visits_of_the_template_and_each_result_is_on_the_contract(app, client, api, truth):
    pk = signed(app, client, api, truth)
    days = [d for (d,) in planned(truth, pk)]
    assert days[:4] == [3, 30, 60, 90] and days[-1] <= 365
    agent = api("bj-agent")
    visit = agent.get("/api/v1/return_visit/", contract=pk, sort="due_on")["result"][0]
    assert visit["worker"]["id"] and visit["ask"]
    url = f"/api/v1/return_visit/{visit['id']}"
    agent.post(f"{url}/encourage", {"praise": "x"}, 409)
    agent.put(url, ANSWERS | {"feeling": "satisfied"})
    assert agent.post(f"{url}/encourage", {"praise": "家属表扬"})["result"]["state"] == "content"
    page = client("bj-agent", "en").get(f"/contract/show/{pk}").text
    assert "Content" in page and "Satisfied" in page


@pytest.mark.feature("CON-03")
def test_a_dissatisfied_customer_gets_another_carer_and_the_loop_is_closed(app, client, api, truth):
    pk = signed(app, client, api, truth)
    agent = api("bj-agent")
    before = agent.get(f"/api/v1/contract/{pk}")["result"]["worker"]["id"]
    visit = agent.get("/api/v1/return_visit/", contract=pk, sort="due_on")["result"][0]
    url = f"/api/v1/return_visit/{visit['id']}"
    agent.put(url, ANSWERS | {"score_worker": 1, "feeling": "dissatisfied", "said": "总是迟到"})
    page = client("bj-agent", "en").get(f"/return_visit/show/{visit['id']}").text
    assert "Put it right" in page and "Replace the carer" in page and "encourage" not in page.lower().replace("data-", "")
    assert agent.post(f"{url}/replace", {"remedy": "要会做饭"})["result"]["state"] == "replacing"
    agent.post(f"{url}/swap", {"worker": before}, 400)
    other = carer(truth, 5)
    assert other != before
    desk = client("bj-agent", "en")
    desk.look(f"/return_visit/show/{visit['id']}")
    assert desk.post_form(f"/return_visit/step/{visit['id']}/swap", worker=str(other)).status_code == 302
    assert truth("SELECT worker_id FROM contract WHERE id = %s", pk) == [(other,)]
    assert truth("SELECT state, replaced_id, worker_id FROM return_visit WHERE id = %s", visit["id"]) == [("solved", before, other)]
    assert len(truth("SELECT id FROM contract_version WHERE contract_id = %s", pk)) == 2, "another carer is another version"
    assert (3,) in planned(truth, pk), "we look again after three days"
    agent.post(f"{url}/swap", {"worker": carer(truth, 6)}, 409)


def test_one_that_is_put_right_and_one_that_was_not_reached_are_asked_again(app, client, api, truth):
    pk = signed(app, client, api, truth)
    agent = api("bj-agent")
    first, second = agent.get("/api/v1/return_visit/", contract=pk, sort="due_on")["result"][:2]
    url = f"/api/v1/return_visit/{first['id']}"
    agent.put(url, ANSWERS | {"feeling": "dissatisfied"})
    agent.post(f"{url}/correct", {"remedy": "店长谈话"})
    assert agent.post(f"{url}/solve", {"result": "已改"})["result"]["state"] == "solved"
    agent.post(f"/api/v1/return_visit/{second['id']}/miss")
    days = [d for (d,) in planned(truth, pk)]
    assert 3 in days and 1 in days


@pytest.mark.feature("SVC-01")
def test_a_rule_for_vip_customers_makes_each_visit_once(app, api, truth):
    admin = api("bj-admin")
    truth("DELETE FROM return_visit")
    truth("DELETE FROM visit_rule")
    ((vip,),) = truth("SELECT id FROM customer WHERE tenant_id = 2 AND name = '王秀兰'")
    truth("UPDATE customer SET created_at = now() - interval '60 days' WHERE id = %s", vip)
    sent = {"name": "VIP monthly", "since": "customer", "days": "30", "again": "30", "level": "vip", "ask": "How is it?"}
    admin.post("/api/v1/visit_rule/", sent | {"again": "3"}, 409)
    rule = admin.post("/api/v1/visit_rule/", sent, 201)["id"]
    truth("UPDATE visit_rule SET created_at = now() - interval '90 days' WHERE id = %s", rule)
    made: list[int] = []

    def tick() -> None:
        with app.app_context():
            made.append(run(run_rules))

    threads = [threading.Thread(target=tick) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert run(run_rules) == 0
    rows = truth("SELECT due_on - current_date, ask FROM return_visit WHERE customer_id = %s", vip)
    assert rows == [(0, "How is it?")]
    levels = truth("SELECT DISTINCT c.level FROM return_visit v JOIN customer c ON c.id = v.customer_id")
    assert levels == [("vip",)]
    assert sum(made) == len(truth("SELECT id FROM return_visit"))
    visit = api("bj-agent").get("/api/v1/return_visit/", customer=vip)["result"][0]
    kept = api("bj-agent").put(f"/api/v1/return_visit/{visit['id']}", {"score_company": 5, "said": "一切都好"})["result"]
    assert (kept["score_company"], kept["said"]) == (5, "一切都好")
    api("bj-agent").post("/api/v1/visit_rule/", sent | {"name": "y"}, 403)


@pytest.mark.feature("SVC-07")
def test_thirty_days_after_an_installation_a_visit_is_due_for_it(app, api, truth):
    truth("DELETE FROM return_visit")
    truth("UPDATE visit_rule SET created_at = now() - interval '90 days'")
    ((order,),) = truth(
        'SELECT max(o.id) FROM "order" o JOIN service s ON s.id = o.service_id WHERE o.tenant_id = 2 AND s.code = %s', "ZYJ"
    )
    done = "UPDATE \"order\" SET state = 'done', starts_at = now() - interval '40 days', ends_at = now() - interval '29 days' WHERE id = %s"
    truth(done, order)
    with app.app_context():
        run(run_rules)
    assert truth("SELECT count(*) FROM return_visit WHERE order_id = %s", order) == [(0,)], "not before the day"
    truth("UPDATE \"order\" SET ends_at = now() - interval '30 days' WHERE id = %s", order)
    with app.app_context():
        run(run_rules)
        run(run_rules)
    assert truth("SELECT due_on FROM return_visit WHERE order_id = %s", order) == [(today(),)]


def test_a_new_rule_asks_for_nothing_that_was_due_before_it(app, api, truth):
    truth("DELETE FROM return_visit")
    truth("UPDATE visit_rule SET active = false")
    truth("UPDATE customer SET created_at = now() - interval '33 days' WHERE tenant_id = 2")
    api("bj-admin").post("/api/v1/visit_rule/", {"name": "new", "since": "customer", "days": "30"}, 201)
    with app.app_context():
        assert run(run_rules) == 0


@pytest.mark.feature("SVC-02")
def test_the_board_says_how_content_customers_are_by_store_and_carer(client, truth):
    board = client("bj-manager", "en").get("/satisfaction/").text
    ((carer_id, mean, n),) = truth(
        "SELECT v.worker_id, round(avg(v.score_worker), 1)::text, count(*) FROM return_visit v JOIN worker w ON w.id = v.worker_id "
        "JOIN staff s ON s.username = 'bj-manager' AND s.store_id = v.store_id AND s.store_id = w.store_id "
        "WHERE v.score_worker IS NOT NULL GROUP BY v.worker_id ORDER BY avg(v.score_worker) LIMIT 1"
    )
    assert f"★ {mean}" in board
    url = f"/return_visit/list?worker={carer_id}&score_worker.empty=0"
    assert url.replace("&", "&amp;") in board
    listed = client("bj-manager", "en").get(url.replace("list", "export.csv")).text
    assert len(listed.strip().splitlines()) - 1 == n
    assert client("bj-finance").get("/satisfaction/").status_code == 403
