"""Ratings and signatures: kinds of fields that any record type has, declared or added while the product runs."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import expect

from app.engine.rules import CustomField
from app.prove.forming import png
from tests import harness
from tests.acting import as_program
from tests.axe import barriers
from tests.e2e.test_chain import fits
from tests.screens import until


@pytest.fixture
def truth(database):
    return harness.asking(database)


def order_of(truth, user: str = "bj-agent") -> int:
    return truth('SELECT max(id) FROM "order" WHERE owner_id = (SELECT id FROM staff WHERE username = %s)', user)[0][0]


def draft(api, truth) -> int:
    """A contract of the agent's, not yet in force."""
    mine = api("bj-agent").get("/api/v1/customer/", size=1)["result"][0]["id"]
    ((service,),) = truth("SELECT min(id) FROM service WHERE tenant_id = 2")
    sent = {"customer": mine, "service": service, "starts_on": "2027-01-01"}
    return api("bj-agent").post("/api/v1/contract/", sent, 201)["id"]


def test_a_rating_is_one_to_five_stars_everywhere(client, api, truth):
    pk, agent = order_of(truth), api("bj-agent")
    url = f"/api/v1/order/{pk}"
    assert agent.put(url, {"rating": 4})["result"]["rating"] == 4
    for bad in (0, 6, "4.5", "x", -1, "☆☆☆☆☆"):
        assert list(agent.call("PUT", url, 422, json={"rating": bad})["fields"]) == ["rating"], bad
    assert agent.put(url, {"rating": "★★★☆☆"})["result"]["rating"] == 3
    person = client("bj-agent", "en")
    assert 'aria-label="3 of 5 stars"' in person.get(f"/order/show/{pk}").text
    assert "★★★☆☆" in person.get("/order/list?cols=number,rating&rating=3").text
    found = {r["id"] for r in agent.get("/api/v1/order/", **{"rating.ge": "3"})["result"]}
    assert pk in found
    assert pk not in {r["id"] for r in agent.get("/api/v1/order/", **{"rating.ge": "4"})["result"]}
    assert pk in {r["id"] for r in agent.get("/api/v1/order/", **{"rating.bt": "2,3"})["result"]}
    assert "data-stars" in person.get(f"/order/edit/{pk}").text
    schema = agent.get("/api/v1/openapi.json")["components"]["schemas"]["Order"]["properties"]["rating"]
    assert (schema["minimum"], schema["maximum"]) == (1, 5)
    sheet = client("bj-admin", "en").get("/order/export.csv").text.lstrip("\ufeff")
    heads, *lines = csv.reader(io.StringIO(sheet))
    at = heads.index("Customer's rating")
    assert "3" in [row[at] for row in lines]
    assert "Customer" in person.get("/order/list?group=rating&cols=number").text


def test_a_signature_is_given_once_and_private(client, api, truth):
    pk = draft(api, truth)
    url, agent = f"/api/v1/contract/{pk}", api("bj-agent")
    sly = "data:text/html;base64,PGI+", png(1).replace("png", "svg+xml", 1)
    for bad in ("x", 5, "data:image/png;base64,AAAA", "data:image/png;base64,===", *sly):
        assert agent.call("PUT", url, 422, json={"signature": bad})["fields"], bad
    assert agent.get(url)["result"]["signature"] is None
    person = client("bj-agent", "en")
    assert person.get(f"/contract/signature/{pk}/signature").status_code == 404
    person.look(f"/contract/edit/{pk}")
    assert "data-sign" in person.get(f"/contract/edit/{pk}").text
    assert person.post_form(f"/contract/edit/{pk}", signature=png(7)).status_code == 302
    held = agent.get(url)["result"]["signature"]
    assert held
    picture = person.get(f"/contract/signature/{pk}/signature", buffered=True)
    assert picture.mimetype == "image/png"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert agent.client.get(f"{url}/signature/signature", headers=agent.headers, buffered=True).data == picture.data
    page = person.get(f"/contract/show/{pk}").text
    ((name, by),) = truth("SELECT s.name, a.created_by FROM attachment a JOIN staff s ON s.id = a.created_by WHERE a.id = %s", held)
    assert f"/contract/signature/{pk}/signature" in page
    assert name in page
    assert "data-sign" not in person.get(f"/contract/edit/{pk}").text, "there is nothing to sign any more"
    # Nobody signs over it, empties it or hangs another picture there: neither the agent nor an administrator.
    for who in ("bj-agent", "bj-admin"):
        assert api(who).call("PUT", url, json={"signature": png(9)}, status=422)
        api(who).put(url, {"signature": None}, 403)
        for other in (held - 1, held + 1, str(held)):
            api(who).call("PUT", url, 422, json={"signature": other})
    assert agent.get(url)["result"]["signature"] == held
    # It is no file among files, and goes by the right to its field.
    assert held not in {f["id"] for f in agent.get(f"{url}/files")["result"]}
    assert person.get(f"/contract/file/{pk}/{held}").status_code == 404
    for who, status in (("bj-agent2", 404), ("sh-admin", 404), ("bj-dispatch", 403)):
        assert client(who).get(f"/contract/signature/{pk}/signature").status_code == status, who
    assert client("bj-finance").get(f"/contract/signature/{pk}/signature", buffered=True).status_code == 200, "basic is read"
    assert person.get(f"/contract/signature/{pk}/terms").status_code == 404
    assert person.get(f"/contract/signature/{pk}/nothing").status_code == 404
    assert pk in {r["id"] for r in agent.get("/api/v1/contract/", **{"signature.empty": "0"})["result"]}
    agent.get("/api/v1/contract/", 400, signature=held)
    assert "signature" in agent.get("/api/v1/openapi.json")["components"]["schemas"]["ContractSent"]["properties"]
    many = {"act": "change", "ids": [pk], "set": {"signature": png(1)}}
    api("bj-admin").call("POST", "/api/v1/contract/bulk", 403, json=many)
    told = truth("SELECT changes FROM audit_entry WHERE model = 'Contract' AND record_id = %s AND action = 'update'", pk)[-1][0]
    assert list(told) == ["signature"]
    assert told["signature"][1].startswith("~"), "closed like what is personal"
    assert by


def test_both_kinds_can_be_added_while_the_product_runs(client, api, app, truth):
    from app.extensions import db

    with app.app_context(), as_program(db.session):
        pairs = (("Warmth", "rating"), ("House rules", "signature"))
        made = [CustomField(model="Customer", label=label, kind=kind) for label, kind in pairs]
        db.session.add_all(made)
        db.session.commit()
        stars, drawn = (f"x_{f.id}" for f in made)
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = agent.get("/api/v1/customer/", size=1)["result"][0]["id"]
    url = f"/api/v1/customer/{pk}"
    assert agent.put(url, {stars: 5})["result"][stars] == 5
    agent.call("PUT", url, 422, json={stars: 7})
    held = agent.put(url, {drawn: png(3)})["result"][drawn]
    agent.call("PUT", url, 422, json={drawn: png(4)})
    assert agent.get(url)["result"][drawn] == held
    page = person.get(f"/customer/show/{pk}").text
    assert "★★★★★" in page
    assert f"/customer/signature/{pk}/{drawn}" in page
    assert person.get(f"/customer/signature/{pk}/{drawn}", buffered=True).status_code == 200
    assert pk in {r["id"] for r in agent.get("/api/v1/customer/", **{f"{stars}.ge": "5"})["result"]}
    assert f'name="{drawn}"' not in person.get("/customer/add").text, "drawn on a record that is there"
    with app.app_context(), as_program(db.session):
        for field in db.session.query(CustomField).filter(CustomField.label.in_(["Warmth", "House rules"])):
            field.archived = True
        db.session.commit()


@pytest.mark.feature("CLI-06")
def test_stars_are_given_by_keys_and_by_touch(page, truth):
    pk = order_of(truth)
    truth('UPDATE "order" SET rating = NULL WHERE id = %s RETURNING id', pk)
    agent = page("bj-agent", "en", 1366, 768)
    agent.goto(f"/order/edit/{pk}")
    stars = agent.locator(".stars.in")
    assert stars.get_attribute("aria-label") == "Customer's rating"
    assert stars.get_attribute("aria-valuetext") == "No rating"
    stars.focus()
    agent.keyboard.press("3")
    agent.keyboard.press("ArrowRight")
    assert stars.get_attribute("aria-valuetext") == "4 of 5 stars"
    agent.keyboard.press("Delete")
    assert stars.get_attribute("aria-valuenow") == "0"
    stars.locator("[data-n='2']").click()
    assert barriers(agent, within="'.rate'") == []
    agent.keyboard.press("Control+Enter")
    agent.wait_for_url("**/order/show/*")
    assert truth('SELECT rating FROM "order" WHERE id = %s', pk) == [(2,)]


@pytest.mark.feature("CLI-03")
@pytest.mark.parametrize("way", ["finger", "keys"])
def test_a_signature_is_drawn_or_typed_on_a_phone(page, api, truth, way):
    pk = draft(api, truth)
    agent = page("bj-agent", "zh", 360, 740)
    agent.goto(f"/contract/edit/{pk}")
    canvas = agent.locator("[data-sign] canvas")
    canvas.scroll_into_view_if_needed()
    fits(agent)
    if way == "finger":
        box = canvas.bounding_box()
        agent.mouse.move(box["x"] + 20, box["y"] + 40)
        agent.mouse.down()
        for n in range(8):
            agent.mouse.move(box["x"] + 20 + n * 25, box["y"] + 30 + (n % 2) * 30)
        agent.mouse.up()
    else:
        agent.locator("[data-sign] .form-control").fill("王秀英")
    until(agent, lambda: agent.input_value("#f-signature").startswith("data:image/png;base64,"))
    agent.wait_for_timeout(450)
    assert "base64" not in agent.evaluate("JSON.stringify(localStorage)"), "no draft keeps it"
    assert barriers(agent, within="'[data-sign]'") == []
    agent.locator(".rec-bar .btn-primary").click()
    agent.wait_for_url("**/contract/show/*")
    picture = agent.locator(".signed img")
    picture.scroll_into_view_if_needed()
    until(agent, lambda: picture.evaluate("(one) => one.complete && one.naturalWidth") == 900)
    picture.click()
    expect(agent.locator("dialog.jh-look img")).to_be_visible()


@pytest.mark.feature("CLI-02")
def test_a_period_stands_in_one_row_and_says_how_long_it_is(page):
    agent = page("bj-agent", "zh", 1366, 768)
    agent.goto("/order/add")
    agent.fill("#f-starts_at", "2027-03-02T10:00")
    agent.fill("#f-ends_at", "2027-03-04T12:30")
    pair = agent.locator("[data-pair]")
    assert pair.locator("#f-starts_at").count() == pair.locator("#f-ends_at").count() == 1
    expect(pair.locator("output.span")).to_have_text("2 天 2 小时 30 分")
    tops = [agent.locator(f"#f-{n}").bounding_box()["y"] for n in ("starts_at", "ends_at")]
    assert tops[0] == tops[1]


@pytest.mark.feature("CLI-02")
def test_leaving_a_form_that_was_typed_in_asks_first(page, forgiven):
    forgiven.append("422")
    agent = page("bj-agent", "zh", 1366, 768)
    asked = []
    agent.on("dialog", lambda box: (asked.append(box.type), box.dismiss()))
    agent.goto("/customer/add")
    agent.fill("#f-name", "还没存")
    agent.locator(".jh-rail a").first.click()
    until(agent, lambda: asked == ["beforeunload"])
    assert "/customer/add" in agent.url
    agent.fill("#f-phone", "1380")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_selector(".f-err")
    agent.locator("#f-name").click()
    agent.locator(".jh-rail a").first.click()
    until(agent, lambda: asked == ["beforeunload"] * 2)  # it came back unsaved, and still asks
