"""A carer at a glance: contracts, hours of this month, jobs; what the reader may count, of the rows that are theirs to see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Numeric, case, cast, extract, func, select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import bounds, today
from app.engine.files import Attachment
from app.engine.periods import month
from app.models.contract import LIVE, Contract
from app.models.dispatch import LONG_DAY, Visit
from app.models.worker import Worker

PHOTO = "photo"
ASKED = {Visit: ["worker", "state", "starts_at", "ends_at"], Contract: ["worker", "state"]}


def numbers(session: Session, worker: Worker) -> dict[str, Any]:
    """The numbers, by name, and the number of the photo; one statement. What the reader may not count is not there."""
    asked: dict[str, Any] = {}
    if open_to(Visit):
        done = Visit.worker_id == worker.id, Visit.state == "finished"
        first = today().replace(day=1)
        begins, ends = bounds(first)[0], bounds(month(first, 1))[0]
        asked["jobs"] = select(func.count()).select_from(Visit).where(*done)
        asked["hours"] = select(func.coalesce(func.sum(worked()), 0)).where(*done, Visit.starts_at >= begins, Visit.starts_at < ends)
    if open_to(Contract):
        asked["contracts"] = select(func.count()).select_from(Contract).where(Contract.worker_id == worker.id, Contract.state.in_(LIVE))
    mine = Attachment.model == "Worker", Attachment.record_id == worker.id, Attachment.field == PHOTO, Attachment.removed_at.is_(None)
    asked["photo"] = select(cast(func.max(Attachment.id), Integer)).where(*mine)
    found = session.execute(select(*(one.scalar_subquery() for one in asked.values()))).one()
    return dict(zip(asked, found, strict=True))


def open_to(model: Any) -> bool:
    return policy.opens(model) and policy.comparable(model, ASKED[model]) == ASKED[model]


def worked() -> Any:
    """The hours of a visit in SQL, as ``dispatch.hours`` counts them."""
    whole = cast(extract("epoch", Visit.ends_at - Visit.starts_at) / 3600, Numeric(12, 2))
    return case((whole <= LONG_DAY, whole), else_=func.greatest(LONG_DAY, whole / 24 * LONG_DAY))
