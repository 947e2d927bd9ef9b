"""The first start without sample data: one form, once."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Barrier, Thread

import psycopg
import pytest

from ops import database
from tests import harness
from tests.people import Person

GOOD = "Correct-Horse-7"
SENT = {
    "head_office": "总部", "franchise": "第一家", "store": "一店", "name": "王管理", "username": "boss", "password": GOOD,
    "again": GOOD, "language": "zh", "zone": "Asia/Shanghai",
}  # fmt: skip


@contextmanager
def installation(services, name, number):
    """An application on a migrated database without a single row."""
    from app import cli
    from app.extensions import db
    from app.factory import create_app

    with harness.one_at_a_time(services.home), psycopg.connect(services.superuser_url(), autocommit=True) as boss:
        database.drop_database(boss, name)
    database.prepare(services, name)
    made = harness.Database(services, name, number)
    known = services.secrets
    app = create_app(
        {
            "TESTING": True, "SQLALCHEMY_DATABASE_URI": made.url, "REDIS_URL": made.queue_url, "SAMPLE": False,
            "SECRET_KEY": known["SECRET_KEY"], "FIELD_KEY": known["FIELD_KEY"], "AUTH_RATE_LIMIT": "1000 per minute",
        }
    )  # fmt: skip
    cli.migrate(made.owner_url)
    app.test_client_class = Person
    app.database = made
    yield app
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    harness.drop(made)


@pytest.fixture
def empty(services, worker_number):
    with installation(services, f"w{worker_number}_empty", worker_number * 2 + 2) as app:
        yield app


@pytest.fixture(scope="module")
def blank(services, worker_number):
    """One for all tests that must leave it empty."""
    with installation(services, f"w{worker_number}_blank", worker_number * 2 + 2) as app:
        yield app


def count(app, table):
    with psycopg.connect(app.database.superuser_url) as boss:
        return boss.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]


def test_every_page_leads_to_the_set_up_until_it_is_done_and_then_it_is_gone(empty):
    person = empty.test_client()
    for url in ("/", "/login/", "/customer/list", "/rights/", "/users/", "/nowhere"):
        answer = person.get(url)
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/setup"), url
    assert person.get("/api/v1/customer/").status_code == 503
    assert person.get("/health").status_code in (200, 503)
    assert person.look("/setup").status_code == 200
    assert person.post_form("/setup", **SENT).headers["Location"] == "/login/"
    for method in ("get", "post_form"):
        assert getattr(person, method)("/setup").status_code == 404
    assert [count(empty, t) for t in ("tenant", "store", "staff", "ab_user")] == [2, 1, 2, 2]
    boss = empty.test_client()
    assert boss.login("boss", GOOD).status_code == 302
    assert boss.get("/users/").status_code == 200
    assert boss.get("/customer/list").status_code == 200
    head = empty.test_client()
    assert head.login("boss-hq", GOOD).status_code == 302
    assert head.get("/customer/list").status_code == 200
    assert head.get("/users/").status_code == 200
    with psycopg.connect(empty.database.superuser_url) as sql:
        assert sql.execute("SELECT id, name, kind, zone, language FROM tenant ORDER BY id").fetchall() == [
            (1, "总部", "head_office", "Asia/Shanghai", "zh"), (2, "第一家", "franchise", "Asia/Shanghai", "zh"),
        ]  # fmt: skip
        assert sql.execute('SELECT count(DISTINCT tenant_id) FROM "grant"').fetchone() == (2,)


@pytest.mark.parametrize("wrong", [
    {"password": "weak", "again": "weak"}, {"again": "other"}, {"name": ""}, {"franchise": " "}, {"zone": "Mars/Base"}, {"language": "fr"},
    {"username": "a b"}, {"username": "x" * 60}, {"store": "x" * 500}, {"store_code": "../../x"},
])  # fmt: skip
def test_a_wrong_form_makes_nothing(blank, wrong):
    person = blank.test_client()
    person.look("/setup")
    assert person.post_form("/setup", **(SENT | wrong)).status_code == 422
    assert [count(blank, t) for t in ("tenant", "store", "staff", "ab_user", "grant")] == [0] * 5


def test_it_needs_its_token(blank):
    assert blank.test_client().post("/setup", data=SENT).status_code == 400
    assert count(blank, "tenant") == 0


def test_of_many_at_once_one_wins(empty):
    barrier, answers = Barrier(6), []
    people = [empty.test_client() for _n in range(6)]
    for person in people:
        person.look("/setup")

    def send(person, n):
        barrier.wait()
        answers.append(person.post_form("/setup", **(SENT | {"username": f"boss{n}"})).status_code)

    threads = [Thread(target=send, args=(p, n)) for n, p in enumerate(people)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sorted(answers) == [302] + [404] * 5
    assert [count(empty, t) for t in ("tenant", "store", "staff", "ab_user")] == [2, 1, 2, 2]


def test_there_is_no_set_up_where_there_are_companies(client):
    for person in (client(), client("bj-admin")):
        assert person.get("/setup").status_code == 404
        person.look("/login/")
        assert person.post_form("/setup", **SENT).status_code == 404
