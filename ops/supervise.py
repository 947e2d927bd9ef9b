"""The supervisor: starts the programs, starts again what dies, and stops everything in a few seconds."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ops.process import Program, kill_session, send, start

SETTLED = 20.0  # seconds of life after which a program's next death counts as its first
SLOWEST = 5.0  # seconds between two starts of a program that keeps dying


@dataclass
class Kept:
    """A program that should run, and how it has fared."""

    make: Callable[[], Program]
    program: Program
    child: subprocess.Popen[bytes]
    since: float
    deaths: int = 0
    due: float | None = None  # the moment of the next start, while it is down


class Supervisor:
    """Keeps programs alive. One thread only: a child is tied to the life of the thread that made it."""

    def __init__(self, home: Path, say: Callable[[str], None] = print) -> None:
        self.home, self.say = home, say
        self.kept: dict[str, Kept] = {}
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def add(self, make: Callable[[], Program]) -> subprocess.Popen[bytes]:
        """Start a program and keep it. ``make`` is asked again at each start, so it may clear what a death left."""
        program = make()
        child = start(program, self.home)
        self.kept[program.name] = Kept(make, program, child, time.monotonic())
        return child

    def look_after(self) -> None:
        """Bury what died, and start it again: at once the first time, then more and more slowly."""
        for name, kept in self.kept.items():
            now = time.monotonic()
            if kept.due is None and kept.child.poll() is not None:
                kill_session(kept.child.pid)
                kept.deaths = 1 if now - kept.since > SETTLED else kept.deaths + 1
                kept.due = now + min(SLOWEST, 0.1 * 2 ** (kept.deaths - 1))
                self.say(f"{name} ended ({kept.child.returncode}); starting it again, see {self.home}/log/{name}.log")
            if kept.due is not None and now >= kept.due:
                kept.program = kept.make()
                kept.child, kept.since, kept.due = start(kept.program, self.home), now, None

    def pause(self, seconds: float) -> None:
        """Wait, looking after everything meanwhile."""
        end = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < end:
            self.look_after()
            time.sleep(0.1)

    def stop(self, servers: tuple[str, ...] = ("postgres", "valkey")) -> None:
        """End what serves people, then the servers it needs; kill what has not ended after its time."""
        self.stopping = True
        self.end([name for name in self.kept if name not in servers], 2.2)
        self.end([name for name in self.kept if name in servers], 2.2)
        for file in (self.home / "run").glob("*.pid"):
            file.unlink()

    def end(self, names: list[str], patience: float) -> None:
        """Signal programs together and wait ``patience`` seconds for all of them."""
        alive = [self.kept[name] for name in names if self.kept[name].due is None]
        for kept in alive:
            kept.child.send_signal(kept.program.ends_with)
        end = time.monotonic() + patience
        for kept in alive:
            try:
                kept.child.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                send(kept.child.pid, signal.SIGKILL)
                kept.child.wait()
            kill_session(kept.child.pid)
