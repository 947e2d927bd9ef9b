"""Who may sign in, and one's own password, language and search."""

from __future__ import annotations

import re
from html import unescape

import pytest

from app.web.passwords import generated, weakness
from tests.harness import PASSWORD

GOOD = "Correct-Horse-7"


def pk(truth, username):
    return truth("SELECT id FROM staff WHERE username = %s", username)[0][0]


def body(answer) -> str:
    return answer.get_data(as_text=True)


def new_password(page) -> str:
    return unescape(re.search(r'id="new-password">([^<]+)<', body(page)).group(1))


def admin_of(client, lang="en"):
    person = client("bj-admin", lang)
    person.look("/users/")
    return person


def add(person, truth, **more):
    sent = {
        "name": "New Person",
        "username": "new-person",
        "language": "en",
        "roles": "agent",
        "roles_sent": "1",
        "password": GOOD,
    }
    store = str(truth("SELECT min(id) FROM store WHERE tenant_id = 2")[0][0])
    return person.post_form("/users/add", **(sent | {"store": store} | more))


def test_a_new_user_signs_in_with_the_password_shown_once(client, truth):
    admin = admin_of(client)
    page = add(admin, truth, password="")
    assert page.status_code == 200
    shown = new_password(page)
    assert weakness(shown) is None
    assert client().login("new-person", shown).status_code == 302
    assert shown not in unescape(body(admin.get("/users/")))
    assert truth("SELECT roles, store_id IS NOT NULL FROM staff WHERE username = 'new-person'") == [(["agent"], True)]


@pytest.mark.parametrize("name", ["bj-agent", "bj-manager", "bj-finance", "bj-dispatch", "hq"])
def test_only_an_administrator_comes_here(client, truth, name):
    person = client(name)
    person.look("/")
    for url in ("/users/", "/users/add", f"/users/edit/{pk(truth, 'bj-agent')}"):
        assert person.get(url).status_code == 403, url
    assert add(person, truth).status_code == 403
    for what in ("password", "deactivate", "activate"):
        assert person.post_form(f"/users/{what}/{pk(truth, 'bj-agent2')}").status_code == 403
    assert client("bj-agent2").get("/account/password").status_code == 200


def test_another_company_is_not_there(client, truth):
    admin = admin_of(client)
    page = body(admin.get("/users/"))
    assert "bj-agent2" in page
    assert "sh-agent" not in page
    other = pk(truth, "sh-agent")
    assert admin.get(f"/users/edit/{other}").status_code == 404
    for url in (f"/users/edit/{other}", f"/users/password/{other}", f"/users/deactivate/{other}"):
        assert admin.post_form(url, name="x").status_code == 404, url
    assert client("sh-agent").get("/account/password").status_code == 200


@pytest.mark.parametrize("password", ["short-A1", "alllowercaseletters", "1234567890123", "aaaaaaaaaaA1-", "New-person-1", "x" * 200])
def test_a_weak_password_is_refused_and_nobody_is_made(client, truth, password):
    assert add(admin_of(client), truth, password=password).status_code == 422
    assert truth("SELECT count(*) FROM staff WHERE username = 'new-person'") == [(0,)]
    assert truth("SELECT count(*) FROM ab_user WHERE username = 'new-person'") == [(0,)]


def test_generated_passwords_are_strong_and_differ():
    made = {generated() for _n in range(200)}
    assert len(made) == 200
    assert not [p for p in made if weakness(p)]


def test_a_login_name_is_one_persons(client, truth):
    for name in ("bj-agent", "sh-agent"):
        page = add(admin_of(client), truth, username=name)
        assert page.status_code == 422
        assert "psycopg" not in body(page)
    assert truth("SELECT count(*) FROM staff WHERE name = 'New Person'") == [(0,)]


def test_head_offices_role_cannot_be_given_in_a_franchise(client, truth):
    admin = admin_of(client)
    assert add(admin, truth, roles="head_office").status_code == 403
    assert admin.post_form(f"/users/edit/{pk(truth, 'bj-agent')}", roles="head_office", roles_sent="1").status_code == 403
    assert admin.post_form(f"/users/edit/{pk(truth, 'bj-agent')}", roles="owner", roles_sent="1").status_code == 403
    assert truth("SELECT roles FROM staff WHERE username = 'bj-agent'") == [(["agent"],)]


def test_an_administrator_does_not_change_his_own_standing(client, truth):
    admin, me = admin_of(client), pk(truth, "bj-admin")
    assert admin.post_form(f"/users/edit/{me}", roles="agent", roles_sent="1").status_code == 403
    assert admin.post_form(f"/users/edit/{me}", roles_sent="1").status_code == 403
    assert admin.post_form(f"/users/edit/{me}", roles=["admin", "finance"], roles_sent="1").status_code == 403
    assert admin.post_form(f"/users/deactivate/{me}").status_code == 403
    assert truth("SELECT roles, active FROM staff WHERE id = %s", me) == [(["admin"], True)]


def test_other_roles_hold_at_the_next_click(client, truth):
    agent, admin = client("bj-agent"), admin_of(client)
    assert agent.get("/rights/").status_code == 403
    assert admin.post_form(f"/users/edit/{pk(truth, 'bj-agent')}", roles=["agent", "admin"], roles_sent="1").status_code == 302
    assert agent.get("/rights/").status_code == 200
    assert truth("SELECT count(*) FROM audit_entry WHERE model = 'Staff' AND action = 'update'")[0][0] >= 1


def test_closing_a_login_ends_it_everywhere_and_opening_lets_it_back(client, api, truth):
    agent, caller, admin = client("bj-agent"), api("bj-agent"), admin_of(client)
    heir = pk(truth, "bj-agent2")
    assert admin.post_form(f"/users/deactivate/{pk(truth, 'bj-agent')}", heir=heir).status_code == 302
    assert agent.get("/customer/list").status_code == 302
    assert caller.client.get("/api/v1/customer/", headers=caller.headers).status_code == 401
    assert client().login("bj-agent").status_code == 401
    assert admin.post_form(f"/users/activate/{pk(truth, 'bj-agent')}").status_code == 302
    assert client().login("bj-agent").status_code == 302
    assert agent.get("/customer/list").status_code == 302, "the old session does not come back"


def test_a_reset_ends_every_session_and_is_shown_once(client, api, truth):
    agent, caller, admin = client("bj-agent"), api("bj-agent"), admin_of(client)
    page = admin.post_form(f"/users/password/{pk(truth, 'bj-agent')}")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    shown = new_password(page)
    assert agent.get("/customer/list").status_code == 302
    assert caller.client.get("/api/v1/customer/", headers=caller.headers).status_code == 401
    assert client().login("bj-agent").status_code == 401
    assert client().login("bj-agent", shown).status_code == 302


def test_a_reset_opens_a_locked_login(client, truth):
    for _n in range(5):
        client().login("bj-agent", "wrong")
    assert client().login("bj-agent").status_code == 401
    page = admin_of(client).post_form(f"/users/password/{pk(truth, 'bj-agent')}")
    shown = new_password(page)
    assert client().login("bj-agent", shown).status_code == 302


def test_changing_ones_password_ends_all_other_sessions(app, client, api, truth):
    here, there, caller = client("bj-agent"), client("bj-agent"), api("bj-agent")
    stolen = here.get_cookie("jiahe").value
    here.look("/account/password")
    assert here.post_form("/account/password", current=PASSWORD, new=GOOD, again=GOOD).status_code == 302
    assert here.get("/customer/list").status_code == 200
    assert there.get("/customer/list").status_code == 302
    assert caller.client.get("/api/v1/customer/", headers=caller.headers).status_code == 401
    thief = app.test_client()
    thief.set_cookie("jiahe", stolen)
    assert thief.get("/customer/list").status_code == 302
    assert client().login("bj-agent").status_code == 401
    assert client().login("bj-agent", GOOD).status_code == 302


@pytest.mark.parametrize(("old", "new", "again"), [
    ("wrong", GOOD, GOOD), (PASSWORD, "weak", "weak"), (PASSWORD, GOOD, GOOD + "x"), (PASSWORD, PASSWORD, PASSWORD), ("", GOOD, GOOD),
])  # fmt: skip
def test_a_wrong_change_changes_nothing(client, truth, old, new, again):
    me = client("bj-agent", "en")
    me.look("/account/password")
    assert me.post_form("/account/password", current=old, new=new, again=again).status_code == 422
    assert client().login("bj-agent").status_code == 302


def test_guessing_the_present_password_locks_it(client, truth):
    me = client("bj-agent")
    me.look("/account/password")
    for _n in range(5):
        me.post_form("/account/password", current="guess", new=GOOD, again=GOOD)
    assert me.post_form("/account/password", current=PASSWORD, new=GOOD, again=GOOD).status_code == 422
    assert client().login("bj-agent", GOOD).status_code == 401


def test_nobody_changes_anybody_elses(client, truth):
    me = client("bj-agent")
    me.look("/account/password")
    me.post_form(f"/account/password?pk={pk(truth, 'bj-agent2')}", current=PASSWORD, new=GOOD, again=GOOD, pk="1", staff_id="1")
    assert client().login("bj-agent2").status_code == 302


def test_a_language_is_kept_for_the_next_time(client, truth):
    me = client("bj-agent", "zh")
    me.look("/")
    assert me.post_form("/lang", lang="en").status_code == 302
    assert 'lang="en' in body(me.get("/account/password"))
    assert truth("SELECT language FROM staff WHERE username = 'bj-agent'") == [("en",)]
    assert 'lang="en' in body(client("bj-agent", "zh").get("/account/password"))
    assert me.post_form("/lang", lang="fr").status_code == 400
    nobody = client("", "zh")
    nobody.look("/login/")
    nobody.post_form("/lang", lang="en")
    assert 'lang="en' in body(nobody.get("/login/"))


def test_a_way_back_leads_nowhere_else(client, truth):
    me = client("bj-agent")
    me.look("/")
    for url in ("//evil.example", "https://evil.example/x"):
        assert "evil" not in me.post_form("/lang", lang="en", next=url).location
        assert "evil" not in me.post_form("/prefs", text="large", next=url).location


def test_prefs_are_two_known_words(client, truth):
    me = client("bj-agent")
    me.look("/")
    assert me.post_form("/prefs", text="large", contrast="high").status_code == 302
    assert me.post_form("/prefs", text="<script>").status_code == 400


def found(person, text):
    answer = person.get("/search", query_string={"q": text}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    return {g["table"]: g["rows"] for g in answer.json["groups"]}


def test_one_box_finds_every_kind_of_record(client, truth):
    ((number, name),) = truth(
        'SELECT o.number, c.name FROM "order" o JOIN customer c ON c.id = o.customer_id WHERE o.tenant_id = 2 LIMIT 1'
    )
    admin = client("bj-admin")
    assert found(admin, number)["order"][0]["label"] == number
    rows = found(admin, name)["customer"]
    assert name in {r["label"] for r in rows}
    assert len(rows) <= 5
    page = admin.get("/search", query_string={"q": number})
    assert page.status_code == 200
    assert number in body(page)
    assert found(admin, "") == {}


def test_search_stays_inside_reach_and_company(client, truth):
    ((mine, other),) = truth(
        'SELECT min(o.number) FILTER (WHERE o.tenant_id = 2), min(o.number) FILTER (WHERE o.tenant_id = 3) FROM "order" o'
    )
    assert found(client("bj-admin"), other) == {}
    assert found(client("sh-admin"), mine) == {}
    ((colleague,),) = truth("SELECT min(o.number) FROM \"order\" o JOIN staff s ON s.id = o.owner_id WHERE s.username = 'bj-agent2'")
    assert "order" not in found(client("bj-agent"), colleague)
    assert "order" in found(client("bj-agent2"), colleague)


@pytest.mark.parametrize("text", ["%", "_", "'", "\\", "\x00", "a" * 5000, "🙂", "1" * 11])
def test_no_search_breaks(client, truth, text):
    found(client("bj-agent"), text)
