"""``make bench``: fill, start the peers, measure, print the table and the goals, write ``var/bench.json``.

``SIZE=small`` is one twentieth. ``PEERS=ours,floor`` leaves peers out, ``ROUNDS`` and ``SECONDS`` (for one page of one peer) limit the run,
``EXCHANGE=0`` leaves import and export out. ``PROFILE=list,add`` writes where the time of these pages of ours goes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests import harness
from tests.bench import exchange
from tests.bench.peers import asked, copied, data, report
from tests.bench.peers.measure import measure, started

DJANGO = harness.ROOT / "var" / "bench" / "bin" / "python"
RESULT = harness.ROOT / "var" / "bench.json"


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def run(database: harness.Database, size: data.Size, names: list[str], rounds: int, seconds: float) -> dict:
    """Fill a clone of the sample and measure the peers on it."""
    url = database.superuser_url
    say(f"filling: {size}")
    first = data.fill(url, size, database.services.secrets["FIELD_KEY"])
    say("copying for the peers")
    copied.copy(url)
    folder = Path(tempfile.mkdtemp(prefix="jiahe-bench-"))
    environs = {n: database.environ(folder) if n == "ours" else {"PEER_URL": copied.address(url, n)} for n in names}
    say("starting " + ", ".join(names))
    with started(environs, {"django": str(DJANGO)}, folder) as peers:
        say("measuring")
        addresses = asked.addresses(asked.marks(url, first["store"]))
        found = measure(peers, addresses, rounds, seconds)
        found["memory"] = {n: {"peak_mb": round(p.peak_mb)} for n, p in peers.items()}  # a profile would add to it
        for page in filter(None, os.environ.get("PROFILE", "").split(",")):
            file = RESULT.with_name(f"bench-{page}.txt")
            file.write_text(peers["ours"].ask({"profile": addresses["ours"][page]})["text"])
            say(f"where the time of {page} goes: {file.relative_to(harness.ROOT)}")
        return found


def exchanged(services, rows: int) -> dict:
    """Import and export of our own, on a fresh sample."""
    database = harness.clone(services, "exchange", 2)
    found = {}
    for line in exchange.lines(database, rows):
        figures = {"p50_ms": line["seconds"] * 1000, "cpu_ms": line["cpu"] * 1000, "peak_mb": line["peak_mb"], "rows": line["rows"]}
        found[line["what"]] = {"ours": figures}
    harness.drop(database)
    return found


def main() -> None:
    small = os.environ.get("SIZE", "") == "small"
    size = data.Size().part(20) if small else data.Size()
    names = os.environ.get("PEERS", "floor,ours,django,fab").split(",")
    rounds, seconds = int(os.environ.get("ROUNDS", "15" if small else "30")), float(os.environ.get("SECONDS", "8"))
    if "django" in names and not DJANGO.exists():
        sys.exit("`make bench` installs Django first")
    began, server = time.monotonic(), harness.serve()
    try:
        services = harness.attach()
        database = harness.clone(services, "bench", 1)
        found = run(database, size, names, rounds, seconds)
        harness.drop(database)
        if os.environ.get("EXCHANGE", "1") == "1":
            say("import and export")
            found |= exchanged(services, 5_000 if small else 100_000)
    finally:
        if server:
            harness.finish(server)
    report.write(found, RESULT)
    print(f"\n{size}, {rounds} rounds, load {os.getloadavg()[0]:.1f}, {time.monotonic() - began:.0f} s\n")
    print(f"{report.table(found)}\n\n{report.verdict(found)}\n\nwritten to {RESULT.relative_to(harness.ROOT)}")


if __name__ == "__main__":
    main()
