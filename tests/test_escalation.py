"""Forty ways to get more than one was given, by page and by REST. Each is refused, and nothing of anybody's rights moves."""

from __future__ import annotations

import pytest

PAGE, REST = "page", "rest"
# who, how, method, address, what is sent. {me} is the actor's own number; {hq}, {boss}, {other} are head office, the
# administrator and a colleague; {customer} is a colleague's customer, {foreign} another company's.
ATTEMPTS = [
    ("bj-agent", PAGE, "GET", "/rights/", {}),
    ("bj-agent", PAGE, "POST", "/rights/", {"model": "order", "cell:agent:cost": "4"}),
    ("bj-manager", PAGE, "POST", "/rights/", {"model": "order", "cell:manager:reach": "all"}),
    ("bj-finance", PAGE, "POST", "/rights/", {"model": "receipt", "cell:finance:can:delete": "4"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "receipt", "cell:admin:finance": "4"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "order", "cell:head_office:finance": "4"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "grant", "cell:agent:basic": "4"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "order", "cell:agent:reach": "everything"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "order", "cell:agent:where": "nonsense=1"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "customer", "cell:agent:where": "phone=14200000000"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "order", "cell:agent:can:rule": "4"}),
    ("bj-admin", PAGE, "POST", "/rights/", {"model": "order", "cell:agent:basic": "9"}),
    ("bj-agent", PAGE, "GET", "/users/", {}),
    ("bj-agent", PAGE, "POST", "/users/edit/{me}", {"roles": ["agent", "admin"], "roles_sent": "1"}),
    ("bj-manager", PAGE, "POST", "/users/add", {"name": "鬼", "username": "ghost", "roles": "admin"}),
    ("bj-admin", PAGE, "POST", "/users/edit/{me}", {"roles": ["admin", "finance"], "roles_sent": "1"}),
    ("bj-admin", PAGE, "POST", "/users/edit/{other}", {"roles": ["head_office"], "roles_sent": "1"}),
    ("bj-admin", PAGE, "POST", "/users/edit/{hq}", {"roles": ["agent"], "roles_sent": "1"}),
    ("sh-admin", PAGE, "POST", "/users/edit/{other}", {"roles": ["admin"], "roles_sent": "1"}),
    ("sh-admin", PAGE, "POST", "/users/password/{boss}", {}),
    ("bj-manager", PAGE, "POST", "/users/password/{boss}", {}),
    ("bj-admin", PAGE, "POST", "/users/deactivate/{me}", {"heir": "{other}"}),
    ("sh-admin", PAGE, "POST", "/users/deactivate/{other}", {"heir": "{other}"}),
    ("bj-agent", PAGE, "POST", "/roles/add", {"name": "自封", "copy": "manager"}),
    ("bj-admin", PAGE, "POST", "/roles/add", {"name": "影子", "copy": "admin"}),
    ("bj-admin", PAGE, "POST", "/roles/agent/publish", {"locked": "1"}),
    ("bj-agent", PAGE, "POST", "/staff/edit/{me}", {"roles": "admin", "name": "我"}),
    ("bj-admin", PAGE, "POST", "/staff/edit/{other}", {"roles": "head_office"}),
    ("bj-agent", PAGE, "POST", "/view-as/{boss}", {}),
    ("bj-admin", PAGE, "POST", "/view-as/{hq}", {}),
    ("bj-agent", PAGE, "POST", "/customer/shares/{customer}", {"to": "{me}", "targets": "basic"}),
    ("bj-agent", PAGE, "POST", "/customer/edit/{customer}", {"name": "偷"}),
    ("bj-agent", PAGE, "POST", "/customer/reveal/{customer}/phone", {"reason": "想看"}),
    ("bj-agent", PAGE, "POST", "/order/step/{order}/assign", {"worker": "1"}),
    ("bj-agent", REST, "PUT", "/api/v1/staff/{me}", {"roles": ["admin"]}),
    ("bj-admin", REST, "PUT", "/api/v1/staff/{other}", {"roles": ["admin", "head_office"]}),
    ("bj-agent", REST, "PUT", "/api/v1/customer/{customer}", {"owner": "{me}"}),
    ("bj-agent", REST, "POST", "/api/v1/customer/", {"name": "塞", "owner": "{other}"}),
    ("bj-agent", REST, "POST", "/api/v1/customer/", {"name": "塞", "tenant_id": 3}),
    ("bj-agent", REST, "POST", "/api/v1/grant/", {"role": "agent", "model": "Order", "target": "cost", "level": 4}),
    ("bj-agent", REST, "POST", "/api/v1/share/", {"user_id": "{me}", "model": "Customer", "record_id": "{customer}", "level": 4}),
    ("bj-agent", REST, "GET", "/api/v1/customer/{foreign}", {}),
    ("bj-finance", REST, "PUT", "/api/v1/order/{order}", {"unit_price": "1.00"}),
    ("bj-finance", REST, "DELETE", "/api/v1/order/{order}", {}),
    ("bj-dispatch", REST, "GET", "/api/v1/customer/?phone.eq=14200000000&sort=phone", {}),
    ("bj-agent", REST, "POST", "/api/v1/security/refresh", {}),
]  # fmt: skip
RIGHTS = (
    'SELECT count(*), sum(level) FROM "grant"', "SELECT count(*), string_agg(reach, ',' ORDER BY id) FROM scope",
    "SELECT string_agg(array_to_string(roles, '+'), ',' ORDER BY id) FROM staff", "SELECT count(*) FROM own_role",
    "SELECT count(*) FROM share",
    "SELECT string_agg(password, ',' ORDER BY id), count(*) FROM ab_user", "SELECT string_agg(name, ',' ORDER BY id) FROM customer",
    "SELECT count(*) FILTER (WHERE active) FROM staff", "SELECT string_agg(owner_id::text, ',' ORDER BY id) FROM customer",
)  # fmt: skip


def filled(value, known):
    if isinstance(value, str):
        return value.format(**known) if "{" in value else value
    return value


@pytest.mark.feature("PER-02")
@pytest.mark.feature("PER-11")
@pytest.mark.feature("PRV-03")
def test_every_attempt_is_refused_and_nothing_moves(client, api, fresh_db, truth):
    assert len(ATTEMPTS) >= 40
    ids = {u: truth("SELECT id FROM staff WHERE username = %s", u)[0][0] for u in ("hq", "bj-admin", "bj-agent2")}
    known = {
        "hq": ids["hq"], "boss": ids["bj-admin"], "other": ids["bj-agent2"],
        "customer": truth("SELECT id FROM customer WHERE owner_id = %s ORDER BY id LIMIT 1", ids["bj-agent2"])[0][0],
        "foreign": truth("SELECT id FROM customer WHERE tenant_id = 3 LIMIT 1")[0][0],
        "order": truth("SELECT id FROM \"order\" WHERE tenant_id = 2 AND state = 'placed' LIMIT 1")[0][0],
    }  # fmt: skip
    before = [truth(sql) for sql in RIGHTS]
    people, got_through = {}, []
    for who, how, method, url, sent in ATTEMPTS:
        mine = known | {"me": truth("SELECT id FROM staff WHERE username = %s", who)[0][0]}
        address, body = filled(url, mine), {k: filled(v, mine) for k, v in sent.items()}
        if (who, how) not in people:
            people[who, how] = client(who) if how == PAGE else api(who)
        person = people[who, how]
        if how == REST:
            answer = person.client.open(address, method=method, headers=person.headers, json=body if method != "GET" else None)
        else:
            person.look("/")
            data = {"csrf_token": person.token, **body} if method == "POST" else None
            answer = person.open(address, method=method, data=data)
        if answer.status_code not in (400, 401, 403, 404, 405, 422):
            got_through.append((who, method, address, answer.status_code))
    moved = [sql for sql, was in zip(RIGHTS, before, strict=True) if truth(sql) != was]
    assert moved == []
    assert got_through == []
