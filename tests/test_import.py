"""Files in and out as people meet them: columns mapped, errors mended on the page, duplicates told, undone, sent by mail."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook

from tests.acting import as_person
from tests.delivering import deliver
from tests.test_exchange import book, count, send, sheet, token

SPOILT = [  # kind of column, what the sheet made of it, what is kept or why not
    ("Phone", "13900001111.0", "13900001111"), ("Phone", 13900001111, "13900001111"), ("Phone", "1.3900001111E+10", "13900001111"),
    ("Phone", "1.39E+10", "the rest is lost"), ("Birthday", 18264, "1950-01-01"), ("Birthday", "2026/1/2", "2026-01-02"),
    ("Birthday", "20260102", "2026-01-02"), ("Birthday", "2026年1月2日", "2026-01-02"), ("Birthday", "1月2日", "The year is missing"),
    ("Birthday", "1/2/2026", "either way round"), ("ID number", 110101199003070000, "only 15 digits"),
    ("ID number", "110101199003070000", "only 15 digits"), ("ID number", "1.10101E+17", "only 15 digits"),
]  # fmt: skip


@pytest.fixture
def client(client):
    """Their own language wins over the browser's, so it is chosen."""

    def enter(name, lang="zh"):
        person = client(name, lang)
        person.look("/account/password")
        person.post_form("/lang", lang=lang)
        return person

    return enter


def shown(answer) -> str:
    return answer.get_data(as_text=True)


def work(app, truth, tenant=2):
    """Do what waits, as the worker does."""
    from app.jobs.tasks import run

    for (pk,) in truth("SELECT id FROM task WHERE state = 'waiting' ORDER BY id"):
        with app.app_context():
            run(tenant, pk)


@pytest.mark.feature("CUS-19")
def test_a_file_is_tried_mapped_mended_written_and_taken_back(client, truth):
    """As somebody who comes from another system: own headings, a wrong cell, a phone that is there already."""
    admin, before = client("bj-admin", "en"), count(truth)
    page = send(admin, "customer", book([["Name", "Phone", "Birthday"], ["Old Friend", "13700001234", ""]]))
    assert admin.post_form("/customer/import", token=token(page), do="write").status_code == 302
    page = send(admin, "customer", book([
        ["Client", "Mobile", "Born", "Points"], ["Fine One", "13700009999", "1950-01-02", "7"], ["Twin", "13700001234", "1951-02-03", "8"],
        ["Wrong", "1370000", "1952-02-30", "9"],
    ]))  # fmt: skip
    assert page.status_code == 422, "nobody knows these headings"
    run = token(page)
    words = {"map:0": "name", "map:1": "phone", "map:2": "birthday", "map:3": "", "mode": "insert", "match": ""}
    page = admin.post_form("/customer/import", token=run, do="try", **words)
    text = shown(page)
    assert page.status_code == 422
    assert "4 digits short" in text and "Write a day as" in text
    assert set(re.findall(r'name="(cell:[^"]+)"', text)) == {"cell:4.1", "cell:4.2"}, "the cells that are wrong, and no others"
    assert "13700001234" in text and "already kept with Old Friend" in text, "a duplicate by phone is told"
    assert count(truth) == before + 1, "nothing is written"
    marked = sheet(admin.get(f"/customer/import/{run}/errors.xlsx"))
    assert marked == [["Client", "Mobile", "Born", "Points"], ["Wrong", "1370000", "1952-02-30", "9"]]
    page = admin.post_form("/customer/import", token=run, do="try", **{"cell:4.1": "13700005555", "cell:4.2": "1952-02-03"})
    assert page.status_code == 200, shown(page)
    assert admin.post_form("/customer/import", token=run, do="write").status_code == 302
    assert count(truth) == before + 4
    assert truth("SELECT birthday FROM customer WHERE name = 'Wrong'") == [(date(1952, 2, 3),)]
    assert admin.post_form("/customer/import", token=run, do="write").status_code == 400, "twice is once"
    truth("UPDATE customer SET remark = 'called', version = version + 1 WHERE name = 'Twin'")
    answer = admin.post_form("/customer/import", token=run, do="undo", follow=True)
    assert "2 rows were removed" in shown(answer) and "It was changed since." in shown(answer)
    assert truth("SELECT name FROM customer WHERE name IN ('Fine One', 'Twin', 'Wrong')") == [("Twin",)]
    assert admin.post_form("/customer/import", token=run, do="undo").status_code == 400
    page = send(admin, "customer", book([["Client", "Mobile", "Born", "Points"], ["Next", "", "", "1"]]))
    assert page.status_code == 200, "what the company meant by its headings is remembered"


@pytest.mark.feature("CUS-19")
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_a_spreadsheet_spoilt_is_put_right_or_refused(client, truth, ending):
    admin = client("bj-admin", "en")
    for n, (head, cell, outcome) in enumerate(SPOILT):
        data = book([["Name", head], [f"S{n}", cell]]) if ending == "xlsx" else f"Name,{head}\nS{n},{cell}\n".encode("utf-8-sig")
        page = send(admin, "customer", data, f"a.{ending}")
        if not re.match(r"\d", outcome):
            assert page.status_code == 422 and outcome in shown(page), (head, cell, shown(page)[-1500:])
            continue
        assert page.status_code == 200, (head, cell, shown(page)[-1500:])
        assert admin.post_form("/customer/import", token=token(page), do="write").status_code == 302
        if head == "Birthday":
            assert str(truth("SELECT birthday FROM customer WHERE name = %s", f"S{n}")[0][0]) == outcome
        else:
            assert outcome in shown(admin.get(f"/customer/list?phone={outcome}&lang=en")) or f"S{n}" in shown(
                admin.get(f"/customer/list?phone={outcome}")
            )


def test_rows_find_their_records_by_phone_and_change_only_what_they_say(client, truth):
    admin = client("bj-admin", "en")
    page = send(admin, "customer", book([["Name", "Phone", "City"], ["Ann", "13711110001", "Here"], ["Bob", "13711110002", "Here"]]))
    admin.post_form("/customer/import", token=token(page), do="write")
    rows = [["Name", "Phone", "City"], ["Ann", "13711110001", "There"], ["", "13711110002", "There"], ["Cid", "13711110003", "New"]]
    run = token(send(admin, "customer", book(rows)))
    page = admin.post_form("/customer/import", token=run, do="try", mode="update", match="phone")
    assert page.status_code == 422 and "There is no such record" in shown(page)
    page = admin.post_form("/customer/import", token=run, do="try", mode="both", match="phone")
    assert page.status_code == 200, shown(page)[-2000:]
    assert admin.post_form("/customer/import", token=run, do="write").status_code == 302
    city = "SELECT name, city FROM customer WHERE name IN ('Ann', 'Bob', 'Cid') ORDER BY name"
    assert truth(city) == [("Ann", "There"), ("Bob", "There"), ("Cid", "New")]
    assert "1 rows were removed, 2 put back" in shown(admin.post_form("/customer/import", token=run, do="undo", follow=True))
    assert truth(city) == [("Ann", "Here"), ("Bob", "Here")]


def test_a_name_that_several_have_is_an_error_that_says_so(client, truth):
    truth("UPDATE store SET name = 'Same Name' WHERE tenant_id = 2")
    page = send(client("bj-admin", "en"), "store", book([["Code", "Name", "Part of"], ["N1", "Child", "Same Name"]]))
    assert page.status_code == 422
    assert "There are several called" in shown(page)


def test_one_persons_number_is_refused_before_anything_is_written(client, truth):
    admin = client("bj-admin", "en")
    number = "11010119900307803X"
    page = send(admin, "customer", book([["Name", "ID number"], ["A", number], ["", ""], ["B", number]]))
    assert page.status_code == 422
    assert "Row 2 has the same" in shown(page) and 'name="cell:4.1"' in shown(page), "an empty row keeps its number"


def test_an_import_of_many_is_a_task_all_of_one_piece(app, client, truth):
    admin, before = client("bj-admin", "en"), count(truth)
    rows = [["Name", "Phone"], *[[f"M{n}", f"138{n:08d}"] for n in range(1500)]]
    answer = send(admin, "customer", book(rows))
    assert answer.status_code == 302 and "/task/" in answer.location
    work(app, truth)
    page = shown(admin.get(answer.location))
    assert "1500 rows are right" in page
    run = re.search(r"/customer/import/(\d+)", page)[1]
    answer = admin.post_form("/customer/import", token=run, do="write")
    work(app, truth)
    assert count(truth) == before + 1500
    assert truth("SELECT count(*) FROM audit_entry WHERE model = 'Customer' AND action = 'create' AND changes ? 'phone'")[0][0] >= 1500
    assert "M777" in shown(admin.get("/customer/list?phone=13800000777"))
    admin.post_form("/customer/import", token=run, do="undo")
    work(app, truth)
    assert count(truth) == before
    other = client("bj-manager", "en")
    assert other.get(f"/customer/import/{run}").status_code in (403, 404)


@pytest.mark.feature("CUS-20")
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_export_has_the_rows_of_the_filter_and_real_days_and_sums(client, truth, ending):
    truth("UPDATE customer SET remark = '=1+1', birthday = '1950-01-02' WHERE tenant_id = 2 AND level = 'vip'")
    answer = client("bj-admin", "en").get(f"/customer/export.{ending}?level=vip&sort=name")
    if ending == "xlsx":
        rows = sheet(answer)
    else:
        assert answer.data.startswith(b"\xef\xbb\xbf")
        import csv

        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    at = rows[0].index
    assert len(rows) - 1 == truth("SELECT count(*) FROM customer WHERE tenant_id = 2 AND level = 'vip'")[0][0] > 0
    assert {r[at("Class")] for r in rows[1:]} == {"VIP"}
    assert {r[at("Birthday")] for r in rows[1:]} == ({date(1950, 1, 2)} if ending == "xlsx" else {"1950-01-02"})
    assert {r[at("Remark")] for r in rows[1:]} == ({"=1+1"} if ending == "xlsx" else {"'=1+1"})


@pytest.mark.feature("PRV-07")
def test_an_export_by_one_whom_a_part_was_shared_with_lacks_the_rest(app, client, truth):
    """Cell by cell: his own rows as ever, the shared one with the shared group alone."""
    theirs = "SELECT c.id FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent2' AND c.phone IS NOT NULL LIMIT 1"
    ((pk,),) = truth(theirs)
    ((mine,),) = truth("SELECT id FROM staff WHERE username = 'bj-agent'")
    truth("UPDATE customer SET name = 'Shared One', city = 'Seen', door = 'Unseen Door' WHERE id = %s", pk)
    truth(
        "INSERT INTO share (tenant_id, version, user_id, model, record_id, target, level, created_at, changed_at) "
        "VALUES (2, 1, %s, 'Customer', %s, 'basic', 2, now(), now())", mine, pk,
    )  # fmt: skip
    truth(
        'INSERT INTO "grant" (tenant_id, version, role, model, target, level, created_at, changed_at) '
        "VALUES (2, 1, 'agent', 'Customer', 'can:export', 4, now(), now())"
    )
    truth("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")
    rows = sheet(client("bj-agent", "en").get("/customer/export.xlsx"))
    row = next(r for r in rows if "Shared One" in r)
    assert row[rows[0].index("City")] == "Seen"
    assert "Unseen Door" not in row and row[rows[0].index("Phone")] == ""


@pytest.mark.feature("CON-09")
def test_a_long_export_is_a_task_and_its_file_the_owners_alone(app, client, truth, monkeypatch):
    from app.web import transfer

    monkeypatch.setattr(transfer, "AT_ONCE", 2)
    admin = client("bj-admin", "en")
    answer = admin.get("/order/export.xlsx?state=done")
    assert answer.status_code == 302
    work(app, truth)
    link = re.search(r"/exports/\d+", shown(admin.get(answer.location)))[0]
    rows = sheet(admin.get(link))
    assert len(rows) - 1 == truth("SELECT count(*) FROM \"order\" WHERE tenant_id = 2 AND state = 'done'")[0][0]
    assert link in shown(admin.get("/exports/"))
    assert client("bj-manager").get(link).status_code == 404
    truth("UPDATE export_file SET expires_at = now() - interval '1 minute'")
    assert admin.get(link).status_code == 404


def test_a_list_goes_out_by_mail_under_the_rights_of_that_time(app, client, truth):
    admin = client("bj-manager", "en")
    truth("UPDATE staff SET email = 'manager@example.com' WHERE username = 'bj-manager'")
    page = shown(admin.look("/exports/plan?table=customer&ask=level%3Dvip"))
    assert "By mail" not in page and "Monday" in page
    assert admin.post_form("/exports/plan", table="customer", ask="level=vip", weekday="0", hour="8", kind="xlsx").status_code == 302
    ((due,),) = truth("SELECT next_at FROM export_plan")
    assert due.astimezone(UTC) > datetime.now(UTC) and due.astimezone(UTC) < datetime.now(UTC) + timedelta(days=7, hours=1)
    truth("UPDATE notice SET due_at = now() WHERE event = 'export.due'")
    deliver(app)
    work(app, truth)
    deliver(app)
    mails = truth("SELECT title, text, url FROM message WHERE channel = 'mail' AND event = 'export.ready'")
    assert len(mails) == 1 and mails[0][2].startswith("/exports/") and "attachment" not in json.dumps(mails)
    here = sheet(admin.get("/customer/export.xlsx?level=vip"))
    came = sheet(admin.get(mails[0][2]))
    cells = lambda rows: sorted(sorted(map(str, zip(rows[0], r, strict=True))) for r in rows[1:])  # noqa: E731
    assert cells(came) == cells(here), "as he may read it"
    assert truth("SELECT count(*) FROM notice WHERE event = 'export.due' AND done_at IS NULL") == [(1,)], "the next one waits"
    truth("DELETE FROM \"grant\" WHERE tenant_id = 2 AND role = 'manager' AND model = 'Customer' AND target = 'can:export'")
    truth("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")
    truth("UPDATE notice SET due_at = now() WHERE event = 'export.due' AND done_at IS NULL")
    deliver(app)
    work(app, truth)
    deliver(app)
    assert truth("SELECT state FROM task ORDER BY id DESC LIMIT 1") == [("failed",)]
    assert truth("SELECT count(*) FROM message WHERE channel = 'mail' AND event = 'export.ready'") == [(1,)]
    assert admin.get(mails[0][2]).status_code == 403, "the file went with the right"


def test_the_rights_of_a_row_are_the_same_in_bulk(app):
    """What the export judges by a stand-in is what the policy says of the record."""
    from sqlalchemy import select

    from app.engine import policy
    from app.engine.flat import Judge
    from app.extensions import db
    from app.models.order import Order

    with app.app_context():
        for name in ("bj-agent", "bj-agent2", "bj-finance", "bj-manager"):
            with as_person(db.session, name):
                names = policy.readable(Order)
                judge = Judge(Order, names)
                for record in db.session.scalars(select(Order)):
                    said = judge.levels(record.id, tuple(getattr(record, n) for n in judge.deciding))
                    assert said == tuple(policy.level(record, n) for n in names), (name, record.id)
                db.session.rollback()
                db.session.expunge_all()
                db.session().info.clear()


def test_names_are_spelt_as_before():
    from pypinyin import Style, lazy_pinyin

    from app.models.pinyin import initials_of, pinyin_of

    for name in ("王小明", "重庆", "单雄信", "欧阳锋", "解 Smith", "长乐", "朝阳区老李", "ABC", ""):
        assert pinyin_of(name) == "".join(lazy_pinyin(name)).replace(" ", "").lower()
        assert initials_of(name) == "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).replace(" ", "").lower()


def test_the_template_keeps_long_numbers_whole(client):
    data = client("bj-admin", "en").get("/customer/import/template.xlsx").data
    heads = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[0]
    assert {"Name", "Phone", "ID number"} <= set(heads)


def test_a_file_without_one_column_to_set_makes_no_empty_rows(client, truth):
    """Every heading is one that code fills: nothing could be written but rows of nothing."""
    before = count(truth)
    page = shown(send(client("bj-admin", "zh"), "customer", book([["store"], ["x"]])))
    assert "这个文件里没有您可以填写的列。" in page
    assert 'value="write"' not in page
    assert count(truth) == before
