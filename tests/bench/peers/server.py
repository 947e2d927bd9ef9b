"""One peer in a process of its own: an address a line comes in as JSON, its measurement goes out."""

from __future__ import annotations

import cProfile
import io
import json
import logging
import os
import pstats
import re
import sys
from importlib import import_module
from pathlib import Path

from tests.bench.peers.wsgi import Browser

QUERY = re.compile(r"\s*\(?\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
MODULES = {"ours": "ours", "django": "shop.site", "fab": "framework", "floor": "floor"}
PEAK = re.compile(r"VmHWM:\s+(\d+)")


def main(name: str) -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a framework prints must not stand among the answers
    logging.disable(logging.WARNING)
    site = import_module(f"tests.bench.peers.{MODULES[name]}").open_site()
    browser = Browser(site.app)
    if site.login:
        browser.sign_in(*site.login)
    out.write(json.dumps({"ready": name}) + "\n")
    for line in sys.stdin:
        asked = json.loads(line)
        answer = profiled(browser, asked["profile"]) if isinstance(asked, dict) else once(site, browser, asked)
        out.write(json.dumps(answer) + "\n")


def once(site, browser: Browser, path: str) -> dict:
    site.statements.clear()
    status, body, (wall, cpu) = browser.call("GET", path)
    queries = sum(1 for s in site.statements if QUERY.match(s))
    said = body[:400].decode("utf8", "replace") if status != 200 else ""
    return {"status": status, "ms": wall, "cpu_ms": cpu, "queries": queries, "bytes": len(body), "peak_mb": peak(), "said": said}


def profiled(browser: Browser, path: str) -> dict:
    """Where the time of ten calls goes: by what a function and all below it took, and by what it took itself."""
    with cProfile.Profile() as profile:
        for _ in range(10):
            browser.call("GET", path)
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text)
    stats.sort_stats("cumulative").print_stats(70)
    stats.sort_stats("tottime").print_stats(40)
    return {"status": 200, "peak_mb": peak(), "text": text.getvalue()}


def peak() -> float:
    """The most memory this process has needed so far, in MB."""
    return int(PEAK.search(Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1])
