"""To add a field is to add a row: nobody who reads or writes waits for it, and it waits for none of them."""

from __future__ import annotations

import time

import psycopg
import pytest

from app.engine import tailor
from app.engine.rules import CustomField
from app.extensions import db
from app.models.worker import Worker
from tests.acting import as_person
from tests.shaping import DIALECT, add
from tests.test_import import client  # noqa: F401  # in the language that is asked for

LOW = pytest.mark.feature("LOW-02")
SOON = "SET lock_timeout = '50ms'"
WRITE = "UPDATE worker SET name = name WHERE tenant_id = 2"
STRONG = """SELECT relation::regclass::text, mode FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'relation' AND a.datname = current_database() AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')"""
MOST = 3.0  # seconds; an administrator who waits for a lock waits until the other is done


@LOW
def test_a_field_is_added_while_somebody_is_in_the_middle_of_writing_every_row(fresh_db, client):  # noqa: F811
    admin = client("bj-admin", "en")
    with psycopg.connect(fresh_db.superuser_url) as other:
        other.execute(WRITE)
        began = time.perf_counter()
        name = add(admin, "worker", DIALECT)
        assert time.perf_counter() - began < MOST
        assert name in {f["name"] for f in admin.get("/worker/columns").json["fields"]}
        other.rollback()


@LOW
def test_everybody_reads_and_writes_while_a_field_is_being_added(app, fresh_db):
    sent = {"label": "方言", "label_en": "Dialect", "kind": "text", "group": "basic"}
    with app.test_request_context("/"), as_person(db.session, "bj-admin"):
        tailor.save(db.session, Worker, CustomField(model="Worker"), sent)
        with psycopg.connect(fresh_db.superuser_url, autocommit=True) as other:
            other.execute(SOON)
            other.execute(WRITE)
            assert other.execute("SELECT count(*) FROM worker").fetchone()[0] > 0
            assert other.execute(STRONG).fetchall() == []
        db.session.rollback()
