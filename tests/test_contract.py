"""Contracts: from draft to their end, their words a right of their own that a click on the matrix gives and takes."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("fresh_db")
DRAFT = "SELECT min(id) FROM contract WHERE tenant_id = 2 AND state = 'draft'"
ACTIVE = "SELECT c.id, c.terms FROM contract c JOIN customer k ON k.id = c.customer_id WHERE k.name = '王秀兰' AND c.tenant_id = 2"


def a_contract(caller, **more) -> dict:
    customer = caller.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = caller.get("/api/v1/service/", size=1)["result"][0]["id"]
    sent = {"customer": customer, "service": service, "starts_on": "2027-01-01", "ends_on": "2027-12-31", "monthly": "3000.00"}
    return caller.post("/api/v1/contract/", sent | more)["result"]


def put(person, **cells):
    person.look("/rights/?model=contract")
    return person.post_form("/rights/", model="contract", **{f"cell:{k.replace('__', ':', 1)}": v for k, v in cells.items()})


@pytest.mark.feature("CON-01")
def test_a_contract_goes_from_draft_to_its_end(api, truth):
    """It is numbered, belongs to whom the customer belongs to, and is in force only when written and signed."""
    agent, manager = api("bj-agent"), api("bj-manager")
    made = a_contract(agent)
    assert made["number"].startswith("HT-BJ01-")
    assert made["state"] == "draft"
    url = f"/api/v1/contract/{made['id']}"
    agent.post(f"{url}/activate", status=409)
    agent.put(url, {"terms": "每周两次", "signed_on": "2026-12-30"})
    assert agent.post(f"{url}/activate")["result"]["state"] == "active"
    agent.put(url, {"monthly": "1.00"}, 403)
    agent.put(url, {"ends_on": "2028-01-01"}, 409)
    assert agent.put(url, {"total": "36000.00"})["result"]["total"] == "36000.00", "what is still empty may be added"
    agent.put(url, {"total": "1.00"}, 403)
    agent.post(f"{url}/terminate", {"reason": "x"}, 403)
    manager.post(f"{url}/terminate", {}, 422)
    assert manager.post(f"{url}/terminate", {"reason": "客户搬走"})["result"]["reason"] == "客户搬走"
    manager.put(url, {"terms": "改"}, 409)
    manager.post(f"{url}/end", status=409)
    a_contract_refused = {"starts_on": "2027-02-01", "ends_on": "2027-01-01"}
    with pytest.raises(AssertionError, match="422"):
        a_contract(agent, **a_contract_refused)
    assert truth("SELECT count(*) FROM contract WHERE ends_on < starts_on") == [(0,)]


@pytest.mark.feature("PER-07")
def test_in_force_the_terms_are_read_until_the_administrator_opens_them_there(client, api, truth):
    (pk, terms), = truth(ACTIVE)
    url, draft = f"/api/v1/contract/{pk}", truth(DRAFT)[0][0]
    manager, caller = client("bj-manager"), api("bj-manager")
    assert terms in manager.get(f"/contract/show/{pk}").text
    assert 'name="terms"' not in manager.get(f"/contract/edit/{pk}").text
    assert 'name="terms"' in manager.get(f"/contract/edit/{draft}").text
    caller.put(url, {"terms": "改一改"}, 403)
    manager.look(f"/contract/show/{pk}")
    assert manager.post_form(f"/contract/edit/{pk}", terms="改一改").status_code == 403
    caller.put(f"/api/v1/contract/{draft}", {"terms": "改一改"})
    assert truth("SELECT terms FROM contract WHERE id = %s", pk) == [(terms,)]
    admin = client("bj-admin", "zh")
    assert "terms@active" in admin.get("/rights/?model=contract&state=active").text
    assert put(admin, **{"manager__terms@active": "4"}).status_code == 302
    caller.put(url, {"terms": "改一改"})
    assert truth("SELECT terms FROM contract WHERE id = %s", pk) == [("改一改",)]


@pytest.mark.feature("PER-04")
def test_finance_without_the_terms_meets_them_on_no_way(client, api, truth):
    (pk, terms), = truth(ACTIVE)
    finance, caller = client("bj-finance"), api("bj-finance")
    assert caller.get(f"/api/v1/contract/{pk}")["result"]["terms"] == terms
    caller.put(f"/api/v1/contract/{pk}", {"terms": "x"}, 403)
    assert put(client("bj-admin"), finance__terms="0").status_code == 302
    assert "terms" not in caller.get(f"/api/v1/contract/{pk}")["result"]
    assert caller.get(f"/api/v1/contract/{pk}")["result"]["monthly"] == "2160.00"
    for url in (f"/contract/show/{pk}", "/contract/list", f"/contract/edit/{pk}"):
        assert terms not in finance.get(url).text
    caller.get("/api/v1/contract/", 403, **{"terms.ct": terms[:4]})
    assert finance.get("/contract/list", query_string={"terms.ct": terms[:4]}).status_code == 403


def test_the_customers_page_lists_its_contracts(client, truth):
    ((customer, number),) = truth(
        "SELECT k.id, c.number FROM contract c JOIN customer k ON k.id = c.customer_id WHERE k.name = '王秀兰' AND c.tenant_id = 2"
    )
    assert number in client("bj-agent").get(f"/customer/show/{customer}").text
    assert number not in client("bj-dispatch").get(f"/customer/show/{customer}").text
