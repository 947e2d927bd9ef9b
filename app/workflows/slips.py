"""Slips that come back: signed on the phone or on paper, filed by their code or by hand, and what is paid for them."""

from __future__ import annotations

import hashlib
import io
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine import policy, query, signatures
from app.engine.clock import now
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.files import Attachment, attach, plain_name
from app.engine.outbox import announce
from app.engine.printing.signed import PATH, genuine, named
from app.engine.record import hold
from app.engine.rules import Level
from app.engine.storage import Storage
from app.integrations.square_codes import Page, pages
from app.models.dispatch import FREE, Visit
from app.models.slip import PayLine, Slip, SlipScan, slip_of
from app.workflows.hours import settle
from app.workflows.tracking import SCANNED

LARGEST = 20 * 1024 * 1024  # bytes
UNREAD = _("No code of a slip can be read in it. Choose the visit.")
UNKNOWN = _("Its code is of no slip of this company.")
OVER = _("That visit was declined or called off.")
MOST = 500  # pay lines made at once


def may_file(record: Any = None) -> bool:
    """Whoever may write down the actual times of a visit files its slip."""
    if record is None:
        return policy.ceiling(Visit, "actual_start") >= Level.FILL and policy.part_ceiling(Visit, "files") >= Level.FILL
    return policy.level(record, "actual_start") >= Level.FILL and policy.part(record, "files") >= Level.FILL


def take_in(session: Session, storage: Storage, name: str, stream: BinaryIO) -> list[SlipScan]:
    """A picture or PDF of paper slips: each page is filed under the visit that its code names, or waits with the reason.

    The same file sent again is what it was. The caller commits.

    Raises:
        Forbidden: the actor files no slips.
        Refused: it is no picture or PDF, or is too large.

    """
    if not may_file():
        raise Forbidden
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused(_("“%(name)s” is larger than 20 MB. Send a smaller one.", name=name))
    whole = hashlib.sha256(data).hexdigest()
    made = pages(data)
    if made is None:
        raise Refused(_("“%(name)s” is no picture or PDF that can be read.", name=name))
    return [one_page(session, storage, titled(name, n, len(made)), page, f"{whole}:{n}") for n, page in enumerate(made, 1)]


def titled(name: str, n: int, of: int) -> str:
    stem, dot, ending = plain_name(name).rpartition(".")
    return plain_name(name) if of == 1 else f"{stem or ending}-{n}{dot}jpg"


def one_page(session: Session, storage: Storage, name: str, page: Page, once: str) -> SlipScan:
    if (there := known(session, once)) is not None:
        return there
    visit, reason = visit_of(session, page.codes)
    scan = SlipScan(name=name[-160:], once=once, standing="open", reason=str(reason or ""), store_id=current().store_id)
    try:
        with session.begin_nested(), trusted("slip scan"):
            session.add(scan)
            session.flush()
    except IntegrityError:
        return known(session, once) or scan  # another one was faster
    if visit is not None and may_file(visit):
        put(session, storage, scan, visit, io.BytesIO(page.data), page.ending)
    else:
        with trusted("slip scan"):
            scan.reason = str(reason or UNKNOWN)
            attach(session, storage, scan, f"{SCANNED}{name}", io.BytesIO(page.data))
    return scan


def known(session: Session, once: str) -> SlipScan | None:
    with trusted("slip scan"):
        return session.scalars(select(SlipScan).where(SlipScan.once == once)).first()


def visit_of(session: Session, codes: list[str]) -> tuple[Visit | None, Any]:
    """The visit that a page's code names, or why there is none."""
    why: Any = UNREAD
    for code in codes:
        _before, mark, rest = code.partition(PATH)
        if not mark:
            continue
        try:
            model, pk, sign = named(rest.strip("/ "))
        except Missing:
            continue
        visit = query.find(session, Visit, pk) if model is Visit else None
        why = UNKNOWN
        if visit is not None and genuine(visit, sign):
            return (None, OVER) if visit.state in FREE else (visit, None)
    return None, why


def file_by_hand(session: Session, storage: Storage, scan: SlipScan, visit: Visit) -> None:
    """File a picture whose code could not be read. The caller commits.

    Raises:
        Forbidden: the actor does not file this visit's slip.
        NotInThisState: it is filed already, or the visit was called off.

    """
    if not may_file(visit):
        raise Forbidden
    hold(session, scan)
    if scan.standing != "open":
        raise NotInThisState(_("This picture is filed already."))
    if visit.state in FREE:
        raise NotInThisState(OVER)
    with trusted("slip scan"):
        kept = session.scalars(select(Attachment).where(Attachment.model == "SlipScan", Attachment.record_id == scan.id)).first()
    if kept is None:
        raise Missing
    with storage.open(kept.key) as file:
        data = file.read()
    put(session, storage, scan, visit, io.BytesIO(data), kept.name.rpartition(".")[2])


def put(session: Session, storage: Storage, scan: SlipScan, visit: Visit, stream: BinaryIO, ending: str) -> None:  # noqa: PLR0913, PLR0917
    """The picture becomes a file of the visit, by the actor's own right, and the visit's slip is signed."""
    file = attach(session, storage, visit, f"{SCANNED}{visit.number}.{ending}", stream)
    with trusted("file slip"):
        hold(session, visit)
        scan.standing, scan.visit, scan.visit_id, scan.reason = "filed", visit, visit.id, None
        sign(session, visit, Slip(visit=visit, visit_id=visit.id, way="paper", signed_at=now(), file=file.name))


def sign(session: Session, visit: Visit, slip: Slip) -> Slip:
    """Keep a slip, unless the visit has one. The visit is held, the caller is trusted."""
    there: Slip | None = session.scalars(slip_of(visit.id)).first()
    if there is not None:
        return there
    session.add(slip)
    visit.slip = slip.way
    session.flush()
    announce("visit.slip_signed", visit)
    settle(session, slip)
    return slip


def sign_on_phone(session: Session, visit: Visit, name: str, picture: str) -> Slip:
    """The customer signs at the carer's phone; what is signed already stays. The caller is trusted, and commits.

    Raises:
        NotInThisState: the work has not begun.
        Refused: no name, or no drawing.

    """
    hold(session, visit)
    there: Slip | None = session.scalars(slip_of(visit.id)).first()
    if there is not None:
        return there
    if visit.state not in ("working", "finished"):
        raise NotInThisState(_("The customer signs when the work is being done, or done."))
    if not name.strip():
        raise Refused(_("Write the name of who signs."))
    if not picture:
        raise Refused(_("Draw the signature first."))
    slip = sign(session, visit, Slip(visit=visit, visit_id=visit.id, way="phone", signed_at=now(), name=name.strip()[:80]))
    slip.picture = signatures.keep(session, slip, "picture", signatures.read(slip, "picture", picture))
    session.flush()
    return slip


def to_pay(most: int = MOST) -> Any:
    """The visits whose signed slip stands on no pay line yet."""
    paid = select(PayLine.id).where(PayLine.visit_id == Visit.id).exists()
    done = Visit.state == "finished", Visit.slip.in_(("phone", "paper")), Visit.actual_start.is_not(None), Visit.actual_end.is_not(None)
    return select(Visit).where(*done, ~paid).order_by(Visit.id).limit(most)


def make_lines(session: Session) -> int:
    """A pay line for each signed slip that has none, as far as the actor sees them. The caller commits."""
    if not policy.may(PayLine, "can:add"):
        raise Forbidden
    made = 0
    for visit in session.scalars(to_pay().with_for_update(of=Visit)):
        try:
            with session.begin_nested():
                session.add(PayLine(visit=visit, visit_id=visit.id))
                session.flush()
            made += 1
        except (IntegrityError, Refused):
            continue
    return made
