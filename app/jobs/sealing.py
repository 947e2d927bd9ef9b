"""Seal the trails of all tenants, a minute apart, and check every chain from its beginning once a day."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.engine.chain import Break
from app.engine.current import acting
from app.engine.seal import LARGEST, seal, settled_reach
from app.engine.wall import leave
from app.extensions import db, queue, store
from app.web import witness

PERIOD, SECONDS = 60.0, 3.0  # between two rounds; of one round, for the ticker has other things to do
DAY = 86_400
CHECKED = "jiahe:trail-checked:{}"
done: list[float] = []  # when the last round was finished
log = logging.getLogger(__name__)


def now_and_then() -> None:
    """Seal if it is time. A round that was not finished goes on at the next tick."""
    if done and time.monotonic() - done[0] < PERIOD:
        return
    if seal_all(SECONDS):
        done[:] = [time.monotonic()]


def seal_all(seconds: float = 3600) -> bool:
    """Seal what every tenant has, for at most so many seconds. Returns whether that was all."""
    end = time.monotonic() + seconds
    for tenant in tenants():
        if time.monotonic() > end or not seal_tenant(tenant, end):
            return False
        if store().set(CHECKED.format(tenant), "1", nx=True, ex=DAY):
            queue().enqueue("app.jobs.sealing.check", tenant, result_ttl=0, failure_ttl=DAY, job_timeout=3600)
    return True


def seal_tenant(tenant: int, end: float) -> bool:
    """Seal one tenant's new entries, each seal in a transaction of its own. Returns whether all of them are sealed."""
    leave(db.session)
    made = False
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="seal"):
        # Asked once: then a whole period lies between a seal and the belief that all its transactions are over.
        settled, above = settled_reach(db.session), 0
        while time.monotonic() <= end:
            try:
                one = seal(db.session, settled, above)
                count, above = (one.entries, one.reach) if one is not None else (0, above)
                db.session.commit()
            except IntegrityError:  # somebody else sealed the same entries
                db.session.rollback()
                continue
            made = made or count > 0
            if count < LARGEST:
                if made:
                    witness.check(full=False)
                break
        else:
            return False
    leave(db.session)
    return True


def check(tenant: int) -> None:
    """Check one chain from its first seal, and tell the operator's log of every break."""
    leave(db.session)
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="trail"):
        for one in witness.check().breaks:
            log.error("trail: tenant %s: %s", tenant, told(one))
    leave(db.session)


def check_all(*, accept: bool = False) -> Iterator[tuple[str, bool]]:
    """Check every tenant's chain. A line for each tenant, or for each of its breaks, and whether it is whole."""
    for tenant in tenants():
        leave(db.session)
        with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="trail"):
            if accept:
                witness.forget()
            report = witness.check()
        leave(db.session)
        yield from ((f"tenant {tenant}: {told(one)}", False) for one in report.breaks)
        if report.whole:
            upto = f", whole up to {report.upto:%Y-%m-%d %H:%M:%S} UTC" if report.upto else ""
            head = f" {report.head[1][:16]}" if report.seals else ""
            yield f"tenant {tenant}: ok, {report.entries} entries, {report.seals} seals{head}, {report.waiting} not sealed yet{upto}", True


def told(one: Break) -> str:
    entries = f" entries {', '.join(map(str, one.entries))}" if one.entries else ""
    return f"seal {one.seal}: {one.what}{entries}"


def tenants() -> list[int]:
    leave(db.session)
    with acting(tenant_id=None):
        found = [row[0] for row in db.session.execute(select(func.every_tenant()))]
    leave(db.session)
    return found
