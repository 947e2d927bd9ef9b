"""Dashboards: made on the screen, for oneself or for others; whoever looks sees his own numbers, and nothing he may not ask."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.axe import barriers
from tests.screens import until
from tests.test_pivot import behind, text

CHART = "as=chart&draw=bar&by=state"


def board(person, name="团队", **more) -> int:
    person.look("/statistics/?all=1")
    answer = person.post_form("/statistics/add", name=name, **more)
    assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
    return int(answer.location.rpartition("/")[2])


def add(person, pk, kind="count", question="", title="Tile", **more):
    """A tile, by the form; returns the answer."""
    table = "order"
    assert person.look(f"/statistics/tiles/new?{urlencode({'table': table, 'question': question})}").status_code == 200
    return person.post_form("/statistics/tiles", table=table, question=question, kind=kind, title=title, dashboard=str(pk or ""), **more)


def tiles(person, pk) -> dict[str, int]:
    """Title -> number, of the tiles on a page, in their order."""
    page = text(person, f"/statistics/{pk}")
    return {html.unescape(title): int(n) for n, title in re.findall(r'data-tile="(\d+)"[^>]*aria-label="([^"]*)"', page)}


def told(person, pk):
    answer = person.get(f"/statistics/tile/{pk}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return answer.get_json()


@pytest.fixture
def shared(client, fresh_db):
    """A dashboard for the agents, of each kind of tile."""
    admin = client("bj-admin", "en")
    pk = board(admin, "Agents", audience="role", role="agent")
    for kind, question, title in (
        ("chart", CHART, "By state"), ("count", "state=placed", "Placed"), ("count", "as=chart&by=state&measure=amount", "Worth"),
        ("list", "state=placed&sort=starts_at", "Next ones"),
    ):  # fmt: skip
        assert add(admin, pk, kind, question, title).status_code == 302
    return pk


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("who", ["bj-agent", "bj-agent2"])
def test_each_agent_sees_the_roles_dashboard_with_his_own_numbers(client, shared, truth, who):
    agent = client(who)
    assert "Agents" in text(agent, "/statistics/")
    there = tiles(agent, shared)
    assert [*there] == ["By state", "Placed", "Worth", "Next ones"]
    mine = f"tenant_id = 2 AND owner_id = (SELECT id FROM staff WHERE username = '{who}')"
    what = "count(*), count(*) FILTER (WHERE state = 'placed'), sum(amount)"
    ((count, placed, worth),) = truth(f'SELECT {what} FROM "order" WHERE {mine}')
    bars = told(agent, there["By state"])["plot"]
    assert bars["foot"][0]["text"] == str(count)
    for row in bars["rows"]:
        assert behind(agent, row["cells"][0]["url"]) == row["cells"][0]["text"]
    number = told(agent, there["Placed"])
    assert number["text"] == behind(agent, number["url"]) == str(placed)
    assert told(agent, there["Worth"])["text"] == f"¥{worth:,.2f}"
    rows = told(agent, there["Next ones"])["rows"]
    assert len(rows) == min(placed, 8)
    assert all(agent.get(row["url"]).status_code == 200 for row in rows)


@pytest.mark.feature("STA-13")
def test_it_is_there_for_nobody_else(client, api, shared):
    pk = next(iter(tiles(client("bj-admin"), shared).values()))
    for who in ("bj-finance", "sh-agent", "sh-admin"):
        other = client(who)
        assert "Agents" not in text(other, "/statistics/")
        assert other.get(f"/statistics/{shared}").status_code == 404
        assert other.get(f"/statistics/tile/{pk}").status_code == 404
        assert [d for d in api(who).get("/api/v1/dashboards/")["result"] if d["id"] == shared] == []
    assert client().get("/statistics/").status_code == 302


@pytest.mark.feature("STA-13")
def test_a_tile_whose_question_one_may_not_ask_is_left_out_and_not_shown_as_zero(client, api, fresh_db):
    admin, agent = client("bj-admin"), client("bj-agent")
    pk = board(admin, audience="all")
    costly = "where=(unit_cost.gt.77123)"
    for kind, question in (
        ("chart", "as=chart&by=state&measure=unit_cost"), ("count", costly), ("count", "measure=unit_cost"),
        ("list", "sort=-unit_cost"), ("chart", f"as=chart&by=unit_cost&{costly}"),
    ):  # fmt: skip
        answer = add(admin, pk, kind, question, f"Costly {kind} {question[-9:]}")
        assert answer.status_code == (403 if "by=unit_cost" in question else 302), question
    assert add(admin, pk, "count", "state=placed", "Open to all").status_code == 302
    there, page = tiles(admin, pk), text(agent, f"/statistics/{pk}")
    assert len(there) == 5
    assert [*tiles(agent, pk)] == ["Open to all"]
    assert "Costly" not in page
    assert "unit_cost" not in page
    assert "77123" not in page
    for title, tile in there.items():
        assert agent.get(f"/statistics/tile/{tile}").status_code == (200 if title == "Open to all" else 404), title
    told_ = api("bj-agent").get(f"/api/v1/dashboards/{pk}")["result"]["tiles"]
    assert [t["title"] for t in told_] == ["Open to all"]


def test_nobody_makes_or_changes_what_is_for_others_but_those_who_give(client, shared):
    agent = client("bj-agent")
    pk = next(iter(tiles(agent, shared).values()))
    for audience in ("role", "store", "all"):
        assert agent.post_form("/statistics/add", name="x", audience=audience, role="agent").status_code == 403
    for url in (f"/statistics/{shared}/change", f"/statistics/{shared}/delete", f"/statistics/tile/{pk}/change",
                f"/statistics/tile/{pk}/move", f"/statistics/tile/{pk}/delete"):  # fmt: skip
        assert agent.post_form(url, name="x", title="x", to="0").status_code == 403, url
    assert add(agent, shared, "count", "state=placed", "Mine").status_code == 403
    assert "/change" not in text(agent, f"/statistics/{shared}")
    assert add(agent, 0, "count", "measure=cost", "No").status_code == 403
    answer = add(agent, 0, "count", "state=placed", "Mine", name="我的")
    own = int(answer.location.rpartition("/")[2])
    assert [*tiles(agent, own)] == ["Mine"]
    admin = client("bj-admin")
    assert admin.get(f"/statistics/{own}").status_code == 404, "what one keeps for oneself is for nobody else"
    assert "我的" not in text(admin, "/statistics/?all=1")


def test_what_is_changed_for_others_stands_in_the_trail_with_before_and_after(client, shared, truth):
    admin = client("bj-admin", "en")
    ask = "SELECT changes, reason, created_by FROM audit_entry WHERE model = 'Dashboard' AND tenant_id = 2 ORDER BY id"
    made = truth(ask)
    who = truth("SELECT id FROM staff WHERE username = 'bj-admin'")[0][0]
    assert made[0][0]["name"] == [None, "Agents"]
    assert [reason for _c, reason, _by in made[1:]] == ["Agents · By state", "Agents · Placed", "Agents · Worth", "Agents · Next ones"]
    assert {by for _c, _r, by in made} == {who}
    there = tiles(admin, shared)
    admin.look(f"/statistics/{shared}")
    admin.post_form(f"/statistics/tile/{there['Placed']}/change", title="Waiting", target="10000", boxes="1")
    admin.post_form(f"/statistics/tile/{there['Next ones']}/move", to="0")
    admin.post_form(f"/statistics/{shared}/change", name="Sellers", audience="all")
    admin.post_form(f"/statistics/tile/{there['Worth']}/delete")
    told_ = [c for c, _r, _by in truth(ask)[len(made) :]]
    assert told_[0] == {"title": ["Placed", "Waiting"], "target": [None, "10000"]}
    assert told_[1] == {"place": [4, 1]}
    assert told_[2] == {"name": ["Agents", "Sellers"], "audience": ["role", "all"], "role": ["agent", None]}
    assert told_[3]["title"] == ["Worth", None]
    page = text(admin, "/trail/")
    for words in ("changed a dashboard", "Sellers · Worth", "Everybody", "Waiting"):
        assert words in page, words
    admin.look(f"/statistics/{shared}")
    admin.post_form(f"/statistics/{shared}/delete")
    assert truth(ask)[-1][0]["tiles"][0] == "Next ones、By state、Waiting"
    count = len(truth(ask))
    agent = client("bj-agent")
    own = board(agent, "Mine")
    add(agent, own, "count", "state=placed", "Own")
    assert len(truth(ask)) == count, "what one keeps for oneself is nobody's business"
    assert client("bj-agent").get("/trail/").status_code == 403


@pytest.mark.feature("STA-13")
def test_tiles_are_moved_renamed_widened_removed_and_brought_back(client, shared, truth):
    admin = client("bj-admin", "en")
    there = tiles(admin, shared)
    admin.look(f"/statistics/{shared}")
    assert admin.post_form(f"/statistics/tile/{there['Next ones']}/move", to="0").status_code == 302
    assert [*tiles(admin, shared)] == ["Next ones", "By state", "Placed", "Worth"]
    sent = {"title": "Waiting", "width": "2", "target": "10000", "less": "1", "boxes": "1"}
    assert admin.post_form(f"/statistics/tile/{there['Placed']}/change", **sent).status_code == 302
    number = told(admin, there["Placed"])
    assert (number["title"], number["tint"], number["target"]) == ("Waiting", "done", "at most 10,000")
    admin.post_form(f"/statistics/tile/{there['Placed']}/change", title="Waiting", width="2", target="10000", boxes="1")
    assert told(admin, there["Placed"])["tint"] == "bad"
    assert 'w2" data-tile' in text(admin, f"/statistics/{shared}")
    for wrong in ({"title": ""}, {"title": "x" * 61}, {"title": "x", "width": "4"}, {"title": "x", "target": "much"}):
        assert admin.post_form(f"/statistics/tile/{there['Placed']}/change", **wrong).status_code == 400, wrong
    gone = admin.post_form(f"/statistics/tile/{there['Placed']}/delete", follow=True).get_data(as_text=True)
    assert [*tiles(admin, shared)] == ["Next ones", "By state", "Worth"]
    back = html.unescape(re.search(r'<form method="post" action="(/statistics/tiles\?[^"]+)"', gone)[1])
    assert admin.post_form(back).status_code == 302
    assert [*tiles(admin, shared)] == ["Next ones", "By state", "Waiting", "Worth"]
    assert truth("SELECT width, target, less FROM tile WHERE title = 'Waiting'")[0] == (2, 10000, False)
    assert admin.post_form(f"/statistics/{shared}/delete").status_code == 302
    shared = "FROM dashboard WHERE code IS DISTINCT FROM 'weekly'"
    assert truth(f"SELECT (SELECT count(*) FROM tile WHERE dashboard_id IN (SELECT id {shared})), count(*) {shared}") == [(0, 0)]


def test_statistics_opens_with_the_roles_own_dashboard_where_it_is_the_first(client, shared):
    admin, agent = client("bj-admin"), client("bj-agent")
    assert agent.get("/statistics/").status_code == 200
    admin.look(f"/statistics/{shared}")
    sent = {"name": "坐席", "audience": "role", "role": "agent", "first": "1", "boxes": "1"}
    assert admin.post_form(f"/statistics/{shared}/change", **sent).status_code == 302
    assert agent.get("/statistics/").location == f"/statistics/{shared}"
    assert agent.get("/statistics/?all=1").status_code == 200
    assert admin.get("/statistics/").status_code == 200, "it opens first for the agents, not for who made it"
    leads = text(admin, "/statistics/")
    assert 'href="/dashboard/"' in leads
    assert 'class="li"><a href="/dashboard/"' not in text(agent, "/statistics/?all=1")


def test_a_tile_costs_a_few_questions_and_a_dashboard_two_more_than_a_bare_page(client, shared, count_queries):
    agent = client("bj-agent")
    there = tiles(agent, shared)
    with count_queries() as bare:
        agent.get("/more/")
    with count_queries() as page:
        agent.get(f"/statistics/{shared}")
    assert len(page) <= len(bare) + 2
    for title, pk in there.items():
        told(agent, pk)
        with count_queries() as sent:
            told(agent, pk)
        assert len(sent) <= 5, (title, sent)


def test_programs_read_dashboards_and_their_numbers(api, client, shared):
    caller, agent = api("bj-agent"), client("bj-agent")
    assert [d["name"] for d in caller.get("/api/v1/dashboards/")["result"]] == ["Agents"]
    found = caller.get(f"/api/v1/dashboards/{shared}")["result"]
    assert [t["kind"] for t in found["tiles"]] == ["chart", "count", "count", "list"]
    for tile in found["tiles"][1:3]:
        assert caller.get(f"/api/v1/dashboards/tiles/{tile['id']}")["result"]["text"] == told(agent, tile["id"])["text"]
    assert "/api/v1/dashboards/{pk}" in caller.get("/api/v1/openapi.json")["paths"]


def made_for_agents(boss, name) -> str:
    boss.goto("/statistics/?all=1")
    assert barriers(boss) == []
    boss.locator(".new-board > summary").click()
    boss.fill(".new-board [name=name]", name)
    boss.select_option(".new-board [name=audience]", "role")
    boss.select_option(".new-board [name=role]", "agent")
    boss.locator(".new-board .btn-primary").click()
    boss.wait_for_url(lambda url: url.rpartition("/")[2].isdecimal())
    return boss.url.rpartition("/")[2]


def filled(boss, pk) -> int:
    """A chart and a number, each from the list one looks at; returns what the chart's numbers come to."""
    boss.goto("/order/list")
    boss.locator('[data-way="chart"]').click()
    boss.wait_for_url("**as=chart**")
    boss.select_option(".way-form [name=by]", "service")
    boss.wait_for_url("**by=service**")
    expect(boss.locator(".plot[data-drawn] canvas").first).to_be_visible()
    assert barriers(boss) == []
    with boss.expect_download() as picture:
        boss.locator("[data-png]").click()
    assert picture.value.suggested_filename.endswith(".png")
    total = boss.locator(".plot-side tfoot td a").inner_text()
    boss.locator("[data-to-dashboard]").click()
    boss.fill(".tl-new [name=title]", "By service")
    boss.select_option(".tl-new [name=dashboard]", pk)
    boss.select_option(".tl-new [name=width]", "2")
    boss.locator(".tl-new .btn-primary").click()
    boss.wait_for_url(f"**/statistics/{pk}")
    boss.goto("/statistics/tiles/new?table=order&question=state%3Dplaced")
    assert barriers(boss) == []
    boss.fill(".tl-new [name=title]", "Placed")
    boss.select_option(".tl-new [name=dashboard]", pk)
    boss.locator(".tl-new .btn-primary").click()
    return int(total.replace(",", ""))


def ordered(boss) -> None:
    expect(boss.locator('[data-ready="chart"] svg')).to_be_visible()
    expect(boss.locator('[data-ready="count"] .fig')).to_be_visible()
    assert barriers(boss) == []
    with boss.expect_response("**/move"):
        boss.locator('[data-tile]:nth-child(2) [data-step="-1"] button').press("Enter")
    until(boss, lambda: boss.locator("[data-tile]").first.get_attribute("aria-label") == "Placed")
    boss.reload()
    assert boss.locator("[data-tile]").first.get_attribute("aria-label") == "Placed"
    with boss.expect_response("**/move"):
        boss.locator("[data-tile]").first.locator(".card-h").drag_to(boss.locator("[data-tile]").last, source_position={"x": 150, "y": 4})
    until(boss, lambda: boss.locator("[data-tile]").first.get_attribute("aria-label") == "By service")


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_in_the_browser_an_administrator_builds_a_chart_for_the_agents(page, lang):
    boss = page("bj-admin", lang, 1366, 768)
    pk = made_for_agents(boss, f"坐席看板 {lang}")
    total = filled(boss, pk)
    ordered(boss)
    for width, height in ((1366, 768), (360, 740)):
        agent = page("bj-agent", lang, width, height)
        agent.goto(f"/statistics/{pk}")
        expect(agent.locator('[data-ready="chart"] svg')).to_be_visible()
        agent.locator(".chart-table summary").click()
        assert barriers(agent) == []
        assert agent.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not agent.locator("[data-step]").count()
        own = agent.locator(".chart-table tbody td a").first
        here = own.inner_text()
        assert int(here) < total
        own.click()
        agent.wait_for_url("**/order/list?**service=**")
        expect(agent.locator(".list-head [aria-live]")).to_have_text(here)
    agent.goto("/order/list?as=chart&by=state&draw=pie")
    expect(agent.locator(".plot[data-drawn=pie] canvas").first).to_be_visible()
    assert barriers(agent) == []
    assert agent.evaluate("document.documentElement.scrollWidth <= innerWidth")
