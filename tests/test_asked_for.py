"""The carers a customer asks for: two may be named, and what stands against each is told before the order is saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.test_prices import WELL, monday, number_of


def two(truth) -> tuple[int, int]:
    """Two carers of one store who can clean."""
    found = truth(f"SELECT id FROM worker WHERE tenant_id = 2 AND {WELL.format('cleaning')} AND store_id = 3 ORDER BY id LIMIT 2")
    if len(found) < 2:
        found = truth(f"SELECT id FROM worker WHERE tenant_id = 2 AND {WELL.format('cleaning')} ORDER BY id LIMIT 2")
    return found[0][0], found[1][0]


@pytest.mark.feature("BOOK-02")
def test_two_carers_are_asked_for_and_each_conflict_is_told_before_saving(client, api, truth):
    agent, desk, person = api("bj-agent"), api("bj-dispatch"), client("bj-agent", "en")
    customer, service = number_of(truth, "customer", "name = '王秀兰'"), number_of(truth, "service", "code = 'BJ'")
    first, other = two(truth)
    sent = {"customer": customer, "service": service, "quantity": "2", "starts_at": monday()}
    typed = {**{k: str(v) for k, v in sent.items()}, "wanted": str(first), "wanted_too": str(other)}
    ask = lambda **more: person.get("/order/price", query_string=typed | more).json["people"]  # noqa: E731
    assert [p["ok"] for p in ask()] == [True, True]
    one = agent.post("/api/v1/order/", sent)["result"]
    desk.post(f"/api/v1/order/{one['id']}/assign", {"worker": first})
    busy, free = ask()
    assert not busy["ok"] and free["ok"]
    assert "already has visit" in " ".join(busy["against"]) or busy["against"] == ["Cannot be sent at that time."]
    assert truth('SELECT count(*) FROM "order" WHERE wanted_id = %s AND wanted_too_id = %s', first, other) == [(0,)], "nothing was saved"
    truth("UPDATE worker SET skills = '{}' WHERE id = %s", other)
    assert [p["ok"] for p in ask()] == [False, False]
    truth("UPDATE worker SET skills = '{cleaning}' WHERE id = %s", other)
    made = agent.post("/api/v1/order/", sent | {"wanted": first, "wanted_too": other})["result"]
    found = client("bj-dispatch", "en")
    found.look("/board/")
    told = found.get(f"/board/candidates/{made['id']}", headers={"Accept": "application/json"}).json["result"]
    assert told[0]["worker"] == other, "the second comes first when the first is taken"
    assert "The customer asked for this carer" in told[0]["pros"]


@pytest.fixture
def kept(database):
    return harness.asking(database)


@pytest.mark.feature("BOOK-02")
@pytest.mark.parametrize(("lang", "width"), [("zh", 1366), ("en", 360)])
def test_the_form_shows_who_is_free_while_it_is_filled_in(page, kept, lang, width):
    customer, service = number_of(kept, "customer", "name = '王秀兰'"), number_of(kept, "service", "code = 'BJ'")
    first, other = two(kept)
    names = dict(kept("SELECT id, name FROM worker WHERE id = ANY(%s)", [first, other]))
    agent = page("bj-agent", lang, width, 768)
    at = monday().replace(" ", "T")
    agent.goto(f"/order/add?customer={customer}&service={service}&wanted={first}&wanted_too={other}")
    expect(agent.locator("#order-sum [data-free]")).to_have_count(0)
    agent.fill("#f-starts_at", at)
    expect(agent.locator("#order-sum [data-free]")).to_have_count(2)
    said = agent.inner_text("#order-sum")
    assert names[first] in said and names[other] in said
    assert ("那个时间有空" if lang == "zh" else "Free at that time") in said
