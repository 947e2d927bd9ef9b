"""The worker's side of long work: take a task up once, do it as the person who asked, and write down how it ended."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from redis.exceptions import RedisError
from sqlalchemy import column, func, select, table
from sqlalchemy.exc import OperationalError

from app.engine.clock import now
from app.engine.current import acting, trusted
from app.engine.errors import Refused
from app.engine.outbox import Notice, announce, reaction
from app.engine.record import hold, record_named
from app.engine.tasks import AGAIN, CANCELLED, DONE, DUE, FAILED, OPEN, RUNNING, TRIES, Cancelled, Task, boards, kinds, watch
from app.engine.wall import leave
from app.extensions import db, queue, store
from app.web.tasks import asked_to_stop, show_progress

LOCK = 7_401_002  # any number; with a task's it names the lock of whoever works on it
LONGEST = 4 * 3600  # seconds of one task
OFTEN = 0.3  # seconds between two reports that reach the page
JOB = "app.jobs.tasks.run"
BROKEN = _("Something went wrong on our side. Nothing was changed. Try it again.")
KILLED = _("The work was interrupted. Nothing was changed. Try it again.")
PARTLY = _("The work was interrupted. What was done until then stays.")
GONE = _("Whoever asked for it does not work here any more.")
log = logging.getLogger(__name__)
told: dict[int, float] = {}  # when a task last reported


@reaction(DUE)
def due(session: Any, notice: Notice) -> None:
    """Put a task into the queue unless somebody is at it, and look again later: whatever the queue loses comes back."""
    task = session.get(Task, notice.record_id)
    if task is None or task.state not in OPEN:
        return
    if not worked_on(session, task.id):
        queue().enqueue(JOB, task.tenant_id, task.id, result_ttl=0, failure_ttl=3600, job_timeout=LONGEST)
    watch(session, task, AGAIN)


def worked_on(session: Any, pk: int) -> bool:
    """Whether a living worker holds the lock of a task."""
    locks = table("pg_locks", column("locktype"), column("classid"), column("objid"), column("database"))
    here = select(column("oid")).select_from(table("pg_database")).where(column("datname") == func.current_database()).scalar_subquery()
    same = locks.c.locktype == "advisory", locks.c.classid == LOCK, locks.c.objid == pk, locks.c.database == here
    return session.execute(select(locks.c.objid).where(*same)).first() is not None


def run(tenant: int, pk: int) -> None:
    """Do one task, unless another worker is at it or it has ended.

    The lock lives in a transaction of its own connection, so it goes with a killed worker and with nothing else.
    """
    with db.engine.connect() as connection:
        if connection.scalar(select(func.pg_try_advisory_xact_lock(LOCK, pk))):
            leave(db.session)
            try:
                take_up(tenant, pk)
            finally:
                leave(db.session)


def take_up(tenant: int, pk: int) -> None:
    """Mark it as running, then do it in a transaction of its own."""
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="task"):
        task = db.session.get(Task, pk)
        if task is None or task.state not in OPEN:
            return
        kind = kinds[task.kind]
        person = db.session.get(record_named("staff"), task.owner_id)
        stopped = task.cancel_at is not None
        worn = task.attempts >= (TRIES if kind.whole else 1)
        if stopped or worn or person is None or not person.active:
            words = "" if stopped else GONE if not worn else KILLED if kind.whole else PARTLY
            with force_locale(task.language):
                close(task, CANCELLED if stopped else FAILED, words)
            return
        task.state, task.attempts, task.begun_at = RUNNING, task.attempts + 1, now()
        who: dict[str, Any] = {"actor_id": person.id, "store_id": person.store_id}
        who["roles"] = frozenset(task.roles) & frozenset(person.roles or ())
        language = task.language
        db.session.commit()
    leave(db.session)
    with acting(tenant_id=tenant, trusted="", **who), force_locale(language):
        end = attempt(pk)
    leave(db.session)
    if end is not None:
        with acting(tenant_id=tenant, trusted="task", **who), force_locale(language):
            close(db.session.get(Task, pk), *end)


def attempt(pk: int) -> tuple[str, Any] | None:
    """Do the work and commit it with its end. Returns how else it ended; None also when the database went away: it is tried again."""
    try:
        task = db.session.get(Task, pk)
        if task is None:
            return None
        result = kinds[task.kind].run(db.session, task)
        with trusted("task"):
            db.session.flush()
            hold(db.session, task)  # from here on nobody can ask to cancel any more
            if task.cancel_at is not None:
                raise Cancelled  # noqa: TRY301
            task.end(DONE, result=result)
            announce("task.done", task)
            db.session.commit()
    except Cancelled:
        return CANCELLED, ""
    except Refused as refused:
        return FAILED, str(refused)
    except OperationalError:
        log.warning("task %s: the database went away", pk, exc_info=True)
        return None
    except Exception:
        log.exception("task %s", pk)
        return FAILED, BROKEN
    return None


def close(task: Task | None, state: str, words: Any) -> None:
    """Write down an end that changed nothing else, and tell the owner of a failure."""
    if task is None or task.state not in OPEN:
        return
    task.end(state, error=str(words))
    if state == FAILED:
        announce("task.failed", task)
    db.session.commit()


def board(task: Task, done: int) -> bool:
    """Show the progress now and then. Without Valkey the work goes on, unseen; a wish to stop is then found at the end."""
    if time.monotonic() - told.get(task.id, 0) < OFTEN:
        return False
    told.clear()
    told[task.id] = time.monotonic()
    with suppress(RedisError, OSError):
        show_progress(store(), task, done)
        return asked_to_stop(store(), task)
    return False


boards[:] = [board]
