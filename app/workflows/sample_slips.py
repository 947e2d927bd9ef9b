"""The sample's signed slips, pay lines, steps, words, and what changes cost: a few of each, of the last weeks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import now
from app.models.charge import CancelRule
from app.models.dispatch import Visit
from app.models.slip import PayLine, Slip
from app.models.tracking import VisitMessage, VisitTap

LATELY = timedelta(days=120)
MOST = 24  # finished visits whose slips are told of
STEPS = {"accept": "accepted_at", "set_out": "set_out_at", "check_in": "checked_in_at", "begin": "begun_at", "finish": "finished_at"}
RULES: tuple[dict[str, Any], ...] = (
    {"deed": "cancel", "hours": Decimal(24), "percent": Decimal(30)},
    {"deed": "cancel", "hours": Decimal(4), "percent": Decimal(50)},
    {"deed": "move", "hours": Decimal(4), "amount": Decimal("20.00")},
)


def make_slips(session: Session, made: list[Any]) -> None:
    """Of every six of the last finished visits three are signed on the phone, two on paper, and of one the slip is missing."""
    session.add_all(CancelRule(**r) for r in RULES)
    done = [v for v in made if isinstance(v, Visit) and v.state == "finished" and v.finished_at and v.finished_at > now() - LATELY]
    done = sorted(done, key=lambda v: v.starts_at)[-MOST:]
    signed = []
    for n, visit in enumerate(done):
        visit.begun_at = visit.actual_start = visit.checked_in_at
        visit.actual_end, visit.arrival = visit.finished_at, "on_time"
        visit.slip = ("phone", "phone", "paper", "missing", "phone", "paper")[n % 6]
        session.add_all(taps(visit))
        if visit.slip != "missing":
            slip = Slip(visit=visit, way=visit.slip, signed_at=visit.finished_at, name=visit.customer.name)
            session.add(slip)
            signed.append(visit)
    session.flush()
    session.add_all(PayLine(visit=v) for v in signed[: len(signed) * 2 // 3])
    for visit in [v for v in made if isinstance(v, Visit) and v.state == "on_the_way"][:1]:
        said = (("customer", "阳台也请打扫一下"), ("worker", "好的，大约十分钟到"), ("office", "阳台在套餐里，不另收费"))
        for sender, words in said:
            session.add(VisitMessage(visit=visit, sender=sender, said=words))
            session.flush()
        session.add_all(taps(visit))
    session.flush()


def taps(visit: Visit) -> list[VisitTap]:
    """The steps of a visit as its carer tapped them."""
    return [
        VisitTap(visit=visit, what=step, at=getattr(visit, name), tapped_by="worker", **place(visit, step))
        for step, name in STEPS.items() if getattr(visit, name) is not None
    ]  # fmt: skip


def place(visit: Visit, step: str) -> dict[str, Any]:
    known = step == "check_in" and visit.check_in_lat is not None
    return {"lat": visit.check_in_lat, "lng": visit.check_in_lng, "far": 0} if known else {}
