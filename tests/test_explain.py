"""A number explains itself: its formula, the rows behind it, who changed what, and the way on; to nobody more than is theirs."""

from __future__ import annotations

import re
from decimal import Decimal

from tests.delivering import deliver
from tests.test_hours import card, slip_of, worked  # noqa: F401
from tests.test_portal import visit  # noqa: F401

JSON = {"Accept": "application/json"}


def told(person, table: str, pk: int, name: str, status: int = 200) -> dict:
    answer = person.get(f"/explain/{table}/{pk}/{name}", headers=JSON)
    assert answer.status_code == status, answer.text[:300]
    return answer.json["result"] if status == 200 else {}


def money(text: str) -> Decimal:
    return Decimal(re.sub(r"[¥,]", "", text.replace("−", "-")) or "0")


def test_a_balance_is_the_sum_of_the_rows_that_are_shown(app, client, api, visit, card):  # noqa: F811
    made = card("40")
    worked(api, client, visit, 3.5)
    boss = client("bj-manager", "en")
    found = told(boss, "hour_card", made["id"], "balance")
    assert [(p["label"], p["value"]) for p in found["parts"]] == [("Sold", "40"), ("Used", "-3.5")]
    assert sum(Decimal(p["value"]) for p in found["parts"]) == Decimal(found["total"]) == Decimal("36.5")
    page = boss.get(f"/hour_card/show/{made['id']}").text
    assert f'href="/explain/hour_card/{made["id"]}/balance"' in page
    there = boss.get(f"/explain/hour_card/{made['id']}/balance").text
    assert "Hours left = the sum of the card" in there and found["parts"][1]["url"] in there
    assert boss.get(f"/explain/hour_card/{made['id']}/level").status_code == 404


def test_pay_leads_to_slip_order_and_receipt_and_each_of_them_back(app, client, api, visit, card):  # noqa: F811
    card("40")
    worked(api, client, visit, 3.5)
    deliver(app)
    line = api("bj-finance").post("/api/v1/pay_line/", {"visit": visit["id"]}, 201)["result"]
    finance = client("bj-finance", "en")
    found = told(finance, "pay_line", line["id"], "amount")
    assert "3.5 h ×" in found["parts"][0]["why"] and money(found["parts"][0]["value"]) == Decimal(line["amount"]) == money(found["total"])
    slip = slip_of(app, visit["id"]).id
    assert found["parts"][0]["url"] == f"/slip/show/{slip}"
    ways = {b["url"].split("/")[1]: b for b in found["beside"]}
    assert {"order", "visit", "slip", "receivable", "receipt", "hour_line"} <= set(ways)
    for table in ("order", "receivable", "receipt", "slip", "hour_line"):
        back = finance.get(ways[table]["explain"], headers=JSON)
        assert back.status_code == 200, ways[table]
        assert any(b["url"] == f"/pay_line/show/{line['id']}" for b in back.json["result"]["beside"]), f"{table} leads back"


def test_what_an_order_comes_to_and_who_changed_it(client, api, visit):  # noqa: F811
    boss = client("bj-manager", "en")
    order = api("bj-manager").get(f"/api/v1/order/{visit['order']}")["result"]
    found = told(boss, "order", order["id"], "amount")
    assert sum(money(p["value"]) for p in found["parts"]) == money(found["total"]) == Decimal(order["amount"])
    assert "×" in found["parts"][0]["why"] and found["changes"], "who made it stands there"


def test_nobody_is_told_more_than_is_theirs(app, client, api, visit, card):  # noqa: F811
    made = card("40")
    worked(api, client, visit, 3.5)
    line = api("bj-finance").post("/api/v1/pay_line/", {"visit": visit["id"]}, 201)["result"]
    told(client("bj-agent", "en"), "pay_line", line["id"], "amount", 403)
    told(client("sh-admin", "en"), "hour_card", made["id"], "balance", 404)
    told(client("bj-dispatch", "en"), "order", visit["order"], "amount", 403)
    answer = client().get(f"/explain/hour_card/{made['id']}/balance")
    assert answer.status_code == 302, "who is not signed in is sent to sign in"
    found = told(client("bj-agent", "en"), "hour_card", made["id"], "balance")
    assert "pay_line" not in str(found)
    slip = told(client("bj-agent", "en"), "slip", slip_of(app, visit["id"]).id, "signed")
    assert not any("/pay_line/" in b["url"] for b in slip["beside"]), "pay is not an agent's to know"
