"""A list as a map: points of rows that have a place one may read, in clusters, without asking any other machine."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import harness

POINTS = "/customer/points"
FIND = """() => {
  const c = document.querySelector(".map canvas"), all = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  for (let i = 0; i < all.length; i += 4)
    if ([18, 88, 143, 255].every((value, n) => all[i + n] === value)) return [(i / 4) % c.width, Math.floor(i / 4 / c.width)];
  return null;
}"""  # the first pixel of a cluster


@pytest.fixture
def kept(database):
    return harness.asking(database)


def test_points_are_the_rows_one_sees_and_whose_place_one_may_read(client, fresh_db, truth):
    admin, agent = client("bj-admin"), client("bj-agent")
    ids = lambda person, url=POINTS: {p["id"] for p in person.get(url).get_json()["points"]}  # noqa: E731
    placed = "SELECT id FROM customer WHERE lat IS NOT NULL AND lng IS NOT NULL AND tenant_id = 2"
    assert ids(admin) == {pk for (pk,) in truth(placed)}
    mine = {pk for (pk,) in truth(f"{placed} AND owner_id = (SELECT id FROM staff WHERE username = 'bj-agent')")}
    assert ids(agent) == mine
    assert ids(agent, f"{POINTS}?attention=1") == {pk for (pk,) in truth(f"{placed} AND attention = '1'")} & mine
    assert client("").get(POINTS).status_code in (302, 401)
    admin.look("/rights/?model=customer")
    assert admin.post_form("/rights/", model="customer", **{"cell:agent:lat": "0"}).status_code == 302
    assert agent.get(f"{POINTS}?by=lat").status_code == 404, "without one half of it a place is none"
    assert 'data-way="map"' not in agent.get("/customer/list").text


def test_a_linked_record_gives_its_place_where_it_may_be_read(client, fresh_db, truth):
    admin, agent = client("bj-admin"), client("bj-agent")
    url = "/contract/points?by=customer.lat"
    rows = "SELECT c.id FROM contract c JOIN customer k ON k.id = c.customer_id WHERE c.tenant_id = 2 AND k.lat IS NOT NULL"
    assert {p["id"] for p in admin.get(url).get_json()["points"]} == {pk for (pk,) in truth(rows)}
    assert agent.get(url).get_json()["points"]
    admin.look("/rights/?model=customer")
    assert admin.post_form("/rights/", model="customer", **{"cell:agent:lat": "0"}).status_code == 302
    found = agent.get(url)  # there may be another place that a contract leads to, but not the customer's
    assert found.status_code == 404 or "customer.lat" not in agent.get("/contract/list?as=map").text


def test_the_points_cost_one_question_and_say_when_they_are_cut(client, count_queries, monkeypatch):
    admin = client("bj-admin")
    admin.get(POINTS)
    with count_queries() as sent:
        whole = admin.get(POINTS).get_json()
    assert len(sent) == 2, sent
    assert whole["cut"] is False
    monkeypatch.setattr("app.web.list_map.MOST", 3)
    few = admin.get(POINTS).get_json()
    assert len(few["points"]) == 3
    assert few["cut"] is True


def test_in_the_browser_clusters_part_and_tell_what_they_hold(page, kept):
    look = page("bj-admin", "zh", 1366, 768)
    look.goto("/customer/list?as=map")
    canvas = look.locator(".map canvas")
    expect(canvas).to_have_attribute("data-clusters", re.compile(r"\d+"))
    placed = kept("SELECT count(*) FROM customer WHERE tenant_id = 2 AND lat IS NOT NULL")[0][0]
    expect(look.locator(".map-side h2")).to_have_text(re.compile(rf"^{placed} (个点|points)$"))
    few = int(canvas.get_attribute("data-clusters"))
    scale = look.locator(".map-scale b").inner_text()
    look.click("[data-zoom='1']")
    look.click("[data-zoom='1']")
    canvas.focus()
    look.keyboard.press("+")
    assert look.locator(".map-scale b").inner_text() != scale
    look.click("[data-zoom='0']")
    expect(canvas).to_have_attribute("data-clusters", str(few))
    box = canvas.bounding_box()
    found = look.evaluate(FIND)
    assert found, "no cluster is drawn"
    look.mouse.click(box["x"] + found[0], box["y"] + found[1] + 8)
    expect(look.locator(".map-side h2")).to_contain_text(re.compile("这里有|here"))
    look.locator(".map-side li a").first.click()
    expect(look.locator("aside.peek")).to_be_visible()
    phone = page("bj-admin", "en", 360, 740)
    phone.goto("/customer/list?as=map")
    expect(phone.locator(".map-side li").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
