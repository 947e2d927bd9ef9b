"""A visit on its way: taps with time and place, photos, the family's page, words both ways, late carers, and what changes cost."""

from __future__ import annotations

import io
import re
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import select

from app.engine.clock import local, now
from app.engine.notify import Message
from app.extensions import db
from app.models.charge import CancelRule, Charge
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.organisation import Store
from app.models.payment import Receivable
from app.models.tracking import VisitMessage, VisitTap
from app.web import links
from app.workflows.tracking import alert_late
from tests.acting import as_program
from tests.delivering import deliver
from tests.test_chain import free_carer, placed
from tests.test_portal import DAYS, Phone, stored, visit  # noqa: F401
from tests.test_slips import asked, walk


def change(app, pk: int, **values) -> None:
    """Set fields of a visit's row, past its rules."""
    with app.app_context():
        with as_program(db.session):
            found = db.session.get(Visit, pk)
            for name, value in values.items():
                setattr(found, name, value)
            db.session.commit()
        db.session.remove()


def place_of(app, pk: int) -> tuple[float, float]:
    with app.app_context():
        with as_program(db.session):
            order = db.session.get(Visit, pk).order
            if order.lat is None:
                order.lat, order.lng = 39.9, 116.4
                db.session.commit()
            found = order.lat, order.lng
        db.session.remove()
    return found


@pytest.mark.feature("TRK-01")
def test_the_family_sees_who_accepted_with_name_and_photo(app, api, client, visit):  # noqa: F811
    family = Phone(client(lang="en"), visit["c"])
    assert family.state()["carer"] is None
    assert family.person.get(f"{visit['c']}/face").status_code == 404
    worker = api("bj-dispatch").get(f"/api/v1/visit/{visit['id']}")["result"]["worker"]["id"]
    face = io.BytesIO()
    Image.new("RGB", (60, 60), (200, 120, 90)).save(face, "JPEG")
    desk = client("bj-admin")
    desk.look(f"/worker/show/{worker}")
    sent = {"csrf_token": desk.token, "file": (io.BytesIO(face.getvalue()), "photo.jpg")}
    assert desk.post(f"/worker/photo/{worker}", data=sent, content_type="multipart/form-data").status_code == 302
    assert family.person.get(f"{visit['c']}/face").status_code == 404, "not before the visit is accepted"
    Phone(client(), visit["w"]).take("accept")
    state = family.state()
    assert state["carer"]["name"] == visit["carer"]
    assert visit["carer"] in family.look() and f"{visit['c']}/face" in family.look()
    seen = family.person.get(f"{visit['c']}/face")
    assert seen.status_code == 200 and seen.get_data() == face.getvalue()
    seen.close()


@pytest.mark.feature("TRK-03", "TRK-08", "ORD-01")
def test_every_step_is_kept_with_who_when_and_where_and_the_family_sees_it(app, api, client, visit):  # noqa: F811
    lat, lng = place_of(app, visit["id"])
    carer, family = Phone(client(lang="en"), visit["w"]), Phone(client(lang="en"), visit["c"])
    for step in ("accept", "set_out", "check_in", "begin"):
        carer.take(step, lat=str(lat), lng=str(lng))
    api("bj-dispatch").post(f"/api/v1/visit/{visit['id']}/finish")
    taps = asked(app, select(VisitTap).where(VisitTap.visit_id == visit["id"]).order_by(VisitTap.id))
    assert [t.what for t in taps] == ["accept", "set_out", "check_in", "begin", "finish"]
    assert [t.tapped_by for t in taps] == ["worker"] * 4 + ["office"]
    assert [(t.lat, t.lng) for t in taps] == [(lat, lng)] * 4 + [(None, None)]
    assert [t.at for t in taps] == sorted(t.at for t in taps) and taps[2].far == 0
    marks = family.state()["marks"]
    assert [m["who"] for m in marks] == ["", *[visit["carer"]] * 4, "The office"]
    assert all(m["at"] and m["done"] for m in marks)
    page = family.look()
    assert "The office · " in page and "jh-steps" in page
    shown = client("bj-dispatch", "en").get(f"/visit/related/{visit['id']}/visit_tap/visit").text
    assert shown.count("/visit_tap/show/") >= 5
    api("bj-admin").call("PUT", f"/api/v1/visit_tap/{taps[0].id}", 403, json={"at": now().isoformat()})


@pytest.mark.feature("TRK-10")
def test_a_check_in_from_far_away_asks_for_a_reason(app, client, visit):  # noqa: F811
    lat, lng = place_of(app, visit["id"])
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer, "accept", "set_out")
    far = {"lat": str(lat + 0.02), "lng": str(lng)}
    answer = carer.person.post_form(f"{visit['w']}/check_in", **far)
    assert answer.status_code == 400 and "m from the address" in answer.text and "Why so far" in answer.text
    assert stored(app, visit["id"], "state") == {"state": "on_the_way"}
    carer.take("check_in", far="The gate is on the other side", **far)
    kept = stored(app, visit["id"], "state", "check_in_far", "far_reason", "check_in_lat")
    assert kept["state"] == "on_site" and 2200 < kept["check_in_far"] < 2250
    assert (kept["far_reason"], kept["check_in_lat"]) == ("The gate is on the other side", lat + 0.02)


def test_how_far_is_far_the_store_says(app, client, visit):  # noqa: F811
    lat, lng = place_of(app, visit["id"])
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer, "accept", "set_out")
    with app.app_context():
        with as_program(db.session):
            pk = db.session.get(Visit, visit["id"]).store_id
            db.session.get(Store, pk).far_metres = 5000
            db.session.commit()
        carer.take("check_in", lat=str(lat + 0.02), lng=str(lng))
        with as_program(db.session):
            db.session.get(Store, pk).far_metres = None
            db.session.commit()
        db.session.remove()
    assert stored(app, visit["id"], "state") == {"state": "on_site"}


@pytest.mark.feature("TRK-03")
def test_a_tap_that_comes_again_changes_nothing_and_one_that_waited_keeps_its_time(app, client, visit):  # noqa: F811
    carer = Phone(client(lang="en"), visit["w"])
    carer.take("accept", request="tap-1")
    change(app, visit["id"], created_at=now() - timedelta(hours=3), accepted_at=now() - timedelta(hours=2))
    at = now() - timedelta(minutes=50)
    carer.take("set_out", request="tap-2", at=str(int(at.timestamp() * 1000)))
    assert abs(stored(app, visit["id"], "set_out_at")["set_out_at"] - at) < timedelta(seconds=1)
    statuses = []

    def again() -> None:
        phone = Phone(client(lang="en"), visit["w"])
        phone.look()
        statuses.append(phone.person.post_form(f"{visit['w']}/set_out", request="tap-2").status_code)

    threads = [threading.Thread(target=again) for _each in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [302] * 4
    ahead = now() + timedelta(hours=2)
    carer.take("check_in", request="tap-3", at=str(int(ahead.timestamp() * 1000)))
    assert stored(app, visit["id"], "checked_in_at")["checked_in_at"] <= now()
    taps = asked(app, select(VisitTap).where(VisitTap.visit_id == visit["id"]))
    assert len(taps) == 3 and len({t.request for t in taps}) == 3


@pytest.mark.feature("TRK-12")
def test_a_visit_is_not_finished_before_its_photos_are_there(app, api, client, visit):  # noqa: F811
    with app.app_context():
        with as_program(db.session):
            service = db.session.get(Visit, visit["id"]).order.service
            service.photos_needed = 2
            db.session.commit()
            pk = service.id
        db.session.remove()
    carer = Phone(client(lang="en"), visit["w"])
    try:
        walk(carer, "accept", "set_out", "check_in", "begin")
        refused = carer.person.post_form(f"{visit['w']}/finish")
        assert refused.status_code == 400 and "0 of 2" in refused.text
        api("bj-dispatch").post(f"/api/v1/visit/{visit['id']}/finish", status=400)
        shots = []
        for colour in ("red", "blue"):
            shot = io.BytesIO()
            Image.new("RGB", (80, 60), colour).save(shot, "JPEG")
            shots.append(shot.getvalue())

        def post(*contents: bytes) -> int:
            carer.look()
            files = [(io.BytesIO(c), "IMG.jpg") for c in contents]
            data = {"csrf_token": carer.person.token, "file": files}
            return carer.person.post(f"{visit['w']}/photos", data=data, content_type="multipart/form-data").status_code

        assert post(shots[0]) == 302 and post(shots[0]) == 302, "sent twice by a bad network"
        assert carer.person.post_form(f"{visit['w']}/finish").status_code == 400
        assert post(b"MZ not a photo") == 400
        assert post(shots[1]) == 302
        assert "2 of 2" in carer.look()
        walk(carer, "finish")
        assert stored(app, visit["id"], "state") == {"state": "finished"}
        assert post(shots[1]) == 409
    finally:
        with app.app_context():
            with as_program(db.session):
                from app.models.catalog import Service

                db.session.get(Service, pk).photos_needed = 0
                db.session.commit()
            db.session.remove()


@pytest.mark.feature("TRK-11")
def test_the_address_opens_a_map_after_accepting(app, client, visit):  # noqa: F811
    lat, lng = place_of(app, visit["id"])
    carer = Phone(client(lang="en"), visit["w"])
    assert "uri.amap.com" not in carer.look()
    assert f"https://uri.amap.com/marker?position={lng:.6f},{lat:.6f}" in carer.take("accept")


@pytest.mark.feature("TRK-05")
def test_the_family_asks_for_the_balcony_and_the_carer_and_the_office_see_it(app, api, client, visit):  # noqa: F811
    carer, family = Phone(client(lang="en"), visit["w"]), Phone(client(lang="en"), visit["c"])
    walk(carer, "accept", "set_out", "check_in", "begin")
    family.look()
    for _each in range(2):  # the form was sent twice
        sent = family.person.post_form(f"{visit['c']}/say", said="Please also the <b>balcony</b>", request="one")
        assert sent.status_code == 302
    page = carer.look()
    assert page.count("Please also the &lt;b&gt;balcony&lt;/b&gt;") == 1
    carer.take("say", said="Gladly", request="two")
    assert "Gladly" in family.look()
    desk = api("bj-dispatch")
    desk.post("/api/v1/visit_message/", {"visit": visit["id"], "said": "It is included"})
    assert "It is included" in family.look() and "It is included" in carer.look()
    said = asked(app, select(VisitMessage).where(VisitMessage.visit_id == visit["id"]).order_by(VisitMessage.id))
    assert [m.sender for m in said] == ["customer", "worker", "office"]
    deliver(app)
    bells = asked(app, select(Message).where(Message.channel == "bell", Message.event == "visit.said_by_customer"))
    assert any("balcony" in m.text for m in bells)
    desk.call("PUT", f"/api/v1/visit_message/{said[0].id}", 403, json={"said": "x"})
    api("sh-agent").get(f"/api/v1/visit_message/{said[0].id}", 404)
    for n in range(9):
        assert family.person.post_form(f"{visit['c']}/say", said=f"more {n}").status_code == 302
    full = family.person.post_form(f"{visit['c']}/say", said="too much")
    assert full.status_code == 400 and "a lot at once" in full.text
    assert family.person.post_form(f"{visit['c']}/say", said="  ").status_code == 400


def sent_out(app, api, minutes: float) -> dict:
    """A visit that was to begin so many minutes ago, accepted by a carer who is free: its id and link."""
    order = placed(api("bj-agent"), -minutes / 1440)
    free_carer(api("bj-dispatch"), order)
    with app.app_context():
        with as_program(db.session):
            found = db.session.scalars(select(Visit).where(Visit.order_id == order["id"])).one()
            made = {"id": found.id, "w": links.link_to("carer", found)}
        db.session.remove()
    return made


@pytest.mark.feature("TRK-06")
def test_a_late_start_is_on_the_board_and_rings_once(app, api, client):
    early, late = sent_out(app, api, 13), sent_out(app, api, 17)
    for one in (early, late):
        Phone(client(), one["w"]).take("accept")

    def look() -> int:
        with app.app_context():
            with as_program(db.session):
                told = alert_late(db.session)
                db.session.commit()
            db.session.remove()
        return told

    look()  # or the ticker of an installation that runs on this database
    assert stored(app, late["id"], "late_at")["late_at"] is not None
    assert look() == 0
    assert stored(app, early["id"], "late_at") == {"late_at": None}, "thirteen minutes are no alert"
    deliver(app)
    mine = Message.url.like(f"%/{late['id']}"), Message.channel == "bell"
    bells = asked(app, select(Message).where(Message.event == "visit.late", *mine))
    assert bells and any(m.sound for m in bells) and len({(m.staff_id, m.key) for m in bells}) == len(bells)
    desk = client("bj-dispatch", "en")
    day = f"{local(stored(app, late['id'], 'starts_at')['starts_at']).date()}"
    board = desk.get(f"/board/?day={day}").text
    number = stored(app, late["id"], "number")["number"]
    assert f"minutes late · {number}" in board and f"/visit/show/{late['id']}" in board
    Phone(client(), late["w"]).take("set_out")
    Phone(client(), late["w"]).take("check_in")
    assert f"minutes late · {number}" not in desk.get(f"/board/plan?day={day}").text
    assert stored(app, late["id"], "arrival") == {"arrival": "late"}


@pytest.mark.feature("TRK-09")
def test_arrival_is_recorded_against_the_window_that_was_promised(app, api, client, visit):  # noqa: F811
    carer, family = Phone(client(lang="en"), visit["w"]), Phone(client(lang="en"), visit["c"])
    assert family.state()["window"] == ""
    walk(carer, "accept", "set_out")
    start = now() + timedelta(minutes=5)
    change(app, visit["id"], promised_from=start - timedelta(minutes=15), promised_until=start + timedelta(minutes=15))
    first, last = (f"{local(start + timedelta(minutes=m)):%H:%M}" for m in (-15, 15))
    assert family.state()["window"] == f"Promised between {first} and {last}"
    walk(carer, "check_in")
    result = api("bj-dispatch").get(f"/api/v1/visit/{visit['id']}")["result"]
    assert result["arrival"] == "on_time"
    assert family.state()["window"] == "Arrived as promised"
    assert visit["id"] in [v["id"] for v in api("bj-dispatch").get("/api/v1/visit/", arrival="on_time", size=200)["result"]]


def rule(app, **values) -> None:
    with app.app_context():
        with as_program(db.session):
            for old in db.session.scalars(select(CancelRule)):
                old.active = False
            db.session.add(CancelRule(**values))
            db.session.commit()
        db.session.remove()


def fresh(app, api, days: float) -> tuple[dict, str]:
    """A new order so many days ahead, and its family's page."""
    order = placed(api("bj-agent"), days)
    with app.app_context():
        with as_program(db.session):
            path = links.link_to("customer", db.session.get(Order, order["id"]))
        db.session.remove()
    return order, path


def form_of(phone: Phone, path: str, deed: str) -> dict:

    page = phone.person.get(f"{path}/change").text
    phone.look()
    part = page.split(f'id="{deed}"')[1]
    return {n: re.search(rf'name="{n}" value="([^"]*)"', part).group(1) for n in ("version", "fee")}


@pytest.mark.feature("ORD-05", "TRK-07")
def test_cancelling_shows_its_fee_first_and_it_is_owed_once(app, api, client):
    rule(app, deed="cancel", hours=Decimal(24), percent=Decimal(30), amount=None)
    order, path = fresh(app, api, 0.5)
    family = Phone(client(lang="en"), path)
    fee = (Decimal(order["amount"]) * Decimal("0.3")).quantize(Decimal("0.01"))
    page = family.person.get(f"{path}/change").text
    assert f"Cancel for ¥{fee:,}" in page
    sent = form_of(family, path, "cancel")
    other = family.person.post_form(f"{path}/change/cancel", version=sent["version"], fee="0.00")
    assert other.status_code == 409, "another fee than was shown"
    assert family.person.post_form(f"{path}/change/cancel", reason="Ill", **sent).status_code == 302
    assert family.person.post_form(f"{path}/change/cancel", reason="Ill", **sent).status_code == 409
    assert family.state()["answer"] == "Cancelled"
    charges = asked(app, select(Charge).where(Charge.order_id == order["id"]))
    assert [(c.deed, c.amount, c.bearer) for c in charges] == [("cancel", fee, "customer")]
    owed = asked(app, select(Receivable).where(Receivable.charge_id == charges[0].id))
    assert [o.amount for o in owed] == [fee]
    assert f"¥{fee:,}" in family.look()
    assert api("bj-finance").get(f"/api/v1/receivable/{owed[0].id}")["result"]["charge"]["id"] == charges[0].id
    assert api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]["state"] == "cancelled"


@pytest.mark.feature("ORD-05")
def test_nobody_cancels_past_a_fee_that_was_not_named(app, api, client):
    rule(app, deed="cancel", hours=Decimal(24), percent=Decimal(30), amount=None)
    order, _path = fresh(app, api, 0.5)
    refused = api("bj-agent").post(f"/api/v1/order/{order['id']}/cancel", {"reason": "Ill"}, 409)
    assert "Move or cancel" in refused["message"]
    later, _path = fresh(app, api, 9)
    assert api("bj-agent").post(f"/api/v1/order/{later['id']}/cancel", {"reason": "Ill"})["result"]["state"] == "cancelled"


def test_without_a_rule_or_early_enough_it_is_free(app, api, client):
    rule(app, deed="cancel", hours=Decimal(24), percent=Decimal(30))
    order, path = fresh(app, api, 9)
    family = Phone(client(lang="en"), path)
    assert "Free of charge" in family.person.get(f"{path}/change").text
    family.person.post_form(f"{path}/change/cancel", **form_of(family, path, "cancel"))
    assert asked(app, select(Receivable).join(Charge, Charge.id == Receivable.charge_id).where(Charge.order_id == order["id"])) == []
    assert family.state()["answer"] == "Cancelled"


def test_moving_moves_the_visit_and_the_fee_is_posted_once(app, api, client):
    rule(app, deed="move", hours=Decimal(72), amount=Decimal("20.00"))
    order, path = fresh(app, api, 2)
    free_carer(api("bj-dispatch"), order)
    family = Phone(client(lang="en"), path)
    sent = form_of(family, path, "move") | {"to": f"{local(now() + timedelta(days=next(DAYS))):%Y-%m-%dT10:00}"}
    assert family.person.post_form(f"{path}/change/move", **(sent | {"to": ""})).status_code == 400
    codes = []

    def press() -> None:
        phone = Phone(client(lang="en"), path)
        phone.look()
        codes.append(phone.person.post_form(f"{path}/change/move", **sent).status_code)

    threads = [threading.Thread(target=press) for _each in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(codes) == [302, 409, 409]
    with app.app_context():
        with as_program(db.session):
            kept = db.session.get(Order, order["id"])
            moved = db.session.scalars(select(Visit).where(Visit.order_id == kept.id)).one()
            assert f"{local(kept.starts_at):%Y-%m-%dT%H:%M}" == sent["to"] and moved.starts_at == kept.starts_at
            assert moved.ends_at - moved.starts_at == kept.ends_at - kept.starts_at
            assert moved.promised_from == moved.starts_at - timedelta(minutes=15)
        db.session.remove()
    charges = asked(app, select(Charge).where(Charge.order_id == order["id"]))
    assert [c.amount for c in charges] == [Decimal("20.00")]
    assert len(asked(app, select(Receivable).where(Receivable.charge_id == charges[0].id))) == 1


def test_a_carer_who_cannot_come_then_is_freed(app, api, client):
    rule(app, deed="move", hours=Decimal(1), amount=Decimal(5))
    day = next(DAYS)
    order, path = fresh(app, api, 3.1)
    worker = free_carer(api("bj-dispatch"), order)
    other = placed(api("bj-agent"), day)
    api("bj-dispatch").post(f"/api/v1/order/{other['id']}/assign", {"worker": worker})
    starts = api("bj-agent").get(f"/api/v1/order/{other['id']}")["result"]["starts_at"]
    family = Phone(client(lang="en"), path)
    from datetime import datetime

    to = local(datetime.fromisoformat(starts))
    sent = form_of(family, path, "move") | {"to": f"{to:%Y-%m-%dT%H:%M}"}
    assert family.person.post_form(f"{path}/change/move", **sent).status_code == 302
    assert api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]["state"] == "placed"


def test_the_desk_sees_the_fee_before_it_confirms(app, api, client):
    rule(app, deed="cancel", hours=Decimal(24), percent=Decimal(10), bearer="company")
    order, _path = fresh(app, api, 0.6)
    agent = client("bj-agent", "en")
    fee = (Decimal(order["amount"]) * Decimal("0.1")).quantize(Decimal("0.01"))
    page = agent.look(f"/changes/{order['id']}").text
    assert f"¥{fee:,}" in page and "Borne by: Company" in page
    assert "/changes/" in agent.get(f"/order/show/{order['id']}").text
    version = api("bj-agent").get(f"/api/v1/order/{order['id']}")["result"]["version"]
    for other in ("bj-finance", "bj-dispatch"):
        person = client(other)
        person.look("/")
        assert person.post_form(f"/changes/{order['id']}/cancel", version=str(version), fee="0.00", reason="x").status_code == 403
    assert client("sh-admin").get(f"/changes/{order['id']}").status_code == 404
    assert agent.post_form(f"/changes/{order['id']}/cancel", version=str(version), fee="0.00", reason="").status_code == 400
    assert agent.post_form(f"/changes/{order['id']}/cancel", version=str(version), fee="0.00", reason="Carer ill").status_code == 302
    charges = asked(app, select(Charge).where(Charge.order_id == order["id"]))
    assert [(c.amount, c.bearer) for c in charges] == [(fee, "company")]
    assert asked(app, select(Receivable).where(Receivable.charge_id == charges[0].id)) == [], "borne by the company"
