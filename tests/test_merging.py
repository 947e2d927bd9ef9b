"""Duplicates: who looks alike, and one record taking up another, all of it or nothing, under the rights of who does it."""

from __future__ import annotations

import re

import pytest

from tests.test_files import PNG, send
from tests.test_privacy import identity

pytestmark = pytest.mark.usefixtures("fresh_db")
DENIED = 403


def two(api, user: str = "bj-admin", **more) -> tuple[int, int]:
    """Two files of one family, opened by two people."""
    caller = api(user)
    common = {"name": "顾双份", "phone": "13900001234", "city": "北京", "district": "朝阳区"}
    one = caller.post("/api/v1/customer/", common | {"diet": "清淡"} | more)["id"]
    other = caller.post("/api/v1/customer/", common | {"habits": "早睡", "diet": "低盐", "id_number": identity(977)})["id"]
    return one, other


def merge(person, kept: int, gone: int, **fields):
    page = person.look(f"/customer/merge/{kept}/{gone}").text
    versions = re.search(r'name="versions" value="([^"]+)"', page)
    return person.post_form(f"/customer/merge/{kept}/{gone}", versions=versions[1] if versions else "1-1", **fields)


def pointed_at(admin, caller, other: int) -> tuple[dict, int]:
    """Give a customer an order, a file and a note. Returns what was sent for the order, and its number."""
    service = next(s for s in caller.get("/api/v1/service/")["result"] if s["unit"] == "hour")
    sent = {"customer": other, "service": service["id"], "starts_at": "2031-01-01 09:00", "quantity": "2"}
    order = caller.post("/api/v1/order/", sent)["id"]
    send(admin, f"/customer/files/{other}", ("ramp.png", PNG + b"ramp"), json=True)
    caller.post(f"/api/v1/customer/{other}/notes", {"text": "门口有坡道"}, 201)
    return sent, order


def undo(person, **more):
    """Press "Undo" in the note that the merge leaves on the page."""
    page = person.look(more.pop("page")).text
    url = re.search(r'action="(/task/\d+/undo)"', page)
    assert url, "the page offers to take it back"
    return person.post_form(url[1])


def test_those_who_look_alike_are_found_among_what_one_sees(client, api):
    one, other = two(api)
    far = api("bj-admin").post("/api/v1/customer/", {"name": "顾双份", "district": "海淀区", "phone": "13900009999"})["id"]
    page = client("bj-admin", "en").get(f"/customer/same/{one}").text
    assert f"/customer/merge/{one}/{other}" in page
    assert f"/customer/merge/{one}/{far}" not in page
    assert f'href="/customer/same/{one}"' in client("bj-admin").get(f"/customer/show/{one}").text
    mine = api("bj-agent").post("/api/v1/customer/", {"name": "顾双份", "district": "朝阳区", "phone": "13900001234"})["id"]
    agent = client("bj-agent").get(f"/customer/same/{mine}").text
    assert f"/customer/show/{one}" not in agent and f"/customer/show/{other}" not in agent
    assert client("bj-agent").get(f"/customer/same/{one}").status_code == 404
    assert client("sh-admin").get(f"/customer/same/{one}").status_code == 404
    assert client("bj-admin").get("/order/same/1").status_code == 404


def test_one_takes_up_the_other_with_what_points_at_it(client, api, truth):
    one, other = two(api)
    admin, caller = client("bj-admin", "en"), api("bj-admin")
    _sent, order = pointed_at(admin, caller, other)
    page = admin.look(f"/customer/merge/{one}/{other}").text
    assert "低盐" in page and "清淡" in page and "Orders 1" in page
    answer = merge(admin, one, other, **{"f:diet": "other", "f:id_number": "other", "f:habits": "mine"})
    assert answer.headers["Location"] == f"/customer/show/{one}"
    caller.get(f"/api/v1/customer/{other}", 404)
    now = caller.get(f"/api/v1/customer/{one}")["result"]
    assert (now["diet"], now.get("habits"), now["id_number"]) == ("低盐", None, identity(977))
    assert caller.get(f"/api/v1/order/{order}")["result"]["customer"]["id"] == one
    assert [f["name"] for f in caller.get(f"/api/v1/customer/{one}/files")["result"]] == ["ramp.png"]
    assert [n["text"] for n in caller.get(f"/api/v1/customer/{one}/notes")["result"]] == ["门口有坡道"]
    assert caller.get("/api/v1/customer/", phone="13900001234")["count"] == 1
    told = "SELECT action, record_id FROM audit_entry WHERE model = 'Customer' AND record_id IN (%s, %s)"
    actions = {(action, pk) for action, pk in truth(told, one, other)}
    assert {("merge", one), ("delete", other), ("update", one)} <= actions
    assert truth("SELECT reason FROM audit_entry WHERE model = 'Order' AND record_id = %s ORDER BY id DESC LIMIT 1", order) == [("merge",)]


@pytest.mark.parametrize("user", ["bj-manager", "bj-agent", "bj-finance", "bj-dispatch", "sh-admin", "hq"])
def test_nobody_merges_without_the_right_to_delete(client, api, truth, user):
    one, other = two(api)
    person = client(user, "en")
    shown = person.look(f"/customer/merge/{one}/{other}")
    answer = person.post_form(f"/customer/merge/{one}/{other}", versions="1-1")
    assert answer.status_code in (DENIED, 404)
    if shown.status_code == 200:
        assert "You may not delete" in shown.text
    assert len(truth("SELECT 1 FROM customer WHERE id IN (%s, %s)", one, other)) == 2


def test_a_field_that_one_may_not_set_is_not_taken_and_nothing_happens(client, api, truth):
    one, other = two(api)
    truth('INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at)'
          " VALUES (2, 1, 'admin', 'Customer', 'diet', 2, now(), now())")  # fmt: skip
    truth("UPDATE stamp SET changes = changes + 1")
    assert merge(client("bj-admin"), one, other, **{"f:diet": "other"}).status_code == 400
    assert merge(client("bj-admin"), one, other, **{"f:tenant_id": "other"}).status_code == 400
    assert len(truth("SELECT 1 FROM customer WHERE id IN (%s, %s)", one, other)) == 2


def test_what_was_compared_must_still_stand(client, api, truth):
    one, other = two(api)
    admin = client("bj-admin")
    admin.look(f"/customer/merge/{one}/{other}")
    api("bj-admin").put(f"/api/v1/customer/{other}", {"diet": "换了"})
    assert admin.post_form(f"/customer/merge/{one}/{other}", versions="1-1").status_code == 409
    assert admin.post_form(f"/customer/merge/{one}/{one}", versions="1-1").status_code == 409
    assert len(truth("SELECT 1 FROM customer WHERE id IN (%s, %s)", one, other)) == 2


def test_a_ledger_stays_where_it_is(client, api, truth):
    ((paid,),) = truth("SELECT min(customer_id) FROM receipt WHERE tenant_id = 2")
    other = api("bj-admin").post("/api/v1/customer/", {"name": "顾双份", "phone": "13900001234"})["id"]
    admin = client("bj-admin", "en")
    assert "stand for good" in admin.look(f"/customer/merge/{other}/{paid}").text
    assert merge(admin, other, paid).status_code == 409
    assert merge(admin, paid, other).status_code == 302, "the other way round it goes"
    assert truth("SELECT count(*) FROM customer WHERE id IN (%s, %s)", other, paid) == [(1,)]


def test_shares_of_the_one_that_goes_give_nothing_of_the_other(client, api, truth):
    one, other = two(api)
    ((colleague,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent2'")
    admin = client("bj-admin")
    admin.look(f"/customer/show/{other}")
    data = {"csrf_token": admin.token, "to": str(colleague), "targets": ["basic"], "level": "read"}
    assert admin.post(f"/customer/shares/{other}", data=data, headers={"Accept": "application/json"}).status_code == 201
    api("bj-agent2").get(f"/api/v1/customer/{other}", 200)
    assert merge(admin, one, other).status_code == 302
    for pk in (one, other):
        api("bj-agent2").get(f"/api/v1/customer/{pk}", 404)


def test_who_is_forgotten_is_forgotten_as_the_one_they_were_before_too(client, api, truth):
    one, other = two(api)
    assert merge(client("bj-admin"), one, other).status_code == 302
    assert len(truth("SELECT 1 FROM record_key WHERE model = 'Customer' AND record_id = %s", other)) == 1
    caller = api("bj-admin")
    ticket = caller.post("/api/v1/privacy_ticket/", {"customer": one, "kind": "erase"})
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/approve")
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/erase", {"confirm": ticket["result"]["number"]})
    assert truth("SELECT 1 FROM record_key WHERE model = 'Customer' AND record_id IN (%s, %s)", one, other) == []


def test_a_merge_is_taken_back_whole(client, api, truth):
    one, other = two(api)
    admin, caller = client("bj-admin", "en"), api("bj-admin")
    sent, order = pointed_at(admin, caller, other)
    before = {pk: caller.get(f"/api/v1/customer/{pk}")["result"] for pk in (one, other)}
    assert merge(admin, one, other, **{"f:diet": "other", "f:id_number": "other", "f:habits": "other"}).status_code == 302
    later = caller.post("/api/v1/order/", sent | {"customer": one, "starts_at": "2031-02-01 09:00"})["id"]
    answer = undo(admin, page=f"/customer/show/{one}")
    assert "They are two records again." in admin.get(answer.headers["Location"]).text
    after = {pk: caller.get(f"/api/v1/customer/{pk}")["result"] for pk in (one, other)}
    for pk in (one, other):
        assert {n: v for n, v in after[pk].items() if n not in ("version", "changed_at")} == {
            n: v for n, v in before[pk].items() if n not in ("version", "changed_at")
        }
    assert caller.get(f"/api/v1/order/{order}")["result"]["customer"]["id"] == other
    assert caller.get(f"/api/v1/order/{later}")["result"]["customer"]["id"] == one, "what came after the merge stays"
    assert [f["name"] for f in caller.get(f"/api/v1/customer/{other}/files")["result"]] == ["ramp.png"]
    assert [n["text"] for n in caller.get(f"/api/v1/customer/{other}/notes")["result"]] == ["门口有坡道"]
    assert caller.get("/api/v1/customer/", phone="13900001234")["count"] == 2, "it is found by its number again"
    assert admin.post_form(answer.request.path).status_code == 409, "once is enough"
    # Whoever is forgotten now is one person again.
    ticket = caller.post("/api/v1/privacy_ticket/", {"customer": other, "kind": "erase"})
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/approve")
    assert truth("SELECT count(*) FROM customer WHERE id IN (%s, %s)", one, other) == [(2,)]


def test_what_was_changed_since_a_merge_stays_and_is_told(client, api):
    one, other = two(api)
    admin, caller = client("bj-admin", "en"), api("bj-admin")
    merge(admin, one, other, **{"f:diet": "other"})
    page = admin.look(f"/customer/show/{one}").text
    caller.put(f"/api/v1/customer/{one}", {"diet": "软食"})
    answer = admin.post_form(re.search(r'action="(/task/\d+/undo)"', page)[1])
    shown = admin.get(answer.headers["Location"]).text
    assert "What was changed by hand since the merge stays as it is." in shown
    assert "data-conflict" in shown
    assert caller.get(f"/api/v1/customer/{one}")["result"]["diet"] == "软食"
    assert caller.get(f"/api/v1/customer/{other}")["result"]["diet"] == "低盐"


def test_a_merge_is_its_own_mans_to_take_back_and_not_of_the_forgotten(client, api, truth):
    one, other = two(api)
    admin, caller = client("bj-admin", "en"), api("bj-admin")
    merge(admin, one, other)
    url = re.search(r'action="(/task/\d+/undo)"', admin.look(f"/customer/show/{one}").text)[1]
    assert client("bj-manager", "en").post_form(url).status_code == 404
    ticket = caller.post("/api/v1/privacy_ticket/", {"customer": one, "kind": "erase"})
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/approve")
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/erase", {"confirm": ticket["result"]["number"]})
    assert admin.post_form(url).status_code == 409
    assert truth("SELECT count(*) FROM customer WHERE id = %s", other) == [(0,)]
