"""The pages of carers and customers: no login, one signed link, one next step, nothing that is not theirs to know."""

from __future__ import annotations

import itertools
import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.engine.clock import now
from app.extensions import db
from app.models.dispatch import Visit
from app.models.order import Order
from app.web import links
from tests.acting import as_person, as_program
from tests.delivering import deliver
from tests.test_chain import free_carer, placed

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
DAYS = itertools.count(100, 2)  # far enough ahead for somebody to be free
STEPS = ("accept", "set_out", "check_in", "begin", "finish")


class Phone:
    """A carer's or a customer's phone with one link open."""

    def __init__(self, person, path: str):
        self.person, self.path = person, path

    def look(self) -> str:
        answer = self.person.get(self.path)
        assert answer.status_code == 200, answer.text
        if found := TOKEN.search(answer.text):
            self.person.token = found.group(1)
        return answer.text

    def take(self, step: str, **form) -> str:
        self.look()
        answer = self.person.post_form(f"{self.path}/{step}", **form)
        assert answer.status_code == 302, answer.text
        return self.look()

    def state(self) -> dict:
        return self.person.get(f"{self.path}/state").json


@pytest.fixture
def visit(app, api):
    """An offered visit of a new order, whose customer has habits and a door: its ids, its links and what is private."""
    agent = api("bj-agent")
    order = placed(agent, next(DAYS))
    free_carer(api("bj-dispatch"), order)
    with app.app_context():
        with as_program(db.session):
            kept = db.session.get(Order, order["id"])
            kept.door, kept.special = "3-0502", "Ring twice"
            kept.customer.habits, kept.customer.diet = "Sleeps late", "No peanuts"
            db.session.commit()
            found = db.session.scalars(select(Visit).where(Visit.order_id == kept.id)).one()
            made = {
                "id": found.id, "order": kept.id, "phone": kept.customer.phone, "carer": found.worker.name,
                "w": links.link_to("carer", found), "c": links.link_to("customer", kept),
            }  # fmt: skip
        db.session.remove()
    return made


def stored(app, pk: int, *names: str) -> dict:
    with app.app_context():
        with as_program(db.session):
            found = db.session.get(Visit, pk)
            values = {n: getattr(found, n) for n in names}
        db.session.remove()
    return values


@pytest.mark.feature("TRK-03")
def test_the_carer_learns_where_and_whom_by_accepting_and_forgets_it_by_finishing(app, client, visit):
    carer = Phone(client(lang="en"), visit["w"])
    offered = carer.look()
    assert "Ring twice" in offered and ">Accept<" in offered
    for private in ("3-0502", visit["phone"], "Sleeps late", "No peanuts"):
        assert private not in offered
    accepted = carer.take("accept")
    for private in ("3-0502", f"tel:{visit['phone']}", "Sleeps late", "No peanuts", "Ring twice", ">Set out<"):
        assert private in accepted
    shown = re.sub(r"tel:\d+", "", accepted)
    assert visit["phone"] not in shown, "the number is dialled, not shown"
    assert ">Check in<" in carer.take("set_out")
    assert ">Begin<" in carer.take("check_in", lat="39.9042", lng="116.4074", far="Parked far away")
    assert ">Finish<" in carer.take("begin")
    done = carer.take("finish", report="Bathed, <b>calm</b>")
    assert "Bathed, &lt;b&gt;calm&lt;/b&gt;" in done and "All done" in done
    for private in ("3-0502", visit["phone"], "Sleeps late"):
        assert private not in done
    times = [f"{n}_at" for n in ("accepted", "set_out", "checked_in", "begun", "finished")]
    kept = stored(app, visit["id"], *times, "check_in_lat", "check_in_lng")
    moments = [kept[n] for n in times]
    assert moments == sorted(moments) and (kept["check_in_lat"], kept["check_in_lng"]) == (39.9042, 116.4074)


@pytest.mark.feature("CUS-25")
def test_what_an_agent_records_of_habits_stands_on_the_job_of_the_carer_who_was_assigned(app, client, api, visit):
    """Recorded on the customer's form; told after accepting, with the way in to the address that the order goes to."""
    agent, person = api("bj-agent"), client("bj-agent")
    customer = agent.get(f"/api/v1/order/{visit['order']}")["result"]["customer"]["id"]
    site = agent.post("/api/v1/customer_address/", {"customer": customer, "label": "女儿家", "way_in": "门禁 2580#"})["result"]["id"]
    person.look(f"/customer/edit/{customer}")
    sent = {"habits": "6:00 起床,午睡一小时", "diet": "不吃辣"}
    assert person.post_form(f"/customer/edit/{customer}", **sent).status_code == 302
    carer = Phone(client(lang="zh"), visit["w"])
    assert "不吃辣" not in carer.look()
    page = carer.take("accept")
    assert "6:00 起床,午睡一小时" in page and "不吃辣" in page
    assert "门禁 2580#" not in page, "the order goes elsewhere"
    service, starts = agent.get(f"/api/v1/order/{visit['order']}")["result"]["service"]["id"], now() + timedelta(days=next(DAYS))
    sent = {"customer": customer, "service": service, "starts_at": starts.isoformat(), "site": site}
    order = agent.post("/api/v1/order/", sent)["result"]
    free_carer(api("bj-dispatch"), order)
    with app.app_context():
        with as_program(db.session):
            path = links.link_to("carer", db.session.scalars(select(Visit).where(Visit.order_id == order["id"])).one())
        db.session.remove()
    there = Phone(client(lang="zh"), path)
    assert "门禁 2580#" not in there.look()
    assert "门禁 2580#" in there.take("accept")


@pytest.mark.feature("TRK-02", "TRK-04", "TRK-07")
def test_the_customer_sees_each_step_with_its_time_without_a_login(app, client, visit):
    carer, family = Phone(client(), visit["w"]), Phone(client(lang="en"), visit["c"])
    before = family.state()
    assert before["answer"] == "We are finding a carer" and before["carer"] is None
    assert [m["now"] for m in before["marks"]] == [True, False, False, False, False, False]
    said = []
    for reached, step in enumerate(STEPS, 1):
        carer.take(step)
        deliver(app)
        state = family.state()
        assert [m["label"] for m in state["marks"] if m["now"]] == [state["marks"][reached]["label"]]
        assert re.search(r"\d\d:\d\d", state["marks"][reached]["at"])
        said.append(state["answer"])
        page = family.look()
        assert state["answer"] in page and visit["carer"] in page
    assert [visit["carer"] in s for s in said] == [True, True, True, True, False]
    assert state["amount"] and state["arrears"] == state["amount"] and state["owes"]
    assert f"Still to pay: {state['amount']}" in page
    assert 'href="tel:' in page
    for secret in ("Ring twice", "Sleeps late", visit["phone"]):
        assert secret not in page


def test_an_order_called_off_says_so_on_both_pages(app, api, client, visit):
    carer, family = Phone(client(lang="en"), visit["w"]), Phone(client(lang="en"), visit["c"])
    carer.take("accept")
    api("bj-agent").post(f"/api/v1/order/{visit['order']}/cancel", {"reason": "Moved away"})
    deliver(app)
    assert family.state()["answer"] == "Cancelled"
    off = carer.look()
    assert "Cancelled" in off and "3-0502" not in off and visit["phone"] not in off
    assert "changed meanwhile" in carer.take("set_out")
    assert stored(app, visit["id"], "state") == {"state": "cancelled"}


def test_declining_needs_a_reason_and_frees_the_order(app, api, client, visit):
    carer = Phone(client(lang="en"), visit["w"])
    carer.look()
    assert carer.person.post_form(f"{visit['w']}/decline").status_code == 422
    assert "Fever" in carer.take("decline", reason="Fever")
    carer.take("decline", reason="Fever")  # again: it shows where it stands
    assert api("bj-agent").get(f"/api/v1/order/{visit['order']}")["result"]["state"] == "placed"


def test_two_thumbs_at_once_take_one_step(app, client, visit):
    phones = [Phone(client(), visit["w"]) for _each in range(4)]
    for phone in phones:
        phone.look()
    codes = []

    def accept(phone: Phone) -> None:
        codes.append(phone.person.post_form(f"{visit['w']}/accept").status_code)

    threads = [threading.Thread(target=accept, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * 4
    with app.app_context():
        from app.engine.outbox import Notice

        with as_program(db.session):
            found = select(Notice.id).where(Notice.event == "visit.accept", Notice.record_id == visit["id"])
            assert len(db.session.scalars(found).all()) == 1
        db.session.remove()


def test_a_place_nobody_can_be_at_is_left_out(app, client, visit):
    carer = Phone(client(), visit["w"])
    carer.take("accept")
    carer.take("set_out")
    carer.take("check_in", lat="nan", lng="999")
    assert stored(app, visit["id"], "state", "check_in_lat", "check_in_lng") == {
        "state": "on_site", "check_in_lat": None, "check_in_lng": None,
    }  # fmt: skip


def test_a_step_needs_the_token_of_its_page_and_must_be_one_of_the_carers(app, client, visit):
    person = client()
    assert person.post(f"{visit['w']}/accept").status_code == 400
    Phone(person, visit["w"]).look()
    assert person.post_form(f"{visit['w']}/cancel", reason="x").status_code == 404
    assert stored(app, visit["id"], "state") == {"state": "offered"}


def test_a_link_opens_its_own_record_for_its_own_purpose_while_it_is_young(app, client, visit, monkeypatch):
    carer, family = visit["w"].removeprefix("/w/"), visit["c"].removeprefix("/c/")
    nobody = client(lang="en")
    body, stamp, sign = carer.split(".")
    other = links.signer
    with app.app_context():
        monkeypatch.setitem(app.config, "SECRET_KEY", "another key than ours")
        forged = other("carer").dumps([2, visit["id"]])
        monkeypatch.undo()
        foreign = other("carer").dumps([3, visit["id"]])  # well signed, but no such visit in that company
    tokens = [family, f"{body}.{stamp}.{sign[:-2]}xx", forged, foreign, "a.b", "a"]
    wrong = [*(f"/w/{token}" for token in tokens), f"/c/{carer}"]
    for path in (*wrong, f"/c/{carer}/live", f"/c/{carer}/state"):
        answer = nobody.get(path)
        assert answer.status_code == 404, path
    assert "Ask the office" in nobody.get(wrong[0]).text
    assert nobody.get(visit["w"]).status_code == 200
    monkeypatch.setattr(links, "LASTS", -1)
    assert nobody.get(visit["w"]).status_code == 404


def test_somebody_who_is_signed_in_elsewhere_can_open_a_link(client, visit):
    stranger = client("sh-agent")
    assert stranger.get(visit["c"]).status_code == 200
    assert stranger.get(f"/order/show/{visit['order']}").status_code == 404
    assert stranger.get("/w/forged").status_code == 404
    assert stranger.get("/order/list").status_code == 200


def test_the_language_is_the_phones_until_another_is_chosen(client, visit):
    zh, en = client(lang="zh-CN").get(visit["c"]).text, client(lang="en-US").get(visit["c"]).text
    assert '<html lang="zh-CN"' in zh and '<html lang="en"' in en
    person = client(lang="zh")
    assert '<html lang="en"' in person.get(f"{visit['c']}?lang=en").text
    assert '<html lang="en"' in person.get(visit["c"]).text


def test_words_for_days_and_spans(app):
    from app.portal.visitor import day, span

    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert (day(now()), day(now() + timedelta(days=1))) == ("today", "tomorrow")
        start = now().replace(hour=2, minute=30)
        assert span(start, start + timedelta(minutes=90)).endswith("10:30–12:00")
        assert "–" in span(start, start + timedelta(days=26))


@pytest.mark.parametrize("username", ["bj-agent", "sh-admin"])
def test_the_carers_steps_are_no_ones_right_of_the_staff(app, username, visit):
    from app.engine.errors import Forbidden, Missing
    from app.workflows.dispatch import DispatchFlow

    with app.app_context():
        with as_person(db.session, username):
            found = db.session.scalars(select(Visit).where(Visit.id == visit["id"])).first()
            if found is not None:
                with pytest.raises((Forbidden, Missing)):
                    DispatchFlow(found).take("accept")
        db.session.remove()
