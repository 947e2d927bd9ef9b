"""The table that people read, and the file that programs read."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.peers.goals import KB, goals

ORDER = ("floor", "ours", "django", "fab")


def table(found: dict[str, dict]) -> str:
    """Milliseconds, median and 95th percentile; in brackets processor time of the web process, queries and KB."""
    names = [n for n in ORDER if any(n in row for row in found.values())]
    lines = [f"{'page':9}" + "".join(f"{n:>34}" for n in names), f"{'':9}" + f"{'p50 /   p95 (  cpu,  q,   KB)':>34}" * len(names)]
    for page, row in found.items():
        if any("queries" in one for one in row.values()):
            lines.append(f"{page:9}" + "".join(f"{figures(row.get(n)):>34}" for n in names))
    for page, row in found.items():
        if "peak_mb" in next(iter(row.values())):
            lines.append(f"{page}: " + ", ".join(f"{n} {other(one)}" for n, one in row.items()))
    return "\n".join(lines)


def figures(one: dict | None) -> str:
    if one is None:
        return "-"
    return f"{one['p50_ms']:.1f} / {one['p95_ms']:.1f} ({one['cpu_ms']:.1f}, {one['queries']}, {one['bytes'] / KB:.0f})"


def other(one: dict) -> str:
    took = f"{one['rows']:,} rows in {one['p50_ms'] / 1000:.1f} s, " if "rows" in one else ""
    return f"{took}{one['peak_mb']:.0f} MB"


def verdict(found: dict[str, dict]) -> str:
    """Each goal, met or not."""
    return "\n".join(f"{'met   ' if g.met else 'NOT MET'} {g.words}: {g.figure:.2f}, at most {g.most:g}" for g in goals(found))


def write(found: dict[str, dict], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
