"""The board: its figures and bars equal the lists behind them, within what its reader may see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.engine.clock import today
from tests.test_home import check_tiles, count_behind, sum_behind, tiles

LEADS = ("bj-manager", "bj-admin", "bj-finance", "hq", "sh-admin")


def chart(person, index: int) -> dict:
    answer = person.get(f"/dashboard/chart/{index}")
    assert answer.status_code == 200
    return answer.json


@pytest.mark.feature("PER-08")
@pytest.mark.parametrize("who", LEADS)
def test_todays_figures_are_what_the_lists_hold(client, api, who):
    person = client(who)
    page = person.get("/dashboard/")
    assert page.status_code == 200
    check_tiles(tiles(page.text), person, api(who))
    assert page.text.count("data-chart=") == 6


@pytest.mark.feature("STA-04")
@pytest.mark.parametrize("index", range(4))
def test_each_bar_counts_the_list_behind_it(client, index):
    person = client("bj-admin")
    found = chart(person, index)["rows"]
    assert found
    for bar in found:
        assert bar["value"] == count_behind(person, bar["url"]), bar


@pytest.mark.parametrize("index", [4, 5])
def test_each_month_adds_up_the_list_behind_it(client, api, index):
    person, caller = client("bj-admin"), api("bj-admin")
    found = chart(person, index)["rows"]
    assert 1 < len(found) <= 24
    for bar in found:
        assert bar["value"] == pytest.approx(float(sum_behind(caller, bar["url"], "amount"))), bar


@pytest.mark.feature("STA-04")
def test_the_sums_of_the_bars_are_all_the_orders(client):
    person = client("bj-admin")
    everything = count_behind(person, "/order/list")
    for index in (1, 2, 3):
        assert sum(bar["value"] for bar in chart(person, index)["rows"]) == everything
    since = today() - timedelta(days=29)
    assert sum(bar["value"] for bar in chart(person, 0)["rows"]) == count_behind(person, f"/order/list?created_at.ge={since}")


def test_head_office_has_the_sum_of_its_franchises(client):
    total = lambda who: sum(bar["value"] for bar in chart(client(who), 1)["rows"])  # noqa: E731
    assert total("hq") == total("bj-admin") + total("sh-admin")


def test_a_store_manager_has_no_more_than_the_store(client):
    total = lambda who: sum(bar["value"] for bar in chart(client(who), 1)["rows"])  # noqa: E731
    assert 0 < total("bj-manager") < total("bj-admin")


@pytest.mark.parametrize("who", ["bj-agent", "bj-dispatch", "sh-agent"])
def test_it_is_closed_to_those_who_lead_nothing(client, who):
    person = client(who)
    for path in ("/dashboard/", "/dashboard/chart/0", "/dashboard/chart/5"):
        assert person.get(path).status_code == 403
    assert 'href="/dashboard/"' not in person.get("/").text


def test_no_such_chart(client):
    assert client("bj-admin").get("/dashboard/chart/6").status_code == 404


def test_it_asks_the_database_little(client, count_queries):
    person = client("bj-admin")
    with count_queries() as sent:
        assert person.get("/dashboard/").status_code == 200
    assert sent.count <= 10
