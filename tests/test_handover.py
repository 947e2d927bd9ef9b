"""A salesperson leaves: customers, needs, talks, things to do and reminders go to the successor with their history, and the trail tells."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.engine.clock import now, today
from tests.delivering import remind
from tests.people import text
from tests.test_customer_page import new_customer
from tests.test_need import make
from tests.test_reminders import mine


@pytest.mark.feature("CUS-03")
def test_nothing_is_lost_when_a_salesperson_leaves(app, client, api, truth):
    agent, boss = api("bj-agent"), client("bj-admin", "en")
    pk = new_customer(agent, "要移交的")
    contact = agent.post("/api/v1/contact/", {"customer": pk, "name": "女儿", "pays": True})["result"]["id"]
    open_need, lost = make(agent, pk)["id"], make(agent, pk)["id"]
    agent.post(f"/api/v1/need/{lost}/lose", {"reason": "找了亲戚"})
    sent = {"customer": pk, "said": "约好今天再谈", "next_at": (now() + timedelta(hours=1)).isoformat()}
    talk = agent.post("/api/v1/followup/", sent)["result"]["id"]
    truth("UPDATE followup SET next_at = %s WHERE id = %s", now() - timedelta(minutes=1), talk)
    agent.post(f"/api/v1/customer/{pk}/activities", {"text": "带合同去", "due_on": str(today())})
    remind(app)
    ((leaver,), (heir,)) = (truth("SELECT id FROM staff WHERE username = %s", u)[0] for u in ("bj-agent", "bj-agent2"))
    successor = client("bj-agent2", "en")
    assert len(mine(client("bj-agent"), "contact", talk)) == 1
    assert mine(successor, "contact", talk) == []
    done = truth("SELECT count(*) FROM \"order\" WHERE owner_id = %s AND state = 'done'", leaver)[0][0]
    page = boss.look(f"/users/deactivate/{leaver}").text
    for words in ("Customers", "Needs", "Follow-ups", "Reminders", "Things to do"):
        assert words in page, words
    assert boss.post_form(f"/users/deactivate/{leaver}", heir=str(heir)).status_code == 302
    theirs = api("bj-agent2")
    for url in (f"customer/{pk}", f"contact/{contact}", f"need/{open_need}", f"need/{lost}", f"followup/{talk}"):
        assert theirs.get(f"/api/v1/{url}")["result"]["owner"]["id"] == heir, url
    assert len(mine(successor, "contact", talk)) == 1
    home = text(successor, "/")
    assert "带合同去" in home
    history = text(successor, f"/customer/show/{pk}")
    assert "约好今天再谈" in history and "带合同去" in history
    assert done and truth("SELECT count(*) FROM \"order\" WHERE owner_id = %s AND state = 'done'", leaver) == [(0,)]
    ((by,),) = truth(
        "SELECT s.username FROM audit_entry a JOIN staff s ON s.id = a.created_by WHERE a.model = 'Customer' AND a.record_id = %s "
        "AND a.changes ? 'owner' AND a.reason = 'hand-over'", pk,
    )  # fmt: skip
    assert by == "bj-admin", "the log says who handed over"
    assert client().login("bj-agent").status_code != 302
