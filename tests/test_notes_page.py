"""Notes in the browser: a colleague called by @, something to do done with one click, and the next record by a key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.engine.clock import today


def test_a_note_calls_a_colleague_and_something_is_done(page):
    look = page("bj-agent", "zh", 1366, 768)
    look.goto("/customer/list")
    look.locator("tbody a.row-link").first.click()
    look.wait_for_url("**/customer/show/**")
    first = look.url
    look.keyboard.press("m")
    area = look.locator(".note-form textarea")
    expect(area).to_be_focused()
    names = look.evaluate("fetch('/staff/lookup').then((answer) => answer.json())")
    area.type(f"请 @{names[0]['label'][0]}")
    option = look.locator(".people [role=option]").first
    expect(option).to_be_visible()
    called = option.inner_text()
    look.keyboard.press("Enter")
    expect(area).to_have_value(f"请 @{called} ")
    area.type("看一下")
    look.keyboard.press("Control+Enter")
    expect(look.locator(".jh-tl .said", has_text=f"请 @{called} 看一下")).to_be_visible()
    look.fill(".note-form textarea", "周五前打电话")
    look.click(".note-plan summary")
    look.fill(".note-plan input[name=due_on]", str(today()))
    look.click(".note-form .btn-primary")
    todo = look.locator(".todo", has_text="周五前打电话")
    expect(todo).to_contain_text("今天")
    look.goto("/")
    row = look.locator(".li", has_text="周五前打电话")
    expect(row).to_contain_text("今天")
    row.locator("form button").click()
    expect(look.locator(".li", has_text="周五前打电话")).to_have_count(0)
    look.goto(first)
    expect(look.locator(".todo")).to_have_count(0)
    expect(look.locator(".jh-tl .said.was", has_text="周五前打电话")).to_be_visible()


@pytest.mark.feature("CLI-02")
def test_the_next_record_of_the_list_is_a_key_away(page):
    look = page("bj-agent", "zh", 1366, 768)
    look.goto("/customer/list?sort=name")
    names = look.locator("tbody a.row-link").all_inner_texts()
    look.locator("tbody a.row-link").first.click()
    expect(look.locator("h1")).to_have_text(names[0])
    look.keyboard.press("]")
    expect(look.locator("h1")).to_have_text(names[1])
    look.keyboard.press("]")
    expect(look.locator("h1")).to_have_text(names[2])
    look.keyboard.press("[")
    expect(look.locator("h1")).to_have_text(names[1])
    look.locator(".jh-head a.jh-ib").first.click()
    look.wait_for_url(re.compile("sort=name"))


def test_on_a_phone_a_note_fits_the_page(page):
    look = page("bj-agent", "zh", 360, 740)
    look.goto("/customer/list")
    look.locator("tbody a.row-link").first.click()
    look.fill(".note-form textarea", "很长的备注" * 30)
    look.click(".note-form .btn-primary")
    expect(look.locator(".said").first).to_be_visible()
    assert look.evaluate("document.documentElement.scrollWidth <= innerWidth")
