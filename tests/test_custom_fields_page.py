"""The administrator's walk in a browser, in both languages; two web processes and a worker hear of each step at once."""

from __future__ import annotations

import json
import re
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.axe import barriers
from tests.e2e.test_chain import fits
from tests.screens import until
from tests.shaping import add, deed, send
from tests.test_import import client  # noqa: F401  # in the language that is asked for

LOW = pytest.mark.feature("LOW-02")
WORDS = {"zh": ("方言", "乡音", "粤语", "四川话"), "en": ("Dialect", "Home speech", "Cantonese", "Sichuanese")}
HOUSEHOLD = [("独居", "Alone", "bad"), ("同住", "With family", "done")]


@pytest.fixture
def truth(database):
    return harness.asking(database)


@pytest.fixture
def tidy(truth):
    """Nothing of a test's own fields stays for the next one."""
    yield
    truth("DELETE FROM custom_field")
    truth("DELETE FROM \"grant\" WHERE target LIKE 'x\\_%%'")
    truth("UPDATE worker SET extra = NULL")
    truth("UPDATE customer SET extra = NULL")
    truth("UPDATE stamp SET changes = changes + 1")


@LOW
@pytest.mark.feature("LOW-04")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_administrator_adds_a_field_from_the_form_and_takes_it_back(page, client, api, truth, tidy, lang):  # noqa: F811, PLR0915, PLR0917
    label, other, first, second = WORDS[lang]
    boss = page("bj-admin", lang, 1366, 768)
    boss.goto("/worker/add")
    boss.locator("a[href*='/custom/worker/add?section=name']").click()
    boss.wait_for_url(re.compile(r"/custom/worker/add\?"))
    assert barriers(boss) == []
    boss.fill("#f-label", "方言")
    boss.fill("#f-label_en", "Dialect")
    expect(boss.locator("[data-choices]")).to_be_hidden()
    boss.select_option("#f-kind", "choice")
    expect(boss.locator("[data-choices]")).to_be_visible()
    boss.click("[data-more]")
    rows = boss.locator(".cf-c")
    assert rows.count() == 4
    for n, (zh, en, tint) in enumerate((("四川话", "Sichuanese", "plan"), ("粤语", "Cantonese", "bad"))):
        rows.nth(n).locator("[name=c-zh]").fill(zh)
        rows.nth(n).locator("[name=c-en]").fill(en)
        rows.nth(n).locator("[name=c-tint]").select_option(tint)
    expect(rows.nth(1).locator("[data-look]")).to_have_text(first)
    expect(rows.nth(1).locator("[data-look]")).to_have_class("st st-bad")
    rows.nth(1).locator("[data-up]").click()
    boss.locator(".form-end .btn-primary").click()
    boss.wait_for_url("**/worker/add")
    select = boss.get_by_label(label, exact=True)
    assert [o.strip() for o in select.locator("option").all_inner_texts()] == ["", first, second]
    name = select.get_attribute("name")

    # A colleague fills it at once, and finds it in the list in its colour, by filter and by group.
    pk = truth("SELECT min(id) FROM worker WHERE tenant_id = 2")[0][0]
    desk = page("bj-dispatch", lang, 1366, 768)
    desk.goto(f"/worker/edit/{pk}")
    desk.select_option(f"#f-{name}", label=first)
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url(f"**/worker/show/{pk}")
    desk.goto(f"/worker/list?{name}=cantonese")
    expect(desk.locator("tbody .st-bad", has_text=first)).to_have_count(1)
    expect(desk.locator("th", has_text=label)).to_be_visible()
    desk.goto(f"/worker/list?group={name}")
    expect(desk.get_by_text(first).first).to_be_visible()

    # It is renamed, hidden from one role, put away and taken up again: nothing is lost.
    boss.goto("/custom/worker")
    assert barriers(boss) == []
    boss.locator(f"tr[data-field='{name[2:]}'] a.b").click()
    boss.fill("#f-label", "乡音")
    boss.fill("#f-label_en", "Home speech")
    boss.locator(".form-end .btn-primary").click()
    boss.wait_for_url("**/custom/worker")
    desk.goto("/worker/list")
    expect(desk.locator("th", has_text=other)).to_be_visible()
    boss.goto("/rights/?model=worker")
    boss.locator(f"select[name='cell:agent:{name}']").select_option("0")
    boss.locator(".list-foot .btn-primary").click()
    boss.wait_for_selector(".jh-toast")
    agent = client("bj-agent", lang)
    assert other not in agent.get(f"/worker/show/{pk}").text
    boss.goto("/custom/worker")
    boss.locator(f"tr[data-field='{name[2:]}'] form[action$='archive'] button").click()
    boss.locator("dialog.jh-dialog .btn-primary, dialog.jh-dialog .btn-bad").click()
    boss.wait_for_selector(".jh-toast")
    desk.goto("/worker/list")
    assert not desk.get_by_text(other).count() and not desk.get_by_text(first, exact=True).count()
    boss.goto("/custom/worker")
    with boss.expect_navigation():
        boss.locator(f"tr[data-field='{name[2:]}'] form[action$='restore'] button").click()
    desk.goto(f"/worker/show/{pk}")
    expect(desk.locator("dd .st-bad", has_text=first)).to_be_visible()

    # And the way back to before the name was changed.
    boss.goto(f"/custom/worker/{name[2:]}")
    boss.locator("[data-entry]", has_text="Home speech").locator("button").first.click()
    boss.locator("dialog.jh-dialog .btn-primary, dialog.jh-dialog .btn-bad").click()
    until(boss, lambda: boss.locator("h1").inner_text() == label)
    desk.goto(f"/worker/show/{pk}")
    expect(desk.locator("dt", has_text=label)).to_be_visible()


@LOW
@pytest.mark.feature("CUS-04", "LOW-04")
@pytest.mark.parametrize(("lang", "width", "height"), [("zh", 1366, 768), ("en", 360, 740)])
def test_the_screens_of_fields(page, client, tidy, lang, width, height):  # noqa: F811, PLR0917
    add(client("bj-admin", "en"), "customer", HOUSEHOLD, label="家庭类型", label_en="Household")
    boss = page("bj-admin", lang, width, height)
    boss.goto("/custom/customer")
    expect(boss.locator("table .st-done")).to_have_count(1)
    fits(boss) if width < 600 else None
    assert barriers(boss) == []
    boss.locator("a[href='/custom/customer/choices/attention']").click()
    boss.wait_for_url("**/choices/attention")
    fits(boss) if width < 600 else None
    assert barriers(boss) == []
    boss.locator(".cf-c").nth(4).locator("[name=c-tint]").select_option("pause")
    boss.locator(".form-end .btn-primary").click()
    boss.wait_for_url("**/custom/customer")
    boss.goto("/customer/list?attention=5")
    expect(boss.locator(".at-pause").first).to_be_visible()
    boss.goto("/custom/customer/add?kind=choice&scheme=1")
    assert boss.locator("#f-kind").count() == 0
    fits(boss) if width < 600 else None
    assert barriers(boss) == []
    boss.locator("[data-field-form] summary").click()
    boss.select_option("#f-shown", "level")
    expect(boss.locator("[name=when_value]")).to_be_visible()


def seen(live, token: str, url: str) -> dict:
    """An answer of one of the web processes, on a connection of its own."""
    asked = urllib.request.Request(live.url + url, headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


@LOW
def test_two_web_processes_and_a_worker_hear_of_each_step_at_once(live, client, api, truth, tidy):  # noqa: F811
    admin, boss = client("bj-admin", "en"), api("bj-admin")  # a third process makes the changes
    token = boss.headers["Authorization"].removeprefix("Bearer ")
    mark = "Hears of it"
    mine = "SELECT tenant_id, store_id, id FROM staff WHERE username = 'bj-admin'"
    fresh = "INSERT INTO customer (tenant_id, store_id, owner_id, name, attention, level, source, version, created_at, changed_at)"
    made = f" SELECT tenant_id, store_id, id, '{mark} ' || n, '4', 'ordinary', 'web', 1, now(), now() FROM me, generate_series(1, 320) n"
    truth(f"WITH me AS ({mine}) {fresh}{made} RETURNING id")

    def everywhere(check) -> None:
        for _n in range(12):  # each of the two web processes is met
            check(seen(live, token, "/api/v1/openapi.json")["components"]["schemas"]["Customer"]["properties"])

    def by_the_worker(sent: dict) -> dict:
        told = boss.post(f"/api/v1/customer/bulk?name.sw={mark.replace(' ', '%20')}", {"act": "change", "all": True, "set": sent})["result"]
        end = time.monotonic() + 40
        while (told := boss.get(f"/api/v1/task/{told['id']}")["result"])["open"]:
            assert time.monotonic() < end, told
            time.sleep(0.2)
        return told

    for _n in range(3):
        everywhere(lambda known: None)
    name = add(admin, "customer", HOUSEHOLD, label="家庭类型", label_en="Household")
    everywhere(lambda known: known[name]["description"] == "Household" or pytest.fail(str(known[name])))
    by_the_worker({name: "alone"})
    held = f"SELECT count(*) FROM customer WHERE name LIKE '{mark}%%' AND extra->>'{name}' = %s"
    assert truth(held, "alone") == [(320,)]
    rows = [("独居", "Alone", "bad", "alone", "1"), ("同住", "With kin", "", "with_family")]
    assert send(admin, f"/custom/customer/{name[2:]}", rows, label="家庭", label_en="Family").status_code == 302
    everywhere(lambda known: known[name]["description"] == "Family" or pytest.fail(str(known[name])))
    by_the_worker({name: "with_family"})
    assert truth(held, "with_family") == [(320,)]
    by_the_worker({name: "alone"})
    assert truth(held, "alone") == [(0,)], "put away meanwhile: the worker refuses it"
    assert deed(admin, name, "archive", "customer").status_code == 302
    everywhere(lambda known: name not in known or pytest.fail("still there"))
    assert deed(admin, name, "restore", "customer").status_code == 302
    everywhere(lambda known: name in known or pytest.fail("not back"))
    assert truth(held, "with_family") == [(320,)]
    truth(f"DELETE FROM customer WHERE name LIKE '{mark}%%' RETURNING id")
