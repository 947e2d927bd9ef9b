"""A list in the browser: its columns, its groups, a row beside it and a cell changed where it stands, by keyboard and by pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.feature("SCL-05", "CLI-02")
def test_a_list_is_arranged_grouped_and_shared_by_its_address(page):
    look = page("bj-admin", "zh", 1366, 768)
    look.goto("/order/list")
    expect(look.locator("[data-sum=amount] b")).to_contain_text("¥")
    look.click("details.looks > summary")
    for name in ("customer", "district", "owner"):
        look.uncheck(f".looks-form li[data-name={name}] input")
    look.select_option(".looks-form select[name=group]", "service")
    look.click(".looks-form .btn-primary")
    look.wait_for_url("**group=service**")
    assert look.locator("thead th[data-name=customer]").count() == 0
    group = look.locator("tbody.grp").first
    count = int(group.locator(".cnt").inner_text())
    group.locator("[data-group]").click()
    expect(group.locator("a.row-link")).to_have_count(min(count, 25))
    address = look.url
    other = page("bj-manager", "zh", 1366, 768)
    other.goto(address)
    expect(other.locator("tbody.grp").first).to_be_visible()
    assert other.locator("thead th[data-name=customer]").count() == 0


def test_an_edge_is_dragged_and_the_width_stays_after_a_reload(page):
    look = page("bj-admin", "zh", 1366, 768)
    look.goto("/order/list")
    head = look.locator("thead th[data-name=customer]")
    before = head.bounding_box()["width"]
    edge = head.locator(".edge").bounding_box()
    look.mouse.move(edge["x"] + 4, edge["y"] + 5)
    look.mouse.down()
    look.mouse.move(edge["x"] + 104, edge["y"] + 5, steps=4)
    look.mouse.up()
    assert abs(head.bounding_box()["width"] - before - 100) < 12
    wide = head.bounding_box()["width"]
    look.reload()
    assert abs(look.locator("thead th[data-name=customer]").bounding_box()["width"] - wide) < 40
    assert "customer:" in look.url


def test_a_row_is_read_and_a_cell_changed_without_leaving_the_list(page):
    look = page("bj-admin", "zh", 1366, 768)
    look.goto("/customer/list?cols=name,district,source")
    look.keyboard.press("j")
    look.keyboard.press("p")
    pane = look.locator("aside.peek")
    first = look.locator("tbody tr.cur a.row-link").inner_text()
    expect(pane.locator("h2")).to_have_text(first)
    look.keyboard.press("j")
    second = look.locator("tbody tr.cur a.row-link").inner_text()
    expect(pane.locator("h2")).to_have_text(second)
    there = look.locator("tbody tr.cur a.row-link").get_attribute("href")
    look.keyboard.press("p")
    expect(pane).to_have_count(0)
    cell = look.locator("tbody tr.cur td:not(.tick)").nth(1)
    cell.hover()
    cell.locator(".pencil").click()
    cell.locator("input[name=district]").fill("丰台区")
    look.keyboard.press("Enter")
    expect(cell).to_have_text("丰台区")
    look.reload()
    expect(look.locator("tbody tr", has=look.locator(f"a.row-link[href='{there}']")).locator("td:not(.tick)").nth(1)).to_have_text("丰台区")


@pytest.mark.feature("CLI-03")
def test_on_a_phone_rows_are_cards_that_name_their_columns(page):
    look = page("bj-agent", "zh", 360, 740)
    look.goto("/order/list")
    expect(look.locator("tbody tr").first.locator("td[data-label=服务]")).to_be_visible()
    assert look.evaluate("document.documentElement.scrollWidth <= innerWidth")
