"""One child process: it dies with its parent, is known by pid and birth, and is found again after a crash.

A pid alone may have been given to somebody else since; a pid with its moment of birth never is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Program:
    """What to run, and the signal that ends it in good order."""

    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)  # added to the environment
    ends_with: signal.Signals = signal.SIGTERM
    identity: dict[str, Any] = field(default_factory=dict)  # user, group, extra_groups for Popen
    cwd: Path = Path("/")


@dataclass(frozen=True)
class Life:
    """What the kernel says of a process."""

    state: str
    session: int
    born: int  # clock ticks after boot


def die_with_parent(number: int) -> None:
    """Ask the kernel to send ``number`` to this process when the thread that made it ends, by kill -9 too."""
    _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def start(program: Program, home: Path) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its output in ``home/log``, its pid in ``home/run``."""
    parent = os.getpid()

    def bound() -> None:
        die_with_parent(program.ends_with)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    with (folder(home, "log") / f"{program.name}.log").open("ab") as log:
        child: subprocess.Popen[bytes] = subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | program.env,
            cwd=program.cwd,
            start_new_session=True,
            preexec_fn=bound,  # noqa: PLW1509
            **program.identity,
        )
    life = look(child.pid)
    known = f"{child.pid} {life.born if life else 0} {int(program.ends_with)}\n"
    file = folder(home, "run") / f"{program.name}.pid"
    file.with_suffix(".new").write_text(known)
    file.with_suffix(".new").replace(file)  # whoever reads it finds the old one or the new one, never half of it
    return child


def folder(home: Path, name: str) -> Path:
    made = home / name
    made.mkdir(parents=True, exist_ok=True)
    return made


def look(pid: int) -> Life | None:
    """Return what is known of a living process. A zombie, killed but not yet buried, counts as dead."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    life = Life(after_name[0], int(after_name[3]), int(after_name[19]))
    return None if life.state in "ZX" else life


def kill_session(leader: int) -> None:
    """Kill whatever is left of a dead child's session: a killed queue worker leaves its running job behind."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            life = look(int(entry.name))
            if life and life.session == leader:
                send(int(entry.name), signal.SIGKILL)


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def end_leftovers(home: Path, patience: float = 5) -> list[str]:
    """End what an earlier supervisor, killed with -9, may have left alive. Returns the names of what it found.

    ``patience`` is in seconds; after it comes SIGKILL.
    """
    found: dict[str, tuple[int, int]] = {}
    for file in sorted(folder(home, "run").glob("*.pid")):
        try:
            pid, born, number = (int(word) for word in file.read_text().split())
        except ValueError:
            pid = born = number = 0
        if pid and is_same(pid, born):
            found[file.stem] = (pid, born)
            send(pid, number)
        elif pid:
            kill_session(pid)
        file.unlink(missing_ok=True)
    end = time.monotonic() + patience
    while any(is_same(*one) for one in found.values()) and time.monotonic() < end:
        time.sleep(0.02)
    for pid, born in found.values():
        if is_same(pid, born):
            send(pid, signal.SIGKILL)
        kill_session(pid)
    return list(found)


def is_same(pid: int, born: int) -> bool:
    life = look(pid)
    return life is not None and life.born == born
