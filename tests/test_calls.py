"""Calls: what an exchange tells becomes a call once, in the right hands; what is made during it finds it; recordings are private."""

from __future__ import annotations

import io
import threading
import time
import wave
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.engine.clock import local, now
from app.extensions import db, storage
from app.models.telephone import CallTrace, PhoneCall
from app.web.realtime import hub
from app.workflows.recordings import over
from tests.acting import as_person, as_program
from tests.calling import Exchange, customer_of, end_all, ref_


@pytest.fixture
def exchange(app, client):
    yield Exchange(app, client("bj-admin"))
    end_all(app)


def kept(app, pk: int) -> dict:
    """A call as it really is."""
    with app.app_context():
        with as_program(db.session):
            call = db.session.get(PhoneCall, pk)
            names = ("result", "agent_id", "customer_id", "owner_id", "phone", "note", "seconds", "recording", "called_back_at")
            found = {n: getattr(call, n) for n in names}
        db.session.remove()
    return found


def card(person, pk: int) -> str:
    answer = person.get(f"/calls/card/{pk}")
    assert answer.status_code in (200, 204)
    return answer.get_data(as_text=True)


def sound(seconds: float = 1.0) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
        file.writeframes(b"\x00\x10" * int(8000 * seconds))
    return made.getvalue()


@pytest.mark.feature("CALL-01")
def test_a_finished_call_is_a_row_with_time_length_and_number(app, client, api, exchange):
    phone, customer, name = customer_of(app, "bj-agent")
    ref, pk = exchange.ring(phone)
    exchange.tell("answer", ref, extension=exchange.extension)
    exchange.tell("hangup", ref, at=time.time() + 75)
    row = api("bj-agent").get(f"/api/v1/phone_call/{pk}")["result"]
    assert (row["result"], row["phone"], row["customer"]["id"]) == ("answered", phone, customer)
    assert 74 <= row["seconds"] <= 76
    page = client("bj-agent").get("/phone_call/list").get_data(as_text=True)
    assert name in page and phone in page


@pytest.mark.feature("CALL-03", "CALL-04")
def test_the_card_says_first_what_is_usual(app, client, exchange):
    phone, _customer, name = customer_of(app, "bj-agent")
    _ref, pk = exchange.ring(f"+86{phone}")
    text = card(client("bj-agent", "en"), pk)
    for words in (name, "Usual service", "Usual carer", "Next visit", "Owes", "Last contacts", "Say first:"):
        assert words in text, words
    assert text.index("Usual service") < text.index("Usual carer") < text.index("Next visit") < text.index("Owes")


@pytest.mark.feature("CALL-03", "PRV-09")
def test_of_a_colleagues_customer_the_card_says_only_who_looks_after_them(app, client, exchange):
    phone, customer, name = customer_of(app, "bj-agent")
    with app.app_context(), as_person(db.session, "bj-agent2") as other:
        pk2 = other.id
    with app.app_context(), as_person(db.session, "bj-agent") as owner:
        owners = owner.name
    ref, pk = exchange.ring(phone, exchange.extensions[pk2])
    text = card(client("bj-agent2"), pk)
    assert name not in text and phone not in text and f"/customer/show/{customer}" not in text
    assert owners in text
    assert client("bj-agent2").get(f"/phone_call/show/{pk}").status_code == 404
    person = client("bj-agent2")
    person.look("/bell/")
    assert person.post_form(f"/calls/note/{pk}", note="想再续十天").status_code == 200
    exchange.tell("hangup", ref)
    assert kept(app, pk)["note"] == "想再续十天"
    assert "想再续十天" in client("bj-agent").get(f"/phone_call/show/{pk}").get_data(as_text=True)


def test_a_card_is_for_the_telephone_that_rings(app, client, exchange):
    _ref, pk = exchange.ring(customer_of(app, "bj-agent")[0])
    for who in ("bj-agent2", "bj-manager", "bj-admin", "sh-agent", "sh-admin"):
        person = client(who)
        assert person.get(f"/calls/card/{pk}").status_code == 204, who
        person.look("/bell/")
        assert person.post_form(f"/calls/note/{pk}", note="x").status_code == 404, who
    assert client("bj-finance").get(f"/calls/card/{pk}").status_code == 403


@pytest.mark.feature("CALL-06")
def test_an_unknown_number_is_a_customer_in_one_press(app, client, api, exchange):
    _ref, pk = exchange.ring("14300770701")
    person = client("bj-agent", "en")
    text = card(person, pk)
    assert "New customer with this number" in text and "14300770701" in text
    person.look("/bell/")
    assert person.post_form(f"/calls/lead/{pk}").status_code == 200
    made = api("bj-agent").get("/api/v1/customer/", phone="14300770701")["result"]
    assert [c["phone"] for c in made] == ["14300770701"]
    assert kept(app, pk)["customer_id"] == made[0]["id"]
    assert "New customer with this number" not in card(person, pk)
    assert person.post_form(f"/calls/lead/{pk}").status_code == 400, "once"


def test_a_number_nobody_knows_is_put_to_a_customer_one_sees_and_to_no_other(app, client, exchange):
    _ref, pk = exchange.ring("14300770710")
    person = client("bj-agent")
    person.look("/bell/")
    for theirs in (customer_of(app, "bj-agent2")[1], customer_of(app, "sh-agent")[1], 2**31 - 1, "x"):
        assert person.post_form(f"/calls/customer/{pk}", customer=theirs).status_code == 404
    mine, name = customer_of(app, "bj-agent")[1:]
    assert person.post_form(f"/calls/customer/{pk}", customer=mine).status_code == 200
    assert kept(app, pk)["customer_id"] == mine and name in card(person, pk)


def test_what_is_made_during_a_call_is_linked_to_it(app, client, api, exchange):
    phone, customer, _name = customer_of(app, "bj-agent", 1)
    _ref, pk = exchange.ring(phone)
    agent = api("bj-agent")
    service = agent.get("/api/v1/service/")["result"][0]["id"]
    starts = f"{local(now() + timedelta(days=70)):%Y-%m-%dT%H:%M}"
    order = agent.post("/api/v1/order/", {"customer": customer, "service": service, "starts_at": starts})["result"]
    agent.post(f"/api/v1/customer/{customer}/notes", {"text": "下周一再问"})
    with app.app_context(), as_program(db.session):
        made = {(t.model, t.record_id) for t in db.session.scalars(select(CallTrace).where(CallTrace.call_id == pk))}
    assert ("Order", order["id"]) in made and "RecordNote" in {m for m, _pk in made}
    assert f"/order/show/{order['id']}" in card(client("bj-agent"), pk)
    assert f"/order/show/{order['id']}" in client("bj-agent").get(f"/phone_call/show/{pk}").get_data(as_text=True)


@pytest.mark.feature("CALL-05")
def test_missed_calls_are_listed_and_to_be_called_back_until_somebody_does(app, client, exchange):
    phone, customer, name = customer_of(app, "bj-agent", 2)
    ref, pk = exchange.ring(phone)
    exchange.tell("hangup", ref)
    assert kept(app, pk)["result"] == "missed"
    person = client("bj-agent", "en")
    assert name in person.get("/phone_call/list?result=missed&direction=in&called_back_at.empty=1").get_data(as_text=True)
    show = person.get(f"/customer/show/{customer}").get_data(as_text=True)
    assert "Calls" in show and "Missed" in show
    todo = "nobody answered" if "nobody answered" in person.get("/").get_data(as_text=True) else "无人接听"
    assert f"/phone_call/show/{pk}" in person.get("/").get_data(as_text=True), todo
    back = ref_()
    exchange.tell("ring", back, caller=phone, extension=exchange.extension, direction="out")
    exchange.tell("answer", back, extension=exchange.extension)
    exchange.tell("hangup", back)
    assert kept(app, pk)["called_back_at"] is not None
    assert f"/phone_call/show/{pk}" not in person.get("/").get_data(as_text=True)


def test_events_late_twice_or_in_another_order_come_out_the_same(app, exchange):
    ref = ref_()
    pk = exchange.tell("hangup", ref, caller="14300770702")["call"]
    assert exchange.tell("ring", ref, caller="14300770702", extension=exchange.extension)["call"] == pk
    assert exchange.tell("answer", ref, extension=exchange.extension)["call"] == pk
    assert kept(app, pk)["result"] == "answered"
    assert exchange.tell("answer", ref, extension=exchange.extension)["new"] is False


def test_the_same_ring_told_at_once_by_many_is_one_call(app, exchange):
    ref, found = ref_(), []
    bodies = [(exchange.body("ring", ref, caller="14300770703", extension=exchange.extension, n=n)) for n in range(6)]

    def send(body: bytes) -> None:
        answer = app.test_client().post(exchange.path, data=body, headers=exchange.headers(body))
        found.append(answer.json["call"])

    threads = [threading.Thread(target=send, args=(b,)) for b in bodies]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(found) == 6 and len(set(found)) == 1


def test_only_what_is_signed_fresh_and_new_is_taken(app, client, exchange):
    body = exchange.body("ring", ref_(), caller="14300770704", extension=exchange.extension)

    def post(headers, path=exchange.path, data=body):
        return app.test_client().post(path, data=data, headers=headers).status_code

    good = exchange.headers(body)
    assert post({}) == 401
    assert post(exchange.headers(body, secret="guess")) == 401
    assert post(exchange.headers(body, int(time.time()) - 400)) == 401
    assert post(good, data=body + b" ") == 401
    assert post(good, path=exchange.path[:-2]) == 404
    assert post(good) == 200
    assert post(good) == 409, "a replay"
    other = Exchange(app, client("sh-admin"), "sh-agent")
    assert post(exchange.headers(body), path=other.path) == 401, "another line's address"
    foreign = exchange.body("ring", ref_(), caller="14300770704").replace(exchange.number.encode(), other.number.encode())
    assert post(exchange.headers(foreign), data=foreign) == 400, "a number that is another company's"


@pytest.mark.parametrize(
    "wrong", [b"", b"[]", b"{}", b"nonsense", b'{"event": "boom", "call": "1"}', b'{"event": "ring", "call": "a b"}',
              b'{"event": "ring", "call": "1", "extension": "801;x"}', b'{"event": "ring", "call": "1", "direction": "up"}'],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_words(app, exchange, wrong):
    answer = app.test_client().post(exchange.path, data=wrong, headers={**exchange.headers(wrong), "Accept": "application/json"})
    assert answer.status_code == 400 and answer.json["message"]


@pytest.mark.feature("CALL-01", "CALL-02")
def test_a_recording_is_played_by_right_by_ranges_and_the_trail_says_so(app, client, exchange):
    phone, customer, _name = customer_of(app, "bj-agent")
    ref, pk = exchange.ring(phone)
    exchange.tell("answer", ref, extension=exchange.extension)
    exchange.tell("hangup", ref)
    content = sound()
    exchange.sound(ref, b"<html>no sound</html>", 400)
    exchange.sound(ref, content)
    person, url = client("bj-agent", "en"), f"/phone_call/recording/{pk}"
    for page in (f"/phone_call/show/{pk}", f"/customer/show/{customer}"):
        assert f'src="{url}"' in person.get(page).get_data(as_text=True), page
    with person.get(url) as whole:
        assert (whole.status_code, whole.data) == (200, content) and whole.headers["Content-Type"].startswith("audio/")
    with person.get(url, headers={"Range": "bytes=100-199"}) as piece:
        assert (piece.status_code, piece.data) == (206, content[100:200])
    shown = person.get(f"/phone_call/show/{pk}").get_data(as_text=True)
    assert shown.count("played the recording") == 1, "one look, however many pieces"
    for who, status in (("bj-agent2", 404), ("bj-dispatch", 404), ("bj-finance", 403), ("sh-agent", 404), ("hq", 403)):
        assert client(who).get(url).status_code == status, who
    with client("bj-manager").get(url) as heard:
        assert heard.status_code == 200
    assert "played the recording" in client("bj-admin", "en").get("/trail/").get_data(as_text=True)


def test_recordings_are_thrown_away_when_their_time_is_over(app, client, exchange):
    ref, pk = exchange.ring("14300770706")
    exchange.tell("answer", ref, extension=exchange.extension)
    exchange.tell("hangup", ref)
    exchange.sound(ref, sound())
    with app.app_context():
        with as_program(db.session):
            assert over(db.session, storage(), 100) == 0
            call = db.session.get(PhoneCall, pk)
            call.rang_at = now() - timedelta(days=200)
            db.session.commit()
            assert over(db.session, storage(), 100) >= 1
            db.session.commit()
        db.session.remove()
    assert kept(app, pk)["recording"] is False
    assert client("bj-agent").get(f"/phone_call/recording/{pk}").status_code == 404


def test_nobody_rewrites_what_the_exchange_told(app, api, exchange):
    ref, pk = exchange.ring("14300770707")
    exchange.tell("hangup", ref)
    admin = api("bj-admin")
    for sent in ({"result": "answered"}, {"phone": "13800000000"}, {"rang_at": "2026-01-01T00:00"}, {"recording": True}, {"ref": "x"}):
        admin.put(f"/api/v1/phone_call/{pk}", sent, 403)
    admin.post("/api/v1/phone_call/", {"direction": "in"}, 403)
    assert kept(app, pk)["result"] == "missed"


@pytest.mark.feature("CALL-07")
@pytest.mark.parametrize("asked", ["押金", "deposit", "yajin", "制氧机 护理床", "三个工作日"])
def test_the_knowledge_base_is_found_by_word_pinyin_and_text(client, asked):
    text = client("bj-agent").get("/calls/articles", query_string={"q": asked}).get_data(as_text=True)
    assert "设备押金怎么收、怎么退" in text and "押金我们单独给您开收据" in text and "<li>押金单独开收据" in text
    assert "设备押金" not in client("bj-agent").get("/calls/articles?q=zzzz").get_data(as_text=True)


def test_an_article_is_text_whatever_is_written_into_it(client, api):
    made = api("bj-manager").post("/api/v1/article/", {"title": "坏文章", "body": "<script>alert(1)</script>\n- <img src=x>"})["result"]
    text = client("bj-agent").get("/calls/articles?q=坏文章").get_data(as_text=True)
    assert "<script>" not in text and "<img" not in text and "&lt;script&gt;" in text
    assert "<summary>" not in client("sh-agent").get("/calls/articles?q=坏文章").get_data(as_text=True)
    api("bj-admin").delete(f"/api/v1/article/{made['id']}")


def test_two_agents_on_one_customer_see_each_other_and_a_transfer_takes_the_card_along(app, client, exchange):
    phone, _customer, name = customer_of(app, "bj-agent")
    with app.app_context(), as_person(db.session, "bj-agent2") as other:
        second, other_name = other.id, other.name
    first_ref, first = exchange.ring(phone)
    exchange.tell("answer", first_ref, extension=exchange.extension)
    second_ref, _pk = exchange.ring(phone, exchange.extensions[second])
    exchange.tell("answer", second_ref, extension=exchange.extensions[second])
    agent = client("bj-agent", "en")
    assert f"{other_name} is talking with this customer right now." in card(agent, first)
    exchange.tell("hangup", second_ref)
    assert "right now" not in card(agent, first)
    agent.look("/bell/")
    assert agent.post_form(f"/calls/transfer/{first}", extension="999").status_code == 400
    assert agent.post_form(f"/calls/transfer/{first}", extension=exchange.extensions[second]).status_code == 200
    assert f"{other_name} has taken it." in card(agent, first)
    assert name not in card(client("bj-agent2"), first)
    assert kept(app, first)["result"] == "transferred"


def test_a_move_is_made_where_nobody_was_assigned_and_asked_for_elsewhere(app, client, api, exchange):
    phone, customer, _name = customer_of(app, "bj-agent", 3)
    agent = api("bj-agent")
    service = next(s for s in agent.get("/api/v1/service/")["result"] if s["unit"] == "hour")["id"]
    starts, later = (f"{local(now() + timedelta(days=d)):%Y-%m-%dT%H:%M}" for d in (80, 81))
    order = agent.post("/api/v1/order/", {"customer": customer, "service": service, "starts_at": starts})["result"]
    _ref, pk = exchange.ring(phone)
    person = client("bj-agent", "en")
    person.look("/bell/")
    answer = person.post_form(f"/calls/move/{pk}", order=order["id"], when=later)
    assert answer.status_code == 200 and "Moved to" in answer.json["message"]
    assert agent.get(f"/api/v1/order/{order['id']}")["result"]["starts_at"].startswith(later[:10])
    desk = client("bj-dispatch")
    desk.look("/board/")
    found = desk.get(f"/board/candidates/{order['id']}", headers={"Accept": "application/json"}).json["result"]
    able = next(c for c in found if c["ok"])
    assert desk.post_form("/board/assign", order=order["id"], worker=able["worker"]).status_code == 302
    answer = person.post_form(f"/calls/move/{pk}", order=order["id"], when=starts)
    assert answer.status_code == 200 and "asked to move" in answer.json["message"]
    assert f"/order/show/{order['id']}" in desk.get("/").get_data(as_text=True)
    assert person.post_form(f"/calls/move/{pk}", order=order["id"], when="2020-01-01T10:00").status_code == 400


def test_a_line_that_is_put_away_takes_nothing(app, api, exchange):
    admin = api("bj-admin")
    admin.put(f"/api/v1/phone_line/{exchange.pk}", {"active": False})
    try:
        exchange.tell("ring", ref_(), 400, caller="14300770708")
    finally:
        admin.put(f"/api/v1/phone_line/{exchange.pk}", {"active": True})


def test_rings_reach_the_right_telephones_and_no_other_company(app, client, exchange):
    """A small edition of the soak: 50 rings, 10 ears in this process."""
    other = Exchange(app, client("sh-admin"), "sh-agent")
    agents = sorted(exchange.extensions)
    ears = {}
    with app.app_context():
        for n in range(10):
            name = f"2:staff:{agents[n % len(agents)]}" if n < 9 else f"3:staff:{other.agent}"
            ears.setdefault(name, []).append(hub.join(name, app.config["REDIS_URL"]))
    try:
        wanted: dict[int, int] = {}
        for n in range(50):
            agent = agents[n % len(agents)]
            wanted[exchange.ring(f"143007{n:05d}", exchange.extensions[agent])[1]] = agent
        end, heard = time.monotonic() + 5, {}
        for name, inboxes in ears.items():
            for inbox in inboxes:
                mine = [c for c, a in wanted.items() if name == f"2:staff:{a}"]
                got = []
                while len(got) < len(mine) and time.monotonic() < end:
                    text = inbox.get(timeout=5)
                    call = int(text.split('"call": ')[1].split(",")[0])
                    got += [call] if call >= min(wanted) else []  # of earlier calls something may still be told
                assert sorted(got) == sorted(mine), name
                assert inbox.empty(), name
                heard |= dict.fromkeys(got, name)
        assert set(heard) == set(wanted)
    finally:
        for name, inboxes in ears.items():
            for inbox in inboxes:
                hub.leave(name, inbox)


def test_the_card_asks_the_database_little(app, client, exchange, count_queries):
    _ref, pk = exchange.ring(customer_of(app, "bj-agent")[0])
    person = client("bj-agent")
    card(person, pk)
    with count_queries() as sent:
        card(person, pk)
    assert sent.count <= 24, "\n".join(sent)
