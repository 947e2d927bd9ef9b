"""The channels: every way in or out names the probe that walks it, or says why it needs none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.engine.notify import CHANNELS, SUBSCRIPTIONS
from app.engine.record import records
from app.jobs.queue import JOBS

Probe = Callable[[Any, Any], None]
UNASKED = ("HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Channel:
    """A probe and the rules it claims, such as ``GET /<T>/list``; ``<T>`` is any record's table."""

    name: str
    claims: tuple[str, ...]
    run: Probe
    late: bool  # it changes things, so it comes after all that read
    reads: bool  # it may run in place, on real data: nothing but GET, nothing left behind


PROBES: dict[str, Channel] = {}
EXEMPT: dict[str, str] = {}


def probe(name: str, *claims: str, late: bool = False, reads: bool = False) -> Callable[[Probe], Probe]:
    """Make a function of (world, actor) the probe of a channel. Claims may be spread over several probes."""

    def keep(run: Probe) -> Probe:
        PROBES[name] = Channel(name, claims, run, late, reads)
        return run

    return keep


def exempt(why: str, *claims: str) -> None:
    """Say why some rules tell nothing about records."""
    for claim in claims:
        EXEMPT[claim] = why


def tables() -> list[str]:
    return [m.__tablename__ for m in records() if not m.__platform__]


def plain(rule: str) -> str:
    """A rule with the record's table left open."""
    parts = rule.split("/")
    at = 3 if rule.startswith("/api/v1/") else 1
    if len(parts) > at + 1 and parts[at] in tables():
        parts[at] = "<T>"
    return "/".join(parts)


def there_are(app: Flask) -> Iterable[str]:
    """Every rule and method of the application, and the channels that are none of HTTP."""
    for rule in app.url_map.iter_rules():
        for method in sorted(set(rule.methods or ()) - set(UNASKED)):
            yield f"{method} {plain(rule.rule)}"
    for name in {*CHANNELS, *(s.channel for s in SUBSCRIPTIONS)}:
        yield f"message {name}"
    for job in JOBS:
        yield f"job {job}"


def unclaimed(app: Flask) -> list[str]:
    """What nobody probes, and what is probed but is not there any more."""
    there, claimed = set(there_are(app)), {c for p in PROBES.values() for c in p.claims}
    gone = [f"{c}: claimed, but it does not exist" for c in sorted((claimed | set(EXEMPT)) - there)]
    return [f"{c}: no probe" for c in sorted(there - claimed - set(EXEMPT))] + gone
