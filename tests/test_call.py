"""Order by phone: who calls is known, one form makes customer and order, sent twice it makes one."""

from __future__ import annotations

import html
import re
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import func, select

from app.engine.clock import local, now
from app.engine.wall import leave
from app.models.customer import Customer
from app.models.order import Order
from tests.acting import as_person, as_program

KEY = re.compile(r'name="request" value="([^"]+)"')


@contextmanager
def inside(app):
    """The database, for a moment: a request made meanwhile would share the context."""
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


def number_of(app, who: str) -> tuple[str, int, str]:
    """The phone of a customer of that person who shares it with nobody, the customer, and that person's name."""
    with inside(app) as session, as_person(session, who) as person, as_program(session):
        several = select(Customer.phone_hash).where(Customer.phone_hash.is_not(None)).group_by(Customer.phone_hash).having(func.count() > 1)
        mine = select(Customer).where(Customer.owner_id == person.id, Customer.phone_hash.not_in(several))
        one = session.scalars(mine.order_by(Customer.id).limit(1)).one()
        return one.phone, one.id, person.name


def counts(app) -> tuple[int, int]:
    """How many orders and customers there are."""
    with inside(app) as session, as_program(session):
        return tuple(session.scalar(select(func.count()).select_from(model)) for model in (Order, Customer))


def form(person, api, **more: str) -> dict[str, str]:
    """A form that is right, as the page gives it out."""
    page = person.look("/call/")
    services = {s["unit"]: s["id"] for s in api("bj-agent").get("/api/v1/service/")["result"]}
    starts = local(now() + timedelta(days=90))
    given = {
        "request": KEY.search(page.text).group(1), "customer": "", "phone": "14100880001", "name": "钱新来",
        "district": "朝阳区", "address": "望京街 9 号", "service": str(services["hour"]),
        "starts_at": f"{starts:%Y-%m-%dT%H:%M}", "quantity": "3", "special": "怕狗",
    }  # fmt: skip
    return given | more


def said(app, words: str, **facts: str) -> str:
    with app.test_request_context(), force_locale("zh"):
        return html.escape(gettext(words, **facts))


@pytest.mark.feature("ORD-14")
def test_one_form_makes_the_customer_and_the_order(app, client, api):
    person = client("bj-agent")
    answer = person.post_form("/call/", follow=True, **form(person, api, phone="141 0088 0011"))
    assert answer.status_code == 200
    number = re.search(r"DD-BJ\d\d-\d{6}-\d{4}", answer.text).group()
    assert said(app, "Order %(number)s placed; dispatch has been told.", number=number) in answer.text
    order = api("bj-agent").get("/api/v1/order/", number=number)["result"][0]
    assert (order["state"], order["district"], order["special"]) == ("placed", "朝阳区", "怕狗")
    assert order["quantity"] in ("3", "3.000")
    known = person.get("/call/find?phone=14100880011").json["mine"]
    assert [(c["name"], c["usual"]) for c in known] == [("钱新来", order["service"]["id"])]
    assert known[0]["orders"][0]["url"].endswith(f"/{order['id']}")


def test_the_same_form_sent_again_is_the_same_order(app, client, api):
    person = client("bj-agent")
    sent = form(person, api, phone="14100880002")
    before = counts(app)
    addresses = {person.post_form("/call/", **sent).location for _again in range(3)}
    assert len(addresses) == 1
    assert counts(app) == (before[0] + 1, before[1] + 1)


def test_the_same_form_sent_twice_at_once_is_one_order(app, client, api):
    """Two presses that overtake each other: the database refuses the second, the person sees the first."""
    person = client("bj-agent")
    sent = form(person, api, phone="14100880003")
    before = counts(app)
    twins = [app.test_client() for _each in range(4)]
    for twin in twins:
        twin.environ_base["REMOTE_ADDR"] = person.environ_base["REMOTE_ADDR"]
        twin.set_cookie("jiahe", person.get_cookie("jiahe").value)
    found = []
    body = {"csrf_token": person.token, **sent}
    threads = [threading.Thread(target=lambda t: found.append(t.post("/call/", data=body)), args=(twin,)) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in found] == [302] * 4
    assert len({a.location for a in found}) == 1
    assert counts(app) == (before[0] + 1, before[1] + 1)


def test_a_known_number_brings_its_customer(app, client):
    phone, pk, _owner = number_of(app, "bj-agent")
    answer = client("bj-agent").get(f"/call/find?phone={phone}").json
    assert [c["id"] for c in answer["mine"]] == [pk]
    assert answer["others"] == []
    assert {"attention", "habits", "diet", "arrears", "orders", "usual", "carer", "place"} <= set(answer["mine"][0])


@pytest.mark.feature("PRV-09")
def test_of_a_colleagues_customer_only_the_owner_is_named(app, client):
    phone, _pk, name = number_of(app, "bj-agent")
    answer = client("bj-agent2").get(f"/call/find?phone={phone}")
    assert answer.json == {"mine": [], "others": [{"owner": name}], "hint": ""}


@pytest.mark.feature("PRV-09")
def test_the_owner_is_named_to_a_manager_who_may_not_list_him(app, client):
    with inside(app) as session, as_person(session, "bj-manager") as boss, as_program(session):
        elsewhere = select(Customer).where(Customer.store_id != boss.store_id, Customer.phone.is_not(None))
        one = session.scalars(elsewhere.order_by(Customer.id).limit(1)).one()
        phone, name = one.phone, one.owner.name
    assert client("bj-manager").get(f"/call/find?phone={phone}").json["others"] == [{"owner": name}]


def test_another_franchise_hears_nothing(client, api):
    person = client("bj-agent")
    assert person.post_form("/call/", **form(person, api, phone="14100880005")).status_code == 302
    assert len(person.get("/call/find?phone=14100880005").json["mine"]) == 1
    assert client("sh-agent").get("/call/find?phone=14100880005").json == {"mine": [], "others": [], "hint": ""}


@pytest.mark.feature("PRV-09")
def test_a_number_of_a_colleague_needs_a_tick(app, client, api):
    phone, _pk, name = number_of(app, "bj-agent")
    person = client("bj-agent2")
    sent, before = form(person, api, phone=phone), counts(app)
    refused = person.post_form("/call/", **sent)
    words = "This number is already known, with %(who)s. Tick that it is another person, or choose the customer."
    assert refused.status_code == 422
    assert said(app, words, who=name) in refused.text
    assert counts(app) == before
    assert person.post_form("/call/", **sent, another="1").status_code == 302
    assert counts(app) == (before[0] + 1, before[1] + 1)


def test_what_is_wrong_stands_beside_its_field_and_all_is_kept(app, client, api):
    person = client("bj-agent")
    before = counts(app)
    typed = {"phone": "1410088", "name": "", "service": "", "starts_at": "2020-01-01T10:00", "quantity": "0"}
    answer = person.post_form("/call/", **form(person, api, **typed))
    assert answer.status_code == 422
    assert set(re.findall(r'id="e-(\w+)"', answer.text)) == set(typed)
    for kept in ("1410088", "2020-01-01T10:00", "望京街 9 号", "怕狗"):
        assert kept in answer.text
    assert counts(app) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": "1e9"}, {"quantity": "-1"}, {"quantity": "NaN"}, {"starts_at": "9999-12-31T23:00"},
        {"starts_at": "soon"}, {"service": "999999999999"}, {"service": "x"}, {"customer": "99999999999"},
        {"customer": "x"}, {"phone": "<script>"}, {"phone": ""}, {"name": "长" * 200}, {"address": "a\x00b"},
    ],
)  # fmt: skip
def test_odd_values_are_refused_in_words(app, client, api, wrong):
    person = client("bj-agent")
    before = counts(app)
    answer = person.post_form(
        "/call/", **form(person, api, phone="14100880004", **wrong) if "phone" not in wrong else form(person, api, **wrong)
    )
    assert answer.status_code == 422
    assert f'id="e-{next(iter(wrong))}"' in answer.text
    assert "<script>alert" not in answer.text
    assert counts(app) == before


def test_somebody_elses_customer_cannot_be_chosen(app, client, api):
    phone, pk, _owner = number_of(app, "bj-agent")
    person = client("bj-agent2")
    answer = person.post_form("/call/", **form(person, api, customer=str(pk), phone=phone))
    assert answer.status_code == 422
    with inside(app) as session, as_program(session):
        name = session.get(Customer, pk).name
    assert name not in answer.text


def test_the_price_is_told_before_the_order(client, api):
    person = client("bj-agent")
    service = next(s for s in api("bj-agent").get("/api/v1/service/")["result"] if s["unit"] == "hour")
    answer = person.get(f"/call/price?service={service['id']}&quantity=2.5&starts_at=2026-12-01T09:00").json
    assert answer["total"] == f"¥{float(service['price']) * 2.5:,.2f}"
    assert "11:30" in answer["ends"]
    for odd in ("quantity=0", "quantity=x", "quantity=1e30", "starts_at=9999-12-31T00:00", "service=7777777"):
        query = {"service": str(service["id"])} | dict([odd.split("=")])
        refused = person.get("/call/price", query_string=query, headers={"Accept": "application/json"})
        assert refused.status_code == 400, odd
        assert refused.json["message"]


@pytest.mark.parametrize("who", ["bj-dispatch", "bj-finance", "hq"])
def test_it_is_closed_to_those_who_take_no_orders(client, who):
    person = client(who)
    for path in ("/call/", "/call/find?phone=13800000000", "/call/price?service=1"):
        assert person.get(path).status_code == 403
    assert 'href="/call/"' not in person.get("/").text


def test_the_page_asks_the_database_little(app, client, count_queries):
    phone, _pk, _owner = number_of(app, "bj-agent")
    person = client("bj-agent")
    for path, most in (("/call/", 6), (f"/call/find?phone={phone}", 10)):
        with count_queries() as sent:
            assert person.get(path).status_code == 200
        assert sent.count <= most, "\n".join(sent)


@pytest.mark.feature("CLI-08")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_order_is_taken_by_keyboard_alone(page, lang):
    agent = page("bj-agent", lang, 1366, 768)
    agent.goto("/call/")
    begun = time.monotonic()
    agent.keyboard.type("1410099000" + "12"[lang == "en"])
    agent.keyboard.press("Enter")
    agent.wait_for_selector("[name=name]:focus")
    agent.keyboard.type("冯桂英")
    agent.keyboard.press("Alt+Digit3")
    agent.wait_for_selector("#total:has-text('¥')")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_url("**/order/show/*")
    assert time.monotonic() - begun < 30
    agent.goto("/call/?phone=1410099000" + "12"[lang == "en"])
    agent.wait_for_selector(".caller.on:has-text('冯桂英')")
    assert agent.locator("[name=service]").nth(2).is_checked()
    agent.locator(".caller.on button").press("Enter")
    agent.wait_for_selector("#another:visible")
    assert agent.locator("[name=name]").is_visible()


@pytest.mark.feature("CLI-08", "CUS-14")
def test_customer_need_and_order_are_there_after_few_keys(page, api):
    """A stranger rings: by keyboard alone, in 30 seconds, with 33 keys besides the words, there is a customer with a need and an order."""
    agent = page("bj-agent", "zh", 1366, 768)
    agent.goto("/")
    begun, keys = time.monotonic(), 0

    def press(*names: str) -> None:
        nonlocal keys
        for name in names:
            agent.keyboard.press(name)
            keys += 1

    def write(words: str) -> None:
        nonlocal keys
        agent.keyboard.type(words)
        keys += len(words)

    agent.goto("/call/")
    write("14100990088")
    press("Enter")
    agent.wait_for_selector("[name=name]:focus")
    write("冯桂兰")
    press("Tab")
    write("朝阳区")
    press("Alt+Digit3")
    agent.wait_for_selector("#total:has-text('¥')")
    press("Control+Enter")
    agent.wait_for_url("**/order/show/*")
    assert time.monotonic() - begun < 30
    assert keys <= 33
    order = int(agent.url.rpartition("/")[2])
    caller, need = api("bj-agent"), None
    customer = caller.get(f"/api/v1/order/{order}")["result"]["customer"]
    end = time.monotonic() + 15
    while need is None and time.monotonic() < end:  # a notice makes it, at once
        found = caller.get("/api/v1/need/", customer=customer["id"])["result"]
        need = found[0] if found else time.sleep(0.2)
    assert (need["order"]["id"], need["state"], customer["label"]) == (order, "ordered", "冯桂兰")
