"""What time brings: carers are late, contracts begin and run out, return visits fall due, complaints go up, visits recur."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.engine.current import acting
from app.engine.errors import Refused
from app.engine.wall import leave
from app.extensions import db, store
from app.jobs.rotate import tenants
from app.workflows.complaint import escalate
from app.workflows.contract import daily
from app.workflows.hours import expire_hours
from app.workflows.response import tell_late
from app.workflows.series import generate_all, remind
from app.workflows.tracking import alert_late
from app.workflows.visit_rules import run_rules

KEY = "jiahe:care:"
WORK: tuple[tuple[str, int, Callable[[Any], int]], ...] = (  # name, seconds between two runs, what is done in one tenant
    ("late", 60, escalate),
    ("late starts", 30, alert_late),
    ("contracts", 600, daily),
    ("visits", 600, run_rules),
    ("series", 600, generate_all),
    ("tomorrow", 600, remind),
    ("unanswered", 60, tell_late),
    ("hours", 600, expire_hours),
)
log = logging.getLogger(__name__)


def now_and_then() -> None:
    """Do what has waited long enough, in every tenant. What a run did not do, the next one finds."""
    for name, every, work in WORK:
        try:
            mine = store().set(KEY + name, "1", nx=True, ex=every)
        except RedisError as problem:
            log.warning("care: %s", problem)
            return
        if mine:
            run(work)


def run(work: Callable[[Any], int]) -> int:
    """Do one kind of work in all tenants; trouble in one is none of the others'."""
    done = 0
    for tenant in tenants():
        with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="time"):
            try:
                done += work(db.session)
                db.session.commit()
            except (Refused, SQLAlchemyError) as problem:
                db.session.rollback()
                log.warning("care in tenant %s: %s", tenant, str(problem).splitlines()[0])
        leave(db.session)
    return done
