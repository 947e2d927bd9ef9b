"""Taking back what one did to many rows, or to two that were one, and the page that tells what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.bulk import KIND
from app.engine.clock import now
from app.engine.current import trusted
from app.engine.deeds import DEEDS
from app.engine.merging import MERGE
from app.engine.present import label
from app.engine.record import record_named
from app.engine.tasks import Task
from app.engine.undoing import KEPT, UNDO, possible, take_back
from app.engine.unmerging import UNMERGE
from app.extensions import db
from app.web.cells import moment
from app.web.screen import Screen, allowed
from app.web.tasks import own, pages

SHOWN = 50


class UndoScreen(Screen):
    """Taking back what one did oneself."""

    @expose("/task/<int:pk>/undo", methods=["POST"])
    @allowed()
    def undo(self, pk: int) -> Any:
        undoing = take_back(db.session, own(pk))
        db.session.commit()
        flash(_("Undone. See what became of each row."), "success")
        return redirect(undoing.page_url)


def ended(task: Task) -> dict[str, Any]:
    """What the page of a deed that is done shows: rows that were refused or changed since, and the undo."""
    found = task.result or {}
    refused, conflicts = found.get("refused", [])[:SHOWN], found.get("conflicts", [])[:SHOWN]
    model, staff = record_named(found["model"]), record_named("staff")
    names = {r.id: label(r) for r in db.session.scalars(select(model).where(model.id.in_([r[0] for r in [*refused, *conflicts]])))}
    with trusted("conflicts"):
        who = {p.id: p.name for p in db.session.scalars(select(staff).where(staff.id.in_([c[1] for c in conflicts if c[1]])))}
    url = f"/{model.__tablename__}/show/"
    base = [{"label": names.get(r[0], f"#{r[0]}"), "url": f"{url}{r[0]}" if r[0] in names else ""} for r in [*refused, *conflicts]]
    able = possible(task)
    return {
        "refused": [b | {"why": r[1]} for b, r in zip(base, refused, strict=False)],
        "conflicts": [
            b | {"who": who.get(c[1], str(_("System"))), "at": moment(datetime.fromisoformat(c[2])) if c[2] else ""}
            for b, c in zip(base[len(refused) :], conflicts, strict=False)
        ],
        "undo_url": f"/task/{task.id}/undo" if able else "", "undone_url": f"/task/{task.undone_by}" if task.undone_by else "",
        "undo_days": max((task.ended_at + KEPT - now()).days, 0) + 1 if able and task.ended_at else 0,
        "final": task.kind == KIND and not DEEDS[found["act"]].can_undo,
    }  # fmt: skip


pages[KIND] = pages[UNDO] = pages[MERGE] = pages[UNMERGE] = ("parts/bulk_done.html", ended)
