"""From one record of a list to the next: in the list's order, under its conditions, and only rows that one sees."""

from __future__ import annotations

import re

import pytest

WAY = re.compile(r'<a class="jh-ib" href="([^"]*)"[^>]*data-key="([][])"')


def ways(person, pk: int, table: str = "order") -> dict[str, int]:
    page = person.get(f"/{table}/show/{pk}").text
    return {key: int(url.rsplit("/", 1)[1]) for url, key in WAY.findall(page)}


def walk(person, ids: list[int], table: str = "order") -> None:
    """The arrows lead along the whole list, both ways, and end where it ends."""
    for n, pk in enumerate(ids):
        expected = {k: v for k, v in (("[", ids[n - 1] if n else None), ("]", ids[n + 1] if n + 1 < len(ids) else None)) if v}
        assert ways(person, pk, table) == expected, (n, pk)


QUESTIONS = [
    "", "sort=id", "sort=starts_at", "sort=-amount", "sort=district", "sort=-district", "state=placed&sort=-starts_at", "sort=-customer",
]  # fmt: skip


@pytest.mark.feature("CLI-02")
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_arrows_walk_the_list_as_it_stands(client, question):
    person = client("bj-agent")
    person.get(f"/order/list?{question}")
    page = person.get(f"/order/list?{question}").text
    shown = [int(pk) for pk in re.findall(r'href="/order/show/(\d+)"', page)]
    ids = list(dict.fromkeys(shown))
    assert len(ids) > 1
    whole = len(ids) < 25
    for n in (0, 1, len(ids) - 2):
        expected = {k: v for k, v in (("[", ids[n - 1] if n else None), ("]", ids[n + 1] if n + 1 < len(ids) else None)) if v}
        assert ways(person, ids[n]) == expected, n
    if whole:
        walk(person, ids)


def test_a_search_is_walked_too_and_the_way_back_is_that_list(client, api):
    person = client("bj-agent")
    name = api("bj-agent").get("/api/v1/customer/", size=1)["result"][0]["name"]
    page = person.get("/customer/list", query_string={"q": name[:1], "sort": "name"}).text
    ids = list(dict.fromkeys(int(pk) for pk in re.findall(r'href="/customer/show/(\d+)"', page)))
    walk(person, ids, "customer")
    assert 'href="/customer/back"' in person.get(f"/customer/show/{ids[0]}").text
    again = person.get("/customer/back", follow_redirects=True).text
    assert list(dict.fromkeys(int(pk) for pk in re.findall(r'href="/customer/show/(\d+)"', again))) == ids


def test_without_a_list_or_outside_it_there_are_no_arrows(client, api):
    person, caller = client("bj-agent"), api("bj-agent")
    one = caller.get("/api/v1/order/", size=1)["result"][0]
    assert ways(person, one["id"]) == {}
    other = "done" if one["state"] != "done" else "placed"
    person.get(f"/order/list?state={other}")
    assert ways(person, one["id"]) == {}


def test_the_arrows_lead_to_nobodys_rows_but_ones_own(client, api):
    mine = {r["id"] for r in api("bj-agent").get("/api/v1/customer/", size=200)["result"]}
    person = client("bj-agent")
    person.get("/customer/list?sort=id")
    for pk in sorted(mine):
        assert set(ways(person, pk, "customer").values()) <= mine


def test_a_list_that_one_may_no_longer_ask_gives_no_arrows(client, api, fresh_db, truth):
    person = client("bj-agent")
    pk = api("bj-agent").get("/api/v1/customer/", size=1)["result"][0]["id"]
    person.get("/customer/list?diet.empty=1")
    truth('INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at)'
          " VALUES (2, 1, 'agent', 'Customer', 'diet', 0, now(), now())")  # fmt: skip
    truth("UPDATE stamp SET changes = changes + 1")
    answer = person.get(f"/customer/show/{pk}")
    assert answer.status_code == 200
    assert WAY.findall(answer.text) == []


def test_the_arrows_cost_one_question_and_the_page_eight_at_most(client, api, count_queries):
    pk = api("bj-agent").get("/api/v1/order/", size=1)["result"][0]["id"]
    person = client("bj-agent")
    person.get(f"/order/show/{pk}")
    with count_queries() as before:
        person.get(f"/order/show/{pk}")
    for question, more in (("", 1), ("sort=-amount", 1), ("state.eq=done&sort=customer", 1), ("q=1", 2)):
        person.get(f"/order/list?{question}")
        with count_queries() as after:
            person.get(f"/order/show/{pk}")
        assert after.count <= before.count + more, "\n".join(after)
        assert before.count <= 8, "\n".join(before)
