"""Have everything delivered that is due, also when a worker of a running program is at it as well."""

from __future__ import annotations

import time

from sqlalchemy import func, select

from app.engine.outbox import Notice
from app.extensions import db
from app.jobs.deliver import sweep_all
from tests.acting import TENANTS, as_program


def deliver(app, seconds: float = 10) -> int:
    """Sweep until nothing is due any more; a notice that another process holds is waited for. Returns how many were done."""
    end, done = time.monotonic() + seconds, 0
    with app.app_context():
        while True:
            done += sweep_all()
            if not any(due(tenant) for tenant in TENANTS.values()):
                return done
            assert time.monotonic() < end, "some notices are never done"
            time.sleep(0.02)


def due(tenant: int) -> int:
    with as_program(db.session, tenant):
        waiting = Notice.done_at.is_(None), Notice.failed_at.is_(None), Notice.due_at <= func.now()
        found = db.session.scalar(select(func.count()).select_from(Notice).where(*waiting))
    db.session.remove()
    return found or 0


def remind(app, tenant: int = 2) -> int:
    """Have every rule of reminders of a company asked now. Returns how many reminders were made."""
    from app.jobs.reminding import remind as run

    with app.app_context():
        return run(tenant, all_of_them=True)
