"""What keeps a carer from a visit whoever sends them: papers that are lacking or over, and time off. For many carers at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import Session

from app.engine.clock import local, today
from app.engine.current import current
from app.engine.errors import Refused
from app.engine.present import label
from app.models.worker import Worker
from app.models.worker_leave import PAST, WorkerLeave, hold_worker, shown
from app.models.worker_paper import EVER, REAL_NAME, KindWords, PaperRule, RealNameCheck, WorkerPaper


@dataclass
class Demand:
    """One paper that is asked for; for which kinds of service it is not; and until when each carer's is valid."""

    kind: str
    spares: Sequence[str]
    until: dict[int, date] = field(default_factory=dict)


def demands(session: Session, ids: Sequence[int]) -> list[Demand]:
    """What the company demands before somebody is sent, and what those carers have of it. One statement; the caller is trusted."""
    paper = select(WorkerPaper.worker_id, WorkerPaper.kind, func.coalesce(WorkerPaper.until, EVER).label("until"))
    check = select(RealNameCheck.worker_id, literal(REAL_NAME), type_coerce(literal(EVER), Date))
    held = union_all(
        paper.where(WorkerPaper.worker_id.in_(ids)), check.where(RealNameCheck.worker_id.in_(ids), RealNameCheck.state == "approved")
    ).subquery()
    asked = select(PaperRule.kind, PaperRule.spares, held.c.worker_id, func.max(held.c.until))
    asked = asked.outerjoin(held, held.c.kind == PaperRule.kind)
    by = PaperRule.id, PaperRule.kind, PaperRule.spares, held.c.worker_id
    asked = asked.where(PaperRule.blocks, PaperRule.active).group_by(*by).order_by(PaperRule.id)
    found: dict[str, Demand] = {}
    for kind, spares, worker_id, until in session.execute(asked):
        demand = found.setdefault(kind, Demand(kind, spares or ()))
        if worker_id is not None:
            demand.until[worker_id] = until
    return list(found.values())


def lacking(asked: Iterable[Demand], worker: Worker, category: str, last: date) -> list[Any]:
    """The papers that keep a carer from a service that goes on until a day, in words."""
    words: list[Any] = []
    for demand in asked:
        until = demand.until.get(worker.id)
        if category in demand.spares or (until is not None and until >= last):
            continue
        named = {"who": label(worker), "paper": KindWords().get(demand.kind, demand.kind), "day": f"{until or ''}"}
        if until is not None:
            over = _("%(who)s: the %(paper)s ran out on %(day)s.", **named)
            words.append(over if until < today() else _("%(who)s: the %(paper)s ends on %(day)s, before the service does.", **named))
        elif demand.kind == REAL_NAME:
            words.append(_("%(who)s: the real name was not checked yet.", **named))
        else:
            words.append(_("%(who)s: there is no %(paper)s on file.", **named))
    return words


def away(worker: Worker, starts_at: datetime, ends_at: datetime) -> Any:
    """Time off, in words."""
    return _("%(who)s is off from %(start)s to %(end)s.", who=label(worker), start=shown(starts_at), end=shown(ends_at))


def check_gates(session: Session, worker: Worker | None, starts_at: datetime, ends_at: datetime, category: str) -> None:
    """Hold a carer and raise ``Refused`` with the first reason against the visit: on whichever way it is made or moved."""
    if worker is None or current().trusted in PAST:
        return
    hold_worker(session, worker.id)
    against = lacking(demands(session, [worker.id]), worker, category, local(ends_at).date())
    mine = WorkerLeave.worker_id == worker.id, WorkerLeave.starts_at < ends_at, WorkerLeave.ends_at > starts_at
    off = session.execute(select(WorkerLeave.starts_at, WorkerLeave.ends_at).where(*mine).limit(1)).first()
    if off is not None:
        against.append(away(worker, *off))
    if against:
        raise Refused(against[0])
