"""Notes on a record and what is to be done about it: who reads, writes, is called, finishes and removes, on every way."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.engine.clock import today
from app.engine.wall import leave
from app.extensions import db
from app.jobs.deliver import sweep
from tests.acting import as_person

pytestmark = pytest.mark.usefixtures("fresh_db", "bare")
DENIED = 403


@pytest.fixture
def bare(truth):
    """Nobody has written anything yet."""
    truth("DELETE FROM record_note")


def first(api, user: str = "bj-agent", table: str = "customer") -> int:
    return api(user).get(f"/api/v1/{table}/", size=1)["result"][0]["id"]


def number(truth, username: str) -> int:
    return truth("SELECT id FROM staff WHERE username = %s", username)[0][0]


def name(truth, username: str) -> str:
    return truth("SELECT name FROM staff WHERE username = %s", username)[0][0]


def leave_note(person, table: str, pk: int, text: str, **more):
    person.look(f"/{table}/show/{pk}")
    return person.post_form(f"/{table}/notes/{pk}", text=text, **more)


def plan(caller, pk: int, text: str, days: int, whose: int | None = None) -> dict:
    sent = {"text": text, "due_on": str(today() + timedelta(days=days)), "for": whose}
    return caller.post(f"/api/v1/customer/{pk}/activities", sent, 201)["result"]


def bells(app, client, user: str) -> list[dict]:
    with app.app_context():
        sweep(2)
    return client(user).get("/bell/", headers={"Accept": "application/json"}).json["result"]


def test_a_note_stands_in_the_timeline_newest_first_among_the_changes(client, api):
    agent, pk = client("bj-agent", "zh"), first(api)
    assert leave_note(agent, "customer", pk, "第一条：家里有狗").status_code == 302
    api("bj-agent").put(f"/api/v1/customer/{pk}", {"diet": "不吃辣"})
    assert leave_note(agent, "customer", pk, "第二条：<b>周二</b>打电话").status_code == 302
    page = client("bj-manager", "zh").get(f"/customer/show/{pk}").text
    assert page.index("第二条") < page.index("<ins>不吃辣") < page.index("第一条")
    assert "<b>周二</b>" not in page
    assert [n["text"][:3] for n in api("bj-manager").get(f"/api/v1/customer/{pk}/notes")["result"]] == ["第二条", "第一条"]
    assert "wrote a note" in client("bj-admin", "en").get("/trail/").text


def test_nobody_else_reads_a_word(client, api, truth):
    """A colleague's customer, another company, a role that sees the customer and not the notes, and an id under another record."""
    agent, pk = client("bj-agent"), first(api)
    leave_note(agent, "customer", pk, "只给同店看的话", due_on=str(today()))
    ((note,),) = truth("SELECT id FROM record_note")
    for user in ("bj-agent2", "sh-admin", "sh-agent"):
        person, caller = client(user), api(user)
        for url in (f"/customer/notes/{pk}", f"/customer/show/{pk}"):
            answer = person.get(url)
            assert answer.status_code == 404 and "只给同店看的话" not in answer.text, (user, url)
        caller.get(f"/api/v1/customer/{pk}/notes", 404)
        caller.get(f"/api/v1/customer/{pk}/activities", 404)
    other = first(api, "bj-agent2")
    stranger = api("bj-agent2")
    assert stranger.call("PUT", f"/api/v1/customer/{other}/activities/{note}", 404, json={"done": True})
    assert stranger.call("DELETE", f"/api/v1/customer/{other}/notes/{note}", 404)
    finance = client("bj-finance")
    shown = finance.look(f"/customer/show/{pk}")
    assert shown.status_code == 200 and "只给同店看的话" not in shown.text and "note-form" not in shown.text
    assert finance.get(f"/customer/notes/{pk}").status_code == DENIED
    assert finance.post_form(f"/customer/notes/{pk}", text="x").status_code == DENIED
    assert api("bj-finance").call("POST", f"/api/v1/customer/{pk}/notes", DENIED, json={"text": "x"})
    assert "/api/v1/customer/{pk}/notes" not in api("bj-finance").get("/api/v1/openapi.json")["paths"]
    assert "post" in api("bj-agent").get("/api/v1/openapi.json")["paths"]["/api/v1/customer/{pk}/activities"]
    assert truth("SELECT count(*) FROM record_note") == [(1,)]


def test_reading_is_not_adding_and_adding_is_not_removing(client, api, truth):
    agent, pk = client("bj-agent"), first(api)
    leave_note(agent, "customer", pk, "读的人只能读")
    ((note,),) = truth("SELECT id FROM record_note")
    for level, add, end in ((2, DENIED, DENIED), (3, 201, DENIED), (4, 201, 200)):
        truth("UPDATE \"grant\" SET level = %s WHERE role = 'manager' AND model = 'Customer' AND target = 'notes'", level)
        truth("UPDATE stamp SET changes = changes + 1")
        caller = api("bj-manager")
        assert "读的人只能读" in str(caller.get(f"/api/v1/customer/{pk}/notes"))
        caller.call("POST", f"/api/v1/customer/{pk}/notes", add, json={"text": "加一条"})
        caller.call("DELETE", f"/api/v1/customer/{pk}/notes/{note}", end)
    assert "读的人只能读" not in str(api("bj-agent").get(f"/api/v1/customer/{pk}/notes"))
    assert "removed a note" in client("bj-agent", "en").get(f"/customer/show/{pk}").text
    truth("UPDATE \"grant\" SET level = 0 WHERE role = 'manager' AND model = 'Customer' AND target = 'notes'")
    truth("UPDATE stamp SET changes = changes + 1")
    api("bj-manager").get(f"/api/v1/customer/{pk}/notes", DENIED)
    truth("UPDATE \"grant\" SET level = 2 WHERE role = 'manager' AND model = 'Customer' AND target = 'notes'")


def test_the_matrix_gives_and_takes_notes(client, api):
    admin, pk = client("bj-admin"), first(api)
    page = admin.look("/rights/?model=customer").text
    assert 'name="cell:dispatcher:notes"' in page
    api("bj-dispatch").call("POST", f"/api/v1/customer/{pk}/notes", DENIED, json={"text": "x"})
    assert admin.post_form("/rights/?model=customer", model="customer", **{"cell:dispatcher:notes": "3"}).status_code == 302
    assert api("bj-dispatch").post(f"/api/v1/customer/{pk}/notes", {"text": "现在可以写了"}, 201)
    assert admin.post_form("/rights/?model=customer", model="customer", **{"cell:dispatcher:notes": "1"}).status_code == 400


def test_notes_are_shared_like_any_part(client, api, truth):
    agent, pk = client("bj-agent"), first(api)
    leave_note(agent, "customer", pk, "共享出去的备注")
    agent.look(f"/customer/show/{pk}")
    data = {"csrf_token": agent.token, "to": str(number(truth, "bj-agent2")), "targets": ["notes"], "level": "read"}
    assert agent.post(f"/customer/shares/{pk}", data=data, headers={"Accept": "application/json"}).status_code == 201
    helper = api("bj-agent2")
    assert "共享出去的备注" in str(helper.get(f"/api/v1/customer/{pk}/notes"))
    helper.call("POST", f"/api/v1/customer/{pk}/notes", DENIED, json={"text": "x"})


@pytest.mark.parametrize("text", ["", "   ", "长" * 4001, "卡号 6222 0212 3456 7890 128"])
def test_what_is_no_note_is_refused(api, text):
    pk = first(api)
    api("bj-agent").post(f"/api/v1/customer/{pk}/notes", {"text": text}, 400)
    assert api("bj-agent").get(f"/api/v1/customer/{pk}/notes")["result"] == []


def test_a_mention_rings_those_who_may_read_it_and_nobody_else(app, client, api, truth):
    agent, pk = client("bj-agent", "en"), first(api)
    manager, stranger, finance = (name(truth, u) for u in ("bj-manager", "bj-agent2", "bj-finance"))
    assert leave_note(agent, "customer", pk, f"@{manager} 请看一下，@{stranger} 也许知道，还有 @{finance}").status_code == 302
    told = agent.look(f"/customer/show/{pk}").text
    assert stranger in told and finance in told and "Not told" in told
    (rung,) = [b for b in bells(app, client, "bj-manager") if "请看" not in b["title"] and b["url"] == f"/customer/show/{pk}"]
    assert name(truth, "bj-agent") in rung["title"]
    assert "请看" not in rung["title"] + rung["text"]
    for user in ("bj-agent2", "bj-finance", "bj-agent"):
        assert not [b for b in bells(app, client, user) if b["url"] == f"/customer/show/{pk}"], user
    ((kept,),) = truth("SELECT mentions FROM record_note")
    assert kept == [number(truth, "bj-manager")]


def test_a_right_that_is_taken_before_the_bell_rings_silences_it(app, client, api, truth):
    pk = first(api)
    api("bj-agent").post(f"/api/v1/customer/{pk}/notes", {"text": f"@{name(truth, 'bj-manager')} 看看"}, 201)
    truth("UPDATE \"grant\" SET level = 0 WHERE role = 'manager' AND model = 'Customer' AND target = 'notes'")
    truth("UPDATE stamp SET changes = changes + 1")
    assert not [b for b in bells(app, client, "bj-manager") if b["url"] == f"/customer/show/{pk}"]


def test_something_to_do_is_given_stands_on_the_home_page_and_is_done_with_one_click(app, client, api, truth):
    pk, caller = first(api), api("bj-agent")
    manager = number(truth, "bj-manager")
    made = plan(caller, pk, "回访家属", 0, manager)
    assert (made["done"], made["for"]["id"], made["due_on"]) == (False, manager, str(today()))
    late = plan(caller, pk, "补签合同", -2, manager)
    plan(caller, pk, "很久以后", 30, manager)
    plan(caller, pk, "我自己的", 1)
    assert [b["url"] for b in bells(app, client, "bj-manager")][:1] == [f"/customer/show/{pk}"]
    person = client("bj-manager", "en")
    home = person.look("/").text
    assert home.index("补签合同") < home.index("回访家属")
    assert "Past due" in home and "很久以后" not in home and "我自己的" not in home
    assert "我自己的" in client("bj-agent").get("/").text
    assert person.post_form(f"/customer/note/{pk}/{late['id']}/done", back="home").headers["Location"] == "/"
    assert "补签合同" not in person.look("/").text
    shown = person.look(f"/customer/show/{pk}").text
    assert "补签合同" in shown and "Not done" in shown
    assert person.post_form(f"/customer/note/{pk}/{late['id']}/open").status_code == 302
    assert "补签合同" in person.get("/").text
    assert api("bj-manager").put(f"/api/v1/customer/{pk}/activities/{made['id']}", {"done": True})["result"]["done"] is True
    api("bj-manager").put(f"/api/v1/customer/{pk}/activities/{made['id']}", {"done": "yes"}, 400)


def test_the_home_page_forgets_what_one_may_no_longer_see(client, api, truth):
    pk, caller = first(api), api("bj-agent")
    sent = {"text": "给店长的事", "due_on": str(today()), "for": number(truth, "bj-manager")}
    caller.post(f"/api/v1/customer/{pk}/activities", sent, 201)
    assert "给店长的事" in client("bj-manager").get("/").text
    truth("UPDATE \"grant\" SET level = 0 WHERE role = 'manager' AND model = 'Customer' AND target = 'notes'")
    truth("UPDATE stamp SET changes = changes + 1")
    assert "给店长的事" not in client("bj-manager").get("/").text


def test_nothing_is_given_to_whoever_may_not_see_it(api, truth):
    pk, caller = first(api), api("bj-agent")
    for user in ("bj-agent2", "bj-finance", "sh-agent"):
        sent = {"text": "x", "due_on": str(today()), "for": number(truth, user)}
        caller.post(f"/api/v1/customer/{pk}/activities", sent, 400)
    caller.post(f"/api/v1/customer/{pk}/activities", {"text": "x", "for": number(truth, "bj-manager")}, 400)
    caller.post(f"/api/v1/customer/{pk}/activities", {"text": "x", "due_on": "soon"}, 400)
    assert truth("SELECT count(*) FROM record_note") == [(0,)]


def test_whoever_reads_alone_finishes_only_what_is_theirs(api, truth):
    pk, caller = first(api, "bj-dispatch"), api("bj-manager")
    mine, theirs = (plan(caller, pk, "x", 0, number(truth, user))["id"] for user in ("bj-dispatch", "bj-manager"))
    reader = api("bj-dispatch")  # reads notes of customers, and adds none
    reader.put(f"/api/v1/customer/{pk}/activities/{mine}", {"done": True}, 200)
    reader.put(f"/api/v1/customer/{pk}/activities/{theirs}", {"done": True}, DENIED)


def test_head_office_reads_and_writes_nothing(api, truth):
    pk = first(api, "hq")
    api("hq").get(f"/api/v1/customer/{pk}/notes", 200)
    api("hq").call("POST", f"/api/v1/customer/{pk}/notes", 404, json={"text": "x"})
    assert truth("SELECT count(*) FROM record_note") == [(0,)]


def test_a_page_with_notes_costs_one_question_more(client, api, count_queries):
    person, pk, caller = client("bj-agent"), first(api), api("bj-agent")
    person.get(f"/customer/show/{pk}")
    with count_queries() as none:
        person.get(f"/customer/show/{pk}")
    for n in range(12):
        caller.post(f"/api/v1/customer/{pk}/notes", {"text": f"第 {n} 条"}, 201)
        caller.post(f"/api/v1/customer/{pk}/activities", {"text": f"第 {n} 件", "due_on": str(today())}, 201)
    with count_queries() as many:
        person.get(f"/customer/show/{pk}")
    assert many.count <= none.count, "\n".join(many)
    assert sum("record_note" in s for s in many) == 1
    with count_queries() as home:
        person.get("/")
    assert sum("record_note" in s for s in home) == 1
    assert home.count <= 10, "\n".join(home)


def test_notes_go_out_with_the_customers_copy_and_are_forgotten_with_them(app, client, api, truth):
    with app.app_context():
        with as_person(db.session, "bj-admin"):
            from app.models.customer import Customer

            made = Customer(name="冯要走", phone="14266660091")
            db.session.add(made)
            db.session.commit()
            pk = db.session.scalars(select(Customer.id).where(Customer.name == "冯要走")).one()
        leave(db.session)
    caller = api("bj-admin")
    caller.post(f"/api/v1/customer/{pk}/notes", {"text": f"女儿住在隔壁 @{name(truth, 'bj-manager')}"}, 201)
    gone = caller.post(f"/api/v1/customer/{pk}/notes", {"text": "写错了的话"}, 201)["result"]["id"]
    caller.delete(f"/api/v1/customer/{pk}/notes/{gone}")
    bells(app, client, "bj-manager")
    asked = caller.post("/api/v1/privacy_ticket/", {"customer": pk, "kind": "export"})["id"]
    caller.post(f"/api/v1/privacy_ticket/{asked}/approve")
    caller.post(f"/api/v1/privacy_ticket/{asked}/export")
    (file,) = caller.get(f"/api/v1/privacy_ticket/{asked}/files")["result"]
    with zipfile.ZipFile(io.BytesIO(client("bj-admin").get(file["url"], buffered=True).data)) as packed:
        book = CalamineWorkbook.from_filelike(io.BytesIO(packed.read("data.xlsx")))
    notes = str([r for n in book.sheet_names[-1:] for r in book.get_sheet_by_name(n).to_python()])
    assert "女儿住在隔壁" in notes and "写错了的话" not in notes
    ticket = caller.post("/api/v1/privacy_ticket/", {"customer": pk, "kind": "erase"})
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/approve")
    caller.post(f"/api/v1/privacy_ticket/{ticket['id']}/erase", {"confirm": ticket["result"]["number"]})
    assert truth("SELECT count(*) FROM record_note WHERE text LIKE '%%女儿%%' OR text LIKE '%%写错%%' OR mentions IS NOT NULL") == [(0,)]
    assert truth("SELECT count(*) FROM message WHERE url = %s", f"/customer/show/{pk}") == [(0,)]
