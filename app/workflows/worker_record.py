"""The service record of a carer: each contract with its dates, hours, pay and what the customer thought; as far as the reader may know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import policy, query
from app.engine.clock import zone
from app.models.care import ReturnVisit
from app.models.contract import Contract
from app.models.dispatch import Visit
from app.models.order import Order
from app.models.worker import Worker
from app.models.worker_paper import EVER
from app.workflows.glance import worked

MOST = 100  # contracts
COLUMNS = ["customer", "number", "service", "starts_on", "ends_on", "worker_pay", "state"]


def service_record(session: Session, worker: Worker) -> dict[str, Any]:
    """The contracts, newest first, the hours done under each, and the stars given for it. Three statements."""
    if not policy.opens(Contract) or not policy.comparable(Contract, ["worker"]):
        return {"contracts": [], "hours": None, "stars": None}
    asked = select(Contract).where(Contract.worker_id == worker.id).order_by(Contract.starts_on.desc(), Contract.id.desc())
    names = policy.readable(Contract, COLUMNS)
    found = list(session.scalars(asked.options(*query.loads(Contract, names)).limit(MOST)))
    return {"contracts": found, "names": names, "hours": hours(session, worker), "stars": stars(session, worker)}


def hours(session: Session, worker: Worker) -> dict[int, Any] | None:
    """Hours of finished visits at the contract's customer, within its days; None for whoever may not count them."""
    asks = {Visit: ["worker", "state", "starts_at", "ends_at", "order"], Order: ["customer"]}
    if not all(policy.opens(m) and policy.comparable(m, n) == n for m, n in asks.items()):
        return None
    day = func.date(func.timezone(zone().key, Visit.starts_at))
    within = day.between(Contract.starts_on, func.coalesce(Contract.ends_on, EVER))
    asked = select(Contract.id, func.sum(worked())).join(Order, Order.customer_id == Contract.customer_id)
    asked = asked.join(Visit, Visit.order_id == Order.id).where(Contract.worker_id == worker.id, Visit.worker_id == worker.id)
    return dict(session.execute(asked.where(Visit.state == "finished", within).group_by(Contract.id)).all())


def stars(session: Session, worker: Worker) -> dict[int, Any] | None:
    names = ["worker", "contract", "score_worker"]
    if not policy.opens(ReturnVisit) or policy.comparable(ReturnVisit, names) != names:
        return None
    asked = select(ReturnVisit.contract_id, func.avg(ReturnVisit.score_worker)).where(ReturnVisit.worker_id == worker.id)
    given = asked.where(ReturnVisit.score_worker.is_not(None), ReturnVisit.contract_id.is_not(None))
    return dict(session.execute(given.group_by(ReturnVisit.contract_id)).all())
