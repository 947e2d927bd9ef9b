"""What was told is forgotten after a while: notices, messages, the rehearsal's, and the keys of repeated requests."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import delete, func, literal, select, update  # noqa: TID251
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from app.engine.clock import now
from app.engine.current import acting, tenant_id
from app.engine.exchange import ExportFile, ImportRun
from app.engine.files import Attachment
from app.engine.notify import Message
from app.engine.outbox import Notice
from app.engine.record import records
from app.engine.retention import retention
from app.engine.undo import Undo
from app.engine.undoing import KEPT as UNDOABLE
from app.engine.wall import leave
from app.extensions import db, storage, store
from app.integrations.rehearsal import Rehearsed
from app.jobs.rotate import tenants
from app.models.privacy import PrivacyTicket
from app.workflows.recordings import over

BATCH = 500  # rows of one transaction
COPIES = timedelta(days=30)
EVERY = 24 * 3600  # seconds
SLICE = 2.0  # seconds in which other work of the ticker waits
KEY = "jiahe:retention"
log = logging.getLogger(__name__)


def daily() -> None:
    """Once a day clear every tenant; in slices of two seconds, one a tick, until all is done."""
    try:
        mine = store().set(KEY, "1", nx=True, ex=EVERY)
    except RedisError as problem:
        log.warning("retention: %s", problem)
        return
    if mine and not clear_all(SLICE):
        store().delete(KEY)


def clear_all(seconds: float) -> bool:
    """Clear the tenants that were not cleared today. Returns whether all of it was done in time."""
    end = time.monotonic() + seconds
    done = [clear(tenant, end) for tenant in tenants()]  # each gets its turn, however late it is
    return all(done)


def clear(tenant: int, end: float) -> bool:
    """One tenant, in batches, each a transaction; False when the time was over before the work."""
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="retention"):
        kept = retention(db.session)
        before = now() - timedelta(days=kept.days)
        if kept.cleared_at is None or kept.cleared_at < now() - timedelta(seconds=EVERY / 2):
            for work in (notices, messages, rehearsed, requests, copies, undos, exchanged, recordings):
                while work(before):
                    db.session.commit()
                    if time.monotonic() > end:
                        leave(db.session)
                        return False
            retention(db.session).cleared_at = now()
        db.session.commit()
    leave(db.session)
    return True


# None of these are business records, and the trail is not told: it would keep what is to be forgotten.


def notices(before: datetime) -> int:
    """Delivered, or given up; one that still waits is never too old."""
    over = func.coalesce(Notice.done_at, Notice.failed_at) < before
    return gone(Notice, select(Notice.id).where(over))


def messages(before: datetime) -> int:
    return gone(Message, select(Message.id).where(Message.created_at < before))


def gone(model: Any, old: Any) -> int:
    ids = list(db.session.scalars(old.order_by(model.id).limit(BATCH)))
    if ids:
        db.session.execute(delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)


def rehearsed(before: datetime) -> int:
    """Nobody may delete there, so the one function that may is asked."""
    old = select(Rehearsed.key).where(Rehearsed.created_at < before).order_by(Rehearsed.id).limit(BATCH)
    keys = list(db.session.scalars(old))
    return db.session.scalar(select(func.drop_rehearsed(literal(keys, ARRAY(TEXT))))) or 0 if keys else 0


def copies(_before: datetime) -> int:
    """The copies that were made for customers: they hold everything in clear, and were handed over long ago."""
    old = Attachment.model == PrivacyTicket.__name__, Attachment.created_at < now() - COPIES, Attachment.removed_at.is_(None)
    found = list(db.session.scalars(select(Attachment).where(*old).order_by(Attachment.id).limit(BATCH)))
    for one in found:
        storage().drop(one.key)
        one.removed_at = now()
    return len(found)


def undos(_before: datetime) -> int:
    """What rows were before they were changed: for as long as that may be taken back."""
    return gone(Undo, select(Undo.id).where(Undo.created_at < now() - UNDOABLE))


def exchanged(_before: datetime) -> int:
    """Files that were made for somebody, and files that were sent in: their time is over."""
    done = 0
    for model, keys in ((ExportFile, ("key",)), (ImportRun, ("key", "journal"))):
        for one in db.session.scalars(select(model).where(model.expires_at < now()).order_by(model.id).limit(BATCH)):
            for key in filter(None, (getattr(one, k) for k in keys)):
                storage().drop(key)
            db.session.delete(one)
            done += 1
    return done


def recordings(_before: datetime) -> int:
    """The sound of calls; each telephone line says how long it is kept."""
    return over(db.session, storage(), BATCH)


def requests(before: datetime) -> int:
    """The key of the form or call that made a record: nobody repeats it after so long. The record itself is not changed."""
    done = 0
    for model in records():
        table = model.__table__
        if "request" in table.c and table.c.request.info.get("bookkeeping"):
            old = select(model.id).where(model.request.is_not(None), model.created_at < before).limit(BATCH)
            if ids := list(db.session.scalars(old)):
                blank = update(table).where(table.c.tenant_id == tenant_id(), table.c.id.in_(ids))
                db.session.connection().execute(blank.values(request=None, changed_at=table.c.changed_at))
                done += len(ids)
    return done
