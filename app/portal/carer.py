"""The carer's page: one visit, one next step, one thumb. It opens from the message, without a login."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.engine.errors import NotInThisState, Refused
from app.engine.files import attach
from app.engine.values import mask
from app.extensions import db, storage
from app.models.care_day import CareChange
from app.models.dispatch import FREE, Visit
from app.models.price_sum import plain
from app.models.service_kind import steps_of
from app.models.work_order import devices_of
from app.portal.visitor import span, visiting
from app.portal.words import KEY, said, talk
from app.web.cells import moment
from app.web.enter import page, wants_json
from app.web.screen import Screen, open_to_all
from app.workflows.dispatch import DispatchFlow
from app.workflows.slips import sign_on_phone
from app.workflows.tracking import Tap, TooFar, believable, photos, taken

# The steps of a good day in their order, each with the moment that it leaves.
STEPS = {"accept": "accepted_at", "set_out": "set_out_at", "check_in": "checked_in_at", "begin": "begun_at", "finish": "finished_at"}
OPEN = ("accepted", "on_the_way", "on_site", "working")  # while the carer needs to know where, and whom to call
POLE, HALF_TURN, LONGEST = 90, 180, 2000  # degrees, degrees, characters of a report
MOST_PHOTOS = 20
ENDINGS = {b"\xff\xd8\xff": "jpg", b"\x89PN": "png", b"RIF": "webp"}  # by how a photo begins
MAPS = "https://uri.amap.com/"
MOVED = _("This has changed meanwhile. Look at what comes next.")


class CarerPage(Screen):
    """What the carer of one visit sees and does."""

    @expose("/w/<token>")
    @open_to_all
    def visit(self, token: str) -> Any:
        with visiting("carer", token, Visit) as visit:
            return page("portal/carer.html", **context(visit, token))

    @expose("/w/<token>/<any(accept, set_out, check_in, begin, finish, decline):step>", methods=["POST"])
    @open_to_all
    def step(self, token: str, step: str) -> Any:
        """Take a step. One that was taken already, or comes again, is no error: the page shows where it stands."""
        with visiting("carer", token, Visit) as visit:
            db.session.refresh(visit, with_for_update=True)  # of two at once the second sees what the first one did
            flow, key = DispatchFlow(visit), request.form.get("request", "")[:KEY]
            key = f"{visit.id}:{key}" if key else ""
            flow.tap = tap(visit, key)
            if key and taken(db.session, key):
                db.session.rollback()
            elif follows(flow, step):
                try:
                    flow.take(step, **given(step))
                    db.session.commit()
                except (NotInThisState, StaleDataError):  # the office moved the order at the same moment
                    db.session.rollback()
                    flash(MOVED, "warning")
                except Refused as refused:
                    db.session.rollback()
                    db.session.refresh(visit)
                    if wants_json():
                        return jsonify(message=str(refused), far=isinstance(refused, TooFar)), refused.status
                    return page("portal/carer.html", refused.status, **refusal(refused), **context(visit, token))
            elif not already(visit, step):
                flash(MOVED, "warning")
        return jsonify(done=True) if wants_json() else redirect(f"/w/{token}")

    @expose("/w/<token>/say", methods=["POST"])
    @open_to_all
    def say(self, token: str) -> Any:
        """A word to the family and the office, once the visit is accepted."""
        with visiting("carer", token, Visit) as visit:
            if visit.state not in (*OPEN, "finished"):
                raise NotInThisState(MOVED)
            wrong = said(visit, "worker")
            return page("portal/carer.html", wrong.status, wrong=str(wrong), **context(visit, token)) if wrong else redirect(f"/w/{token}")

    @expose("/w/<token>/photos", methods=["POST"])
    @open_to_all
    def photos(self, token: str) -> Any:
        """Photos of the work; the same one sent again is there once."""
        with visiting("carer", token, Visit) as visit:
            db.session.refresh(visit, with_for_update=True)
            if visit.state not in ("on_site", "working"):
                raise NotInThisState(_("Photos are taken while you are there."))
            try:
                taken_in(visit)
                db.session.commit()
            except Refused as refused:
                db.session.rollback()
                db.session.refresh(visit)
                return page("portal/carer.html", refused.status, wrong=str(refused), **context(visit, token))
        return redirect(f"/w/{token}")

    @expose("/w/<token>/sign", methods=["POST"])
    @open_to_all
    def sign(self, token: str) -> Any:
        """The customer signs here. The same form sent again shows that it is signed."""
        with visiting("carer", token, Visit) as visit:
            try:
                sign_on_phone(db.session, visit, request.form.get("name", ""), request.form.get("picture", ""))
                db.session.commit()
            except Refused as refused:
                db.session.rollback()
                db.session.refresh(visit)
                return page("portal/carer.html", refused.status, wrong=str(refused), **context(visit, token))
        return redirect(f"/w/{token}")


def tap(visit: Visit, key: str) -> Tap:
    """Who takes the step, where and when: what the phone sent, if it is believable."""
    lat, lng = where()
    try:
        at = datetime.fromtimestamp(int(request.form.get("at", "")) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        at = None
    return Tap("worker", lat, lng, believable(visit, at), key or None)


def where() -> tuple[float | None, float | None]:
    try:
        lat, lng = float(request.form.get("lat", "")), float(request.form.get("lng", ""))
    except ValueError:
        return None, None
    return (lat, lng) if abs(lat) <= POLE and abs(lng) <= HALF_TURN else (None, None)


def follows(flow: DispatchFlow, step: str) -> bool:
    """Whether a step may be taken now."""
    return flow.state in flow.steps[step].sources


def given(step: str) -> dict[str, Any]:
    """What the form of a step sent besides the place, which its tap holds."""
    asked = DispatchFlow.steps[step].fields
    return {n: request.form[n].strip()[:LONGEST] for n in asked if n not in ("lat", "lng") and request.form.get(n, "").strip()}


def already(visit: Visit, step: str) -> bool:
    return visit.state == "declined" if step == "decline" else getattr(visit, STEPS[step]) is not None


def refusal(refused: Refused) -> dict[str, Any]:
    lat, lng = where()
    return {"wrong": str(refused), "ask_far": isinstance(refused, TooFar), "lat": lat, "lng": lng}


def taken_in(visit: Visit) -> None:
    files = [f for f in request.files.getlist("file") if f.filename]
    if not files:
        raise Refused(_("Take a photo first."))
    for n, file in enumerate(files, photos(db.session, visit) + 1):
        if n > MOST_PHOTOS:
            raise Refused(_("There are enough photos: %(n)s.", n=MOST_PHOTOS))
        ending = ENDINGS.get(file.stream.read(3))
        file.stream.seek(0)
        if ending is None:
            raise Refused(_("“%(name)s” is no photo.", name=file.filename))
        attach(db.session, storage(), visit, f"photo-{n}.{ending}", file.stream)  # type: ignore[arg-type]


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
        "photos": photos(db.session, visit), "photos_needed": visit.order.service.photos_needed or 0, "slip": visit.slip,
        "shows": visit.state in ("on_site", "working"), "signs": visit.state in ("working", "finished"), "speaks": visit.state in OPEN,
        "talk": talk(visit.order_id, "worker") if visit.state in (*OPEN, "finished") else [], "map": map_of(visit),
        "rest": [{"name": n, "label": str(flow.steps[n].label)} for n in STEPS], "late": visit.late_at is not None,
        **(work(visit) if visit.state in OPEN else {}), "located": visit.check_in_lat is not None, "page_title": service, **family(visit),
    }  # fmt: skip


def work(visit: Visit) -> dict[str, Any]:
    """What is to be done, and what is to be brought."""
    return {
        "standard": [{"text": str(s), "photo": s.photo} for s in steps_of(db.session, visit.order.service)],
        "devices": [{"name": str(d), "quantity": plain(d.quantity)} for d in devices_of(db.session, visit.order)],
    }


def family(visit: Visit) -> dict[str, str]:
    """Where and whom, in full only between accepting and finishing, and hardly anything after declining."""
    order, customer = visit.order, visit.order.customer
    going = visit.state in OPEN
    place = [order.district]
    if going or visit.state == "offered":
        place += [order.address, order.door if going else ""]
    found = {
        "customer": "" if visit.state in FREE else customer.name, "place": " ".join(p for p in place if p),
        "special": (order.special or "") if going or visit.state == "offered" else "", "handover": sheet(visit) if going else "",
    }  # fmt: skip
    way_in = order.site.way_in if order.site is not None else ""
    private = {"phone": customer.phone or "", "habits": customer.habits or "", "diet": customer.diet or "", "way_in": way_in or ""}
    found |= private if going else dict.fromkeys(private, "")
    return {**found, "phone_shown": mask("phone", found["phone"])}


def sheet(visit: Visit) -> str:
    """What the carer before handed over."""
    asked = select(CareChange.handover).where(CareChange.visit_id == visit.id, CareChange.handover.is_not(None))
    return "\n".join(text for text in db.session.scalars(asked.order_by(CareChange.id)) if text)


def map_of(visit: Visit) -> str:
    """Where a map of the address opens, once the carer may know it."""
    order = visit.order
    if visit.state not in OPEN:
        return ""
    if order.lat is not None and order.lng is not None:
        return f"{MAPS}marker?position={order.lng:.6f},{order.lat:.6f}&name={quote(order.address or '', safe='')}"
    place = "".join(p for p in (order.city, order.district, order.address) if p)
    return f"{MAPS}search?keyword={quote(place, safe='')}" if place else ""


def marks(visit: Visit, next_step: Any) -> list[dict[str, Any]]:
    found = []
    for name, attribute in STEPS.items():
        at, step = getattr(visit, attribute), DispatchFlow.steps[name]
        found.append({"label": str(step.label), "at": moment(at) if at else "", "now": step is next_step})
    return found
