"""Roles of one's own: made, given, limited at once; published by head office; and people who leave."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("fresh_db")


def make_role(person, name: str, copy: str = "", **more):
    person.look("/roles/")
    return person.post_form("/roles/add", name=name, copy=copy, **more)


def code_of(truth, name: str, tenant: int = 2) -> str:
    return truth("SELECT code FROM own_role WHERE name = %s AND tenant_id = %s", name, tenant)[0][0]


def give(truth, username: str, *codes: str) -> None:
    """The roles of somebody, as if the administrator had ticked them."""
    truth("UPDATE staff SET roles = %s WHERE username = %s", list(codes), username)


def put(person, model: str, **cells):
    person.look(f"/rights/?model={model}")
    sent = {f"cell:{k.replace('__', ':', 1)}": v for k, v in cells.items()}
    return person.post_form("/rights/", model=model, **sent)


@pytest.mark.feature("PER-01")
def test_a_new_role_sees_only_the_menus_it_was_given(client, api, truth):
    admin = client("bj-admin", "zh")
    assert make_role(admin, "培训专员", name_en="Trainer").status_code == 302
    code = code_of(truth, "培训专员")
    admin.look("/roles/")  # the message that it was made is shown once
    people = admin.look("/users/").text
    row = truth("SELECT id, name, store_id FROM staff WHERE username = 'bj-agent2'")[0]
    admin.look(f"/users/edit/{row[0]}")
    sent = {"name": row[1], "username": "bj-agent2", "store": str(row[2]), "language": "zh", "roles": code}
    assert admin.post_form(f"/users/edit/{row[0]}", **sent).status_code == 302
    assert "培训专员" in admin.get("/users/").text
    assert "培训专员" not in people
    trainer = client("bj-agent2", "zh")
    menu = trainer.get("/").text
    assert "/worker/list" not in menu
    assert "/order/list" not in menu
    assert trainer.get("/worker/list").status_code == 403
    assert put(admin, "worker", **{f"{code}__reach": "all", f"{code}__basic": "2"}).status_code == 302
    menu = trainer.get("/").text
    assert "/worker/list" in menu
    assert "/order/list" not in menu
    assert trainer.get("/worker/list").status_code == 200
    assert trainer.get("/worker/add").status_code == 403
    assert "pay_rate" not in api("bj-agent2").get("/api/v1/worker/", size=1)["result"][0]


def test_a_copy_begins_with_the_same_rights_and_goes_its_own_way(client, api, truth):
    admin = client("bj-admin")
    make_role(admin, "资深客服", "agent")
    code = code_of(truth, "资深客服")
    give(truth, "bj-agent2", code)
    truth("UPDATE stamp SET changes = changes + 1")
    assert "amount" in api("bj-agent2").get("/api/v1/order/", size=1)["result"][0]
    put(admin, "order", **{f"{code}__finance": "0"})
    assert "amount" not in api("bj-agent2").get("/api/v1/order/", size=1)["result"][0]
    assert "amount" in api("bj-agent").get("/api/v1/order/", size=1)["result"][0]


@pytest.mark.parametrize(("name", "copy", "status"), [
    ("", "agent", 400), ("  ", "", 400), ("又一个管理员", "admin", 403), ("总部的", "head_office", 403), ("客服", "agent", 400),
    ("x", "nobody", 400),
])  # fmt: skip
def test_what_is_no_role_is_refused_and_nothing_typed_is_lost(client, truth, name, copy, status):
    admin = client("bj-admin", "zh")
    answer = make_role(admin, name, copy, name_en="Kept words")
    assert answer.status_code == status
    if status == 400:
        assert "Kept words" in answer.text
    assert truth("SELECT count(*) FROM own_role") == [(0,)]


def test_a_role_is_put_away_only_when_nobody_holds_it(client, truth):
    admin = client("bj-admin")
    make_role(admin, "临时")
    pk = truth("SELECT id FROM own_role")[0][0]
    give(truth, "bj-agent2", code_of(truth, "临时"))
    admin.look("/roles/")
    assert admin.post_form(f"/roles/{pk}/archive").status_code == 400
    give(truth, "bj-agent2", "agent")
    assert admin.post_form(f"/roles/{pk}/archive").status_code == 302
    assert "临时" not in admin.get("/users/add").text


@pytest.mark.feature("STO-01")
def test_head_office_publishes_a_role_locked_or_free(client, truth):
    hq, admin = client("hq", "zh"), client("bj-admin", "zh")
    make_role(hq, "品质督导", "agent")
    code = code_of(truth, "品质督导", 1)
    hq.look("/roles/")
    answer = hq.post_form(f"/roles/{code}/publish", follow=True, locked="1")
    assert "2 家公司" in answer.text
    theirs = f"hq-{code}"
    assert truth("SELECT tenant_id, locked FROM own_role WHERE code = %s ORDER BY 1", theirs) == [(2, True), (3, True)]
    copied = 'SELECT count(*) FROM "grant" WHERE role = %s AND tenant_id = %s'
    assert truth(copied, theirs, 2) == truth(copied, code, 1) != [(0,)]
    assert "品质督导" in admin.get("/rights/?model=order").text
    assert put(admin, "order", **{f"{theirs}__finance": "4"}).status_code == 403
    pk = truth("SELECT id FROM own_role WHERE code = %s AND tenant_id = 2", theirs)[0][0]
    assert admin.post_form(f"/roles/{pk}/rename", name="改名").status_code == 403
    hq.post_form(f"/roles/{code}/publish", locked="0")
    assert put(admin, "order", **{f"{theirs}__finance": "1"}).status_code == 302
    hq.look("/roles/")
    hq.post_form(f"/roles/{code}/publish", locked="0")
    kept = "SELECT level FROM \"grant\" WHERE role = %s AND tenant_id = 2 AND model = 'Order' AND target = 'finance'"
    assert truth(kept, theirs) == [(1,)]


def test_only_administrators_make_roles_and_each_company_sees_its_own(client, truth):
    make_role(client("bj-admin"), "北京独有")
    assert "北京独有" not in client("sh-admin").get("/roles/").text
    pk = truth("SELECT id FROM own_role")[0][0]
    other = client("sh-admin")
    other.look("/roles/")
    assert other.post_form(f"/roles/{pk}/rename", name="抢走").status_code == 404
    assert other.post_form("/roles/agent/publish", locked="1").status_code == 403
    for user in ("bj-manager", "bj-agent", "bj-finance", "bj-dispatch"):
        person = client(user)
        person.look("/")
        assert person.get("/roles/").status_code == 403
        assert person.post_form("/roles/add", name="自封", copy="agent").status_code == 403


@pytest.mark.feature("STO-03")
def test_somebody_leaves_and_nothing_is_left_without_an_owner(client, api, truth):
    admin, leaver = client("bj-admin", "zh"), client("bj-agent2")
    assert leaver.get("/customer/list").status_code == 200
    ids = {u: truth("SELECT id FROM staff WHERE username = %s", u)[0][0] for u in ("bj-agent", "bj-agent2", "sh-agent")}
    owned = "SELECT count(*) FROM customer WHERE owner_id = %s"
    before, theirs = truth(owned, ids["bj-agent"])[0][0], truth(owned, ids["bj-agent2"])[0][0]
    assert theirs
    page = admin.look(f"/users/deactivate/{ids['bj-agent2']}").text
    assert re.search(rf"<dt>客户</dt><dd class=\"fig\">{theirs}</dd>", page)
    for heir in ("", str(ids["bj-agent2"]), "999999", "abc"):
        assert admin.post_form(f"/users/deactivate/{ids['bj-agent2']}", heir=heir).status_code in (400, 404)
    assert admin.post_form(f"/users/deactivate/{ids['bj-agent2']}", heir=str(ids["sh-agent"])).status_code == 404
    assert truth(owned, ids["bj-agent2"])[0][0] == theirs
    assert admin.post_form(f"/users/deactivate/{ids['bj-agent2']}", heir=str(ids["bj-agent"])).status_code == 302
    assert truth(owned, ids["bj-agent2"]) == [(0,)]
    assert truth(owned, ids["bj-agent"])[0][0] == before + theirs
    still = "SELECT count(*) FROM \"order\" WHERE owner_id = %s AND state IN ('placed', 'assigned', 'under_way')"
    assert truth(still, ids["bj-agent2"]) == [(0,)]
    assert leaver.get("/customer/list").status_code == 302, "the session ended"
    told = "SELECT count(*) FROM audit_entry WHERE model = 'Customer' AND action = 'update' AND reason = 'hand-over'"
    assert truth(told)[0][0] == theirs
    back = truth("SELECT id FROM staff WHERE username = 'bj-admin'")[0][0]
    assert admin.post_form(f"/users/deactivate/{back}", heir=str(ids["bj-agent"])).status_code == 403, "nobody closes his own door"
