"""Consents, privacy requests and retention: what was agreed to, what goes out, what is made unreadable, what ends by itself."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.engine.wall import leave
from app.extensions import db
from app.jobs.retention import KEY, clear_all, daily
from app.models.customer import Customer
from app.models.privacy import PrivacyTicket, working_day
from tests.acting import as_person, as_program
from tests.test_files import PNG
from tests.test_files import send as send_file
from tests.test_privacy import identity

DENIED = 403


def ticket(api, customer: int, kind: str, said: str = "电话里说的") -> int:
    made = api("bj-admin").post("/api/v1/privacy_ticket/", {"customer": customer, "kind": kind, "said": said})
    return made["id"]


def test_a_consent_is_given_once_and_taken_back_once(client, api, truth):
    agent, caller = client("bj-agent", "en"), api("bj-agent")
    customer = caller.get("/api/v1/customer/", size=1)["result"][0]["id"]
    agent.look("/consent/add")
    sent = {"customer": str(customer), "purpose": "marketing", "wording": "2026-01", "way": "phone"}
    assert agent.post_form("/consent/add", **sent).status_code == 302
    ((pk, given),) = truth("SELECT id, given_at FROM consent ORDER BY id DESC LIMIT 1")
    assert "2026-01" in agent.get(f"/customer/show/{customer}").text
    caller.put(f"/api/v1/consent/{pk}", {"wording": "2027-01"}, DENIED)
    before = (given - timedelta(days=1)).isoformat()
    assert "withdrawn" in caller.put(f"/api/v1/consent/{pk}", {"withdrawn_at": before}, 409)["message"]
    caller.put(f"/api/v1/consent/{pk}", {"withdrawn_at": (given + timedelta(days=1)).isoformat()})
    caller.put(f"/api/v1/consent/{pk}", {"withdrawn_at": (given + timedelta(days=2)).isoformat()}, DENIED)
    assert pk in {r["id"] for r in caller.get("/api/v1/consent/", **{"withdrawn_at.empty": "0"})["result"]}
    assert caller.call("DELETE", f"/api/v1/consent/{pk}", DENIED)
    assert api("bj-finance").call("GET", f"/api/v1/consent/{pk}", DENIED)


def test_a_deadline_is_fifteen_working_days(api, truth):
    assert working_day(date(2026, 11, 20), 15) == date(2026, 12, 11)  # a Friday
    assert working_day(date(2026, 11, 22), 1) == date(2026, 11, 23)  # a Sunday
    pk = ticket(api, api("bj-admin").get("/api/v1/customer/", size=1)["result"][0]["id"], "export")
    ((asked, due),) = truth("SELECT asked_on, due_on FROM privacy_ticket WHERE id = %s", pk)
    assert due == working_day(asked, 15)


def test_who_may_ask_and_who_may_approve(client, api):
    customer = api("bj-agent").get("/api/v1/customer/", size=1)["result"][0]["id"]
    pk = api("bj-agent").post("/api/v1/privacy_ticket/", {"customer": customer, "kind": "erase"})["id"]
    for who in ("bj-agent", "bj-manager"):
        for step in ("approve", "decline", "erase", "export"):
            api(who).call("POST", f"/api/v1/privacy_ticket/{pk}/{step}", DENIED, json={"reason": "x", "confirm": "x"})
    for who in ("bj-dispatch", "bj-finance", "sh-admin"):
        answer = client(who).get(f"/privacy_ticket/show/{pk}")
        assert answer.status_code in (DENIED, 404), who
    manager = client("bj-manager", "en").get(f"/privacy_ticket/show/{pk}").text
    assert "step-approve" not in manager or "Not part of your role" in manager
    api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/decline", {"reason": "不是本人"})
    api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/approve", status=409)


def test_a_copy_holds_everything_and_lies_with_the_request(client, api, app, truth):
    with app.app_context():
        with as_program(db.session):
            from app.models.order import Order

            order = db.session.scalars(select(Order).where(Order.state == "done").order_by(Order.id)).first()
            one = order.customer
            phone, number, pk, name, order_number = one.phone, one.id_number, one.id, one.name, order.number
        leave(db.session)
    admin = client("bj-admin", "en")
    send_file(admin, f"/customer/files/{pk}", ("ramp.png", PNG + b"ramp"), json=True)
    ticket_id = ticket(api, pk, "export")
    api("bj-admin").call("POST", f"/api/v1/privacy_ticket/{ticket_id}/export", 409)  # nobody approved it yet
    api("bj-admin").post(f"/api/v1/privacy_ticket/{ticket_id}/approve")
    shown = admin.look(f"/privacy_ticket/show/{ticket_id}").text
    assert "step-export" in shown and "step-erase" not in shown
    api("bj-admin").call("POST", f"/api/v1/privacy_ticket/{ticket_id}/erase", 409, json={"confirm": "x"})
    assert admin.post_form(f"/privacy_ticket/step/{ticket_id}/export").status_code == 302
    (file,) = api("bj-admin").get(f"/api/v1/privacy_ticket/{ticket_id}/files")["result"]
    data = admin.get(file["url"], buffered=True).data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
        book = CalamineWorkbook.from_filelike(io.BytesIO(packed.read("data.xlsx")))
        assert packed.read(next(n for n in names if n.endswith("ramp.png"))) == PNG + b"ramp"
    sheets = {n: str(book.get_sheet_by_name(n).to_python()) for n in book.sheet_names}
    assert {"Customers", "Orders", "Visits", "Receivables", "Consents", "Files"} <= set(sheets)
    for word in (phone, number, name):
        assert word in sheets["Customers"]
    assert order_number in sheets["Orders"]
    assert "Unit cost" not in sheets["Orders"], "what the work costs us is not theirs"
    for who in ("bj-manager", "bj-agent", "sh-admin"):
        assert client(who).get(file["url"]).status_code in (DENIED, 404), who
    truth("UPDATE attachment SET created_at = now() - interval '31 days'")
    with app.app_context():
        assert clear_all(60)
    assert admin.get(file["url"]).status_code == 404, "after a month the copy is gone, the customer's own files are not"
    assert len(truth("SELECT 1 FROM attachment WHERE removed_at IS NULL")) == 1
    ((gone,),) = truth("SELECT key FROM attachment WHERE removed_at IS NOT NULL")
    assert not (Path(app.config["FILES"]) / gone).exists()


def rich_customer(app) -> dict[str, object]:
    """A customer all of whose orders are over and paid, with something personal in every field, some of it in the trail."""
    with app.app_context():
        with as_person(db.session, "bj-admin"):
            from app.models.catalog import Service
            from app.models.order import Order

            service = db.session.scalars(select(Service)).first()
            one = Customer(
                name="冯要走", phone="14266660001", id_number=identity(901), address="望京街九百号", door="七单元七零七", contact="冯小妹",
                contact_phone="14266660002", habits="每天听评书", remark="邻居介绍", birthday=date(1950, 3, 3), city="北京",
                district="朝阳区",
            )  # fmt: skip
            db.session.add(one)
            db.session.flush()
            from app.engine.clock import now

            order = Order(customer=one, service=service, starts_at=now() + timedelta(days=3), special="按两次门铃")
            db.session.add(order)
            db.session.commit()
            assert (one.name, one.address) == ("冯要走", "望京街九百号")  # read first, as a form does: the trail has both
            one.name, one.address = "冯真走", "广顺大街八百号"
            db.session.commit()
            order.__flow__(order).take("cancel", reason="冯家老太太搬走了")
            db.session.commit()
            made = {"pk": one.id, "order": order.id, "amount": order.amount}
        leave(db.session)
    return made


WORDS = ["冯要走", "冯真走", "fengyaozou", "望京街九百号", "广顺大街八百号", "七单元七零七", "冯小妹", "听评书", "邻居介绍", "按两次门铃", "搬走了", "电话里说的", "身份证.png"]  # noqa: E501


def test_whoever_wants_to_be_forgotten_is_and_the_accounts_stay(client, api, app, truth, fresh_db):
    from tests.delivering import deliver

    made = rich_customer(app)
    admin = client("bj-admin", "en")
    shown = send_file(admin, f"/customer/files/{made['pk']}", ("身份证.png", PNG + b"id"), json=True).json["result"][0]
    deliver(app)
    everything = lambda: json.dumps(truth("SELECT to_jsonb(t) FROM audit_entry t"), default=str, ensure_ascii=False) + "".join(  # noqa: E731
        json.dumps(truth(f'SELECT to_jsonb(t) FROM "{table}" t'), default=str, ensure_ascii=False) for table in tables(truth)
    )
    gone = {"fengyaozou", "电话里说的"}  # what was changed since stands in the trail alone, closed there; the order keeps whom to ask for
    assert {w for w in WORDS if w not in everything()} == gone
    pk = ticket(api, made["pk"], "erase")
    number = api("bj-admin").get(f"/api/v1/privacy_ticket/{pk}")["result"]["number"]
    api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/approve")
    page = admin.look(f"/privacy_ticket/show/{pk}").text
    assert re.search(r'id="step-erase"[^>]*data-confirm', page), "the screen asks first"
    wrong = admin.post_form(f"/privacy_ticket/step/{pk}/erase", confirm="yes")
    assert wrong.status_code == 400
    assert "冯真走" in everything()
    assert admin.post_form(f"/privacy_ticket/step/{pk}/erase", confirm=number).status_code == 302
    deliver(app)
    assert [w for w in WORDS if w in everything()] == []
    one = api("bj-admin").get(f"/api/v1/customer/{made['pk']}")["result"]
    assert one["name"] == "已匿名" and one["district"] == "朝阳区"
    assert not any(one.get(n) for n in ("phone", "id_number", "contact", "contact_phone", "address", "door", "birthday", "habits"))
    assert truth("SELECT phone, phone_hash, id_number_hash, contact_phone_last4 FROM customer WHERE id = %s", made["pk"]) == [(None,) * 4]
    ((amount, state),) = truth('SELECT amount, state FROM "order" WHERE id = %s', made["order"])
    assert (amount, state) == (made["amount"], "cancelled")
    assert admin.get(shown["url"]).status_code == 404
    # That it happened stays: who, when, which fields.
    trail = truth("SELECT changes, reason FROM audit_entry WHERE model = 'Customer' AND record_id = %s ORDER BY id", made["pk"])
    assert any(reason == "step: erase" and {"name", "address", "phone"} <= set(changes) for changes, reason in trail)
    assert truth("SELECT state FROM privacy_ticket WHERE id = %s", pk) == [("done",)]
    # A new file for the same person is no twin of the erased one.
    assert api("bj-admin").post("/api/v1/customer/", {"name": "冯又来", "phone": "14266660001"})["id"]


def tables(truth) -> list[str]:
    names = truth("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")
    return [n for (n,) in names]


def test_who_has_an_open_order_or_owes_something_is_not_forgotten_yet(api, truth):
    ((busy,),) = truth("SELECT customer_id FROM \"order\" WHERE tenant_id = 2 AND state = 'placed' ORDER BY id LIMIT 1")
    ((owing,),) = truth(
        "SELECT r.customer_id FROM receivable r WHERE r.tenant_id = 2 AND r.amount > (SELECT coalesce(sum(amount), 0) FROM receipt p"
        ' WHERE p.receivable_id = r.id) AND NOT EXISTS (SELECT 1 FROM "order" o WHERE o.customer_id = r.customer_id'
        " AND o.state NOT IN ('done', 'cancelled')) ORDER BY r.id LIMIT 1"
    )
    for customer, word in ((busy, "not finished"), (owing, "still owes")):
        pk = ticket(api, customer, "erase")
        api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/approve")
        number = api("bj-admin").get(f"/api/v1/privacy_ticket/{pk}")["result"]["number"]
        answer = api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/erase", {"confirm": number}, 409)
        assert word in answer["message"]
    assert truth("SELECT count(*) FROM customer WHERE name = '已匿名'") == [(0,)]


def test_the_trail_itself_is_never_touched(client, api, app, truth, fresh_db):
    """To forget is to throw keys away: the entries stay as they are, byte for byte, and whoever may not read a field does not by them."""
    made = rich_customer(app)
    read = "SELECT id, changes::text, reason FROM audit_entry WHERE model IN ('Customer', 'Order') AND record_id IN (%s, %s) ORDER BY id"
    before = truth(read, made["pk"], made["order"])
    assert not [w for w in WORDS if w in str(before)], "nothing personal stands there in clear at all"
    admin = client("bj-admin", "en")
    shown = admin.get(f"/customer/show/{made['pk']}").text
    assert "望京街九百号" in shown and "广顺大街八百号" in shown, "the history shows from what to what"
    pk = ticket(api, made["pk"], "erase")
    api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/approve")
    number = api("bj-admin").get(f"/api/v1/privacy_ticket/{pk}")["result"]["number"]
    api("bj-admin").post(f"/api/v1/privacy_ticket/{pk}/erase", {"confirm": number})
    after = truth(read, made["pk"], made["order"])
    assert after[: len(before)] == before
    shown = admin.get(f"/customer/show/{made['pk']}").text
    assert "***" in shown and "望京街九百号" not in shown
    # A forgotten file can be used again, and its new history read.
    api("bj-admin").put(f"/api/v1/customer/{made['pk']}", {"remark": "回头客"})
    assert "回头客" in admin.get(f"/customer/show/{made['pk']}").text


def fill_old(truth, days: int, n: int = 30) -> None:
    at = f"now() - interval '{days} days'"
    for k in range(n):
        truth(
            "INSERT INTO notice (tenant_id, version, event, model, record_id, facts, due_at, done_at, attempts, created_at, changed_at)"
            f" VALUES (2, 1, 'old', 'Order', 1, '{{}}', {at}, {at}, 1, {at}, {at})"
        )
        truth(
            "INSERT INTO message (tenant_id, version, key, event, channel, address, title, text, url, sound, created_at, changed_at)"
            f" VALUES (2, 1, 'old{days}:{k}', 'old', 'sms', '', 't', 't', '', false, {at}, {at})"
        )
        truth(
            "INSERT INTO rehearsed (tenant_id, version, key, channel, address, title, text, created_at, changed_at)"
            f" VALUES (2, 1, 'old{days}:{k}', 'sms', '', 't', 't', {at}, {at})"
        )


def counts(truth) -> list[int]:
    asked = ("notice WHERE event = 'old'", "message WHERE event = 'old'", "rehearsed WHERE starts_with(key, 'old')")
    return [truth(f"SELECT count(*) FROM {one}")[0][0] for one in asked]


def test_what_was_told_is_forgotten_after_the_days_the_administrator_set(app, client, truth, monkeypatch):
    from app.extensions import store
    from app.jobs import retention

    monkeypatch.setattr(retention, "BATCH", 7)
    fill_old(truth, 200)
    fill_old(truth, 100)
    ((order,),) = truth('SELECT id FROM "order" WHERE tenant_id = 2 ORDER BY id LIMIT 1')
    truth("UPDATE \"order\" SET request = 'key-of-old', created_at = now() - interval '200 days' WHERE id = %s", order)
    before = truth('SELECT version, changed_at, state FROM "order" WHERE id = %s', order)
    with app.app_context():
        store().delete(KEY)
        daily()
    assert counts(truth) == [30, 30, 30]
    assert truth('SELECT request FROM "order" WHERE id = %s', order) == [(None,)]
    assert truth('SELECT version, changed_at, state FROM "order" WHERE id = %s', order) == before
    admin = client("bj-admin", "en")
    assert "180" in admin.look("/privacy/").text
    for wrong in ("7", "99999", "x", ""):
        assert admin.post_form("/privacy/", days=wrong).status_code == 422, wrong
    assert admin.post_form("/privacy/", days="60").status_code == 302
    assert truth("SELECT changes FROM audit_entry WHERE model = 'Retention'") == [({"days": [180, 60]},)]
    with app.app_context():
        daily()
        assert counts(truth) == [30, 30, 30], "once a day"
        truth("UPDATE retention SET cleared_at = now() - interval '25 hours'")
        assert clear_all(60)
    assert counts(truth) == [0, 0, 0]
    assert truth("SELECT count(*) FROM message WHERE event <> 'old'")[0][0] > 0
    for who in ("bj-manager", "bj-agent", "hq"):
        assert client(who).get("/privacy/").status_code == DENIED, who


def test_a_waiting_notice_is_never_too_old(app, truth):
    truth(
        "INSERT INTO notice (tenant_id, version, event, model, record_id, facts, due_at, attempts, created_at, changed_at)"
        " VALUES (2, 1, 'waits', 'Order', 1, '{}', now() + interval '1 day', 1, now() - interval '999 days', now())"
    )
    with app.app_context():
        assert clear_all(60)
        with as_program(db.session):
            assert db.session.scalars(select(PrivacyTicket)).first() is not None
        leave(db.session)
    assert truth("SELECT count(*) FROM notice WHERE event = 'waits'") == [(1,)]


def test_in_the_browser_an_administrator_is_asked_twice(app, api, page, live, tmp_path):
    """Approve, open the step, write the number, and say yes; saying no leaves everything as it is."""
    made = rich_customer(app)
    pk = ticket(api, made["pk"], "erase")
    number = api("bj-admin").get(f"/api/v1/privacy_ticket/{pk}")["result"]["number"]
    one = page("bj-admin", "en")
    one.goto(f"/privacy_ticket/show/{pk}")
    one.click("#step-approve button")
    one.wait_for_selector("#step-erase summary")
    one.screenshot(path=str(tmp_path / "ticket.png"), full_page=True)
    for answer in (".jh-dialog [data-close]", ".jh-dialog .btn-bad"):
        if not one.is_visible("#step-erase textarea"):
            one.click("#step-erase summary")
        one.fill("#step-erase textarea", number)
        one.click("#step-erase .step-in button")
        one.wait_for_selector(".jh-dialog[open]")
        assert api("bj-admin").get(f"/api/v1/customer/{made['pk']}")["result"]["name"] == "冯真走"
        one.click(answer)
    one.wait_for_selector("text=已匿名")
    assert api("bj-admin").get(f"/api/v1/customer/{made['pk']}")["result"]["name"] == "已匿名"
    one.goto("/privacy/")
    one.screenshot(path=str(tmp_path / "privacy.png"), full_page=True)
    one.fill("#days", "90")
    one.click("form:has(#days) button")
    one.wait_for_selector(".jh-toast")
    assert one.input_value("#days") == "90"
    small = page("bj-agent", "en", 360)
    small.goto("/consent/list")
    small.screenshot(path=str(tmp_path / "consents.png"), full_page=True)
    small.goto("/consent/add")
    assert small.evaluate("document.documentElement.scrollWidth <= innerWidth")
