"""The carers a customer asks for, what stands against each while the order is still typed, and who may be told why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.current import trusted
from app.engine.present import label
from app.engine.rules import Level
from app.models.catalog import Service
from app.models.worker import Worker
from app.workflows.matching import reasons_against

# What of a carer the reasons speak of.
REASONS = ("active", "skills", "grade", "rating", "health_until", "verified", "areas", "shift_days", "dialects")
NOT_THEN = _("Cannot be sent at that time.")  # for whoever may not read the reasons


def tells(order: Any, worker: Any) -> bool:
    """Whether the reasons for and against are made of nothing but what the actor may read."""
    known = order.service is not None and policy.level(order.service, "skill") >= Level.READ
    return known and all(policy.level(worker, n) >= Level.READ for n in REASONS)


def could_come(session: Session, people: Sequence[Worker], service: Service, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    """Whether each could be sent to what is typed, or why not. Of other visits only their times are told."""
    order: Any = SimpleNamespace(service=service, starts_at=begins, ends_at=ends)
    found = []
    for one in people:
        with trusted("candidates"):
            words = reasons_against(session, order, one)
        told = [str(w) for w in words] if tells(order, one) else [str(NOT_THEN)] * bool(words)
        found.append({"name": label(one), "ok": not words, "against": told})
    return found
