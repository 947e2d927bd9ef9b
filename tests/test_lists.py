"""Lists as their address has them: columns, groups, sums, a row beside the list, a cell changed in place."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tests.people import text


def heads(page):
    return re.findall(r'<th scope="col" data-name="(\w+)"', page)


def test_columns_come_in_the_order_of_the_address_and_only_those_one_may_see(client):
    admin, agent = client("bj-admin"), client("bj-agent")
    url = "/order/list?cols=state:120,number,unit_cost,nonsense"
    assert heads(text(admin, url)) == ["state", "number", "unit_cost"]
    assert heads(text(agent, url)) == ["state", "number"], "cost is not the agent's, whatever the address says"
    assert '<col width="120">' in text(admin, url)


def test_the_panel_offers_what_one_may_see(client):
    offered = client("bj-agent").get("/order/columns").get_json()
    names = {f["name"] for f in offered["fields"]}
    assert {"number", "state", "customer"} <= names
    assert "unit_cost" not in names
    assert "starts_at:month" in dict(offered["groups"])


def test_rows_in_groups_add_up_to_what_stands_behind_each(client, truth):
    admin = client("bj-admin")
    page = text(admin, "/order/list?group=district&cols=number,amount")
    found = re.findall(r'<a href="([^"]+)">([^<]+)</a> <span class="cnt">([\d,]+)</span></th><td class="[^"]*">([^<]*)</td>', page)
    kept = dict(truth('SELECT district, sum(amount) FROM "order" WHERE tenant_id = 2 GROUP BY district'))
    assert len(found) == len(kept) > 2
    for url, district, count, total in found:
        assert Decimal(total.replace("¥", "").replace(",", "")) == kept[district]
        behind = text(admin, url.replace("&amp;", "&"))
        assert re.search(rf'<caption class="visually-hidden">[^<]*, {count}</caption>', behind), district
    rows = re.search(r'data-group="([^"]+)"', page).group(1).replace("&amp;", "&")
    lines = text(admin, rows)
    assert "<html" not in lines
    assert lines.count("row-link") == min(25, int(found[0][2].replace(",", "")))


def test_groups_by_month_and_by_a_linked_record_have_words(client):
    admin = client("bj-admin", "en")
    assert re.search(r">20\d\d-\d\d</a> <span class=\"cnt\">", text(admin, "/order/list?group=starts_at:month"))
    assert "Hospital carer, 12 h</a> <span" in text(admin, "/order/list?group=service")


def test_nobody_groups_by_what_is_hidden(client):
    assert 'class="grp"' not in text(client("bj-agent"), "/order/list?group=unit_cost")


def test_sums_are_of_every_row_one_may_read_not_of_the_page(client, truth):
    admin, agent = client("bj-admin"), client("bj-agent")
    everything = truth('SELECT sum(amount) FROM "order" WHERE tenant_id = 2')[0][0]
    mine = truth("SELECT sum(amount) FROM \"order\" WHERE tenant_id = 2 AND owner_id = (SELECT id FROM staff WHERE username = 'bj-agent')")
    told = lambda person, more="": person.get(f"/order/totals?{more}").get_json()["sums"]  # noqa: E731
    assert told(admin)["amount"]["sum"] == f"¥{everything:,.2f}"
    assert told(agent)["amount"]["sum"] == f"¥{mine[0][0]:,.2f}"
    assert "unit_cost" not in told(agent, "cols=number,unit_cost,amount")
    assert told(admin, "amount.gt=99999999")["amount"]["sum"] == ""


def test_the_preview_shows_what_the_page_shows(client, truth):
    agent = client("bj-agent")
    mine, theirs = (
        truth(f'SELECT id, number FROM "order" WHERE owner_id {sign} (SELECT id FROM staff WHERE username = %s)', "bj-agent")[0]
        for sign in ("=", "<>")
    )
    shown = text(agent, f"/order/peek/{mine[0]}")
    assert mine[1] in shown
    assert "单位成本" not in shown
    assert agent.get(f"/order/peek/{theirs[0]}").status_code == 404


def test_one_cell_is_changed_in_place_under_the_same_rights(client, truth):
    agent, finance = client("bj-agent"), client("bj-finance")
    pk, version, number = truth(
        "SELECT id, version, number FROM \"order\" WHERE tenant_id = 2 AND state = 'placed' AND owner_id = "
        "(SELECT id FROM staff WHERE username = 'bj-agent') ORDER BY id DESC"
    )[0]
    url = f"/order/cell/{pk}/special"
    assert 'name="special"' in text(agent, url)
    answer = agent.post_form(url, special="请带两双鞋套", version=str(version))
    assert answer.status_code == 200
    assert "请带两双鞋套" in answer.get_json()["html"]
    assert truth('SELECT special, version FROM "order" WHERE id = %s', pk)[0] == ("请带两双鞋套", version + 1)
    late = agent.post_form(url, special="不同的话", version=str(version))
    assert late.status_code == 409, "the second writer loses"
    assert truth('SELECT special FROM "order" WHERE id = %s', pk)[0][0] == "请带两双鞋套"
    assert finance.get(f"/order/cell/{pk}/special").status_code == 403
    assert finance.post_form(url, special="x", version=str(version + 1)).status_code == 403
    assert agent.get(f"/order/cell/{pk}/unit_cost").status_code == 403
    assert agent.post_form(f"/order/cell/{pk}/district", district="x" * 500, version=str(version + 1)).status_code == 400
    assert truth('SELECT number FROM "order" WHERE id = %s', pk)[0][0] == number


@pytest.mark.parametrize("url", ["/order/list?cols=number,amount", "/customer/list"])
def test_a_look_costs_no_more_questions(client, count_queries, url):
    person = client("bj-admin")
    text(person, url)
    with count_queries() as sent:
        text(person, url)
    assert len(sent) <= 4, "\n".join(sent)


def test_a_grouped_list_asks_little(client, count_queries):
    person = client("bj-admin")
    text(person, "/order/list?group=service")
    with count_queries() as sent:
        text(person, "/order/list?group=service")
    assert len(sent) <= 6, "\n".join(sent)
