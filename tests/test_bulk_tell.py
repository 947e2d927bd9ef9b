"""The same words to the people of many rows: who may be written to, once each, and what is left behind."""

from __future__ import annotations

import pytest

from tests.delivering import deliver
from tests.test_bulk import BULK, chosen, confirmed, ids

pytestmark = pytest.mark.usefixtures("fresh_db")
SENT = "SELECT channel, address, text FROM rehearsed WHERE text LIKE %s ORDER BY id"
TEXT = "春节排班已开放，需要的请回电。"
HERE = (
    "SELECT c.id FROM customer c WHERE c.tenant_id = 2 AND c.store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager')"
    " AND c.phone IS NOT NULL AND {} EXISTS (SELECT 1 FROM consent k WHERE k.tenant_id = 2 AND k.customer_id = c.id"
    " AND k.purpose = 'marketing' AND k.withdrawn_at IS NULL) ORDER BY c.id LIMIT {}"
)
AGREED, OTHERS = HERE.format("", 2), HERE.format("NOT", 3)


def test_an_offer_goes_once_to_each_who_agreed(app, client, truth):
    boss, glad, others = client("bj-manager", "en"), ids(truth, AGREED), ids(truth, OTHERS)
    assert glad and others
    seen = chosen(boss, "customer", "tell", ids=[*glad, *others], channel="sms", kind="offer", text=TEXT)
    assert f'data-able="{len(glad)}"' in seen.text and f'data-bad="{len(others)}"' in seen.text
    assert "Has not agreed to offers and greetings." in seen.text
    assert "This cannot be undone." in seen.text
    assert truth(SENT, TEXT) == [], "looking sends nothing"
    end = confirmed(boss, "customer", seen)
    assert "This cannot be undone." in end.text
    deliver(app)
    deliver(app)
    sent = truth(SENT, TEXT)
    assert len(sent) == len(glad)
    assert {channel for channel, _address, _text in sent} == {"sms"}
    assert all("****" in address for _channel, address, _text in sent), "what is kept shows no number"
    page = boss.get(f"/customer/show/{glad[0]}").text
    assert "sent a message" in page and TEXT in page
    assert TEXT not in boss.get(f"/customer/show/{others[0]}").text


def test_a_word_about_the_service_reaches_everybody_with_a_number_and_one_person_once(app, client, truth, api):
    boss = client("bj-manager", "en")
    mine = truth(
        'SELECT o.id, o.customer_id FROM "order" o JOIN staff s ON s.store_id = o.store_id AND s.username = \'bj-manager\''
        " WHERE o.tenant_id = 2 ORDER BY o.customer_id LIMIT 12"
    )
    people = {customer for _pk, customer in mine}
    assert len(people) < len(mine), "somebody has two orders"
    answer = api("bj-manager").post(
        "/api/v1/order/bulk", {"act": "tell", "ids": [pk for pk, _c in mine], "channel": "wechat", "kind": "service", "text": TEXT}
    )["result"]
    assert answer["result"]["done"] == len(people)
    assert answer["result"]["refused"][0][1].startswith("The same person") or "同一个人" in answer["result"]["refused"][0][1]
    deliver(app)
    assert len(truth(SENT, TEXT)) == len(people)
    bare = api("bj-manager").post("/api/v1/customer/", {"name": "无号码"})["id"]
    seen = chosen(boss, "customer", "tell", ids=[bare], channel="sms", kind="service", text=TEXT)
    assert "There is no number to send it to." in seen.text and 'data-able="0"' in seen.text


@pytest.mark.parametrize(
    ("channel", "kind", "text"), [("fax", "service", TEXT), ("sms", "spam", TEXT), ("sms", "service", " "), ("sms", "service", "长" * 301)]
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, truth, channel, kind, text):
    boss, some = client("bj-manager", "en"), ids(truth, OTHERS)
    seen = chosen(boss, "customer", "tell", ids=some, channel=channel, kind=kind, text=text)
    assert seen.status_code == 422
    assert text.strip() in seen.text


def test_nobody_writes_to_whom_he_may_not_reach(api, truth):
    """Without the right to change many there is no such deed; and a receipt has nobody to write to."""
    far = "SELECT id FROM customer WHERE tenant_id = 2 AND owner_id <> (SELECT id FROM staff WHERE username = 'bj-agent') LIMIT 3"
    some = ids(truth, far)
    sent = {"act": "tell", "ids": some, "channel": "sms", "kind": "service", "text": TEXT}
    api("bj-agent").post(BULK, sent, status=400)  # as if they were not there
    api("bj-finance").post(BULK, sent, status=403)
    api("sh-admin").post(BULK, sent, status=400)
    api("bj-admin").post("/api/v1/receipt/bulk", sent, status=403)
    assert truth(SENT, TEXT) == []
