"""The builder above a list in a real browser: by clicks, by keyboard, and on a phone."""

from __future__ import annotations

import re
from urllib.parse import unquote

import psycopg
import pytest

from tests.e2e.test_chain import fits
from tests.screens import until


def sql(live, text):
    with psycopg.connect(live.database.superuser_url, autocommit=True) as boss:
        answer = boss.execute(text)
        return answer.fetchone()[0] if answer.description else None


@pytest.fixture(autouse=True)
def clean(live):
    yield
    sql(live, "DELETE FROM first_view")
    sql(live, "DELETE FROM saved_view")


def fill(row, field, how, value):
    row.locator(".q-fields select").first.select_option(field)
    row.locator("> select").select_option(how)
    control = row.locator(".q-value select, .q-value input").first
    control.select_option(value) if control.evaluate("e => e.tagName") == "SELECT" else control.fill(value)


def shown(page):
    return page.locator(".list-head [aria-live]").inner_text()


@pytest.mark.feature("CUS-11")
def test_built_by_clicks_saved_and_reopened_the_next_day(page, live):
    """(District and VIP) or another: chips say it, saving makes a tab, and the tab finds the same tomorrow."""
    district = sql(live, "SELECT district FROM customer WHERE tenant_id = 2 AND level = 'vip' AND district IS NOT NULL ORDER BY id LIMIT 1")
    either = "((district = '{}' AND level = 'vip') OR source = 'hospital')".format(district.replace("'", "''"))
    agent = page("bj-admin")
    agent.goto("/customer/list?q=&sort=name")
    agent.click("details.filter > summary")
    top = agent.locator(".q-form > div > .q-group")
    rows = agent.locator(".q-row")
    until(agent, lambda: rows.locator(".q-fields select").count() == 1)
    top.locator("> .q-head select").select_option("any")
    fill(rows.first, "source", "eq", "hospital")
    top.locator("> .q-foot button").nth(1).click()  # a group, which asks for all since the outer one asks for any
    inner = agent.locator(".q-group .q-group")
    until(agent, lambda: inner.locator(".q-fields select").count() == 1)
    assert inner.locator(".q-head select").input_value() == "all"
    fill(inner.locator(".q-row").first, "district", "eq", district)
    inner.locator(".q-foot button").first.click()
    until(agent, lambda: inner.locator(".q-fields select").count() == 2)
    fill(inner.locator(".q-row").nth(1), "level", "eq", "vip")
    agent.click(".q-end button")
    agent.wait_for_url(lambda url: "where=" in url)
    assert f"where=or(source.eq.hospital,(district.eq.{district},level.eq.vip))" in unquote(agent.url)
    assert "sort=name" in agent.url
    count = str(sql(live, f"SELECT count(*) FROM customer WHERE tenant_id = 2 AND {either}"))
    assert shown(agent) == count
    chips = agent.locator("a.chip")
    assert chips.count() == 2
    assert all(word in chips.nth(1).inner_text() for word in (district, "VIP"))
    agent.click("details.saver > summary")
    agent.fill(".saver-form [name=name]", "医院或大客户")
    agent.click(".saver-form button:last-child")
    agent.wait_for_url(lambda url: "view=" in url)
    assert agent.locator(".jh-tabs a.on").inner_text().strip() == "医院或大客户"
    tomorrow = page("bj-admin")
    tomorrow.goto("/customer/list")
    tomorrow.click(".jh-tabs a:has-text('医院或大客户')")
    tomorrow.wait_for_url(lambda url: "view=" in url)
    assert shown(tomorrow) == count
    tomorrow.click("details.filter > summary")
    until(tomorrow, lambda: tomorrow.locator(".q-value input, .q-value select").count() == 3)
    assert tomorrow.locator(".q-group .q-group .q-value input").first.input_value() == district
    tomorrow.click("a.chip >> nth=0")
    tomorrow.wait_for_url(lambda url: "hospital" not in url)
    both = sql(live, f"SELECT count(*) FROM customer WHERE tenant_id = 2 AND district = '{district}' AND level = 'vip'")
    assert shown(tomorrow) == str(both)
    tomorrow.click("details.saver > summary")
    tomorrow.click(".saver .btn-bad")
    tomorrow.click("dialog .btn-bad, dialog .btn-primary")
    until(tomorrow, lambda: not tomorrow.locator(".jh-tabs a:has-text('医院或大客户')").count())


@pytest.mark.feature("CUS-11")
def test_by_keyboard_over_a_link_on_a_phone(page, live):
    phone = page("bj-agent", "en", 360, 740)
    phone.goto("/order/list")
    phone.locator("details.filter > summary").focus()
    phone.keyboard.press("Enter")
    row = phone.locator(".q-row").first
    until(phone, lambda: row.locator(".q-fields select").count() == 1)
    row.locator(".q-fields select").first.select_option("customer")
    until(phone, lambda: row.locator(".q-fields select").count() == 2)
    row.locator(".q-fields select").nth(1).select_option("level")
    until(phone, lambda: row.locator(".q-value select option").count() >= 4)
    row.locator(".q-value select").select_option("vip")
    fits(phone)
    phone.locator(".q-foot button").first.focus()
    phone.keyboard.press("Enter")
    second = phone.locator(".q-row").nth(1)
    until(phone, lambda: second.locator(".q-fields select").count() == 1)
    until(phone, lambda: phone.evaluate("document.activeElement.closest('.q-row') === document.querySelectorAll('.q-row')[1]"))
    second.locator(".q-fields select").first.select_option("starts_at")
    second.locator("> select").select_option("when")
    second.locator(".q-value select").select_option("last_")
    second.locator(".q-value input").fill("9000")
    second.locator(".q-value input").press("Enter")
    phone.wait_for_url(lambda url: "where=" in url)
    assert "where=(customer.level.eq.vip,starts_at.when.last_9000)" in unquote(phone.url)
    first, second = (" ".join(phone.locator("a.chip").nth(n).inner_text().split()) for n in (0, 1))
    assert re.fullmatch(r"\S+ › \S+ \S+ VIP", first), first
    assert "9000" in second
    fits(phone)


def test_a_missing_value_is_asked_for_and_a_row_can_go(page, live):
    agent = page("bj-agent", "en")
    agent.goto("/customer/list?q=a&attention=4")
    agent.click("details.filter > summary")
    rows = agent.locator(".q-row")
    until(agent, lambda: rows.locator(".q-value select").count() == 1)
    agent.locator(".q-foot button").first.click()
    until(agent, lambda: rows.nth(1).locator(".q-fields select").count() == 1)
    agent.click(".q-end button")
    assert rows.nth(1).evaluate("row => row.classList.contains('missing')")
    rows.nth(1).locator(".q-remove").click()
    agent.click(".q-end button")
    agent.wait_for_url(lambda url: "where=" in url)
    assert re.search(r"where=\(attention\.eq\.4\)&q=a", agent.url)


def test_a_condition_of_rights_is_built_by_clicks(page, live):
    boss = page("bj-admin", "en")
    boss.goto("/rights/?model=customer")
    cell = boss.locator("input[name='cell:dispatcher:where']")
    cell.locator("+ button").click()
    row = boss.locator("dialog .q-row").first
    until(boss, lambda: row.locator(".q-fields select").count() == 1)
    fill(row, "level", "eq", "vip")
    boss.click("dialog .btn-primary")
    until(boss, lambda: cell.input_value() == "where=(level.eq.vip)")
