"""Records out to a workbook and back in: only what may be read, only what may be set, all or nothing."""

from __future__ import annotations

import io
import re

import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook


@pytest.fixture
def client(client):
    """Their own language wins over the browser's, so it is chosen."""

    def enter(name, lang="zh"):
        person = client(name, lang)
        person.look("/account/password")
        person.post_form("/lang", lang=lang)
        return person

    return enter


def sheet(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def book(rows) -> bytes:
    file = io.BytesIO()
    made = Workbook(file)
    page = made.add_worksheet()
    for n, row in enumerate(rows):
        page.write_row(n, 0, row)
    made.close()
    return file.getvalue()


def send(person, table, data, name="rows.xlsx"):
    person.look(f"/{table}/import")
    file = (io.BytesIO(data), name)
    return person.post(f"/{table}/import", data={"csrf_token": person.token, "file": file}, content_type="multipart/form-data")


def token(answer) -> str:
    found = re.search(r'name="token"[^>]*value="([^"]+)"', answer.get_data(as_text=True))
    return found.group(1) if found else ""


def keep(person, table, data, name="rows.xlsx"):
    tried = send(person, table, data, name)
    assert tried.status_code == 200, tried.get_data(as_text=True)
    return person.post_form(f"/{table}/import", token=token(tried))


def count(truth, table="customer", tenant=2):
    return truth(f'SELECT count(*) FROM "{table}" WHERE tenant_id = %s', tenant)[0][0]


def test_an_export_is_the_list_as_the_actor_may_read_it(client, truth):
    rows = sheet(client("bj-finance", "en").get("/order/export.xlsx"))
    heads = rows[0]
    assert {"Order no.", "Amount", "Cost"} <= set(heads)
    assert len(rows) - 1 == count(truth, "order")
    ((number, amount),) = truth('SELECT number, amount FROM "order" WHERE tenant_id = 2 ORDER BY id LIMIT 1')
    row = next(r for r in rows if r[heads.index("Order no.")] == number)
    assert float(amount) == row[heads.index("Amount")]
    assert count(truth, "audit_entry") >= 1
    ((fields,),) = truth("SELECT changes -> 'rows' FROM audit_entry WHERE action = 'export' ORDER BY id DESC LIMIT 1")
    assert fields == len(rows) - 1


def test_an_export_needs_its_right_and_leaves_hidden_columns_out(client, truth):
    assert client("bj-agent").get("/order/export.xlsx").status_code == 403
    truth(
        "INSERT INTO \"grant\" (tenant_id, version, role, model, target, level, created_at, changed_at) VALUES (2, 1, 'agent', 'Order', 'can:export', 4, now(), now())"  # noqa: E501
    )
    truth("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")
    rows = sheet(client("bj-agent", "en").get("/order/export.xlsx"))
    assert not {"Cost", "Unit cost"} & set(rows[0])
    ((mine,),) = truth("SELECT count(*) FROM \"order\" o JOIN staff s ON s.id = o.owner_id WHERE s.username = 'bj-agent'")
    assert len(rows) - 1 == mine


def test_an_export_obeys_the_filter_and_the_order(client, truth):
    rows = sheet(client("bj-admin", "en").get("/order/export.xlsx?state=done&sort=-amount"))
    at = rows[0].index("Amount")
    amounts = [r[at] for r in rows[1:]]
    assert amounts == sorted(amounts, reverse=True)
    assert len(amounts) == truth("SELECT count(*) FROM \"order\" WHERE tenant_id = 2 AND state = 'done'")[0][0]


def test_masked_numbers_leave_masked(client, truth):
    rows = sheet(client("bj-admin", "en").get("/customer/export.xlsx"))
    at = rows[0].index("Phone")
    assert any(re.fullmatch(r"1\d{10}", r[at]) for r in rows[1:])
    truth("UPDATE \"grant\" SET level = 1 WHERE tenant_id = 2 AND role = 'manager' AND model = 'Customer' AND target = 'private'")
    truth("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")
    rows = sheet(client("bj-manager", "en").get("/customer/export.xlsx"))
    at = rows[0].index("Phone")
    assert all(re.fullmatch(r"\d{3}\*{4}\d{4}|", r[at]) for r in rows[1:])
    assert any(r[at] for r in rows[1:])


def test_nothing_in_an_export_is_a_formula(client, truth):
    truth("UPDATE customer SET remark = '=HYPERLINK(\"http://evil\",\"x\")', contact = '+1+1', address = '@SUM(A1)' WHERE tenant_id = 2")
    answer = client("bj-admin").get("/customer/export.xlsx")
    import zipfile

    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in xml
        assert "<hyperlink" not in xml
    assert any("=HYPERLINK" in str(c) for row in sheet(answer) for c in row)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_exported_can_be_imported_elsewhere(client, truth, lang):
    rows = sheet(client("bj-admin", lang).get("/customer/export.xlsx"))
    there = count(truth, tenant=3)
    assert keep(client("sh-admin", lang), "customer", book(rows)).status_code == 302
    assert count(truth, tenant=3) == there + len(rows) - 1
    ((sealed, whole),) = truth("SELECT phone, phone_hash FROM customer WHERE tenant_id = 3 AND phone IS NOT NULL ORDER BY id DESC LIMIT 1")
    assert whole
    assert not sealed.isdecimal()


@pytest.mark.parametrize("heads", [["Name", "Class", "Phone"], ["name", "level", "phone"], [" NAME * ", "class", "Phone"]])
def test_headings_are_known_by_label_and_by_name(client, truth, heads):
    assert keep(client("bj-admin", "zh"), "customer", book([heads, ["甲乙丙", "VIP", "13800009999"]])).status_code == 302
    assert truth("SELECT level FROM customer WHERE name = '甲乙丙'") == [("vip",)]


def test_a_trial_writes_nothing_and_says_what_is_wrong_with_which_cell(client, truth):
    before = count(truth), truth("SELECT sum(last) FROM counter")
    admin = client("bj-admin", "en")
    page = send(admin, "customer", book([
        ["Name", "Phone", "Class", "Birthday"], ["Good One", "13800009999", "VIP", "1950-01-02"],
        ["", "1380000", "Nobility", "soon"], ["Bad Day", "", "", "2026-02-30"],
    ]))  # fmt: skip
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    for words in ("Needed.", "4 digits short", "Choose one from the list.", "Write a day as"):
        assert words in text, words
    assert 'value="write"' not in text
    assert (count(truth), truth("SELECT sum(last) FROM counter")) == before
    assert send(admin, "customer", book([["Name"], ["Only Tried"]])).status_code == 200
    assert count(truth) == before[0]


def test_one_wrong_row_keeps_all_out_even_one_only_the_database_knows(client, truth):
    ((code,),) = truth("SELECT code FROM store WHERE tenant_id = 2 LIMIT 1")
    before = count(truth, "store")
    rows = [["Code", "Name"], *[[f"N{n}", f"Store {n}"] for n in range(250)], [code, "Twice"]]
    page = send(client("bj-admin", "en"), "store", book(rows))
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert "already one" in text
    assert "252" in text
    assert not re.search(r"psycopg|INSERT INTO|duplicate key", text)
    assert count(truth, "store") == before


def test_links_are_found_by_name_within_reach_and_company(client, truth):
    admin = client("bj-admin", "en")
    ((mine,),) = truth("SELECT name FROM store WHERE tenant_id = 2 ORDER BY id LIMIT 1")
    ((other,),) = truth("SELECT name FROM store WHERE tenant_id = 3 ORDER BY id DESC LIMIT 1")
    assert keep(admin, "store", book([["Code", "Name", "Part of"], ["N1", "Child", mine]])).status_code == 302
    assert truth("SELECT p.name FROM store s JOIN store p ON p.id = s.parent_id WHERE s.code = 'N1'") == [(mine,)]
    page = send(admin, "store", book([["Code", "Name", "Part of"], ["N2", "Child", other]]))
    assert page.status_code == 422
    assert truth("SELECT count(*) FROM store WHERE code = 'N2'") == [(0,)]


def test_an_import_needs_its_right_and_sets_only_what_the_actor_may(client, truth):
    agent = client("bj-agent")
    assert agent.get("/customer/import").status_code == 403
    assert send(agent, "customer", book([["Name"], ["x"]])).status_code == 403
    admin = client("bj-admin", "en")
    for head in ("Nonsense", "tenant_id", "owner_id", "id", "version", "phone_hash", "extra"):
        page = send(admin, "customer", book([["Name", head], ["Somebody", "3"]]))
        assert page.status_code == 422, head
    assert truth("SELECT count(*) FROM customer WHERE name = 'Somebody'") == [(0,)]


def test_what_code_alone_sets_is_passed_over(client, truth):
    admin = client("bj-admin", "en")
    assert keep(admin, "customer", book([["Name", "Owner", "Created"], ["Passed Over", "boss", "2001-01-01 00:00"]])).status_code == 302
    assert truth("SELECT extract(year FROM created_at) > 2001 FROM customer WHERE name = 'Passed Over'") == [(True,)]


@pytest.mark.parametrize(("name", "data"), [
    ("a.xlsx", b""), ("a.xlsx", b"PK\x03\x04 broken"), ("a.xlsx", b"not a workbook"), ("a.csv", b""), ("a.csv", b"\xff\xfe\x00"),
    ("a.xlsx", book([["Name"]])), ("a.csv", b"Name\n"), ("a.xls", b"\xd0\xcf\x11\xe0"),
])  # fmt: skip
def test_a_broken_file_is_refused_in_words(client, truth, name, data):
    page = send(client("bj-admin", "en"), "customer", data, name)
    assert page.status_code in (400, 422)
    assert "Traceback" not in page.get_data(as_text=True)


def test_too_many_rows_are_refused(client, truth):
    data = "Name\n" + "P\n" * 100_001
    page = send(client("bj-admin", "en"), "customer", data.encode(), "many.csv")
    assert page.status_code == 400
    assert "100000" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "data",
    [
        "name,phone\r\n钱一,13800008888\r\n".encode("gb18030"),
        "﻿name;phone\n钱一;13800008888\n".encode(),
        "name\tphone\n钱一\t13800008888".encode(),
    ],
)
def test_a_csv_is_read_however_it_was_saved(client, truth, data):
    assert keep(client("bj-admin"), "customer", data, "a.csv").status_code == 302
    assert truth("SELECT count(*) FROM customer WHERE name = '钱一'") == [(1,)]


def test_a_tried_file_is_the_triers_own(client, truth):
    admin, other = client("bj-admin"), client("sh-admin")
    tried = token(send(admin, "customer", book([["Name"], ["Mine Alone"]])))
    other.look("/customer/import")
    assert other.post_form("/customer/import", token=tried).status_code == 404
    assert truth("SELECT count(*) FROM customer WHERE name = 'Mine Alone'") == [(0,)]


def test_an_import_is_in_the_audit_row_by_row(client, truth):
    assert keep(client("bj-admin"), "customer", book([["Name"], ["One"], ["Two"]])).status_code == 302
    assert truth("SELECT changes -> 'rows' FROM audit_entry WHERE action = 'import'") == [(2,)]
    made = truth("SELECT changes FROM audit_entry WHERE model = 'Customer' AND action = 'create'")
    assert ["name" in changes for (changes,) in made] == [True, True]
