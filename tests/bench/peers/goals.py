"""What we want of our own pages, beside the peers of the same run and in plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

KB = 1024


@dataclass(frozen=True)
class Goal:
    """One promise: a figure of ours, and what it may be at most."""

    words: str
    figure: float
    most: float

    @property
    def met(self) -> bool:
        return self.figure <= self.most


def goals(found: dict[str, dict]) -> list[Goal]:
    """The goals that the figures there are can answer; a peer that did not take part leaves its goals out."""
    made: list[Goal] = []

    def beside(page: str, most: float, other: Callable[[], float], than: str) -> None:
        try:
            made.append(Goal(f"{page}: time beside {than}", found[page]["ours"]["p50_ms"] / other(), most))
        except (KeyError, ValueError):
            return

    def django(page: str) -> Callable[[], float]:
        return lambda: found[page]["django"]["p50_ms"]

    def plain(page: str, figure: str, most: float, words: str, unit: float = 1) -> None:
        if (ours := found.get(page, {}).get("ours")) and figure in ours:
            made.append(Goal(f"{page}: {words}", ours[figure] / unit, most))

    for page, kb in (("list", 50), ("list100", 100)):
        beside(page, 0.6, django(page), "Django")
        plain(page, "queries", 6, "queries")
        plain(page, "bytes", kb, "KB", KB)
    beside("deep", 1.2, lambda: found["list"]["ours"]["p50_ms"], "our first page")
    beside("filter", 0.7, django("filter"), "Django")
    beside("search2", 0.1, lambda: min(found["search2"][n]["p50_ms"] for n in ("django", "fab") if n in found["search2"]), "the best peer")
    plain("search1", "p50_ms", 50, "ms")
    beside("sort", 0.8, django("sort"), "Django")
    for page in ("record", "change", "add"):
        beside(page, 0.7, django(page), "Django")
    beside("json", 1, django("json"), "Django's cursor")
    plain("json", "queries", 4, "queries")
    for what, ms, mb in (("csv", 3000, 150), ("xlsx", 8000, 150), ("import", 20_000, 250)):
        if found.get(what, {}).get("ours", {}).get("rows", 0) >= 100_000:
            plain(what, "p50_ms", ms / 1000, "seconds for 100,000 rows", 1000)
            plain(what, "peak_mb", mb, "MB")
    plain("memory", "peak_mb", 150, "MB of a web worker")
    return made
