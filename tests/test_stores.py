"""A new store: its code in its numbers, its own prices, its people; and a partner agency that sees its jobs alone."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from app.engine.clock import local, now

pytestmark = pytest.mark.usefixtures("fresh_db")
SECRET = "Correct-Horse-7"


def soon(days: int = 3) -> str:
    return f"{local(now() + timedelta(days=days)):%Y-%m-%dT10:00}"


def opened(client, truth) -> tuple:
    """The administrator opens a store through the pages: code, place, one price, one agent."""
    admin = client("bj-admin", "en")
    admin.look("/store/add")
    sent = {"code": "BJ55", "name": "顺义店", "kind": "own", "city": "北京", "district": "顺义区"}
    assert admin.post_form("/store/add", **sent).status_code == 302
    ((store,),) = truth("SELECT id FROM store WHERE code = 'BJ55'")
    ((service, price),) = truth("SELECT id, price FROM service WHERE tenant_id = 2 AND code = 'BJ'")
    admin.look(f"/store/show/{store}")
    assert f"/store_price/add?shop={store}" in admin.get(f"/store/show/{store}").text
    admin.look(f"/store_price/add?shop={store}")
    assert admin.post_form("/store_price/add", shop=str(store), service=str(service), price="66.00").status_code == 302
    admin.look("/users/add")
    person = {"name": "顺义客服", "username": "bj55-agent", "language": "en", "roles": "agent", "roles_sent": "1", "password": SECRET}
    assert admin.post_form("/users/add", store=str(store), **person).status_code in (200, 302)
    assert price != 66
    return admin, store, service, price


@pytest.mark.feature("STO-02")
def test_a_new_store_has_its_numbers_its_prices_and_its_people(client, truth):
    admin, store, service, price = opened(client, truth)
    agent = client("bj55-agent", "en", SECRET)
    page = agent.look("/call/").text
    assert "¥66.00" in page
    assert agent.get(f"/call/price?service={service}&quantity=2&starts_at=").json["total"] == "¥132.00"
    assert client("bj-agent", "en").get(f"/call/price?service={service}&quantity=2&starts_at=").json["total"] == f"¥{price * 2:,.2f}"
    sent = {"phone": "14255551234", "name": "魏新客", "service": str(service), "starts_at": soon(), "quantity": "2"}
    assert agent.post_form("/call/", **sent).status_code == 302
    ((number, unit, amount, where, contact),) = truth(
        'SELECT o.number, o.unit_price, o.amount, o.store_id, o.contact FROM "order" o JOIN customer c ON c.id = o.customer_id '
        "WHERE c.name = '魏新客'"
    )
    assert number.startswith("DD-BJ55-")
    assert (str(unit), str(amount), where, contact) == ("66.00", "132.00", store, "魏新客")
    page = admin.get(f"/store/show/{store}").text
    assert "¥66.00" in page
    assert "顺义客服" in page
    other = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = 'ZL'")[0][0]
    api_price = agent.get(f"/call/price?service={other}&quantity=1&starts_at=").json["total"]
    assert api_price == f"¥{truth('SELECT price FROM service WHERE id = %s', other)[0][0]:,.2f}", "without its own price, the list's"


@pytest.mark.feature("STO-02")
def test_a_store_has_one_price_for_a_service_and_only_the_administrator_sets_it(client, api, truth):
    _admin, store, service, _price = opened(client, truth)
    admin, sent = api("bj-admin"), {"shop": store, "service": service, "price": "1.00"}
    assert "already has a price" in admin.post("/api/v1/store_price/", sent, 409)["message"]
    ((pk,),) = truth("SELECT id FROM store_price WHERE shop_id = %s", store)
    for user in ("bj-manager", "bj-agent", "bj-finance"):
        api(user).post("/api/v1/store_price/", sent, 403)
        api(user).put(f"/api/v1/store_price/{pk}", {"price": "1.00"}, 403)
    home = truth("SELECT store_id FROM staff WHERE username = 'bj-admin'")[0][0]
    admin.put(f"/api/v1/store_price/{pk}", {"shop": home}, 403)
    assert admin.put(f"/api/v1/store_price/{pk}", {"price": "70.00"})["result"]["price"] == "70.00"
    assert truth("SELECT store_id = shop_id FROM store_price WHERE id = %s", pk) == [(True,)]
    admin.put(f"/api/v1/store_price/{pk}", {"price": "-1.00"}, 409)


def sheet(answer) -> list:
    assert answer.status_code == 200
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


GIVEN = "SELECT o.id FROM \"order\" o JOIN store s ON s.id = o.given_id WHERE s.kind = 'partner' ORDER BY o.id"


@pytest.mark.feature("STO-08")
def test_a_partner_sees_only_the_jobs_given_to_it(client, api, truth):
    """By list, address, search, look-up, REST and export; with the name and the door, without money, numbers and customers."""
    mine = [pk for (pk,) in truth(GIVEN)]
    assert len(mine) > 3
    numbers = {n for (n,) in truth('SELECT number FROM "order" WHERE id = ANY(%s)', mine)}
    ((other, number, theirs),) = truth(
        'SELECT o.id, o.number, c.name FROM "order" o JOIN customer c ON c.id = o.customer_id WHERE o.tenant_id = 2 AND o.given_id IS NULL '
        'AND c.name NOT IN (SELECT contact FROM "order" WHERE given_id IS NOT NULL) ORDER BY o.id DESC LIMIT 1'
    )
    partner, caller = client("bj-partner", "en"), api("bj-partner")
    assert {r["id"] for r in caller.get("/api/v1/order/", size=200)["result"]} == set(mine)
    job = caller.get(f"/api/v1/order/{mine[0]}")["result"]
    ((name, address),) = truth(
        'SELECT c.name, c.address FROM customer c JOIN "order" o ON o.customer_id = c.id WHERE o.id = %s',
        mine[0],
    )
    assert (job["contact"], job["address"]) == (name, address)
    assert not {"customer", "unit_price", "amount", "cost", "unit_cost", "quantity"} & set(job)
    page = partner.get(f"/order/show/{mine[0]}").text
    assert name in page
    assert not re.search(r"(?<!\d)1(42|43|54)(\d{8}|\*{4}\d{4})(?!\d)", page), "no number, not even its end"
    assert "/customer/show/" not in page
    assert partner.get(f"/order/show/{other}").status_code == 404
    caller.get(f"/api/v1/order/{other}", 404)
    assert number not in partner.get("/order/list?size=200").text
    for word in (number, theirs):
        assert partner.get("/search", query_string={"q": word}, headers={"Accept": "application/json"}).json["groups"] == []
    assert partner.get("/order/lookup", query_string={"q": number}).json == []
    for table in ("customer", "receivable", "receipt", "contract", "store_price", "consent", "store"):
        assert partner.get(f"/{table}/list").status_code == 403, table
        caller.get(f"/api/v1/{table}/", 403)
    rows = sheet(partner.get("/order/export.xlsx"))
    assert {r[rows[0].index("Order no.")] for r in rows[1:]} == numbers
    cells = {str(c) for r in rows for c in r}
    assert theirs not in cells
    assert not {"Amount", "Unit price"} & set(rows[0])
    assert {r[rows[0].index("Customer")] for r in rows[1:]} == {""}, "the customer's own record is not theirs"
    visits = truth("SELECT count(*) FROM visit WHERE order_id = ANY(%s)", mine)[0][0]
    assert caller.get("/api/v1/visit/")["count"] == visits > 0
    workers = {r["name"] for r in caller.get("/api/v1/worker/")["result"]}
    assert workers == {"孙惠芳", "周国强"}


@pytest.mark.feature("STO-08")
def test_a_job_is_given_and_done_by_the_partner(client, api, truth):
    """Whoever may change the order gives it; the partner finds it, sends one of its own carers, and cannot pass it on."""
    ((agency,),) = truth("SELECT id FROM store WHERE kind = 'partner'")
    agent, dispatcher, partner = api("bj-agent"), api("bj-dispatch"), api("bj-partner")
    customer = agent.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = 'BJ'")[0][0]
    order = agent.post("/api/v1/order/", {"customer": customer, "service": service, "starts_at": soon(5)})["result"]["id"]
    url = f"/api/v1/order/{order}"
    partner.get(url, 404)
    agent.put(url, {"given": agency}, 403)
    dispatcher.put(url, {"given": agency})
    assert partner.get(url)["result"]["id"] == order
    assert dispatcher.get(url)["result"]["id"] == order, "who gave it still sees it"
    partner.put(url, {"given": None})
    assert truth('SELECT given_id FROM "order" WHERE id = %s', order) == [(agency,)]
    partner.put(url, {"special": "x"}, 403)
    found = client("bj-partner").get(f"/board/candidates/{order}", headers={"Accept": "application/json"}).json["result"]
    assert {c["name"] for c in found} == {"孙惠芳", "周国强"}
    home = truth("SELECT w.id FROM worker w JOIN store s ON s.id = w.store_id WHERE s.code = 'BJ01' ORDER BY w.id LIMIT 1")[0][0]
    partner.call("POST", f"{url}/assign", 422, json={"worker": home})
    assert partner.post(f"{url}/assign", {"worker": found[0]["worker"]})["result"]["state"] == "assigned"
    visit = partner.get("/api/v1/visit/", order=order)["result"][0]
    assert partner.post(f"/api/v1/visit/{visit['id']}/accept")["result"]["state"] == "accepted"
    dispatcher.put(url, {"given": None}, 409)
    assert api("sh-admin").get("/api/v1/order/", given=agency)["result"] == []


def test_the_reach_given_is_only_for_what_is_given(client, api, truth):
    admin = client("bj-admin")
    admin.look("/rights/?model=customer")
    assert admin.post_form("/rights/", model="customer", **{"cell:partner:reach": "given"}).status_code == 400
    truth(
        "INSERT INTO scope (tenant_id, version, role, model, reach, created_at, changed_at) "
        "VALUES (2, 1, 'partner', 'Customer', 'given', now(), now())"
    )
    truth(
        'INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at) '
        "VALUES (2, 1, 'partner', 'Customer', 'basic', 2, now(), now())"
    )
    truth("UPDATE stamp SET changes = changes + 1")
    assert api("bj-partner").get("/api/v1/customer/")["result"] == []
