"""Finance may add an amount once and never change it, acts on fees alone, and sees what the administrator sets."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.usefixtures("fresh_db")


def put(admin, model: str, **cells) -> None:
    admin.look(f"/rights/?model={model}")
    sent = {f"cell:{k.replace('__', ':', 1)}": v for k, v in cells.items()}
    assert admin.post_form("/rights/", model=model, **sent).status_code == 302


@pytest.fixture
def fills(client, truth):
    """The administrator lets finance fill in the price of an order. One that was just placed has none yet."""
    put(client("bj-admin"), "order", finance__unit_price="3")
    placed = "SELECT min(id) FROM \"order\" WHERE tenant_id = 2 AND state = 'placed'"
    ((pk,),) = truth(f'UPDATE "order" SET unit_price = NULL WHERE id = ({placed}) RETURNING id')
    return pk


@pytest.mark.feature("PER-05")
def test_an_amount_is_added_once_and_never_changed(client, api, truth, fills):
    """By page first; then neither by page, by REST nor by clearing it can it be changed."""
    finance, caller = client("bj-finance", "en"), api("bj-finance")
    assert 'name="unit_price"' in finance.look(f"/order/edit/{fills}").text
    version = truth('SELECT version FROM "order" WHERE id = %s', fills)[0][0]
    assert finance.post_form(f"/order/edit/{fills}", unit_price="35.50", version=version).status_code == 302
    price = 'SELECT unit_price FROM "order" WHERE id = %s'
    assert str(truth(price, fills)[0][0]) == "35.50"
    assert 'name="unit_price"' not in finance.look(f"/order/edit/{fills}").text, "there is no input any more"
    for value in ("40", "", "35.51"):
        answer = finance.post_form(f"/order/edit/{fills}", unit_price=value, version=version + 1)
        assert answer.status_code == 403
        assert "filled in once" in answer.text
    for value in ("40.00", None):
        refused = caller.call("PUT", f"/api/v1/order/{fills}", 403, json={"unit_price": value})
        assert "filled in once" in refused["message"]
    caller.call("DELETE", f"/api/v1/order/{fills}", 403)
    assert str(truth(price, fills)[0][0]) == "35.50"


@pytest.mark.feature("PER-05")
def test_a_receipt_is_never_changed_by_any_way(client, api, truth):
    receivable = api("bj-finance").get("/api/v1/receivable/", **{"arrears.gt": "1", "size": 1})["result"][0]
    made = api("bj-finance").post("/api/v1/receipt/", {"receivable": receivable["id"], "amount": "1.00", "method": "cash"})["result"]
    finance = client("bj-finance")
    finance.look(f"/receipt/show/{made['id']}")
    for url, sent in (("edit", {"amount": "9.00"}), ("delete", {})):
        assert finance.post_form(f"/receipt/{url}/{made['id']}", **sent).status_code == 403
    api("bj-finance").call("PUT", f"/api/v1/receipt/{made['id']}", 403, json={"amount": "9.00"})
    api("bj-admin").call("PUT", f"/api/v1/receipt/{made['id']}", 403, json={"amount": "9.00"})
    assert [str(a) for (a,) in truth("SELECT amount FROM receipt WHERE id = %s", made["id"])] == ["1.00"]


@pytest.mark.feature("PER-06")
@pytest.mark.feature("PER-07")
def test_finance_acts_on_fees_alone_until_one_cell_of_the_matrix_says_otherwise(client, api, truth, fills):
    finance, caller = client("bj-finance", "en"), api("bj-finance")
    inputs = finance.look(f"/order/edit/{fills}").text
    for field in ("customer", "service", "starts_at", "district", "address", "door", "special", "unit_cost"):
        assert f'name="{field}"' not in inputs, field
    caller.call("PUT", f"/api/v1/order/{fills}", 403, json={"district": "东城区"})
    put(client("bj-admin"), "order", finance__special="4")
    assert 'name="special"' in finance.look(f"/order/edit/{fills}").text, "at the next click"
    caller.put(f"/api/v1/order/{fills}", {"special": "对方要发票"})
    assert "对方要发票" in finance.get(f"/order/show/{fills}").text
    put(client("bj-admin"), "order", finance__special="0")
    assert "对方要发票" not in finance.get(f"/order/show/{fills}").text
    assert "special" not in caller.get(f"/api/v1/order/{fills}")["result"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(finance.get("/order/export.xlsx").data)).get_sheet_by_index(0).to_python()
    assert "Special wishes" not in rows[0]


@pytest.mark.feature("PER-03")
def test_an_agent_never_meets_the_customers_of_another(client, api, truth):
    """Not in the list, the search, the lookup, a chart, an export, a guessed address, or behind an order."""
    put(client("bj-admin"), "customer", **{"agent__can:export": "4"})
    put(client("bj-admin"), "order", **{"agent__can:export": "4"})
    theirs = truth(
        "SELECT c.id, c.name FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent2' AND c.name NOT IN "
        "(SELECT m.name FROM customer m JOIN staff t ON t.id = m.owner_id WHERE t.username = 'bj-agent') ORDER BY c.id"
    )
    person, caller = client("bj-agent", "en"), api("bj-agent")
    pk, name = theirs[0]
    assert [r for r in caller.get("/api/v1/customer/", q=name)["result"] if r["name"] == name] == []
    assert f"/customer/show/{pk}" not in person.get("/customer/list", query_string={"q": name}).text
    assert f"/customer/show/{pk}" not in person.get("/search", query_string={"q": name}).text
    assert person.get("/customer/lookup", query_string={"q": name}).json == []
    assert person.get(f"/customer/show/{pk}").status_code == 404
    assert person.get(f"/customer/edit/{pk}").status_code == 404
    caller.get(f"/api/v1/customer/{pk}", 404)
    assert caller.get("/api/v1/order/", customer=pk)["result"] == []
    mine = truth("SELECT count(*) FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent'")[0][0]
    for table in ("customer", "order"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(person.get(f"/{table}/export.xlsx").data)).get_sheet_by_index(0)
        cells = {str(c) for row in book.to_python() for c in row}
        assert not cells & {n for _pk, n in theirs}, table
        if table == "customer":
            assert len(book.to_python()) == mine + 1
    chart = person.get("/order/chart/0").json
    total = truth("SELECT count(*) FROM \"order\" o JOIN staff s ON s.id = o.owner_id WHERE s.username = 'bj-agent'")[0][0]
    assert sum(r["value"] for r in chart["rows"]) <= total
