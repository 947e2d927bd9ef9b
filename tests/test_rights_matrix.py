"""The matrix: an administrator changes a right, it holds at the next click, and nobody lifts himself."""

from __future__ import annotations

import re

import pytest

RIGHTS = "/rights/"


def level(truth, role, model, target, tenant=2):
    found = truth(
        'SELECT level FROM "grant" WHERE tenant_id = %s AND role = %s AND model = %s AND target = %s',
        tenant,
        role,
        model,
        target,
    )
    return found[0][0] if found else None


def put(person, model="order", **cells):
    person.look(f"{RIGHTS}?model={model}")
    return person.post_form(RIGHTS, model=model, **{f"cell:{k.replace('__', ':', 1)}": v for k, v in cells.items()})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_matrix_is_shown_for_every_kind_of_record(client, truth, lang):
    from app.engine.record import records

    admin = client("bj-admin", lang)
    for model in records():
        if not model.__platform__:
            assert admin.get(RIGHTS, query_string={"model": model.__tablename__}).status_code == 200, model
    for name in ("grant", "audit_entry", "message", "nonsense"):
        assert admin.get(RIGHTS, query_string={"model": name}).status_code == 404


@pytest.mark.parametrize("name", ["bj-agent", "bj-manager", "bj-finance", "bj-dispatch"])
def test_only_administrators_come_here(client, truth, name):
    person = client(name)
    assert person.get(RIGHTS).status_code == 403
    person.look("/")
    assert put(person, agent__finance="4").status_code == 403
    assert level(truth, "agent", "Order", "finance") == 2


def test_a_change_holds_at_the_next_click_on_page_and_api(client, api, truth):
    admin, agent, caller = client("bj-admin"), client("bj-agent"), api("bj-agent")
    url = "/api/v1/order/"
    assert "amount" in caller.get(url, size=1)["result"][0]
    assert put(admin, agent__finance="0").status_code == 302
    assert "amount" not in caller.get(url, size=1)["result"][0]
    caller.get(url, 403, sort="-amount")
    assert agent.get("/order/list?amount.gt=1").status_code == 403
    assert put(admin, agent__finance="2").status_code == 302
    assert "amount" in caller.get(url, size=1)["result"][0]
    assert agent.get("/order/list?amount.gt=1").status_code == 200


def test_a_verb_a_step_and_a_reach_change_too(client, api, truth):
    admin, caller = client("bj-admin"), api("bj-agent")
    mine = caller.get("/api/v1/order/")["count"]
    one = caller.get("/api/v1/order/", state="placed", size=1)["result"][0]["id"]
    put(admin, **{"agent__step:cancel": "0", "agent__can:export": "4", "agent__reach": "all"})
    assert caller.get("/api/v1/order/")["count"] > mine
    caller.call("POST", f"/api/v1/order/{one}/cancel", 403, json={"reason": "x"})
    assert client("bj-agent").get("/order/export.xlsx").status_code == 200
    put(admin, agent__reach="")
    caller.get("/api/v1/order/", 403)


def test_a_field_beats_its_group_and_goes_back_to_it(client, api, truth):
    admin, caller = client("bj-admin"), api("bj-agent")
    put(admin, agent__unit_price="0")
    row = caller.get("/api/v1/order/", size=1)["result"][0]
    assert "amount" in row
    assert "unit_price" not in row
    put(admin, agent__unit_price="")
    assert level(truth, "agent", "Order", "unit_price") is None
    assert "unit_price" in caller.get("/api/v1/order/", size=1)["result"][0]


def test_nobody_changes_the_administrators_role_or_head_offices(client, truth):
    admin = client("bj-admin")
    before = level(truth, "admin", "Receipt", "can:delete")
    assert put(admin, "receipt", **{"admin__can:delete": "4"}).status_code == 403
    assert put(admin, "receipt", admin__finance="0").status_code == 403
    assert level(truth, "admin", "Receipt", "can:delete") == before
    assert put(admin, head_office__finance="4").status_code == 400
    assert put(admin, nobody__finance="4").status_code == 400


def test_nobody_gives_more_to_a_role_he_holds(client, truth):
    truth("UPDATE staff SET roles = '{admin,agent}' WHERE username = 'bj-admin'")
    admin = client("bj-admin")
    assert put(admin, agent__cost="4").status_code == 403
    assert put(admin, agent__reach="all").status_code == 403
    assert level(truth, "agent", "Order", "cost") is None
    assert put(admin, agent__finance="0").status_code == 302


def test_head_office_sets_rights_in_its_own_house_only(client, truth):
    hq = client("hq")
    assert hq.get(RIGHTS).status_code == 200
    assert put(hq, agent__finance="1").status_code == 302
    assert level(truth, "agent", "Order", "finance") == 2, "the franchise's own rights stand"
    assert level(truth, "agent", "Order", "finance", tenant=1) == 1
    assert put(hq, head_office__finance="4").status_code == 403
    assert put(hq, agent__cost="4").status_code == 403, "more than head office itself holds"
    assert level(truth, "agent", "Order", "cost", tenant=1) is None


def test_one_company_does_not_see_or_change_the_other(client, truth):
    put(client("bj-admin"), agent__finance="0")
    assert level(truth, "agent", "Order", "finance", tenant=3) == 2
    assert level(truth, "agent", "Order", "finance") == 0


@pytest.mark.parametrize("value", ["5", "-1", "x", "2.0", "9" * 30, "４"])
def test_a_level_that_does_not_exist_is_refused(client, truth, value):
    assert put(client("bj-admin"), agent__finance=value).status_code == 400
    assert put(client("bj-admin"), agent__reach=value).status_code == 400
    assert put(client("bj-admin"), **{"agent__can:add": "2"}).status_code == 400
    assert put(client("bj-admin"), **{"agent__can:fly": "4"}).status_code == 400
    assert level(truth, "agent", "Order", "finance") == 2


def test_all_or_nothing(client, truth):
    assert put(client("bj-admin"), manager__finance="0", agent__finance="x").status_code == 400
    assert level(truth, "manager", "Order", "finance") == 4


def test_the_change_is_in_the_audit(client, truth):
    put(client("bj-admin"), agent__finance="1", manager__finance="2")
    ((who, changes),) = truth(
        "SELECT s.username, a.changes FROM audit_entry a JOIN staff s ON s.id = a.created_by WHERE a.action = 'rights' AND a.model = 'Order'"  # noqa: E501
    )
    assert who == "bj-admin"
    assert changes == {"agent finance": ["2", "1"], "manager finance": ["4", "2"]}


def test_what_did_not_change_is_not_written(client, truth):
    before = truth("SELECT changes FROM stamp WHERE tenant_id = 2")
    assert put(client("bj-admin"), agent__finance="2").status_code == 302
    assert truth("SELECT changes FROM stamp WHERE tenant_id = 2") == before
    assert truth("SELECT count(*) FROM audit_entry WHERE action = 'rights'") == [(0,)]


def test_a_script_may_send_it_as_json(client, truth):
    admin = client("bj-admin")
    admin.look(RIGHTS)
    sent = {"cells": [{"role": "agent", "target": "finance", "level": 1}]}
    answer = admin.post(f"{RIGHTS}?model=order", json=sent, headers={"X-CSRFToken": admin.token, "Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json["changed"] == 1
    assert level(truth, "agent", "Order", "finance") == 1
    assert admin.post(f"{RIGHTS}?model=order", json=sent, headers={"Accept": "application/json"}).status_code == 400


def test_an_old_page_does_not_undo_what_came_after_it(client, truth):
    first = client("bj-admin")
    page = first.look(f"{RIGHTS}?model=order").get_data(as_text=True)
    stamp = re.search(r'name="stamp" value="(\d+)"', page).group(1)
    assert put(first, agent__finance="0").status_code == 302
    late = first.post_form(RIGHTS, model="order", stamp=stamp, **{"cell:agent:finance": "2"})
    assert late.status_code == 409
    assert level(truth, "agent", "Order", "finance") == 0
