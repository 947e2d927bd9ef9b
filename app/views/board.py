"""The dispatch board: what waits, who works today, and who could go, with the reasons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.engine import policy, query, values
from app.engine.clock import bounds, local, now, today
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import fields_of
from app.engine.present import label
from app.extensions import db
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.worker import Worker
from app.web.cells import cell
from app.web.enter import wants_json
from app.web.screen import Screen, allowed
from app.workflows.asked_for import tells
from app.workflows.dispatch import assign
from app.workflows.matching import candidates
from app.workflows.order import OrderFlow
from app.workflows.screening import ASKED, READ, wishes_of
from app.workflows.tracking import overdue

WAITING, SHOWN = 60, 12
FROM, UNTIL = 6, 22  # hours of the plan
NAME, HOUR, ROW, HEAD = 84, 34, 38, 22  # pixels of the plan
LOAD, FULL = 72, 10  # pixels of a full day's load, and its hours
GROUPS = {"late": _("Late"), "today": _("Today"), "later": _("Later")}


def dispatches() -> bool:
    return policy.may(Order, "can:assign")


class BoardScreen(Screen):
    """The dispatcher's day."""

    doors = ((20, _("Dispatch"), "ti-calendar-time", "/board/", dispatches),)

    @expose("/board/")
    @allowed(dispatches)
    def board(self) -> Any:
        day, pk = asked_day(), request.args.get("order", "")
        one = find(int(pk)) if pk.isdecimal() else None
        return self.render(
            "board.html", **left(one), plan=plan(day), day=day, page_title=_("Dispatch"),
            before=day - timedelta(days=1), after=day + timedelta(days=1), is_today=day == today(),
            **(choice(one) if one else {"order": None}),
        )  # fmt: skip

    @expose("/board/waiting")
    @allowed(dispatches)
    def waiting(self) -> Any:
        """The left column alone, for a page that just heard the bell."""
        return render_template("parts/waiting.html", **left(None))

    @expose("/board/plan")
    @allowed(dispatches)
    def plan(self) -> Any:
        """The plan of the day alone."""
        return render_template("parts/plan.html", plan=plan(asked_day()))

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
        order, worker = find(int(sent["order"])), query.find(db.session, Worker, sent["worker"])
        if worker is None:
            raise Missing
        try:
            visit = assign(db.session, order, worker)
            db.session.commit()
        except Refused as refused:
            if wants_json() or isinstance(refused, Forbidden):
                raise
            db.session.rollback()
            flash(refused.args[0], "danger")
            return redirect(f"/board/?order={order.id}")
        words = _("%(worker)s was asked to take %(order)s.", worker=label(worker), order=label(order))
        if wants_json():
            return jsonify(message=str(words), visit=visit.id, number=label(visit))
        flash(words, "success")
        return redirect("/board/")


def find(pk: int) -> Any:
    links = [joinedload(Order.customer), joinedload(Order.service)]
    order = query.find(db.session, Order, pk, links)
    if order is None:
        raise Missing
    return order


def asked_day() -> date:
    return values.day(request.args["day"]) if request.args.get("day") else today()


def left(chosen: Any) -> dict[str, Any]:
    """The orders without a carer, the earliest first: what is late stands on top by itself."""
    query = select(Order).options(joinedload(Order.customer), joinedload(Order.service))
    query = query.where(Order.state == OrderFlow.placed.name).order_by(Order.starts_at, Order.id)
    orders = list(db.session.scalars(query.limit(WAITING + 1)).unique())
    rows = [row(o) for o in orders[:WAITING]]
    return {
        "groups": [(word, some) for code, word in GROUPS.items() if (some := [r for r in rows if r["group"] == code])],
        "more": len(orders) > WAITING, "count": len(rows), "chosen": chosen.id if chosen is not None else None,
    }  # fmt: skip


def row(order: Any) -> dict[str, Any]:
    starts = cell(order, "starts_at")
    late, soon = bool(starts.raw) and starts.raw < now(), bool(starts.raw) and local(starts.raw).date() <= today()
    return {
        "id": order.id, "number": label(order), "when": starts.shown, "late": late,
        "group": "late" if late else "today" if soon else "later",
        **{n: cell(order, n).shown for n in ("customer", "service", "district", "special")},
    }  # fmt: skip


def choice(order: Any) -> dict[str, Any]:
    """The candidates for one order as the page shows them, and how many more there are."""
    if order.state != OrderFlow.placed.name:
        return {"order": row(order), "found": [], "rest": 0, "screen": [], "over": cell(order, "state")}
    found = candidates(db.session, order, wishes_of(request.args))
    able = sum(c.ok for c in found)
    return {
        "order": row(order), "screen": screening(), "able": able, "rest": len(found) - SHOWN, "over": None,
        "found": [shown(n, c, tells(order, c.worker)) for n, c in enumerate(found[:SHOWN], 1)],
    }  # fmt: skip


def screening() -> list[dict[str, Any]]:
    """What candidates may be screened by: what of a carer the actor may ask for."""
    labels = {"price": _("At most an hour"), "free_from": _("Free from"), "free_until": _("Free until"), "area": _("District")}
    found = []
    for name in ASKED:
        field = READ.get(name, "")
        if not field or policy.comparable(Worker, [field]):
            words = {} if name == "area" or not field else fields_of(Worker)[field].choices or {}
            label_ = labels.get(name) or fields_of(Worker)[field].label
            kind = "choice" if words else "date" if name.startswith("free") else "text"
            one = {"name": name, "label": str(label_), "kind": kind, "value": request.args.get(name, "")}
            found.append(one | {"choices": [(code, str(word)) for code, word in words.items()]})
    return found


def shown(n: int, one: Any, told: bool) -> dict[str, Any]:  # noqa: FBT001
    """One candidate: the verdict, the points, and what speaks for and against."""
    return {
        "n": n, "worker": one.worker.id, "name": label(one.worker), "ok": one.ok, "near": len(one.blocks) == 1,
        "score": round(one.score), "km": None if one.km is None else round(one.km, 1),
        "pros": [str(p) for p in one.pros if told], "blocks": [str(b) for b in one.blocks if told],
        "cons": [str(x) for x in one.cons if told and x not in one.blocks],
        **{name: cell(one.worker, name).shown for name in ("rating", "grade")},
    }  # fmt: skip


def plan(day: date) -> dict[str, Any]:
    """The day's visits by carer, with the numbers a drawing needs."""
    first, last = bounds(day)
    order = joinedload(Visit.order)
    query = (
        select(Visit).where(Visit.state.not_in(FREE), Visit.starts_at < last, Visit.ends_at > first)
        .options(joinedload(Visit.worker), order.joinedload(Order.customer), order.joinedload(Order.service))
        .order_by(Visit.worker_id, Visit.starts_at)
    )  # fmt: skip
    lines: dict[int, dict[str, Any]] = {}
    timed = [v for v in db.session.scalars(query).unique() if cell(v, "starts_at").raw and cell(v, "ends_at").raw]
    for visit in timed:
        new = {"name": cell(visit, "worker").shown, "y": HEAD + len(lines) * ROW, "bars": [], "hours": 0.0}
        line = lines.setdefault(visit.worker_id, new)
        line["bars"].append(bar(visit, max(visit.starts_at, first), min(visit.ends_at, last), day))
        line["hours"] += line["bars"][-1]["hours"]
    for line in lines.values():
        line["load"] = round(min(line["hours"] / FULL, 1) * LOAD, 1)
    return {
        "lines": list(lines.values()), "width": x_of_hour(UNTIL) + 14, "height": HEAD + max(len(lines), 1) * ROW + 4,
        "hours": [{"x": x_of_hour(h), "label": f"{h:02d}"} for h in range(FROM, UNTIL + 1, 2)],
        "late": [late(v) for v in timed if overdue(v)],
        "now": x_of(now(), day) if local(now()).date() == day else None, "row": ROW, "full": LOAD,
    }  # fmt: skip


def late(visit: Any) -> dict[str, str]:
    """One carer who should be there and is not."""
    who = cell(visit.order, "customer").shown if visit.order is not None else ""
    minutes = int((now() - visit.starts_at).total_seconds() // 60)
    text = _("%(worker)s → %(customer)s: %(minutes)s minutes late", worker=cell(visit, "worker").shown, customer=who, minutes=minutes)
    return {"text": str(text), "number": label(visit), "url": f"/visit/show/{visit.id}"}


def bar(visit: Any, start: datetime, end: datetime, day: date) -> dict[str, Any]:
    """One visit within a day: the job above, the place below."""
    x, state, order = x_of(start, day), cell(visit, "state"), visit.order
    who, what, place = (cell(order, n).shown for n in ("customer", "service", "district")) if order else (label(visit), "", "")
    width = max(x_of(end, day) - x, 6)
    till = "%H:%M" if local(visit.starts_at).date() == local(visit.ends_at).date() else "%m-%d %H:%M"
    span = f"{local(visit.starts_at):%m-%d %H:%M}–{local(visit.ends_at):{till}}"
    return {
        "x": x, "width": width, "who": clipped(who, width), "place": clipped(f"{what} {place}".strip(), width),
        "tint": state.tint, "state": state.shown, "url": f"/visit/show/{visit.id}", "name": f"{who} {what}".strip(),
        "span": span, "hours": (end - start).total_seconds() / 3600, "title": f"{who} {what} {span} {state.shown}",
    }  # fmt: skip


def clipped(text: str, width: float) -> str:
    """As much of a text as a bar holds: SVG does not cut it by itself."""
    room, taken = width - 10, 0.0
    for n, letter in enumerate(text):
        taken += 6.5 if letter.isascii() else 12
        if taken > room:
            return text[:n]
    return text


def x_of(at: Any, day: date) -> float:
    here = local(at)
    days = (here.date() - day).days
    return x_of_hour(here.hour + here.minute / 60 + 24 * days)


def x_of_hour(hour: float) -> float:
    return round(NAME + (min(max(hour, FROM), UNTIL) - FROM) * HOUR, 1)
