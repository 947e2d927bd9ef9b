"""A list as a pivot: every number is that of the list behind it, and hidden cells are in none."""

from __future__ import annotations

import csv
import html
import io
import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from app.engine.sheets import sheet_of
from tests.people import text

PIVOT = "/order/list?as=pivot"
CELL = re.compile(r'<td class="num"><a href="([^"]+)">([^<]+)</a></td>')


def cells(page) -> list[tuple[str, str]]:
    return [(html.unescape(url), shown) for url, shown in CELL.findall(page)]


def behind(person, url) -> str:
    """The count of the list that a cell leads to."""
    return re.search(r'aria-live="polite">([\d,]+)</span>', text(person, url))[1]


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("who", ["bj-admin", "bj-agent"])
def test_every_cell_and_total_is_the_count_of_the_list_behind_it(client, who):
    person = client(who)
    page = text(person, f"{PIVOT}&rows=state&across=starts_at:month")
    found = cells(page)
    assert len(found) > 8
    for url, shown in found:
        assert behind(person, url) == shown, url
    assert found[-1][1] == behind(person, "/order/list"), "the last one is everything one sees"


@pytest.mark.feature("STA-13")
def test_sums_and_averages_by_two_fields_add_up(client, kept):
    admin = client("bj-admin")
    page = text(admin, f"{PIVOT}&rows=district&then=service&measure=amount")
    total = kept('SELECT sum(amount), round(avg(amount), 2) FROM "order" WHERE tenant_id = 2')[0]
    last = cells(page)[-1]
    assert last[1] == f"¥{total[0]:,.2f}"
    lines = re.findall(r'<tr( class="sub")?>(.*?)</tr>', page.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    money = [(bool(sub), Decimal(re.search(r">¥([\d,.]+)<", line)[1].replace(",", ""))) for sub, line in lines if "¥" in line]
    assert sum(v for sub, v in money if sub) <= total[0]
    several = kept("""SELECT count(*) FROM (SELECT district FROM "order" WHERE tenant_id = 2 GROUP BY district
                      HAVING count(DISTINCT service_id) > 1) x""")[0][0]
    assert sum(v for sub, v in money if not sub) == total[0]
    assert len([1 for sub, _v in money if sub]) == several
    mean = text(admin, f"{PIVOT}&rows=state&measure=amount:avg")
    assert cells(mean)[-1][1] == f"¥{total[1]:,.2f}"
    told = admin.get(cells(page)[0][0].replace("/list?", "/totals?")).get_json()["sums"]["amount"]["sum"]
    assert told == cells(page)[0][1]


def test_what_one_may_not_read_is_neither_offered_nor_added(client, api, fresh_db, truth):
    agent, caller = client("bj-agent"), api("bj-agent")
    page = text(agent, f"{PIVOT}&rows=state&measure=unit_cost")
    assert "unit_cost" not in page.partition("way-form")[2].partition("</form>")[0]
    assert "¥" not in "".join(shown for _url, shown in cells(page))
    wrong = {"rows": "unit_cost"}, {"rows": "state", "measure": "cost"}, {"rows": "state", "across": "nonsense"}, {"measure": "amount:max"}
    for ask in wrong:
        caller.get("/api/v1/order/pivot", 403, **ask)
    admin = client("bj-admin")
    admin.look("/rights/?model=order")
    assert admin.post_form("/rights/", model="order", **{"cell:agent:finance": "0"}).status_code == 302
    caller.get("/api/v1/order/pivot", 403, rows="state", measure="amount")
    assert "amount" not in text(agent, f"{PIVOT}&measure=amount").partition("way-form")[2].partition("</form>")[0]


def test_a_field_hidden_on_some_rows_counts_only_the_others_and_its_totals_lead_to_them(client, api, fresh_db, truth):
    """In one state the agents may not read the district: those rows are in no number by district."""
    admin, agent = client("bj-admin"), client("bj-agent")
    admin.look("/rights/?model=order&state=done")
    put = admin.post_form("/rights/", model="order", **{"cell:agent:district@done": "0"})
    assert put.status_code == 302
    mine = "tenant_id = 2 AND owner_id = (SELECT id FROM staff WHERE username = 'bj-agent')"
    ((rows, done),) = truth(f'SELECT count(*), count(*) FILTER (WHERE state = \'done\') FROM "order" WHERE {mine}')
    assert done
    found = cells(text(agent, f"{PIVOT}&rows=district"))
    assert found[-1][1] == str(rows - done)
    for url, shown in found:
        assert behind(agent, url) == shown, url
    told = api("bj-agent").get("/api/v1/order/pivot", rows="district")
    assert told["count"] == rows - done == sum(c["count"] for c in told["result"])


def test_another_company_is_in_no_number(client, api, kept):
    told = api("sh-admin").get("/api/v1/order/pivot", rows="state,service", across="starts_at:month", measure="amount:avg")
    assert told["count"] == kept('SELECT count(*) FROM "order" WHERE tenant_id = 3')[0][0]
    assert told["value"] == str(kept('SELECT round(avg(amount), 2) FROM "order" WHERE tenant_id = 3')[0][0])
    assert all(set(c["keys"]) == {"state", "service", "starts_at:month"} for c in told["result"])
    assert all(c["labels"]["state"] != c["keys"]["state"] for c in told["result"])


def test_the_file_holds_the_same_numbers_and_is_noted(client, fresh_db, truth):
    admin, agent = client("bj-admin"), client("bj-agent")
    url = "?rows=state&across=district&measure=amount"
    answer = admin.get(f"/order/pivot.csv{url}")
    grid = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    total = truth('SELECT sum(amount) FROM "order" WHERE tenant_id = 2')[0][0]
    assert Decimal(grid[-1][-1]) == total
    book = sheet_of("x.xlsx", admin.get(f"/order/pivot.xlsx{url}").data)
    assert Decimal(book[-1][-1]) == total
    assert [line[0] for line in book] == [line[0] for line in grid]
    assert agent.get(f"/order/pivot.csv{url}").status_code == 403
    noted = truth("SELECT changes FROM audit_entry WHERE action = 'export' ORDER BY id DESC LIMIT 1")[0][0]
    assert noted["fields"] == ["state", "district", "amount"]


@pytest.mark.feature("STA-13")
def test_in_the_browser_fields_are_chosen_and_a_number_opens_its_list(page):
    look = page("bj-admin", "zh", 1366, 768)
    look.goto(PIVOT)
    look.select_option(".way-form select[name=rows]", "service")
    look.wait_for_url("**rows=service**")
    look.select_option(".way-form select[name=across]", "state")
    look.wait_for_url("**across=state**")
    number = look.locator(".pv tbody td a").first
    shown = number.inner_text()
    number.click()
    look.wait_for_url("**/order/list?**service=**")
    expect(look.locator(".list-head [aria-live]")).to_have_text(shown)
    phone = page("bj-manager", "zh", 360, 740)
    phone.goto(f"{PIVOT}&rows=service&across=state")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
