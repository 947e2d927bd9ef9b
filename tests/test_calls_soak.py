"""1,000 rings in 60 seconds with 50 open streams: none lost, none to the wrong agent, none to another company. `make soak`."""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from collections import defaultdict
from http.client import HTTPConnection

import pytest

from tests.calling import Exchange
from tests.test_live import signed_in

RINGS, SECONDS = int(os.environ.get("RINGS", "1000")), float(os.environ.get("RING_SECONDS", "60"))
STREAMS, TELLERS = 50, 4
LISTENERS = ("bj-agent", "bj-agent2", "bj-manager", "bj-dispatch", "bj-admin", "sh-agent", "sh-admin", "sh-finance", "bj-finance")
EACH = 6  # streams that a page of one person may hold in one process of the server


class Ear(threading.Thread):
    """A page: it listens, and when its stream ends it asks again from where it was."""

    def __init__(self, port: int, cookie: str):
        super().__init__(daemon=True)
        self.port, self.cookie, self.heard, self.seq = port, cookie, defaultdict(list), 0
        self.ready, self.over = threading.Event(), False

    def run(self):
        while not self.over:
            try:
                line = HTTPConnection("127.0.0.1", self.port, timeout=30)
                line.request("GET", f"/live?calls={self.seq}", headers={"Cookie": self.cookie, "Accept": "text/event-stream"})
                answer = line.getresponse()
                if answer.status != 200:
                    time.sleep(0.2)
                    continue
                self.listen(answer)
            except OSError:
                time.sleep(0.2)

    def listen(self, answer):
        name = ""
        while not self.over and (text := answer.readline().decode()):
            if text.startswith("event: "):
                name = text[7:].strip()
                self.ready.set()
            elif text.startswith("data: ") and name == "call":
                data = json.loads(text[6:])
                self.seq = max(self.seq, data["seq"])
                self.heard[data["call"]].append(time.time())


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.feature("CALL-03")
def test_a_thousand_rings_in_a_minute(app, client, live):
    bj, sh = Exchange(app, client("bj-admin")), Exchange(app, client("sh-admin"), "sh-agent")
    cookies = {name: signed_in(live.url, name) for name in LISTENERS}
    with app.app_context():
        from sqlalchemy import select

        from app.extensions import db
        from app.models.organisation import Staff
        from tests.acting import as_program

        staff = {}
        for tenant in (2, 3):
            with as_program(db.session, tenant):
                staff |= {s.username: s.id for s in db.session.scalars(select(Staff)) if s.username in LISTENERS}
            db.session.remove()
    names = list(itertools.islice(itertools.cycle(LISTENERS), STREAMS))
    assert max(names.count(n) for n in LISTENERS) <= EACH
    ears = [(name, Ear(live.port, cookies[name])) for name in names]
    for _name, ear in ears:
        ear.start()
    assert all(ear.ready.wait(20) for _name, ear in ears)
    told: dict[int, tuple[int, float]] = {}
    lock, counter, begun = threading.Lock(), itertools.count(), time.monotonic()

    def tell():
        while (n := next(counter)) < RINGS:
            time.sleep(max(0.0, begun + n * SECONDS / RINGS - time.monotonic()))
            exchange = sh if n % 10 == 9 else bj
            who = list(exchange.extensions)[n % len(exchange.extensions)]
            at = time.time()
            answer = exchange.over_the_wire(
                live.url, "ring", f"soak-{n}-{int(at)}", caller=f"1430{n:07d}", extension=exchange.extensions[who]
            )
            with lock:
                told[answer["call"]] = who, at

    tellers = [threading.Thread(target=tell) for _each in range(TELLERS)]
    [t.start() for t in tellers]
    [t.join() for t in tellers]
    took = time.monotonic() - begun
    time.sleep(3)
    lost, wrong, late = 0, 0, []
    for name, ear in ears:
        ear.over = True
        mine = {call for call, (who, _at) in told.items() if who == staff[name]}
        lost += len(mine - set(ear.heard))
        wrong += len(set(ear.heard) - mine)
        late += [ear.heard[c][0] - told[c][1] for c in mine & set(ear.heard)]
    late.sort()
    print(
        f"{len(told)} rings in {took:.1f} s, {STREAMS} streams, {len(late)} heard: {lost} lost, {wrong} at the wrong page; "
        f"median {late[len(late) // 2] * 1000:.0f} ms, 99th {late[int(len(late) * 0.99)] * 1000:.0f} ms"
    )
    assert len(told) == RINGS and (lost, wrong) == (0, 0)
    assert took < SECONDS * 1.2
