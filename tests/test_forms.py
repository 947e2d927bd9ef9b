"""Forms: drafts that outlive a session, new records from within others, suggestions, and what is asked for depending on the rest."""

from __future__ import annotations

import itertools
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from app.engine.checks import of
from app.models.payment import Receipt
from tests import harness
from tests.screens import until

PHONES = itertools.count(14100880001)


@pytest.fixture
def truth(database):
    return harness.asking(database)


@pytest.mark.feature("CLI-02")
def test_a_draft_outlives_the_session_and_is_offered_back(page, forgiven):
    forgiven += ["400", "401", "422", "EventSource", "MIME"]
    agent = page("bj-agent", "zh", 1366, 768)
    agent.goto("/customer/add")
    agent.fill("#f-name", "邓文佩")
    agent.fill("#f-phone", "14100889999")
    agent.fill("#f-habits", "早睡")
    agent.select_option("#f-level", "vip")
    agent.wait_for_timeout(450)
    kept = agent.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('jiahe-draft:'))")
    assert len(kept) == 1
    assert "bj-agent:/customer/add" in kept[0][0]
    assert "14100889999" not in kept[0][1], "a sealed number is not kept"
    agent.context.clear_cookies()  # the session ends
    agent.on("dialog", lambda asked: asked.accept())
    with agent.expect_navigation():  # the answer first: a page that is left while it is being sent may never finish
        agent.keyboard.press("Control+Enter")
    expect(agent.locator("body")).to_contain_text("页面开得太久")
    agent.goto("/login/?next=/customer/add")
    agent.fill("[name=username]", "bj-agent")
    agent.fill("[name=password]", harness.PASSWORD)
    agent.click("form:has([name=password]) [type=submit]")
    agent.wait_for_url("**/customer/add")
    expect(agent.locator(".draft-note")).to_contain_text("还没保存")
    assert not agent.input_value("#f-name")
    agent.click("[data-restore]")
    assert agent.input_value("#f-name") == "邓文佩"
    assert agent.input_value("#f-habits") == "早睡"
    assert agent.input_value("#f-level") == "vip"
    assert not agent.input_value("#f-phone")
    agent.fill("#f-phone", "1410088")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_selector(".f-err")
    assert agent.locator(".draft-note").count() == 0, "what came back refused stands in the form already"
    agent.fill("#f-phone", str(next(PHONES)))
    agent.keyboard.press("Control+Enter")
    agent.wait_for_url("**/customer/show/*")
    until(agent, lambda: agent.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('jiahe-draft:')).length") == 0)
    agent.goto("/customer/add")
    assert agent.locator(".draft-note").count() == 0


def test_a_draft_is_one_persons_and_can_be_thrown_away(page):
    agent = page("bj-agent", "en", 1366, 768)
    agent.on("dialog", lambda asked: asked.accept())
    agent.goto("/customer/add")
    agent.fill("#f-name", "Half a name")
    agent.reload()  # the browser closes and comes back
    expect(agent.locator(".draft-note")).to_be_visible()
    agent.click("[data-drop]")
    agent.reload()
    assert agent.locator(".draft-note").count() == 0
    agent.fill("#f-name", "Half a name")
    agent.wait_for_timeout(450)
    agent.evaluate("document.querySelector('form[action=\"/logout/\"]').requestSubmit()")
    agent.wait_for_url("**/login/**")
    assert agent.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('jiahe-draft:')).length") == 0


@pytest.mark.feature("CLI-02")
def test_a_customer_is_made_from_within_an_order(page, truth, forgiven):
    forgiven.append("422")
    agent = page("bj-agent", "zh", 1366, 768)
    agent.goto("/order/add")
    name = "许闻笙"
    customer = agent.locator("#f-customer-ts-control")
    customer.click()
    agent.keyboard.type(name)
    last = agent.locator(".ts-dropdown-content > *").last
    expect(last).to_have_text(f"新建：「{name}」")
    last.click()
    box = agent.locator("dialog.jh-dialog")
    assert box.locator("#s-name").input_value() == name
    box.locator("#s-phone").fill("1410088")
    box.locator(".btn-primary").click()
    expect(box.locator(".f-err").first).to_be_visible()  # the server's checks, and nothing is made
    assert truth("SELECT count(*) FROM customer WHERE name = %s", name) == [(0,)]
    box.locator("#s-phone").fill(str(next(PHONES)))
    box.locator(".btn-primary").click()
    expect(box).to_have_count(0)
    ((pk,),) = truth("SELECT id FROM customer WHERE name = %s AND tenant_id = 2", name)
    assert agent.input_value("#f-customer") == str(pk)
    expect(agent.locator(".ts-wrapper .item", has_text=name)).to_be_visible()


def test_only_who_may_add_the_type_is_offered_it(client):
    agent = client("bj-agent", "en")
    text = agent.get("/order/add").text
    assert 'data-new="/customer/short"' in text
    assert "/service/short" not in text
    assert agent.get("/service/short").status_code == 403
    agent.look("/order/add")
    assert agent.post_form("/service/short", name="x", code="x", price="1").status_code == 403
    made = agent.post_form("/customer/short", name="From a short form")
    assert made.status_code == 200
    assert made.json["label"] == "From a short form"
    boss = client("bj-admin")
    boss.look("/customer/list")
    assert boss.post_form(f"/customer/delete/{made.json['id']}").status_code == 302
    refused = agent.post_form("/customer/short", name="")
    assert refused.status_code == 422
    assert agent.post_form("/customer/short", name="x", state="y", owner="1").status_code == 403
    assert agent.get("/receipt/short").status_code in (403, 404)


def test_districts_are_those_of_the_city(client, truth, page):
    ((pk,),) = truth("SELECT min(id) FROM customer WHERE tenant_id = 2")
    truth("UPDATE customer SET city = '天津', district = '河西区' WHERE id = %s RETURNING id", pk)
    admin = client("bj-admin")
    assert admin.get(f"/customer/values/district?within={quote('天津')}").json == ["河西区"]
    everywhere = admin.get("/customer/values/district").json
    assert "河西区" in everywhere
    assert len(everywhere) > 1
    assert "天津" in admin.get("/customer/values/city").json
    for url in ("/customer/values/name", "/customer/values/phone", "/customer/values/nothing"):
        assert admin.get(url).status_code == 404
    for who in ("bj-finance", "bj-agent", "bj-dispatch"):
        person = client(who)
        assert person.get("/customer/values/district").status_code == person.get("/customer/list").status_code
    look = page("bj-admin", "zh", 1366, 768)
    look.goto("/customer/add")
    look.fill("#f-city", "天津")
    look.locator("#f-district").focus()
    until(look, lambda: look.locator("#f-district-values option").evaluate_all("(all) => all.map((one) => one.value)") == ["河西区"])


def test_tags_are_chips_of_known_choices(page, truth):
    admin = page("bj-admin", "zh", 1366, 768)
    ((pk, name),) = truth("SELECT id, name FROM worker WHERE tenant_id = 2 AND cardinality(skills) = 1 ORDER BY id LIMIT 1")
    admin.goto(f"/worker/edit/{pk}")
    chips = admin.locator("#f-skills ~ .ts-wrapper.multi .item")
    expect(chips).to_have_count(1)
    assert "elder" not in chips.first.inner_text(), "its word, not its code"
    admin.locator("#f-skills ~ .ts-wrapper.multi .ts-control").click()
    admin.keyboard.type("不存在的")
    assert admin.locator(".ts-dropdown .create").count() == 0
    for _letter in range(4):
        admin.keyboard.press("Backspace")
    admin.locator(".ts-dropdown .option").first.click()
    expect(chips).to_have_count(2)
    admin.keyboard.press("Control+Enter")
    admin.wait_for_url("**/worker/show/*")
    assert truth("SELECT cardinality(skills) FROM worker WHERE id = %s", pk) == [(2,)], name


@pytest.mark.feature("CLI-02")
def test_what_is_asked_for_follows_the_rest(page, api, truth):
    assert of(Receipt) == []
    ((debt,),) = truth("SELECT id FROM receivable WHERE tenant_id = 2 ORDER BY id DESC LIMIT 1")
    money = api("bj-finance")
    gone = money.call("POST", "/api/v1/receipt/", 422, json={"receivable": debt, "amount": "-5"})
    assert gone["fields"] == {"reverses": "Needed."}
    ((first,),) = truth("SELECT min(id) FROM receipt WHERE tenant_id = 2 AND amount > 0")
    extra = money.call("POST", "/api/v1/receipt/", 422, json={"receivable": debt, "amount": "1", "reverses": first})
    assert list(extra["fields"]) == ["reverses"]
    desk = page("bj-finance", "zh", 1366, 768)
    desk.goto(f"/receipt/add?receivable={debt}")
    part = desk.locator(".fld:has(#f-reverses)")
    expect(part).to_be_hidden()
    desk.fill("#f-amount", "-5")
    expect(part).to_be_visible()
    assert "req" in part.locator(".form-label").get_attribute("class")
    desk.fill("#f-amount", "5")
    expect(part).to_be_hidden()


@pytest.mark.feature("CLI-02")
def test_an_end_before_its_start_and_a_wrong_number_are_told_at_once(page, api):
    agent = page("bj-agent", "zh", 1366, 768)
    agent.goto("/order/add")
    agent.fill("#f-starts_at", "2027-03-02T10:00")
    agent.fill("#f-ends_at", "2027-03-01T10:00")
    agent.locator("#f-ends_at").blur()
    expect(agent.locator("#c-f-ends_at")).to_have_text("结束要晚于开始。")
    agent.fill("#f-ends_at", "2027-03-02T12:00")
    agent.locator("#f-ends_at").blur()
    expect(agent.locator("#c-f-ends_at")).to_have_count(0)
    admin = page("bj-admin", "zh", 1366, 768)
    admin.goto("/customer/add")
    if admin.locator("#f-id_number").count():
        asked = []
        admin.on("request", lambda request: asked.append(request.url))
        wrong = {"110105194912310021": "末位对不上", "110105194913310020": "出生日期不存在", "123": "17 位"}
        for number, words in ({"11010519491231002X": ""} | wrong).items():
            admin.fill("#f-id_number", number)
            admin.locator("#f-id_number").blur()
            if words:
                expect(admin.locator("#c-f-id_number")).to_contain_text(words)
                assert admin.get_attribute("#f-id_number", "aria-invalid") == "true"
            else:
                expect(admin.locator("#c-f-id_number")).to_have_count(0)
        assert not asked, "nobody is asked"
    one = api("bj-agent").get("/api/v1/order/", state="placed", size=1)["result"][0]
    sent = {"starts_at": "2027-03-02T10:00", "ends_at": "2027-03-01T10:00"}
    wrong = api("bj-agent").call("PUT", f"/api/v1/order/{one['id']}", 422, json=sent)
    assert list(wrong["fields"]) == ["ends_at"]
