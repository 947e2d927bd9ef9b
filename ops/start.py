"""One installation from start to stop: servers, schema, sample data, web, workers, ticker, in this order."""

from __future__ import annotations

import copy
import fcntl
import functools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import IO

import psycopg

from ops import database, process, secrets
from ops.process import Program
from ops.services import NotStarted, Services, wait
from ops.supervise import Supervisor

ROOT = Path(__file__).resolve().parent.parent
FLASK = [sys.executable, "-m", "flask", "--app", "app.factory:create_app"]
LOGINS = "hq bj-admin bj-manager bj-agent bj-agent2 bj-dispatch bj-finance bj-partner sh-admin sh-agent sh-finance"
WAIT_FOR_HEALTH = 60.0  # seconds after which a start that does not answer shows its logs


class Failed(RuntimeError):
    """The start cannot go on; the text is one line for the person who started it."""


class Installation:
    """Everything that runs for one home folder."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.home = Path(environ.get("JIAHE_HOME") or ROOT / "var").resolve()
        self.port = int(environ.get("PORT") or 8080)
        self.workers = int(environ.get("WORKERS") or 1)
        self.sample = environ.get("SAMPLE", "1") == "1"
        self.migrates = environ.get("MIGRATE", "1") == "1"
        self.given = {name for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL") if environ.get(name)}
        if ("DATABASE_URL" in self.given) != ("DATABASE_OWNER_URL" in self.given) and self.migrates:
            raise Failed("DATABASE_URL (role web) and DATABASE_OWNER_URL (role owner) must be set together")

    def run(self) -> None:
        """Start all, keep all alive until SIGTERM or SIGINT, stop all. Raises :class:`Failed`."""
        if os.environ.get("MAKELEVEL"):
            process.die_with_parent(signal.SIGTERM)  # kill -9 of make must not leave us behind
        lock = self.lock()
        os.chdir(ROOT)
        process.end_leftovers(self.home)
        self.check_port()
        supervisor = Supervisor(self.home)
        try:
            env = self.start_servers(supervisor)
            self.set_up(env)
            for make in self.programs(env):
                supervisor.add(make)
            self.greet_when_ready(supervisor)
            while not supervisor.stopping:
                supervisor.pause(3600)
        except NotStarted as problem:
            raise Failed(str(problem)) from problem
        finally:
            supervisor.stop()
            lock.close()

    def lock(self) -> IO[str]:
        """Take the home folder for this process; the kernel gives it back however the process ends."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.home / "lock").open("a+")
        except OSError as problem:
            message = f"{self.home} is not writable ({problem.strerror}); set JIAHE_HOME to a folder that is"
            raise Failed(message) from problem
        for _ in range(60):  # another one may be stopping
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.1)
                continue
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            return lock
        lock.seek(0)
        message = f"already running for {self.home} (process {lock.read() or '?'}); stop it first, or set JIAHE_HOME"
        raise Failed(message)

    def check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", self.port))  # noqa: S104
            except OSError as problem:
                message = f"port {self.port} cannot be used ({problem.strerror}); set PORT to another, e.g. PORT=8081"
                raise Failed(message) from problem

    def start_servers(self, supervisor: Supervisor) -> dict[str, str]:
        """Start the servers that nobody gave us. Returns the environment of everything that follows."""
        try:
            known = secrets.load(self.home)
        except secrets.NotWritable as problem:
            raise Failed(str(problem)) from problem
        services = Services(self.home, known)
        own = [name for name, url in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL")) if url not in self.given]
        env = {name: known[name] for name in ("SECRET_KEY", "FIELD_KEY") if not os.environ.get(name)}
        if own:
            services.choose_ports()
        children = {name: supervisor.add(getattr(services, name)) for name in own}
        for name, child in children.items():
            wait(services, name, child)
        if "postgres" in own:
            try:
                database.prepare(services)
            except psycopg.Error as problem:
                message = f"the database cannot be set up: {problem}"
                raise Failed(message) from problem
            env |= {"DATABASE_URL": services.database_url("web"), "DATABASE_OWNER_URL": services.database_url("owner")}
        if "valkey" in own:
            env["REDIS_URL"] = services.queue_url()
        return env | {"JIAHE_HOME": str(self.home), "PORT": str(self.port), "SAMPLE": "1" if self.sample else "0"}

    def set_up(self, env: dict[str, str]) -> None:
        """Bring the schema up to date and give a new database its sample data."""
        if self.migrates:
            step = [sys.executable, "-m", "ops.schema", *(["sample"] if self.sample else [])]
            done = subprocess.run(step, check=False, env=os.environ | env, cwd=ROOT, stdin=subprocess.DEVNULL)
            if done.returncode:
                raise Failed("the database could not be brought up to date; what went wrong stands above")

    def programs(self, env: dict[str, str]) -> list[Callable[[], Program]]:
        """Return what serves: web, queue workers and the ticker. The owner's password stays with the migrations."""
        env = env | {"DATABASE_OWNER_URL": ""}
        web = [sys.executable, "-m", "gunicorn", "-c", "python:ops.web", "-w", "2", "-k", "gthread", "--threads", "64"]
        web += ["--bind", f"0.0.0.0:{self.port}", "--graceful-timeout", "1", "--timeout", "60", "--no-control-socket"]
        if os.access("/dev/shm", os.W_OK):  # noqa: S108
            web += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
        made = [Program("web", [*web, "app.factory:create_app()"], env, cwd=ROOT)]
        made += [Program(f"worker{n}", [*FLASK, "work"], env, cwd=ROOT) for n in range(1, self.workers + 1)]
        made.append(Program("ticker", [*FLASK, "tick"], env, cwd=ROOT))
        if os.environ.get("PBX_URL"):
            made.append(Program("calls", [*FLASK, "calls"], env, cwd=ROOT))
        return [functools.partial(copy.copy, program) for program in made]

    def greet_when_ready(self, supervisor: Supervisor) -> None:
        """Wait for ``/health`` and print the address; after a minute without it, say where to look, and go on."""
        end = time.monotonic() + WAIT_FOR_HEALTH
        while not supervisor.stopping and not self.healthy():
            supervisor.pause(0.2)
            if time.monotonic() > end:
                print(f"Jiahe does not answer yet / 尚未就绪: see {self.home}/log", flush=True)
                end = float("inf")
        if supervisor.stopping:
            return
        print(f"\n  Jiahe is ready / 家和已就绪:  http://127.0.0.1:{self.port}", flush=True)
        if self.sample:
            print(f"  Sample logins / 示例账号 (password / 密码: jiahe-sample): {LOGINS}", flush=True)
        print("  Stop / 停止: Ctrl-C\n", flush=True)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False
