"""A visit on its way: taps with their place and time, the window that was promised, photos, words both ways, and who is late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from app.engine.clock import now
from app.engine.current import trusted
from app.engine.errors import NotInThisState, Refused
from app.engine.files import Attachment
from app.engine.outbox import announce
from app.engine.record import hold
from app.models.dispatch import FREE, Visit
from app.models.organisation import Store
from app.models.tracking import VisitMessage, VisitTap
from app.workflows.matching import distance

FAR, LATE = 500, 15  # metres, and minutes, where the store says nothing
OLDEST = timedelta(hours=24)  # for which a tap may have waited on a phone; and a visit that late is no alert any more
SCANNED = "slip-"  # how the names of papers begin that are no photo of the work
MANY, WHILE, LONGEST = 10, timedelta(minutes=10), 500  # messages of one side in a while, and the letters of one
WAITING = ("offered", "accepted", "on_the_way")


class Tap(NamedTuple):
    """Who takes a step, where, when it was tapped, and by which key it is known when it is sent again."""

    by: str = "office"
    lat: float | None = None
    lng: float | None = None
    at: datetime | None = None
    request: str | None = None


OFFICE = Tap()


def tapped(visit: Visit, step: str, tap: Tap) -> None:
    """Keep a step that was taken, in the caller's transaction."""
    session = object_session(visit)
    if session is None:
        return
    with trusted(f"step: {step}"):
        far = metres(visit, tap.lat, tap.lng)
        made = VisitTap(visit=visit, visit_id=visit.id, what=step, at=tap.at or now(), tapped_by=tap.by, far=far, request=tap.request)
        made.lat, made.lng = tap.lat, tap.lng
        session.add(made)
        session.flush()


def taken(session: Session, request: str) -> bool:
    """Whether a tap of this key was taken already."""
    return session.scalar(select(VisitTap.id).where(VisitTap.request == request)) is not None


def believable(visit: Visit, at: datetime | None) -> datetime | None:
    """When a tap that comes late was made: not ahead of the clock, not long ago, and not before the step before it."""
    before = [t for t in (visit.accepted_at, visit.set_out_at, visit.checked_in_at, visit.begun_at) if t is not None]
    if at is None or at > now() or at < max([now() - OLDEST, visit.created_at, *before]):
        return None
    return at


def metres(visit: Visit, lat: float | None, lng: float | None) -> int | None:
    """How far a place is from where the work is; None where one of them is not known."""
    km = distance(visit.order.lat, visit.order.lng, lat, lng)
    return None if km is None else round(km * 1000)


def setting(visit: Visit, name: str, otherwise: int) -> int:
    """What the visit's store says, such as ``far_metres``."""
    session = object_session(visit)
    store = session.get(Store, visit.store_id) if session is not None and visit.store_id else None
    found = getattr(store, name, None)
    return otherwise if found is None else int(found)


def check_place(visit: Visit, lat: float | None, lng: float | None, why: str | None) -> int | None:
    """How far the carer is. Raises ``Refused`` where that is too far and nobody says why."""
    far = metres(visit, lat, lng)
    if far is not None and far > setting(visit, "far_metres", FAR) and not (why or "").strip():
        raise TooFar(_("You are %(far)s m from the address. Go there, or say why you check in from here.", far=far))
    return far


class TooFar(Refused):
    """A check-in from far away that gives no reason."""


def punctual(visit: Visit, at: datetime) -> str | None:
    """How an arrival stands to the window that was promised."""
    if visit.promised_from is None or visit.promised_until is None:
        return None
    return "early" if at < visit.promised_from else "on_time" if at <= visit.promised_until else "late"


def photos(session: Session, visit: Visit) -> int:
    """How many photos of the work there are: pictures of the visit that are no scanned slip."""
    mine = Attachment.model == "Visit", Attachment.record_id == visit.id, Attachment.field.is_(None), Attachment.removed_at.is_(None)
    query = select(func.count()).select_from(Attachment).where(*mine, Attachment.kind.startswith("image/"))
    return session.scalar(query.where(Attachment.name.not_like(f"{SCANNED}%"))) or 0


def check_photos(visit: Visit) -> None:
    """Raises ``Refused`` while photos are missing that the service asks for."""
    session, needed = object_session(visit), visit.order.service.photos_needed or 0
    there = photos(session, visit) if needed and session is not None else 0
    if there < needed:
        raise Refused(_("Take the photos first: %(there)s of %(needed)s are there.", there=there, needed=needed))


def say(session: Session, visit: Visit, sender: str, said: str, request: str | None = None) -> VisitMessage | None:
    """A word about a visit; the same one sent again changes nothing. The caller is trusted, and commits.

    Raises:
        NotInThisState: the visit was declined or called off.
        Refused: there is nothing to say, or too much of it at once.

    """
    said = said.strip()[:LONGEST]
    if not said:
        raise Refused(_("Write something first."))
    hold(session, visit)
    if request and session.scalar(select(VisitMessage.id).where(VisitMessage.request == request)) is not None:
        return None
    if visit.state in FREE:
        raise NotInThisState(_("This visit was called off. Call the office."))
    lately = VisitMessage.visit_id == visit.id, VisitMessage.sender == sender, VisitMessage.created_at > now() - WHILE
    if (session.scalar(select(func.count()).select_from(VisitMessage).where(*lately)) or 0) >= MANY:
        raise Refused(_("That is a lot at once. Wait some minutes, or call the office."))
    made = VisitMessage(visit=visit, visit_id=visit.id, sender=sender, said=said, request=request)
    session.add(made)
    session.flush()
    return made


def words(session: Session, order_id: int, most: int = 30) -> list[VisitMessage]:
    """What was said about an order's visits, the oldest first."""
    found = session.scalars(select(VisitMessage).where(VisitMessage.order_id == order_id).order_by(VisitMessage.id.desc()).limit(most))
    return list(found)[::-1]


def alert_late(session: Session) -> int:
    """Tell, once for each, of visits whose carer should have been there. The caller is trusted, and commits."""
    moment, told = now(), 0
    due = Visit.state.in_(WAITING), Visit.late_at.is_(None), Visit.starts_at < moment, Visit.starts_at > moment - OLDEST
    for visit in session.scalars(select(Visit).where(*due).order_by(Visit.starts_at).limit(200).with_for_update(skip_locked=True)):
        minutes = int((moment - visit.starts_at).total_seconds() // 60)
        if minutes > setting(visit, "late_minutes", LATE):
            visit.late_at = moment
            announce("visit.late", visit, minutes=str(minutes))
            told += 1
    session.flush()
    return told


def overdue(visit: Any) -> bool:
    """Whether an alert stands: the carer is still not there."""
    return visit.late_at is not None and visit.state in WAITING
