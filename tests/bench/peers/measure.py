"""Starts the peers, asks them in turn, and sums up: medians, 95th percentiles, processor time, statements, bytes, memory."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.harness import ROOT

FEWEST = 5  # samples of a page that takes longer than its budget


class Refused(RuntimeError):
    """A peer did not start, or did not show a page; the text says what it said instead."""


class Peer:
    """A peer's process."""

    def __init__(self, name: str, python: str, env: dict[str, str], log: Path) -> None:
        self.name, self.log, self.peak_mb = name, log, 0.0
        argv = [python, "-W", "ignore", "-m", "tests.bench.peers.server", name]
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                argv, cwd=ROOT, env=os.environ | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True
            )

    def said(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise Refused(f"{self.name} ended: {self.log.read_text(errors='replace')[-3000:]}")
        return json.loads(line)

    def ask(self, path: str | dict[str, str]) -> dict:
        self.process.stdin.write(json.dumps(path) + "\n")
        self.process.stdin.flush()
        answer = self.said()
        if answer["status"] != 200:
            raise Refused(f"{self.name} {path}: {answer['status']} {answer['said']} {self.log.read_text(errors='replace')[-2000:]}")
        self.peak_mb = answer["peak_mb"]
        return answer

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        self.process.wait(20)


@contextmanager
def started(environs: dict[str, dict[str, str]], pythons: dict[str, str], folder: Path):
    """The peers by name, all ready."""
    peers = [Peer(n, pythons.get(n, sys.executable), env, folder / f"{n}.log") for n, env in environs.items()]
    try:
        for peer in peers:
            peer.said()
        yield {p.name: p for p in peers}
    finally:
        for peer in peers:
            peer.close()


def measure(peers: dict[str, Peer], addresses: dict[str, dict[str, str]], rounds: int, seconds: float, seed: int = 7) -> dict:
    """Ask every page of every peer, shuffled anew in each round, ``seconds`` at most for one page of one peer.

    Returns page -> peer -> figures.
    """
    dice, todo = random.Random(seed), [(page, name, path) for name in peers for page, path in addresses[name].items()]
    taken: dict[tuple[str, str], list[dict]] = {(page, name): [] for page, name, _path in todo}
    for _, name, path in todo:  # caches fill, plans are made: once for what is slow
        if peers[name].ask(path)["ms"] < 1000:
            peers[name].ask(path)
    for _ in range(rounds):
        dice.shuffle(todo)
        for page, name, path in todo:
            so_far = taken[page, name]
            if len(so_far) < FEWEST or sum(s["ms"] for s in so_far) < seconds * 1000:
                so_far.append(peers[name].ask(path))
    found: dict[str, dict] = {}
    for (page, name), samples in taken.items():
        found.setdefault(page, {})[name] = summed(samples)
    return found


def summed(samples: list[dict]) -> dict:
    ms = sorted(s["ms"] for s in samples)
    return {
        "p50_ms": round(statistics.median(ms), 2), "p95_ms": round(ms[round(0.95 * (len(ms) - 1))], 2),
        "cpu_ms": round(statistics.median(s["cpu_ms"] for s in samples), 2), "queries": samples[-1]["queries"],
        "bytes": samples[-1]["bytes"],
    }  # fmt: skip
