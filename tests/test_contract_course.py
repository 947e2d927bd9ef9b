"""The course of a contract: from a template, through review by amount, changed by version, renewed, ended with a refund."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.engine.clock import today
from app.extensions import db
from app.models.contract import Contract
from app.workflows.contract_money import refund
from tests.acting import as_program
from tests.contracts import carer, from_template, of_template, sign_all, to_sign
from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")


def step(caller, pk: int, name: str, status=None, **sent) -> dict:
    answer = caller.post(f"/api/v1/contract/{pk}/{name}", sent, status)
    return answer["result"] if status is None else answer


@pytest.mark.feature("CON-01")
def test_a_contract_from_a_template_has_its_number_words_parties_and_fees(client, api, truth):
    agent = api("bj-agent")
    made = from_template(agent, truth)
    assert made["number"].startswith("HT-BJ01-") and made["kind"] == "three_party"
    assert "住家照护" in made["terms"] and made["matters"]
    assert made["ends_on"] == str(today().replace(year=today().year + 1) - timedelta(days=1))
    assert made["customer_class"] and made["region"]
    lines = agent.get("/api/v1/contract_fee/", contract=made["id"])["result"]
    assert sorted((f["kind"], f["payer"], f["amount"]) for f in lines) == [
        ("insurance", "customer", "120.00"), ("member", "customer", "300.00"), ("member", "worker", "200.00"),
        ("service", "customer", "8400.00"),
    ]  # fmt: skip
    page = client("bj-agent", "en").get(f"/contract/show/{made['id']}").text
    for word in ("Three-party service", "8,400.00", "Insurance", made["number"]):
        assert word in page, word
    assert client("bj-agent").get("/contract_template/list").status_code == 200
    api("bj-agent").put(f"/api/v1/contract_template/{of_template(truth)}", {"name": "x"}, 403)


@pytest.mark.feature("CON-01")
def test_a_fee_is_a_row_of_the_contracts_own_form(client, api, truth):
    made = from_template(api("bj-agent"), truth)
    desk = client("bj-agent", "en")
    desk.look(f"/contract/edit/{made['id']}")
    row = "line:contract_fee:new1"
    sent = {f"{row}:kind": "deposit", f"{row}:payer": "customer", f"{row}:amount": "500", f"{row}:due_on": str(today())}
    assert desk.post_form(f"/contract/edit/{made['id']}", **sent).status_code == 302
    assert (Decimal("500.00"), "full") in truth("SELECT amount, refund FROM contract_fee WHERE contract_id = %s", made["id"])


def test_so_much_needs_the_word_of_the_tiers_in_their_order(api, truth):
    agent, manager, admin = api("bj-agent"), api("bj-manager"), api("bj-admin")
    small = from_template(agent, truth)["id"]
    assert step(agent, small, "submit")["state"] == "to_sign", "below the lowest tier nobody is asked"
    middle = from_template(agent, truth, total="60000.00")["id"]
    assert step(agent, middle, "submit")["state"] == "in_review"
    agent.put(f"/api/v1/contract/{middle}", {"total": "1.00"}, 409)
    step(agent, middle, "approve", 403)
    assert step(manager, middle, "approve")["state"] == "to_sign"
    large = from_template(agent, truth, total="250000.00")["id"]
    step(agent, large, "submit")
    step(admin, large, "approve", 403)
    assert step(manager, large, "approve")["state"] == "in_review", "one of two has agreed"
    step(manager, large, "approve", 403)
    assert step(admin, large, "approve")["state"] == "to_sign"
    ((passed,),) = truth("SELECT approved FROM contract_version WHERE contract_id = %s", large)
    assert [role for role, *_rest in passed] == ["manager", "admin"]
    mine = {"customer": first(truth, large), "template": of_template(truth), "total": "70000.00"}
    own = manager.post("/api/v1/contract/", mine)["result"]
    step(manager, own["id"], "submit", 400)  # a fee of it is the carer's, and none is named
    manager.put(f"/api/v1/contract/{own['id']}", {"worker": carer(truth)})
    step(manager, own["id"], "submit")
    step(manager, own["id"], "approve", 403)
    assert step(manager, own["id"], "send_back", reason="x")["state"] == "draft"
    step(agent, small, "activate", 409)
    draft = from_template(agent, truth, total="60000.00", signed_on="2026-11-01")["id"]
    step(agent, draft, "activate", 409)


def first(truth, pk: int) -> int:
    return truth("SELECT customer_id FROM contract WHERE id = %s", pk)[0][0]


def test_a_change_after_the_review_is_a_version_and_the_page_shows_the_difference(app, client, api, truth):
    agent, manager = api("bj-agent"), api("bj-manager")
    pk = to_sign(agent, truth)["id"]
    sign_all(app, client, truth, pk)
    deliver(app)
    step(agent, pk, "change", reason="客户要求加夜班")
    terms = agent.get(f"/api/v1/contract/{pk}")["result"]["terms"]
    agent.put(f"/api/v1/contract/{pk}", {"terms": terms.replace("三天", "两天")})
    manager.put(f"/api/v1/contract/{pk}", {"worker_pay": "6543.00"})
    fee = agent.get("/api/v1/contract_fee/", contract=pk, kind="service")["result"][0]
    agent.call("PUT", f"/api/v1/contract_fee/{fee['id']}", 200, json={"due_on": str(today() + timedelta(days=5))})
    step(agent, pk, "as_before", 409)
    assert step(agent, pk, "submit")["state"] == "to_sign"
    assert truth("SELECT array_agg(number ORDER BY number) FROM contract_version WHERE contract_id = %s", pk) == [([1, 2],)]
    page = client("bj-agent", "en").get(f"/contract/versions/{pk}?a=1&b=2").text
    assert "<del>三</del>" in page and "<ins>两</ins>" in page
    assert "6543" not in page and "changed; not part of your role" in page
    assert "6543.00" in client("bj-manager").get(f"/contract/versions/{pk}?a=1&b=2").text
    assert client("sh-agent").get(f"/contract/versions/{pk}").status_code in (403, 404)
    assert step(agent, pk, "rewrite")["state"] == "changing", "what was signed before does not become a draft"
    step(agent, pk, "submit")
    sign_all(app, client, truth, pk)
    deliver(app)
    assert truth("SELECT state, signed_no FROM contract WHERE id = %s", pk) == [("active", 2)]
    assert len(truth("SELECT id FROM receivable WHERE contract_id = %s", pk)) == 4, "no fee is owed twice"


def test_fees_are_held_while_nobody_changes_the_contract(app, client, api, truth):
    agent = api("bj-agent")
    pk = to_sign(agent, truth)["id"]
    fee = agent.get("/api/v1/contract_fee/", contract=pk)["result"][0]
    agent.put(f"/api/v1/contract_fee/{fee['id']}", {"amount": "1.00"}, 409)
    agent.delete(f"/api/v1/contract_fee/{fee['id']}", 409)
    agent.post("/api/v1/contract_fee/", {"contract": pk, "kind": "deposit", "amount": "5.00"}, 409)
    sign_all(app, client, truth, pk)
    deliver(app)
    step(agent, pk, "change", reason="x")
    answer = agent.delete(f"/api/v1/contract_fee/{fee['id']}", 409)
    assert "receivables" in answer["message"]
    assert step(agent, pk, "as_before")["state"] == "active"


@pytest.mark.feature("CON-07")
def test_a_renewal_copies_into_a_draft_that_is_linked_and_the_old_one_is_renewed_when_it_is_signed(app, client, api, truth):
    ((old,),) = truth("SELECT id FROM contract WHERE tenant_id = 2 AND state = 'active' AND ends_on = current_date + 14")
    desk = client("bj-admin", "en")
    assert f"/contract/show/{old}" in desk.get("/contract/list?state=active&ends_on.when=next_30").text
    assert ">Renew<" in desk.get(f"/contract/show/{old}").text or "Renew" in desk.get(f"/contract/show/{old}").text
    manager = api("bj-admin")
    step(manager, old, "renew")
    ((pk, begins, terms),) = truth("SELECT id, starts_on, terms FROM contract WHERE renews_id = %s", old)
    ((ends, before),) = truth("SELECT ends_on, terms FROM contract WHERE id = %s", old)
    assert (begins, terms) == (ends + timedelta(days=1), before)
    assert truth("SELECT kind, amount FROM contract_fee WHERE contract_id = %s ORDER BY id", pk) == truth(
        "SELECT kind, amount FROM contract_fee WHERE contract_id = %s ORDER BY id", old
    )
    step(manager, old, "renew", 409)
    assert truth("SELECT state FROM contract WHERE id = %s", old) == [("active",)]
    step(manager, pk, "submit")
    sign_all_by(app, client, truth, pk)
    assert truth("SELECT state FROM contract WHERE id = %s", old) == [("renewed",)]
    assert truth("SELECT state FROM contract WHERE id = %s", pk) == [("signed",)], "its first day is still to come"


def sign_all_by(app, client, truth, pk: int) -> None:
    from tests.contracts import ask, link, sign

    for (party,) in truth("SELECT unnest(CASE WHEN worker_id IS NULL THEN '{customer}' ELSE '{customer,worker}' END::text[]) FROM contract WHERE id = %s", pk):  # noqa: E501
        ask(client("bj-admin"), pk, party)
        assert sign(client(), link(app, truth, pk, party)).status_code == 302


def test_time_begins_contracts_and_lets_them_run_out(app, api, truth):
    from app.jobs.care import run
    from app.workflows.contract import daily

    ((old,),) = truth("SELECT id FROM contract WHERE tenant_id = 2 AND state = 'active' AND ends_on = current_date + 14")
    truth("UPDATE contract SET ends_on = current_date - 1 WHERE id = %s", old)
    with app.app_context():
        assert run(daily) >= 1
        assert run(daily) == 0
    assert truth("SELECT state FROM contract WHERE id = %s", old) == [("expired",)]
    step(api("bj-admin"), old, "renew")
    assert truth("SELECT starts_on FROM contract WHERE renews_id = %s", old) == [(today(),)]


def test_suspended_and_resumed(api, truth):
    manager = api("bj-admin")
    ((pk,),) = truth("SELECT id FROM contract WHERE tenant_id = 2 AND state = 'active' AND ends_on = current_date + 14")
    step(manager, pk, "suspend", 422)
    assert step(manager, pk, "suspend", reason="住院", until="2026-12-24")["until_on"] == "2026-12-24"
    assert step(manager, pk, "resume")["state"] == "active"


@pytest.mark.parametrize(("counted", "served", "service", "cut"), [("days", 73, "292.00", "29.20"), ("months", 3, "273.75", "27.38")])
def test_the_refund_is_by_the_contracts_own_formula_line_by_line(app, counted, served, service, cut):
    """A year paid with 365: 73 days are 292 left; in the third month three twelfths of it are gone."""
    with app.app_context():
        with as_program(db.session):
            from app.models.contract import ContractFee
            from app.models.customer import Customer
            from app.workflows.contract_money import post_fees
            from app.workflows.payment import register_receipt

            customer = db.session.query(Customer).first()
            made = Contract(
                customer=customer, starts_on=today().replace(2025, 1, 1), ends_on=today().replace(2025, 12, 31), counted=counted,
                refund_cut=Decimal(10), refund_fee=Decimal(50),
            )  # fmt: skip
            db.session.add(made)
            db.session.flush()
            for kind, amount, refund_ in (("service", "365", None), ("deposit", "1000", None), ("member", "300", None)):
                db.session.add(ContractFee(contract=made, kind=kind, amount=Decimal(amount), refund=refund_))
            db.session.flush()
            for owed in post_fees(db.session, made):
                register_receipt(db.session, owed, owed.amount, "cash")
            found = refund(db.session, made, today().replace(2025, 3, 14))
            assert found.served == served
            assert [str(x.back) for x in found.lines] == [service, "1000.00", "0"]
            assert (found.cut, found.fee) == (Decimal(cut), Decimal(50))
            assert found.total == Decimal(service) + 1000 - Decimal(cut) - 50
            assert refund(db.session, made, today().replace(2027, 1, 1)).lines[0].back == 0
            db.session.rollback()
        db.session.remove()


def test_what_goes_back_is_shown_before_and_kept_when_it_ends(app, client, api, truth):
    agent, manager = api("bj-agent"), api("bj-manager")
    pk = to_sign(agent, truth)["id"]
    sign_all(app, client, truth, pk)
    deliver(app)
    for owed in api("bj-finance").get("/api/v1/receivable/", contract=pk)["result"]:
        api("bj-finance").post("/api/v1/receipt/", {"receivable": owed["id"], "amount": owed["amount"]}, 201)
    page = client("bj-manager", "en").get(f"/contract/refund/{pk}?on={today() + timedelta(days=100)}").text
    assert "To give back" in page and "8,400.00" in page
    ended = step(manager, pk, "terminate", reason="客户搬走")
    assert ended["refunded"] == "7539.29", "364 of 365 days of 8400, less ten per cent"
    assert client("bj-dispatch").get(f"/contract/refund/{pk}").status_code in (403, 404)


@pytest.mark.feature("CON-10")
def test_six_statistics_each_lead_to_the_list_behind_the_bar(client, truth):
    manager = client("bj-manager", "en")
    titles = set()
    for n in range(7):
        chart = manager.get(f"/contract/chart/{n}").json
        titles.add(chart["title"])
        assert chart["rows"], chart["title"]
        if chart["money"]:
            continue
        for row in chart["rows"]:
            listed = manager.get(f"{row['url']}&size=200", headers={"Accept": "text/html"})
            assert listed.status_code == 200, row["url"]
            api_url = row["url"].replace("/contract/list", "/contract/export.csv")
            assert len(manager.get(api_url).text.strip().splitlines()) - 1 == row["value"], (chart["title"], row)
    assert {"Contracts by month", "Amount by month", "Contracts by kind", "Contracts by state", "Contracts by customer's class",
            "Contracts by region"} <= titles  # fmt: skip


@pytest.mark.feature("CON-08", "CON-09")
def test_query_and_export_hold_the_same_rows_and_no_hidden_field(api, client):
    asked = {"monthly.gt": "2000", "state": "active", "worker.empty": "0"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    rows = api("bj-manager").get("/api/v1/contract/", size=200, **asked)["result"]
    sheet = client("bj-manager", "en").get(f"/contract/export.csv?{query}").text
    assert rows and len(sheet.strip().splitlines()) - 1 == len(rows)
    assert all(r["number"] in sheet for r in rows)
    assert "Carer's pay" not in client("bj-finance", "en").get("/contract/export.csv?cols=number,total").text
    assert client("bj-finance").get("/contract/list?worker_pay.gt=1").status_code == 403
