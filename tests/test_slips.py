"""Slips: printed with a code, signed on the phone or on paper, filed by themselves, and the only basis of pay."""

from __future__ import annotations

import base64
import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from app.engine.clock import local, now
from app.extensions import db
from app.models.dispatch import Visit
from app.models.slip import PayLine, Slip, SlipScan
from tests.acting import as_person, as_program
from tests.prints import codes, pictures
from tests.test_portal import Phone, stored, visit  # noqa: F401

DRAWN = io.BytesIO()
Image.new("L", (300, 90), 200).save(DRAWN, "PNG")
DRAWN = "data:image/png;base64," + base64.b64encode(DRAWN.getvalue()).decode()
JSON = {"Accept": "application/json"}


def walk(carer: Phone, *steps: str) -> None:
    for step in steps or ("accept", "set_out", "check_in", "begin", "finish"):
        carer.take(step)


def slip_pdf(person, pk: int, template: str = "slip-a4") -> bytes:
    answer = person.get(f"/api/v1/visit/{pk}/print/{template}")
    assert answer.status_code == 200 and answer.mimetype == "application/pdf", answer.text[:300]
    return answer.get_data()


def photo_of(pdf: bytes, turn: float = 3) -> bytes:
    """The paper as a phone sees it: a little askew, and as a JPEG."""
    kept = io.BytesIO()
    pictures(pdf, 2.5)[0].rotate(turn, expand=True, fillcolor=230).save(kept, "JPEG", quality=70)
    return kept.getvalue()


def send(person, *files: tuple[str, bytes]):
    person.look("/slips/")
    data = {"csrf_token": person.token, "file": [(io.BytesIO(content), name) for name, content in files]}
    answer = person.post("/slips/", data=data, content_type="multipart/form-data", headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json["result"]


def asked(app, query, tenant: int = 2):
    with app.app_context():
        with as_program(db.session, tenant):
            found = db.session.scalars(query).all()
            for one in found:
                db.session.refresh(one)
                db.session.expunge(one)
        db.session.remove()
    return found


def untimed(text: str) -> str:
    """A page without what its moment signs."""
    return re.sub(r"\.[\w-]{6}\.[\w-]{27}", "", text)


@pytest.mark.feature("BOOK-04", "TRK-11")
@pytest.mark.parametrize("template", ["slip-a4", "slip-triplicate", "slip-roll"])
def test_the_slip_carries_a_code_of_its_own_and_one_of_the_map(client, visit, template):  # noqa: F811
    found = codes(slip_pdf(client("bj-dispatch", "en"), visit["id"], template))
    mine = [c for c in found if f"/prints/check/visit-{visit['id']}-" in c]
    assert mine and any(c.startswith("https://uri.amap.com/") for c in found)


def test_a_pdf_of_too_many_pages_is_refused_whole(client):
    page = Image.new("1", (60, 60), 1)
    many, desk = io.BytesIO(), client("bj-dispatch", "en")
    page.save(many, "PDF", save_all=True, append_images=[page] * 20)
    desk.look("/slips/")
    (found,) = send(desk, ("21.pdf", many.getvalue()))
    assert not found["filed"] and found["text"] == "Send at most 20 pages in one PDF."


@pytest.mark.feature("BOOK-05")
def test_paper_slips_file_themselves_and_the_same_file_twice_changes_nothing(app, client, visit):  # noqa: F811
    desk = client("bj-dispatch", "en")
    paper = photo_of(slip_pdf(desk, visit["id"]))
    blank = io.BytesIO()
    Image.new("L", (400, 300), 255).save(blank, "JPEG")
    number = stored(app, visit["id"], "number")["number"]
    first, second, third = send(desk, ("one.jpg", paper), ("blank.jpg", blank.getvalue()), ("words.txt", b"no picture"))
    assert first["filed"] and first["url"] == f"/visit/show/{visit['id']}" and number in first["text"]
    assert not second["filed"] and "No code" in second["text"]
    assert not third["filed"] and "no picture or PDF" in third["text"]
    assert stored(app, visit["id"], "slip") == {"slip": "paper"}
    slip = asked(app, select(Slip).where(Slip.visit_id == visit["id"]))
    assert len(slip) == 1 and slip[0].way == "paper" and slip[0].file == f"slip-{number}.jpg"
    page = desk.get(f"/visit/show/{visit['id']}").text
    assert "Signed on paper" in page
    assert "On paper" in desk.get(f"/slip/show/{slip[0].id}").text
    there = desk.get(f"/slips/{slip[0].id}/paper", follow_redirects=True)
    assert there.get_data() == paper
    there.close()
    assert client("sh-admin").get(f"/slips/{slip[0].id}/paper").status_code == 404
    assert f"slip-{number}.jpg" in desk.get(f"/visit/files/{visit['id']}").text
    files = untimed(desk.get(f"/visit/files/{visit['id']}").text)
    again = send(desk, ("other name.jpg", paper))
    assert again == [first]
    assert untimed(desk.get(f"/visit/files/{visit['id']}").text) == files, "no second edition"
    assert len(asked(app, select(SlipScan).where(SlipScan.visit_id == visit["id"]))) == 1


@pytest.mark.feature("BOOK-05")
def test_a_picture_without_a_code_waits_until_its_visit_is_chosen(app, client, visit):  # noqa: F811
    desk = client("bj-dispatch", "en")
    blank = io.BytesIO()
    Image.new("L", (401, 300), visit["id"] % 200).save(blank, "PNG")
    send(desk, (f"blank-{visit['id']}.png", blank.getvalue()))
    scan = asked(app, select(SlipScan).where(SlipScan.name == f"blank-{visit['id']}.png"))[0]
    page = desk.look("/slips/").text
    assert scan.name in page and "No code" in page
    assert desk.post_form(f"/slips/{scan.id}/file", visit="PG-NONE").status_code == 400
    number = stored(app, visit["id"], "number")["number"]
    assert desk.post_form(f"/slips/{scan.id}/file", visit=number).status_code == 302
    assert stored(app, visit["id"], "slip") == {"slip": "paper"}
    assert scan.name not in desk.look("/slips/").text
    assert desk.post_form(f"/slips/{scan.id}/file", visit=number).status_code == 409


@pytest.mark.feature("BOOK-04")
def test_many_slips_of_one_pdf_go_each_to_its_own_visit(app, client, api, visit):  # noqa: F811
    desk = client("bj-dispatch", "en")
    other = api("bj-dispatch").get("/api/v1/visit/", state="finished", size=1, slip="none")["result"][0]["id"]
    made = desk.post("/api/v1/visit/print", json={"ids": [visit["id"], other], "template": "slip-a4"},
                     headers=api("bj-dispatch").headers)  # fmt: skip
    assert made.status_code == 200, made.text[:300]
    found = send(desk, ("all.pdf", made.get_data()))
    assert [f["filed"] for f in found] == [True, True]
    assert {f["url"] for f in found} == {f"/visit/show/{visit['id']}", f"/visit/show/{other}"}


@pytest.mark.feature("BOOK-04")
def test_a_slip_of_another_company_and_a_forged_one_are_unknown(app, client, visit):  # noqa: F811
    paper = slip_pdf(client("bj-dispatch", "en"), visit["id"])
    told = send(client("sh-admin", "en"), ("theirs.jpg", photo_of(paper, 2)))[0]
    assert not told["filed"] and "no slip of this company" in told["text"]
    import segno

    code = next(c for c in codes(paper) if "/prints/check/" in c)
    forged = io.BytesIO()
    segno.make(code[:-4] + "0000").save(forged, kind="png", scale=6)
    told = send(client("bj-dispatch", "en"), ("forged.png", forged.getvalue()))[0]
    assert not told["filed"] and "no slip of this company" in told["text"]
    assert stored(app, visit["id"], "slip") == {"slip": "none"}


def test_slips_are_filed_by_those_who_may(client):
    for name in ("bj-agent", "bj-partner"):
        assert client(name).get("/slips/").status_code == 403
    money = client("bj-finance", "en")
    money.look("/slips/")
    assert money.post_form("/slips/").status_code == 403
    desk = client("bj-dispatch", "en")
    desk.look("/slips/")
    assert desk.post_form("/slips/pay").status_code == 403


@pytest.mark.feature("BOOK-05")
def test_the_customer_signs_on_the_carers_phone_once(app, client, visit):  # noqa: F811
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer, "accept", "set_out", "check_in")
    assert carer.person.post_form(f"{visit['w']}/sign", name="Wang", picture=DRAWN).status_code == 409
    walk(carer, "begin", "finish")
    assert stored(app, visit["id"], "slip") == {"slip": "missing"}
    assert "The customer signs here" in carer.look()
    assert carer.person.post_form(f"{visit['w']}/sign", name="", picture=DRAWN).status_code == 400
    assert carer.person.post_form(f"{visit['w']}/sign", name="Wang", picture="data:nothing").status_code == 400
    assert "The slip is signed" in carer.take("sign", name="Wang Min", picture=DRAWN)
    carer.take("sign", name="Somebody else", picture=DRAWN)
    slips = asked(app, select(Slip).where(Slip.visit_id == visit["id"]))
    assert [(s.way, s.name, s.picture is not None) for s in slips] == [("phone", "Wang Min", True)]
    assert abs(slips[0].signed_at - now()) < timedelta(minutes=1)
    desk = client("bj-dispatch", "en")
    page = desk.get(f"/slip/show/{slips[0].id}").text
    assert "Wang Min" in page and "/slip/signature/" in page
    admin = client("bj-admin", "en")
    admin.look("/")
    assert admin.post_form(f"/slip/edit/{slips[0].id}", name="Forged").status_code in (200, 403, 422)
    assert asked(app, select(Slip).where(Slip.visit_id == visit["id"]))[0].name == "Wang Min"
    assert admin.post_form(f"/slip/delete/{slips[0].id}").status_code == 403


@pytest.mark.feature("BOOK-06")
def test_actual_times_are_entered_when_the_slip_is_back_and_the_difference_is_shown(app, api, client, visit):  # noqa: F811
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer)
    kept = stored(app, visit["id"], "begun_at", "finished_at", "actual_start", "actual_end", "starts_at", "ends_at")
    assert (kept["actual_start"], kept["actual_end"]) == (kept["begun_at"], kept["finished_at"])
    desk = client("bj-dispatch", "en")
    desk.look(f"/visit/edit/{visit['id']}")
    start = local(kept["starts_at"])
    end = local(kept["ends_at"]) + timedelta(minutes=40)
    sent = {"actual_start": f"{start:%Y-%m-%dT%H:%M}", "actual_end": f"{end:%Y-%m-%dT%H:%M}", "process": "The oven as well"}
    assert desk.post_form(f"/visit/edit/{visit['id']}", **sent).status_code == 302
    result = api("bj-dispatch").get(f"/api/v1/visit/{visit['id']}")["result"]
    assert result["over_plan"] == 40 and result["process"] == "The oven as well"
    page = desk.get(f"/visit/show/{visit['id']}").text
    assert "Minutes over plan" in page and "The oven as well" in page
    assert api("bj-dispatch").get("/api/v1/visit/", **{"over_plan.ge": 40})["result"]
    back = {"actual_start": sent["actual_end"], "actual_end": sent["actual_start"]}
    api("bj-dispatch").put(f"/api/v1/visit/{visit['id']}", back, 422)
    api("bj-agent").put(f"/api/v1/visit/{visit['id']}", {"actual_start": f"{start - timedelta(hours=1):%Y-%m-%dT%H:%M}"}, 403)


@pytest.mark.feature("BOOK-07")
def test_only_a_signed_slip_is_paid_for_and_unsigned_ones_are_listed(app, api, client, visit):  # noqa: F811
    carer, money = Phone(client(lang="en"), visit["w"]), api("bj-finance")
    walk(carer)
    number = stored(app, visit["id"], "number")["number"]
    assert "no signed slip" in money.post("/api/v1/pay_line/", {"visit": visit["id"]}, 400)["message"]
    assert number in [v["number"] for v in money.get("/api/v1/visit/", slip="missing", size=200)["result"]]
    assert "Unsigned slips" in client("bj-finance", "en").get("/").text
    page = client("bj-dispatch", "en").get("/slips/").text
    assert number in page
    desk = api("bj-dispatch")
    start = now().replace(microsecond=0) - timedelta(hours=5)
    desk.put(f"/api/v1/visit/{visit['id']}", {"actual_start": start.isoformat(), "actual_end": (start + timedelta(hours=3)).isoformat()})
    carer.take("sign", name="Wang Min", picture=DRAWN)
    line = money.post("/api/v1/pay_line/", {"visit": visit["id"]})["result"]
    with app.app_context():
        with as_program(db.session):
            rate = db.session.get(Visit, visit["id"]).worker.pay_rate
        db.session.remove()
    assert (line["hours"], line["amount"]) == ("3.000", f"{rate * 3:.2f}")
    slip = asked(app, select(Slip).where(Slip.visit_id == visit["id"]))[0]
    assert line["slip"]["id"] == slip.id
    assert f"/slip/show/{slip.id}" in client("bj-finance", "en").get(f"/pay_line/show/{line['id']}").text
    money.post("/api/v1/pay_line/", {"visit": visit["id"]}, 409)
    money.call("PUT", f"/api/v1/pay_line/{line['id']}", 403, json={"amount": "1"})
    assert number not in [v["number"] for v in money.get("/api/v1/visit/", slip="missing", size=200)["result"]]
    refused = desk.put(f"/api/v1/visit/{visit['id']}", {"actual_end": now().isoformat()}, 400)
    assert "pay line" in refused["message"]
    money.post("/api/v1/pay_line/", {"visit": visit["id"], "corrects": line["id"], "amount": "-10"}, 400)
    fixed = money.post("/api/v1/pay_line/", {"visit": visit["id"], "corrects": line["id"], "amount": "-10", "note": "Left early"})
    assert fixed["result"]["amount"] == "-10.00" and fixed["result"]["hours"] is None
    desk.post("/api/v1/pay_line/", {"visit": visit["id"]}, 403)


@pytest.mark.feature("BOOK-07")
def test_all_signed_slips_are_put_on_pay_lines_with_one_press(app, client, visit):  # noqa: F811
    carer = Phone(client(lang="en"), visit["w"])
    walk(carer)
    carer.take("sign", name="Wang", picture=DRAWN)
    money = client("bj-finance", "en")
    money.look("/slips/")
    assert money.post_form("/slips/pay").status_code == 302
    assert money.post_form("/slips/pay").status_code == 302
    assert len(asked(app, select(PayLine).where(PayLine.visit_id == visit["id"]))) == 1


def test_the_database_holds_one_slip_and_one_pay_line_of_a_visit(app, client, visit):  # noqa: F811
    from sqlalchemy.exc import IntegrityError

    carer = Phone(client(lang="en"), visit["w"])
    walk(carer)
    carer.take("sign", name="Wang", picture=DRAWN)
    with app.app_context():
        with as_program(db.session):
            db.session.add(Slip(visit_id=visit["id"], way="paper", signed_at=now()))
            with pytest.raises(IntegrityError, match="slip_visit_id_key"):
                db.session.flush()
            db.session.rollback()
            db.session.add_all([PayLine(visit_id=visit["id"]), PayLine(visit_id=visit["id"])])
            with pytest.raises(IntegrityError, match="pay_line_once"):
                db.session.flush()
            db.session.rollback()
        with as_person(db.session, "bj-finance"):
            db.session.add(PayLine(visit_id=visit["id"]))
            db.session.flush()
            db.session.rollback()
        db.session.remove()
