"""A working day in the browser: a weekly booking, all of its visits moved, and a carer who is late, seen before the client calls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.engine.clock import local, now
from app.jobs.care import run
from app.workflows.tracking import alert_late
from tests import harness
from tests.screens import until
from tests.test_prices import number_of
from tests.test_series import next_monday
from tests.test_tracking import sent_out

MOST = {"book": 3, "move": 3}  # presses beside what is typed


@pytest.fixture
def kept(database):
    return harness.asking(database)


class Hand:
    """The agent's mouse and keys; each press counts."""

    def __init__(self, page) -> None:
        self.page, self.presses = page, 0

    def click(self, what: str) -> None:
        self.presses += 1
        self.page.locator(what).first.click()

    def key(self, keys: str) -> None:
        self.presses += 1
        self.page.keyboard.press(keys)

    def taken(self) -> int:
        done, self.presses = self.presses, 0
        return done


@pytest.mark.feature("BOOK-10")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_weekly_booking_is_made_and_all_its_visits_to_come_are_moved(page, kept, lang):
    customer, service = number_of(kept, "customer", "name = '王秀兰'"), number_of(kept, "service", "code = 'BJ'")
    agent = page("bj-agent", lang, 1366, 768)
    hand = Hand(agent)
    agent.goto(f"/order_series/add?customer={customer}&service={service}")
    agent.fill("#f-at", "09:30")
    agent.fill("#f-starts_on", f"{next_monday()}")
    agent.locator("#f-weekdays ~ .ts-wrapper input").press_sequentially("周二" if lang == "zh" else "Tuesday")
    expect(agent.locator("#f-weekdays ~ .ts-wrapper .option.active")).to_contain_text("周二" if lang == "zh" else "Tuesday")
    hand.key("Enter")
    hand.key("Control+Enter")
    agent.wait_for_url("**/order_series/show/*")
    assert hand.taken() <= MOST["book"]
    pk = int(agent.url.rsplit("/", 1)[1].split("#")[0])
    visits = 'SELECT id, starts_at FROM "order" WHERE series_id = %s ORDER BY planned_on'
    until(agent, lambda: len(kept(visits, pk)) >= 3)
    first, second, *rest = kept(visits, pk)
    agent.reload()
    agent.goto(f"/order/show/{second[0]}")
    hand.click("label[for=series]")
    agent.fill("#series-form [name=starts_at]", f"{local(second[1]) + timedelta(days=1):%Y-%m-%dT14:00}")
    hand.click("#series-form [name=scope][value=future]")
    hand.click("#series-form [name=do][value=move]")
    agent.wait_for_selector(".jh-toast.is-success")
    assert hand.taken() <= MOST["move"]
    moved = kept(visits, pk)
    assert moved[0][1] == first[1], "what came before stays"
    assert {f"{local(at):%u %H:%M}" for _pk, at in moved[1:]} == {"3 14:00"}
    assert len(moved) == 2 + len(rest)


@pytest.mark.feature("TRK-06")
@pytest.mark.parametrize(("lang", "words"), [("zh", ("护工迟到", "迟到")), ("en", ("is late", "late"))])
def test_the_board_says_who_is_late_before_the_client_calls(page, app, api, lang, words):
    desk = page("bj-dispatch", lang, 1366, 768)
    desk.goto(f"/board/?day={local(now() - timedelta(minutes=20)).date()}")
    desk.wait_for_timeout(500)  # the stream is open
    there = sent_out(app, api, 20)
    with app.app_context():
        run(alert_late)
    line = desk.locator(f"a[href='/visit/show/{there['id']}']").first
    expect(desk.locator(".jh-toast", has_text=words[0]).first).to_be_visible(timeout=10_000)
    desk.reload()
    expect(line).to_be_visible()
    assert words[1] in desk.inner_text("main")
