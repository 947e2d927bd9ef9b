"""The servers of the tests: one PostgreSQL and one Valkey for all test processes, one migrated template database.

``python -m tests.harness FOLDER`` runs them until it is told to stop; ``serve`` starts that as a child. Each test
process clones the template (0.1 s) and uses a Valkey database of its own, so they never meet.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ops import database, secrets
from ops.process import die_with_parent
from ops.services import Services, wait
from ops.supervise import Supervisor

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "template_jiahe"
VARIABLE = "JIAHE_TEST_SERVERS"
MEMORY = "/dev/shm"
PASSWORD = "jiahe-sample"


@dataclass
class Database:
    """A database of this test process, and the queue beside it."""

    services: Services
    name: str
    number: int  # of the Valkey database

    @property
    def url(self) -> str:
        return self.services.database_url("web", self.name)

    @property
    def owner_url(self) -> str:
        return self.services.database_url("owner", self.name)

    @property
    def superuser_url(self) -> str:
        """For psycopg.connect(), past every wall: to see what is really there."""
        return self.services.superuser_url(self.name)

    @property
    def queue_url(self) -> str:
        return self.services.queue_url(self.number)

    def environ(self, home: Path, **more: str) -> dict[str, str]:
        """The environment of a program that works on this database."""
        return environ(self.services, home, self.name, self.number) | more


def environ(services: Services, home: Path, name: str, number: int = 0) -> dict[str, str]:
    known = services.secrets
    return {
        "DATABASE_URL": services.database_url("web", name),
        "DATABASE_OWNER_URL": services.database_url("owner", name),
        "REDIS_URL": services.queue_url(number),
        "SECRET_KEY": known["SECRET_KEY"],
        "FIELD_KEY": known["FIELD_KEY"],
        "JIAHE_HOME": str(home),
        "SAMPLE": "1",
        "SMTP_URL": "",
        "AUTH_RATE_LIMIT": "1000 per minute",  # every browser of a test comes from one address
    }


def serve() -> subprocess.Popen[bytes] | None:
    """Start the servers in the background, unless they run already. They end with the caller, however it ends."""
    if os.environ.get(VARIABLE):
        return None
    folder = tempfile.mkdtemp(prefix="jiahe-tests-", dir=memory())
    os.environ[VARIABLE] = folder
    argv = [sys.executable, "-m", "tests.harness", folder]
    with (Path(folder) / "harness.log").open("wb") as log:
        return subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM), start_new_session=True,  # noqa: PLW1509
        )  # fmt: skip


def memory() -> str | None:
    """A folder that lies in memory, where there is room for it: a database of 850 files is copied in a seventh of the time."""
    try:
        room = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if room > 4 * 2**30 and os.access(MEMORY, os.W_OK) else None


def finish(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
    shutil.rmtree(os.environ.pop(VARIABLE), ignore_errors=True)


def main(folder: Path) -> None:
    """Start both servers, make the template, say so in ``ready.json``, and stay until SIGTERM."""
    services = Services(folder, secrets.load(folder), safe=False)
    services.choose_ports()
    supervisor = Supervisor(folder)
    try:
        children = {name: supervisor.add(getattr(services, name)) for name in ("postgres", "valkey")}
        for name, child in children.items():
            wait(services, name, child)
        make_template(services, folder)
        (folder / "ready.new").write_text(json.dumps({"ports": services.ports, "secrets": services.secrets}))
        (folder / "ready.new").rename(folder / "ready.json")
        while not supervisor.stopping:
            supervisor.pause(1)
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)  # a test run that was killed leaves nothing in memory either


def make_template(services: Services, folder: Path) -> None:
    """Migrate once and load the small sample once."""
    database.prepare(services, TEMPLATE)
    env = os.environ | environ(services, folder, TEMPLATE)
    subprocess.run([sys.executable, "-c", FILL], check=True, cwd=ROOT, env=env)


# The sample's passwords are hashed once and not 100,000 times, so that a login costs a test next to nothing.
FILL = """
import functools
from app import cli
from app.factory import create_app
from app.web import security
security.generate_password_hash = functools.partial(security.generate_password_hash, method="pbkdf2:sha256:1")
app = create_app()
cli.migrate(app.config["OWNER_DATABASE_URI"])
with app.app_context():
    cli.load_sample(small=True)
"""


def attach(seconds: float = 120) -> Services:
    """Wait for the servers of this run and return where they are."""
    folder = Path(os.environ[VARIABLE])
    end = time.monotonic() + seconds
    while not (folder / "ready.json").exists():
        log = (folder / "harness.log").read_text(errors="replace") if (folder / "harness.log").exists() else ""
        if time.monotonic() > end or "Traceback" in log:
            time.sleep(0.5)
            raise RuntimeError("the test servers did not start:\n" + (folder / "harness.log").read_text()[-6000:])
        time.sleep(0.05)
    known = json.loads((folder / "ready.json").read_text())
    return Services(folder, known["secrets"], safe=False, ports=known["ports"])


def clone(services: Services, name: str, number: int) -> Database:
    """Make a database from the template, and empty the Valkey database beside it."""
    with one_at_a_time(services.home), psycopg.connect(services.superuser_url(), autocommit=True) as boss:
        database.drop_database(boss, name)
        database.make_database(boss, name, TEMPLATE)
    made = Database(services, name, number)
    import redis

    with redis.Redis.from_url(made.queue_url) as client:
        client.flushdb()
    return made


def drop(made: Database) -> None:
    if made.name in lines:
        lines.pop(made.name).close()
    with psycopg.connect(made.services.superuser_url(), autocommit=True) as boss:
        database.drop_database(boss, made.name)


@contextmanager
def one_at_a_time(folder: Path):
    """Two clones of one template at the same moment would refuse each other."""
    with (folder / "clone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def asking(database: Database):
    """A function that asks a database past every wall, and returns the rows if there are any. One connection for all it asks."""

    def ask(sql, *values):
        line = lines.get(database.name)
        if line is None or line.closed:
            line = lines[database.name] = psycopg.connect(database.superuser_url, autocommit=True, prepare_threshold=None)
        answer = line.execute(sql, values)
        return answer.fetchall() if answer.description else []

    return ask


lines: dict[str, psycopg.Connection] = {}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
