"""Customers in numbers: every number is what its list holds, and nobody is counted whom one may not see."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.engine.clock import today
from tests.test_home import count_behind

JSON = {"Accept": "application/json"}


def numbers(person, span="month"):
    return person.get(f"/customer_numbers/?span={span}", headers=JSON).json


@pytest.mark.feature("CUS-21")
@pytest.mark.parametrize("by", ["source", "level", "stage", "district", "industry"])
def test_chart_and_table_agree_and_add_up_to_the_list(client, by):
    person = client("bj-manager")
    index = next(n for n in range(9) if person.get(f"/customer/chart/{n}").json and chart_of(person, n, by))
    rows = person.get(f"/customer/chart/{index}").json["rows"]
    page = person.get(f"/customer/list?as=chart&by={by}").text
    total = count_behind(person, "/customer/list")
    assert sum(r["value"] for r in rows) == total
    for row in rows:
        assert count_behind(person, row["url"]) == row["value"]
        assert f">{row['value']:.0f}<" in page, "the table beside the chart says the same"


def chart_of(person, n: int, by: str) -> bool:
    rows = person.get(f"/customer/chart/{n}").json.get("rows") or []
    return any(re.match(rf"/customer/list\?{by}(\.empty)?=", r["url"]) for r in rows)


@pytest.mark.feature("CUS-22")
@pytest.mark.parametrize("span", ["day", "week", "month"])
@pytest.mark.parametrize("who", ["bj-manager", "bj-agent"])
def test_new_and_served_equal_their_lists(client, span, who):
    person = client(who)
    found = numbers(person, span)["rows"]
    days = {"day": 1, "week": 7}
    for row in found:
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        assert (last - first).days + 1 == days.get(span, (last - first).days + 1)
    assert len(found) > 10
    for row in found[:6] + [r for r in found if r["served"]][:3]:
        assert count_behind(person, row["new_url"]) == row["new"]
        assert person.get(row["served_url"], headers=JSON).json["count"] == row["served"]
    if span == "month":
        assert any(r["served"] for r in found)


@pytest.mark.feature("STA-06")
def test_the_cohorts_are_what_the_orders_say(client, api, kept):
    person = client("bj-admin")
    first: dict[int, tuple[int, int]] = {}
    months: set[tuple[int, tuple[int, int]]] = set()
    for customer, year, month in kept(
        "SELECT customer_id, extract(year FROM starts_at AT TIME ZONE 'Asia/Shanghai')::int, "
        "extract(month FROM starts_at AT TIME ZONE 'Asia/Shanghai')::int FROM \"order\" WHERE tenant_id = 2 AND state <> 'cancelled' "
        "AND (starts_at AT TIME ZONE 'Asia/Shanghai')::date <= %s",
        today(),
    ):
        months.add((customer, (year, month)))
        first[customer] = min(first.get(customer, (9999, 1)), (year, month))
    wanted = Counter((f"{first[c][0]}-{first[c][1]:02d}", (m[0] - first[c][0]) * 12 + m[1] - first[c][1]) for c, m in months)
    table = numbers(person)["cohorts"]
    assert len(table) == 12
    for row in table:
        for n, cell in enumerate(row["cells"]):
            assert cell["n"] == wanted[row["month"], n], (row["month"], n)
    some = next(c for row in table for c in row["cells"][1:] if c["n"])
    assert person.get(some["url"], headers=JSON).json["count"] == some["n"]


def test_one_agent_counts_their_own_and_a_partner_nothing(client):
    agent, admin = numbers(client("bj-agent")), numbers(client("bj-admin"))
    assert sum(r["new"] for r in agent["rows"]) < sum(r["new"] for r in admin["rows"])
    assert client("bj-partner").get("/customer_numbers/").status_code == 403
    sh = numbers(client("sh-admin"))
    for row in sh["rows"]:
        if row["served"]:
            ids = {c["id"] for c in client("sh-admin").get(row["served_url"], headers=JSON).json["result"]}
            assert not ids & {c["id"] for c in client("bj-admin").get(row["served_url"], headers=JSON).json["result"]}
    assert client("bj-admin").get("/customer_numbers/served?first=2026-01-01&last=2027-01-01").status_code == 404
    assert client("bj-admin").get("/customer_numbers/?span=year").status_code == 404


def test_the_page_asks_the_database_little(client, count_queries):
    person = client("bj-admin")
    person.get("/customer_numbers/")
    with count_queries() as sent:
        assert person.get("/customer_numbers/").status_code == 200
    assert sent.count <= 7, "\n".join(sent)


def test_periods_follow_the_calendar():
    from app.workflows.customer_numbers import SPANS, periods

    for span, n in SPANS.items():
        there = list(periods(span))
        assert len(there) == n and there[0][0] <= today() <= there[0][1]
        assert all(later[0] - timedelta(days=1) == earlier[1] for later, earlier in pairwise(there))
