"""Nobody is shut out: axe-core finds no barrier on any page type, in either language; large text and strong contrast are that."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from app.web.links import link_to
from tests import harness
from tests.axe import barriers
from tests.screens import until

PLACES = {
    "bj-admin": [
        "/", "/order/list", "/order/list?group=state", "/order/show/{order}", "/customer/show/{customer}",
        "/customer/list?q=nobody-at-all", "/customer/add", "/customer/edit/{customer}", "/worker/add", "/dashboard/",
        "/rights/", "/users/", "/users/add", "/roles/", "/trail/", "/customer/import", "/task/", "/more/", "/search?q=王",
        "/bell/", "/account/password", "/account/sessions", "/nothing-here",
    ],
    "bj-agent": ["/", "/call/", "/customer/list", "/order/add"],
    "bj-dispatch": ["/board/"],
    "bj-finance": ["/receipt/add"],
}  # fmt: skip


@pytest.fixture
def truth(database):
    return harness.asking(database)


@pytest.fixture
def known(truth):
    return {table: truth(f'SELECT min(id) FROM "{table}" WHERE tenant_id = 2')[0][0] for table in ("order", "customer", "visit")}


@pytest.mark.feature("CLI-06")
@pytest.mark.parametrize(("who", "lang"), [*((who, "zh") for who in PLACES), ("bj-agent", "en")])
def test_no_page_of_the_staff_has_a_barrier(page, known, forgiven, who, lang):
    forgiven.append("404")
    look, found = page(who, lang, 1366, 768), {}
    for place in PLACES[who]:
        url = place.format(**known)
        look.goto(url)
        look.wait_for_timeout(800 if "dashboard" in url else 150)
        if there := barriers(look):
            found[url] = there
    assert not found, "\n".join(f"{url}\n  " + "\n  ".join(lines) for url, lines in found.items())


@pytest.mark.feature("CLI-06")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_without_a_login_has_a_barrier(page, app, known, lang):
    phone, found = page(None, lang, 390, 800), {}
    with app.app_context():
        links = {p: link_to(p, SimpleNamespace(tenant_id=2, id=known[t])) for p, t in (("carer", "visit"), ("customer", "order"))}
    for url in ("/login/", *links.values()):
        phone.goto(url)
        if there := barriers(phone):
            found[url[:3]] = there
    assert not found, "\n".join(f"{url}\n  " + "\n  ".join(lines) for url, lines in found.items())


@pytest.mark.feature("CLI-06")
def test_what_opens_over_a_page_has_no_barrier(page):
    look = page("bj-admin", "en", 1366, 768)
    look.goto("/customer/list")
    look.locator('input[name="ids"]').first.check()
    assert not barriers(look)
    look.keyboard.press("?")
    expect(look.locator("dialog.jh-dialog")).to_be_visible()
    assert not barriers(look)
    look.keyboard.press("Escape")
    look.keyboard.press("Control+k")
    expect(look.locator(".jh-palette [role=option]").first).to_be_visible()
    assert not barriers(look)
    look.keyboard.press("Escape")
    look.locator("#bulk button[name=act]").first.click()
    look.wait_for_url("**/bulk**")
    assert not barriers(look)


@pytest.mark.feature("CLI-06")
def test_no_page_on_a_phone_has_a_barrier(page, known):
    look, found = page("bj-agent", "zh", 390, 800), {}
    for url in ("/", "/order/list", f"/order/show/{known['order']}", "/customer/add", "/call/"):
        look.goto(url)
        look.wait_for_timeout(150)
        if there := barriers(look):
            found[url] = there
    assert not found, "\n".join(f"{url}\n  " + "\n  ".join(lines) for url, lines in found.items())


@pytest.mark.feature("CLI-06")
def test_large_text_and_strong_contrast_are_larger_and_stronger(page, known):
    look = page("bj-agent", "zh", 1366, 768)
    places = {"/order/list": "tbody td:not(.tick)", f"/order/show/{known['order']}": ".kv dd", "/customer/add": "#f-name"}

    def sizes():
        found = {}
        for url, part in places.items():
            look.goto(url)
            found[url] = look.locator(part).first.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
        return found

    before = sizes()
    for name in ("text", "contrast"):
        look.click("header details.jh-menu:last-of-type > summary")
        look.click(f"header button[name={name}]")
        until(look, lambda name=name: look.locator(f"html[data-{name}]").count() == 1)
    after = sizes()
    assert all(after[url] >= before[url] * 1.15 for url in places), (before, after)
    weak = {}
    for url in places:
        look.goto(url)
        look.wait_for_timeout(150)
        if there := barriers(look, {"runOnly": ["color-contrast-enhanced"]}):
            weak[url] = there
    assert not weak, "\n".join(f"{url}\n  " + "\n  ".join(lines) for url, lines in weak.items())


def test_the_keyboard_reaches_the_content_first_and_everything_it_names(page):
    look = page("bj-agent", "en", 1366, 768)
    look.goto("/customer/list")
    look.keyboard.press("Tab")
    assert look.evaluate("document.activeElement.className") == "skip"
    look.keyboard.press("Enter")
    look.keyboard.press("Tab")
    assert look.evaluate("document.querySelector('main').contains(document.activeElement)")
    look.goto("/customer/add")
    order = []
    look.locator("#f-name").focus()
    for _n in range(6):
        look.keyboard.press("Tab")
        order.append(look.evaluate("document.activeElement.getBoundingClientRect().top"))
    assert order == sorted(order), "the focus goes down the form"


def test_the_help_lists_the_keys_that_are_in_force_here(page, known):
    look = page("bj-dispatch", "en", 1366, 768)

    def listed():
        look.keyboard.press("?")
        words = look.locator("dialog dd").all_inner_texts()
        look.keyboard.press("Escape")
        return set(words)

    board = (look.goto("/board/"), listed())[1]
    assert {"Assign that carer", "Commands: go, begin, take a step", "This help"} <= board
    assert not {"Find in this list", "Choose that service", "Change this record"} & board
    orders = (look.goto("/order/list"), listed())[1]
    assert {"Find in this list", "Preview the row"} <= orders
    assert "Assign that carer" not in orders
    doors = set(look.locator(".jh-rail a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))"))
    assert ("Go to customers" in orders) == ("/customer/list" in doors)
