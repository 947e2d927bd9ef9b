"""Tokens for programs: made once, a part of one person's rights, and no way to more than that."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.harness import PASSWORD

API = "/api/v1/"
TOKENS = "/account/tokens"
TODAY = datetime.now(UTC).date()
pytestmark = pytest.mark.feature("PRV-02")


class Program:
    """Somebody else's program: no cookie, one token, an address of its own."""

    def __init__(self, app, secret: str, address: str = "198.51.100.9"):
        self.client = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = address
        self.headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}

    def call(self, url: str, method: str = "GET", **kwargs):
        return self.client.open(url, method=method, headers=self.headers | kwargs.pop("headers", {}), **kwargs)


@pytest.fixture
def program(app, truth):
    return lambda secret, address="198.51.100.9": Program(app, secret, address)


def ask(person, **sent):
    """Make a token through the page; the answer."""
    person.look(TOKENS)
    usual = {"name": "Sync", "roles": "agent", "scopes": "order:read", "expires_on": str(TODAY + timedelta(days=30))}
    return person.post_form(TOKENS, **usual | sent)


def made(person, **sent) -> str:
    answer = ask(person, **sent)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:3000]
    return unescape(re.search(r'id="new-token">([^<]+)<', answer.get_data(as_text=True)).group(1))


def pk(secret: str) -> int:
    return int(secret.split("_")[1])


def entries(truth, secret: str) -> list[str]:
    return [a for (a,) in truth("SELECT action FROM audit_entry WHERE model = 'ApiToken' AND record_id = %s ORDER BY id", pk(secret))]


def test_a_token_is_shown_once_and_reads_what_it_is_for(client, program, truth):
    agent = client("bj-agent", "en")
    secret = made(agent)
    assert re.fullmatch(r"jh_\d+_[\w-]{43}", secret)
    there = agent.get(TOKENS).get_data(as_text=True)
    assert "Sync" in there and secret not in there and secret.split("_", 2)[2] not in there
    ((row,),) = truth("SELECT to_jsonb(t)::text FROM api_token t WHERE id = %s", pk(secret))
    assert secret.split("_", 2)[2] not in row
    answer = program(secret).call(f"{API}order/")
    assert answer.status_code == 200
    assert {r["owner"]["label"] for r in answer.json["result"] if r.get("owner")} == {
        n for (n,) in truth("SELECT name FROM staff WHERE username = 'bj-agent'")
    }
    ((at, where),) = truth("SELECT last_used_at, last_used_from FROM api_token WHERE id = %s", pk(secret))
    assert at is not None and where == "198.51.100.9"
    assert "198.51.100.9" in agent.get(TOKENS).get_data(as_text=True)
    assert entries(truth, secret) == ["token made"]


def test_a_token_sees_exactly_what_its_owner_sees(client, api, program, truth):
    secret = made(client("bj-agent"), scopes="", everything="1")
    for table in ("order", "customer", "worker", "receivable"):
        mine = api("bj-agent").get(f"{API}{table}/", size=100)
        assert program(secret).call(f"{API}{table}/", query_string={"size": 100}).json == mine, table


def test_scopes_narrow(client, program, truth):
    reading = program(made(client("bj-agent")))
    number = reading.call(f"{API}order/").json["result"][0]["id"]
    refused = reading.call(f"{API}order/{number}", "PUT", json={"special": "x"})
    assert refused.status_code == 403 and "may not change “order”" in refused.json["message"]
    posts = ("order/", f"order/{number}/cancel", f"order/{number}/files")
    for method, url in [("DELETE", f"order/{number}"), *(("POST", u) for u in posts)]:
        assert reading.call(API + url, method, json={}).status_code == 403, url
    assert reading.call(f"{API}customer/").status_code == 403
    assert "may not read “customer”" in reading.call(f"{API}customer/1").json["message"]
    assert reading.call(f"{API}openapi.json").status_code == 200
    writing = program(made(client("bj-agent"), scopes="order:write"))
    answer = writing.call(f"{API}order/{number}", "PUT", json={"special": "By token"})
    assert answer.status_code == 200, answer.json
    assert truth('SELECT special FROM "order" WHERE id = %s', number) == [("By token",)]
    ((by,),) = truth("SELECT created_by FROM audit_entry WHERE model = 'Order' ORDER BY id DESC LIMIT 1")
    assert truth("SELECT username FROM staff WHERE id = %s", by) == [("bj-agent",)]
    assert writing.call(f"{API}customer/").status_code == 403


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_override_is_no_way_round_a_scope(client, program, truth, header):
    reading = program(made(client("bj-agent")))
    one = reading.call(f"{API}order/").json["result"][0]
    body = {"special": "overridden"}
    for url in (f"{API}order/{one['id']}", f"{API}order/{one['id']}?_method=PUT"):
        reading.call(url, "GET", json=body, headers={header: "PUT"})
        assert reading.call(url, "POST", json=body, headers={header: "GET"}).status_code == 403
    for url in (f"/api/v1//order/{one['id']}", f"/api/v1/openapi.json/../order/{one['id']}", f"/api/v1/order%2F{one['id']}"):
        assert reading.call(url, "PUT", json=body).status_code >= 400
        assert reading.call(url.replace("order", "customer")).status_code >= 400
    assert truth("SELECT count(*) FROM \"order\" WHERE special = 'overridden'") == [(0,)]


def test_nobody_gives_a_token_a_role_he_lacks(client, truth):
    for roles in (["admin"], ["agent", "admin"], ["head_office"], ["no-such"], []):
        assert ask(client("bj-agent"), roles=roles).status_code == 422, roles
    assert truth("SELECT count(*) FROM api_token") == [(0,)]


def test_a_role_the_owner_lost_is_gone_at_the_next_request(client, program, truth):
    admin = client("bj-admin")
    ((person,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent'")
    admin.look("/users/")
    assert admin.post_form(f"/users/edit/{person}", roles=["agent", "finance"], roles_sent="1").status_code == 302
    both = program(made(client("bj-agent"), roles=["agent", "finance"], everything="1", scopes=""))
    everybody = both.call(f"{API}receivable/", query_string={"size": 200}).json["count"]
    assert admin.post_form(f"/users/edit/{person}", roles=["agent"], roles_sent="1").status_code == 302
    assert 0 < both.call(f"{API}receivable/", query_string={"size": 200}).json["count"] < everybody
    only = program(made(client("bj-agent"), everything="1", scopes=""))
    assert admin.post_form(f"/users/edit/{person}", roles=["finance"], roles_sent="1").status_code == 302
    assert only.call(f"{API}order/").status_code == 403, "neither the lost role nor the new one"


def test_a_narrower_token_has_only_its_roles(client, program, truth):
    truth("UPDATE staff SET roles = '{agent,admin}' WHERE username = 'bj-agent'")
    as_admin, as_agent = (program(made(client("bj-agent"), roles=r, everything="1", scopes="")) for r in ("admin", "agent"))
    count = [p.call(f"{API}customer/", query_string={"size": 1}).json["count"] for p in (as_admin, as_agent)]
    assert count[0] > count[1] > 0
    head = program(made(client("hq"), roles="head_office", everything="1", scopes=""))
    number = head.call(f"{API}order/").json["result"][0]["id"]
    assert head.call(f"{API}order/{number}", "PUT", json={"special": "x"}).status_code in (403, 404), "it reads its franchises only"


@pytest.mark.parametrize("spoil", [
    lambda s: s[:-1] + ("A" if s[-1] != "A" else "B"),
    lambda s: s.replace("jh_", "jh_9", 1),
    lambda s: "jh_1_" + "A" * 43,
    lambda s: "jh_", lambda s: "jh__", lambda s: "jh_99999999999999999999_" + "A" * 43, lambda s: s + "x", lambda s: "jh_-1_" + "A" * 43,
    lambda s: "jh_٣_" + "A" * 43, lambda s: s.upper(), lambda s: s + "\x00",
])  # fmt: skip
def test_a_forged_token_opens_nothing(client, program, truth, spoil):
    secret = spoil(made(client("bj-agent")))
    answer = program(secret.encode("utf-8").decode("latin-1")).call(f"{API}order/") if "\x00" not in secret else None
    assert answer is None or answer.status_code in (401, 422), answer.data  # 422: it looks like no token of ours


def test_a_guess_at_a_token_is_in_the_trail_and_not_more_often_than_needed(client, program, truth):
    secret = made(client("bj-agent"))
    for _n in range(4):
        assert program(secret[:-4] + "AAAA").call(f"{API}order/").status_code == 401
    assert entries(truth, secret) == ["token made", "token refused"]


def test_another_companys_token_id_is_worth_nothing(client, program, truth):
    mine, theirs = made(client("sh-agent")), made(client("bj-agent"))
    crossed = f"jh_{pk(theirs)}_{mine.split('_', 2)[2]}"
    assert program(crossed).call(f"{API}order/").status_code == 401
    answer = program(mine).call(f"{API}order/", query_string={"size": 200})
    numbers = {n for (n,) in truth('SELECT number FROM "order" WHERE tenant_id = 3')}
    assert {r["number"] for r in answer.json["result"]} <= numbers
    other = client("sh-admin")
    other.look("/account/tokens/all")
    assert other.post_form(f"{TOKENS}/revoke/{pk(theirs)}").status_code == 404
    assert program(theirs).call(f"{API}order/").status_code == 200


def test_an_expired_token_stops_and_none_lives_longer_than_a_year(client, program, truth):
    for day in (TODAY - timedelta(days=2), TODAY + timedelta(days=400), "", "tomorrow"):
        assert ask(client("bj-agent"), expires_on=str(day)).status_code == 422, day
    secret = made(client("bj-agent", "en"))
    truth("UPDATE api_token SET expires_on = current_date - 2 WHERE id = %s", pk(secret))
    answer = program(secret).call(f"{API}order/")
    assert answer.status_code == 401 and "expired" in answer.json["message"]
    assert entries(truth, secret)[-1] == "token refused"


def test_revoking_acts_at_the_next_request(client, program, truth):
    agent, admin = client("bj-agent", "en"), client("bj-admin", "en")
    own, others = made(agent), made(agent, name="Second")
    agent.look(TOKENS)
    assert 'data-confirm="Revoke' in agent.get(TOKENS).get_data(as_text=True)
    assert client("bj-agent2").post_form(f"{TOKENS}/revoke/{pk(own)}").status_code in (400, 404)
    assert program(own).call(f"{API}order/").status_code == 200
    assert agent.post_form(f"{TOKENS}/revoke/{pk(own)}").status_code == 302
    answer = program(own).call(f"{API}order/")
    assert answer.status_code == 401 and "revoked" in answer.json["message"]
    assert agent.get("/account/tokens/all").status_code == 403
    assert "Second" in admin.look("/account/tokens/all").get_data(as_text=True)
    assert admin.post_form(f"{TOKENS}/revoke/{pk(others)}").status_code == 302
    assert program(others).call(f"{API}order/").status_code == 401
    assert entries(truth, others) == ["token made", "token revoked", "token refused"]


def test_whoever_leaves_leaves_without_tokens(client, program, truth):
    secret, admin = made(client("bj-agent")), client("bj-admin")
    ((person,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent'")
    admin.look("/users/")
    ((heir,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent2'")
    assert admin.post_form(f"/users/deactivate/{person}", heir=heir).status_code == 302
    assert program(secret).call(f"{API}order/").status_code == 401
    assert admin.post_form(f"/users/activate/{person}").status_code == 302
    assert program(secret).call(f"{API}order/").status_code == 401
    other = made(client("bj-agent2"))
    truth("UPDATE ab_user SET active = false WHERE username = 'bj-agent2'")
    assert program(other).call(f"{API}order/").status_code == 401


def test_only_from_its_addresses(client, program, truth):
    assert ask(client("bj-agent"), addresses="not an address").status_code == 422
    secret = made(client("bj-agent"), addresses="203.0.113.0/24\n2001:db8::/32")
    good, bad = ("203.0.113.200", "2001:db8::5", "::ffff:203.0.113.9"), ("203.0.114.1", "198.51.100.9")
    for address, status in [*((a, 200) for a in good), *((a, 403) for a in bad)]:
        answer = program(secret, address).call(f"{API}order/")
        assert answer.status_code == status, address
        assert status == 200 or address in answer.json["message"]
    forwarded = program(secret).call(f"{API}order/", headers={"X-Forwarded-For": "203.0.113.200", "X-Real-IP": "203.0.113.200"})
    assert forwarded.status_code == 403


def test_not_more_often_than_it_may(client, program, truth):
    one = program(made(client("bj-agent"), rate="3"))
    answers = [one.call(f"{API}order/").status_code for _n in range(8)]
    assert answers[:2] == [200, 200] and answers.count(200) <= 6 and 429 in answers  # a minute may turn meanwhile
    assert "3 times a minute" in next(a for a in (one.call(f"{API}order/") for _n in range(6)) if a.status_code == 429).json["message"]
    for rate in ("0", "-1", "x", "1e9", "999999999"):
        assert ask(client("bj-agent"), rate=rate).status_code == 422


def test_a_token_is_for_the_interface_alone(client, program, truth):
    secret = made(client("bj-admin"), roles="admin", scopes="", everything="1")
    for url in ("/users/", TOKENS, "/account/password", "/order/list", "/rights/"):
        assert program(secret).call(url).status_code in (302, 401, 403), url
    assert program(secret).call(TOKENS, "POST", data={"name": "more"}).status_code in (302, 400, 401, 403)
    answer = program(secret).call("/api/v1/security/refresh", "POST")
    assert answer.status_code in (401, 422), answer.data
    assert truth("SELECT count(*) FROM api_token") == [(1,)]


def test_a_scope_that_means_nothing_is_refused(client, truth):
    for scopes in ("order:delete", "grant:write", "api_token:read", "*", "order", ""):
        assert ask(client("bj-agent"), scopes=scopes).status_code == 422, scopes
    assert client().login("bj-agent", PASSWORD).status_code == 302
