"""Records in from a workbook or a csv: every row tried, all kept together or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.arrivals import Rows
from app.engine.audit import AuditEntry
from app.engine.columns import Plan, matched, remember
from app.engine.errors import Forbidden
from app.engine.spared import spared
from app.engine.trial import Trial


def may_import(model: Any, mode: str = "insert") -> bool:
    return policy.may(model, "can:import") and (mode == "update" or policy.may(model, "can:add"))


def bring_in(  # noqa: PLR0913
    session: Session, model: Any, rows: list[list[str]], plan: Plan | None = None, *, keep: bool,
    progress: Callable[[int], None] = lambda _done: None,
) -> Trial:  # fmt: skip
    """Try every row; with ``keep``, and without a single fault, keep them. The caller commits.

    A trial, or an import with a fault anywhere, leaves nothing behind, not even a number taken. ``progress`` hears how
    many rows are done, and may raise to stop it all.

    Raises:
        Forbidden: the actor may not import this, or not add it.
    """
    plan = plan or Plan()
    if plan.mode not in ("insert", "update", "both") or not may_import(model, plan.mode):
        raise Forbidden
    trial = Trial(rows=sum(map(bool, rows[1:])))  # an empty row keeps its number
    trial.columns, trial.ignored, trial.faults = matched(session, model, rows[0], plan)
    trial.names = list(trial.columns.values())
    if plan.mode != "insert" and plan.match not in trial.names:
        trial.fault(1, -1, "", "", _("Choose the column that tells which record a row is about."))
    outer = session.begin_nested()
    try:
        if not trial.faults:
            with spared():
                Rows(session, model, rows, plan, trial).run(progress)
        if keep and not trial.faults:
            remember(session, model, rows[0], plan.columns)
            changes = {"rows": trial.rows, "made": trial.made, "changed": trial.changed, "fields": trial.names}
            session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="import", changes=changes))
            outer.commit()
            trial.done = True
    finally:
        if outer.is_active and not trial.done:
            outer.rollback()
    trial.faults.sort(key=lambda f: (f.row, f.column))
    return trial
