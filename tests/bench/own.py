"""Fields of a company's own beside columns, the other ways to look at a list, and what adding a field locks: on 200,000 rows.

200 fields over all kinds of record, 200,000 customers and as many orders that hold a value in each of theirs. Whole requests by the
administrator's session, row-level security and rights on; a column and the field that holds the same values are asked in turn.
``ROWS`` and ``ROUNDS`` change the size; ``EXPLAIN=1`` prints the plan of every statement over 10 ms. Writes ``var/bench-own.json``.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests import harness
from tests.bench.peers import data

ROWS, ROUNDS = int(os.environ.get("ROWS", "200000")), int(os.environ.get("ROUNDS", "9"))
FIELDS, RATIO, VIEW, LOCK = 200, 1.3, 100, 50  # how many, and the goals: times a column, ms of a view, ms of a lock
# Kind of record -> field -> (kind, the column that it copies): what is measured. The others only lie there.
COPIES = {
    "customer": {"level": "choice", "district": "text", "birthday": "day"},
    "order": {"unit_price": "money", "quantity": "number", "ends_at": "moment"},
}
TEXTS = {"birthday": "birthday::text", "ends_at": "to_char(timezone('UTC', ends_at), 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"}
KINDS = ("text", "note")
PAIRS = {
    "is, 1 row in 4": "/customer/list?{level}=vip",
    "is, 1 row in 16": "/customer/list?{district}=朝阳区",
    "is one of": "/customer/list?{level}.in=vip,past",
    "is, in an order": "/customer/list?{level}=vip&sort=name",
    "is, no row": "/customer/list?{district}=无",
    "a span of days": "/customer/list?{birthday}.bt=1950-01-01,1950-01-31",
    "from a number": "/order/list?{unit_price}.ge=950",
    "from a moment": "/order/list?{ends_at}.ge=2026-11-01",
    "in order: choice": "/customer/list?sort={level}",
    "in order: text": "/customer/list?sort=-{district}",
    "in order: day": "/customer/list?sort={birthday}",
    "in order: money": "/order/list?sort=-{unit_price}",
    "in order: moment": "/order/list?sort=-{ends_at}",
    "in groups: choice": "/customer/list?group={level}",
    "in groups: text": "/customer/list?group={district}",
    "in groups: day by year": "/customer/list?group={birthday}:year",
}
VIEWS = {
    "pivot, state by month": "/order/list?as=pivot&rows=state&across=starts_at:month",
    "pivot, money by district and month": "/order/list?as=pivot&rows=district&across=starts_at:month&measure=amount",
    "chart, orders by month": "/order/list?as=chart&by=starts_at:month",
    "board": "/order/list?as=board",
    "points of the map": "/order/points?as=map",
    "calendar": "/order/list?as=calendar",
}
spent = {"sql": 0.0, "begun": 0.0}


@event.listens_for(Engine, "before_cursor_execute")
def begin(*_rest):
    spent["begun"] = time.perf_counter()


@event.listens_for(Engine, "after_cursor_execute")
def end(connection, _cursor, statement, parameters, *_rest):
    took = (time.perf_counter() - spent["begun"]) * 1000
    spent["sql"] += took
    if spent.get("explain") and took > 10:
        raw = connection.connection.driver_connection.cursor()
        raw.execute("EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, SUMMARY OFF) " + statement, parameters)
        print(f"-- {took:.1f} ms\n{statement[-900:]}\n" + "\n".join(r[0] for r in raw.fetchall()), flush=True)


def main() -> None:
    logging.disable(logging.WARNING)
    server = harness.serve()
    try:
        database = harness.clone(harness.attach(), "bench", 1)
        say("filling")
        data.fill(database.superuser_url, data.Size(ROWS, ROWS, ROWS // 40, 40), database.services.secrets["FIELD_KEY"])
        os.environ.update(database.environ(Path(tempfile.mkdtemp())))
        from app.factory import create_app
        from tests.people import Person

        app = create_app({"TESTING": True})
        app.test_client_class = Person
        say("adding fields")
        names, found = added(app, database)
        say("filling the fields")
        fill_extra(database, names)
        found |= {"pairs": {}, "views": {}}
        people = {}
        for who in ("bj-admin", "bj-manager"):
            people[who] = app.test_client()
            assert people[who].login(who, harness.PASSWORD).status_code == 302
        for label, address in PAIRS.items():
            say(label)
            table = address.split("/")[1]
            urls = [address.format(**{c: c for c in COPIES[table]}), address.format(**names[table])]
            found["pairs"][label] = beside(people["bj-admin"], *urls)
        for label, address in VIEWS.items():
            say(label)
            found["views"][label] = {who: alone(person, address) for who, person in people.items()}
        show(found)
        file = harness.ROOT / "var" / "bench-own.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False))
        harness.drop(database)
    finally:
        if server:
            harness.finish(server)


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def added(app, database) -> tuple[dict[str, dict[str, str]], dict]:
    """Add the fields, one transaction each, while somebody else writes; the names of those that copy a column, and what it took."""
    from app.engine import tailor
    from app.engine.fields import declared
    from app.engine.record import records
    from app.engine.rules import CustomField
    from app.extensions import db
    from tests.acting import as_person

    models = [m for m in records() if not m.__platform__]
    names: dict[str, dict[str, str]] = {m.__tablename__: {} for m in models}
    with app.test_request_context("/", headers={"Accept-Language": "en"}), as_person(db.session, "bj-admin"):
        busy, took = Busy(database), []
        for n in range(FIELDS):
            model = models[n % len(models)]
            table = model.__tablename__
            column, kind = next(((c, k) for c, k in COPIES.get(table, {}).items() if c not in names[table]), ("", KINDS[n % len(KINDS)]))
            sent = {"label": f"自定{n}", "label_en": f"Own {n}", "kind": kind, "listed": False}
            sent["group"] = next(f.group for f in declared(model).values())
            if kind == "choice":
                words = declared(model)[column].choices
                sent["choices"] = [{"code": c, "zh": str(w), "en": str(w), "brought": True} for c, w in words.items()]
            began = time.perf_counter()
            row = tailor.save(db.session, model, CustomField(model=model.__name__), sent)
            name = row.name
            busy.locks |= strong_locks(database)
            db.session.commit()
            took.append((time.perf_counter() - began) * 1000)
            names[table][column or name] = name
            db.session.expire_all()
            from app.engine.current import current

            current().memo.clear()
        waits = busy.stop()
    lock = {
        "fields": FIELDS, "types": len(models), "add_ms": statistics.median(took), "add_most_ms": max(took), "writes": len(waits),
        "write_ms": statistics.median(waits), "waited": busy.locked, "strong_locks": sorted(busy.locks),
    }  # fmt: skip
    return names, {"locks": lock}


class Busy:
    """Somebody who writes one order after the other; how long each write took."""

    def __init__(self, database) -> None:
        self.waits: list[float] = []
        self.locked = 0  # writes that would have waited longer than the goal allows
        self.locks: set[str] = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.write, args=(database.superuser_url,))
        self.thread.start()

    def write(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as boss:
            boss.execute(f"SET lock_timeout = {LOCK}")
            pk = boss.execute('SELECT max(id) FROM "order" WHERE tenant_id = 2').fetchone()[0]
            while not self.over.is_set():
                began = time.perf_counter()
                for table in ('"order"', "customer"):
                    boss.execute(f"SELECT 1 FROM {table} WHERE tenant_id = 2 LIMIT 1")
                try:
                    boss.execute('UPDATE "order" SET door = door WHERE tenant_id = 2 AND id = %s', (pk,))
                except psycopg.errors.LockNotAvailable:
                    self.locked += 1
                self.waits.append((time.perf_counter() - began) * 1000)
                time.sleep(0.002)

    def stop(self) -> list[float]:
        self.over.set()
        self.thread.join()
        return self.waits


def strong_locks(database) -> set[str]:
    """Tables that are locked against readers or writers at this moment."""
    with psycopg.connect(database.superuser_url) as boss:
        held = boss.execute(
            "SELECT relation::regclass::text, mode FROM pg_locks WHERE locktype = 'relation' AND mode NOT IN"
            " ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')"
        ).fetchall()
    return {f"{table} {mode}" for table, mode in held}


def fill_extra(database, names: dict[str, dict[str, str]]) -> None:
    """A value in every field of every row: those that copy a column the column's own, the others something short."""
    with psycopg.connect(database.superuser_url, autocommit=True) as boss:
        for table, copied in COPIES.items():
            parts = [f"'{name}', {TEXTS.get(c, c + '::text') if c in copied else 'left(md5(id::text), 6)'}"
                     for c, name in names[table].items()]  # fmt: skip
            more = ", lat = 39.7 + random() * 0.4, lng = 116.1 + random() * 0.6" if table == "order" else ""
            boss.execute("SET session_replication_role = replica")
            with data.without_indexes(boss, table):
                boss.execute(f'UPDATE "{table}" SET extra = jsonb_build_object({", ".join(parts)}){more} WHERE tenant_id = 2')
        for table in COPIES:
            boss.execute(f'VACUUM FULL "{table}"')
        boss.execute("VACUUM ANALYZE")


def once(person, url: str) -> tuple[float, float, int]:
    spent["sql"] = 0.0
    began = time.perf_counter()
    answer = person.get(url)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, (url, answer.status_code, answer.get_data(as_text=True)[:300])
    return took, spent["sql"], len(answer.data)


def middle(found: list[tuple[float, float, int]]) -> dict[str, float]:
    return {"ms": round(statistics.median(f[0] for f in found), 1), "sql_ms": round(statistics.median(f[1] for f in found), 1)}


def beside(person, column: str, field: str) -> dict:
    for url in (column, field):
        once(person, url)
        explained(person, url)
    pairs = [(once(person, column), once(person, field)) for _ in range(ROUNDS)]
    one, other = middle([p[0] for p in pairs]), middle([p[1] for p in pairs])
    return {"column": one, "field": other, "ratio": round(statistics.median(b[0] / a[0] for a, b in pairs), 2)}


def alone(person, url: str) -> dict:
    once(person, url)
    explained(person, url)
    return middle([once(person, url) for _ in range(ROUNDS)])


def explained(person, url: str) -> None:
    if os.environ.get("EXPLAIN"):
        print(f"== {url}", flush=True)
        spent["explain"] = 1
        once(person, url)
        spent["explain"] = 0


def show(found: dict) -> None:
    lock = found["locks"]
    print(f"\n{ROWS:,} customers, {ROWS:,} orders, {lock['fields']} fields on {lock['types']} kinds of record")
    print(f"\n{'':26} {'column':>16} {'field':>16}   ratio\n{'':26} {'ms (of SQL)':>16} {'ms (of SQL)':>16}")
    for label, r in found["pairs"].items():
        both = " ".join(f"{r[n]['ms']:8.1f} ({r[n]['sql_ms']:5.1f})" for n in ("column", "field"))
        print(f"{label:26} {both}   {r['ratio']:.2f}{'' if r['ratio'] <= RATIO else f'   over {RATIO}'}")
    print()
    for label, row in found["views"].items():
        both = "  ".join(f"{who} {r['ms']:6.1f} ({r['sql_ms']:5.1f})" for who, r in row.items())
        print(f"{label:36} {both}{'' if max(r['ms'] for r in row.values()) <= VIEW else f'   over {VIEW} ms'}")
    print(
        f"\nadding a field: {lock['add_ms']:.1f} ms, at most {lock['add_most_ms']:.1f}; meanwhile {lock['writes']} writes of others took "
        f"{lock['write_ms']:.1f} ms, and {lock['waited']} waited over {LOCK} ms for a lock; tables locked against them: "
        f"{lock['strong_locks'] or 'none'}"
    )


if __name__ == "__main__":
    main()
