"""Once a minute the reminders that are due are made and told, tenant by tenant."""

from __future__ import annotations

import logging
import time

from flask_babel import lazy_gettext as _
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.engine.current import acting
from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.remind import run
from app.engine.reminders import DUE
from app.engine.wall import leave
from app.extensions import db, store
from app.jobs.rotate import tenants

KEY, EVERY = "jiahe:reminders", 60  # seconds
SLICE = 2.0  # seconds in which other work of the ticker waits
log = logging.getLogger(__name__)
SUBSCRIPTIONS.append(Subscription(DUE, "reminded", "bell", "%(what)s", _("%(who)s, %(day)s")))


def now_and_then() -> None:
    """Once a minute go through every tenant; what does not fit into two seconds is done at the next tick."""
    try:
        mine = store().set(KEY, "1", nx=True, ex=EVERY)
    except RedisError as problem:
        log.warning("reminders: %s", problem)
        return
    if mine and not remind_all(SLICE):
        store().delete(KEY)


def remind_all(seconds: float) -> bool:
    """Returns whether every tenant had its turn. A rule that ran lately costs nothing, so the next slice goes on where this one ended."""
    end = time.monotonic() + seconds
    for tenant in tenants():
        if time.monotonic() > end:
            return False
        try:
            remind(tenant)
        except SQLAlchemyError:  # of one company: the others are told all the same
            log.exception("reminders of %s", tenant)
            leave(db.session)
    return True


def remind(tenant: int, *, all_of_them: bool = False) -> int:
    """One tenant, in one transaction. Returns how many reminders were made; ``all_of_them`` asks rules that ran lately as well."""
    db.session.remove()
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="reminders"):
        made = run(db.session, all_of_them=all_of_them)
        db.session.commit()
    leave(db.session)
    return made
