"""What the wall, the rights and the indexes cost, on 200,000 orders; and our pages beside Flask-AppBuilder on our own tables.

``ROWS`` and ``ROUNDS`` change the size. Prints a table; writes ``var/bench-pages.json``. Times are of this machine today: trust
the ratios, and the query counts. All peers side by side: ``tests.bench.peers``.
"""

from __future__ import annotations

import json
import logging
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests import harness

ROWS, ROUNDS = int(os.environ.get("ROWS", "200000")), int(os.environ.get("ROUNDS", "15"))
COLUMNS = ["number", "customer", "service", "starts_at", "district", "amount", "state"]
GOAL = {"queries": 8, "list_ratio": 0.35, "list_kb": 30, "rls_cost": 1.05}
statements: list[str] = []
FILL = """
INSERT INTO "order" (tenant_id, store_id, owner_id, version, created_at, changed_at, number, customer_id, service_id, quantity,
    unit_price, unit_cost, starts_at, ends_at, city, district, address, source, state)
SELECT 2, t.ids[1 + g % array_length(t.ids, 1)], (SELECT id FROM staff WHERE username = 'bj-agent'), 1, now(), now(), 'B-' || g,
    c.ids[1 + g % array_length(c.ids, 1)],
    s.ids[1 + g % array_length(s.ids, 1)], 1, 100 + g % 900, 50, now() - (g % 500) * interval '1 day',
    now() - (g % 500) * interval '1 day' + interval '2 hours', '北京', '朝阳区', '路' || g, 'phone', 'done'
FROM generate_series(1, {rows}) g,
    (SELECT array_agg(id ORDER BY id) ids FROM store WHERE tenant_id = 2) t,
    (SELECT array_agg(id ORDER BY id) ids FROM customer WHERE tenant_id = 2) c,
    (SELECT array_agg(id ORDER BY id) ids FROM service WHERE tenant_id = 2) s
"""


@event.listens_for(Engine, "before_cursor_execute")
def count(_conn, _cursor, sql, *_rest):
    statements.append(sql)


def main() -> None:
    logging.disable(logging.WARNING)
    server = harness.serve()
    try:
        services = harness.attach()
        database = harness.clone(services, "bench", 1)
        fill(database)
        ours, plain = our_client(database), plain_client(database)
        pk = scalar(database, 'SELECT max(id) FROM "order" WHERE tenant_id = 2')
        pages = {
            "list": (ours, "/order/list", plain, "/plainorders/list/"),
            "show": (ours, f"/order/show/{pk}", plain, f"/plainorders/show/{pk}"),
            "add form": (ours, "/order/add", plain, "/plainorders/add"),
            "search": (ours, "/order/list?number.sw=B-1999", plain, "/plainorders/list/?_flt_0_number=B-1999"),
            "api list": (ours, "/api/v1/order/?size=25", plain, "/api/v1/plain/?q=(page_size:25)"),
        }
        print("warming up", file=sys.stderr, flush=True)
        result = {name: side_by_side(*pair) for name, pair in pages.items()}
        result["raw sql"] = {"ms": raw_sql(database)}
        result["row-level security"] = wall_cost(database, ours)
        result["rights"] = rights_cost(ours)
        result["plans"] = plans(database)
        show(result)
        file = harness.ROOT / "var" / "bench-pages.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(result, indent=1))
        harness.drop(database)
    finally:
        if server:
            harness.finish(server)


def fill(database) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as boss:
        boss.execute(FILL.format(rows=ROWS))
        for name in ("Admin", "Public"):  # the framework's own roles, which ours does without
            boss.execute("INSERT INTO ab_role (id, name) VALUES (nextval('ab_role_id_seq'), %s)", (name,))
        boss.execute("VACUUM ANALYZE")


def scalar(database, sql: str):
    with psycopg.connect(database.superuser_url) as boss:
        return boss.execute(sql).fetchone()[0]


def our_client(database):
    os.environ.update(database.environ(Path(tempfile.mkdtemp())))
    from app.factory import create_app
    from tests.people import Person

    app = create_app({"TESTING": True})
    app.test_client_class = Person
    person = app.test_client()
    assert person.login("bj-agent", harness.PASSWORD).status_code == 302
    return person


def plain_client(database):
    """The same tables served by the framework as it comes: its views, its security, no wall (the owner connects)."""
    from flask import Flask
    from flask_appbuilder import AppBuilder, ModelRestApi, ModelView
    from flask_appbuilder.models.sqla.base import SQLA
    from flask_appbuilder.models.sqla.interface import SQLAInterface

    from app.models.order import Order

    class PlainOrders(ModelView):
        datamodel = SQLAInterface(Order)
        list_columns = COLUMNS
        add_columns = ["customer", "service", "starts_at", "district", "address", "special"]  # noqa: RUF012
        show_columns = COLUMNS
        search_columns = ["number", "customer", "service", "starts_at", "district", "state"]  # noqa: RUF012
        page_size = 25

    class PlainApi(ModelRestApi):
        datamodel = SQLAInterface(Order)
        resource_name = "plain"
        list_columns = ["number", "customer.name", "service.name", "starts_at", "district", "amount", "state"]  # noqa: RUF012
        show_columns = add_columns = edit_columns = ["number"]  # noqa: RUF012
        page_size = 25
        allow_browser_login = True

    app = Flask("plain")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database.owner_url, SECRET_KEY="x" * 40, WTF_CSRF_ENABLED=False, FAB_CREATE_DB=False,
        FAB_ADD_SECURITY_API=False, AUTH_RATE_LIMITED=False, FAB_UPDATE_PERMS=True,
    )  # fmt: skip
    own, builder = SQLA(), AppBuilder()
    own.init_app(app)
    with app.app_context():
        builder.init_app(app, own.session)
        builder.add_view(PlainOrders, "Orders", category="Work")
        builder.add_api(PlainApi)
        builder.sm.add_user("plain", "Plain", "User", "plain@example.com", builder.sm.find_role("Admin"), "plain-password-1")
        own.session.remove()
    client = app.test_client()
    assert client.post("/login/", data={"username": "plain", "password": "plain-password-1"}).status_code == 302
    return client


def once(client, url: str) -> tuple[float, int, int]:
    statements.clear()
    began = time.perf_counter()
    answer = client.get(url)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, (url, answer.status_code, answer.data[:300])
    return took, len([s for s in statements if re.match(r"\s*(SELECT|INSERT|UPDATE|WITH)", s)]), len(answer.data)


def side_by_side(ours, our_url: str, plain, plain_url: str) -> dict:
    for client, url in ((ours, our_url), (plain, plain_url)):
        once(client, url), once(client, url)
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine.append(once(ours, our_url))
        theirs.append(once(plain, plain_url))
    middle = lambda rows: statistics.median(r[0] for r in rows)  # noqa: E731
    return {
        "ms": middle(mine), "queries": mine[-1][1], "kb": mine[-1][2] / 1024, "plain_ms": middle(theirs),
        "plain_queries": theirs[-1][1], "plain_kb": theirs[-1][2] / 1024, "ratio": middle(mine) / middle(theirs),
    }  # fmt: skip


RAW = """SELECT o.id, o.number, c.name, s.name, o.starts_at, o.district, o.amount, o.state FROM "order" o
JOIN customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id JOIN service s ON s.tenant_id = o.tenant_id AND s.id = o.service_id
WHERE o.tenant_id = 2 ORDER BY o.id DESC LIMIT 25"""


def raw_sql(database) -> float:
    times = []
    with psycopg.connect(database.superuser_url) as boss:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            boss.execute(RAW).fetchall()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def wall_cost(database, ours) -> dict:
    """The list with row-level security and, for this measurement alone, without; alternating."""
    tables = [r for (r,) in rows(database, "SELECT relname FROM pg_class WHERE relrowsecurity")]
    on, off = [], []
    for _ in range(3):
        for state, times in (("ENABLE", on), ("DISABLE", off)):
            with psycopg.connect(database.superuser_url, autocommit=True) as boss:
                for table in tables:
                    boss.execute(f'ALTER TABLE "{table}" {state} ROW LEVEL SECURITY')
            once(ours, "/order/list")
            times += [once(ours, "/order/list")[0] for _ in range(ROUNDS)]
    with psycopg.connect(database.superuser_url, autocommit=True) as boss:
        for table in tables:
            boss.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    return {"with_ms": statistics.median(on), "without_ms": statistics.median(off), "ratio": statistics.median(on) / statistics.median(off)}


def rights_cost(ours) -> dict:
    """The list with rights and, for this measurement alone, with rights compiled away; and what twelve roles cost to compile."""
    from app.engine import policy
    from app.engine.current import acting
    from app.engine.record import records
    from app.engine.rules import Book, Level, source

    with_, without, real = [], [], policy.free
    for _ in range(3):
        for free, times in ((real, with_), (lambda _model: True, without)):
            policy.free = free
            once(ours, "/order/list")
            times += [once(ours, "/order/list") for _ in range(ROUNDS)]
    policy.free = real
    queries = with_[-1][1] - without[-1][1]
    roles = [f"r{n}" for n in range(12)]
    models = [m for m in records() if not m.__platform__]
    groups = ("basic", "private", "finance", "cost", "internal", "workflow", "can:add", "can:export")
    book = Book(
        {(r, m.__name__): dict.fromkeys(groups, Level.READ) for r in roles for m in models},
        {(r, m.__name__): frozenset({"own", "store"}) for r in roles for m in models}, {},
    )  # fmt: skip
    before, compiled = source[:], []
    source[:] = [lambda: book]
    for _ in range(ROUNDS):
        with ours.application.app_context(), acting(tenant_id=2, actor_id=3, store_id=1, roles=frozenset(roles), trusted=""):
            began = time.perf_counter()
            for model in models:
                policy.rules(model)
            compiled.append((time.perf_counter() - began) * 1000)
    source[:] = before
    ms = [statistics.median(r[0] for r in times) for times in (with_, without)]
    return {"with_ms": ms[0], "without_ms": ms[1], "ratio": ms[0] / ms[1], "more": queries, "compile_ms": statistics.median(compiled)}


def rows(database, sql: str) -> list:
    with psycopg.connect(database.superuser_url) as boss:
        return boss.execute(sql).fetchall()


HOT = {
    "by owner, newest first": 'SELECT id FROM "order" WHERE tenant_id = 2 AND owner_id = 3 ORDER BY id DESC LIMIT 25',
    "by number": "SELECT id FROM \"order\" WHERE tenant_id = 2 AND number = 'B-77'",
    "by state and day": "SELECT id FROM \"order\" WHERE tenant_id = 2 AND state = 'placed' AND starts_at >= now() ORDER BY starts_at LIMIT 25",  # noqa: E501
    "by phone": "SELECT id FROM customer WHERE tenant_id = 2 AND phone_hash = 'x'",
    "by customer": 'SELECT id FROM "order" WHERE tenant_id = 2 AND customer_id = 5',
}


def plans(database) -> dict:
    """Whether the hot queries use an index under the application's role and row-level security."""
    found = {}
    with psycopg.connect(database.url.replace("postgresql+psycopg", "postgresql")) as web:
        web.execute("SELECT set_config('app.tenant', '2', false)")
        for name, sql in HOT.items():
            plan = "\n".join(r[0] for r in web.execute(f"EXPLAIN {sql}").fetchall())
            found[name] = "Seq Scan" not in plan
    return found


def show(result: dict) -> None:
    print(f"\n{ROWS:,} orders\n{'page':12} {'queries':>8} {'ms':>8} {'KB':>7} | {'plain q':>8} {'ms':>8} {'KB':>7} | ratio")
    for name, r in result.items():
        if "queries" in r:
            print(
                f"{name:12} {r['queries']:8} {r['ms']:8.1f} {r['kb']:7.1f} | {r['plain_queries']:8} {r['plain_ms']:8.1f} "
                f"{r['plain_kb']:7.1f} | {r['ratio']:.2f}"
            )
    wall = result["row-level security"]
    print(f"raw SQL of the list: {result['raw sql']['ms']:.2f} ms")
    print(f"row-level security: {wall['with_ms']:.1f} ms with, {wall['without_ms']:.1f} ms without, ratio {wall['ratio']:.3f}")
    rights = result["rights"]
    print(
        f"rights: {rights['with_ms']:.1f} ms with, {rights['without_ms']:.1f} ms without, ratio {rights['ratio']:.3f}, "
        f"{rights['more']} more queries; 12 roles compile in {rights['compile_ms']:.1f} ms"
    )
    print("indexes under row-level security:", ", ".join(f"{n} {'yes' if ok else 'NO'}" for n, ok in result["plans"].items()))
    for name, r in result.items():
        if r.get("queries", 0) > GOAL["queries"]:
            print(f"over the goal: {name} takes {r['queries']} queries")


if __name__ == "__main__":
    main()
