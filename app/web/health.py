"""Is everything there that an order needs? Asked by machines, so it is cheap and needs no login."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.config import QUEUE, TICKER_KEY, VERSION
from app.engine.clock import now
from app.extensions import db, queue, store

health = Blueprint("health", __name__)
SILENT = timedelta(seconds=60)  # a worker that said nothing for so long is not counted


@health.get("/health")
def report() -> tuple[Response, int]:
    """Answer 200 if database, queue, workers and ticker work, else 503; the body says which does not."""
    parts: dict[str, Any] = {"database": database(), **waiting()}
    well = parts["database"] == parts["queue"] == parts["ticker"] == "ok" and parts["workers"] > 0
    answer = jsonify(status="ok" if well else "down", version=VERSION, **parts)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if well else 503


def database() -> str:
    try:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return "down"
    return "ok"


def waiting() -> dict[str, Any]:
    """Ask Valkey for everything in two round trips: who works, whether the ticker ticks, how many jobs wait."""
    try:
        with store().pipeline(transaction=False) as pipe:
            pipe.smembers("rq:workers")
            pipe.exists(TICKER_KEY)
            pipe.llen(queue().key)
            names, ticking, jobs = pipe.execute()
        with store().pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hmget(name, "last_heartbeat", "queues")
            alive = sum(serves(*answer) for answer in pipe.execute())
    except RedisError:
        return {"queue": "down", "workers": 0, "ticker": "unknown", "waiting": None}
    return {"queue": "ok", "workers": alive, "ticker": "ok" if ticking else "down", "waiting": jobs}


def serves(beat: bytes | None, queues: bytes | None) -> bool:
    """Tell whether a worker's own record says that it lives and serves our queue."""
    if not beat or QUEUE not in (queues or b"").decode().split(","):
        return False
    return now() - datetime.fromisoformat(beat.decode()) < SILENT
