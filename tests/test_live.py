"""Live: what happens is on the pages of those it concerns within two seconds, by a real worker and a real stream."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
import urllib.parse
import urllib.request
from http.client import HTTPConnection
from http.cookiejar import CookieJar

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models.dispatch import Visit
from app.models.order import Order
from app.web import links, realtime
from tests.acting import as_person, as_program
from tests.harness import PASSWORD
from tests.people import META
from tests.test_chain import free_carer, placed

DAYS = itertools.count(200, 2)  # far enough ahead for somebody to be free
IN_TIME = 2.0  # seconds


class Ear:
    """A stream, read as it comes."""

    def __init__(self, port: int, path: str, cookie: str = "", **headers: str):
        self.line = HTTPConnection("127.0.0.1", port, timeout=20)
        self.line.request("GET", path, headers={"Cookie": cookie, "Accept": "text/event-stream", **headers})
        self.answer = self.line.getresponse()

    def next(self) -> tuple[str, dict]:
        """The next event: its name and its data."""
        name = ""
        while line := self.answer.readline().decode():
            if line.startswith("event: "):
                name = line[7:].strip()
            elif line.startswith("data: ") and name:
                return name, json.loads(line[6:])
        return "", {}

    def wait(self, wanted) -> dict:
        """The first event of which ``wanted(name, data)`` holds."""
        while (found := self.next()) != ("", {}):
            if wanted(*found):
                return found[1]
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self.line.close()


def signed_in(url: str, username: str) -> str:
    """The cookie of somebody who logged in at a running server."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    token = META.search(browser.open(f"{url}/login/").read().decode()).group(1)
    form = urllib.parse.urlencode({"username": username, "password": PASSWORD, "csrf_token": token})
    browser.open(f"{url}/login/", form.encode()).read()
    return "; ".join(f"{c.name}={c.value}" for c in jar)


@pytest.fixture
def ear(live):
    open_ones = []

    def listen(path: str, cookie: str = "", **headers: str) -> Ear:
        made = Ear(live.port, path, cookie, **headers)
        open_ones.append(made)
        return made

    yield listen
    for one in open_ones:
        one.close()


@pytest.fixture
def offered(app, api, live):
    """A new order that is offered to a carer: it, and both links."""
    order = placed(api("bj-agent"), next(DAYS))
    free_carer(api("bj-dispatch"), order)
    with app.app_context():
        with as_program(db.session):
            visit = db.session.scalars(select(Visit).where(Visit.order_id == order["id"])).one()
            kept = db.session.get(Order, order["id"])
            found = {"w": links.link_to("carer", visit), "c": links.link_to("customer", kept)}
        db.session.remove()
    return {**order, **found}


def test_the_dispatcher_hears_of_an_order_within_two_seconds(api, live, ear):
    stream = ear("/live", signed_in(live.url, "bj-dispatch"))
    other = ear("/live", signed_in(live.url, "sh-agent"))
    assert stream.answer.status == 200 and stream.answer.headers["Content-Type"].startswith("text/event-stream")
    assert stream.next()[0] == other.next()[0] == "ready"
    agent = api("bj-agent")
    took = []
    for n in range(5):
        order = placed(agent, 300 + n)
        began = time.monotonic()
        heard = stream.wait(lambda name, data, number=order["number"]: name == "bell" and number in data["title"])
        took.append(time.monotonic() - began)
        assert heard["sound"] and heard["url"] == f"/order/show/{order['id']}" and heard["event"] == "order.placed"
    print("from the answer of the order to the bell, in seconds:", [round(t, 3) for t in took])
    assert max(took) < IN_TIME
    other.line.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        other.next()


def test_a_stream_says_first_what_was_missed_and_no_more(app, api, live, ear):
    cookie = signed_in(live.url, "bj-dispatch")
    first = ear("/live", cookie)
    first.next()
    agent = api("bj-agent")
    numbers = [placed(agent, 320)["number"]]
    last = first.wait(lambda name, data: name == "bell" and numbers[0] in data["title"])["id"]
    first.close()
    numbers += [placed(agent, 321 + n)["number"] for n in range(2)]
    with app.app_context(), as_person(db.session, "bj-dispatch") as person:
        from app.engine.notify import Message

        end = time.monotonic() + 5
        while time.monotonic() < end:
            query = select(Message.title).where(Message.staff_id == person.id, Message.id > last)
            if len(db.session.scalars(query).all()) >= 2:
                break
            db.session.rollback()
            time.sleep(0.05)
        db.session.remove()
    again = ear("/live", cookie, **{"Last-Event-ID": str(last)})
    assert again.next()[0] == "ready"
    heard = [again.next()[1]["title"] for _each in range(2)]
    assert all(n in title for n, title in zip(numbers[1:], heard, strict=True))


def test_nobody_listens_without_a_login(ear):
    assert ear("/live").answer.status == 302
    assert ear("/c/forged/live").answer.status == 404


def test_one_person_holds_few_streams_and_all_of_them_leave_room(app, monkeypatch):
    hub = realtime.Hub()
    hub.ear = threading.current_thread()  # nobody listens here
    hub.hearing.set()
    first = [hub.join("a", "") for _each in range(realtime.MOST)]
    assert hub.join("a", "") is not None
    assert first[0].get_nowait() == "", "the oldest one ends"
    assert len(hub.waiting["a"]) == realtime.MOST
    monkeypatch.setattr(realtime, "ROOM", realtime.MOST)
    assert hub.join("b", "") is None
    for one in list(hub.waiting["a"]):
        hub.leave("a", one)
    assert not hub.waiting and hub.join("b", "") is not None


def test_a_page_that_does_not_read_is_let_go():
    inbox = realtime.Inbox(3)
    for n in range(5):
        inbox.hear(str(n))
    assert inbox.get_nowait() == ""


@pytest.mark.feature("TRK-02", "TRK-04")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_carer_and_family_on_their_phones(page, offered, lang, tmp_path):
    family, carer = page(None, lang, 360, 740), page(None, lang, 360, 740)
    family.goto(offered["c"])
    carer.goto(offered["w"])
    words = family.locator(".jh-big")
    assert lang == "zh" or words.inner_text() == "We are finding a carer"
    for step in ("accept", "set_out", "check_in", "begin", "finish"):
        before = words.inner_text()
        if step == "finish":
            carer.fill("#report", "一切都好" if lang == "zh" else "All went well")
        button = carer.locator(f"form[data-step={step}] button")
        assert button.bounding_box()["height"] >= 44
        shot(carer, tmp_path, lang, f"carer-{step}"), shot(family, tmp_path, lang, f"family-{step}")
        narrow(carer), narrow(family)
        button.click()
        carer.wait_for_function("s => !document.querySelector(`form[data-step=${s}]`)", arg=step)
        began = time.monotonic()
        family.wait_for_function("w => document.querySelector('.jh-big').innerText !== w", arg=before)
        assert time.monotonic() - began < IN_TIME
    family.wait_for_selector("text=¥")
    shot(carer, tmp_path, lang, "carer-done"), shot(family, tmp_path, lang, "family-done")
    assert re.search(r"¥[\d,]+\.\d\d", family.inner_text("#order"))


def narrow(phone) -> None:
    wide = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert phone.evaluate(f"{wide}.map(e => e.outerHTML.slice(0, 200))") == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def shot(phone, folder, lang: str, name: str) -> None:
    phone.screenshot(path=folder / f"{name}.{lang}.png")


def test_two_installations_on_one_valkey_do_not_hear_each_other(app, database):
    """A channel, unlike a key, is heard in every database of Valkey: each installation has a channel of its own."""
    mine, other = realtime.Hub(), realtime.Hub()
    address, number = database.queue_url.rsplit("/", 1)
    inbox = mine.join("2:staff:1", database.queue_url)
    elsewhere = other.join("2:staff:1", f"{address}/{15 - int(number)}")
    with app.app_context():
        realtime.push([{"to": "2:staff:1", "event": "bell", "data": {"title": "mine"}}])
    assert "mine" in inbox.get(timeout=5)
    assert elsewhere.empty()
