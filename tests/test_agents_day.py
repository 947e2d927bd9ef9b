"""An agent's day in the browser: a known customer rings, wants the same carer, renews the contract, and complains. Hands are counted."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.calling import Exchange, end_all, ref_
from tests.test_calls_page import listening, tell

OPEN = """SELECT c.id, c.customer_id FROM contract c JOIN staff s ON s.id = c.owner_id
WHERE c.tenant_id = 2 AND s.username = 'bj-agent' AND c.state = 'active' AND c.worker_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM contract r WHERE r.renews_id = c.id) ORDER BY c.id"""
MOST = {"order": 2, "renewal": 7, "complaint": 4}  # presses that the agent needs, beside words; to sign is the customer's


class Day:
    """The agent's page, with the call that goes on; each press counts."""

    def __init__(self, page, live, lang: str) -> None:
        self.page, self.lang, self.presses = page("bj-agent", lang, 1366, 768), lang, 0
        self.open_page, self.live = page, live

    def ask(self, sql: str, *values):
        """What is really in the database."""
        with psycopg.connect(self.live.database.superuser_url, autocommit=True) as boss:
            return boss.execute(sql, values).fetchall()

    def key(self, keys: str) -> None:
        self.presses += 1
        self.page.keyboard.press(keys)

    def click(self, what) -> None:
        self.presses += 1
        (self.page.locator(what) if isinstance(what, str) else what).click()

    def taken(self) -> int:
        done, self.presses = self.presses, 0
        return done

    def state(self, table: str, pk: int) -> str:
        return self.ask(f"SELECT state FROM {table} WHERE id = %s", pk)[0][0]


def step(page, name: str):
    return page.locator(f'.next-steps form[action$="/{name}"] [data-step]')


def same_carer(day: Day, card) -> int:
    day.key("Alt+Digit1")
    day.page.wait_for_url("**/call/?*")
    day.page.locator("#caller .note").wait_for()
    day.key("Control+Enter")
    day.page.wait_for_url("**/order/show/*")
    order = int(day.page.url.rsplit("/", 1)[1])
    card.locator(f'[data-made] a[href="/order/show/{order}"]').wait_for()
    return order


def renewed(day: Day, card, old: int) -> int:
    """From the card to the signed contract; where it is large, the manager says yes in between."""
    day.click(card.locator(f'a[href="/contract/show/{old}"]'))
    day.page.wait_for_url(f"**/contract/show/{old}")
    day.key("1")  # the first step of the page; with Alt it would be the card's
    day.page.wait_for_url(lambda url: "/contract/show/" in url and not url.endswith(f"/{old}"))
    pk = int(day.page.url.rsplit("/", 1)[1])
    with day.page.expect_navigation():
        day.key("1")
    if day.state("contract", pk) == "in_review":
        above = day.open_page("bj-manager", day.lang, 1366, 768)
        above.goto(f"/contract/show/{pk}")
        with above.expect_navigation():
            step(above, "approve").click()
        day.page.reload()
    card.wait_for()
    day.key("Escape")  # the card folds
    day.click('label[for="signing"]')
    for party in ("customer", "worker"):
        with day.page.expect_navigation():
            day.click(f'form[action="/contract/signing/{pk}/{party}"] button')
        address = day.page.locator(f'.party:has(form[action="/contract/signing/{pk}/{party}"]) .link-in input').input_value()
        by_link(day, re.sub(r"^https?://[^/]+", "", address))
    return pk


def by_link(day: Day, address: str) -> None:
    family = day.open_page(None, day.lang, 360, 740)
    family.goto(address)
    family.fill("[name=name]", "王秀兰")
    family.locator(".sign input.form-control").fill("王秀兰")
    family.check("[name=agreed]")
    family.click(".ph-bar .btn-primary")
    family.locator(".jh-answer").wait_for()
    family.context.close()


def complained(day: Day, card) -> int:
    day.click(card.locator(".ring-n"))
    day.key("Alt+Digit4")
    day.page.wait_for_url("**/complaint/add*")
    day.click("#f-said")
    day.page.keyboard.type("护工晚到了二十分钟" if day.lang == "zh" else "The carer came twenty minutes late")
    day.key("Control+Enter")
    day.page.wait_for_url("**/complaint/show/*")
    return int(day.page.url.rsplit("/", 1)[1])


def settled(day: Day, pk: int) -> None:
    """By whoever its kind went to: the cause, the outcome as the customer is told, closed."""
    ((handler,),) = day.ask("SELECT s.username FROM complaint c JOIN staff s ON s.id = c.handler_id WHERE c.id = %s", pk)
    boss = day.page if handler == "bj-agent" else day.open_page(handler, day.lang, 1366, 768)
    boss.goto(f"/complaint/edit/{pk}")
    boss.locator("[name=cause]").select_option(index=1)
    boss.keyboard.press("Control+Enter")
    boss.wait_for_url(f"**/complaint/show/{pk}")
    step(boss, "solve").click()
    boss.fill('.next-steps form[action$="/solve"] [name=result]', "减免一小时" if day.lang == "zh" else "One hour is not charged")
    with boss.expect_navigation():
        boss.locator('.next-steps form[action$="/solve"] .step-in button').click()
    with boss.expect_navigation():
        step(boss, "close").click()
    assert day.state("complaint", pk) == "closed"


@pytest.fixture
def exchange(app, client):
    yield Exchange(app, client("bj-admin"))
    end_all(app)


@pytest.mark.feature("CALL-04", "CALL-06", "CON-10", "CON-11", "CON-12", "SVC-04", "SVC-05")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_ring_the_order_the_renewal_and_the_complaint(page, live, exchange, api, lang):
    day, ref, spent = Day(page, live, lang), ref_(), {}
    old, customer = day.ask(OPEN)[0]
    phone = api("bj-agent").get(f"/api/v1/customer/{customer}")["result"]["phone"]
    listening(day.page, "/customer/list")
    call = tell(live, exchange, "ring", ref, caller=phone, extension=exchange.extension)
    card = day.page.locator(f".ring[data-call='{call}']")
    card.wait_for()
    tell(live, exchange, "answer", ref, extension=exchange.extension)
    day.page.wait_for_selector(f".ring[data-call='{call}'].is-talking")

    order = same_carer(day, card)
    assert day.ask('SELECT customer_id FROM "order" WHERE id = %s', order) == [(customer,)]
    spent["order"] = day.taken()

    pk = renewed(day, card, old)
    assert day.state("contract", old) == "renewed"
    spent["renewal"] = day.taken()
    owed = day.ask("SELECT number FROM receivable WHERE contract_id = %s", pk)
    assert len(owed) == day.ask("SELECT count(*) FROM contract_fee WHERE contract_id = %s", pk)[0][0] > 0
    day.page.goto(f"/receivable/list?contract={pk}")
    assert all(number in day.page.content() for (number,) in owed), "typed once, and owed since the signing"

    complaint = complained(day, card)
    spent["complaint"] = day.taken()
    tell(live, exchange, "hangup", ref)
    day.page.wait_for_selector(f".ring[data-call='{call}'].is-ended")
    made = {a.get_attribute("href") for a in card.locator("[data-made] a").all()}
    assert {f"/order/show/{order}", f"/complaint/show/{complaint}"} <= made, "what was made on the telephone stands at the call"
    card.locator("[data-do=close]").click()
    settled(day, complaint)
    print(f"presses: {spent}")
    assert spent == MOST
