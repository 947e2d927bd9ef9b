"""Many rows at once: what would happen is shown first, each row is judged by itself, and what was done can be taken back."""

from __future__ import annotations

import re
import threading

import pytest

from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")
CUSTOMERS = "SELECT id FROM customer WHERE tenant_id = 2 AND owner_id = (SELECT id FROM staff WHERE username = %s) ORDER BY id LIMIT %s"
STORE = "SELECT id FROM customer WHERE tenant_id = 2 AND store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager') ORDER BY id LIMIT %s"  # noqa: E501
TOKEN = re.compile(r'name="token" value="([^"]+)"')
BULK = "/api/v1/customer/bulk"


@pytest.fixture
def fifty(truth) -> list[int]:
    """Fifty customers in the manager's store, all of one source and without an owner's district."""
    here = "SELECT tenant_id, store_id, id FROM staff WHERE username = 'bj-manager'"
    fresh = "INSERT INTO customer (tenant_id, store_id, owner_id, name, attention, level, source, version, created_at, changed_at)"
    rows = " SELECT tenant_id, store_id, id, 'Lead ' || n, '4', 'ordinary', 'web', 1, now(), now() FROM me, generate_series(1, 50) n"
    return sorted(pk for (pk,) in truth(f"WITH me AS ({here}) {fresh}{rows} RETURNING id"))


def put(admin, model: str, **cells) -> None:
    admin.look(f"/rights/?model={model}")
    sent = {f"cell:{k.replace('__', ':', 1)}": v for k, v in cells.items()}
    assert admin.post_form("/rights/", model=model, **sent).status_code == 302


def ids(truth, query, *values) -> list[int]:
    return [pk for (pk,) in truth(query, *values)]


def chosen(person, table, act, **form):
    """Tick rows, say what to do, and look at what would happen. Returns the answer."""
    person.look(f"/{table}/list")
    picked = {n: form.pop(n) for n in ("ids", "all") if n in form}
    answer = person.post_form(f"/{table}/bulk", act=act, **picked)
    if act == "delete" or answer.status_code != 200:
        return answer
    return person.post_form(f"/{table}/bulk", token=TOKEN.search(answer.text).group(1), **form)


def confirmed(person, table, answer):
    """Press the button of a preview. Returns the page of its end."""
    done = person.post_form(f"/{table}/bulk/do", token=TOKEN.findall(answer.text)[-1])
    assert done.status_code == 302, done.text
    return person.get(done.headers["Location"])


@pytest.mark.feature("CUS-12")
def test_fifty_rows_change_after_a_preview_and_change_back(client, truth, fifty):
    boss, some = client("bj-manager", "en"), fifty
    before = truth("SELECT id, source, version FROM customer WHERE id = ANY(%s) ORDER BY id", some)
    seen = chosen(boss, "customer", "change", ids=some, __set="source", source="referral")
    assert len(re.findall(r"data-row=", seen.text)) == len(some)
    assert f'data-able="{len(some)}"' in seen.text and "<ins>Referral</ins>" in seen.text
    assert truth("SELECT id, source, version FROM customer WHERE id = ANY(%s) ORDER BY id", some) == before, "a preview writes nothing"
    end = confirmed(boss, "customer", seen)
    assert f"{len(some)} of {len(some)} rows done." in end.text
    assert truth("SELECT DISTINCT source FROM customer WHERE id = ANY(%s)", some) == [("referral",)]
    changed = sum(1 for _pk, source, _v in before if source != "referral")
    trail = "SELECT count(*) FROM audit_entry WHERE model = 'Customer' AND changes ? 'source' AND record_id = ANY(%s) AND action = 'update'"
    assert truth(trail, some) == [(changed,)]
    back = boss.post_form(re.search(r'action="(/task/\d+/undo)"', end.text).group(1), follow=True)
    assert f"{changed} of {changed} rows are as they were before." in back.text
    assert truth("SELECT id, source FROM customer WHERE id = ANY(%s) ORDER BY id", some) == [(pk, s) for pk, s, _v in before]
    assert truth("SELECT count(*) FROM undo") == [(0,)]


def test_what_somebody_changed_since_is_listed_and_not_overwritten(client, api, truth):
    boss, some = client("bj-manager", "en"), ids(truth, STORE, 10)
    truth("UPDATE customer SET source = 'web' WHERE id = ANY(%s) RETURNING id", some)
    end = confirmed(boss, "customer", chosen(boss, "customer", "change", ids=some, __set="source", source="shop"))
    api("bj-admin").put(f"/api/v1/customer/{some[3]}", {"remark": "seen"})
    back = boss.post_form(re.search(r'action="(/task/\d+/undo)"', end.text).group(1), follow=True)
    assert "9 of 10 rows are as they were before." in back.text
    assert len(re.findall("data-conflict", back.text)) == 1
    admin = truth("SELECT name FROM staff WHERE username = 'bj-admin'")[0][0]
    assert admin in back.text
    assert dict(truth("SELECT source, count(*) FROM customer WHERE id = ANY(%s) GROUP BY source", some)) == {"web": 9, "shop": 1}


def test_an_undo_happens_once_though_two_press_it(app, api, truth):
    """Two at the same moment, and once more afterwards: one of them puts the rows back."""
    some, caller = ids(truth, STORE, 20), api("bj-manager")
    truth("UPDATE customer SET source = 'web' WHERE id = ANY(%s) RETURNING id", some)
    task = caller.post(BULK, {"act": "change", "set": {"source": "shop"}, "ids": some})["result"]["id"]
    gate, codes = threading.Barrier(2), []

    def undo():
        mine = app.test_client()
        gate.wait()
        codes.append(mine.post(f"/api/v1/task/{task}/undo", headers=caller.headers).status_code)

    two = [threading.Thread(target=undo) for _ in range(2)]
    for one in two:
        one.start()
    for one in two:
        one.join(30)
    assert sorted(codes) == [200, 409]
    state = truth("SELECT id, source, version FROM customer WHERE id = ANY(%s) ORDER BY id", some)
    assert {s for _pk, s, _v in state} == {"web"}
    caller.post(f"/api/v1/task/{task}/undo", status=409)
    assert truth("SELECT id, source, version FROM customer WHERE id = ANY(%s) ORDER BY id", some) == state
    api("bj-admin").post(f"/api/v1/task/{task}/undo", status=404)


@pytest.mark.feature("CUS-13")
def test_fifty_leads_for_three_are_shared_out_evenly_and_told_once(app, client, truth, fifty):
    boss, some = client("bj-manager", "en"), fifty
    staff = ids(truth, "SELECT id FROM staff WHERE username IN ('bj-agent', 'bj-agent2', 'bj-dispatch') ORDER BY id")
    before = truth("SELECT id, owner_id FROM customer WHERE id = ANY(%s) ORDER BY id", some)
    seen = chosen(boss, "customer", "assign", ids=some, to=staff, rule="even")
    assert f'data-able="{len(some)}"' in seen.text, seen.text
    end = confirmed(boss, "customer", seen)
    counts = dict(truth("SELECT owner_id, count(*) FROM customer WHERE id = ANY(%s) GROUP BY owner_id", some))
    assert sum(counts.values()) == 50 and {*counts.values()} <= {16, 17} and [*sorted(counts)] == staff
    deliver(app)
    told = truth("SELECT staff_id, title, url FROM message WHERE event = 'handed.given' ORDER BY staff_id")
    assert [pk for pk, _t, _u in told] == staff
    assert all(str(counts[pk]) in title and url == f"/customer/list?owner={pk}" for pk, title, url in told)
    agent = client("bj-agent", "en")
    assert f"{counts[staff[0]]} for you" in agent.get("/bell/").text or "条" in agent.get("/bell/").text
    back = boss.post_form(re.search(r'action="(/task/\d+/undo)"', end.text).group(1), follow=True)
    assert "rows are as they were before." in back.text
    assert truth("SELECT id, owner_id FROM customer WHERE id = ANY(%s) ORDER BY id", some) == before


def test_assigning_by_load_and_by_district(api, truth):
    caller, some = api("bj-admin"), ids(truth, STORE, 12)
    one, two = ids(truth, "SELECT id FROM staff WHERE username IN ('bj-agent', 'bj-agent2') ORDER BY id")
    truth("UPDATE customer SET owner_id = %s WHERE tenant_id = 2 RETURNING id", one)
    caller.post(BULK, {"act": "assign", "ids": some, "to": [one, two], "rule": "least"})
    assert truth("SELECT DISTINCT owner_id FROM customer WHERE id = ANY(%s)", some) == [(two,)]
    truth("UPDATE customer SET district = CASE WHEN id = %s THEN 'X' ELSE 'Y' END WHERE id = ANY(%s) RETURNING id", some[0], some)
    truth("UPDATE store SET district = 'X' WHERE id = (SELECT store_id FROM staff WHERE id = %s) RETURNING id", one)
    tried = caller.post(BULK, {"act": "assign", "ids": some, "to": [one], "rule": "area", "dry_run": True})
    assert (tried["able"], tried["refused"][0]["why"]) == (1, "Nobody chosen works in this district.")


def test_who_may_not_assign_or_change_many_is_refused(client, api, truth):
    """An agent changes many of his own, assigns none; finance has no button, and no way past it."""
    mine = ids(truth, CUSTOMERS, "bj-agent", 3)
    agent = api("bj-agent")
    agent.post(BULK, {"act": "assign", "ids": mine, "to": [1]}, status=403)
    agent.post(BULK, {"act": "delete", "ids": mine}, status=403)
    assert agent.post(BULK, {"act": "change", "ids": mine, "set": {"source": "shop"}})["result"]["result"]["done"] == 3
    api("bj-finance").post(BULK, {"act": "change", "ids": mine, "set": {"source": "web"}}, status=403)
    finance = client("bj-finance")
    assert 'id="bulk"' not in finance.look("/customer/list").text
    assert finance.post_form("/customer/bulk", act="change", ids=mine).status_code == 403
    assert 'value="assign"' not in client("bj-agent").look("/customer/list").text


def test_rows_out_of_reach_are_refused_one_by_one(api, truth):
    """A colleague's row and a row of another franchise are not there at all; an old version is told."""
    mine, theirs = ids(truth, CUSTOMERS, "bj-agent", 2), ids(truth, CUSTOMERS, "bj-agent2", 1)
    other = ids(truth, "SELECT id FROM customer WHERE tenant_id = 3 LIMIT 1")
    sent = [{"id": mine[0], "version": 999}, mine[1], *theirs, *other]
    body = {"act": "change", "ids": sent, "set": {"source": "shop"}}
    tried = api("bj-agent").post(BULK, body | {"dry_run": True})
    assert (tried["count"], tried["able"]) == (4, 1)
    done = api("bj-agent").post(BULK, body)["result"]["result"]
    why = dict(map(tuple, done["refused"]))
    assert done["done"] == 1 and set(why) == {mine[0], *theirs, *other}
    assert "Someone else changed" in why[mine[0]] and "no such record" in why[theirs[0]]
    assert truth("SELECT count(*) FROM customer WHERE id = ANY(%s) AND source = 'shop' AND version > 1", [*theirs, *other]) == [(0,)]


@pytest.mark.feature("PER-05")
def test_finance_cannot_change_an_amount_that_is_filled_once_by_bulk(client, api, truth):
    """Empty prices are filled in, those that hold something stay, and the undo does not empty them either."""
    put(client("bj-admin"), "order", finance__unit_price="3", **{"finance__can:bulk": "4"})
    empty = ids(truth, "SELECT id FROM \"order\" WHERE tenant_id = 2 AND state = 'placed' ORDER BY id LIMIT 2")
    truth('UPDATE "order" SET unit_price = NULL WHERE id = %s RETURNING id', empty[0])
    price = 'SELECT unit_price FROM "order" WHERE id = ANY(%s) ORDER BY id'
    kept = truth(price, empty)[1][0]
    finance = client("bj-finance", "en")
    seen = chosen(finance, "order", "change", ids=empty, __set="unit_price", unit_price="35.50")
    assert 'data-able="1"' in seen.text and 'data-bad="1"' in seen.text and "filled in once" in seen.text
    end = confirmed(finance, "order", seen)
    assert [str(v) for (v,) in truth(price, empty)] == ["35.50", str(kept)]
    again = api("bj-finance").post("/api/v1/order/bulk", {"act": "change", "ids": empty, "set": {"unit_price": "1"}})["result"]["result"]
    assert again["done"] == 0 and all("filled in once" in why for _pk, why in again["refused"])
    back = finance.post_form(re.search(r'action="(/task/\d+/undo)"', end.text).group(1), follow=True)
    assert "filled in once" in back.text
    assert [str(v) for (v,) in truth(price, empty)] == ["35.50", str(kept)]
    receipts = ids(truth, "SELECT id FROM receipt WHERE tenant_id = 2 LIMIT 2")
    api("bj-finance").post("/api/v1/receipt/bulk", {"act": "change", "ids": receipts, "set": {"amount": "1"}}, status=403)


def test_a_locked_state_refuses_its_rows(api, truth):
    rows = ids(truth, "SELECT id FROM \"order\" WHERE tenant_id = 2 AND state IN ('placed', 'done') ORDER BY state LIMIT 400")
    done = ids(truth, "SELECT id FROM \"order\" WHERE id = ANY(%s) AND state = 'done'", rows)[:5]
    free = ids(truth, "SELECT id FROM \"order\" WHERE id = ANY(%s) AND state = 'placed'", rows)[:5]
    tried = api("bj-admin").post("/api/v1/order/bulk", {"act": "change", "ids": done + free, "set": {"city": "X"}, "dry_run": True})
    assert tried["able"] == len(free) and {r["id"] for r in tried["refused"]} == set(done)
    assert all("locked" in r["why"] for r in tried["refused"])


def test_deleting_many_is_announced_as_final_and_keeps_what_others_point_at(client, truth):
    boss = client("bj-admin", "en")
    with_orders = ids(truth, 'SELECT customer_id FROM "order" WHERE tenant_id = 2 LIMIT 1')
    pointing = (
        "order", "consent", "privacy_ticket", "contract", "complaint", "contact", "customer_address", "need", "followup", "coupon",
        "return_visit", "phone_call", "receivable",
    )  # fmt: skip
    none = " AND ".join(f'NOT EXISTS (SELECT 1 FROM "{table}" o WHERE o.customer_id = c.id)' for table in pointing)
    free = f"SELECT id FROM customer c WHERE tenant_id = 2 AND {none} LIMIT 3"
    alone = ids(truth, free)
    seen = chosen(boss, "customer", "delete", ids=with_orders + alone)
    assert "This cannot be undone." in seen.text
    end = confirmed(boss, "customer", seen)
    assert f"{len(alone)} of {len(alone) + 1} rows done." in end.text and "still point here" in end.text
    assert "/undo" not in end.text
    assert truth("SELECT id FROM customer WHERE id = ANY(%s)", with_orders + alone) == [(with_orders[0],)]


def test_a_step_of_many_rows(api, client, truth):
    """Each row is judged by its state; what a step asks for is said once, and is needed."""
    visits = "SELECT id FROM visit WHERE tenant_id = 2 AND state = %s LIMIT 2"
    offered, over = ids(truth, visits, "offered"), ids(truth, visits, "finished")
    assert offered
    caller = api("bj-admin")
    done = caller.post("/api/v1/visit/bulk", {"act": "step", "step": "accept", "ids": offered + over})["result"]["result"]
    assert done["done"] == len(offered) and [pk for pk, _why in done["refused"]] == over
    assert truth("SELECT DISTINCT state FROM visit WHERE id = ANY(%s)", offered) == [("accepted",)]
    caller.post("/api/v1/visit/bulk", {"act": "step", "step": "cancel", "ids": offered}, status=400)
    bare = {"act": "step", "step": "cancel", "ids": offered, "with": {}}
    assert "Reason" in caller.post("/api/v1/visit/bulk", bare, status=400)["message"]
    boss = client("bj-admin", "en")
    seen = chosen(boss, "visit", "step", ids=offered, step="cancel", **{"with:cancel:reason": ""})
    assert seen.status_code == 422 and "Fill in: Reason" in seen.text
    confirmed(boss, "visit", chosen(boss, "visit", "step", ids=offered, step="cancel", **{"with:cancel:reason": "下雪封路"}))
    assert truth("SELECT DISTINCT state FROM visit WHERE id = ANY(%s)", offered) == [("cancelled",)]
    why = truth("SELECT DISTINCT facts->>'reason' FROM notice WHERE event = 'visit.cancel' AND record_id = ANY(%s)", offered)
    assert why == [("下雪封路",)]


def test_tags_are_added_and_taken_away(client, truth):
    boss, some = client("bj-admin", "en"), ids(truth, "SELECT id FROM worker WHERE tenant_id = 2 ORDER BY id LIMIT 5")
    code = "oxygen"
    truth("UPDATE worker SET skills = array_remove(skills, %s) WHERE id = ANY(%s) RETURNING id", code, some)
    has = "SELECT count(*) FROM worker WHERE id = ANY(%s) AND %s = ANY(skills)"
    before = truth("SELECT id, skills FROM worker WHERE id = ANY(%s) ORDER BY id", some)
    first = confirmed(boss, "worker", chosen(boss, "worker", "tag", ids=some, add=f"skills:{code}"))
    assert truth(has, some, code) == [(5,)]
    boss.post_form(re.search(r'action="(/task/\d+/undo)"', first.text).group(1))
    assert truth("SELECT id, skills FROM worker WHERE id = ANY(%s) ORDER BY id", some) == before
    confirmed(boss, "worker", chosen(boss, "worker", "tag", ids=some, remove=f"skills:{code}"))
    assert truth(has, some, code) == [(0,)]


def test_all_that_fit_the_question_are_a_task(app, client, truth):
    """More rows than one waits for: a worker does them, with the same end; the page does not hold their numbers."""
    from app.engine import bulk
    from app.jobs.tasks import run

    boss = client("bj-manager", "en")
    boss.look("/customer/list")
    fitting = "SELECT count(*) FROM customer WHERE tenant_id = 2 AND level = 'ordinary' AND store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager')"  # noqa: E501
    ((count,),) = truth(fitting)
    assert count > 5
    few, bulk.AT_ONCE = bulk.AT_ONCE, 5
    try:
        seen = boss.post_form("/customer/bulk?level=ordinary", act="change", all="1")
        seen = boss.post_form("/customer/bulk", token=TOKEN.search(seen.text).group(1), __set="source", source="hospital")
        assert f'data-able="{count}"' in seen.text
        page = confirmed(boss, "customer", seen)
    finally:
        bulk.AT_ONCE = few
    assert "task-bar" in page.text
    pk = int(re.search(r"/task/(\d+)/cancel", page.text).group(1))
    with app.app_context():
        run(2, pk)
    assert f"{count} of {count} rows done." in boss.get(f"/task/{pk}").text
    assert truth(fitting.replace("count(*)", "DISTINCT source")) == [("hospital",)]


def test_a_batch_reads_and_keeps_all_its_rows_together(api, truth, count_queries):
    caller, some = api("bj-admin"), ids(truth, "SELECT id FROM customer WHERE tenant_id = 2 ORDER BY id LIMIT 100")
    costs = []
    for n, source in ((10, "shop"), (100, "web")):
        truth("UPDATE customer SET source = 'phone' WHERE tenant_id = 2 RETURNING id")
        with count_queries() as sent:
            caller.post(BULK, {"act": "change", "ids": some[:n], "set": {"source": source}})
        costs.append(sum(1 for s in sent if not s.startswith("UPDATE customer")))  # versions are compared row by row
    assert costs[0] == costs[1] < 20, "\n".join(s[:90].replace("\n", " ") for s in sent)


def test_a_choice_is_ones_own_and_is_used_once(client, truth):
    boss, some = client("bj-manager", "en"), ids(truth, STORE, 3)
    seen = chosen(boss, "customer", "change", ids=some, __set="source", source="shop")
    token = TOKEN.findall(seen.text)[-1]
    other = client("bj-admin")
    other.look("/customer/list")
    assert other.post_form("/customer/bulk/do", token=token).status_code == 400
    assert boss.post_form("/customer/bulk/do", token=token).status_code == 302
    assert boss.post_form("/customer/bulk/do", token=token).status_code == 400
    assert chosen(boss, "customer", "change", ids=some).status_code == 422, "nothing is ticked"
    assert chosen(boss, "customer", "change", ids=some, __set="source", source="nonsense").text.count('class="not"') == 3


def test_what_was_kept_for_the_undo_goes_with_the_person(truth, api, app):
    """Old values are sealed, and are dropped when the person is forgotten."""
    some = ids(truth, STORE, 2)
    api("bj-manager").post(BULK, {"act": "change", "ids": some, "set": {"remark": "very secret words"}})
    api("bj-manager").post(BULK, {"act": "change", "ids": some, "set": {"remark": "other"}})
    kept = truth("SELECT before, record_id FROM undo")
    assert len(kept) == 4 and not any("secret" in text for text, _pk in kept)
    from app.extensions import db
    from app.models.customer import Customer
    from app.workflows.forgetting import unsay
    from tests.acting import as_program

    with app.app_context(), as_program(db.session):
        unsay(db.session, Customer, [some[0]])
        db.session.commit()
        db.session.remove()
    assert {pk for (pk,) in truth("SELECT record_id FROM undo")} == {some[1]}
