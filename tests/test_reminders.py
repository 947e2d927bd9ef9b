"""Reminders by rules: made once, told to whom they concern, shown until done or moved, and gone where they no longer hold."""

from __future__ import annotations

import re
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest

from app.engine.clock import now, today
from tests.delivering import deliver, remind
from tests.people import text
from tests.test_customer_page import new_customer, service

ROW = re.compile(r'<div class="li fu[^"]*"><a href="([^"]*)"><b>([^<]*)</b><span class="sub">([^<]*)</span></a>')


def rows(page: str) -> list[tuple[str, str, str]]:
    """(address, who, what and when) of each reminder on a page."""
    return ROW.findall(page)


def mine(person, code: str, record: int | None = None) -> list[dict]:
    found = person.get("/reminders/", headers={"Accept": "application/json"}).json["result"]
    return [r for r in found if r["code"] == code and record in (None, r["record_id"])]


def on(days: int, year: int = 1956) -> str:
    """A birthday that comes in so many days."""
    day = today() + timedelta(days=days)
    return str(date(year if (day.month, day.day) != (2, 29) else 1956, day.month, day.day))


@pytest.mark.feature("CUS-15")
def test_three_days_before_a_birthday_the_owner_sees_it(app, client, api, truth):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    soon, later = new_customer(agent, "近生日", birthday=on(3)), new_customer(agent, "远生日", birthday=on(4))
    remind(app)
    assert len(mine(person, "birthday", soon)) == 1
    assert mine(person, "birthday", later) == []
    found = next(r for r in rows(text(person, "/")) if r[0] == f"/customer/show/{soon}")
    assert found[1] == "近生日" and "Birthday" in found[2]
    assert mine(client("bj-agent2"), "birthday", soon) == []
    truth("UPDATE customer SET birthday = NULL WHERE id = %s", soon)
    remind(app)
    assert len(truth("SELECT 1 FROM reminder WHERE record_id = %s AND model = 'Customer'", soon)) == 1, "it is made once, and stays"
    deliver(app)
    told = "SELECT count(*) FROM message WHERE event = 'reminder.due' AND title IN ('Birthday', '生日') AND text LIKE '近生日%%'"
    assert truth(told) == [(1,)]


@pytest.mark.feature("CUS-16", "CON-07")
def test_a_contract_that_ends_is_told_at_each_stage_with_a_way_to_renew(app, client, api, truth):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk, zl = new_customer(agent), service(agent)
    sent = {"customer": pk, "service": zl, "starts_on": str(today() - timedelta(days=330))}
    contract = agent.post("/api/v1/contract/", sent)["result"]["id"]
    for days, lead in ((31, None), (30, 30), (16, 30), (15, 15), (7, 7)):
        ends = today() + timedelta(days=days)
        truth("UPDATE contract SET state = 'active', ends_on = %s WHERE id = %s", ends, contract)
        remind(app)
        made = "SELECT lead FROM reminder WHERE model = 'Contract' AND record_id = %s AND (at AT TIME ZONE 'Asia/Shanghai')::date = %s"
        stages = [lead_ for (lead_,) in truth(made, contract, ends)]
        assert stages == ([] if lead is None else [lead])
        assert len(mine(person, "contract_ends", contract)) == (lead is not None)
    page = text(person, "/reminders/")
    assert re.search(rf'href="/contract/show/{contract}"[^>]*>[^<]*Renew', page)
    assert "Renew" in text(person, f"/contract/show/{contract}")
    truth("UPDATE contract SET ends_on = %s WHERE id = %s", today() + timedelta(days=400), contract)
    assert mine(person, "contract_ends", contract) == [], "a contract that was prolonged is told no more"


@pytest.mark.feature("CUS-17")
def test_a_payment_that_is_due_is_told_to_owner_and_finance_until_it_is_paid(app, client, api, truth):
    agent, finance = client("bj-agent"), client("bj-finance")
    ((pk, amount),) = truth(
        "SELECT r.id, r.amount - coalesce((SELECT sum(p.amount) FROM receipt p WHERE p.receivable_id = r.id), 0) FROM receivable r "
        "JOIN staff s ON s.id = r.owner_id WHERE s.username = 'bj-agent' "
        "AND r.amount > coalesce((SELECT sum(p.amount) FROM receipt p WHERE p.receivable_id = r.id), 0) LIMIT 1"
    )
    truth("UPDATE receivable SET due_on = %s WHERE id = %s", today() + timedelta(days=4), pk)
    truth("DELETE FROM reminder WHERE model = 'Receivable'")
    remind(app)
    assert (mine(agent, "payment_due", pk), mine(finance, "payment_due", pk)) == ([], [])
    truth("UPDATE receivable SET due_on = %s WHERE id = %s", today() + timedelta(days=3), pk)
    remind(app)
    assert len(mine(agent, "payment_due", pk)) == len(mine(finance, "payment_due", pk)) == 1
    assert mine(client("bj-dispatch"), "payment_due") == []
    one = mine(agent, "payment_due", pk)[0]["id"]
    agent.look("/")
    agent.post_form(f"/reminders/{one}/done")
    assert (len(mine(agent, "payment_due", pk)), len(mine(finance, "payment_due", pk))) == (0, 1), "each does his own"
    api("bj-finance").post("/api/v1/receipt/", {"receivable": pk, "amount": str(amount), "method": "cash"})
    assert mine(finance, "payment_due", pk) == []


@pytest.mark.feature("CUS-18")
def test_a_planned_contact_stays_until_it_is_done_or_moved(app, client, api, truth):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = new_customer(agent)
    ahead = (now() + timedelta(hours=2)).isoformat()
    talk = agent.post("/api/v1/followup/", {"customer": pk, "said": "明天再谈", "next_at": ahead})["result"]["id"]
    remind(app)
    assert mine(person, "contact", talk) == []
    truth("UPDATE followup SET next_at = %s WHERE id = %s", now() - timedelta(minutes=1), talk)
    remind(app)
    one = mine(person, "contact", talk)
    assert len(one) == 1 and "沈佩兰" in one[0]["who"]
    remind(app)
    url = f"/reminders/{one[0]['id']}"
    assert len(mine(person, "contact", talk)) == 1
    person.look("/")
    assert person.post_form(f"{url}/move", to=str(today())).status_code == 400
    assert person.post_form(f"{url}/move", to=str(today() + timedelta(days=2)), back="home").location == "/"
    assert mine(person, "contact", talk) == []
    undo = re.search(rf'action="({url}/back[^"]*)"', text(person, "/"))[1].replace("&amp;", "&")
    person.post_form(undo)
    assert len(mine(person, "contact", talk)) == 1
    person.post_form(f"{url}/done", back="home")
    assert mine(person, "contact", talk) == []
    assert agent.get(f"/api/v1/followup/{talk}")["result"]["done"] is True
    undo = re.search(rf'action="({url}/open[^"]*)"', text(person, "/"))[1].replace("&amp;", "&")
    person.post_form(undo)
    assert len(mine(person, "contact", talk)) == 1
    agent.post("/api/v1/followup/", {"customer": pk, "said": "已经谈好"})
    assert mine(person, "contact", talk) == [], "who talks has done what was planned"
    other = client("bj-agent2")
    other.look("/")
    assert other.post_form(f"{url}/done").status_code == 404


@pytest.mark.feature("CUS-06")
def test_a_key_customer_without_contact_heads_the_owners_home_list(app, client, api, truth):
    agent, person = api("bj-agent"), client("bj-agent", "en")
    pk = new_customer(agent, "冷落了", attention="1")
    sent = {"customer": pk, "said": "你好", "talked_at": (now() - timedelta(days=13)).isoformat()}
    talk = agent.post("/api/v1/followup/", sent)["result"]["id"]
    remind(app)
    assert mine(person, "neglected", pk) == []
    truth("UPDATE followup SET talked_at = %s WHERE id = %s", now() - timedelta(days=14, minutes=5), talk)
    truth("DELETE FROM reminder WHERE record_id <> %s AND model = 'Customer'", pk)
    truth("UPDATE customer SET attention = '4' WHERE attention = '1' AND id <> %s", pk)
    remind(app)
    first = rows(text(person, "/"))[0]
    assert (first[0], first[1]) == (f"/customer/show/{pk}", "冷落了")
    # Days per company: the administrator makes it twenty.
    admin = client("bj-admin", "en")
    page = admin.look("/reminders/rules/").text
    ((rule,),) = truth("SELECT id FROM reminder_rule WHERE tenant_id = 2 AND code = 'neglected'")
    assert f'id="rule-{rule}"' in page
    sent = {"days": "20", "after": "1", "told": "owner", "asked": "attention.eq.1", "again": "0", "active": "1", "first": "1"}
    assert admin.post_form(f"/reminders/rules/{rule}", **sent).status_code == 302
    truth("DELETE FROM reminder WHERE model = 'Customer'")
    remind(app)
    assert mine(person, "neglected", pk) == []
    truth("UPDATE followup SET talked_at = %s WHERE id = %s", now() - timedelta(days=21), talk)
    remind(app)
    assert len(mine(person, "neglected", pk)) == 1
    agent.post("/api/v1/followup/", {"customer": pk, "said": "打过电话了"})
    assert mine(person, "neglected", pk) == [], "a talk ends it by itself"


@pytest.mark.feature("CUS-24")
def test_a_birthday_gives_a_coupon_and_a_visit_to_do_once(app, client, api, truth):
    agent = api("bj-agent")
    pk = new_customer(agent, "寿星", birthday=on(5), level="vip")
    remind(app)
    assert truth("SELECT count(*) FROM coupon WHERE customer_id = %s", pk) == [(0,)], "giving money away is for the company to switch on"
    admin = client("bj-admin", "en")
    admin.look("/reminders/rules/")
    ((rule,),) = truth("SELECT id FROM reminder_rule WHERE tenant_id = 2 AND code = 'birthday_offer'")
    offer = {"more_amount": "88", "more_percent": "", "more_days": "30", "more_visit": "1"}
    sent = {"days": "7", "told": "owner", "asked": "level.eq.vip", "active": "1", **offer}
    assert admin.post_form(f"/reminders/rules/{rule}", **sent).status_code == 302
    remind(app)
    remind(app)
    coupons = agent.get("/api/v1/coupon/", customer=pk)["result"]
    assert [(c["amount"], c["occasion"], c["valid_until"]) for c in coupons] == [("88.00", "birthday", str(today() + timedelta(days=30)))]
    tasks = "SELECT count(*) FROM record_note WHERE model = 'Customer' AND record_id = %s AND due_on = %s"
    assert truth(tasks, pk, today() + timedelta(days=5)) == [(1,)]
    logged = "SELECT count(*) FROM audit_entry WHERE model = 'Coupon' AND action = 'create' AND record_id = %s"
    assert truth(logged, coupons[0]["id"]) == [(1,)]
    assert "寿星" in text(client("bj-agent"), "/")
    agent.put(f"/api/v1/coupon/{coupons[0]['id']}", {"used_on": str(today())})
    agent.put(f"/api/v1/coupon/{coupons[0]['id']}", {"used_on": str(today() - timedelta(days=1))}, 403)
    agent.put(f"/api/v1/coupon/{coupons[0]['id']}", {"amount": "500"}, 403)


def test_two_who_tick_at_once_make_one(app, api, truth):
    pk = new_customer(api("bj-agent"), birthday=on(2))
    barrier, failed = Barrier(3), []

    def tick():
        try:
            barrier.wait()
            remind(app)
        except Exception as problem:  # noqa: BLE001
            failed.append(problem)

    threads = [Thread(target=tick) for _n in range(3)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert failed == []
    assert truth("SELECT count(*) FROM reminder WHERE model = 'Customer' AND record_id = %s", pk) == [(1,)]
    told = "SELECT count(*) FROM notice n JOIN reminder r ON r.id = n.record_id WHERE n.event = 'reminder.due' AND r.record_id = %s"
    assert truth(told, pk) == [(1,)]


def test_a_company_makes_a_rule_of_its_own_and_wrong_ones_are_told(app, client, api, truth):
    admin = client("bj-admin", "en")
    admin.look("/reminders/rules/")
    words = {"title": "健康证快到期", "title_en": "Health certificate ends"}
    sent = {"of": "worker.health_until", "days": "14", "told": "role:manager", "active": "1", **words}
    bad = admin.post_form("/reminders/rules/add", **(sent | {"days": "soon", "asked": "phone.eq.1"}))
    assert bad.status_code == 422 and "Write up to 6 numbers of days" in bad.text
    assert admin.post_form("/reminders/rules/add", **(sent | {"of": "audit_entry.created_at"})).status_code == 422
    assert admin.post_form("/reminders/rules/add", **sent).status_code == 302
    ((pk,),) = truth("SELECT w.id FROM worker w JOIN staff s ON s.store_id = w.store_id WHERE s.username = 'bj-manager' LIMIT 1")
    truth("UPDATE worker_paper SET until = %s WHERE kind = 'health' AND worker_id = %s", today() + timedelta(days=10), pk)
    remind(app)
    person = client("bj-manager", "en")
    found = person.get("/reminders/", headers={"Accept": "application/json"}).json["result"]
    assert "Health certificate ends" in [r["what"] for r in found if r["record_id"] == pk]
    assert client("bj-agent").get("/reminders/rules/").status_code == 403
    agent = client("bj-agent")
    agent.look("/")
    assert agent.post_form("/reminders/rules/add", **sent).status_code == 403
