"""The last change of care days is taken back: lines and visits become what they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.engine.current import trusted
from app.engine.errors import NotInThisState
from app.models.care_day import WORK, CareChange
from app.models.care_sums import Line
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.workflows.care_lines import held, may_plan, may_price, note, read, unkept, write
from app.workflows.care_visits import cancel_quietly, send

UNDONE = ("pause", "resume", "replace", "add", "price")


def last_change(session: Session, order: Order) -> CareChange | None:
    """The change that may be taken back: the newest, if nothing was billed since and it was not taken back yet."""
    done = select(CareChange).where(CareChange.order_id == order.id, CareChange.deed.not_in(("ask", "refuse")))
    found: CareChange | None = session.scalars(done.order_by(CareChange.id.desc()).limit(1)).first()
    return found if found is not None and found.deed in UNDONE else None


def may_undo(order: Order, change: CareChange) -> bool:
    return may_price(order) if change.deed == "price" else may_plan(order)


def undo(session: Session, order: Order, change_id: int) -> CareChange:
    """Take the last change back: the lines become what they were, a visit that it made is called off. The caller commits.

    Raises ``NotInThisState`` where something was done or billed since, or the new carer has set out.
    """
    with trusted(WORK):
        seen = last_change(session, order)
    if seen is None or seen.id != change_id:
        raise NotInThisState(_("Something else was done since. Look at the days again."))
    with held(session, order, may=lambda o: may_undo(o, seen)):
        change = last_change(session, order)
        if change is None or change.id != change_id:
            raise NotInThisState(_("Something else was done since. Look at the days again."))
        before = change.before or {}
        lines = [unkept(x) for x in before.get("lines", ())]
        if change.visit_id is not None:
            lines = visits_back(session, order, change, lines, before)
        made = note(session, order, "undo", now(), undoes_id=change.id, worker_id=change.replaced_id, replaced_id=change.worker_id)
        closed = [x for x in read(session, order) if x.closed]
        write(session, order, [*closed, *lines], made)
        return made


def visits_back(session: Session, order: Order, change: CareChange, lines: list[Line], before: dict[str, Any]) -> list[Line]:
    """Call the new visit off, and give the one before its time again. Returns the lines with the visits they belong to now."""
    visit = change.visit
    if visit is not None and visit.state not in FREE:
        if visit.state not in ("offered", "accepted"):
            raise NotInThisState(_("The new carer has set out already. Replace them instead."))
        cancel_quietly(session, visit)
    ended = session.get(Visit, before["ended"]) if before.get("ended") else None
    if ended is None:
        return lines
    if ended.state not in FREE:
        if ended.state == "finished":
            raise NotInThisState(_("The carer before has finished already. Replace the new one instead."))
        ended.ends_at = datetime.fromisoformat(before["ends_at"])
        session.flush()
        return lines
    again = send(session, order, ended.worker, max(ended.starts_at, order.starts_at))
    return [replace(x, visit=again.id) if x.visit == ended.id else x for x in lines]
