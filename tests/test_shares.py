"""Sharing a part of one record: it appears, it is only that part on every way, and withdrawal acts at once."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from app.engine.clock import now, today

pytestmark = pytest.mark.usefixtures("fresh_db")


def number(truth, username: str) -> int:
    return truth("SELECT id FROM staff WHERE username = %s", username)[0][0]


def a_customer(api, user: str = "bj-agent", **more) -> dict:
    return api(user).get("/api/v1/customer/", size=1, **more)["result"][0]


def give(person, pk: int, to, *targets: str, **more):
    person.look(f"/customer/show/{pk}")
    data = {"csrf_token": person.token, "to": str(to), "targets": list(targets), **more}
    return person.post(f"/customer/shares/{pk}", data=data, headers={"Accept": "application/json"})


@pytest.mark.feature("CUS-07")
def test_a_share_appears_and_its_withdrawal_acts_at_once(client, api, truth):
    mine, colleague, caller = client("bj-agent"), client("bj-agent2", "zh"), api("bj-agent2")
    customer = a_customer(api)
    pk, name = customer["id"], customer["name"]
    caller.get(f"/api/v1/customer/{pk}", 404)
    made = give(mine, pk, number(truth, "bj-agent2"), "basic")
    assert made.status_code == 201
    assert name in colleague.get("/shared/").text
    assert name in colleague.get("/customer/list", query_string={"q": name}).text
    assert colleague.get(f"/customer/show/{pk}").status_code == 200
    assert "共享" in mine.get(f"/customer/show/{pk}").text or "Sharing" in mine.get(f"/customer/show/{pk}").text
    mine.look(f"/customer/show/{pk}")
    mine.post_form(f"/customer/share/{pk}/{made.json['result'][0]['id']}/withdraw")
    caller.get(f"/api/v1/customer/{pk}", 404)
    assert name not in colleague.get("/shared/").text
    history = mine.get(f"/customer/show/{pk}").text
    assert "shared with" in history or "共享给" in history


@pytest.mark.feature("CUS-08")
@pytest.mark.feature("PER-10")
@pytest.mark.feature("PRV-07")
def test_two_colleagues_manage_different_parts_and_receive_nothing_else(client, api, truth):
    """One gets the care notes to write, another only names to read; neither the phone, by page, REST or export."""
    truth("UPDATE staff SET roles = '{agent}' WHERE username IN ('bj-agent2', 'bj-dispatch')")
    truth(
        'INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at) '
        "VALUES (2, 1, 'agent', 'Customer', 'can:export', 4, now(), now()) ON CONFLICT DO NOTHING"
    )
    truth("UPDATE stamp SET changes = changes + 1")
    mine = client("bj-agent")
    customer = a_customer(api)
    pk = customer["id"]
    assert give(mine, pk, number(truth, "bj-agent2"), "habits", level="write").status_code == 201
    assert give(mine, pk, number(truth, "bj-dispatch"), "name", level="read").status_code == 201
    writer, reader = api("bj-agent2"), api("bj-dispatch")
    assert writer.put(f"/api/v1/customer/{pk}", {"habits": "早上六点吃药"})["result"] == {
        "id": pk, "version": customer["version"] + 1, "habits": "早上六点吃药",
    }  # fmt: skip
    writer.put(f"/api/v1/customer/{pk}", {"name": "别的"}, 403)
    assert reader.get(f"/api/v1/customer/{pk}")["result"] == {"id": pk, "version": customer["version"] + 1, "name": customer["name"]}
    reader.put(f"/api/v1/customer/{pk}", {"name": "别的"}, 403)
    reader.put(f"/api/v1/customer/{pk}", {"habits": "x"}, 403)
    for user in ("bj-agent2", "bj-dispatch"):
        person = client(user)
        page = person.get(f"/customer/show/{pk}").text
        assert customer["phone"] not in page
        assert customer["address"] not in page
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(person.get("/customer/export.xlsx").data)).get_sheet_by_index(0)
        cells = [str(c) for row in sheet.to_python() for c in row]
        assert any(customer["name"] in c for c in cells) == (user == "bj-dispatch")
        assert not any(customer["phone"][-8:] in c or customer["address"] in c for c in cells)
        assert person.get("/customer/list", query_string={"address.ct": customer["address"]}).text.count(f"/customer/show/{pk}") == 0
    assert customer["name"] not in client("bj-agent2").get(f"/customer/show/{pk}").text


def test_a_share_ends_by_itself(client, api, truth):
    mine, pk = client("bj-agent"), a_customer(api)["id"]
    assert give(mine, pk, number(truth, "bj-agent2"), "basic", until=str(today() - timedelta(days=1))).status_code == 400
    assert give(mine, pk, number(truth, "bj-agent2"), "basic", hours="2").status_code == 201
    api("bj-agent2").get(f"/api/v1/customer/{pk}", 200)
    truth("UPDATE share SET until = %s", now() - timedelta(seconds=1))
    api("bj-agent2").get(f"/api/v1/customer/{pk}", 404)


def test_everybody_of_a_role_gets_it(client, api, truth):
    pk = a_customer(api)["id"]
    assert give(client("bj-agent"), pk, "role:agent", "basic").status_code == 201
    api("bj-agent2").get(f"/api/v1/customer/{pk}", 200)
    api("sh-agent").get(f"/api/v1/customer/{pk}", 404)


def test_nobody_shares_what_they_do_not_hold(client, api, truth):
    """Not others' records, not more than their level, not through a share of their own, and only with colleagues."""
    mine, other = client("bj-agent"), client("bj-agent2")
    pk, helper = a_customer(api)["id"], number(truth, "bj-agent2")
    assert give(other, pk, number(truth, "bj-dispatch"), "basic").status_code == 404
    assert give(mine, pk, helper, "cost").status_code == 403
    assert give(mine, pk, helper, "id_number", level="read").status_code == 403  # he sees it masked
    assert give(mine, pk, helper, "store", level="write").status_code == 201  # capped: nobody writes it
    assert give(mine, pk, number(truth, "sh-agent"), "basic").status_code == 400
    assert give(mine, pk, number(truth, "bj-agent"), "basic").status_code == 400
    assert give(mine, pk, "role:nobody", "basic").status_code == 400
    assert give(mine, pk, helper, "nonsense").status_code == 403
    assert give(mine, pk, helper, "basic", level="own").status_code == 400
    assert give(mine, pk, helper, "basic", level="read").status_code == 201
    third = number(truth, "bj-dispatch")
    assert give(other, pk, third, "basic").status_code == 403, "what was shared with him is not his to share on"
    truth("UPDATE \"grant\" SET level = 0 WHERE role = 'agent' AND model = 'Customer' AND target = 'can:share'")
    truth("UPDATE stamp SET changes = changes + 1")
    assert give(mine, pk, third, "basic").status_code == 403


def test_a_group_with_a_hidden_field_is_shared_without_it(client, api, truth):
    """The manager holds the whole group 'private'; the agent holds parts of it, and shares those parts alone."""
    pk = a_customer(api)["id"]
    made = give(client("bj-agent"), pk, number(truth, "bj-agent2"), "private")
    shared = {s["target"] for s in made.json["result"]}
    assert "private" not in shared
    assert "phone" in shared
    assert "id_number" not in shared
    assert "id_number" not in api("bj-agent2").get(f"/api/v1/customer/{pk}")["result"]


def test_sharing_by_rest(api, truth):
    mine, pk = api("bj-agent"), a_customer(api)["id"]
    helper = number(truth, "bj-agent2")
    made = mine.post(f"/api/v1/customer/{pk}/shares", {"to": str(helper), "targets": ["basic"], "level": "read"}, 201)["result"][0]
    assert (made["part"], made["level"]) == ("Basic", "read")
    assert [s["id"] for s in mine.get(f"/api/v1/customer/{pk}/shares")["result"]] == [made["id"]]
    api("bj-agent2").delete(f"/api/v1/customer/{pk}/shares/{made['id']}", 403)
    mine.delete(f"/api/v1/customer/{pk}/shares/{made['id']}")
    api("bj-agent2").get(f"/api/v1/customer/{pk}", 404)


def test_sharing_names_no_colleague_whom_one_may_not_know(client, api, truth):
    """The manager knows the people of the store; others are offered to nobody there, and named by their number alone."""
    ((far, name),) = truth(
        "SELECT id, name FROM staff WHERE tenant_id = 2 AND store_id <> (SELECT store_id FROM staff WHERE username = 'bj-manager') "
        "AND name NOT IN (SELECT name FROM customer) ORDER BY id LIMIT 1"
    )
    pk = a_customer(api)["id"]
    assert give(client("bj-agent"), pk, far, "basic").status_code == 201
    tab = client("bj-manager", "en").get(f"/customer/shares/{pk}").text
    assert f"Colleague {far}" in tab
    assert name not in tab
    assert name in client("bj-agent", "en").get(f"/customer/shares/{pk}").text


@pytest.mark.feature("CUS-07", "CUS-08")
def test_one_looks_after_needs_and_another_after_payments(client, api, truth):
    """A gets the needs to write and no amount; B the money of one bill; neither gets the other's part by page, export or API."""
    truth(
        'INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at) '
        "SELECT 2, 1, 'agent', m, 'can:export', 4, now(), now() FROM unnest(ARRAY['Need', 'Receivable', 'Customer']) m "
        "ON CONFLICT DO NOTHING"
    )
    truth(
        'INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at) '
        "VALUES (2, 1, 'agent', 'Receivable', 'can:share', 4, now(), now()) ON CONFLICT DO NOTHING"
    )
    truth("UPDATE staff SET roles = '{agent}' WHERE username IN ('bj-agent2', 'bj-dispatch')")
    truth("UPDATE stamp SET changes = changes + 1")
    ((bill, customer, amount),) = truth(
        "SELECT r.id, r.customer_id, r.amount FROM receivable r JOIN staff s ON s.id = r.owner_id WHERE s.username = 'bj-agent' LIMIT 1"
    )
    mine, a, b = api("bj-agent"), number(truth, "bj-agent2"), number(truth, "bj-dispatch")
    need = mine.post("/api/v1/need/", {"customer": customer, "kind": "elder", "wishes": "会做软食", "budget": "7654.00"})["result"]["id"]
    person = client("bj-agent")
    shared(person, "customer", customer, to=a, target="name", level="read")
    shared(person, "need", need, to=a, target="basic", level="write")
    shared(person, "receivable", bill, to=b, target="finance", level="read")
    needs, money = api("bj-agent2"), api("bj-dispatch")
    assert needs.put(f"/api/v1/need/{need}", {"wishes": "会做软食,会量血压"})["result"]["wishes"] == "会做软食,会量血压"
    answer = needs.get(f"/api/v1/need/{need}")["result"]
    assert "budget" not in answer, "what was not shared is not there"
    needs.put(f"/api/v1/need/{need}", {"budget": "1"}, 403)
    needs.get(f"/api/v1/receivable/{bill}", 404)
    assert money.get(f"/api/v1/receivable/{bill}")["result"]["amount"] == str(amount)
    money.get(f"/api/v1/need/{need}", 404)
    money.put(f"/api/v1/receivable/{bill}", {"amount": "1"}, 403)
    colleague = client("bj-agent2")
    assert f"/need/show/{need}" in colleague.get("/shared/").text
    for url in (f"/customer/show/{customer}", f"/need/show/{need}", "/need/list", "/receivable/list"):
        page = colleague.get(url).text
        assert "7,654" not in page and "7654" not in page and f'/receivable/show/{bill}"' not in page
    for url in ("/need/export.xlsx", "/receivable/export.xlsx", "/customer/export.xlsx"):
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(colleague.get(url).data)).get_sheet_by_index(0)
        cells = {str(c) for row in sheet.to_python() for c in row}
        assert not {"7654", "7654.0", "7654.00"} & cells
    assert f"/receivable/show/{bill}" in client("bj-dispatch").get("/shared/").text


def shared(person, table: str, pk: int, *, to: int, target: str, level: str) -> None:
    person.look(f"/{table}/show/{pk}")
    data = {"csrf_token": person.token, "to": str(to), "targets": [target], "level": level}
    assert person.post(f"/{table}/shares/{pk}", data=data, headers={"Accept": "application/json"}).status_code == 201
