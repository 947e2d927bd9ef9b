"""A list as a board: columns by a state or a choice, cards that go only where the graph and the rights allow."""

from __future__ import annotations

import html
import json
import re

import pytest
from playwright.sync_api import expect

from app.workflows.contract import ContractFlow
from tests.people import text

BOARD = "/contract/list?as=board"
JSON = {"Accept": "application/json"}
TERMS = {"terms": "每周两次", "signed_on": "2026-12-30"}


def heads(page) -> dict[str, str]:
    """{code: count} of the columns."""
    return dict(re.findall(r'<section class="kb-lane" data-lane="(\w*)".*?data-count="\w*"[^>]*>([\d,]+)<', page, re.DOTALL))


def cards(page) -> dict[int, str]:
    return {int(pk): ways for pk, ways in re.findall(r'data-card="(\d+)" data-version="\d+" data-ways="([^"]*)"', page)}


def contract(caller, **more) -> dict:
    customer = caller.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = caller.get("/api/v1/service/", size=1)["result"][0]["id"]
    sent = {"customer": customer, "service": service, "starts_on": "2027-01-01", "ends_on": "2027-12-31", "monthly": "3000.00"}
    return caller.post("/api/v1/contract/", sent | more)["result"]


def send(person, url, **data):
    return person.post(url, data={"csrf_token": person.token, **data}, headers=JSON)


@pytest.mark.feature("CON-05")
def test_a_column_counts_what_the_list_behind_it_holds(client, api, fresh_db, truth):
    admin, agent = client("bj-admin"), client("bj-agent")
    page = text(admin, BOARD)
    rows = dict(truth("SELECT state, count(*)::text FROM contract WHERE tenant_id = 2 GROUP BY state"))
    assert heads(page) == {s: rows.get(s, "0") for s in ContractFlow.states}
    mine = dict(truth(
        "SELECT state, count(*)::text FROM contract WHERE tenant_id = 2 AND owner_id = "
        "(SELECT id FROM staff WHERE username = 'bj-agent') GROUP BY state"
    ))  # fmt: skip
    assert {s: n for s, n in heads(text(agent, BOARD)).items() if n != "0"} == mine
    total = truth("SELECT sum(monthly) FROM contract WHERE tenant_id = 2 AND state = 'active'")[0][0]
    assert f'data-sum-of="active" title="' in page  # noqa: F541
    assert f"¥{total:,.2f}" in page
    filtered = text(admin, f"{BOARD}&monthly.gt=8000")
    ((dear,),) = truth("SELECT count(*)::text FROM contract WHERE tenant_id = 2 AND state = 'active' AND monthly > 8000")
    assert heads(filtered)["active"] == dear
    foreign = truth("SELECT id FROM contract WHERE tenant_id = 3")
    assert not {pk for (pk,) in foreign} & set(cards(page))


@pytest.mark.feature("CON-05")
def test_a_card_moves_by_the_step_that_leads_there_and_by_nothing_else(client, api, fresh_db, truth):
    agent, caller = client("bj-agent"), api("bj-agent")
    agent.look("/")
    made = contract(caller)
    url = f"/contract/move/{made['id']}?as=board&by=state"
    state = lambda: truth("SELECT state FROM contract WHERE id = %s", made["id"])[0][0]  # noqa: E731
    assert cards(text(agent, BOARD))[made["id"]] == "submit activate", "the steps of the role, from this state, and no others"
    refused = send(agent, url, to="active", step="activate")
    assert refused.status_code == 409
    assert "先写" in refused.json["message"] or "terms" in refused.json["message"]
    assert send(agent, url, to="ended", step="end").status_code in (403, 409)
    assert send(agent, url, to="terminated", step="terminate", **{"in-reason": "x"}).status_code == 403
    assert send(agent, url, to="ended", step="activate").status_code == 409, "that step leads elsewhere"
    assert send(agent, url, to="nowhere", step="activate").status_code == 404
    assert send(agent, f"/contract/move/{made['id']}?as=board&by=number", to="x").status_code == 403
    assert state() == "draft"
    caller.put(f"/api/v1/contract/{made['id']}", TERMS)
    moved = send(agent, url, to="active", step="activate")
    assert moved.status_code == 200
    assert state() == "active"
    assert int(moved.json["heads"]["active"]["count"]) == int(heads(text(agent, BOARD))["active"])
    assert cards(moved.json["html"]) == {made["id"]: "change suspend renew"}
    manager = client("bj-manager")
    manager.look("/")
    assert set(cards(text(manager, BOARD))[made["id"]].split()) == {"change", "suspend", "renew", "end", "terminate"}
    assert send(manager, url, to="terminated", step="terminate").status_code == 400, "it asks why"
    gone = send(manager, f"{url}&state=active", to="terminated", step="terminate", **{"in-reason": "客户搬走"})
    assert gone.status_code == 200
    assert gone.json["html"].strip().count("data-card") == 0, "it no longer fits the question"
    assert truth("SELECT state, reason FROM contract WHERE id = %s", made["id"]) == [("terminated", "客户搬走")]


def test_a_deed_that_needs_another_record_stands_for_the_step_of_its_name(client, api, fresh_db, truth):
    """An order goes to “assigned” with a carer, never without one."""
    desk, agent = client("bj-dispatch"), client("bj-agent")
    desk.look("/")
    agent.look("/")
    order = api("bj-dispatch").get("/api/v1/order/", state="placed", sort="-starts_at")["result"][0]
    page = text(desk, "/order/list?as=board")
    asks = json.loads(html.unescape(re.search(r'data-graph="([^"]*)"', page)[1]))["assign"]["asks"]
    assert [(a["name"], a["lookup"]) for a in asks] == [("worker", "/worker/lookup")]
    assert cards(page)[order["id"]] == "assign"
    url = f"/order/move/{order['id']}?as=board&by=state"
    assert send(desk, url, to="assigned", step="assign").status_code == 400, "it asks who goes"
    worker = next(c for c in desk.get(f"/board/candidates/{order['id']}", headers=JSON).json["result"] if c["ok"])["worker"]
    assert send(agent, url, to="assigned", step="assign", **{"in-worker": worker}).status_code in (403, 404)
    done = send(desk, url, to="assigned", step="assign", **{"in-worker": worker})
    assert done.status_code == 200, done.json
    assert truth('SELECT state FROM "order" WHERE id = %s', order["id"]) == [("assigned",)]
    assert truth("SELECT worker_id FROM visit WHERE order_id = %s AND state = 'offered'", order["id"]) == [(worker,)]


def test_a_plain_choice_is_set_by_the_in_place_path_with_its_version(client, fresh_db, truth):
    agent, finance = client("bj-agent"), client("bj-finance")
    agent.look("/")
    finance.look("/")
    pk, version = truth(
        "SELECT id, version FROM customer WHERE level <> 'vip' AND owner_id = (SELECT id FROM staff WHERE username = 'bj-agent') LIMIT 1"
    )[0]
    url = f"/customer/move/{pk}?as=board&by=level"
    assert cards(text(agent, "/customer/list?as=board&by=level"))[pk] == "*"
    assert send(finance, url, to="vip", version=version).status_code == 403
    assert send(agent, url, to="no such class", version=version).status_code == 400
    done = send(agent, url, to="vip", version=version)
    assert done.status_code == 200
    assert done.json["back"] == "*"
    assert send(agent, url, to="past", version=version).status_code == 409, "somebody was quicker"
    assert truth("SELECT level, version FROM customer WHERE id = %s", pk) == [("vip", version + 1)]
    foreign = truth("SELECT id FROM customer WHERE tenant_id = 3 LIMIT 1")[0][0]
    assert send(agent, f"/customer/move/{foreign}?as=board&by=level", to="vip", version="1").status_code == 404
    other = truth("SELECT id FROM customer WHERE owner_id = (SELECT id FROM staff WHERE username = 'bj-agent2') LIMIT 1")[0][0]
    assert send(agent, f"/customer/move/{other}?as=board&by=level", to="vip", version="1").status_code == 404


def test_a_choice_one_may_not_read_makes_no_board(client, fresh_db, truth):
    admin, agent = client("bj-admin"), client("bj-agent")
    admin.look("/rights/?model=customer")
    assert admin.post_form("/rights/", model="customer", **{"cell:agent:level": "0"}).status_code == 302
    page = text(agent, "/customer/list?as=board&by=level")
    assert 'data-board="attention"' in page
    assert '<option value="level"' not in page
    agent.look("/")
    pk, version = truth("SELECT id, version FROM customer WHERE owner_id = (SELECT id FROM staff WHERE username = 'bj-agent') LIMIT 1")[0]
    assert send(agent, f"/customer/move/{pk}?as=board&by=level", to="vip", version=version).status_code == 403


def test_a_column_shows_its_first_cards_and_then_the_others(client, fresh_db, truth):
    admin = client("bj-admin")
    page = text(admin, "/order/list?as=board&by=state")
    more = html.unescape(re.search(r'href="([^"]+)" data-more', page)[1])
    code = re.search(r"state=(\w+)", more)[1]
    lane = re.search(rf'data-lane="{code}".*?</section>', page, re.DOTALL)[0]
    seen = set(cards(lane))
    assert len(seen) == 20
    while more:
        part = text(admin, more)
        assert not seen & set(cards(part))
        seen |= set(cards(part))
        found = re.search(r'href="([^"]+)" data-more', part)
        more = html.unescape(found[1]) if found else ""
    assert len(seen) == truth('SELECT count(*) FROM "order" WHERE tenant_id = 2 AND state = %s', code)[0][0]


@pytest.mark.feature("CUS-05")
def test_high_attention_colours_row_and_card_for_everybody_who_sees_the_customer(client, api, fresh_db, truth):
    agent = api("bj-agent")
    made = agent.post("/api/v1/customer/", {"name": "关注红", "attention": "4"})["result"]
    row = rf'<tr class="row-(\d)"[^>]*>(?:(?!</tr>).)*/customer/show/{made["id"]}"'
    rank = lambda who, url: re.search(row, text(client(who), url), re.DOTALL)[1]  # noqa: E731
    assert rank("bj-agent", "/customer/list?q=关注红") == "4"
    agent.put(f"/api/v1/customer/{made['id']}", {"attention": "1"})
    for who in ("bj-agent", "bj-manager", "bj-admin", "bj-finance", "bj-dispatch"):
        for url in ("/customer/list?q=关注红", "/customer/list?q=关注红&as=board&by=level"):
            assert rank(who, url) == "1", (who, url)


@pytest.mark.parametrize("table", ["order", "customer", "contract"])
def test_the_ways_cost_at_most_two_questions_more_than_the_table(client, count_queries, table):
    person = client("bj-admin")
    counted = {}
    for way in ("", "board", "calendar", "pivot", "map", "chart"):
        url = f"/{table}/list?as={way}"
        text(person, url)
        with count_queries() as sent:
            page = text(person, url)
        assert not way or f'data-way="{way}"' in page
        counted[way] = len(sent)
    exact = {"": 3, "board": 4, "calendar": 3, "pivot": 3, "map": 3, "chart": 3}
    assert counted == exact, counted


def test_a_saved_view_keeps_the_board_and_nobody_is_shown_a_way_that_has_nothing(client, api, fresh_db):
    agent = client("bj-agent")
    agent.look("/customer/list")
    answer = agent.post_form("/views/add", table="customer", name="看板", question="level=vip&as=board&by=source&day=2026-01-01")
    assert "as=board&by=source" in answer.location
    assert "day=" not in answer.location
    assert 'data-board="source"' in text(agent, answer.location)
    ways = re.findall(r'data-way="(\w+)"', text(agent, "/service/list"))
    assert "map" not in ways
    assert ways[0] == "table"
    assert json.loads(html.unescape(re.search(r'data-graph="([^"]*)"', text(agent, "/order/list?as=board"))[1]))["cancel"]["asks"]


def board_of(page, api, who="bj-manager", lang="zh", size=(1366, 768), **more):
    """A page that shows one new contract on its board."""
    made = contract(api(who), **more)
    look = page(who, lang, *size)
    look.goto(f"{BOARD}&q={made['number']}")
    return look, made, look.locator(f"[data-card='{made['id']}']")


def settled(look):
    """The server has judged the move."""
    expect(look.locator(".jh-toast").last).to_be_visible()
    expect(look.locator(".going")).to_have_count(0)


@pytest.mark.feature("CON-05")
def test_dragging_goes_only_where_the_graph_leads_and_says_why_not(page, api, kept, forgiven):
    look, made, card = board_of(page, api, size=(3200, 900))  # all columns in view: a board that scrolls meanwhile drags something else
    lane = lambda code: look.locator(f"[data-lane='{code}']")  # noqa: E731
    card.hover()
    look.mouse.down()
    lane("active").hover()
    lane("active").hover()
    expect(lane("active")).to_have_class(re.compile("lit"))
    expect(lane("ended")).to_have_class(re.compile("dim"))
    lane("ended").hover()
    look.mouse.up()
    expect(look.locator(".jh-toast")).to_contain_text(re.compile("不能从「草稿」直接到「|No step leads from “Draft” to"))
    expect(lane("draft").locator("[data-card]")).to_have_count(1)
    forgiven.append("409")
    card.drag_to(lane("active"))
    expect(look.locator(".jh-toast.is-danger")).to_be_visible()
    expect(lane("draft").locator("[data-card]")).to_have_count(1)
    assert kept("SELECT state FROM contract WHERE id = %s", made["id"]) == [("draft",)]
    api("bj-manager").put(f"/api/v1/contract/{made['id']}", TERMS)
    card.drag_to(lane("active"))
    settled(look)
    expect(lane("active").locator("[data-card]")).to_have_count(1)
    expect(lane("active").locator("header [data-count]")).to_have_text("1")
    assert kept("SELECT state FROM contract WHERE id = %s", made["id"]) == [("active",)]
    card.drag_to(lane("terminated"))
    expect(look.locator("dialog .note")).to_be_visible()  # no step leads back
    look.locator("dialog textarea[name=reason]").fill("客户搬走")
    look.click("dialog .btn-bad")
    settled(look)
    expect(lane("terminated").locator("[data-card]")).to_have_count(1)
    assert kept("SELECT state, reason FROM contract WHERE id = %s", made["id"]) == [("terminated", "客户搬走")]


def test_by_keyboard_a_card_goes_through_its_menu_and_comes_back_by_undo(page, api, kept):
    made = api("bj-agent").post("/api/v1/customer/", {"name": "移来移去"})["result"]
    look = page("bj-agent", "zh", 1366, 768)
    look.goto("/customer/list?as=board&by=level&q=移来移去")
    level = lambda: kept("SELECT level FROM customer WHERE id = %s", made["id"])[0][0]  # noqa: E731
    look.keyboard.press("j")
    expect(look.locator("tr.cur a.row-link")).to_be_focused()
    button = look.locator("tr.cur [data-go]")
    for _tab in range(8):
        look.keyboard.press("Tab")
        if button.evaluate("b => b === document.activeElement"):
            break
    look.keyboard.press("Enter")
    look.locator("dialog button", has_text="VIP").press("Enter")
    settled(look)
    expect(look.locator("[data-lane=vip] [data-card]")).to_have_count(1)
    assert level() == "vip"
    look.locator(".jh-toast [data-act]").click()
    settled(look)
    expect(look.locator("[data-lane=ordinary] [data-card]")).to_have_count(1)
    assert level() == "ordinary"


@pytest.mark.feature("CON-05")
def test_a_step_is_taken_back_by_the_step_that_leads_back_where_one_may(page, client, api, kept):
    """Nobody holds the step back at first, so none is offered; then the administrator gives it."""
    admin, order = client("bj-admin"), api("bj-dispatch").get("/api/v1/order/", state="placed", sort="-starts_at")["result"][0]
    state = lambda: kept('SELECT state FROM "order" WHERE id = %s', order["id"])[0][0]  # noqa: E731

    dispatcher = client("bj-dispatch")
    dispatcher.look("/")
    worker = next(c for c in dispatcher.get(f"/board/candidates/{order['id']}", headers=JSON).json["result"] if c["ok"])["worker"]
    url = f"/order/move/{order['id']}?as=board&by=state"
    done = send(dispatcher, url, to="assigned", step="assign", **{"in-worker": worker})
    assert (done.status_code, done.json["back"]) == (200, ""), "no role holds the step back"
    assert send(dispatcher, url, to="placed", step="unassign").status_code == 403

    def rights(level):
        admin.look("/rights/?model=order")
        return admin.post_form("/rights/", model="order", **{"cell:dispatcher:step:unassign": level})

    assert rights("4").status_code == 302
    look = page("bj-dispatch", "zh", 1366, 768)
    look.goto(f"/order/list?as=board&by=state&q={order['number']}")
    lane = lambda code: look.locator(f"[data-lane='{code}'] [data-card='{order['id']}']")  # noqa: E731
    lane("assigned").drag_to(look.locator("[data-lane=placed]"))
    settled(look)
    expect(lane("placed")).to_have_count(1)
    assert state() == "placed"
    assert kept("SELECT state FROM visit WHERE order_id = %s ORDER BY id DESC LIMIT 1", order["id"]) == [("cancelled",)]
    look.locator(".jh-toast [data-act]").click()
    expect(look.locator("dialog .note")).to_have_count(0)
    look.locator("dialog [data-close]").click()
    assert state() == "placed", "the way on asks who goes, and nobody said it"
    again = send(dispatcher, url, to="assigned", step="assign", **{"in-worker": worker})
    assert again.status_code == 200, "the carer is free again"
    assert again.json["back"] == "unassign"
    assert send(dispatcher, url, to="placed", step="unassign").status_code == 200
    rights("0")


def test_a_card_that_left_the_board_comes_back_by_undo(page, api, kept):
    made = api("bj-agent").post("/api/v1/customer/", {"name": "移出再回"})["result"]
    look = page("bj-agent", "zh", 1366, 768)
    look.goto("/customer/list?as=board&by=level&q=移出再回&level=ordinary")
    level = lambda: kept("SELECT level FROM customer WHERE id = %s", made["id"])[0][0]  # noqa: E731
    look.locator(f"[data-card='{made['id']}']").drag_to(look.locator("[data-lane=vip]"))
    expect(look.locator(".jh-toast.is-success")).to_be_visible()
    expect(look.locator("[data-card]")).to_have_count(0)
    assert level() == "vip"
    look.locator(".jh-toast [data-act]").click()
    expect(look.locator(f"[data-lane=ordinary] [data-card='{made['id']}']")).to_have_count(1)
    settled(look)
    assert level() == "ordinary"


def test_on_a_phone_columns_are_tabs_and_a_card_moves_by_its_menu(page, api, kept):
    look, made, card = board_of(page, api, size=(360, 740), **TERMS)
    expect(look.locator("[data-lane=draft]")).to_be_visible()
    expect(look.locator("[data-lane=active]")).to_be_hidden()
    assert card.get_attribute("draggable") is None
    assert look.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.locator("[data-go]").tap()
    look.locator("dialog button", has_text="有效").tap()
    settled(look)
    look.locator("[data-lane-tab=active]").tap()
    expect(look.locator("[data-lane=active] [data-card]")).to_have_count(1)
    assert kept("SELECT state FROM contract WHERE id = %s", made["id"]) == [("active",)]


def test_no_field_is_called_like_a_word_of_the_address(app):
    """It could not be asked about: ``?by=…`` says how a list looks."""
    from app.engine.record import records
    from app.web.asked import WORDS

    assert not [(m.__name__, n) for m in records() for n in m.__fields__ if n in WORDS]
