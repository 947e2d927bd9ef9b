"""The measurement beside the peers still measures: a tiny company, one round, ours and the floor."""

from __future__ import annotations

import json

import pytest

from tests import harness
from tests.bench.peers import __main__ as bench
from tests.bench.peers import report
from tests.bench.peers.asked import PAGES
from tests.bench.peers.data import Size
from tests.bench.peers.goals import goals

TINY = Size(customers=4000, orders=600, workers=20, stores=20)
FIGURES = {"p50_ms", "p95_ms", "cpu_ms", "queries", "bytes"}


@pytest.fixture(scope="module")
def found(services, worker_number):
    database = harness.clone(services, f"w{worker_number}_bench", worker_number * 2 + 2)
    yield bench.run(database, TINY, ["floor", "ours"], rounds=1, seconds=1)
    harness.drop(database)


def test_every_page_of_ours_is_measured_beside_the_floor(found, tmp_path):
    assert set(found) == {*PAGES, "memory"}
    for page in PAGES:
        assert set(found[page]) == ({"ours"} if page == "add" else {"floor", "ours"})
        assert all(set(one) == FIGURES and one["p50_ms"] > 0 and one["bytes"] > 0 for one in found[page].values()), page
    assert found["list"]["floor"]["queries"] == 1 < found["list"]["ours"]["queries"]
    assert found["list100"]["ours"]["bytes"] > 2 * found["list"]["ours"]["bytes"], "no hundred rows on that page"
    assert found["search2"]["ours"]["bytes"] > 10_000 and found["memory"]["ours"]["peak_mb"] > 50
    report.write(found, tmp_path / "var" / "bench.json")
    assert json.loads((tmp_path / "var" / "bench.json").read_text()) == found


def test_the_table_has_a_line_for_each_page_and_the_verdict_one_for_each_goal(found):
    lines = report.table(found).splitlines()
    assert [line.split()[0] for line in lines[2 : 2 + len(PAGES)]] == list(found)[: len(PAGES)]
    assert "ours" in lines[-1] and "MB" in lines[-1]
    peers = {page: row | {"django": row["ours"] | {"p50_ms": 1000.0}} for page, row in found.items() if page in PAGES}
    assert len(report.verdict(peers | {"memory": found["memory"]}).splitlines()) == len(goals(peers)) + 1 > 15


@pytest.mark.parametrize(("ours", "met"), [(59.0, True), (61.0, False)])
def test_a_goal_beside_a_peer_is_met_only_by_being_that_much_faster(ours, met):
    row = {"ours": {"p50_ms": ours}, "django": {"p50_ms": 100.0}}
    assert [g.met for g in goals({"list": row})] == [met]
