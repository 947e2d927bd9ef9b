"""Files in and out by REST, what a spreadsheet spoilt and was put right, and that rows in bulk are rows like all others."""

from __future__ import annotations

import io
import json
import re

import pytest
from sqlalchemy import select

from app.engine import intake
from tests.test_exchange import book, count, keep, send, sheet, token
from tests.test_import import shown, work
from tests.test_tokens import made as made_token
from tests.test_tokens import program  # noqa: F401  # a fixture

IMPORT, EXPORT = "/api/v1/customer/import", "/api/v1/customer/export"


def file(rows, name="rows.xlsx"):
    return (io.BytesIO(book(rows)), name)


def bring(caller, rows, status=None, url=IMPORT, key="", **sent):
    headers = {"Idempotency-Key": key} if key else {}
    return caller.call("POST", url, status, data={"file": file(rows), **sent}, headers=headers, content_type="multipart/form-data")


def clear(truth, **words) -> None:
    """Hold a role's field group to a level, or give it a right."""
    for word, (role, model, level) in words.items():
        target = word.replace("can_", "can:")
        truth('DELETE FROM "grant" WHERE tenant_id = 2 AND role = %s AND model = %s AND target = %s', role, model, target)
        truth(
            'INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at) '
            "VALUES (2, 1, %s, %s, %s, %s, now(), now())", role, model, target, level,
        )  # fmt: skip
    truth("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")


@pytest.mark.feature("CUS-19")
def test_a_program_tries_writes_and_takes_back(api, truth):
    admin, before = api("bj-admin"), count(truth)
    rows = [["Name", "Phone", "Birthday"], ["Api One", "13700001234", "1950-01-02"], ["Api Two", "1370000", "2026-02-30"]]
    told = bring(admin, rows, 422)
    assert "2 cells are wrong" in told["message"]
    assert [(f["row"], f["column"]) for f in told["result"]["faults"]] == [(3, "B"), (3, "C")]
    assert told["result"]["faults"][0]["text"] == "1370000" and "4 digits short" in told["result"]["faults"][0]["message"]
    rows[2] = ["Api Two", "13700004321", ""]
    tried = bring(admin, rows, 200, dry_run="true")["result"]
    assert (tried["state"], tried["rows"], tried["made"], tried["faults"], count(truth)) == ("tried", 2, 2, [], before)
    assert tried["columns"] == {"A": "name", "B": "phone", "C": "birthday"}
    url = f"{IMPORT}/{tried['id']}"
    assert admin.get(url)["result"]["state"] == "tried"
    assert admin.post(url, {"do": "write"}, 201)["result"]["state"] == "written"
    assert count(truth) == before + 2
    assert admin.post(url, {"do": "write"}, 409)
    assert api("sh-admin").get(url, 404) and api("sh-admin").post(url, {"do": "undo"}, 404)
    assert "2 rows were removed" in admin.post(url, {"do": "undo"}, 200)["result"]["words"][0]
    assert count(truth) == before and admin.get(url)["result"]["state"] == "undone"


@pytest.mark.feature("CUS-19")
def test_the_same_request_is_the_same_import(api, truth):
    admin, before = api("bj-admin"), count(truth)
    rows = [["Name"], ["Sent Once"]]
    first = bring(admin, rows, 201, key="batch-7")["result"]
    again = bring(admin, rows, 200, key="batch-7")["result"]
    assert (first["id"], first["made"], again["state"]) == (again["id"], 1, "written")
    assert count(truth) == before + 1
    assert bring(admin, rows, 201, key="batch-8")["result"]["id"] != first["id"]
    assert bring(api("bj-agent"), rows, 403, key="batch-7")


def test_a_program_says_which_column_is_what_and_how_rows_find_their_records(api, truth):
    admin = api("bj-admin")
    bring(admin, [["Name", "Phone", "City"], ["Ann", "13711110001", "Here"]], 201)
    rows = [["Who", "Mobile", "City", "Points"], ["Ann", "13711110001", "There", "7"], ["Bea", "13711110002", "There", "8"]]
    columns = json.dumps({"Who": "name", "Mobile": "phone", "Points": ""})
    assert bring(admin, rows, 422, columns="{}")["result"]["faults"][0]["row"] == 1, "nobody knows these headings"
    told = bring(admin, rows, 422, columns=columns, mode="update", match="phone")
    assert "There is no such record" in told["result"]["faults"][0]["message"]
    told = bring(admin, rows, 201, columns=columns, mode="both", match="phone")["result"]
    assert (told["made"], told["changed"]) == (1, 1)
    assert truth("SELECT name, city FROM customer WHERE name IN ('Ann', 'Bea') ORDER BY name") == [("Ann", "There"), ("Bea", "There")]
    for wrong in ({"columns": "[]"}, {"columns": '{"Who": "tenant_id"}'}, {"mode": "replace"}, {"mode": "both", "match": "remark"}):
        assert bring(admin, rows, 400, **wrong)


def test_what_is_chosen_together_with_the_last_button_counts(client, truth):
    admin = client("bj-admin", "en")
    assert keep(admin, "customer", book([["Name", "Phone", "City"], ["Ann", "13711110001", "Here"]])).status_code == 302
    run = token(send(admin, "customer", book([["Name", "Phone", "City"], ["Ann", "13711110001", "There"]])))
    admin.post_form("/customer/import", token=run, do="write", mode="update", match="phone")
    assert truth("SELECT city FROM customer WHERE name = 'Ann'") == [("There",)]


def test_a_record_is_no_duplicate_of_itself(api, truth):
    admin, number = api("bj-admin"), "11010119900307803X"
    bring(admin, [["Name", "ID number"], ["Only Me", number]], 201)
    told = bring(admin, [["Name", "ID number", "City"], ["Only Me", number, "There"]], 201, mode="update", match="name")["result"]
    assert told["changed"] == 1 and truth("SELECT city FROM customer WHERE name = 'Only Me'") == [("There",)]
    assert "already kept with Only Me" in str(bring(admin, [["Name", "ID number"], ["Other", number]], 422))


def test_many_rows_are_a_task_that_the_same_address_tells_of(app, api, truth, monkeypatch):
    from app.web import transfer

    monkeypatch.setattr(transfer, "TRIED_AT_ONCE", 1)
    admin, before = api("bj-admin"), count(truth)
    told = bring(admin, [["Name", "Phone"], ["Slow One", "13700001111.0"], ["Slow Two", "13700002222"]], 202)["result"]
    assert told["task"]["open"] and count(truth) == before
    url = f"{IMPORT}/{told['id']}"
    assert admin.get(url, 202)["result"]["task"]["state"] == "waiting"
    work(app, truth)
    told = admin.get(url, 200)["result"]
    assert (told["state"], told["made"], told["repaired"]) == ("written", 2, {"Phone": 1}) and count(truth) == before + 2
    ((result,),) = truth("SELECT result FROM task ORDER BY id DESC LIMIT 1")
    assert result["repaired"] == {"Phone": 1} and "1 cells were put right: Phone 1." in result["words"]
    assert "13700001111" not in json.dumps(result), "numbers stay out of the task"


@pytest.mark.feature("PRV-02")
def test_a_token_goes_as_far_as_its_scopes(client, program, truth):  # noqa: F811
    admin = client("bj-admin", "en")
    reads, writes = (program(made_token(admin, roles="admin", scopes=f"customer:{verb}")) for verb in ("read", "write"))
    sent = lambda: {"data": {"file": file([["Name"], ["By Token"]])}, "content_type": "multipart/form-data"}  # noqa: E731
    assert reads.call(IMPORT, "POST", **sent()).status_code == 403
    assert reads.call(f"{EXPORT}?level=vip").status_code == 200
    assert reads.call("/api/v1/order/export").status_code == 403
    answer = writes.call(IMPORT, "POST", **sent())
    assert answer.status_code == 201 and answer.headers["Location"] == f"{IMPORT}/{answer.json['result']['id']}"
    assert truth("SELECT count(*) FROM customer WHERE name = 'By Token'") == [(1,)]


@pytest.mark.feature("CUS-20")
def test_an_export_by_rest_has_the_rows_of_the_question(api, truth):
    admin = api("bj-admin")
    ask = {"level": "vip", "sort": "name", "cols": "name,level,phone"}
    answer = admin.client.get(EXPORT, query_string=ask, headers=admin.headers | {"Accept-Language": "en"})
    assert answer.mimetype == "text/csv"
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Class,Phone"
    assert len(lines) - 1 == truth("SELECT count(*) FROM customer WHERE tenant_id = 2 AND level = 'vip'")[0][0] > 0
    assert {line.split(",")[1] for line in lines[1:]} == {"VIP"}
    rows = sheet(admin.client.get(EXPORT, query_string=ask | {"format": "xlsx"}, headers=admin.headers | {"Accept-Language": "en"}))
    assert [r[0] for r in rows] == [line.split(",")[0] for line in lines]
    admin.get(EXPORT, 400, format="pdf")
    admin.get(EXPORT, 403, cols="name,phone_hash")
    admin.get(EXPORT, 403, nonsense="1")
    api("bj-agent").get(EXPORT, 403)
    assert truth("SELECT count(*) FROM audit_entry WHERE action = 'export' AND model = 'Customer'")[0][0] >= 2


@pytest.mark.feature("CON-09")
def test_a_long_export_by_rest_waits_and_has_the_whole_question(app, api, truth, monkeypatch):
    """A tree of conditions goes along to the worker: never more rows than were asked for."""
    from app.web import transfer

    monkeypatch.setattr(transfer, "AT_ONCE", 1)
    admin = api("bj-admin")
    ask = {"where": "(or(level.eq.vip,level.eq.past))", "cols": "name,level"}
    answer = admin.client.get(EXPORT, query_string=ask, headers=admin.headers)
    assert answer.status_code == 202
    url = answer.headers["Location"]
    assert admin.get(url, 202)["result"]["open"]
    api("bj-manager").get(url, 404)
    work(app, truth)
    lines = admin.client.get(url, headers=admin.headers).data.decode("utf-8-sig").splitlines()
    there = "SELECT count(*) FROM customer WHERE tenant_id = 2"
    assert len(lines) - 1 == truth(f"{there} AND level IN ('vip', 'past')")[0][0] < truth(there)[0][0]
    assert all(len(line.split(",")) == 2 for line in lines)


@pytest.mark.feature("CUS-19")
def test_what_was_put_right_is_listed_cell_by_cell(client, api, truth):
    admin = client("bj-admin", "en")
    rows = [["Name", "Phone", "Birthday"], ["Re One", "13700001111.0", 18264], ["Re Two", "1.3700002222E+10", "2026/1/2"]]
    rows.append(["Re Three", "13700003333", ""])
    page = send(admin, "customer", book(rows))
    text = shown(page)
    assert page.status_code == 200 and "4 cells were put right: Phone 2, Birthday 2." in text
    for repair in ("13700001111.0 → 13700001111", "1.3700002222E+10 → 13700002222", "18264 → 1950-01-01", "2026/1/2 → 2026-01-02"):
        assert repair in text, repair
    assert "13700003333 →" not in text
    done = admin.post_form("/customer/import", token=token(page), do="write", follow=True)
    assert "13700001111.0 → 13700001111" in shown(done), "it stays told when it is written"
    told = bring(api("bj-admin"), rows, 200, dry_run="1")["result"]
    assert told["repaired"] == {"Phone": 2, "Birthday": 2}
    assert told["repairs"][0] == {"row": 2, "column": "B", "label": "Phone", "was": "13700001111.0", "read": "13700001111"}


def test_what_was_put_right_is_masked_for_whoever_sees_it_so(client, truth):
    """A number that only finds the record is not the actor's to read."""
    clear(truth, private=("manager", "Customer", 1), can_import=("manager", "Customer", 4))
    ((name, store),) = truth("SELECT s.name, s.store_id FROM staff s WHERE s.username = 'bj-manager'")
    admin = client("bj-admin", "en")
    assert keep(admin, "customer", book([["Name", "Phone"], ["Found Me", "13700007777"]])).status_code == 302
    truth("UPDATE customer SET store_id = %s WHERE name = 'Found Me'", store)
    manager = client("bj-manager", "en")
    run = token(send(manager, "customer", book([["Phone", "City"], ["13700007777.0", "There"]])))
    text = shown(manager.post_form("/customer/import", token=run, do="try", mode="update", match="phone"))
    assert "1 cells were put right" in text
    found = re.search(r"<li>Row 2, Phone: ([^<]+) → ([^<]+)</li>", text)
    assert found and found[2] == "137****7777" and "13700007777" not in found[1], name


def test_rows_in_bulk_leave_what_a_form_leaves(app, api, truth):
    """The same person by a form and by a file: the same columns, hashes and trail, under the same seals."""
    from app.engine.audit import AuditEntry
    from app.engine.chain import verify
    from app.engine.shroud import open_all
    from app.extensions import db
    from app.jobs.sealing import seal_all
    from tests.acting import as_program

    admin = api("bj-admin")
    values = {"name": "王小同", "phone": "13700006666", "birthday": "1950-01-02", "level": "vip", "city": "北京", "remark": "note"}
    form = admin.post("/api/v1/customer/", values, 201)["id"]
    bring(admin, [list(values), list(values.values())], 201)
    ((pk,),) = truth("SELECT max(id) FROM customer WHERE name = '王小同'")
    assert pk != form
    row = "SELECT to_jsonb(c) FROM customer c WHERE id = %s"
    one, other = (truth(row, n)[0][0] for n in (form, pk))
    apart = {n for n in one if one[n] != other[n]}
    assert apart == {"id", "phone", "created_at", "changed_at"}, "sealed anew, and later"
    entry = "SELECT to_jsonb(a) FROM audit_entry a WHERE model = 'Customer' AND action = 'create' AND record_id = %s"
    one, other = (truth(entry, n)[0][0] for n in (form, pk))
    assert {n for n in one if one[n] != other[n]} == {"id", "record_id", "created_at", "changed_at", "changes"}
    assert set(one["changes"]) == set(other["changes"])
    for name, (was, now) in one["changes"].items():
        closed = str(now).startswith("~")
        assert other["changes"][name][0] is was is None
        assert str(other["changes"][name][1]).startswith("~") if closed else other["changes"][name][1] == now, name
    assert admin.get("/api/v1/customer/", phone="13700006666")["count"] == 2
    with app.app_context():
        seal_all()
    with app.app_context(), as_program(db.session):
        assert verify(db.session).whole
        about = AuditEntry.model == "Customer", AuditEntry.record_id == pk
        (told,) = open_all(db.session, list(db.session.scalars(select(AuditEntry).where(*about))))
        assert told.changes["pinyin"] == [None, "wangxiaotong"] and told.changes["birthday"] == [None, "1950-01-02"]
        assert told.changes["phone"] == [None, "***"]
        db.session.remove()


def test_declarations_decide_which_types_go_in_bulk(app, api, truth):
    from app.models.contract import Contract
    from app.models.customer import Customer
    from app.models.order import Order
    from app.models.worker import Worker

    assert intake.plain(Customer) and intake.plain(Worker)
    assert not intake.plain(Order) and not intake.plain(Contract), "they number themselves, and their days depend on each other"
    admin = api("bj-admin")
    ((customer, service),) = truth(
        "SELECT c.name, s.name FROM customer c, service s WHERE c.tenant_id = 2 AND s.tenant_id = 2 "
        "AND (SELECT count(*) FROM customer d WHERE d.tenant_id = 2 AND d.name = c.name) = 1 ORDER BY c.id, s.id LIMIT 1"
    )
    table = Contract.__tablename__
    rows = [["Customer", "Service", "Valid from", "Valid until"], [customer, service, "2031-05-01", "2031-04-01"]]
    told = bring(admin, rows, 422, url=f"/api/v1/{table}/import")
    assert [(f["row"], f["column"], f["message"]) for f in told["result"]["faults"]] == [(2, "D", "The end must come after the start.")]
    rows[1][3] = "2031-06-01"
    assert bring(admin, rows, 201, url=f"/api/v1/{table}/import")["result"]["made"] == 1


def test_a_spelling_that_was_given_stands(api, truth):
    bring(api("bj-admin"), [["Pinyin", "Name"], ["shanxiongxin", "单雄信"], ["", "王小明"]], 201)
    there = "SELECT name, pinyin FROM customer WHERE name IN ('单雄信', '王小明') ORDER BY id DESC LIMIT 2"
    assert truth(there) == [("王小明", "wangxiaoming"), ("单雄信", "shanxiongxin")]


def test_fields_added_as_data_come_in_with_the_rest(api, truth):
    truth(
        'INSERT INTO custom_field (tenant_id, version, model, label, "group", kind, archived, created_at, changed_at) '
        "VALUES (2, 1, 'Customer', 'Shoe size', 'basic', 'whole', false, now(), now())"
    )
    clear(truth)
    told = bring(api("bj-admin"), [["Name", "Shoe size"], ["Big Foot", "47"], ["No Foot", ""]], 201)["result"]
    assert told["made"] == 2
    assert truth("SELECT extra FROM customer WHERE name = 'No Foot'") == [(None,)]
    ((extra,),) = truth("SELECT extra FROM customer WHERE name = 'Big Foot'")
    assert list(extra.values()) == ["47"]


@pytest.mark.parametrize("wrong", [1, 700, 1500])
def test_one_row_that_only_the_database_refuses_is_found_among_many(app, client, truth, wrong):
    """Halves are tried until the row is alone; the others are not to blame."""
    ((code,),) = truth("SELECT code FROM store WHERE tenant_id = 2 LIMIT 1")
    rows = [["Code", "Name"], *[[f"H{n}", f"Store {n}"] for n in range(1, 1501)]]
    rows[wrong][0] = code
    before, admin = count(truth, "store"), client("bj-admin", "en")
    answer = send(admin, "store", book(rows))
    work(app, truth)
    page = shown(admin.get(answer.location))
    assert "1 cells are wrong" in page
    run = re.search(r"/store/import/(\d+)", page)[1]
    assert f">{wrong + 1}</td>" in shown(admin.get(f"/store/import/{run}"))
    assert count(truth, "store") == before


@pytest.mark.feature("CON-09")
def test_the_interface_is_described(api):
    paths = api("bj-admin").get("/api/v1/openapi.json")["paths"]
    assert {"post"} == set(paths[IMPORT]) and "get" in paths[EXPORT]
    form = paths[IMPORT]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert {"file", "mode", "match", "dry_run", "columns"} == set(form) and "phone" in form["match"]["enum"]
    assert {"csv", "xlsx"} == set(next(p for p in paths[EXPORT]["get"]["parameters"] if p["name"] == "format")["schema"]["enum"])
    paths = api("bj-agent").get("/api/v1/openapi.json")["paths"]
    assert IMPORT not in paths and EXPORT not in paths
