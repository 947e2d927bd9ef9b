"""The dispatch board: what waits, who could go and why, one carer sent once; nothing of other stores."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask_babel import force_locale, gettext

from app.engine.clock import local, now, today

ROW = re.compile(r'class="wait[^"]*" href="/board/\?order=(\d+)"')
JSON = {"Accept": "application/json"}


def placed(api, days: float = 100.0, who: str = "bj-agent", quantity: str = "2", hour: int = 9) -> dict:
    agent = api(who)
    customer = agent.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = next(s for s in agent.get("/api/v1/service/")["result"] if s["unit"] == "hour")
    starts = local(now() + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
    body = {"customer": customer, "service": service["id"], "starts_at": starts.isoformat(), "quantity": quantity}
    return agent.post("/api/v1/order/", body)["result"]


def candidates(person, order: int) -> list[dict]:
    answer = person.get(f"/board/candidates/{order}", headers=JSON)
    assert answer.status_code == 200
    return answer.json["result"]


def waiting(person) -> list[int]:
    return [int(pk) for pk in ROW.findall(person.get("/board/waiting").text)]


def send(person, order: int, worker: int, **headers: str):
    data = {"order": order, "worker": worker, "csrf_token": person.token}
    return person.post("/board/assign", data=data, headers={**JSON, **headers})


def said(app, words: str, **facts: str) -> str:
    with app.test_request_context(), force_locale("zh"):
        return html.escape(gettext(words, **facts))


@pytest.mark.feature("DIS-01")
def test_candidates_stand_in_order_with_their_reasons(client, api):
    desk = client("bj-dispatch")
    found = candidates(desk, placed(api)["id"])
    able = [c for c in found if c["ok"]]
    assert able
    assert found[: len(able)] == able, "who can go stands first"
    assert [c["score"] for c in able] == sorted((c["score"] for c in able), reverse=True)
    assert all(c["pros"] and not c["blocks"] for c in able)
    assert all(c["blocks"] for c in found if not c["ok"])
    near = [c["near"] for c in found if not c["ok"]]
    assert near == sorted(near, reverse=True), "one step away stands before no way"
    page = desk.get(f"/board/?order={placed(api, 101)['id']}").text
    assert page.count('class="pro"') >= len(able)
    assert 'style="' not in page


@pytest.mark.feature("ORD-10")
def test_only_who_has_the_skill_and_is_free_can_be_sent(client, api, truth):
    desk, one, two = client("bj-dispatch"), placed(api, 107), placed(api, 107)
    first = candidates(desk, one["id"])[0]
    desk.look("/board/")
    assert send(desk, one["id"], first["worker"]).status_code == 200
    found = candidates(desk, two["id"])
    able = [c["worker"] for c in found if c["ok"]]
    fit = (
        'SELECT w.id FROM worker w, "order" o JOIN service s ON s.id = o.service_id '
        "WHERE o.id = %s AND w.id = ANY(%s) AND s.skill = ANY(w.skills) "
        "AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.worker_id = w.id AND v.starts_at < o.ends_at AND v.ends_at > o.starts_at "
        "AND v.state NOT IN ('declined', 'cancelled'))"
    )
    assert able
    assert {pk for (pk,) in truth(fit, two["id"], able)} == set(able)
    assert first["worker"] not in able


def test_it_tells_no_pay(client, api):
    order = placed(api, 102)["id"]
    desk = client("bj-dispatch")
    for text in (desk.get(f"/board/candidates/{order}", headers=JSON).text, desk.get(f"/board/?order={order}").text):
        assert "pay_rate" not in text
        assert "¥" not in text


@pytest.mark.feature("DIS-11")
def test_one_press_sends_a_carer(client, api):
    desk = client("bj-dispatch")
    order = placed(api, 103)
    first = candidates(desk, order["id"])[0]
    assert order["id"] in waiting(desk)
    desk.look("/board/")
    answer = send(desk, order["id"], first["worker"])
    assert answer.status_code == 200
    assert first["name"] in answer.json["message"]
    assert order["id"] not in waiting(desk)
    assert api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]["state"] == "assigned"
    day = order["starts_at"][:10]
    plan = desk.get(f"/board/plan?day={day}").text
    assert first["name"] in plan
    assert f"/visit/show/{answer.json['visit']}" in plan
    assert candidates(desk, order["id"]) == [], "it no longer waits"


def test_without_scripts_the_form_does_it_too(app, client, api):
    desk = client("bj-dispatch")
    order = placed(api, 104)
    first, second = candidates(desk, order["id"])[:2]
    desk.look("/board/")
    done = desk.post_form("/board/assign", follow=True, order=order["id"], worker=first["worker"])
    facts = {"worker": first["name"], "order": order["number"]}
    assert said(app, "%(worker)s was asked to take %(order)s.", **facts) in done.text
    again = desk.post_form("/board/assign", follow=True, order=order["id"], worker=second["worker"])
    assert said(app, "This order already has a carer, or is over.") in again.text


def test_a_second_booking_of_the_same_hour_is_refused_in_words(client, api):
    desk = client("bj-dispatch")
    one, two = placed(api, 105), placed(api, 105)
    first = candidates(desk, one["id"])[0]
    desk.look("/board/")
    assert send(desk, one["id"], first["worker"]).status_code == 200
    now_against = next(c for c in candidates(desk, two["id"]) if c["worker"] == first["worker"])
    assert not now_against["ok"]
    refused = send(desk, two["id"], first["worker"])
    assert refused.status_code == 400
    assert refused.json["message"] in now_against["blocks"]
    assert first["name"] in refused.json["message"]
    assert two["id"] in waiting(desk)


def test_what_is_late_stands_first_then_today(app, client, api, fresh_db):
    later = placed(api, 2)["id"]
    agent = api("bj-agent")
    customer = agent.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = next(s for s in agent.get("/api/v1/service/")["result"] if s["unit"] == "hour")
    body = {"customer": customer, "service": service["id"], "quantity": "1"}
    late = agent.post("/api/v1/order/", body | {"starts_at": f"{today()} 00:00"})["result"]["id"]
    text = client("bj-dispatch").get("/board/").text
    found = [int(pk) for pk in ROW.findall(text)]
    assert found[0] == late
    assert found.index(late) < found.index(later)
    headings = re.findall(r'<h3 class="wait-h( bad)?">(\S+) <span', text)
    assert headings[0] == (" bad", said(app, "Late"))
    assert headings[-1][1] == said(app, "Later")


def test_an_order_that_comes_stands_in_the_fragment(client, api):
    desk = client("bj-dispatch")
    before = waiting(desk)
    order = placed(api, 106)["id"]
    assert set(waiting(desk)) == {*before, order}


def test_other_stores_and_franchises_are_not_there(client, api):
    order = placed(api, 107)
    here, there = client("bj-dispatch"), client("sh-admin")
    there.look("/board/")
    assert order["id"] not in waiting(there)
    assert there.get(f"/board/candidates/{order['id']}").status_code == 404
    worker = candidates(here, order["id"])[0]["worker"]
    assert send(there, order["id"], worker).status_code == 404
    assert there.get(f"/board/?order={order['id']}").status_code == 404


@pytest.mark.parametrize("data", [{}, {"order": "x", "worker": "1"}, {"order": "99999999999", "worker": "1"}])
def test_odd_requests_find_nothing(client, data):
    desk = client("bj-dispatch")
    desk.look("/board/")
    assert desk.post_form("/board/assign", **data).status_code == 404
    assert desk.get("/board/candidates/99999999999").status_code == 404
    assert desk.get("/board/?day=soon").status_code == 400


@pytest.mark.parametrize("who", ["bj-agent", "bj-finance", "hq"])
def test_it_is_closed_to_those_who_send_nobody(client, api, who):
    person, order = client(who), placed(api, 108)["id"]
    for path in ("/board/", "/board/waiting", "/board/plan", f"/board/candidates/{order}"):
        assert person.get(path).status_code == 403
    assert send(person, order, 1).status_code == 403
    assert 'href="/board/"' not in person.get("/").text


def test_it_asks_the_database_little(client, api, count_queries):
    desk, order = client("bj-dispatch"), placed(api, 109)["id"]
    for path, most in (("/board/", 8), ("/board/waiting", 6), (f"/board/candidates/{order}", 9)):
        with count_queries() as sent:
            assert desk.get(path).status_code == 200
        assert sent.count <= most, "\n".join(sent)


@pytest.mark.feature("DIS-11")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_board_goes_by_keys_and_says_what_does_not_fit(page, api, live, forgiven, lang):
    """A colleague was faster with the carer; the page says so in place, and the next one is sent with a digit."""
    forgiven.append("400")
    days = 110 if lang == "zh" else 112
    one, two = placed(api, days), placed(api, days)
    desk = page("bj-dispatch", lang, 1366, 768)
    desk.goto("/board/")
    row = desk.locator(f".wait[data-order='{one['id']}']")
    for _move in range(80):
        desk.keyboard.press("j")
        if row.get_attribute("aria-current"):
            break
    desk.keyboard.press("Enter")
    desk.wait_for_selector(f"#candidates input[name=order][value='{one['id']}']", state="attached")
    worker = int(desk.locator("#candidates input[name=worker]").first.get_attribute("value"))
    api("bj-dispatch").post(f"/api/v1/order/{two['id']}/assign", {"worker": worker})
    desk.keyboard.press("1")
    desk.wait_for_selector("#said .note-bad")
    assert "PG-" in desk.inner_text("#said")
    assert row.get_attribute("aria-current"), "the order stays chosen"
    desk.keyboard.press("1")
    desk.wait_for_selector(".jh-toast.is-success")
    row.wait_for(state="detached")
    assert desk.inner_text("#said") == ""


@pytest.mark.feature("CLI-03")
def test_on_a_phone_the_plan_is_a_list(page):
    desk = page("bj-dispatch", "zh", 360, 740)
    desk.goto("/board/")
    assert desk.locator("svg.gantt").count() == 0 or not desk.locator("svg.gantt").first.is_visible()
    assert desk.evaluate("document.documentElement.scrollWidth") <= 361
    desk.locator(".wait[data-order]").first.click()
    desk.wait_for_selector(".cand")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 361
    for button in desk.locator(".cand button").all()[:3]:
        assert button.bounding_box()["height"] >= 44
