"""The ticker: once a second one process, whichever holds the lock, sweeps what is due into the queue."""

from __future__ import annotations

import logging
import threading

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.config import TICKER_KEY
from app.extensions import db, store
from app.jobs import care, deliver, reminding, retention, sealing
from app.jobs.stopping import until_signal

LOCK = 7_401_001  # any number; the same in every process of one database
PERIOD = 1.0  # seconds between two ticks
ALIVE = 15  # seconds after which /health calls a silent ticker dead
log = logging.getLogger(__name__)


def run(stop: threading.Event | None = None, period: float = PERIOD) -> None:
    """Tick every ``period`` seconds until ``stop`` is set, or SIGTERM or SIGINT comes. Needs an application context."""
    stop = stop or until_signal()
    while not stop.is_set():
        try:
            tick()
        except (SQLAlchemyError, RedisError) as problem:
            # A database or queue that is away comes back; the rows that are due wait for it.
            log.warning("tick: %s", str(problem).splitlines()[0])
        stop.wait(period)


def tick() -> bool:
    """Sweep once, unless another ticker is sweeping. Returns whether this one did.

    The lock lives as long as its transaction, so a killed ticker never keeps it, and a pooler is no obstacle.
    """
    with db.engine.connect() as connection:
        mine = bool(connection.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))
        if mine:
            deliver.sweep_all()
            reminding.now_and_then()
            sealing.now_and_then()
            retention.daily()
            care.now_and_then()
    db.session.remove()
    # After the sweep: a ticker that cannot sweep is not alive. One that waits its turn is.
    store().set(TICKER_KEY, "1", ex=ALIVE)
    return mine
