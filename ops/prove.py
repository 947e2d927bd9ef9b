"""The proof of rights on servers and a database of its own, thrown away afterwards. Exit code 0 when all is green."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ops import database, secrets
from ops.services import Services, wait
from ops.start import FLASK, ROOT
from ops.supervise import Supervisor

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
            for step in (["migrate"], ["sample", "--small"], ["prove", "--scratch", "--keep", str(home / "prove.json")]):
                done = subprocess.run([*FLASK, *step], check=False, env=env, cwd=ROOT, stdin=subprocess.DEVNULL)
                if done.returncode:
                    return done.returncode
        finally:
            supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
