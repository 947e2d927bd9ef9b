"""The carer's page: one visit, one next step, one thumb. It opens from the message, without a login."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import generate_csrf

from app.engine.errors import Missing, NotInThisState
from app.engine.values import mask
from app.extensions import db
from app.models.dispatch import Visit
from app.portal.visitor import visiting
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, open_to_all
from app.workflows.dispatch import DispatchFlow

STEPS = ("accept", "set_out", "check_in", "finish")  # in the order of a good day
OPEN = ("accepted", "on_the_way", "on_site")  # while the carer needs to know where, and whom to call


class CarerPage(Screen):
    """What the carer of one visit sees and does."""

    @expose("/w/<token>")
    @open_to_all
    def visit(self, token: str) -> Any:
        with visiting("carer", token, Visit) as visit:
            return page("portal/carer.html", **context(visit, token))

    @expose("/w/<token>/<step>", methods=["POST"])
    @open_to_all
    def step(self, token: str, step: str) -> Any:
        if step not in (*STEPS, "decline"):
            raise Missing
        with visiting("carer", token, Visit) as visit:
            flow = DispatchFlow(visit)
            if flow.state in flow.steps[step].sources:
                given = {n: v for n, v in request.form.items() if n in flow.steps[step].fields and v}
                if step == "check_in":
                    given = located(given)
                try:
                    flow.take(step, **given)
                    db.session.commit()
                except NotInThisState:
                    db.session.rollback()  # the same thumb twice: the page shows where it stands
            elif not taken(visit, step):
                flash(_("This has changed meanwhile. Look at what comes next."), "warning")
        return redirect(f"/w/{token}")


def located(given: dict[str, str]) -> dict[str, Any]:
    """A position, if the phone gave a believable one."""
    try:
        lat, lng = float(given.get("lat", "")), float(given.get("lng", ""))
    except ValueError:
        return {}
    return {"lat": lat, "lng": lng} if abs(lat) <= 90 and abs(lng) <= 180 else {}


def taken(visit: Visit, step: str) -> bool:
    moments = {"accept": "accepted_at", "set_out": "set_out_at", "check_in": "checked_in_at", "finish": "finished_at"}
    return bool(step in moments and getattr(visit, moments[step])) or (step == "decline" and visit.state == "declined")


def context(visit: Visit, token: str) -> dict[str, Any]:
    flow, order, customer = DispatchFlow(visit), visit.order, visit.order.customer
    going = visit.state in OPEN
    next_step = next((flow.steps[s] for s in STEPS if flow.state in flow.steps[s].sources), None)
    phone = customer.phone if going else None
    done = [
        {"label": str(flow.steps[s].label), "at": moment(at) if at else "", "now": next_step is flow.steps[s]}
        for s, at in zip(STEPS, (visit.accepted_at, visit.set_out_at, visit.checked_in_at, visit.finished_at), strict=True)
    ]
    return {
        "token": token, "csrf": generate_csrf(), "state": {"label": str(flow.state.label), "tint": flow.state.tint, "name": visit.state},
        "number": visit.number, "service": str(order.service), "starts": moment(visit.starts_at), "ends": moment(visit.ends_at),
        "customer": str(customer), "place": " ".join(p for p in (order.district, order.address, order.door if going else "") if p),
        "phone": phone, "phone_shown": mask("phone", phone or ""), "special": order.special if going or visit.state == "offered" else "",
        "habits": customer.habits if going else "", "diet": customer.diet if going else "", "carer": str(visit.worker),
        "step": {"name": next_step.name, "label": str(next_step.label)} if next_step else None,
        "can_decline": visit.state == "offered", "report": visit.report or "", "reason": visit.reason or "", "done": done,
        "page_title": str(order.service),
    }  # fmt: skip
