"""Complaints: to whom they go, until when; late ones go up; the customer hears the answer; and what is learnt."""

from __future__ import annotations

import re

import pytest

from app.extensions import db
from app.jobs.care import run
from app.models.complaint import Complaint
from app.web import links
from app.workflows.complaint import escalate
from tests.acting import as_program
from tests.contracts import TOKEN
from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")


def complain(caller, **more) -> dict:
    order = caller.get("/api/v1/order/", size=1)["result"][0]
    sent = {"customer": order["customer"]["id"], "order": order["id"], "kind": "late", "level": "2", "said": "晚到一小时"}
    return caller.post("/api/v1/complaint/", sent | more, 201)["result"]


def page_of(app, pk: int) -> str:
    with app.app_context():
        with as_program(db.session):
            made = links.link_to("complaint", db.session.get(Complaint, pk))
        db.session.remove()
    return made


@pytest.mark.feature("SVC-03")
def test_a_complaint_has_kind_level_order_and_evidence(client, api, truth):
    from tests.test_files import PDF, send

    agent = api("bj-agent")
    made = complain(agent)
    assert made["number"].startswith("TS-BJ01-") and made["kind"] == "late" and made["level"] == "2"
    person = client("bj-agent", "en")
    assert send(person, f"/complaint/files/{made['id']}", ("photo.pdf", PDF), json=True).status_code == 201
    page = person.get(f"/complaint/show/{made['id']}").text
    assert "Late, or did not come" in page and made["order"]["label"] in page
    assert "photo.pdf" in person.get(f"/complaint/files/{made['id']}").text
    assert client("sh-agent").get(f"/complaint/show/{made['id']}").status_code in (403, 404)


@pytest.mark.feature("SVC-04")
def test_it_goes_by_kind_to_a_role_with_a_time_limit_and_goes_up_when_that_is_over(app, api, truth):
    agent = api("bj-agent")
    late, harm = complain(agent), complain(agent, kind="safety")
    who = lambda pk: truth("SELECT s.username FROM complaint c JOIN staff s ON s.id = c.handler_id WHERE c.id = %s", pk)[0][0]  # noqa: E731
    assert (who(late["id"]), who(harm["id"])) == ("bj-dispatch", "bj-manager")
    hours = "SELECT round(extract(epoch FROM due_at - created_at) / 3600)::int FROM complaint WHERE id = %s"
    assert truth(hours, late["id"]) == [(8,)] and truth(hours, harm["id"]) == [(4,)]
    deliver(app)
    assert truth("SELECT count(*) FROM message WHERE event = 'complaint.opened' AND channel = 'bell'") == [(2,)]
    truth("UPDATE complaint SET due_at = now() + interval '1 day' WHERE state IN ('opened', 'handling')")
    with app.app_context():
        assert run(escalate) == 0
    truth("UPDATE complaint SET due_at = now() - interval '1 minute' WHERE id = %s", late["id"])
    with app.app_context():
        assert run(escalate) == 1
        assert run(escalate) == 0, "once"
    assert who(late["id"]) == "bj-manager"
    assert truth("SELECT escalated_at IS NOT NULL FROM complaint WHERE id = %s", late["id"]) == [(True,)]
    assert truth("SELECT told FROM complaint_step WHERE complaint_id = %s", late["id"]) == [(False,)]
    admin = api("bj-admin")
    route = admin.get("/api/v1/complaint_route/", kind="late")["result"][0]
    ((person,),) = truth("SELECT id FROM staff WHERE username = 'bj-finance'")
    admin.put(f"/api/v1/complaint_route/{route['id']}", {"person": person, "hours": "2"})
    assert who(complain(agent)["id"]) == "bj-finance"


@pytest.mark.feature("SVC-05")
def test_each_step_has_time_person_and_result_and_the_customer_sees_the_outcome(app, client, api, truth):
    agent, handler = api("bj-agent"), api("bj-dispatch")
    made = complain(agent)
    url = f"/api/v1/complaint/{made['id']}"
    handler.post(f"{url}/take_up", {"done": "已联系护工核实"})
    handler.post("/api/v1/complaint_step/", {"complaint": made["id"], "done": "内部:护工忘了改班", "result": "已记录"}, 201)
    handler.post(f"{url}/solve", {"result": "减免一小时"}, 409)
    handler.put(url, {"cause": "schedule"})
    assert handler.post(f"{url}/solve", {"result": "减免一小时"})["result"]["state"] == "solved"
    rows = truth(
        "SELECT s.username, p.at IS NOT NULL, p.result FROM complaint_step p JOIN staff s ON s.id = p.owner_id "
        "WHERE complaint_id = %s ORDER BY p.id",
        made["id"],
    )
    assert rows == [("bj-dispatch", True, None), ("bj-dispatch", True, "已记录"), ("bj-dispatch", True, "减免一小时")]
    first = handler.get("/api/v1/complaint_step/", complaint=made["id"])["result"][0]
    handler.put(f"/api/v1/complaint_step/{first['id']}", {"done": "x"}, 403)
    deliver(app)
    assert truth("SELECT count(*) FROM message WHERE event = 'complaint.solve' AND channel = 'sms'") == [(1,)]
    address, family = page_of(app, made["id"]), client(lang="en")
    text = family.get(address).text
    assert "减免一小时" in text and "已联系护工核实" in text
    assert "忘了改班" not in text and "schedule" not in text
    family.token = TOKEN.search(text).group(1)
    assert family.post_form(f"{address}/answer", rating="1").status_code == 400
    assert family.post_form(f"{address}/answer", rating="2", words="还没有退钱").status_code == 302
    assert truth("SELECT state FROM complaint WHERE id = %s", made["id"]) == [("handling",)]
    handler.post(f"{url}/solve", {"result": "已退款"})
    assert family.post_form(f"{address}/answer", rating="5").status_code == 302
    assert family.post_form(f"{address}/answer", rating="1", words="x").status_code == 302, "the second word changes nothing"
    assert truth("SELECT state, rating FROM complaint WHERE id = %s", made["id"]) == [("closed", 5)]
    assert client().get(address[:-1]).status_code == 404
    assert client().get(f"/complaint/page/{made['id']}").status_code == 302
    assert re.search("/q/", client("bj-agent").get(f"/complaint/page/{made['id']}").headers["Location"])


@pytest.mark.feature("SVC-06")
def test_the_months_causes_stand_with_their_corrections(client, api, truth):
    manager = api("bj-manager")
    for cause in ("schedule", "schedule", "words"):
        made = complain(api("bj-agent"))
        manager.put(f"/api/v1/complaint/{made['id']}", {"cause": cause})
    fix = manager.post("/api/v1/correction/", {"name": "排班提前一天确认", "complaint": made["id"], "cause": "schedule"}, 201)["result"]
    board = client("bj-manager", "en").get("/satisfaction/").text
    ((n,),) = truth(
        "SELECT count(*) FROM complaint WHERE tenant_id = 2 AND cause = 'schedule' AND created_at >= date_trunc('month', now() AT TIME "
        "ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai' AND store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager')"
    )
    assert n >= 2
    cause = re.search(r"cause=schedule[^>]*>([^<]+)</a></td><td[^>]*>(\d+)</td>(.*?)</tr>", board, re.DOTALL)
    assert cause.group(1, 2) == ("Planning of times", str(n))
    assert "排班提前一天确认" in cause.group(3)
    assert manager.post(f"/api/v1/correction/{fix['id']}/finish", {"result": "已执行"})["result"]["state"] == "done"
    assert "排班提前一天确认" not in client("bj-manager", "en").get("/satisfaction/").text
    chart = client("bj-manager", "en").get("/satisfaction/chart/0").json
    assert chart["title"] == "Complaints by cause" and chart["rows"]
