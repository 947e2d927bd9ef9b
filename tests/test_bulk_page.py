"""Ticking rows in a browser: a range, the page or all that fit; the preview, the end, and the way back."""

from __future__ import annotations

import itertools
import re

import pytest

from tests import harness

MARKS = itertools.count()


@pytest.fixture
def truth(database):
    return harness.asking(database)


@pytest.fixture
def leads(truth):
    """Fifty customers in the manager's store: the word they begin with, and their numbers."""
    mark = f"Bulk{next(MARKS)}"
    here = "SELECT tenant_id, store_id, id FROM staff WHERE username = 'bj-manager'"
    fresh = "INSERT INTO customer (tenant_id, store_id, owner_id, name, attention, level, source, version, created_at, changed_at)"
    rows = f" SELECT tenant_id, store_id, id, '{mark}-' || n, '4', 'ordinary', 'web', 1, now(), now() FROM me, generate_series(1, 50) n"
    found = [pk for (pk,) in truth(f"WITH me AS ({here}) {fresh}{rows} RETURNING id")]
    yield mark, found
    truth("DELETE FROM customer WHERE name LIKE %s RETURNING id", f"{mark}-%")


def ticked(one, mark, size=50):
    """The list of those leads, all ticked: the first, and with shift the last."""
    one.goto(f"/customer/list?name.sw={mark}-&size={size}")
    boxes = one.locator('input[name="ids"]')
    assert not one.locator("#bulk").is_visible()
    boxes.first.check()
    assert one.locator("[data-ticked]").inner_text() == "1 chosen"
    boxes.last.click(modifiers=["Shift"])
    assert one.locator("[data-ticked]").inner_text() == f"{boxes.count()} chosen"
    return boxes.count()


@pytest.mark.feature("CUS-12")
def test_fifty_ticked_rows_get_another_source_and_get_it_back(page, truth, leads):
    mark, found = leads
    one = page("bj-manager", "en")
    assert ticked(one, mark) == 50
    assert "/list" in one.url, "ticking opens no record"
    one.click('#bulk button[value="change"]')
    one.select_option("#f-source", "referral")
    assert one.locator('input[name="__set"][value="source"]').is_checked(), "choosing ticks the field"
    one.click(".bulk-form .btn-primary")
    one.wait_for_selector("#preview")
    lines = one.locator("#preview tbody tr")
    assert lines.count() == 50
    assert one.locator("#preview del").count() == one.locator("#preview ins").count() == 50
    assert truth("SELECT DISTINCT source FROM customer WHERE id = ANY(%s)", found) == [("web",)]
    one.click("[data-do]")
    one.wait_for_url(re.compile(r"/task/\d+$"))
    assert "50 of 50 rows done." in one.locator("main").inner_text()
    assert truth("SELECT DISTINCT source FROM customer WHERE id = ANY(%s)", found) == [("referral",)]
    one.click("[data-undo]")
    one.locator("main", has_text="50 of 50 rows are as they were before.").wait_for()
    assert truth("SELECT DISTINCT source FROM customer WHERE id = ANY(%s)", found) == [("web",)]


@pytest.mark.feature("CUS-13")
def test_fifty_ticked_leads_are_given_to_three_and_each_is_rung_once(page, truth, leads):
    mark, found = leads
    one, agent = page("bj-manager", "en"), page("bj-agent", "en")
    agent.goto("/")
    ticked(one, mark)
    one.click('#bulk button[value="assign"]')
    staff = "SELECT id FROM staff WHERE username IN ('bj-agent', 'bj-agent2', 'bj-dispatch') ORDER BY id"
    people = [pk for (pk,) in truth(staff)]
    for pk in people:
        one.check(f'input[name="to"][value="{pk}"]')
    one.click(".bulk-form .btn-primary")
    one.wait_for_selector("#preview")
    assert one.locator("#preview tbody tr").count() == 50
    one.click("[data-do]")
    one.wait_for_url(re.compile(r"/task/\d+$"))
    counts = dict(truth("SELECT owner_id, count(*) FROM customer WHERE id = ANY(%s) GROUP BY owner_id", found))
    assert sorted(counts) == people and sorted(counts.values()) == [16, 17, 17]
    mine = truth("SELECT id FROM staff WHERE username = 'bj-agent'")[0][0]
    toast = agent.locator(f'.jh-toast:has(a[href="/customer/list?owner={mine}"])')
    toast.wait_for()
    assert str(counts[mine]) in toast.inner_text()
    toast.locator("a").click()
    agent.wait_for_url(f"**/customer/list?owner={mine}")
    assert agent.get_by_text(f"{mark}-").count()
    one.click("[data-undo]")
    one.locator("main", has_text="50 of 50 rows").wait_for()


def test_all_that_fit_are_done_by_the_worker_while_one_looks(page, truth, leads, live):
    """The page shows 25, the deed takes all 400: it is a task, whose page shows the end when it has come."""
    mark, _found = leads
    here = "SELECT tenant_id, store_id, id FROM staff WHERE username = 'bj-manager'"
    fresh = "INSERT INTO customer (tenant_id, store_id, owner_id, name, attention, level, source, version, created_at, changed_at)"
    rows = f" SELECT tenant_id, store_id, id, '{mark}-' || n, '4', 'ordinary', 'web', 1, now(), now() FROM me, generate_series(51, 400) n"
    truth(f"WITH me AS ({here}) {fresh}{rows} RETURNING id")
    one = page("bj-manager", "en")
    ticked(one, mark, 25)
    one.check('#bulk input[name="all"]')
    assert one.locator("[data-ticked]").inner_text() == "400 chosen"
    one.click('#bulk button[value="change"]')
    one.fill("#f-remark", "called")
    one.click(".bulk-form .btn-primary")
    one.wait_for_selector("#preview")
    assert one.locator("#preview tbody tr").count() == 50
    assert one.locator("[data-able]").get_attribute("data-able") == "400"
    one.click("[data-do]")
    one.wait_for_url(re.compile(r"/task/\d+$"))
    one.locator("main", has_text="400 of 400 rows done.").wait_for(timeout=30_000)
    assert truth("SELECT count(*) FROM customer WHERE name LIKE %s AND remark = 'called'", f"{mark}-%") == [(400,)]
    truth("DELETE FROM customer WHERE name LIKE %s RETURNING id", f"{mark}-%")


def test_on_a_phone_a_tick_is_large_and_opens_nothing(page, leads):
    mark, _found = leads
    one = page("bj-manager", "en", 390, 844)
    one.goto(f"/customer/list?name.sw={mark}-")
    label = one.locator("td.tick label").first
    box = label.bounding_box()
    assert box["width"] >= 44 and box["height"] >= 44
    label.click()
    assert "/list" in one.url
    button = one.locator("#bulk button").first.bounding_box()
    assert button["y"] + button["height"] < 844, "the bar stands in sight"
