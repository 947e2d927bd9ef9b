"""Who comes in, from where, with what in hand, and how it ends: addresses, the second factor, sessions."""

from __future__ import annotations

import re
import time
from html import unescape
from threading import Barrier, Thread

import pyotp
import pytest

from tests.harness import PASSWORD
from tests.test_tokens import Program, made

API = "/api/v1/"
SECURITY, FACTOR, SESSIONS = "/security/", "/account/second-factor", "/account/sessions"
HOME, ELSEWHERE = "203.0.113.5", "198.51.100.77"
pytestmark = pytest.mark.feature("PRV-02")


def body(answer) -> str:
    return unescape(answer.get_data(as_text=True))


def at(person, address):
    person.environ_base["REMOTE_ADDR"] = address
    return person


def allow(client, networks, roles=()):
    """Let an administrator at HOME set what the company asks. Returns the answer."""
    admin = at(client("bj-admin", "en"), HOME)
    admin.look(SECURITY)
    return admin.post_form(SECURITY, networks=networks, roles=list(roles))


def audited(truth, action):
    return truth("SELECT count(*) FROM audit_entry WHERE action = %s", action)[0][0]


# Addresses


def test_only_from_the_companys_addresses(app, client, api, truth):
    inside, outside, caller, other = at(client("bj-agent", "en"), HOME), client("bj-agent", "en"), api("bj-agent"), client("sh-agent")
    secret = made(outside)
    assert allow(client, "203.0.113.0/24\n2001:db8::/32").status_code == 302
    assert inside.get("/order/list").status_code == 200
    page = outside.get("/order/list")
    assert page.status_code == 403 and outside.environ_base["REMOTE_ADDR"] in body(page)
    assert "own addresses only" in body(page)
    assert outside.get(f"{API}order/").status_code == 403
    answer = caller.client.get(f"{API}order/", headers=caller.headers | {"Accept-Language": "en"})
    assert answer.status_code == 403 and "own addresses only" in answer.json["message"]
    assert Program(app, secret, ELSEWHERE).call(f"{API}order/").status_code == 403
    assert Program(app, secret, HOME).call(f"{API}order/").status_code == 200
    assert other.get("/order/list").status_code == 200, "another company asks nothing"
    stranger = at(client("", "en"), ELSEWHERE)
    refused = stranger.login("bj-agent")
    assert refused.status_code == 403 and "own addresses only" in body(refused)
    assert stranger.get("/order/list").status_code == 302
    assert stranger.login("bj-agent", "wrong").status_code == 401
    assert audited(truth, "login refused") == 1
    sent = {"username": "bj-agent", "password": PASSWORD, "provider": "db"}
    assert at(app.test_client(), ELSEWHERE).post(f"{API}security/login", json=sent).status_code == 403
    assert at(app.test_client(), HOME).post(f"{API}security/login", json=sent).status_code == 200
    assert at(client(), HOME).login("bj-agent").status_code == 302
    forged = client("", "en")
    forged.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    assert forged.login("bj-agent").status_code == 403


def test_links_of_customers_and_carers_stay_open_and_so_does_the_way_out(app, client, truth):
    ((number,),) = truth('SELECT min(id) FROM "order" WHERE tenant_id = 2')
    from types import SimpleNamespace

    from app.web.links import link_to

    with app.app_context():
        link = link_to("customer", SimpleNamespace(tenant_id=2, id=number))
    outside = client("bj-agent", "en")
    outside.look("/")
    assert allow(client, HOME).status_code == 302
    assert at(client(), ELSEWHERE).get(link).status_code == 200
    assert outside.get(link).status_code == 200
    assert outside.get("/login/").status_code == 200
    assert outside.post_form("/logout/").status_code == 302


def test_nobody_locks_himself_out(client, truth):
    page = allow(client, "198.51.100.0/24")
    assert page.status_code == 422 and "lock yourself out" in body(page) and HOME in body(page)
    assert "198.51.100.0/24" in body(page)
    for wrong in ("300.1.1.1", "10.0.0.0/33", "example.org", "203.0.113.0/24\n<b>"):
        assert allow(client, wrong).status_code == 422, wrong
    assert allow(client, HOME, roles=["emperor"]).status_code == 422
    assert truth("SELECT count(*) FROM safeguard") == [(0,)]


@pytest.mark.parametrize("name", ["bj-agent", "bj-manager", "bj-finance"])
def test_only_administrators_set_it(client, truth, name):
    person = client(name)
    person.look("/")
    assert person.get(SECURITY).status_code == 403
    assert person.post_form(SECURITY, networks="").status_code == 403
    assert 'href="/security/"' not in body(person.get("/more/"))


def test_an_operator_lets_the_locked_out_back_in(app, client, truth):
    assert allow(client, HOME).status_code == 302
    assert at(client(), ELSEWHERE).login("bj-admin").status_code == 403
    run = app.test_cli_runner().invoke(args=["allow-anywhere", "2"])
    assert run.exit_code == 0, run.output
    assert at(client(), ELSEWHERE).login("bj-admin").status_code == 302
    assert audited(truth, "security") == 2
    assert app.test_cli_runner().invoke(args=["allow-anywhere", "77"]).exit_code == 1


# The second factor


class Phone:
    """An authenticator app that never shows a code twice: the last step's, then this one's, then the next."""

    def __init__(self, secret: str):
        self.clock, self.shown = pyotp.TOTP(secret.replace(" ", "")), 0

    def code(self) -> str:
        while time.time() % 30 > 27:  # the step must not turn while the code is on its way
            time.sleep(0.2)
        present = int(time.time()) // 30
        self.shown = max(self.shown + 1, present - 1)
        assert self.shown <= present + 1, "the server takes three steps and no more"
        return self.clock.generate_otp(self.shown)


def turn_on(person) -> tuple[Phone, list[str]]:
    """Turn it on through the page. Returns the phone, which has shown one code, and the recovery codes."""
    person.look(FACTOR)
    page = body(person.post_form(FACTOR, do="start"))
    assert 'src="data:image/svg+xml' in page
    phone = Phone(re.search(r'id="second-secret">([^<]+)<', page).group(1))
    person.look("/account/password")
    answer = person.post_form(FACTOR, do="confirm", code=phone.code())
    assert answer.status_code == 200, body(answer)
    return phone, re.findall(r"<b>((?:[A-Z2-9]{4}-){3}[A-Z2-9]{4})</b>", body(answer))


def first_step(client, name="bj-agent", password=PASSWORD):
    person = client("", "en")
    answer = person.login(name, password)
    assert answer.status_code == 302 and answer.location.endswith("/login/second"), answer.status_code
    person.look("/login/second")
    return person


def test_with_a_second_factor_a_password_alone_opens_nothing(client, truth):
    agent = client("bj-agent", "en")
    phone, recovery = turn_on(agent)
    assert len(set(recovery)) == 10
    assert agent.get("/order/list").status_code == 200, "whoever turned it on stays in"
    person = first_step(client)
    for url in ("/order/list", "/", FACTOR, "/account/password"):
        assert person.get(url).status_code == 302 and "/login" in person.get(url).location, url
    assert person.get(f"{API}order/").status_code == 401
    for bad in ("000000", "", "abcdef", "１２３４５６"):
        answer = person.post_form("/login/second", code=bad)
        assert answer.status_code == 401 and "wrong" in body(answer), bad
    assert person.get("/order/list").status_code == 302
    assert person.post_form("/login/second", code=phone.code()).status_code == 302
    assert person.get("/order/list").status_code == 200
    assert client().login("bj-agent2").status_code == 302 and client("bj-agent2").get("/order/list").status_code == 200


def test_what_is_kept_tells_no_secret(client, truth):
    phone, recovery = turn_on(client("bj-agent"))
    ((row,),) = truth("SELECT to_jsonb(f)::text FROM second_factor f")
    assert phone.clock.secret not in row
    assert not [c for c in recovery if c in row or c.replace("-", "") in row]
    assert "otpauth" not in str(truth("SELECT changes FROM audit_entry")) and audited(truth, "second factor on") == 1
    page = body(client("bj-agent2").get(FACTOR))
    assert "second-secret" not in page


def test_a_code_is_good_once(client, truth):
    phone, _codes = turn_on(client("bj-agent"))
    code = phone.code()
    first, second = first_step(client), first_step(client)
    assert first.post_form("/login/second", code=code).status_code == 302
    answer = second.post_form("/login/second", code=code)
    assert answer.status_code == 401 and "used already" in body(answer)
    assert second.get("/order/list").status_code == 302
    assert second.post_form("/login/second", code=phone.code()).status_code == 302


def test_a_code_sent_twice_at_the_same_moment_opens_one_door(client, truth):
    phone, _codes = turn_on(client("bj-agent"))
    people, together, answers = [first_step(client) for _n in range(3)], Barrier(3), []
    code = phone.code()

    def send(person):
        together.wait()
        answers.append(person.post_form("/login/second", code=code).status_code)

    threads = [Thread(target=send, args=(p,)) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 401, 401]


def test_a_recovery_code_is_good_once_too(client, truth):
    _phone, codes = turn_on(client("bj-agent"))
    one = first_step(client)
    assert one.post_form("/login/second", code=codes[3].lower().replace("-", " ")).status_code == 302
    assert first_step(client).post_form("/login/second", code=codes[3]).status_code == 401
    assert first_step(client).post_form("/login/second", code=codes[4]).status_code == 302
    assert audited(truth, "recovery code used") == 2
    assert re.search(r"8 recovery codes left|还剩 8 个备用码", body(one.get(FACTOR)))


def test_five_wrong_codes_lock_and_the_password_does_not_reset_the_count(client, truth):
    phone, codes = turn_on(client("bj-agent"))
    for _n in range(2):
        person = first_step(client)
        for _m in range(2):
            assert person.post_form("/login/second", code="000000").status_code == 401
    person = first_step(client)
    assert "Too many" in body(person.post_form("/login/second", code="000000"))
    for code in (phone.code(), codes[0]):
        assert person.post_form("/login/second", code=code).status_code == 401
    assert client().login("bj-agent").status_code == 401
    truth("UPDATE ab_user SET locked_until = now() - interval '1 second' WHERE username = 'bj-agent'")
    assert first_step(client).post_form("/login/second", code=codes[0]).status_code == 302


def test_a_planted_session_is_worth_nothing_after_either_step(app, client, truth):
    phone, _codes = turn_on(client("bj-agent"))
    victim = client("", "en")
    victim.look("/login/")
    names = [victim.get_cookie("jiahe").value]
    assert victim.login("bj-agent").status_code == 302
    names.append(victim.get_cookie("jiahe").value)
    victim.look("/login/second")
    assert victim.post_form("/login/second", code=phone.code()).status_code == 302
    assert victim.get("/order/list").status_code == 200
    names.append(victim.get_cookie("jiahe").value)
    assert len(set(names)) == 3
    for planted in names[:2]:
        thief = app.test_client()
        thief.set_cookie("jiahe", planted)
        assert thief.get("/order/list").status_code == 302
        assert thief.get("/login/second").location == "/login/"


def test_the_second_step_is_nobodys_without_the_first(client, truth):
    stranger = client("", "en")
    stranger.look("/login/")
    answer = stranger.post_form("/login/second", code="123456", username="bj-agent", pk="1", tenant="2")
    assert answer.status_code == 302 and answer.location == "/login/"
    turn_on(client("bj-agent"))
    person = first_step(client)
    truth("UPDATE ab_user SET epoch = epoch + 1 WHERE username = 'bj-agent'")
    assert person.post_form("/login/second", code="123456").location == "/login/"
    other = first_step(client)
    truth("UPDATE ab_user SET active = false WHERE username = 'bj-agent'")
    assert other.post_form("/login/second", code="123456").location == "/login/"


def test_the_interface_takes_the_code_beside_the_password(app, client, truth):
    phone, codes = turn_on(client("bj-agent"))
    sent = {"username": "bj-agent", "password": PASSWORD, "provider": "db"}
    login = lambda **more: app.test_client().post(f"{API}security/login", json=sent | more)  # noqa: E731
    needed = login()
    assert needed.status_code == 401 and needed.json["otp"] == "needed" and "access_token" not in needed.json
    assert login(otp="000000").status_code == 401 and "otp" not in login(otp="").json.get("access_token", "")
    assert login(otp=True).status_code == 401
    code = phone.code()
    assert login(otp=code, password="wrong").status_code == 401
    good = login(otp=code)
    assert good.status_code == 200
    assert login(otp=code).status_code == 401
    assert login(otp=codes[0]).status_code == 200
    caller = app.test_client()
    assert caller.get(f"{API}order/", headers={"Authorization": f"Bearer {good.json['access_token']}"}).status_code == 200


def test_turning_it_off_takes_a_code_and_a_wrong_one_counts(client, truth):
    agent = client("bj-agent", "en")
    phone, _codes = turn_on(agent)
    agent.look(FACTOR)
    assert agent.post_form(FACTOR, do="off", code="000000").status_code == 422
    assert truth("SELECT fail_login_count FROM ab_user WHERE username = 'bj-agent'") == [(1,)]
    assert agent.post_form(FACTOR, do="start").status_code == 400, "a thief of the session puts no phone of his own in its place"
    answer = agent.post_form(FACTOR, do="codes", code=phone.code())
    assert answer.status_code == 200 and len(re.findall(r"<b>([A-Z2-9-]{19})</b>", body(answer))) == 10
    assert agent.post_form(FACTOR, do="off", code=phone.code()).status_code == 302
    assert client().login("bj-agent").location == "/"
    assert (audited(truth, "second factor off"), audited(truth, "recovery codes renewed")) == (1, 1)


def test_turning_it_on_ends_what_a_thief_of_the_password_opened(client, api, truth):
    thief, caller = client("bj-agent"), api("bj-agent")
    turn_on(client("bj-agent"))
    assert thief.get("/order/list").status_code == 302
    assert caller.client.get(f"{API}order/", headers=caller.headers).status_code == 401


def test_a_role_that_needs_it_is_led_there(app, client, api, truth):
    agent, dispatcher, caller = client("bj-agent", "en"), client("bj-dispatch"), api("bj-agent")
    secret = made(client("bj-agent"))
    assert allow(client, "", roles=["agent"]).status_code == 302
    page = agent.get("/order/list")
    assert page.status_code == 302 and page.location == FACTOR
    assert "needs a second factor" in body(agent.get(FACTOR))
    assert agent.post_form("/account/tokens", name="x").location == FACTOR
    answer = agent.get(f"{API}order/")
    assert answer.status_code == 403 and "second factor" in answer.json["message"].lower()
    assert caller.client.get(f"{API}order/", headers=caller.headers).status_code == 403
    assert Program(app, secret).call(f"{API}order/").status_code == 403
    assert dispatcher.get("/order/list").status_code == 200
    phone, _codes = turn_on(agent)
    assert agent.get("/order/list").status_code == 200
    assert Program(app, secret).call(f"{API}order/").status_code == 200
    agent.look(FACTOR)
    assert agent.post_form(FACTOR, do="off", code=phone.code()).status_code == 400
    assert client("bj-agent2", "en").get("/order/list").location == FACTOR


def test_an_administrator_resets_a_colleagues(client, truth):
    agent, admin = client("bj-agent"), client("bj-admin", "en")
    turn_on(agent)
    ((person, me, other),) = truth(
        "SELECT max(id) FILTER (WHERE username = 'bj-agent'), max(id) FILTER (WHERE username = 'bj-admin'), "
        "max(id) FILTER (WHERE username = 'sh-agent') FROM staff"
    )
    assert f"/users/second-factor/{person}" in body(admin.look("/users/"))
    for url in ("second-factor", "sessions"):
        assert client("bj-manager").post_form(f"/users/{url}/{person}").status_code in (400, 403)
        assert admin.post_form(f"/users/{url}/{other}").status_code == 404
    assert admin.post_form(f"/users/second-factor/{me}").status_code == 403
    assert agent.get("/order/list").status_code == 200
    assert admin.post_form(f"/users/second-factor/{person}").status_code == 302
    assert agent.get("/order/list").status_code == 302
    assert client().login("bj-agent").location == "/"
    assert audited(truth, "second factor reset") == 1


# Sessions

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"


def from_device(client, agent, address, name="bj-finance"):
    person = at(client("", "en"), address)
    person.environ_base["HTTP_USER_AGENT"] = agent
    assert person.login(name).status_code == 302
    assert person.post_form("/lang", lang="en").status_code == 302
    return person


def rows(person) -> dict[str, str]:
    """Address -> the row of the page."""
    found = re.findall(r"<tr><td class=\"first\">.*?</tr>", body(person.look(SESSIONS)), re.DOTALL)
    return {re.search(r"[\d.]{7,}", re.sub(r"<[^>]+>", " ", row)).group(): row for row in found}


def test_a_person_sees_where_they_are_signed_in_and_ends_one(client, truth):
    desk, phone = from_device(client, CHROME, "203.0.113.21"), from_device(client, WECHAT, "203.0.113.22")
    there = rows(desk)
    assert "Chrome · Windows" in there["203.0.113.21"] and ">here<" in there["203.0.113.21"]
    assert "WeChat · iPhone" in there["203.0.113.22"] and ">here<" not in there["203.0.113.22"]
    url = re.search(r'action="(/account/sessions/end/[^"]+)"', there["203.0.113.22"]).group(1)
    assert client("bj-agent2").post_form(url).status_code in (400, 404)
    stranger = client("bj-agent2")
    stranger.look("/")
    assert stranger.post_form(url).status_code == 404, "another person's"
    assert phone.get("/receivable/list").status_code == 200
    assert desk.post_form(url).status_code == 302
    assert phone.get("/receivable/list").status_code == 302
    assert phone.get(f"{API}receivable/").status_code == 401
    assert "203.0.113.22" not in rows(desk)
    assert desk.post_form(url).status_code == 404
    assert phone.get("/receivable/list").status_code == 302, "it does not come back"


def test_ending_all_others_ends_tokens_of_the_sign_in_too(client, api, truth):
    desk, phone, caller = from_device(client, CHROME, "203.0.113.23"), from_device(client, WECHAT, "203.0.113.24"), api("bj-finance")
    desk.look(SESSIONS)
    stolen = desk.get_cookie("jiahe").value
    assert desk.post_form(f"{SESSIONS}/others").status_code == 302
    assert desk.get("/receivable/list").status_code == 200
    assert phone.get("/receivable/list").status_code == 302
    assert caller.client.get(f"{API}receivable/", headers=caller.headers).status_code == 401
    thief = client()
    thief.set_cookie("jiahe", stolen)
    assert thief.get("/receivable/list").status_code == 302
    assert set(rows(desk)) == {"203.0.113.23"}
    assert audited(truth, "sessions ended") == 1


def test_an_administrator_ends_a_colleagues_sessions(client, truth):
    desk, admin = from_device(client, CHROME, "203.0.113.25"), client("bj-admin", "en")
    ((person,),) = truth("SELECT id FROM staff WHERE username = 'bj-finance'")
    assert f"/users/sessions/{person}" in body(admin.look("/users/"))
    assert admin.post_form(f"/users/sessions/{person}").status_code == 302
    assert desk.get("/receivable/list").status_code == 302
    assert client().login("bj-finance").status_code == 302


def test_signing_out_ends_the_session_for_whoever_copied_it(app, client, truth):
    desk = from_device(client, CHROME, "203.0.113.26")
    copied = desk.get_cookie("jiahe").value
    desk.look("/")
    assert desk.post_form("/logout/").status_code == 302
    thief = app.test_client()
    thief.set_cookie("jiahe", copied)
    assert thief.get("/receivable/list").status_code == 302
    assert "203.0.113.26" not in rows(client("bj-finance"))


@pytest.mark.parametrize(("agent", "words"), [
    (CHROME, "Chrome · Windows"), (WECHAT, "iPhone"), ("curl/8.1", "curl"), ("", ""), ("<script>alert(1)</script>", ""),
])  # fmt: skip
def test_a_device_has_a_name_a_person_knows(app, agent, words):
    from app.web.devices import device

    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert words in device(agent) and "<" not in device(agent)


def test_a_look_writes_no_session_so_that_none_puts_back_what_another_changed(app, client):
    """Of two requests at once the slower one would bring the old language back, with the session as it read it."""
    from app.extensions import store

    person = client("bj-agent")
    person.get("/bell/")
    key = "session:" + person.get_cookie("jiahe").value
    with app.app_context():
        assert store().exists(key)
        store().expire(key, 300)
        for path in ("/bell/", "/customer/add", "/api/v1/customer/?size=1"):
            assert person.get(path).status_code == 200
        assert store().ttl(key) <= 300
        assert person.post_form("/lang", lang="en").status_code == 302
        assert store().ttl(key) > 300
    person.post_form("/lang", lang="zh")
