"""In the browser: a hospital order with surgery, a swap at noon, a second carer, and a bill that the family reads on a phone."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.screens import until
from tests.test_care_days import Care

WORDS = {
    "zh": {"rest": "停", "free": "停护不收费", "in": "↑ 接", "new": "+ 加", "bill": "本次账单", "left": "还需支付"},
    "en": {
        "rest": "No care", "free": "not charged", "in": "↑ takes over", "new": "+ added", "bill": "This bill", "left": "Still to be paid",
    },
}  # fmt: skip
TOLD = "SELECT text FROM message WHERE event = 'care_bill.sent' AND channel = 'sms' AND text LIKE '%%/bill/%%' ORDER BY id DESC LIMIT 1"


@pytest.fixture
def care(client, api, database):
    made = Care(client, api, harness.asking(database))
    yield made
    made.truth("UPDATE visit SET state = 'cancelled' WHERE order_id = %s", made.pk)  # so that its carers are free for the next one


@pytest.mark.feature("ORD-02", "ORD-03")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hospital_order_from_the_first_day_to_the_bill_on_the_familys_phone(page, care, lang):  # noqa: PLR0915
    words, desk = WORDS[lang], page("bj-admin", lang, 1366, 768)
    desk.goto(f"/care/{care.pk}")
    expect(desk.locator("#sum-bill")).to_contain_text("3,920.00")

    desk.keyboard.press("p")
    form = desk.locator("#pause form")
    expect(form).to_be_visible()
    form.locator("[name=first]").fill(str(care.day(5)))
    form.locator("[name=last]").fill(str(care.day(6)))
    form.locator("[name=reason]").fill("手术")
    form.locator("button").click()
    expect(desk.locator(".care-grid td.pause")).to_have_count(2)
    expect(desk.locator(".care-grid td.pause").first).to_contain_text(words["rest"])

    desk.keyboard.press("s")
    form = desk.locator("#replace form")
    expect(form).to_be_visible()
    expect(desk.locator("#substitutes .li")).to_have_count(3)
    form.locator("[name=at]").fill(care.hour(3, 12))
    form.locator("[name=reason]").fill("家属要求")
    form.locator("[name=handover]").fill("少盐")
    form.locator("button").click()
    expect(desk.locator(".care-grid")).to_contain_text(words["in"])
    expect(desk.locator("#sum-bill")).to_contain_text("3,360.00")

    desk.keyboard.press("a")
    form = desk.locator("#add form")
    expect(form).to_be_visible()
    form.locator("[name=since]").fill(str(care.day(8)))
    form.locator("button").click()
    expect(desk.locator(".care-grid")).to_contain_text(words["new"])
    expect(desk.locator("#sum-bill")).to_contain_text("5,320.00")
    bill, pay = care.sums()
    expect(desk.locator("#care-sum")).to_contain_text(f"¥{bill - pay:,.2f}")

    desk.keyboard.press("b")
    expect(desk.locator("#bill form")).to_be_visible()
    desk.locator("#bill form button").click()
    expect(desk.locator(".care-below .li a[href^='/care_bill/']")).to_have_count(1)
    until(desk, lambda: care.truth("SELECT 1 FROM notice WHERE event = 'care_bill.sent' AND done_at IS NULL") == [])
    address = re.search(r"/bill/[\w.~-]+", care.truth(TOLD)[0][0]).group(0)

    phone = page(None, lang, 360, 740)
    phone.goto(address)
    expect(phone.locator("main")).to_contain_text(words["bill"])
    # Ten days have come: eight of one carer with surgery on two left out, and three of the second one.
    expect(phone.locator("#amount")).to_have_text("¥3,080.00")
    expect(phone.locator(".rest")).to_have_count(2)
    expect(phone.locator(".rest").first).to_contain_text(words["free"])
    expect(phone.locator("main")).to_contain_text("手术")
    expect(phone.locator("main")).to_contain_text(words["left"])
    said = phone.locator("main").inner_text()
    assert f"¥{pay:,.2f}" not in said, "no pay"
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "it fits the phone"

    small = page("bj-admin", lang, 360, 740)
    small.goto(f"/care/{care.pk}")
    expect(small.locator(".care-list .care-day").first).to_be_visible()
    assert small.evaluate("document.documentElement.scrollWidth") <= 360
    if shots := os.environ.get("SHOTS"):
        desk.screenshot(path=f"{shots}/care-{lang}.png", full_page=True)
        phone.screenshot(path=f"{shots}/bill-{lang}.png", full_page=True)
        small.screenshot(path=f"{shots}/care-small-{lang}.png")
