"""The dispatch board: what waits, who works today, and who could go, with the reasons."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.engine import policy, values
from app.engine.clock import bounds, local, now, today
from app.engine.errors import Missing
from app.engine.present import label
from app.extensions import db
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.worker import Worker
from app.web.cells import cell, moment
from app.web.enter import wants_json
from app.web.screen import Screen, allowed
from app.workflows.dispatch import assign
from app.workflows.matching import candidates
from app.workflows.order import OrderFlow

WAITING, SHOWN = 60, 12
FROM, UNTIL = 6, 22  # hours of the plan
NAME, HOUR, ROW, HEAD = 96, 48, 34, 22  # pixels of the plan


def dispatches() -> bool:
    return policy.may(Order, "can:assign")


class BoardScreen(Screen):
    """The dispatcher's day."""

    doors = ((20, _("Dispatch"), "ti-calendar-time", "/board/", dispatches),)

    @expose("/board/")
    @allowed(dispatches)
    def board(self) -> Any:
        day = values.day(request.args["day"]) if request.args.get("day") else today()
        orders = waiting()
        pk = request.args.get("order", "")
        one = next((o for o in orders if str(o.id) == pk), None)
        return self.render(
            "board.html", orders=[row(o) for o in orders], plan=plan(day), day=day, page_title=_("Dispatch"),
            before=day - timedelta(days=1), after=day + timedelta(days=1), is_today=day == today(),
            chosen=one.id if one else None, **(choice(one) if one else {"order": None, "found": [], "rest": 0}),
        )  # fmt: skip

    @expose("/board/waiting")
    @allowed(dispatches)
    def waiting(self) -> Any:
        """The left column alone, for a page that just heard the bell."""
        return render_template("parts/waiting.html", orders=[row(o) for o in waiting()], chosen=None)

    @expose("/board/candidates/<int:pk>")
    @allowed(dispatches)
    def candidates(self, pk: int) -> Any:
        order = find(pk)
        made = choice(order)
        if wants_json():
            return jsonify(order=order.id, result=[{k: v for k, v in c.items() if k != "n"} for c in made["found"]])
        return render_template("parts/candidates.html", **made)

    @expose("/board/assign", methods=["POST"])
    @allowed(dispatches)
    def assign(self) -> Any:
        sent = {n: request.form.get(n, "") for n in ("order", "worker")}
        if not all(v.isdecimal() for v in sent.values()):
            raise Missing
        order, worker = find(int(sent["order"])), db.session.get(Worker, int(sent["worker"]))
        if worker is None:
            raise Missing
        visit = assign(db.session, order, worker)
        db.session.commit()
        words = _("%(worker)s was asked to take %(order)s.", worker=worker.name, order=order.number)
        if wants_json():
            return jsonify(message=str(words), visit=visit.id, number=visit.number)
        flash(words, "success")
        return redirect("/board/")


def find(pk: int) -> Any:
    order = db.session.get(Order, pk) if pk < 2**31 else None
    if order is None:
        raise Missing
    return order


def waiting() -> list[Any]:
    """The orders without a carer, the earliest first: what is late stands on top by itself."""
    query = select(Order).where(Order.state == OrderFlow.placed.name).options(joinedload(Order.customer), joinedload(Order.service))
    return list(db.session.scalars(query.order_by(Order.starts_at, Order.id).limit(WAITING)).unique())


def row(order: Any) -> dict[str, Any]:
    late = order.starts_at < now()
    return {
        "id": order.id, "number": order.number, "customer": cell(order, "customer").shown, "service": cell(order, "service").shown,
        "when": moment(order.starts_at), "district": cell(order, "district").shown, "late": late,
        "soon": not late and order.starts_at < now() + timedelta(hours=24),
    }  # fmt: skip


def choice(order: Any) -> dict[str, Any]:
    """The candidates for one order as the page shows them, and how many more there are."""
    found = candidates(db.session, order)
    shown = found[:SHOWN]
    return {
        "order": row(order), "rest": len(found) - len(shown),
        "found": [
            {
                "n": n, "worker": c.worker.id, "name": label(c.worker), "ok": c.ok, "near": len(c.blocks) == 1, "score": round(c.score),
                "pros": [str(p) for p in c.pros], "blocks": [str(b) for b in c.blocks],
                "cons": [str(x) for x in c.cons if x not in c.blocks], "rating": cell(c.worker, "rating").shown,
                "grade": cell(c.worker, "grade").shown, "km": None if c.km is None else round(c.km, 1),
            }
            for n, c in enumerate(shown, 1)
        ],
    }  # fmt: skip


def plan(day: date) -> dict[str, Any]:
    """The day's visits by carer, with the numbers a drawing needs."""
    first, last = bounds(day)
    query = (
        select(Visit).where(Visit.state.not_in(FREE), Visit.starts_at < last, Visit.ends_at > first)
        .options(joinedload(Visit.worker), joinedload(Visit.order).joinedload(Order.customer)).order_by(Visit.worker_id, Visit.starts_at)
    )  # fmt: skip
    lines: dict[int, dict[str, Any]] = {}
    for visit in db.session.scalars(query).unique():
        if visit.worker is None:
            continue
        line = lines.setdefault(visit.worker_id, {"name": label(visit.worker), "y": HEAD + len(lines) * ROW, "bars": []})
        left, right = x_of(max(visit.starts_at, first), day), x_of(min(visit.ends_at, last), day)
        state = cell(visit, "state")
        words = str(visit.order.customer or visit.number) if visit.order else visit.number
        line["bars"].append(
            {
                "x": left, "width": max(right - left, 6), "text": words if right - left > 40 else "", "tint": state.tint,
                "url": f"/visit/show/{visit.id}",
                "title": f"{words} {local(visit.starts_at):%m-%d %H:%M}–{local(visit.ends_at):%m-%d %H:%M} {state.shown}",
            }
        )  # fmt: skip
    return {
        "lines": list(lines.values()), "width": x_of_hour(UNTIL) + 8, "height": HEAD + max(len(lines), 1) * ROW + 4, "row": ROW,
        "hours": [{"x": x_of_hour(h), "label": f"{h:02d}"} for h in range(FROM, UNTIL + 1, 2)],
        "now": x_of(now(), day) if local(now()).date() == day else None, "name": NAME,
    }  # fmt: skip


def x_of(at: Any, day: date) -> float:
    here = local(at)
    days = (here.date() - day).days
    return x_of_hour(here.hour + here.minute / 60 + 24 * days)


def x_of_hour(hour: float) -> float:
    return round(NAME + (min(max(hour, FROM), UNTIL) - FROM) * HOUR, 1)
