"""A new field key: everything sealed anew, killed in the middle, found all the while, and the old key thrown away."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from app.cli import rotate_command
from app.engine import vault
from app.engine.wall import leave
from app.extensions import db
from app.jobs.rotate import rotate, sealed_tables
from app.models.customer import Customer, same_phone
from tests.acting import as_program
from tests.harness import ROOT

FIND = """
from app.factory import create_app
from tests.people import Person
app = create_app({"TESTING": True})
app.test_client_class = Person
person = app.test_client()
assert person.login("bj-admin").status_code == 302
answer = person.get("/api/v1/customer/", query_string={"phone": PHONE})
print([row["phone"] for row in answer.json["result"]])
"""


@pytest.fixture
def keys(app):
    """The old key, and a new one; whatever a test took, the others get the old one back."""
    old = app.config["FIELD_KEY"]
    yield old, base64.b64encode(secrets.token_bytes(32)).decode()
    vault.use_all(old)


def marks(truth) -> dict[str, set[str]]:
    """Every sealed column and hash -> the marks of the keys that made its values."""
    found: dict[str, set[str]] = {}
    for table, columns in sealed_tables().items():
        names = [c.name for c in columns]
        names += [h for n in list(names) for h in (f"{n}_hash", f"{n}_last4", f"{n}_first7") if h in table.c]
        for name in names:
            rows = truth(f'SELECT DISTINCT left({name}, 8) FROM "{table.name}" WHERE {name} IS NOT NULL')
            found[f"{table.name}.{name}"] = {mark for (mark,) in rows}
    return found


def some_phone(app, last: bool = False) -> tuple[str, int]:
    with app.app_context(), as_program(db.session):
        query = select(Customer).where(Customer.phone.is_not(None)).order_by(Customer.id.desc() if last else Customer.id)
        found = db.session.scalars(query.limit(1)).one()
        pair = found.phone, found.id
        leave(db.session)
    return pair


def command(fresh_db, home, setting: str, *argv: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app.factory:create_app", "rotate-keys", *argv]


def test_the_command_killed_in_the_middle_is_begun_again_and_the_old_key_is_not_needed(app, fresh_db, truth, keys, home, client):  # noqa: PLR0917
    old, new = keys
    before = vault.newest()
    stamps = truth("SELECT tenant_id, id, version, changed_at FROM customer ORDER BY 1, 2")
    phones = truth("SELECT phone FROM customer WHERE phone IS NOT NULL ORDER BY tenant_id, id")
    env = os.environ | fresh_db.environ(home, FIELD_KEY=f"{old},{new}")
    process = subprocess.Popen(command(fresh_db, home, new, "--batch", "3"), env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "customer: 9" in line:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait(10) == -signal.SIGKILL
    vault.use_all(f"{old},{new}")
    after = vault.newest()
    assert marks(truth)["customer.phone_hash"] == {before, after}, "the kill came in the middle"
    # Meanwhile both halves are found, by page and by the call desk's question.
    for last in (False, True):
        phone, pk = some_phone(app, last)
        rows = client("bj-admin").get("/api/v1/customer/", query_string={"phone": phone}).json["result"]
        assert pk in {r["id"] for r in rows}
        with app.app_context(), as_program(db.session):
            assert pk in {c.id for c in same_phone(db.session, phone)}
            leave(db.session)
    done = subprocess.run(command(fresh_db, home, new), env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "rows sealed anew" in done.stdout
    assert set(map(frozenset, marks(truth).values())) <= {frozenset({after}), frozenset()}
    assert truth("SELECT tenant_id, id, version, changed_at FROM customer ORDER BY 1, 2") == stamps
    assert len(truth("SELECT phone FROM customer WHERE phone IS NOT NULL")) == len(phones)
    entries = truth("SELECT tenant_id, changes FROM audit_entry WHERE action = 'rotate' ORDER BY id")
    assert {tenant for tenant, _changes in entries} >= {2, 3}
    # A program that never heard of the old key starts, and finds.
    phone, _pk = some_phone(app)
    argv = [sys.executable, "-c", f"PHONE = {phone!r}\n{FIND}"]
    found = subprocess.run(argv, env=env | {"FIELD_KEY": new}, cwd=ROOT, capture_output=True, text=True, check=False)
    assert phone in found.stdout, found.stdout + found.stderr


def test_nothing_is_left_to_do_the_second_time(app, truth, keys):
    old, new = keys
    vault.use_all(f"{old},{new}")
    with app.app_context():
        assert rotate(lambda _line: None) > 40
        entries = truth("SELECT count(*) FROM audit_entry WHERE action = 'rotate'")
        assert rotate(lambda _line: None) == 0
    assert truth("SELECT count(*) FROM audit_entry WHERE action = 'rotate'") == entries
    vault.use_all(new)
    phone, pk = some_phone(app)
    with app.app_context(), as_program(db.session):
        assert pk in {c.id for c in same_phone(db.session, phone)}
        leave(db.session)


def test_what_is_written_while_it_runs_bears_the_newest_key(app, client, truth, keys):
    old, new = keys
    vault.use_all(f"{old},{new}")
    client("bj-admin").look("/customer/add")
    person = client("bj-admin")
    person.look("/customer/add")
    assert person.post_form("/customer/add", name="新客户", phone="14299990001").status_code == 302
    ((sealed, whole),) = truth("SELECT phone, phone_hash FROM customer WHERE name = '新客户'")
    assert {sealed[:8], whole[:8]} == {vault.newest()}


def test_a_dropped_key_that_is_still_needed_is_named(app, truth, keys):
    old, new = keys
    mark = vault.newest()
    vault.use_all(new)
    with app.app_context():
        with pytest.raises(vault.NoSuchKey, match=mark):
            rotate(lambda _line: None)
        leave(db.session)
    vault.use_all(f"{old},{new}")
    with app.app_context():
        answer = app.test_cli_runner().invoke(rotate_command)
    assert "customer: 40" in answer.output, answer.output
