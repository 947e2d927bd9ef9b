"""Four roles press at once: 200 changes of state over 50 orders; no state is skipped, nothing happens twice, every refusal says why."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from datetime import timedelta

import pytest

from app.engine.clock import now
from app.workflows.dispatch import DispatchFlow
from app.workflows.order import OrderFlow
from tests.test_prices import number_of

ORDERS, CHANGES = 50, 200
WHO = {
    "bj-agent": ("answer_it", "cancel"), "bj-dispatch": ("assign", "accept", "set_out", "check_in", "begin"),
    "bj-manager": ("assign", "unassign", "cancel", "finish"), "bj-admin": ("assign", "accept", "set_out", "check_in", "begin", "finish"),
}  # fmt: skip
OF_VISITS = {"accept", "set_out", "check_in", "begin", "finish"}


def named(state) -> str:
    return getattr(state, "name", state)


def edges(flow) -> set[tuple[str, str]]:
    return {(named(source), named(one.target)) for one in flow.steps.values() for source in one.sources}


def history(truth, model: str, pk: int) -> list[tuple[str | None, str]]:
    changed = "SELECT changes->'state'->>0, changes->'state'->>1 FROM audit_entry WHERE changes ? 'state'"
    rows = truth(f"{changed} AND model = %s AND record_id = %s ORDER BY id", model, pk)
    return [(a, b) for a, b in rows if a != b]


def press(caller, dice, pks, workers, visits, found) -> None:  # noqa: PLR0917
    """A quarter of the changes, each at an order that dice choose, by one role."""
    for _n in range(CHANGES // len(WHO)):
        pk, verb = dice.choice(pks), dice.choice(WHO[caller.name])
        there = f"/api/v1/order/{pk}/{verb}"
        if verb in OF_VISITS:
            visit = visits(pk)
            if visit is None:
                verb = "assign" if "assign" in WHO[caller.name] else "cancel"
                there = f"/api/v1/order/{pk}/{verb}"
            else:
                there = f"/api/v1/visit/{visit}/{verb}"
        sent = {"worker": dice.choice(workers)} if verb == "assign" else {"reason": "race"} if verb == "cancel" else {}
        answer = caller.client.post(there, json=sent, headers={**caller.headers, "Accept-Language": "en"})
        found.append((there, answer.status_code, answer.get_json(silent=True) or {}))


@pytest.mark.feature("ORD-07", "ORD-19")
def test_two_hundred_changes_by_four_roles_over_fifty_orders(api, truth):
    agent = api("bj-agent")
    customer, service = number_of(truth, "customer", "name = '王秀兰'"), number_of(truth, "service", "code = 'BJ'")
    days = [now() + timedelta(days=60 + n // 3, hours=4 * (n % 3)) for n in range(ORDERS)]
    sent = [{"customer": customer, "service": service, "quantity": "2", "starts_at": at.isoformat()} for at in days]
    pks = [agent.post("/api/v1/order/", one)["result"]["id"] for one in sent]
    cleaners = "SELECT id FROM worker WHERE tenant_id = 2 AND 'cleaning' = ANY(skills) AND active = 'working' ORDER BY id LIMIT 6"
    workers = [pk for (pk,) in truth(cleaners)]
    lock, found = threading.Lock(), []

    def visit_of(pk):
        with lock:  # one line to the database, asked by all
            rows = truth("SELECT id FROM visit WHERE order_id = %s ORDER BY id DESC LIMIT 1", pk)
        return rows[0][0] if rows else None

    callers = []
    for name in WHO:
        callers.append(api(name))
        callers[-1].name = name
    args = [(c, random.Random(n), pks, workers, visit_of, found) for n, c in enumerate(callers)]
    threads = [threading.Thread(target=press, args=one) for one in args]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    codes = Counter(code for _there, code, _body in found)
    assert len(found) == CHANGES
    assert set(codes) <= {200, 400, 403, 409, 422}, codes
    assert codes[200] >= CHANGES // 8, codes
    silent = [(there, code) for there, code, body in found if code != 200 and not body.get("message")]
    assert silent == [], "every refusal is in words"

    allowed = {"Order": edges(OrderFlow), "Visit": edges(DispatchFlow)}
    made = [pk for (pk,) in truth("SELECT id FROM visit WHERE order_id = ANY(%s)", pks)]
    asked = ('SELECT id, state FROM "order" WHERE id = ANY(%s)', pks), ("SELECT id, state FROM visit WHERE id = ANY(%s)", made)
    ends = [dict(truth(*one)) for one in asked]
    for model, last in zip(("Order", "Visit"), ends, strict=True):
        for pk, end in last.items():
            states = history(truth, model, pk)
            assert all(one[1] == after[0] for one, after in itertools.pairwise(states)), (model, pk, states)
            assert {s for s in states if s[0] is not None} <= allowed[model], (model, pk, states)
            assert not states or states[-1][1] == end

    assigned = Counter(there.split("/")[4] for there, code, _body in found if there.endswith("/assign") and code == 200)
    kept = dict(truth("SELECT order_id, count(*) FROM visit WHERE order_id = ANY(%s) GROUP BY 1", pks))
    assert {int(k): n for k, n in assigned.items()} == kept, "one visit for each that was told it is done"
    live = "SELECT order_id FROM visit WHERE order_id = ANY(%s) AND state NOT IN ('declined', 'cancelled') GROUP BY 1 HAVING count(*) > 1"
    assert truth(live, pks) == []
    twice = (
        "SELECT a.id FROM visit a JOIN visit b ON a.worker_id = b.worker_id AND a.id < b.id "
        "AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at "
        "WHERE a.state NOT IN ('declined', 'cancelled') AND b.state NOT IN ('declined', 'cancelled') AND a.order_id = ANY(%s)"
    )
    assert truth(twice, pks) == [], "nobody is in two places"
