"""One order from the phone call to the money, in a real browser, as four people, in Chinese and in English."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import psycopg
import pytest

from app.engine.clock import local, now
from tests.screens import by_hand, speak, until

WORDS = {
    "zh": {"accept": "接单", "set_out": "出发", "check_in": "签到", "begin": "开始", "finish": "完成", "placed": "已下单",
           "lang": "zh-CN"},
    "en": {"accept": "Accept", "set_out": "Set out", "check_in": "Check in", "begin": "Begin", "finish": "Finish", "placed": "placed",
           "lang": "en"},
}
SIZES = {"zh": (1366, 768), "en": (1366, 768)}


def one(live, sql: str, *values):
    with psycopg.connect(live.database.superuser_url) as boss:
        row = boss.execute(sql, values).fetchone()
        return row[0] if row else None


def link(live, path: str, after: int, seconds: float = 10) -> str:
    """The signed address in the newest message that would have gone out since ``after``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with psycopg.connect(live.database.superuser_url) as boss:
            rows = boss.execute("SELECT text FROM rehearsed WHERE id > %s ORDER BY id DESC", (after,)).fetchall()
        for (text,) in rows:
            if found := re.search(rf"/{path}/[\w.~-]+", text):
                return found.group(0)
        time.sleep(0.1)
    raise AssertionError(f"no /{path}/ link went out")


def fits(page) -> None:
    """Nothing is wider than the screen."""
    wide = page.evaluate("""[document.documentElement.scrollWidth, ...[...document.querySelectorAll("body *")].filter(e =>
        e.getBoundingClientRect().right > 361).map(e => e.tagName + "." + e.className).slice(0, 5)]""")
    assert wide[0] <= page.viewport_size["width"] + 1, (page.url, wide)


@pytest.mark.feature("BOOK-01")
@pytest.mark.feature("ORD-05")
@pytest.mark.feature("ORD-08")
@pytest.mark.feature("TRK-01")
@pytest.mark.feature("TRK-02")
@pytest.mark.feature("TRK-04")
@pytest.mark.feature("TRK-07")
@pytest.mark.feature("CLI-01")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_order_from_the_call_to_the_money(page, live, lang):  # noqa: PLR0915
    phone, name = ("14100770001", "赵念安") if lang == "zh" else ("14100770002", "Zhao Nianan 赵念安")
    sent = one(live, "SELECT coalesce(max(id), 0) FROM rehearsed")
    words = WORDS[lang]

    desk = page(None, lang, 1366, 768)
    by_hand(desk, "bj-dispatch")
    speak(desk, lang)
    desk.goto("/board/")
    desk.wait_for_selector("#waiting")
    desk.wait_for_timeout(500)  # the stream is open
    before = int(desk.inner_text("#waiting-count"))

    agent = page(None, lang, 1366, 768)
    by_hand(agent, "bj-agent")
    speak(agent, lang)
    agent.goto("/call/")
    agent.keyboard.type(phone)
    agent.wait_for_selector("#caller p")
    agent.fill("[name=name]", name)
    agent.fill("[name=district]", "朝阳区")
    agent.fill("[name=address]", "望京街 8 号")
    agent.locator("[name=service]").first.check(force=True)
    starts = local(now() + timedelta(days=20 if lang == "zh" else 25))
    agent.fill("[name=starts_at]", f"{starts:%Y-%m-%dT09:00}")
    until(agent, lambda: "¥" in agent.inner_text("#total"))
    agent.keyboard.press("Control+Enter")
    agent.wait_for_url("**/order/show/*")
    order = int(agent.url.rsplit("/", 1)[1])
    number = one(live, 'SELECT number FROM "order" WHERE id = %s', order)
    assert number in agent.inner_text("h1")
    rang = time.monotonic()
    until(desk, lambda: int(desk.inner_text("#waiting-count")) == before + 1)
    assert time.monotonic() - rang < 2.5, "the dispatcher's screen rings within two seconds"

    desk.click(f"a.wait[data-order='{order}']")
    desk.wait_for_selector("#candidates .cand .pro")
    assert desk.locator("#candidates .block").count() > 0, "and why others cannot go"
    desk.locator("#candidates form:has([name=worker]) button").first.click()
    desk.wait_for_selector(".jh-toast.is-success")
    assert one(live, 'SELECT state FROM "order" WHERE id = %s', order) == "assigned"

    carer = page(None, lang, 360, 740)
    carer.goto(link(live, "w", sent))
    fits(carer)
    assert (carer.get_attribute("html", "lang") or "").startswith(lang)
    for step in ("accept", "set_out", "check_in", "begin", "finish"):
        button = carer.locator(f"form[data-step={step}] button")
        assert words[step] in button.inner_text()
        assert button.bounding_box()["height"] >= 44
        button.click()
        carer.wait_for_selector(f"form[data-step={step}]", state="detached")
        fits(carer)
        if step == "accept":
            family = page(None, lang, 360, 740)
            family.goto(link(live, "c", sent))
            fits(family)
            family.wait_for_timeout(400)
            seen = family.inner_text("#order")
        else:  # the family's page follows by itself
            until(family, lambda before=seen: family.inner_text("#order") != before)  # noqa: B023
            seen = family.inner_text("#order")
    until(family, lambda: "¥" in family.inner_text("#order"))

    money = page(None, lang, 1366, 768)
    by_hand(money, "bj-finance")
    speak(money, lang)
    money.goto(f"/receivable/list?order={order}")
    money.locator("a[href*='/receivable/show/']").first.click()
    money.wait_for_url("**/receivable/show/*")
    debt = int(money.url.rsplit("/", 1)[1])
    amount = one(live, "SELECT amount FROM receivable WHERE id = %s", debt)
    money.goto(f"/receipt/add?receivable={debt}")
    money.fill("[name=amount]", str(amount - 10))
    money.keyboard.press("Control+Enter")
    money.wait_for_url("**/receipt/show/*")
    receipt = money.url
    assert money.goto(receipt.replace("/show/", "/edit/")).status in (200, 403)
    assert money.locator("input[name=amount]").count() == 0, "an amount is added once"
    money.goto(f"/receivable/show/{debt}")
    assert "¥10.00" in money.inner_text("main")

    agent.goto(f"/order/show/{order}")
    text = agent.inner_text("main")
    assert "Unit cost" not in text
    assert "成本" not in text


@pytest.mark.feature("CLI-03")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("who", "paths"), [
    ("bj-agent", ["/", "/order/list", "/customer/list", "/order/add", "/call/", "/bell/"]),
    ("bj-dispatch", ["/", "/board/", "/visit/list"]),
    ("bj-finance", ["/", "/receivable/list", "/receipt/list"]),
    ("bj-admin", ["/", "/rights/", "/users/", "/dashboard/"]),
])  # fmt: skip
def test_nothing_scrolls_sideways_on_a_phone(page, who, paths, lang):
    phone = page(who, lang, 360, 740)
    for path in paths:
        phone.goto(path)
        phone.wait_for_timeout(150)
        fits(phone)


@pytest.mark.feature("LOW-05")
@pytest.mark.feature("PER-07")
def test_the_administrator_changes_a_right_and_it_acts_at_the_next_click(page):
    agent = page("bj-agent2", "en", 1366, 768)
    agent.goto("/customer/list")
    assert agent.locator("th", has_text="District").count() == 1
    admin = page("bj-admin", "en", 1366, 768)
    admin.goto("/rights/?model=customer")
    cell = "select[name='cell:agent:district']"
    admin.select_option(cell, "0")
    admin.click("form.jh-matrix button.btn-primary")
    admin.wait_for_load_state()
    agent.goto("/customer/list")
    assert agent.locator("th", has_text="District").count() == 0
    admin.goto("/rights/?model=customer")
    admin.select_option(cell, "")
    admin.click("form.jh-matrix button.btn-primary")
    admin.wait_for_load_state()
    agent.goto("/customer/list")
    assert agent.locator("th", has_text="District").count() == 1
