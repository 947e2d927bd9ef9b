"""The queue: a nudge after a commit, so that nobody waits for the sweep; and the worker that takes the nudges."""

from __future__ import annotations

import logging

from flask import has_app_context
from redis.exceptions import RedisError
from rq import SimpleWorker

from app.extensions import queue, store

FULL = 1000  # jobs; each does everything that is due, so more would only keep the queue long
# Every function that the queue may run. What is not here is found by the tests, and what is here needs a probe.
JOBS = ("app.jobs.deliver.sweep", "app.prove.inplace.look_around", "app.jobs.sealing.check", "app.jobs.tasks.run")
log = logging.getLogger(__name__)


def nudge(tenant: int) -> None:
    """Ask for a sweep of one tenant. Never raises: what the queue loses, the ticker finds in the database."""
    if not has_app_context():
        return
    try:
        waiting = queue()
        if waiting.count < FULL:
            waiting.enqueue(JOBS[0], tenant, result_ttl=0, failure_ttl=3600, job_timeout=120)
    except (RedisError, OSError) as problem:
        log.warning("nudge: %s", problem)


def work() -> None:
    """Serve the queue until told to stop. Needs an application context. A dead worker is missed within a minute."""
    SimpleWorker([queue()], connection=store(), worker_ttl=30, job_monitoring_interval=5, maintenance_interval=30).work(
        logging_level="WARNING"
    )
