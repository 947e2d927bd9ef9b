"""Signing by link: read on a phone, signed once, with all that it brings, however often and however many at once."""

from __future__ import annotations

import hashlib
import threading
from decimal import Decimal

import pytest

from tests.contracts import ask, from_template, link, read, sign, sign_all, to_sign
from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")


def fees(truth, pk: int) -> list:
    return truth("SELECT kind, amount, customer_id IS NULL FROM receivable WHERE contract_id = %s ORDER BY id", pk)


@pytest.mark.feature("CON-11", "CON-12")
def test_signed_once_it_stands_under_both_and_its_fees_are_owed_and_nothing_is_typed_twice(app, client, api, truth):
    agent = api("bj-agent")
    made = to_sign(agent, truth)
    pk = made["id"]
    assert made["state"] == "to_sign"
    assert fees(truth, pk) == []
    desk = client("bj-agent", "en")
    ask(desk, pk)
    address = link(app, truth, pk)
    text, digest = read(client(lang="en"), address)
    assert made["number"] in text and "8400.00" in text and "住家照护" in text
    ((words, kept),) = truth("SELECT words, digest FROM contract_version WHERE contract_id = %s", pk)
    assert digest == kept == hashlib.sha256(words.encode()).hexdigest()
    assert sign(client(), address).status_code == 302
    assert agent.get(f"/api/v1/contract/{pk}")["result"]["state"] == "to_sign", "the carer has not signed yet"
    ask(desk, pk, "worker")
    assert sign(client(), link(app, truth, pk, "worker"), "李桂芳").status_code == 302
    deliver(app)
    assert agent.get(f"/api/v1/contract/{pk}")["result"]["state"] == "active", "it began today"
    assert fees(truth, pk) == [
        ("service", Decimal("8400.00"), False), ("member", Decimal("300.00"), False), ("insurance", Decimal("120.00"), False),
        ("member", Decimal("200.00"), True),
    ]  # fmt: skip
    ((customer, worker),) = truth("SELECT customer_id, worker_id FROM contract WHERE id = %s", pk)
    assert made["number"] in desk.get(f"/customer/show/{customer}").text
    assert made["number"] in client("bj-manager").get(f"/worker/show/{worker}").text
    listed = api("bj-finance").get("/api/v1/receivable/", contract=pk)["result"]
    assert sorted(r["amount"] for r in listed) == ["120.00", "200.00", "300.00", "8400.00"]
    customers = "party = 'customer' AND standing = 'signed'"
    kept_of = f"SELECT name, address, said, digest FROM contract_signature WHERE contract_id = %s AND {customers}"
    ((name, hashed, said, taken),) = truth(kept_of, pk)
    assert name == "王秀兰" and taken == kept and said
    assert "127." not in hashed, "an address is kept as a hash"
    assert "signed" in desk.get(f"/contract/signing/{pk}").text.lower()


@pytest.mark.feature("CON-11", "CON-12")
def test_a_replay_and_eight_thumbs_at_once_sign_once(app, client, api, truth):
    pk = to_sign(api("bj-agent"), truth, worker=False, name="居家会员卡")["id"]
    ask(client("bj-agent"), pk)
    address = link(app, truth, pk)
    phones = [client() for _each in range(8)]
    digests = [read(phone, address)[1] for phone in phones]
    codes = []
    from app.prove.forming import png

    def press(phone, digest) -> None:
        form = {"name": "王秀兰", "picture": png(5), "digest": digest, "agreed": "1"}
        codes.append(phone.post_form(f"{address}/sign", **form).status_code)

    threads = [threading.Thread(target=press, args=pair) for pair in zip(phones, digests, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * 8
    before = truth("SELECT * FROM contract_signature WHERE contract_id = %s", pk)
    again = phones[0].post_form(f"{address}/sign", name="另一个人", picture=png(9), digest=digests[0], agreed="1")
    assert again.status_code == 302
    assert truth("SELECT * FROM contract_signature WHERE contract_id = %s", pk) == before
    assert len(fees(truth, pk)) == 1
    assert truth("SELECT count(*) FROM notice WHERE event = 'contract.sign' AND record_id = %s", pk) == [(1,)]
    deliver(app)
    deliver(app)
    assert len(fees(truth, pk)) == 1


@pytest.mark.feature("CON-12")
def test_two_at_the_desk_post_the_fees_once(app, api, truth):
    """The same step by two colleagues at the same moment: one of them is told that it is done."""
    pk = from_template(api("bj-agent"), truth, worker=False, name="居家会员卡", signed_on="2026-11-01")["id"]
    callers = [api("bj-agent"), api("bj-manager"), api("bj-admin")]
    codes = []

    def press(caller) -> None:
        codes.append(caller.client.post(f"/api/v1/contract/{pk}/activate", json={}, headers=caller.headers).status_code)

    threads = [threading.Thread(target=press, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409, 409]
    assert len(fees(truth, pk)) == 1


def test_a_link_is_withdrawn_replaced_and_grows_old(app, client, api, truth):
    made = to_sign(api("bj-agent"), truth)
    desk, pk = client("bj-agent", "en"), made["id"]
    ask(desk, pk)
    first = link(app, truth, pk)
    ask(desk, pk)
    second = link(app, truth, pk)
    assert client().get(first).status_code == 404, "a new link ends the one before"
    ((one,),) = truth("SELECT max(id) FROM contract_signature WHERE contract_id = %s AND standing = 'waiting'", pk)
    desk.post_form(f"/contract/signing/{pk}/{one}/withdraw")
    assert client().get(second).status_code == 404
    ask(desk, pk)
    third = link(app, truth, pk)
    phone = client()
    _text, digest = read(phone, third)
    truth("UPDATE contract_signature SET expires_at = now() - interval '1 minute' WHERE contract_id = %s AND standing = 'waiting'", pk)
    answer = phone.post_form(f"{third}/sign", name="王秀兰", picture="x", digest=digest, agreed="1")
    assert answer.status_code == 302
    assert client().get(third).status_code == 404
    assert fees(truth, pk) == []


def test_nothing_is_signed_without_name_drawing_consent_and_the_words_that_were_read(app, client, api, truth):
    pk = to_sign(api("bj-agent"), truth)["id"]
    ask(client("bj-agent"), pk)
    address, phone = link(app, truth, pk), client(lang="en")
    assert sign(phone, address, agreed="").status_code == 400
    assert sign(phone, address, name=" ").status_code == 400
    assert sign(phone, address, picture="").status_code == 400
    assert sign(phone, address, picture="data:image/png;base64,xxxx").status_code == 400
    assert sign(phone, address, digest="0" * 64).status_code == 302
    assert truth("SELECT standing FROM contract_signature WHERE contract_id = %s", pk) == [("waiting",)]
    api("bj-agent").post(f"/api/v1/contract/{pk}/rewrite")
    assert phone.get(address).status_code == 404, "written anew, the link that was sent opens no more"


@pytest.mark.feature("CON-04")
def test_the_scan_of_the_paper_is_the_other_way(client, api, truth):
    from tests.test_files import PDF, send

    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = to_sign(agent, truth)["id"]
    agent.post(f"/api/v1/contract/{pk}/sign", status=409)
    for edition in (b"one", b"two"):
        assert send(person, f"/contract/files/{pk}", ("scan.pdf", PDF + edition), json=True).status_code == 201
    listed = person.get(f"/contract/files/{pk}").text
    assert "scan.pdf" in listed and "Version 2" in listed and 'data-look="pdf"' in listed
    ((name,),) = truth("SELECT name FROM staff WHERE username = 'bj-agent'")
    assert name in listed
    assert agent.post(f"/api/v1/contract/{pk}/sign")["result"]["state"] == "signed"
    assert truth("SELECT DISTINCT way, standing FROM contract_signature WHERE contract_id = %s", pk) == [("paper", "signed")]
    assert len(fees(truth, pk)) == 4


def test_only_who_may_sign_sends_a_link_or_sees_one(app, client, api, truth):
    pk = to_sign(api("bj-agent"), truth)["id"]
    ask(client("bj-agent"), pk)
    assert "/s/" in client("bj-agent").get(f"/contract/signing/{pk}").text
    finance = client("bj-finance")
    finance.look("/account/password")
    assert finance.post_form(f"/contract/signing/{pk}/customer").status_code == 403
    assert "/s/" not in finance.get(f"/contract/signing/{pk}").text
    stranger = client("sh-agent")
    stranger.look("/account/password")
    assert stranger.get(f"/contract/signing/{pk}").status_code in (403, 404)
    assert stranger.post_form(f"/contract/signing/{pk}/customer").status_code in (403, 404)


def test_the_contract_page_of_the_customer_shows_what_it_comes_to_and_no_pay(app, client, api, truth):
    from app.extensions import db
    from app.models.contract import Contract
    from app.web import links
    from tests.acting import as_program

    pk = to_sign(api("bj-agent"), truth)["id"]
    sign_all(app, client, truth, pk)
    deliver(app)
    truth("UPDATE contract SET worker_pay = 4321 WHERE id = %s", pk)
    with app.app_context():
        with as_program(db.session):
            address = links.link_to("agreement", db.session.get(Contract, pk))
        db.session.remove()
    text = client(lang="en").get(address).text
    assert "8,400.00" in text and "If it ended on" in text
    assert "4,321" not in text and "4321" not in text
    assert client().get(address + "x").status_code == 404
