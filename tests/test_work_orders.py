"""An order of a service with devices becomes a work order, and the two tell one story to the end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.engine.clock import now
from app.engine.outbox import Notice
from app.extensions import db
from app.models.dispatch import Visit
from app.models.order import Order
from app.web.links import link_to
from app.workflows.work_order import keep_up
from tests.acting import as_program
from tests.delivering import deliver
from tests.people import text
from tests.test_channels import a_day, booking_page, first_slot, who
from tests.test_workers import assign

pytestmark = pytest.mark.usefixtures("fresh_db")
RENTAL = "ZYZ"


def of_order(api, order: int, user: str = "bj-dispatch") -> list[dict]:
    return api(user).get("/api/v1/work_order/", order=order)["result"]


def placed(api, truth, code: str = RENTAL, **more) -> dict:
    service = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = %s", code)[0][0]
    customer = api("bj-agent").get("/api/v1/customer/", size=1, sort="id")["result"][0]["id"]
    at = (now() + timedelta(days=33)).replace(hour=2, minute=0, second=0, microsecond=0)
    return api("bj-agent").post("/api/v1/order/", {"customer": customer, "service": service, "starts_at": at.isoformat(), **more})["result"]


def fitter(truth) -> int:
    return truth("SELECT id FROM worker WHERE tenant_id = 2 AND 'oxygen' = ANY (skills) AND active = 'working' ORDER BY id")[0][0]


@pytest.mark.feature("ORD-22")
def test_a_rental_order_that_is_confirmed_becomes_a_work_order(app, client, api, truth):
    service = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = %s", RENTAL)[0][0]
    url, visitor, agent = booking_page(client("bj-agent"), truth), client(), client("bj-manager", "en")
    slot = first_slot(visitor.look(f"{url}?service={service}&day={a_day()}&quantity=30&lang=en").text)
    sent = {"service": service, "day": a_day(), "quantity": "30", "slot": slot, "do": "book"}
    made = visitor.post_form(url, **sent, **who(), key="one")
    assert made.status_code == 302, re.findall(r'role="alert"[^>]*>(.*?)<', made.text)
    pk, version, state, lasts = truth('SELECT id, version, state, ends_at - starts_at FROM "order" ORDER BY id DESC LIMIT 1')[0]
    assert (state, lasts) == ("booked", timedelta(minutes=90)), "thirty days of rent, but an hour and a half of work"
    device = {"order": pk, "device": "ventilator", "brand_model": "飞利浦 DreamStation", "quantity": "2", "terms": "rent"}
    api("bj-manager").post("/api/v1/device_line/", device)
    deliver(app)
    assert of_order(api, pk) == [], "nobody has confirmed it"
    agent.look(f"/order/show/{pk}")
    assert agent.post_form(f"/order/step/{pk}/confirm", version=str(version)).status_code == 302
    deliver(app)
    made, = of_order(api, pk)
    assert (made["kind"], made["state"]) == ("install", "waiting")
    page = re.sub(r"\s+", " ", text(agent, f"/work_order/show/{made['id']}"))
    for words in ("周小姐", "建国路 9 号", "Installation", "Waiting for an engineer", made["number"]):
        assert words in page, words
    lines = text(agent, f"/device_line/list?work_order={made['id']}")
    assert "Ventilator" in lines and "飞利浦 DreamStation" in lines and "Oxygen concentrator" not in lines
    assert made["number"] in text(agent, f"/work_order/list?order={pk}")


@pytest.mark.feature("ORD-22")
def test_the_work_order_follows_its_order_to_the_end(app, client, api, truth):
    order, carer = placed(api, truth), fitter(truth)
    deliver(app)
    made, = of_order(api, order["id"])
    line, = api("bj-dispatch").get("/api/v1/device_line/", work_order=made["id"])["result"]
    assert (line["device"], line["order"]["id"]) == ("oxygen", order["id"]), "what its service is for"
    api("bj-dispatch").put(f"/api/v1/device_line/{line['id']}", {"brand_model": "鱼跃 7F-5"})
    at = (now() + timedelta(days=34)).replace(hour=3, minute=0, second=0, microsecond=0)
    api("bj-agent").put(f"/api/v1/order/{order['id']}", {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=2)).isoformat(),
                                                        "address": "永安里 5 号"})  # fmt: skip
    deliver(app)
    moved, = of_order(api, order["id"])
    assert moved["address"] == "永安里 5 号" and moved["starts_at"] != made["starts_at"]
    assign(api, order["id"], carer)
    deliver(app)
    assert of_order(api, order["id"])[0]["state"] == "assigned"
    visit = truth("SELECT id FROM visit WHERE order_id = %s", order["id"])[0][0]
    desk = api("bj-dispatch")
    desk.post(f"/api/v1/visit/{visit}/accept")
    with app.app_context():
        with as_program(db.session):
            address = link_to("carer", db.session.get(Visit, visit))
        db.session.remove()
    assert "鱼跃 7F-5 × 1" in re.sub(r"\s+", " ", text(client(lang="zh"), address)), "the engineer sees what to bring"
    desk.post(f"/api/v1/visit/{visit}/set_out")
    desk.post(f"/api/v1/visit/{visit}/check_in", {"far": "地下车库没有信号"})
    deliver(app)
    assert of_order(api, order["id"])[0]["state"] == "under_way"
    desk.post(f"/api/v1/visit/{visit}/finish")
    deliver(app)
    assert of_order(api, order["id"])[0]["state"] == "done"
    refused = api("bj-dispatch").put(f"/api/v1/device_line/{line['id']}", {"quantity": "3"}, 400)
    assert "devices stand" in refused["message"]


@pytest.mark.feature("ORD-22")
def test_one_order_has_one_work_order_and_other_services_have_none(app, api, truth):
    order, cleaning = placed(api, truth), placed(api, truth, "BJ")
    deliver(app)
    with app.app_context():
        for _again in range(3):
            with as_program(db.session):
                keep_up(db.session, Notice(event="order.placed", model="Order", record_id=order["id"]))
                db.session.commit()
        with as_program(db.session):
            assert db.session.get(Order, order["id"]) is not None
        db.session.remove()
    assert len(of_order(api, order["id"])) == 1
    assert of_order(api, cleaning["id"]) == []
    api("bj-agent").post(f"/api/v1/order/{order['id']}/cancel", {"reason": "不租了"})
    deliver(app)
    assert of_order(api, order["id"])[0]["state"] == "cancelled"
    api("bj-agent").post("/api/v1/work_order/", {"kind": "repair"}, 403)


@pytest.mark.feature("EVA-07")
def test_the_clients_stars_stand_on_the_work_order_and_in_its_reports(app, client, api, truth):
    found = truth(
        'SELECT w.id, v.id, w.order_id FROM work_order w JOIN visit v ON v.order_id = w.order_id JOIN "order" o ON o.id = w.order_id '
        "JOIN staff s ON s.id = o.owner_id WHERE w.tenant_id = 2 AND v.state = 'finished' AND s.username = 'bj-agent' "
        "AND NOT EXISTS (SELECT 1 FROM review r WHERE r.order_id = w.order_id) ORDER BY w.id"
    )
    work, visit, order = found[0]
    with app.app_context():
        with as_program(db.session):
            family = link_to("customer", db.session.get(Order, order))
        db.session.remove()
    phone = client(lang="zh")
    phone.look(f"{family}/rate/{visit}")
    assert phone.post_form(f"{family}/rate/{visit}", score="4", said="师傅讲得清楚").status_code == 302
    deliver(app)
    desk = api("bj-agent")
    assert float(desk.get(f"/api/v1/work_order/{work}")["result"]["satisfaction"]) == 4
    shown = client("bj-agent", "en").look(f"/work_order/list?cols=number,satisfaction&order={order}").text
    assert re.search(r'class="[^"]*num[^"]*"[^>]*>\s*(<[^>]*>\s*)*4\b', shown), shown[-3000:]
    report = desk.get("/api/v1/work_order/pivot", rows="kind", measure="satisfaction:avg", order=order)
    assert "4" in str(report), report
