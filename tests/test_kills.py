"""Kill -9 of the worker, the queue, the database and the web while orders and notices flow: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta

import psycopg
import pytest

from app.engine.clock import now
from ops.services import Services
from tests.harness import PASSWORD

ORDERS, CALLERS = 200, 8


class Api:
    """A caller that, like a phone on a bad line, asks again with the same key until it is answered."""

    def __init__(self, url: str, username: str) -> None:
        self.url, self.username, self.token = url, username, ""

    def call(self, method: str, path: str, body: dict | None = None, key: str = "") -> dict:
        end = time.monotonic() + 90
        while True:
            try:
                if not self.token:
                    sent = {"username": self.username, "password": PASSWORD, "provider": "db"}
                    self.token = self.once("POST", "/api/v1/security/login", sent)["access_token"]
                return self.once(method, path, body, key)
            except (OSError, urllib.error.HTTPError, ValueError) as problem:
                if getattr(problem, "code", 500) in (400, 403, 409, 422) or time.monotonic() > end:
                    raise
                if getattr(problem, "code", 0) == 401:
                    self.token = ""
                time.sleep(0.2)

    def once(self, method: str, path: str, body: dict | None, key: str = "") -> dict:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        headers |= {"Idempotency-Key": key} if key else {}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def superuser(home) -> str:
    from ops import secrets

    services = Services(home, secrets.load(home))
    services.ports = json.loads((home / "ports.json").read_text())
    return services.superuser_url("jiahe")


@pytest.mark.soak
def test_two_hundred_orders_survive_every_kill(installation):
    """Each request carries a key of its own, and is repeated until it is answered."""
    program = installation(SAMPLE="1", AUTH_RATE_LIMIT="1000 per minute")
    dsn = superuser(program.home)
    api = Api(program.url, "bj-agent")
    customer = api.call("GET", "/api/v1/customer/?size=1")["result"][0]["id"]
    service = next(s["id"] for s in api.call("GET", "/api/v1/service/")["result"] if s["unit"] == "hour")
    marks, errors = iter(range(ORDERS)), []
    lock = threading.Lock()

    def place() -> None:
        mine = Api(program.url, "bj-agent")
        while True:
            with lock:
                n = next(marks, None)
            if n is None:
                return
            body = {
                "customer": customer, "service": service, "quantity": "1",
                "starts_at": (now() + timedelta(days=3 + n)).isoformat(), "special": f"mark-{n}",
            }  # fmt: skip
            try:
                mine.call("POST", "/api/v1/order/", body, key=f"kill-{n}")
            except Exception as problem:  # noqa: BLE001
                errors.append(f"{n}: {problem}")

    callers = [threading.Thread(target=place) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    random.seed(7)
    for name in ("worker1", "valkey", "web", "postgres", "worker1", "web", "ticker", "postgres", "valkey", "worker1"):
        time.sleep(1.5)
        try:
            os.kill(program.pid(name), signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            continue
    for caller in callers:
        caller.join(180)
    assert not errors, errors[:5]
    end = time.monotonic() + 120
    with psycopg.connect(dsn, autocommit=True) as boss:
        made = "SELECT count(*), count(DISTINCT special), count(DISTINCT number) FROM \"order\" WHERE special LIKE 'mark-%'"
        assert boss.execute(made).fetchone() == (ORDERS, ORDERS, ORDERS)
        due = "SELECT count(*) FROM notice n WHERE n.done_at IS NULL AND n.failed_at IS NULL"
        while boss.execute(due).fetchone()[0] and time.monotonic() < end:
            time.sleep(0.5)
        told = "SELECT count(*), count(DISTINCT key) FROM message m JOIN \"order\" o ON m.url = '/order/show/' || o.id WHERE o.special LIKE 'mark-%' AND m.event = 'order.placed'"  # noqa: E501
        count, distinct = boss.execute(told).fetchone()
        dispatchers = boss.execute(
            "SELECT count(*) FROM staff WHERE tenant_id = 2 AND active AND 'dispatcher' = ANY(roles) AND store_id = (SELECT store_id FROM \"order\" WHERE special = 'mark-0')"  # noqa: E501
        ).fetchone()[0]
        assert count == distinct == ORDERS * dispatchers


def test_notices_go_out_exactly_once_though_workers_are_killed(live):
    """500 notices to the rehearsal gateway, the worker killed again and again."""
    dsn = live.database.superuser_url
    with psycopg.connect(dsn, autocommit=True) as boss:
        visit = boss.execute("SELECT id FROM visit WHERE tenant_id = 2 ORDER BY id DESC LIMIT 1").fetchone()[0]
        start = boss.execute("SELECT coalesce(max(id), 0) FROM notice").fetchone()[0]
        boss.execute(
            "INSERT INTO notice (tenant_id, version, event, model, record_id, facts, due_at, attempts, created_at, changed_at) "
            "SELECT 2, 1, 'visit.offered', 'Visit', %s, '{}', now(), 0, now(), now() FROM generate_series(1, 500)",
            (visit,),
        )
        end = time.monotonic() + 120
        left = "SELECT count(*) FROM notice WHERE id > %s AND done_at IS NULL"
        kills = 0
        while (waiting := boss.execute(left, (start,)).fetchone()[0]) and time.monotonic() < end:
            if kills < 4 and waiting < 480 - kills * 110:
                for name in ("worker1", "ticker"):
                    try:
                        os.kill(live.pid(name), signal.SIGKILL)
                    except (ProcessLookupError, FileNotFoundError):
                        continue
                kills += 1
            time.sleep(0.05)
        assert kills > 1
        assert waiting == 0
        sent = "SELECT count(*), count(DISTINCT key), count(DISTINCT split_part(key, ':', 1)) FROM rehearsed WHERE split_part(key, ':', 1)::int > %s"  # noqa: E501
        assert boss.execute(sent, (start,)).fetchone() == (1000, 1000, 500)  # by SMS and by WeChat


@pytest.mark.feature("ORD-14")
def test_forty_orders_at_once_have_forty_numbers(live):
    api = Api(live.url, "bj-agent")
    customer = api.call("GET", "/api/v1/customer/?size=1")["result"][0]["id"]
    service = api.call("GET", "/api/v1/service/?size=1")["result"][0]["id"]
    numbers: list[str] = []

    def place(n: int) -> None:
        mine = Api(live.url, "bj-agent")
        for m in range(5):
            starts = (now() + timedelta(days=200 + n * 5 + m)).isoformat()
            made = mine.call("POST", "/api/v1/order/", {"customer": customer, "service": service, "starts_at": starts})
            numbers.append(made["result"]["number"])

    callers = [threading.Thread(target=place, args=(n,)) for n in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert len(numbers) == len(set(numbers)) == 40
