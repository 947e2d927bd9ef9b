"""``/exports/``: the files that were made for one, and the lists that one gets by mail again and again. Nobody else's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import policy
from app.engine.clock import now
from app.engine.current import current
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.exchange import ExportFile, ExportPlan, following, wait
from app.engine.export import KINDS
from app.engine.query import find
from app.engine.record import record_named
from app.extensions import db, storage
from app.web.asked import Asked
from app.web.cells import moment
from app.web.exchanging import named, streamed
from app.web.screen import Screen, allowed

MOST = 20  # lists of one person
SHOWN = 50
DAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
EVERY = _("Every day")


class ExportScreen(Screen):
    """Files and plans of the actor."""

    doors = ((84, _("My exports"), "ti-table-export", "/exports/", lambda: True),)

    @expose("/exports/")
    @allowed()
    def index(self) -> Any:
        mine = select(ExportFile).where(ExportFile.owner_id == current().actor_id, ExportFile.expires_at > now())
        files = [
            {"url": f.page_url, "name": f.name, "rows": f"{f.rows:,}", "size": f"{f.size // 1024 + 1:,} KB", "until": moment(f.expires_at)}
            for f in db.session.scalars(mine.order_by(ExportFile.id.desc()).limit(SHOWN))
        ]
        plans = [described(p) for p in db.session.scalars(select(ExportPlan).where(ExportPlan.owner_id == current().actor_id))]
        return self.render("exports.html", files=files, plans=plans, page_title=_("My exports"))

    @expose("/exports/<int:pk>")
    @allowed()
    def download(self, pk: int) -> Any:
        """One's own file, as long as one may still export such records."""
        return fetched(pk)

    @expose("/exports/plan", methods=["GET", "POST"])
    @allowed()
    def plan(self) -> Any:
        """A list, every week or every day, to oneself."""
        table = request.values.get("table", "")
        model = record_named(table)
        if model is None or model.__platform__ or not policy.opens(model) or not policy.may(model, "can:export"):
            raise Forbidden
        ask = request.values.get("ask", "")[:2000]
        Asked.of(ask).conditions(model)  # what one may not ask for is refused now, and again each time
        if request.method == "GET":
            return self.render("export_plan.html", days=list(enumerate(DAYS)), table=table, ask=ask, page_title=_("Send this list by mail"),
                               records=model.__plural__ or model.__label__)  # fmt: skip
        day, hour, kind = request.form.get("weekday", ""), request.form.get("hour", "8"), request.form.get("kind", "xlsx")
        if day not in ("", *"0123456") or not hour.isdecimal() or int(hour) > 23 or kind not in KINDS:
            raise Refused(_("Choose one from the list."))
        if db.session.scalar(select(db.func.count()).select_from(ExportPlan).where(ExportPlan.owner_id == current().actor_id)) >= MOST:
            raise Refused(_("One person gets at most %(n)s lists. Remove one first.", n=MOST))
        weekday = int(day) if day else None
        made = ExportPlan(model=model.__name__, ask=ask, kind=kind, weekday=weekday, hour=int(hour), language=str(get_locale() or "zh")[:2])
        made.next_at = following(weekday, int(hour), now())
        db.session.add(made)
        wait(db.session, made)
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect("/exports/")

    @expose("/exports/plan/<int:pk>/remove", methods=["POST"])
    @allowed()
    def remove(self, pk: int) -> Any:
        plan: ExportPlan | None = find(db.session, ExportPlan, pk)
        if plan is None or plan.owner_id != current().actor_id:
            raise Missing
        db.session.delete(plan)
        db.session.commit()
        flash(_("You get it no more."), "success")
        return redirect("/exports/")


def fetched(pk: int, model: Any = None) -> Any:
    """One's own file, of one type where one is asked for; a 404 for others'."""
    file: ExportFile | None = find(db.session, ExportFile, pk)
    if file is None or file.owner_id != current().actor_id or file.expires_at <= now() or (model and file.model != model.__name__):
        raise Missing(_("This file is gone. Export the list again."))
    if not policy.may(named(file.model), "can:print" if file.kind == "pdf" else "can:export"):
        raise Forbidden
    return streamed(storage().open(file.key), file.kind, file.name)


def described(plan: ExportPlan) -> dict[str, Any]:
    model = named(plan.model)
    day = EVERY if plan.weekday is None else DAYS[plan.weekday]
    return {
        "id": plan.id, "records": str(model.__plural__ or model.__label__), "when": f"{day} {plan.hour}:00", "kind": plan.kind,
        "next": moment(plan.next_at), "url": f"/{model.__tablename__}/list" + (f"?{plan.ask}" if plan.ask else ""),
    }  # fmt: skip


def plan_url(table: str, ask: str) -> str:
    """Where the list of an address is made into a plan."""
    return "/exports/plan?" + urlencode({"table": table, "ask": ask})
