"""What the processes of the web need of memory, served by gunicorn as in life: alone, and in common with one another.

Each is asked every page of a list. ``rss`` counts what is shared in every process again, ``pss`` divides it among them: only these add up.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from ops.services import free_port
from ops.start import Installation
from tests import harness

PAGES = (
    "/", "/order/list", "/customer/list?q=王", "/order/add", "/order/list?as=board", "/order/list?as=pivot", "/order/list?as=calendar",
    "/api/v1/order/?size=25", "/statistics/", "/palette?q=wang",
)  # fmt: skip
ROUNDS, PEOPLE = 3, ("bj-admin", "bj-agent", "bj-dispatch", "sh-admin")
HIDDEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def main() -> None:
    server = harness.serve()
    try:
        database = harness.clone(harness.attach(), "bench", 1)
        found = {"in common": measured(database, ["-c", "python:ops.web"]), "each alone": measured(database, [])}
        for how, rows in found.items():
            for name, row in rows.items():
                print(f"{how:12} {name:8} rss {row['rss']:6.1f} MB   pss {row['pss']:6.1f} MB")
            workers = [r["pss"] for n, r in rows.items() if n != "parent"]
            print(f"{how:12} all      {sum(r['pss'] for r in rows.values()):6.1f} MB, a web worker {sum(workers) / len(workers):.1f} MB")
        file = harness.ROOT / "var" / "bench-memory.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=1))
        harness.drop(database)
    finally:
        if server:
            harness.finish(server)


def measured(database: harness.Database, config: list[str]) -> dict[str, dict[str, float]]:
    """The memory of a server and its processes after some pages."""
    port, folder = free_port(set()), Path(tempfile.mkdtemp())
    env = os.environ | database.environ(folder, PORT=str(port))
    argv = Installation(env).programs({})[0]().argv
    at = argv.index("-c")
    argv, silent = argv[:at] + config + argv[at + 2 :], subprocess.DEVNULL
    process = subprocess.Popen(argv, env=env, cwd=harness.ROOT, stdout=silent, stderr=silent)
    try:
        ask(port)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return {"parent": memory(process.pid)} | {f"worker {n}": memory(int(pid)) for n, pid in enumerate(children, 1)}
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int) -> None:
    base, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{base}/login/", timeout=5)  # not its health: no ticker runs here
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
    for who in PEOPLE:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        token = HIDDEN.search(browser.open(f"{base}/login/").read().decode())[1]
        form = {"username": who, "password": harness.PASSWORD, "csrf_token": token}
        browser.open(f"{base}/login/", urllib.parse.urlencode(form).encode()).read()
        for _ in range(ROUNDS):
            for page in PAGES:
                try:
                    browser.open(base + urllib.parse.quote(page, safe="/?=&")).read()
                except urllib.error.HTTPError as problem:
                    if problem.code not in (403, 404):
                        raise


def memory(pid: int) -> dict[str, float]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {n.lower(): int(re.search(rf"^{n}:\s+(\d+)", text, re.MULTILINE)[1]) / 1024 for n in ("Rss", "Pss")}


if __name__ == "__main__":
    sys.exit(main())
