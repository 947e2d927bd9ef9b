"""The proof of rights on servers and a database of its own, thrown away afterwards. Exit code 0 when all is green."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from ops import database, secrets
from ops.services import Services, wait
from ops.start import FLASK, ROOT
from ops.supervise import Supervisor

COPY = "jiahe_copy"
LOGINS = "100000 per minute"  # nobody guesses passwords here


def main() -> int:
    """Start both servers, migrate, load the small sample, prove, and leave nothing but the report."""
    home = Path(os.environ.get("JIAHE_HOME") or ROOT / "var").resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="jiahe-prove-") as folder:
        place = Path(folder)
        services = Services(place, secrets.load(place), safe=False)
        services.choose_ports()
        supervisor = Supervisor(place)
        try:
            for name in ("postgres", "valkey"):
                wait(services, name, supervisor.add(getattr(services, name)))
            database.prepare(services)
            env = os.environ | {n: services.secrets[n] for n in ("SECRET_KEY", "FIELD_KEY")} | {
                "DATABASE_URL": services.database_url("web"), "DATABASE_OWNER_URL": services.database_url("owner"),
                "REDIS_URL": services.queue_url(), "JIAHE_HOME": folder, "SAMPLE": "1", "SMTP_URL": "", "AUTH_RATE_LIMIT": LOGINS,
            }  # fmt: skip
            if code := run(env, "migrate") or run(env, "sample", "--small"):
                return code
            copy(services)
            env |= {"SECOND_DATABASE_URL": services.database_url("web", COPY), "SECOND_REDIS_URL": services.queue_url(1)}
            return run(env, "prove", "--scratch", "--keep", str(home / "prove.json"))
        finally:
            supervisor.stop()


def run(env: dict[str, str], *step: str) -> int:
    return subprocess.run([*FLASK, *step], check=False, env=env, cwd=ROOT, stdin=subprocess.DEVNULL).returncode


def copy(services: Services) -> None:
    """The same sample once more, for the second of two processes."""
    with psycopg.connect(services.superuser_url(), autocommit=True) as boss:
        database.make_database(boss, COPY, "jiahe")


if __name__ == "__main__":
    sys.exit(main())
