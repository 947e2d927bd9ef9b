"""Orders from every channel: counted by where they came from, classed by words and place, answered by the clock, booked by clients."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from app.engine.clock import local
from app.jobs.care import run
from app.workflows.response import tell_late
from tests.delivering import deliver
from tests.test_prices import monday, number_of


@pytest.fixture
def ids(truth):
    return {"customer": number_of(truth, "customer", "name = '王秀兰'"), "service": number_of(truth, "service", "code = 'BJ'")}


def booking_page(person, truth) -> str:
    """The address that the store's own page gives."""
    store = number_of(truth, "store", "code = 'BJ01'")
    url = re.search(r'id="booking-url"|value="([^"]+/book/[^"]+)"', person.get(f"/store/booking/{store}").text).group(1)
    return "/book/" + url.rsplit("/book/", 1)[1]


def a_day() -> str:
    return monday()[:10]


def first_slot(text: str) -> str:
    return re.search(r'name="slot" value="([^"]+)"', text).group(1)


def who(name="周小姐", phone="13900001111", **more):
    return {"name": name, "phone": phone, "district": "", "address": "朝阳区建国路 9 号 3-201", "special": "", **more}


@pytest.mark.feature("BOOK-08")
@pytest.mark.feature("ORD-09")
def test_a_client_books_a_service_a_free_time_and_a_person_and_nobody_gets_it_twice(app, client, api, truth, ids):
    url = booking_page(client("bj-agent"), truth)
    windows = number_of(truth, "service_option", "name_en = 'Windows'")
    visitor, other = client(), client()
    asked = f"?service={ids['service']}&day={a_day()}&quantity=2&option={windows}&lang=en"
    page = visitor.look(url + asked).text
    assert "¥180.00" in page and "Windows" in page
    slot = first_slot(page)
    other.look(url + asked)
    sent = {"service": ids["service"], "day": a_day(), "quantity": "2", "option": windows, "slot": slot, "do": "book"}
    made = visitor.post_form(url, **sent, **who(), key="one")
    assert made.status_code == 302 and "/c/" in made.location, made.get_data(as_text=True)[:3000]
    names = "id, number, source, mechanism, state, amount, wanted_id, respond_by IS NOT NULL"
    order, = truth(f'SELECT {names} FROM "order" ORDER BY id DESC LIMIT 1')
    assert order[2:6] == ("web", "book", "booked", Decimal("180.00"))
    assert str(order[6]) == slot.split("@")[0] and order[7]
    assert visitor.post_form(url, **sent, **who(), key="one").status_code == 302, "the same form is the same order"
    again = other.post_form(url, **sent, **who("别人", "13900002222"), key="two")
    assert again.status_code == 400 and "Somebody has just booked this time" in again.text
    assert truth('SELECT count(*) FROM "order" WHERE source = \'web\' AND state = \'booked\'') == [(1,)]
    assert slot not in other.get(url + asked).text
    other_order = api("bj-agent").post("/api/v1/order/", {**ids, "quantity": "2", "starts_at": slot.split("@")[1]})["result"]
    taken = api("bj-dispatch").post(f"/api/v1/order/{other_order['id']}/assign", {"worker": slot.split("@")[0]}, 400)
    assert "A client has booked this carer" in taken["message"]
    deliver(app)
    both = "message m JOIN staff s ON s.id = m.staff_id"
    told = truth(f"SELECT s.username, m.title FROM {both} WHERE m.event = 'order.booked' AND m.channel = 'bell'")
    agent = truth('SELECT s.username, s.roles FROM staff s JOIN "order" o ON o.owner_id = s.id WHERE o.id = %s', order[0])[0]
    assert agent[1] == ["agent"]
    assert {"bj-dispatch", agent[0]} <= {t[0] for t in told}
    assert all(order[1] in t[1] for t in told)


@pytest.mark.feature("BOOK-08")
@pytest.mark.feature("STF-06")
def test_a_booking_that_is_moved_takes_its_time_along_and_who_may_not_go_is_not_offered(client, truth, ids):
    url, visitor, leader = booking_page(client("bj-agent"), truth), client(), client("bj-manager", "en")
    asked = f"?service={ids['service']}&day={a_day()}&quantity=2&lang=en"
    slot = first_slot(visitor.look(url + asked).text)
    sent = {"service": ids["service"], "day": a_day(), "quantity": "2", "slot": slot, "do": "book"}
    assert visitor.post_form(url, **sent, **who(), key="one").status_code == 302
    order, version, state = truth('SELECT id, version, state FROM "order" ORDER BY id DESC LIMIT 1')[0]
    assert state == "booked"
    page = leader.look(f"/changes/{order}").text
    fee = re.search(r'name="fee" value="([^"]*)"', page).group(1)
    to = slot.split("@")[1][:10] + "T16:00"
    moved = leader.post_form(f"/changes/{order}/move", version=str(version), fee=fee, reason="The client asked", to=to)
    assert moved.status_code == 302, moved.text[:2000]
    held = truth("SELECT starts_at FROM booked_slot WHERE order_id = %s", order)
    assert [f"{local(at):%Y-%m-%dT%H:%M}" for (at,) in held] == [to]
    assert slot in visitor.get(url + asked).text, "the first time is free again"
    worker = slot.split("@")[0]
    truth("UPDATE worker_paper SET until = current_date - 1 WHERE kind = 'health' AND worker_id = %s", worker)
    assert f'value="{worker}@' not in visitor.get(url + asked).text, "the health certificate ran out"


@pytest.mark.feature("BOOK-08")
def test_whoever_guesses_the_key_of_a_programs_order_is_not_led_to_it(client, truth, ids):
    url, visitor = booking_page(client("bj-agent"), truth), client()
    theirs = number_of(truth, "order", "TRUE")
    truth("UPDATE \"order\" SET request = 'shop-1' WHERE id = %s", theirs)
    slot = first_slot(visitor.look(f"{url}?service={ids['service']}&day={a_day()}&quantity=2").text)
    sent = {"service": ids["service"], "day": a_day(), "quantity": "2", "slot": slot, "do": "book"}
    made = visitor.post_form(url, **sent, **who(), key="shop-1")
    assert made.status_code == 302
    own, number = truth('SELECT id, number FROM "order" WHERE source = \'web\' AND tenant_id = 2 ORDER BY id DESC LIMIT 1')[0]
    assert own != theirs
    assert number in visitor.get(made.location).text


@pytest.mark.feature("BOOK-08")
def test_the_database_refuses_the_second_of_two_who_pass_the_page_at_once(app, truth, ids, client):
    from datetime import UTC, datetime

    from psycopg.errors import ExclusionViolation

    worker, order = number_of(truth, "worker", "TRUE"), number_of(truth, "order", "TRUE")
    add = ("INSERT INTO booked_slot (tenant_id, version, created_at, changed_at, order_id, worker_id, starts_at, ends_at)"
           " VALUES (2, 1, now(), now(), %s, %s, %s, %s)")  # fmt: skip
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    truth(add, order, worker, at, at + timedelta(hours=2))
    with pytest.raises(ExclusionViolation):
        truth(add, order, worker, at + timedelta(hours=1), at + timedelta(hours=3))
    truth(add, order, worker, at + timedelta(hours=2), at + timedelta(hours=3))


@pytest.mark.feature("BOOK-09")
def test_one_button_ends_in_a_sum_to_pay_the_other_in_a_booking_to_be_confirmed(app, client, api, truth, ids):
    url, visitor = booking_page(client("bj-agent"), truth), client()
    asked = f"?service={ids['service']}&day={a_day()}&quantity=2&lang=en"
    page = visitor.look(url + asked).text
    assert 'value="pay"' in page and 'value="book"' in page
    sent = {"service": ids["service"], "day": a_day(), "quantity": "2"}
    paid = visitor.post_form(url, **sent, **who(), slot=first_slot(page), do="pay")
    assert paid.status_code == 302
    (pk, state, mechanism), = truth('SELECT id, state, mechanism FROM "order" ORDER BY id DESC LIMIT 1')
    assert (state, mechanism) == ("placed", "pay")
    assert truth("SELECT amount FROM receivable WHERE order_id = %s", pk) == [(Decimal("100.00"),)]
    assert "¥100.00" in visitor.get(paid.location).text, "the client's own page says what is to be paid"
    api("bj-manager").put(f"/api/v1/order/{pk}", {"agreed": "90", "why_price": "老客户"})
    deliver(app)
    assert truth("SELECT amount FROM receivable WHERE order_id = %s", pk) == [(Decimal("90.00"),)], "what is owed follows the price"
    assert "¥90.00" in visitor.get(paid.location).text
    page = visitor.look(url + asked).text
    booked = visitor.post_form(url, **sent, **who("钱先生", "13900003333"), slot=first_slot(page), do="book")
    assert booked.status_code == 302
    (pk, state), = truth('SELECT id, state FROM "order" ORDER BY id DESC LIMIT 1')
    assert state == "booked"
    assert truth("SELECT count(*) FROM receivable WHERE order_id = %s", pk) == [(0,)]
    dispatcher = api("bj-dispatch")
    assert dispatcher.post(f"/api/v1/order/{pk}/confirm")["result"]["state"] == "placed"
    assert truth('SELECT answered_at IS NOT NULL FROM "order" WHERE id = %s', pk) == [(True,)]


@pytest.mark.feature("ORD-19")
def test_a_missing_address_is_refused_at_entry_and_stuck_orders_are_listed(client, truth, ids):
    url, visitor = booking_page(client("bj-agent"), truth), client()
    page = visitor.look(f"{url}?service={ids['service']}&day={a_day()}&quantity=2&lang=en").text
    sent = {"service": ids["service"], "day": a_day(), "quantity": "2", "slot": first_slot(page), "do": "book"}
    before = truth('SELECT count(*) FROM "order"')
    refused = visitor.post_form(url, **sent, **who() | {"address": " "})
    assert refused.status_code == 400 and "Write your name, phone and address" in refused.text
    assert truth('SELECT count(*) FROM "order"') == before
    assert visitor.post_form(url, **sent, **who()).status_code == 302
    (number,), = truth('UPDATE "order" SET respond_by = now() - interval \'1 hour\' WHERE state = \'booked\' RETURNING number')
    home = client("bj-dispatch", "en").get("/").text
    assert "Not answered in time" in home
    stuck = client("bj-dispatch", "en").get("/order/list?respond_by.empty=0&answered_at.empty=1&state.in=booked,pricing,placed").text
    assert number in stuck


@pytest.mark.feature("ORD-08")
def test_the_office_hears_of_it_with_the_time_to_answer_and_again_when_nobody_did(app, client, api, truth, ids):
    caller = api("bj-manager")
    made = caller.post("/api/v1/order/", {**ids, "quantity": "2", "starts_at": monday(), "source": "web"})["result"]
    minutes = truth('SELECT extract(epoch FROM respond_by - created_at) / 60 FROM "order" WHERE id = %s', made["id"])[0][0]
    assert round(minutes) == 15, "the company's own response time for the web"
    caller.put(f"/api/v1/order/{made['id']}", {"special": "请快"})
    deliver(app)
    heard = "SELECT m.sound FROM message m JOIN staff s ON s.id = m.staff_id WHERE s.username = 'bj-dispatch' AND m.event = %s"
    assert truth(heard, "order.placed")[-1:] == [(True,)]
    truth('UPDATE "order" SET respond_by = now() - interval \'1 minute\' WHERE id = %s', made["id"])
    with app.app_context():
        assert run(tell_late) == 1
        assert run(tell_late) == 0
    deliver(app)
    assert truth(heard, "order.unanswered") == [(True,)]
    page = client("bj-dispatch", "en").get(f"/order/show/{made['id']}").text
    assert "Answer" in page
    assert api("bj-dispatch").post(f"/api/v1/order/{made['id']}/answer_it")["result"]["answered_at"]
    desk = caller.post("/api/v1/order/", {**ids, "quantity": "2", "starts_at": monday(), "source": "phone"})["result"]
    assert desk["respond_by"] is None, "whoever took the call has answered"


@pytest.mark.feature("ORD-04")
def test_an_order_of_a_platform_keeps_its_number_and_commission_and_comes_once(api, truth, ids):
    manager = api("bj-manager")
    sent = {**ids, "quantity": "2", "starts_at": monday(), "source": "platform", "platform": "meituan", "platform_no": "MT-778899",
            "commission": "12.5"}  # fmt: skip
    made = manager.post("/api/v1/order/", sent)["result"]
    assert (made["platform"], made["platform_no"], made["commission"], made["source"]) == ("meituan", "MT-778899", "12.500", "platform")
    again = manager.post("/api/v1/order/", sent, 409)
    assert "there already" in again["message"]
    manager.post("/api/v1/order/", sent | {"platform": "58"})
    manager.post("/api/v1/order/", {k: v for k, v in sent.items() if k != "platform_no"}, 422)
    manager.post("/api/v1/order/", sent | {"platform_no": "MT-1", "commission": "120"}, 409)
    assert truth("SELECT count(*) FROM \"order\" WHERE platform_no = 'MT-778899'") == [(2,)]


@pytest.mark.feature("ORD-13")
@pytest.mark.feature("ORD-15")
def test_by_phone_by_the_web_and_by_programs_the_channel_is_kept_and_all_see_it_at_once(client, api, truth, ids):
    agent, dispatcher, visitor = client("bj-agent", "en"), client("bj-dispatch", "en"), client()
    agent.look("/call/")
    typed = {"starts_at": monday().replace(" ", "T"), "quantity": "2", "area": "120", "request": "k1"}
    taken = agent.post_form("/call/", **ids, **typed)
    assert taken.status_code == 302
    phone = int(taken.location.rsplit("/", 1)[1])
    assert truth('SELECT source, amount, area FROM "order" WHERE id = %s', phone) == [("phone", Decimal("140.00"), Decimal("120.000"))]
    program = api("bj-agent").post("/api/v1/order/", {**ids, "starts_at": monday(), "source": "app"})["result"]["id"]
    url = booking_page(client("bj-agent"), truth)
    page = visitor.look(f"{url}?service={ids['service']}&day={a_day()}&quantity=2").text
    visitor.post_form(url, service=ids["service"], day=a_day(), quantity="2", slot=first_slot(page), do="book", **who())
    found = dict(truth('SELECT source, count(*) FROM "order" WHERE id >= %s GROUP BY 1', phone))
    assert found == {"phone": 1, "app": 1, "web": 1}
    listed = dispatcher.get("/order/list?sort=-id").text
    for pk in (phone, program):
        assert f"/order/show/{pk}" in listed


@pytest.mark.feature("ORD-14")
def test_orders_of_the_same_second_have_numbers_of_their_own_by_store(api, truth, ids):
    callers = [api("bj-agent"), api("bj-manager"), api("bj-agent2"), api("bj-admin")]

    def order(n):
        return callers[n % 4].post("/api/v1/order/", {**mine(callers[n % 4]), "starts_at": monday()})["result"]["number"]

    def mine(caller):
        return {"customer": caller.get("/api/v1/customer/", size=1)["result"][0]["id"], "service": ids["service"]}

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(order, range(12)))
    assert len(set(numbers)) == 12
    assert all(re.fullmatch(r"DD-BJ0\d-\d{6}-\d{4}", n) for n in numbers)


@pytest.mark.feature("ORD-16")
def test_words_make_the_class_and_the_order_shows_by_which_rule(client, api, truth, ids):
    agent = api("bj-agent")
    deep = agent.post("/api/v1/order/", {**ids, "starts_at": monday(), "special": "Please a deep clean of the kitchen"})["result"]
    assert (deep["order_class"], deep["class_rule"]["label"][:2]) == ("deep", "深度")
    assert "Class by the rule" in client("bj-agent", "en").get(f"/order/show/{deep['id']}").text
    assert agent.post("/api/v1/order/", {**ids, "starts_at": monday()})["result"]["order_class"] == "daily"
    mine = agent.post("/api/v1/order/", {**ids, "starts_at": monday(), "order_class": "temporary"})["result"]
    assert (mine["order_class"], mine["class_rule"]) == ("temporary", None), "what a person says stays"
    admin = client("bj-admin")
    admin.look("/class_rule/add")
    assert admin.post_form("/class_rule/add", order_class="long", words="长期\n每周三次", position="0", active="1").status_code == 302
    assert agent.post("/api/v1/order/", {**ids, "starts_at": monday(), "special": "每周三次"})["result"]["order_class"] == "long"


@pytest.mark.feature("ORD-17")
def test_the_address_sets_district_store_and_area(client, api, truth, ids):
    """What comes by itself goes to the store that looks after the place, in its number too."""
    both = "store_area a JOIN store s ON s.id = a.shop_id"
    rows = truth(f"SELECT a.id, a.name, a.district, s.id, s.code FROM {both} WHERE a.tenant_id = 2 ORDER BY a.id")
    _pk, _name, district, store, code = rows[-1]
    manager = api("bj-manager")
    sent = {**ids, "starts_at": monday(), "source": "web", "address": f"{district}学院路 5 号"}
    made = manager.post("/api/v1/order/", sent)["result"]
    kept = truth('SELECT district, store_id, zone_id, number FROM "order" ORDER BY id DESC LIMIT 1')[0]
    assert kept[:3] == (district, store, rows[-1][0])
    assert kept[3].startswith(f"DD-{code}-")
    assert made
    admin = client("bj-admin")
    admin.look("/store_area/add")
    sent_area = {"name": "大学城", "shop": rows[0][3], "district": district, "words": "学院路\n成府路", "active": "1"}
    assert admin.post_form("/store_area/add", **sent_area).status_code == 302
    manager.post("/api/v1/order/", sent)
    assert truth('SELECT store_id FROM "order" ORDER BY id DESC LIMIT 1') == [(rows[0][3],)], "a street is nearer than a district"


@pytest.mark.feature("ORD-11")
def test_the_back_office_has_one_list_with_a_board_filters_and_what_may_be_done_to_many(client, truth):
    manager = client("bj-manager", "en")
    board = manager.get("/order/list?as=board&by=state").text
    assert all(word in board for word in ("To be confirmed", "Price to agree to", "Placed", "Under way"))
    assert manager.get("/order/list?kind=cleaning&state=done").status_code == 200
    assert "/order/bulk" in manager.get("/order/list").text or "data-bulk" in manager.get("/order/list").text


@pytest.mark.feature("STO-02")
def test_a_new_store_has_its_scope_its_numbers_its_prices_and_its_people(client, api, truth, ids):
    """Made through the pages alone; an order from its area then has its number, its price, and is seen by its people."""
    admin = client("bj-admin")
    admin.look("/store/add")
    prices = {"line:store_price:new1:service": ids["service"], "line:store_price:new1:price": "58"}
    made = admin.post_form("/store/add", code="BJ07", name="延庆店", city="北京", district="延庆区", **prices)
    assert made.status_code == 302, made.get_data(as_text=True)[:2000]
    store = made.location.rsplit("/", 1)[1]
    admin.look("/store_area/add")
    assert admin.post_form("/store_area/add", name="延庆", shop=store, district="延庆区", active="1").status_code == 302
    admin.look("/users/add")
    person = {"name": "方店长", "username": "bj07-manager", "password": "Correct-Horse-7", "roles": "manager", "roles_sent": "1",
              "language": "zh", "store": store}  # fmt: skip
    assert admin.post_form("/users/add", **person).status_code == 200
    sent = {**ids, "quantity": "2", "starts_at": monday(), "source": "web", "address": "延庆区妫水街 8 号"}
    order = api("bj-manager").post("/api/v1/order/", sent)["result"]
    kept = truth('SELECT number, amount, store_id FROM "order" ORDER BY id DESC LIMIT 1')[0]
    assert kept[0].startswith("DD-BJ07-")
    assert kept[1:] == (Decimal("116.00"), int(store))
    theirs = client("bj07-manager", "zh", "Correct-Horse-7").get("/order/list").text
    assert kept[0] in theirs
    assert order


@pytest.mark.feature("ORD-20")
def test_the_store_lists_its_bookings_visits_contracts_and_receipts_with_their_states(client, truth):
    store = number_of(truth, "store", "code = 'BJ01'")
    manager, page = client("bj-manager", "en"), client("bj-manager", "en").get(f"/store/show/{store}").text
    for table in ("order", "visit", "contract", "receivable", "receipt"):
        assert f"/store/related/{store}/{table}/store" in page, table
        there = manager.get(f"/store/related/{store}/{table}/store").text
        number, = truth(f'SELECT number FROM "{table}" WHERE store_id = %s ORDER BY id DESC LIMIT 1', store)[0]
        assert number in there, table
    assert "Done" in manager.get(f"/store/related/{store}/order/store").text
