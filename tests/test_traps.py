"""Each hole found in the framework, kept shut: one test, one trap."""

from __future__ import annotations

import re
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest

from tests import harness
from tests.harness import PASSWORD

ORDERS = "/order/list"
API = "/api/v1/order/"


@pytest.fixture
def truth(database):
    """What is really there, asked past every wall."""
    return harness.asking(database)


@pytest.fixture
def truth_fresh(fresh_db):
    """The same of the database that the test has to itself."""
    return harness.asking(fresh_db)


def body(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("column", ["cost", "-unit_cost", "nonsense", "customer.phone", "customer_id", "id;drop", "tenant_id", "__class__"])
def test_order_by_a_hidden_or_unknown_column_is_refused_everywhere(client, api, column):
    page = client("bj-agent", "en")
    assert page.get(ORDERS, query_string={"sort": column}).status_code == 403
    assert page.get("/order/export.xlsx", query_string={"sort": column}).status_code == 403
    api("bj-agent").get(API, 403, sort=column)


@pytest.mark.parametrize(
    "name", ["cost.gt", "unit_cost", "nonsense", "state.zz", "customer.phone", "owner.password", "tenant_id", "version"]
)
def test_a_filter_on_a_hidden_or_unknown_column_is_refused(client, api, name):
    assert client("bj-agent").get(ORDERS, query_string={name: "1"}).status_code == 403
    api("bj-agent").get(API, 403, **{name: "1"})


def test_a_filter_that_means_nothing_is_refused_not_broken(client, api):
    for name, value in (
        ("starts_at", "soon"),
        ("amount.gt", "much"),
        ("customer", "x"),
        ("amount.ct", "1"),
        ("state.in", ""),
    ):
        assert client("bj-agent").get(ORDERS, query_string={name: value}).status_code in (200, 400), name
        if value:
            api("bj-agent").get(API, 400, **{name: value})
    agent = api("bj-agent")
    for value in ("'", "%", "\\", "_", "a\x00b", "王" * 500, "1" * 40):
        assert agent.client.get("/api/v1/customer/", query_string={"name.ct": value}, headers=agent.headers).status_code in (200, 400)
        assert agent.client.get("/api/v1/customer/", query_string={"q": value}, headers=agent.headers).status_code in (
            200,
            400,
        )


def test_a_wild_page_is_refused_and_a_huge_one_is_capped(client, api):
    for name in ("after", "size"):
        assert client("bj-admin").get(ORDERS, query_string={name: "abc"}).status_code == 400
        api("bj-admin").get(API, 400, **{name: "-1"})
    assert len(api("bj-admin").get(API, size=100_000)["result"]) <= 200
    assert api("bj-admin").get(API, after=1)["result"] == []


def test_an_address_fills_only_what_the_form_may_set(client, truth):
    agent = client("bj-agent", "en")
    page = body(agent.get("/order/add", query_string={"unit_cost": "77123.45", "special": "by-address", "tenant_id": "3"}))
    assert "by-address" in page
    assert 'value="77123.45"' not in page
    assert 'name="tenant_id"' not in page
    ((other,),) = truth("SELECT id FROM customer WHERE tenant_id = 3 LIMIT 1")
    ((name,),) = truth("SELECT name FROM customer WHERE id = %s", other)
    agent.look("/order/add")
    page = body(agent.get("/order/add", query_string={"customer": other}))
    assert name not in page


def test_a_filter_in_the_address_does_not_set_a_relation(client, truth):
    agent = client("bj-agent")
    ((mine,),) = truth("SELECT min(c.id) FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent'")
    before = truth('SELECT count(*) FROM "order"')
    agent.look("/order/add")
    answer = agent.post_form(f"/order/add?customer={mine}", starts_at="2031-01-01T10:00")
    assert answer.status_code == 422
    assert truth('SELECT count(*) FROM "order"') == before


def test_a_relation_of_another_tenant_or_reach_cannot_be_set(api, truth):
    ((other,),) = truth("SELECT id FROM customer WHERE tenant_id = 3 LIMIT 1")
    ((colleague,),) = truth("SELECT min(c.id) FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent2'")
    ((service,),) = truth("SELECT min(id) FROM service WHERE tenant_id = 2")
    for customer in (other, colleague, 2**31 - 1, 2**40, "x", [1], {"id": other}):
        sent = {"customer": customer, "service": service, "starts_at": "2031-01-01T10:00"}
        assert "customer" in api("bj-agent").post(API, sent, 422)["fields"], customer


def test_columns_cannot_be_asked_for(api):
    agent = api("bj-agent")
    for name in ("columns", "q.columns", "select_columns", "keys"):
        assert agent.client.get(API, query_string={name: "cost"}, headers=agent.headers).status_code == 403
    for row in agent.get(API, size=5)["result"]:
        assert not {"cost", "unit_cost", "tenant_id", "owner_id", "created_by", "extra"} & set(row)


def test_an_answer_to_a_change_shows_no_more_than_a_look(api):
    agent = api("bj-agent")
    one = agent.get(API, state="placed", size=1)["result"][0]
    answer = agent.put(f"{API}{one['id']}", {"special": "gently"})["result"]
    assert set(answer) == set(agent.get(f"{API}{one['id']}")["result"])
    assert "cost" not in answer


def test_a_relation_is_an_id_and_a_label_and_nothing_else(api):
    for row in api("bj-admin").get(API, size=20)["result"]:
        for value in row.values():
            assert not isinstance(value, dict) or set(value) == {"id", "label"}


def test_a_label_does_not_say_what_the_list_hides(api, fresh_db, truth_fresh):
    truth_fresh("UPDATE \"grant\" SET level = 0 WHERE tenant_id = 2 AND role = 'agent' AND model = 'Customer' AND target = 'basic'")
    truth_fresh("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")
    agent = api("bj-agent")
    names = {name for (name,) in truth_fresh("SELECT name FROM customer WHERE tenant_id = 2")}
    rows = agent.get(API, size=50)["result"]
    assert rows
    assert not {row["customer"]["label"] for row in rows if row.get("customer")} & names
    assert not names & set(re.findall(r"[\w\u4e00-\u9fff]+", str(agent.get("/api/v1/customer/", size=50))))


def test_a_related_tab_needs_its_own_right(client, truth):
    ((order, number),) = truth(
        "SELECT o.id, r.number FROM \"order\" o JOIN receivable r ON r.order_id = o.id JOIN staff s ON s.username = 'bj-dispatch' "
        "WHERE o.tenant_id = 2 AND o.store_id = s.store_id LIMIT 1"
    )
    assert number in body(client("bj-admin").get(f"/order/show/{order}"))
    page = client("bj-dispatch").get(f"/order/show/{order}")
    assert page.status_code == 200
    assert number not in body(page)


def test_there_are_no_bulk_actions_and_no_raw_views(app):
    rules = {str(rule) for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("RolesScreen.")}  # ours, not AppBuilder's
    assert not [r for r in rules if "/action" in r or "/ab_" in r or "roles" in r or "userdb" in r or "resetpassword" in r or "_info" in r]
    for word in ("users", "roles", "permissions", "menu"):
        assert not [r for r in rules if r.startswith((f"/api/v1/security/{word}", f"/api/v1/{word}"))], word


def test_every_address_says_who_may_use_it(app):
    known = {"static", "asset", "health.report"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in known or rule.endpoint.startswith(
            ("appbuilder.static", "AuthDBView", "SecurityApi", "LocaleView", "IndexView", "UtilView")
        ):
            continue
        view = app.view_functions[rule.endpoint]
        found = getattr(view, "__wrapped__", view)
        while not getattr(found, "guarded", False) and hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        assert getattr(view, "guarded", False) or getattr(found, "guarded", False), f"{rule} {rule.endpoint}"


def test_nobody_sees_nothing_without_signing_in(app, client):
    nobody = client()
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.arguments - {"pk", "index"} or str(rule).startswith("/static"):
            continue
        url = str(rule).replace("<int:pk>", "1").replace("<int:index>", "0")
        if re.search(
            r"^/(list|show|add|edit|export|import|lookup|chart|api/v1/(?!security|openapi))",
            re.sub(r"^/\w+(?=/)", "", url),
        ) or url in ("/rights/", "/users/", "/search", "/bell/"):
            answer = nobody.get(url)
            assert answer.status_code in (302, 401), url
            assert answer.status_code == 401 or "/login" in answer.location


def test_filters_are_not_shared_between_requests(app, client):
    """Views are single objects; two threads that ask different things at once get each their own answer."""
    people = [client("bj-admin"), client("bj-admin")]
    asked, wrong = ["placed", "done"], []
    barrier = Barrier(2)

    def look(person, state):
        for _n in range(8):
            barrier.wait()
            rows = person.get(API, query_string={"state": state, "size": 5}).json["result"]
            page = body(person.get(ORDERS, query_string={"state": state}))
            wrong.extend(r["state"] for r in rows if r["state"] != state)
            if f"state={'done' if state == 'placed' else 'placed'}&state=" in page:
                wrong.append(page)

    threads = [Thread(target=look, args=pair) for pair in zip(people, asked, strict=True)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert wrong == []


def test_a_get_changes_nothing(client, truth):
    admin = client("bj-admin")
    ((pk,),) = truth("SELECT min(id) FROM customer WHERE tenant_id = 2")
    for url in (
        f"/customer/delete/{pk}",
        f"/customer/reveal/{pk}/phone",
        "/order/step/1/cancel",
        "/logout/",
        "/lang",
        "/prefs",
    ):
        assert admin.get(url).status_code == 405, url
    assert truth("SELECT count(*) FROM customer WHERE id = %s", pk) == [(1,)]
    assert admin.get("/customer/list").status_code == 200


def test_a_post_without_its_token_changes_nothing(client, truth):
    admin = client("bj-admin")
    ((pk,),) = truth("SELECT min(id) FROM customer WHERE tenant_id = 2")
    for url in (f"/customer/delete/{pk}", "/customer/add", "/rights/", "/users/add", "/account/password", "/logout/"):
        assert admin.post(url, data={"name": "x"}).status_code == 400, url
    answer = admin.post("/api/v1/customer/", json={"name": "x"})
    assert answer.status_code == 400
    assert truth("SELECT count(*) FROM customer WHERE id = %s", pk) == [(1,)]


def test_a_delete_names_its_one_record(client, truth, fresh_db, truth_fresh):
    """The framework's cancelled delete fired with the next action; here the address itself is the record."""
    admin = client("bj-admin")
    household = ("contact", "customer_address", "need", "followup", "coupon")
    tables = ("order", "contract", "consent", "privacy_ticket", *household)
    used = " ".join(f'AND id NOT IN (SELECT customer_id FROM "{table}")' for table in tables)
    free = f"SELECT id FROM customer WHERE tenant_id = 2 {used} LIMIT 2"
    pks = [pk for (pk,) in truth_fresh(free)]
    if len(pks) < 2:
        pks = [
            truth_fresh("INSERT INTO customer (tenant_id, name, attention, level, source, version, created_at, changed_at) "
                        "VALUES (2, 'gone', '4', 'ordinary', 'phone', 1, now(), now()) RETURNING id")[0][0] for _n in range(2)
        ]  # fmt: skip
    admin.look("/customer/list")
    assert admin.post_form(f"/customer/delete/{pks[0]}", rowid=str(pks[1]), pk=str(pks[1])).status_code == 302
    assert truth_fresh("SELECT id FROM customer WHERE id = ANY(%s)", pks) == [(pks[1],)]


def test_no_hash_of_a_password_comes_out_and_none_can_be_guessed_at(api, client, truth):
    hashes = [h for (h,) in truth("SELECT password FROM ab_user")]
    admin = api("bj-admin")
    pages = [
        str(admin.get("/api/v1/staff/", size=50)),
        body(client("bj-admin").get("/users/")),
        body(client("bj-admin").get("/staff/list")),
    ]
    for text in pages:
        assert not [h for h in hashes if h in text or h[-20:] in text]
        assert "scrypt:" not in text
        assert "pbkdf2" not in text
    for url in (
        "/api/v1/ab_user/",
        "/api/v1/user/",
        "/api/v1/security/users/",
        "/api/v1/audit_entry/",
        "/api/v1/grant/",
        "/ab_user/list",
    ):
        assert admin.client.get(url, headers=admin.headers).status_code == 404, url
    for name in (
        "password.sw",
        "created_by.password",
        "owner.password.sw",
        "phone_hash",
        "phone_hash.sw",
        "phone.sw",
        "phone_last4",
    ):
        assert admin.client.get("/api/v1/customer/", query_string={name: "p"}, headers=admin.headers).status_code in (
            400,
            403,
        ), name


def test_sealed_numbers_are_sealed_in_the_database(truth):
    rows = truth("SELECT phone, phone_hash, phone_last4 FROM customer WHERE phone IS NOT NULL LIMIT 20")
    assert rows
    for sealed, whole, last in rows:
        assert not re.search(r"1[3-9]\d{9}", sealed)
        assert not whole.isdecimal()
        assert not last.isdecimal()


def test_a_cookie_dies_with_the_logout(app, client):
    person = client("bj-agent2")
    cookie = person.get_cookie("jiahe").value
    person.look("/customer/list")
    assert person.post_form("/logout/").status_code == 302
    thief = app.test_client()
    thief.set_cookie("jiahe", cookie)
    answer = thief.get("/customer/list")
    assert answer.status_code == 302
    assert "/login" in answer.location


def test_a_login_gives_the_session_a_new_name(app):
    person = app.test_client()
    person.look("/login/")
    planted = person.get_cookie("jiahe").value
    assert person.login("bj-agent").status_code == 302
    assert person.get_cookie("jiahe").value != planted


def test_a_token_of_one_tenant_is_not_bent_to_another(api):
    agent = api("bj-agent")
    head, claims, sign = agent.headers["Authorization"].split(".")
    for bent in (f"{head}.{claims}.{sign[:-3]}AAA", f"{head}..{sign}", "Bearer x", "Bearer "):
        answer = agent.client.get(API, headers={"Authorization": bent})
        assert answer.status_code in (401, 422), bent


def test_nobody_makes_himself_administrator(api, truth):
    ((me,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent'")
    ((boss,),) = truth("SELECT id FROM staff WHERE username = 'bj-admin'")
    ((manager,),) = truth("SELECT id FROM staff WHERE username = 'bj-manager'")
    api("bj-agent").put(f"/api/v1/staff/{me}", {"roles": ["admin"]}, 403)
    api("bj-manager").put(f"/api/v1/staff/{manager}", {"roles": ["admin"]}, 403)
    for sent in ({"roles": ["admin", "head_office"]}, {"roles": ["agent"]}, {"username": "other"}, {"active": False}):
        api("bj-admin").put(f"/api/v1/staff/{boss}", sent, 403)
    api("bj-admin").post("/api/v1/staff/", {"name": "Back door", "username": "back-door", "roles": ["admin"]}, 403)
    assert (
        truth(
            "SELECT roles FROM staff WHERE id = ANY(%s) AND (roles @> '{head_office}' OR (id <> %s AND roles @> '{admin}'))",
            [me, boss, manager],
            boss,
        )
        == []
    )


def test_nobody_writes_where_code_alone_does(api, truth):
    agent = api("bj-admin")
    one = agent.get(API, state="placed", size=1)["result"][0]
    for name, value in (
        ("number", "DD-X"),
        ("state", "done"),
        ("tenant_id", 3),
        ("id", 5),
        ("owner_id", 1),
        ("amount", "1"),
        ("created_at", "2020-01-01"),
        ("extra", {}),
    ):
        agent.put(f"{API}{one['id']}", {name: value}, 403)


@pytest.mark.parametrize("way", ["page", "api"])
def test_five_wrong_passwords_lock_the_name_for_page_and_api(app, fresh_db, way):
    person = app.test_client()

    def through_page(password):
        return person.login("bj-agent2", password).status_code == 302

    def through_api(password):
        sent = {"username": "bj-agent2", "password": password, "provider": "db"}
        return app.test_client().post("/api/v1/security/login", json=sent).status_code == 200

    first, second = (through_page, through_api) if way == "page" else (through_api, through_page)
    for _n in range(5):
        assert not first("wrong")
    assert not first(PASSWORD)
    assert not second(PASSWORD)


def test_many_tries_from_one_address_are_slowed(app, database, home, monkeypatch):
    monkeypatch.setenv("AUTH_RATE_LIMIT", "10 per minute")
    from app.factory import create_app

    limited = create_app({"TESTING": True, "AUTH_RATE_LIMIT": "10 per minute"})
    for url in ("/api/v1/security/login",):
        one = limited.test_client()
        sent = {"username": "nobody-at-all", "password": "x", "provider": "db"}
        codes = [one.post(url, json=sent, environ_base={"REMOTE_ADDR": "127.9.9.9"}).status_code for _n in range(14)]
        assert codes[0] == 401
        assert codes[-1] == 429


def test_a_wrong_name_and_a_wrong_password_look_the_same(app):
    answers = []
    for name in ("bj-finance", "nobody-here"):
        person = app.test_client()
        answer = person.login(name, "wrong-password")
        answers.append((answer.status_code, re.sub(r'content="[^"]*"|value="[^"]*"', "", body(answer))))
    assert answers[0] == answers[1]


def test_a_login_does_not_send_people_elsewhere(app):
    for url in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        person = app.test_client()
        person.look("/login/")
        answer = person.post(f"/login/?next={url}", data={"username": "bj-agent", "password": PASSWORD, "csrf_token": person.token})
        assert answer.status_code == 302
        assert urlsplit(answer.location).netloc in ("", "localhost")
        assert not answer.location.startswith(("//", "/\\"))


def test_a_unique_code_says_nothing_about_other_tenants(api, fresh_db, truth_fresh):
    ((code,),) = truth_fresh("SELECT code FROM store WHERE tenant_id = 3 LIMIT 1")
    api("bj-admin").post("/api/v1/store/", {"code": code, "name": "Same code, other company"}, 201)


def test_the_database_is_never_heard_to_speak(api, client, truth):
    ((code,),) = truth("SELECT code FROM store WHERE tenant_id = 2 LIMIT 1")
    answers = [str(api("bj-admin").post("/api/v1/store/", {"code": code, "name": "Twice"}, 409))]
    admin = client("bj-admin", "en")
    admin.look("/store/add")
    page = admin.post_form("/store/add", code=code, name="Twice", follow=True)
    assert page.status_code == 409
    answers.append(body(page))
    ((service,),) = truth('SELECT service_id FROM "order" WHERE tenant_id = 2 LIMIT 1')
    answers.append(str(api("bj-admin").call("DELETE", f"/api/v1/service/{service}", 409)))
    for text in answers:
        assert not re.search(r"psycopg|UniqueViolation|IntegrityError|INSERT INTO|DETAIL|duplicate key|_key\b|_fkey|Traceback", text), text


def test_a_wild_address_is_an_answer_not_a_fault(client, api):
    admin, caller = client("bj-admin"), api("bj-admin")
    for url in (
        "/order/show/99999999999999999999",
        "/order/show/0",
        "/order/show/abc",
        "/order/chart/99",
        "/nowhere",
        "/order/step/1/none",
    ):
        assert admin.get(url).status_code in (404, 405), url
    for sent in ([], "x", 1, None):
        assert caller.client.post(API, json=sent, headers=caller.headers).status_code == 400
    assert caller.client.post(API, data="{", headers=caller.headers, content_type="application/json").status_code == 400
    for value in ([1], {"a": 1}, True, 10**30, "x" * 5000):
        answer = caller.client.post(
            "/api/v1/customer/",
            json={"name": value, "birthday": value, "lat": value, "phone": value},
            headers=caller.headers,
        )
        assert answer.status_code == 422, value


def test_the_second_writer_gets_409_and_the_difference(api):
    admin, agent = api("bj-admin"), api("bj-agent")
    one = agent.get(API, state="placed", size=1)["result"][0]
    url = f"{API}{one['id']}"
    admin.put(url, {"version": one["version"], "special": "first", "unit_cost": "99.00"})
    lost = agent.put(url, {"version": one["version"], "special": "second"}, 409)
    assert {d["field"] for d in lost["difference"]} == {"special"}, "the cost he does not see is not in it"
    assert agent.get(url)["result"]["special"] == "first"


def test_a_save_of_a_page_blanks_nothing_that_it_did_not_show(client, api, truth):
    one = api("bj-agent").get(API, state="placed", size=1)["result"][0]
    before = truth('SELECT unit_cost, owner_id, store_id, number FROM "order" WHERE id = %s', one["id"])
    agent = client("bj-agent")
    agent.look(f"/order/edit/{one['id']}")
    assert agent.post_form(f"/order/edit/{one['id']}", version=one["version"], special="only this").status_code == 302
    assert truth('SELECT unit_cost, owner_id, store_id, number FROM "order" WHERE id = %s', one["id"]) == before
