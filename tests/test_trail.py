"""The trail: nobody rewrites it unseen, everything that counts is in it, and who reads it learns no more than they may."""

from __future__ import annotations

import io
import json
import random
import re
from html import unescape

import psycopg
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.engine.audit import AuditEntry
from app.engine.chain import verify
from app.engine.current import acting
from app.engine.seal import FORM, FORMS, LARGEST, AuditSeal
from app.engine.wall import leave
from tests.acting import as_program
from tests.harness import PASSWORD

BJ, SH = 2, 3
INSERT = (
    "INSERT INTO audit_entry (tenant_id, model, record_id, made, action, reason, changes, address, version, created_at, changed_at) "
    "VALUES (%s, %s, %s, 1, %s, %s, %s, %s, 1, now(), now()) RETURNING id"
)


@pytest.fixture(autouse=True)
def forgetful(app):
    """No test is bound by the minute that another one began, nor by the chain of another one's database."""
    from app.extensions import store

    with app.app_context():
        for key in store().scan_iter("jiahe:noted:*"):
            store().delete(key)
        for key in store().scan_iter("jiahe:trail*fresh*"):
            store().delete(key)


@pytest.fixture
def boss(fresh_db):
    """The superuser, past every wall."""
    with psycopg.connect(fresh_db.superuser_url, autocommit=True) as connection:
        yield connection


def body(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.get_data(as_text=True))


def write(connection, reason="x", tenant=BJ, *, model="Customer", changes=None, record=1):
    row = connection.execute(INSERT, (tenant, model, record, "update", reason, json.dumps(changes or {}), "127.0.0.1")).fetchone()
    return row[0]


def seal(app):
    from app.jobs.sealing import seal_all

    with app.app_context():
        assert seal_all()


def walk(app, witness=None, tenant=BJ):
    from app.extensions import db

    with app.app_context(), as_program(db.session, tenant):
        report = verify(db.session, witness)
        leave(db.session)
    return report


def three_seals(app, boss):
    """A chain of three seals. Returns the ids of three entries under the first one."""
    first = [write(boss, f"first {n}") for n in range(3)]
    for n in range(3):
        write(boss, f"later {n}")
        seal(app)
    report = walk(app)
    assert report.whole, report.breaks
    assert report.seals >= 3
    assert report.waiting == 0
    return first


def run(app, *args):
    from app.extensions import db

    with app.app_context():
        leave(db.session)
    done = app.test_cli_runner().invoke(args=["trail", *args])
    return done.exit_code, done.output


@pytest.mark.feature("PRV-08")
def test_an_entry_whose_transaction_ends_late_goes_into_a_later_seal(app, boss, fresh_db):
    with psycopg.connect(fresh_db.superuser_url) as slow:
        late = write(slow, "late")
        early = write(boss, "early")
        assert late < early
        seal(app)
        seal(app)
        covers = "SELECT number FROM audit_seal WHERE tenant_id = 2 AND covered @> %s::int"
        assert len(boss.execute(covers, (early,)).fetchall()) == 1
        assert boss.execute(covers, (late,)).fetchall() == []
        for n in range(3):  # the open transaction keeps the door open, however many seals follow
            write(boss, f"meanwhile {n}")
            seal(app)
        slow.commit()
    seal(app)
    ((number,),) = boss.execute(covers, (late,)).fetchall()
    assert number > boss.execute(covers, (early,)).fetchone()[0]
    write(boss, "after")
    seal(app)
    report = walk(app)
    assert report.whole, report.breaks
    assert report.waiting == 0
    (entries,) = boss.execute("SELECT count(*) FROM audit_entry WHERE tenant_id = 2").fetchone()
    assert report.entries == entries


@pytest.mark.feature("PRV-08")
def test_writers_do_not_wait_for_the_seal_and_two_sealers_do_not_fork_the_chain(app, boss, fresh_db):
    write(boss)
    seal(app)
    with psycopg.connect(fresh_db.superuser_url) as open_one:
        write(open_one, "open")
        boss.execute("SET lock_timeout = '500ms'")
        write(boss, "beside it")
        seal(app)
        open_one.rollback()
    with pytest.raises(psycopg.errors.UniqueViolation):
        boss.execute(
            "INSERT INTO audit_seal (tenant_id, number, form, covered, entries, marks, content, previous, sha256, reach, floor, before, "
            "sealed_at, version, created_at, changed_at) SELECT tenant_id, number, form, covered, entries, marks, content, previous, "
            "sha256, reach, floor, before, sealed_at, version, created_at, changed_at FROM audit_seal LIMIT 1"
        )
    assert walk(app).whole


TAMPERED = {
    "changed": ("UPDATE audit_entry SET reason = 'nothing happened' WHERE id = {0}", "changed", True),
    "changed who": ("UPDATE audit_entry SET created_by = 99 WHERE id = {0}", "changed", True),
    "changed when": ("UPDATE audit_entry SET created_at = created_at - interval '1 microsecond' WHERE id = {0}", "changed", True),
    "changed scale": ("UPDATE audit_entry SET changes = '{{\"amount\": 1.00}}' WHERE id = {0}", "changed", True),
    "given away": ("UPDATE audit_entry SET tenant_id = 3 WHERE id = {0}", "removed", True),
    "removed": ("DELETE FROM audit_entry WHERE id = {0}", "removed", True),
    "seal changed": ("UPDATE audit_seal SET sealed_at = sealed_at + interval '1 day' WHERE tenant_id = 2 AND number = 1", "altered", False),
    "seal removed": ("DELETE FROM audit_seal WHERE tenant_id = 2 AND number = 2", "missing", False),
}


@pytest.mark.feature("PRV-08")
@pytest.mark.parametrize("how", TAMPERED)
def test_what_a_superuser_changes_is_found_and_named(app, boss, how):
    (one, *_more) = three_seals(app, boss)
    sql, what, named = TAMPERED[how]
    boss.execute(sql.format(one))
    report = walk(app)
    ((number,),) = boss.execute("SELECT number FROM audit_seal WHERE tenant_id = 2 AND covered @> %s::int", (one,)).fetchall() or [(1,)]
    found = next(b for b in report.breaks if b.what == what)
    if named:
        assert (found.seal, found.entries) == (number, (one,))
        assert len(report.breaks) == 1
    else:
        assert found.seal == (2 if "removed" in how else 1)


@pytest.mark.feature("PRV-08")
def test_an_entry_put_in_later_is_found_and_never_sealed(app, boss):
    three_seals(app, boss)
    (free,) = boss.execute("SELECT max(id) FROM audit_entry WHERE tenant_id = 2").fetchone()
    (floor,) = boss.execute("SELECT floor FROM audit_seal WHERE tenant_id = 2 ORDER BY number DESC LIMIT 1").fetchone()
    taken = {r[0] for r in boss.execute("SELECT id FROM audit_entry WHERE tenant_id = 2")}
    free = next(n for n in range(floor, -2, -1) if n not in taken)
    forged = INSERT.replace("(tenant_id", "(id, tenant_id").replace("(%s", "(%s, %s", 1)
    boss.execute(forged, (free, BJ, "Order", 1, "update", "", "{}", None))
    seal(app)
    write(boss, "one more")
    seal(app)
    report = walk(app)
    assert [(b.what, b.entries) for b in report.breaks] == [("inserted", (free,))]


@pytest.mark.feature("PRV-08")
def test_an_end_that_was_cut_off_is_found_by_who_saw_it_before(app, boss):
    three_seals(app, boss)
    assert run(app)[0] == 0
    boss.execute("DELETE FROM audit_seal WHERE tenant_id = 2 AND number = (SELECT max(number) FROM audit_seal WHERE tenant_id = 2)")
    code, output = run(app)
    assert code == 1
    assert "tenant 2: seal 3: cut" in output
    seal(app)  # the entries get another seal, but it is not the one that was seen
    assert run(app)[0] == 1
    code, output = run(app, "--accept")
    assert code == 0, output
    assert run(app)[0] == 0


@pytest.mark.feature("PRV-08")
def test_any_single_byte_of_two_hundred_entries_is_found(app, boss):
    dice = random.Random(11)
    word = lambda: "".join(dice.choice("abcdefgh 张三李四\"\\%'{}\t") for _ in range(dice.randint(1, 12)))  # noqa: E731
    made = []
    for _n in range(200):
        changes = {word(): [word(), dice.randint(0, 9)]}
        made.append(write(boss, word(), model=dice.choice(["Order", "Visit"]), changes=changes, record=dice.randint(1, 99)))
        if dice.random() < 0.1:
            seal(app)
    seal(app)
    assert walk(app).whole
    from app.extensions import db

    with app.app_context(), as_program(db.session):
        for pk in made:
            column, cast = dice.choice([("reason", "text"), ("model", "text"), ("action", "text"), ("address", "text"), ("changes", "jsonb"), ("record_id", "int")])  # noqa: E501
            (before,) = boss.execute(f"SELECT {column}::text FROM audit_entry WHERE id = %s", (pk,)).fetchone()
            after = other(dice, before, column)
            boss.execute(f"UPDATE audit_entry SET {column} = %s::{cast} WHERE id = %s", (after, pk))
            report = verify(db.session)
            db.session.rollback()
            assert [(b.what, b.entries) for b in report.breaks] == [("changed", (pk,))], (column, before, after)
            boss.execute(f"UPDATE audit_entry SET {column} = %s::{cast} WHERE id = %s", (before, pk))
        assert verify(db.session).whole
        leave(db.session)


def other(dice, before, column):
    """The same with one character changed, and still of its type."""
    if column == "record_id":
        return str(int(before) + 1)
    if column == "changes":
        value = json.loads(before)
        ((key, pair),) = value.items()
        return json.dumps({key: [pair[0], (pair[1] + 1) % 10]})
    at = dice.randrange(len(before))
    return before[:at] + ("z" if before[at] != "z" else "y") + before[at + 1 :]


@pytest.mark.feature("PRV-08")
def test_every_column_is_under_the_seal():
    assert set(FORMS[FORM]) == set(AuditEntry.__table__.columns.keys())


@pytest.mark.feature("PRV-08")
def test_more_than_one_seal_holds_are_sealed_in_one_round(app, boss):
    boss.execute(
        "INSERT INTO audit_entry (tenant_id, model, record_id, made, action, reason, changes, version, created_at, changed_at) "
        "SELECT 2 + n %% 2, 'Order', n, 1, 'update', '', '{}', 1, now(), now() FROM generate_series(1, %s) n",
        (2 * LARGEST + 20,),
    )
    seal(app)
    for tenant in (BJ, SH):
        report = walk(app, tenant=tenant)
        assert report.whole
        assert report.waiting == 0
        assert report.seals >= 2
    boss.execute("UPDATE audit_entry SET reason = 'x' WHERE tenant_id = 3 AND record_id = 5001")
    assert walk(app).whole
    assert [b.what for b in walk(app, tenant=SH).breaks] == ["changed"]


@pytest.mark.feature("PRV-08")
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_the_application_can_neither_change_nor_remove(app, boss, table):
    from app.extensions import db

    three_seals(app, boss)
    with app.app_context(), acting(tenant_id=BJ, trusted="test"):
        for sql in (f"UPDATE {table} SET version = 2", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                db.session.execute(text(sql))
            db.session.rollback()
        one = db.session.query(AuditSeal if table == "audit_seal" else AuditEntry).first()
        one.version = 7
        from app.engine.errors import Forbidden

        with pytest.raises(Forbidden):
            db.session.flush()
        leave(db.session)


@pytest.mark.feature("PRV-08")
def test_the_command_says_ok_or_names_the_place(app, boss):
    one = three_seals(app, boss)[0]
    code, output = run(app)
    assert code == 0, output
    assert len(re.findall(r"tenant \d+: ok, \d+ entries, \d+ seals", output)) == 3
    boss.execute("UPDATE audit_entry SET action = 'create' WHERE id = %s", (one,))
    code, output = run(app)
    assert code == 1
    assert f"tenant 2: seal 1: changed entries {one}" in output
    assert "tenant 3: ok" in output


@pytest.mark.feature("PRV-08")
def test_the_ticker_seals(app, boss):
    from app.jobs import sealing, tick

    write(boss)
    sealing.done.clear()
    with app.app_context():
        assert tick.tick()
    assert boss.execute("SELECT count(*) FROM audit_seal WHERE tenant_id = 2").fetchone()[0] >= 1
    write(boss)
    with app.app_context():
        tick.tick()  # a second later there is no other round
    assert walk(app).waiting == 1


def acts(boss, *names):
    wanted = "SELECT action, model, record_id, changes, created_by, address FROM audit_entry WHERE action = ANY(%s) ORDER BY id"
    return boss.execute(wanted, (list(names),)).fetchall()


def staff(boss, username):
    return boss.execute("SELECT id FROM staff WHERE username = %s", (username,)).fetchone()[0]


@pytest.mark.feature("PRV-08")
def test_who_comes_and_goes_is_in_the_trail(app, client, api, boss):
    me = staff(boss, "bj-agent")
    person = client("bj-agent")
    api("bj-agent")
    person.post_form("/logout/")
    nobody = client()
    for _n in range(6):
        assert nobody.login("bj-agent", "wrong").status_code == 401
    nobody.login("nobody-knows-me", "wrong")
    rows = acts(boss, "login", "logout", "login_failed", "locked")
    found = [(action, changes.get("way"), by) for action, _m, pk, changes, by, _a in rows if pk == me]
    assert found == [
        ("login", "page", me), ("login", "api", me), ("logout", None, me), *[("login_failed", "page", None)] * 4, ("locked", "page", None),
        ("login_failed", "page", None),
    ]  # fmt: skip
    addresses = {a for *_rest, a in acts(boss, "login_failed")}
    assert addresses == {nobody.environ_base["REMOTE_ADDR"]}
    assert "wrong" not in str(boss.execute("SELECT changes, reason FROM audit_entry").fetchall())


@pytest.mark.feature("PRV-08")
def test_passwords_rights_reveals_and_exports_are_in_the_trail(client, boss):
    person = client("bj-agent")
    person.look("/account/password")
    assert person.post_form("/account/password", current=PASSWORD, new="Correct-Horse-7", again="Correct-Horse-7").status_code == 302
    admin = client("bj-admin", "en")
    admin.look("/users/")
    assert admin.post_form(f"/users/password/{staff(boss, 'bj-agent2')}").status_code == 200
    assert admin.get("/customer/export.xlsx").status_code == 200
    admin.look("/rights/?model=order")
    assert admin.post_form("/rights/", **{"model": "order", "cell:agent:cost": "2"}).status_code == 302
    (customer,) = boss.execute("SELECT min(id) FROM customer WHERE tenant_id = 2 AND phone IS NOT NULL").fetchone()
    assert admin.post_form(f"/customer/reveal/{customer}/phone", reason="To ring back").status_code == 200
    assert [by for *_rest, by, _a in acts(boss, "password")] == [staff(boss, "bj-agent"), staff(boss, "bj-admin")]
    page = body(admin.get("/trail/"))
    for words in ("set a new password", "exported", "changed rights", "Agent · Cost and pay", "Reason: To ring back", "looked at a number"):
        assert words in page, words


@pytest.mark.feature("PER-02")
@pytest.mark.feature("PRV-03")
def test_whoever_is_turned_away_is_noted(client, api, boss):
    agent, caller = client("bj-agent"), api("bj-agent")
    me = staff(boss, "bj-agent")
    (order,) = boss.execute('SELECT min(id) FROM "order" WHERE owner_id = %s', (me,)).fetchone()
    (mine,) = boss.execute("SELECT min(id) FROM customer WHERE owner_id = %s", (me,)).fetchone()
    agent.look(f"/customer/show/{mine}")
    tried = [
        ("GET", "/users/", agent.get("/users/?secret=13800001111")),
        ("GET", "/order/list", agent.get("/order/list?cost.gt=1234")),
        ("GET", "/order/export.xlsx", agent.get("/order/export.xlsx")),
        ("POST", f"/order/step/{order}/assign", agent.post_form(f"/order/step/{order}/assign", worker="1")),
        ("POST", f"/customer/delete/{mine}", agent.post_form(f"/customer/delete/{mine}")),
        ("POST", f"/customer/edit/{mine}", agent.post_form(f"/customer/edit/{mine}", created_at="2020-01-01 10:00")),
    ]
    assert [(a.status_code, path) for _m, path, a in tried] == [(403, path) for _m, path, _a in tried]
    caller.get("/api/v1/order/", 403, sort="cost")
    caller.delete(f"/api/v1/customer/{mine}", 403)
    found = {(c["method"], c["path"]): (model, pk, by, c) for _a, model, pk, c, by, _ in acts(boss, "refused")}
    assert set(found) == {(m, p) for m, p, _a in tried} | {("GET", "/api/v1/order/"), ("DELETE", f"/api/v1/customer/{mine}")}
    assert {by for _m, _p, by, _c in found.values()} == {me}
    assert found["GET", "/order/list"][3]["names"] == ["cost.gt"]
    assert found["POST", f"/customer/delete/{mine}"][:2] == ("Customer", mine)
    assert not re.search("13800001111|1234", str(found))
    before = len(acts(boss, "refused"))
    for _n in range(5):
        assert agent.get("/users/").status_code == 403
    assert len(acts(boss, "refused")) == before, "one a minute is enough"
    page = body(client("bj-admin", "en").get("/trail/?action=refused"))
    assert "GET /order/list (cost.gt)" in page
    assert agent.environ_base["REMOTE_ADDR"] in page
    assert "was refused" not in body(agent.get(f"/customer/show/{mine}"))


@pytest.mark.feature("PER-02")
@pytest.mark.parametrize(("name", "status"), [
    ("bj-admin", 200), ("hq", 200), ("bj-agent", 403), ("bj-manager", 403), ("bj-finance", 403), ("bj-dispatch", 403),
])  # fmt: skip
def test_the_page_is_for_administrators(client, fresh_db, name, status):
    person = client(name)
    for url in ("/trail/", "/trail/export.xlsx"):
        assert person.get(url).status_code == status, url
    assert person.post_form("/trail/check").status_code == (302 if status == 200 else 403)
    assert ('href="/trail/"' in body(person.get("/more/"))) == (status == 200)


def test_nobody_without_a_login_sees_it(client, fresh_db):
    assert client().get("/trail/").status_code == 302


def changed(client, boss, name, value, username="bj-agent"):
    """Somebody changes a field of a customer of their own. Returns the customer's id."""
    person = client(username)
    owner = staff(boss, username)
    (pk,) = boss.execute("SELECT min(id) FROM customer WHERE owner_id = %s", (owner,)).fetchone()
    person.look(f"/customer/edit/{pk}")
    assert person.post_form(f"/customer/edit/{pk}", **{name: value}).status_code == 302
    return pk


@pytest.mark.feature("PRV-08")
def test_who_changed_what_reads_in_the_readers_language(client, boss):
    pk = changed(client, boss, "remark", "Canary remark")
    english, chinese = body(client("bj-admin", "en").get("/trail/")), body(client("bj-admin", "zh").get("/trail/"))
    assert "Canary remark" in english
    assert f'href="/customer/show/{pk}"' in english
    assert re.search(r"Remark|Note", english)
    assert "Canary remark" in chinese
    assert "备注" in chinese
    ((name,),) = boss.execute("SELECT name FROM staff WHERE username = 'bj-agent'").fetchall()
    assert name in english


@pytest.mark.feature("PRV-08")
@pytest.mark.feature("PRV-03")
def test_a_value_that_the_reader_may_not_read_is_not_there(client, boss):
    pk = changed(client, boss, "remark", "Canary remark")
    admin = client("bj-admin", "en")
    assert "Canary remark" in body(admin.get("/trail/"))
    assert "Canary remark" in workbook(admin)
    from app.engine.fields import fields_of
    from app.models.customer import Customer

    boss.execute(
        'INSERT INTO "grant" (tenant_id, role, model, target, level, version, created_at, changed_at) '
        "VALUES (2, 'admin', 'Customer', 'remark', 0, 1, now(), now())"
    )
    boss.execute("UPDATE stamp SET changes = changes + 1 WHERE tenant_id = 2")
    page = body(admin.get("/trail/"))
    assert str(fields_of(Customer)["remark"].label) in page
    assert "changed; not shown to you" in page
    for words in (page, workbook(admin)):
        assert "Canary remark" not in words
    boss.execute("SET session_replication_role = replica")  # and the same when the record is gone
    boss.execute("DELETE FROM customer WHERE id = %s", (pk,))
    for words in (body(admin.get("/trail/")), workbook(admin)):
        assert "Canary remark" not in words
        assert f"Customer {pk}" in words


@pytest.mark.feature("PRV-08")
def test_head_office_reads_every_company_but_no_private_field(client, boss):
    changed(client, boss, "door", "Canary door 7")
    assert "Canary door 7" in body(client("bj-admin", "en").get("/trail/"))
    hq = client("hq", "en")
    assert "Canary door 7" not in body(hq.get("/trail/"))
    page = body(hq.get("/trail/?company=2"))
    assert "Canary door 7" not in page
    assert "changed; not shown to you" in page
    assert hq.get("/trail/export.xlsx?company=2").status_code == 200
    assert boss.execute("SELECT tenant_id, changes ->> 'filter' FROM audit_entry WHERE model = 'AuditEntry'").fetchall() == [
        (1, '{"company": "2"}')
    ]


@pytest.mark.feature("PRV-08")
def test_another_company_is_not_there(client, boss):
    changed(client, boss, "remark", "Canary Shanghai", "sh-agent")
    admin = client("bj-admin")
    for url in ("/trail/", "/trail/?company=3", f"/trail/?person={staff(boss, 'sh-agent')}"):
        assert "Canary Shanghai" not in body(admin.get(url)), url
    assert "Canary Shanghai" not in workbook(admin, "?company=3")
    assert "Canary Shanghai" in body(client("sh-admin").get("/trail/"))


def workbook(person, query="") -> str:
    answer = person.get(f"/trail/export.xlsx{query}")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    return "\n".join("\t".join(map(str, row)) for row in rows)


@pytest.mark.feature("PRV-08")
def test_filters_and_pages(client, boss):
    made = [write(boss, "step: assign" if n % 2 else "", model="Order" if n % 2 else "Visit", record=7) for n in range(120)]
    boss.execute("UPDATE audit_entry SET created_by = %s WHERE id = ANY(%s)", (staff(boss, "bj-agent2"), made[:60]))
    boss.execute("UPDATE audit_entry SET created_at = '2020-02-03 12:00+08' WHERE id = ANY(%s)", (made[:5],))
    admin = client("bj-admin", "en")
    rows = lambda query: len(re.findall(r'<td class="nw" data-label="">', body(admin.get(f"/trail/?{query}"))))  # noqa: E731
    assert rows("from=2020-02-03&to=2020-02-03") == 5
    assert rows("from=2020-02-04&to=2020-02-10") == 0
    assert rows("kind=Visit&record=7&from=2020-02-03&to=2020-02-03") == 3
    assert rows(f"person={staff(boss, 'bj-agent2')}&kind=Order&record=7") == 30
    assert rows("kind=Order&action=delete&record=7") == 0
    assert len(workbook(admin, f"?person={staff(boss, 'bj-agent2')}&kind=Order&record=7").splitlines()) == 31
    seen, url = 0, f"/trail/?person={staff(boss, 'bj-agent2')}&record=7"
    while url:
        page = body(admin.get(url))
        seen += len(re.findall(r'<td class="nw" data-label="">', page))
        following = re.search(r'href="(/trail/\?[^"]*after=\d+)" rel="next"', page)
        url = following.group(1) if following else ""
    assert seen == 60
    for wrong in ("from=tomorrow", "person=x", "after=-1", "record=99999999999"):
        assert admin.get(f"/trail/?{wrong}").status_code == 400, wrong


@pytest.mark.feature("PRV-08")
def test_a_page_costs_few_queries(client, boss, count_queries):
    admin = client("bj-admin")
    admin.get("/trail/")
    with count_queries() as sent:
        assert admin.get("/trail/").status_code == 200
    assert sent.count <= 16, sent


@pytest.mark.feature("PRV-08")
def test_the_badge_says_how_the_chain_stands(app, client, boss):
    admin = client("bj-admin", "en")
    assert "No seal was checked yet" in body(admin.get("/trail/"))
    one = three_seals(app, boss)[0]
    assert "Whole up to" in body(admin.get("/trail/"))
    boss.execute("DELETE FROM audit_entry WHERE id = %s", (one,))
    admin.look("/trail/")
    assert "The trail does not fit its seals." in body(admin.post_form("/trail/check", follow=True))
    page = body(admin.get("/trail/"))
    assert "The chain is broken" in page
    assert re.search(rf"Entries were removed · seal 1 · entries {one}\b", page)
    write(boss, "and on it goes")
    seal(app)
    assert "The chain is broken" in body(admin.get("/trail/")), "a further seal does not heal it"
    assert "Whole up to" in body(client("sh-admin", "en").get("/trail/"))


@pytest.mark.feature("PRV-08")
def test_the_daily_check_is_asked_for_and_tells_the_log(app, boss, caplog):
    from app.extensions import store
    from app.jobs import sealing

    one = three_seals(app, boss)[0]
    boss.execute("DELETE FROM audit_entry WHERE id = %s", (one,))
    with app.app_context():
        store().delete(sealing.CHECKED.format(BJ))
        assert sealing.seal_all()
        assert store().get(sealing.CHECKED.format(BJ)), "a worker was asked to check; one that runs may have done it already"
        sealing.check(BJ)
    assert f"trail: tenant 2: seal 1: removed entries {one}" in caplog.text
