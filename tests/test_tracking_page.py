"""Carer, family and office on their screens: taps without a network, words, fees and dropped papers, in both languages."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.engine.clock import local, now
from app.extensions import db
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.tracking import VisitTap
from app.web import links
from tests.acting import as_program
from tests.screens import until
from tests.test_chain import free_carer, placed
from tests.test_live import narrow
from tests.test_portal import DAYS, stored
from tests.test_slips import asked, photo_of, slip_pdf


def sent(app, api, days: float) -> dict:
    """A visit that was offered: its id, its order's, and the links of carer and family."""
    order = placed(api("bj-agent"), days)
    free_carer(api("bj-dispatch"), order)
    with app.app_context():
        with as_program(db.session):
            found = db.session.scalars(select(Visit).where(Visit.order_id == order["id"])).one()
            made = {"id": found.id, "number": found.number, "w": links.link_to("carer", found), "order": order["id"]}
            made["c"] = links.link_to("customer", db.session.get(Order, order["id"]))
        db.session.remove()
    return made


@pytest.mark.feature("TRK-03", "TRK-05")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_carer_without_a_network_taps_on_and_nothing_is_lost(page, forgiven, app, api, lang):
    forgiven += ["ERR_INTERNET_DISCONNECTED", "Failed to fetch"]
    there = sent(app, api, next(DAYS))
    pk, path = there["id"], there["w"]
    phone = page(None, lang, 360, 740)
    phone.goto(path)
    phone.click("form[data-step=accept] button")
    phone.wait_for_selector("form[data-step=set_out]")
    phone.context.set_offline(True)
    phone.click("form[data-step=set_out] button")
    phone.wait_for_selector("form[data-step=check_in]", timeout=15000)
    assert phone.locator("#queued").is_visible()
    phone.click("form[data-step=check_in] button")
    phone.wait_for_selector("form[data-step=begin]", timeout=15000)
    assert stored(app, pk, "state") == {"state": "accepted"}
    phone.context.set_offline(False)
    end = time.monotonic() + 20
    while stored(app, pk, "state")["state"] != "on_site":
        assert time.monotonic() < end
        phone.wait_for_timeout(200)
    phone.wait_for_selector("#queued", state="hidden")
    phone.click("form[data-step=begin] button")
    phone.wait_for_selector("form[data-step=finish]")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    box = phone.locator("#sign canvas").bounding_box()
    phone.locator("#sign canvas").scroll_into_view_if_needed()
    box = phone.locator("#sign canvas").bounding_box()
    phone.mouse.move(box["x"] + 20, box["y"] + 30)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 120, box["y"] + 50, steps=5)
    phone.mouse.up()
    phone.fill("#sign input[name=name]", "王敏")
    phone.click("#sign button.btn-lg")
    phone.wait_for_selector(".note-done")
    assert stored(app, pk, "slip") == {"slip": "phone"}
    taps = asked(app, select(VisitTap).where(VisitTap.visit_id == pk).order_by(VisitTap.id))
    assert [t.what for t in taps] == ["accept", "set_out", "check_in", "begin"] and len({t.request for t in taps}) == 4


@pytest.mark.feature("TRK-02", "TRK-05", "TRK-08", "ORD-05")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_family_and_carer_hear_each_other_on_their_phones(page, app, api, lang, tmp_path):
    there = sent(app, api, next(DAYS))
    family, carer = page(None, lang, 360, 740), page(None, lang, 360, 740)
    carer.goto(there["w"])
    carer.click("form[data-step=accept] button")
    carer.wait_for_selector("form[data-step=set_out]")
    family.goto(there["c"])
    family.fill("#said", "阳台也请打扫" if lang == "zh" else "Please also the balcony")
    family.click("#say button")
    family.wait_for_selector(".talk .mine")
    carer.goto(there["w"])
    assert ("阳台" if lang == "zh" else "balcony") in carer.inner_text("#talk")
    assert "uri.amap.com" in (carer.get_attribute("a[target=_blank]", "href") or "")
    carer.fill("#talk input[name=said]", "OK, thanks")
    carer.click("#talk form button")
    until(family, lambda: "OK, thanks" in family.inner_text("#order"))
    carer.click("form[data-step=set_out] button")
    carer.wait_for_selector("form[data-step=check_in]")
    until(family, lambda: family.locator(".step[aria-current=step]").count() == 1)
    until(family, lambda: ("在路上" if lang == "zh" else "On the way") in family.inner_text(".step[aria-current=step]"))
    narrow(family), narrow(carer)
    family.screenshot(path=tmp_path / f"family-{lang}.png", full_page=True)
    carer.screenshot(path=tmp_path / f"carer-{lang}.png", full_page=True)


@pytest.mark.feature("ORD-05")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_family_moves_its_visit_by_itself_and_sees_what_that_costs(page, app, api, lang):
    there = sent(app, api, next(DAYS))
    family = page(None, lang, 360, 740)
    family.goto(there["c"])
    family.click(f"a[href='{there['c']}/change']")
    family.wait_for_selector("#move")
    assert ("免费" if lang == "zh" else "Free of charge") in family.inner_text("#move")
    narrow(family)
    to = local(now() + timedelta(days=next(DAYS)))
    family.fill("#to", f"{to:%Y-%m-%dT10:00}")
    family.click("#move button")
    family.wait_for_selector("#order")
    assert f"{to:%m-%d} 10:00" in family.inner_text("#order")
    starts = local(stored(app, there["id"], "starts_at")["starts_at"])
    assert f"{starts:%Y-%m-%d %H:%M}" == f"{to:%Y-%m-%d} 10:00"


@pytest.mark.feature("BOOK-05")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_papers_are_dropped_and_each_says_what_became_of_it(page, app, api, client, lang):
    there = sent(app, api, next(DAYS))
    paper = photo_of(slip_pdf(client("bj-dispatch", lang), there["id"]))
    desk = page("bj-dispatch", lang, 1366, 768)
    desk.goto("/slips/")
    files = [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": paper}, {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"none"}]
    desk.set_input_files("#papers", files)
    desk.click("#drop button")
    until(desk, lambda: desk.locator("#lines .li").count() == 2)
    assert there["number"] in desk.inner_text("#lines .li >> nth=0")
    assert desk.locator("#lines .li >> nth=1").locator(".ti-alert-triangle").count() == 1
    assert stored(app, there["id"], "slip") == {"slip": "paper"}
