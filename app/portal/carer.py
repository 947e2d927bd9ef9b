"""The carer's page: one visit, one next step, one thumb. It opens from the message, without a login."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy.orm.exc import StaleDataError

from app.engine.errors import Missing, NotInThisState
from app.engine.values import mask
from app.extensions import db
from app.models.dispatch import FREE, Visit
from app.portal.visitor import span, visiting
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, open_to_all
from app.workflows.dispatch import DispatchFlow

# The steps of a good day in their order, each with the moment that it leaves.
STEPS = {"accept": "accepted_at", "set_out": "set_out_at", "check_in": "checked_in_at", "finish": "finished_at"}
OPEN = ("accepted", "on_the_way", "on_site")  # while the carer needs to know where, and whom to call
POLE, HALF_TURN, LONGEST = 90, 180, 2000  # degrees, degrees, characters of a report
MOVED = _("This has changed meanwhile. Look at what comes next.")


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
        """Take a step. One that was taken already is no error: the page shows where it stands."""
        if step not in (*STEPS, "decline"):
            raise Missing
        with visiting("carer", token, Visit) as visit:
            db.session.refresh(visit, with_for_update=True)  # of two at once the second sees what the first one did
            flow = DispatchFlow(visit)
            if flow.state in flow.steps[step].sources:
                try:
                    flow.take(step, **given(step))
                    db.session.commit()
                except (NotInThisState, StaleDataError):  # the office moved the order at the same moment
                    db.session.rollback()
                    flash(MOVED, "warning")
            elif not taken(visit, step):
                flash(MOVED, "warning")
        return redirect(f"/w/{token}")


def given(step: str) -> dict[str, Any]:
    """What the form of a step sent; a position only if it is a believable one."""
    form = request.form
    if step == "check_in":
        try:
            lat, lng = float(form.get("lat", "")), float(form.get("lng", ""))
        except ValueError:
            return {}
        return {"lat": lat, "lng": lng} if abs(lat) <= POLE and abs(lng) <= HALF_TURN else {}
    asked = DispatchFlow.steps[step].fields
    return {name: form[name].strip()[:LONGEST] for name in asked if form.get(name, "").strip()}


def taken(visit: Visit, step: str) -> bool:
    return visit.state == "declined" if step == "decline" else getattr(visit, STEPS[step]) is not None


def context(visit: Visit, token: str) -> dict[str, Any]:
    """What the page says."""
    flow, service = DispatchFlow(visit), str(visit.order.service)
    next_step = next((flow.steps[s] for s in STEPS if flow.state in flow.steps[s].sources), None)
    return {
        "token": token, "state": {"label": str(flow.state.label), "tint": flow.state.tint, "name": visit.state},
        "number": visit.number, "service": service, "span": span(visit.starts_at, visit.ends_at),
        "carer": str(visit.worker), "report": visit.report or "", "reason": visit.reason or "",
        "step": {"name": next_step.name, "label": str(next_step.label)} if next_step else None,
        "can_decline": visit.state == "offered", "marks": marks(visit, next_step),
        "located": visit.check_in_lat is not None, "page_title": service, **family(visit),
    }  # fmt: skip


def family(visit: Visit) -> dict[str, str]:
    """Where and whom, in full only between accepting and finishing, and hardly anything after declining."""
    order, customer = visit.order, visit.order.customer
    going = visit.state in OPEN
    place = [order.district]
    if going or visit.state == "offered":
        place += [order.address, order.door if going else ""]
    found = {
        "customer": "" if visit.state in FREE else customer.name, "place": " ".join(p for p in place if p),
        "special": (order.special or "") if going or visit.state == "offered" else "",
    }  # fmt: skip
    private = {"phone": customer.phone or "", "habits": customer.habits or "", "diet": customer.diet or ""}
    found |= private if going else dict.fromkeys(private, "")
    return {**found, "phone_shown": mask("phone", found["phone"])}


def marks(visit: Visit, next_step: Any) -> list[dict[str, Any]]:
    found = []
    for name, attribute in STEPS.items():
        at, step = getattr(visit, attribute), DispatchFlow.steps[name]
        found.append({"label": str(step.label), "at": moment(at) if at else "", "now": step is next_step})
    return found
