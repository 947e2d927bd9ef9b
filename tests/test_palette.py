"""The command palette: by keyboard to every place, record, step and setting that is one's own, and to nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.screens import speak, until


@pytest.fixture
def truth(database):
    return harness.asking(database)


def offered(person) -> dict[str, dict]:
    groups = person.get("/palette").json["groups"]
    return {item.get("url") or item["label"]: item for group in groups for item in group["items"]}


@pytest.mark.feature("PER-07")
def test_it_offers_what_the_actor_may_do_and_no_more(client, count_queries):
    admin, agent, nobody = client("bj-admin", "en"), client("bj-agent", "en"), client()
    mine, theirs = offered(admin), offered(agent)
    assert {"/users/", "/rights/"} <= {i.get("url") for i in mine.values()}
    assert not {"/users/", "/trail/", "/staff/add", "/store/add"} & {i.get("url") for i in theirs.values()}
    assert {"/customer/add", "/order/add"} <= {i.get("url") for i in theirs.values()}
    for person in (admin, agent):
        for item in offered(person).values():
            if "url" in item:
                assert person.get(item["url"]).status_code in (200, 302), item
    assert nobody.get("/palette").status_code == 302
    with count_queries() as sent:
        agent.get("/palette")
    assert sent.count <= 6, "\n".join(sent)


def test_words_are_found_in_both_languages_by_sound_and_by_initials(client):
    words = offered(client("bj-agent", "zh"))["/customer/list"]["words"]
    assert {"客户", "customers", "kehu", "kh"} <= set(words)


@pytest.mark.feature("CLI-08")
def test_one_goes_begins_searches_and_switches_by_keyboard(page, truth):
    agent = page("bj-agent", "zh", 1366, 768)
    asked = []
    agent.on("request", lambda request: asked.append(request.url) if request.url.endswith("/palette") else None)
    agent.goto("/customer/list")
    box, options = agent.locator("dialog.jh-palette input"), agent.locator("dialog.jh-palette [role=option]")

    agent.keyboard.press("Control+k")
    expect(options.first).to_be_visible()
    agent.keyboard.press("Escape")
    expect(box).to_have_count(0)
    agent.keyboard.press("Control+k")
    agent.keyboard.type("dd")  # 订单, by its initials
    expect(options.first).to_contain_text("订单")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    first = box.get_attribute("aria-activedescendant")
    agent.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") != first
    agent.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == first
    agent.keyboard.press("Enter")
    agent.wait_for_url("**/order/list*")
    assert len(asked) == 1, "fetched once on a page, and only when opened"

    agent.keyboard.press("Control+k")
    agent.keyboard.type("customer")
    until(agent, lambda: agent.locator(".jh-palette [role=group]:has-text('新建') [role=option]").count() > 0)
    agent.locator(".jh-palette [role=group]:has-text('新建') [role=option]", has_text="客户").first.click()
    agent.wait_for_url("**/customer/add")

    ((name,),) = truth(
        "SELECT c.name FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent' ORDER BY c.id LIMIT 1"
    )
    agent.keyboard.press("Control+k")
    agent.keyboard.type(name)
    expect(options.filter(has_text=name).first).to_be_visible()
    agent.keyboard.press("Enter")
    agent.wait_for_url("**/customer/show/*")

    agent.keyboard.press("Control+k")
    agent.keyboard.type("larger")
    expect(options.first).to_contain_text("字大")
    agent.keyboard.press("Enter")
    until(agent, lambda: agent.locator("html[data-text=large]").count() == 1)
    agent.wait_for_load_state()  # the page came anew: its keys work once its scripts are there
    agent.keyboard.press("Control+k")
    agent.keyboard.type("english")
    expect(options.first).to_contain_text("English")
    agent.keyboard.press("Enter")
    until(agent, lambda: agent.get_attribute("html", "lang") == "en")
    assert "/customer/show/" in agent.url, "a switch leaves one where one is"
    speak(agent, "zh")


def test_a_step_of_the_open_record_is_taken(page, truth):
    ((pk,),) = truth(
        'SELECT o.id FROM "order" o JOIN staff s ON s.id = o.owner_id '
        "WHERE s.username = 'bj-agent' AND o.state = 'placed' ORDER BY o.id LIMIT 1"
    )
    later = "starts_at = starts_at + interval '20 days', ends_at = ends_at + interval '20 days'"  # when it costs no fee
    truth(f'UPDATE "order" SET {later} WHERE id = %s', pk)
    agent = page("bj-agent", "zh", 1366, 768)
    agent.goto(f"/order/show/{pk}")
    expect(agent.locator("main [data-step]").first).to_be_visible()
    agent.keyboard.press("Control+k")
    expect(agent.locator(".jh-palette [role=group]").first).to_contain_text("本页")
    agent.keyboard.type("取消")
    expect(agent.locator(".jh-palette [role=option][aria-selected=true]")).to_contain_text("取消")
    agent.keyboard.press("Enter")
    assert agent.evaluate("document.activeElement.matches('details[open] textarea')"), "a step that asks for a reason asks for it"
    agent.keyboard.type("客户改了主意")
    agent.keyboard.press("Control+Enter")
    agent.locator("dialog.jh-dialog .btn-bad").click()
    until(agent, lambda: truth('SELECT state FROM "order" WHERE id = %s', pk) == [("cancelled",)])


@pytest.mark.feature("CLI-03")
def test_on_a_phone_a_button_opens_it(page):
    phone = page("bj-agent", "zh", 390, 800)
    phone.goto("/")
    phone.click("[data-palette]")
    expect(phone.locator(".jh-palette [role=option]").first).to_be_visible()
    assert phone.locator(".jh-palette [role=option]").first.bounding_box()["height"] >= 44
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator(".jh-palette [role=option]", has_text="客户").first.click()
    phone.wait_for_url(lambda url: url.endswith(("/customer/list", "/customer/add")) or "customer" in url)
