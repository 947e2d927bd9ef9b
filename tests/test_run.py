"""One command starts everything, one signal stops it, and whatever is killed comes back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from ops import process, secrets
from ops.services import Services
from tests.conftest import wait_until_healthy

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("run")]
ROOT = Path(__file__).resolve().parent.parent


def health(url: str) -> dict:
    with urllib.request.urlopen(url + "/health", timeout=5) as answer:
        return json.load(answer)


def stop(started) -> float:
    began = time.monotonic()
    started.process.send_signal(signal.SIGINT)
    started.process.wait(15)
    return time.monotonic() - began


def addresses(started) -> Services:
    ports = json.loads((started.home / "ports.json").read_text())
    return Services(started.home, secrets.load(started.home), ports=ports)


def alive(home: Path) -> list[str]:
    """The command lines of processes that belong to a home folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and process.look(int(entry.name)):
            try:
                mine = f"JIAHE_HOME={home}\0".encode() in (entry / "environ").read_bytes()
                found += [(entry / "cmdline").read_text()] if mine else []
            except OSError:
                continue
    return found


def test_everything_starts_is_killed_comes_back_and_stops(installation):
    started = installation(SAMPLE="0")
    report = health(started.url)
    assert report["status"] == "ok"
    assert report["workers"] >= 1
    assert report["version"]

    for name in ("ticker", "worker1", "web", "valkey", "postgres"):
        before = started.pid(name)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda name=name, before=before: started.pid(name) != before)
        wait_until_healthy(started.url, started.process)

    # All at once, and the supervisor with them.
    everything = [started.pid(name) for name in ("postgres", "valkey", "web", "worker1", "ticker")]
    started.process.kill()
    for pid in everything[:3]:
        os.kill(pid, signal.SIGKILL)
    again = installation(SAMPLE="0")
    assert health(again.url)["status"] == "ok"
    assert stop(again) < 5
    wait_for(lambda: not alive(again.home))
    assert not list((again.home / "run").iterdir())


def test_a_killed_supervisor_takes_its_children_along_and_loses_nothing(installation):
    started = installation(SAMPLE="0")
    with psycopg.connect(addresses(started).superuser_url("jiahe"), autocommit=True) as boss:
        boss.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    started.process.kill()
    wait_for(lambda: not alive(started.home))
    again = installation(SAMPLE="0")
    with psycopg.connect(addresses(again).superuser_url("jiahe")) as boss:
        assert boss.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_the_servers_serve_this_machine_only_ask_for_a_password_and_are_alone_in_their_home(installation):
    started = installation(SAMPLE="0")
    known = addresses(started)
    for port in known.ports.values():
        listening = subprocess.run(["ss", "-ltnH", f"sport = :{port}"], check=False, capture_output=True, text=True)
        assert listening.returncode or "0.0.0.0" not in listening.stdout.split()[3]
        assert 10000 <= port <= 65535
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={known.ports['postgres']} user=postgres dbname=jiahe")
    assert (started.home / "secrets").stat().st_mode & 0o777 == 0o600
    assert "PASSWORD" not in Path(f"/proc/{started.pid('valkey')}/cmdline").read_text()
    with psycopg.connect(known.superuser_url("jiahe")) as boss:
        roles = boss.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname IN ('owner', 'web', 'head_office') ORDER BY 1"
        ).fetchall()
    assert roles == [("head_office", False, False, False), ("owner", False, False, True), ("web", False, False, True)]

    # And a second start in the same home is told so in one line.
    second = subprocess.run(
        [sys.executable, str(ROOT / "run.py")], env=os.environ | {"JIAHE_HOME": str(started.home), "PORT": "1"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "already running" in second.stderr


def test_a_taken_port_is_one_line_and_no_traceback(tmp_path):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        env = os.environ | {"JIAHE_HOME": str(tmp_path), "PORT": str(taken.getsockname()[1])}
        run = [sys.executable, str(ROOT / "run.py")]
        done = subprocess.run(run, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PORT=8081" in done.stderr
    assert done.stderr.count("\n") == 1


def test_health_says_what_is_missing(client, app, monkeypatch):
    from app.web import health as module

    monkeypatch.setattr(module, "database", lambda: "down")
    answer = client().get("/health")
    assert answer.status_code == 503
    assert answer.json["database"] == "down"
    assert answer.json["queue"] == "ok"


def wait_for(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
