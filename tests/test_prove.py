"""The proof of rights is green on the product as it is, and red, in the right channel, for holes made on purpose."""

from __future__ import annotations

import pytest

from app.prove.report import terminal
from app.prove.run import prepare, prove


@pytest.fixture
def world(app, fresh_db):
    with app.app_context():
        yield prepare(app)


def test_zz_all(world):
    import cProfile, pstats
    p = cProfile.Profile(); p.enable()
    report = prove(world, say=print)
    p.disable()
    pstats.Stats(p).sort_stats("cumulative").print_stats(45)
    print(terminal(report.table(), most=400))
    assert not report.findings
