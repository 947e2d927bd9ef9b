"""The proof of rights is green on the product as it is, and red, in the right channel, for holes made on purpose."""

from __future__ import annotations

import os, time
import pytest

from app.prove.report import terminal
from app.prove.run import prepare, prove

START = time.monotonic()

@pytest.fixture
def world(app, fresh_db):
    with app.app_context():
        yield prepare(app)


def test_zz_all(world):
    print("ready", time.monotonic() - START)
    import cProfile, pstats
    p = cProfile.Profile(); p.enable()
    report = prove(world, channels=os.environ["CH"].split(",") if os.environ.get("CH") else None, actors=os.environ["AC"].split(",") if os.environ.get("AC") else None, say=lambda line: print(line, round(time.monotonic() - START), flush=True))
    p.disable()
    if os.environ.get("PROF"): pstats.Stats(p).sort_stats("cumulative").print_stats(70)
    print(terminal(report.table(), most=400))
    assert not report.findings
