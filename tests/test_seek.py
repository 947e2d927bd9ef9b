"""The search box of the bar: every kind of record the reader opens, while one types, under the reader's rights."""

from __future__ import annotations

import psycopg
import pytest

from tests.screens import until


@pytest.mark.feature("CUS-10")
def test_matches_of_every_kind_appear_while_one_types(page, live):
    with psycopg.connect(live.database.superuser_url) as boss:
        ((name, number),) = boss.execute(
            'SELECT c.name, o.number FROM "order" o JOIN customer c ON c.id = o.customer_id JOIN staff s ON s.id = o.owner_id '
            "WHERE s.username = 'bj-agent' AND c.owner_id = s.id ORDER BY o.id LIMIT 1"
        ).fetchall()
        ((foreign,),) = boss.execute(
            "SELECT name FROM customer WHERE tenant_id = 3 AND name NOT IN (SELECT name FROM customer WHERE tenant_id = 2) LIMIT 1"
        ).fetchall()
    agent = page("bj-agent")
    agent.goto("/")
    found = agent.locator("#search-found")
    agent.press("body", "/")
    agent.keyboard.type(name[:2])
    until(agent, lambda: found.locator(f"a[href^='/customer/show/']:has-text('{name}')").count() > 0)
    agent.fill("#search", number)
    until(agent, lambda: found.locator(f"a[href^='/order/show/']:has-text('{number}')").count() == 1)
    agent.keyboard.press("ArrowDown")
    assert agent.get_attribute("#search", "aria-activedescendant") == "found-0"
    agent.keyboard.press("Enter")
    agent.wait_for_url(lambda url: "/order/show/" in url)
    agent.fill("#search", foreign)
    until(agent, lambda: not found.is_hidden())
    assert not found.locator("a").count()
    agent.keyboard.press("Escape")
    assert found.is_hidden()


@pytest.mark.feature("CUS-10")
def test_the_box_answers_under_the_readers_rights(client):
    seen = {}
    for name in ("bj-admin", "bj-agent"):
        found = client(name).get("/search?q=王", headers={"Accept": "application/json"}).json["groups"]
        seen[name] = {row["url"] for g in found for row in g["rows"]}
    assert seen["bj-admin"]
    assert all(client("bj-agent").get(url).status_code == 200 for url in seen["bj-agent"])
