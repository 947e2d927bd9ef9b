"""Asking for access: somebody who may not see a part asks for hours of it; who holds it and may share grants it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.engine import policy, query
from app.engine.audit import told
from app.engine.clock import now
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.fields import fields_of
from app.engine.outbox import announce
from app.engine.record import Record, record_named, records
from app.engine.rules import Level
from app.engine.sharing import parts, share

HOURS = (2, 8, 24, 72)
ASKED, GRANTED, DECLINED = "asked", "granted", "declined"


class AccessRequest(Record):
    """One wish to see a part of one record for some hours, and what became of it. Its owner is the record's."""

    __platform__ = True
    __indexes__ = (("model", "record_id"), ("state",), ("created_by",))
    model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column()
    target: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))
    hours: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(String(20), default=ASKED)
    decided_by: Mapped[int | None] = mapped_column()
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    page_url = "/asks/"

    def facts(self) -> dict[str, str]:
        """What a message may say: who asks, for how long and why; nothing of the record."""
        session = object_session(self)
        with trusted("ask"):
            person = session.get(record_named("staff"), self.created_by) if session and self.created_by else None
        return {"who": str(person or ""), "hours": str(self.hours), "reason": self.reason}


def ask(session: Session, record: Any, target: str, reason: str, hours: str) -> AccessRequest:
    """Ask for a part of a record that one sees otherwise; the caller commits. Asked twice is asked once.

    Raises:
        Refused: there is no such part, no reason, no such span of time, or one holds it already.
    """
    if target not in parts(type(record)):
        raise Refused(_("There is no such role or right."))
    if not reason.strip():
        raise Refused(_("Say why you need it; whoever decides reads it, and it is kept."))
    if not hours.isdecimal() or int(hours) not in HOURS:
        raise Refused(_("Choose for how long."))
    mine = AccessRequest.created_by == current().actor_id, AccessRequest.state == ASKED, AccessRequest.target == target
    same = select(AccessRequest).where(AccessRequest.model == type(record).__name__, AccessRequest.record_id == record.id, *mine)
    if there := session.scalars(same).first():
        return there
    made = AccessRequest(
        model=type(record).__name__, record_id=record.id, target=target, reason=reason.strip()[:300], hours=int(hours),
        owner_id=record.owner_id, store_id=record.store_id,
    )  # fmt: skip
    session.add_all([made, told(record, "ask", reason.strip()[:200], {target: [None, int(hours)]})])
    session.flush()
    announce("access_request.asked", made)
    return made


def decide(session: Session, pk: int, *, grant: bool) -> AccessRequest:
    """Grant it for its hours, as a share by whoever grants, or decline it; the caller commits.

    Raises:
        Missing: there is none, or its record is not the actor's to see.
        NotInThisState: somebody decided before.
        Forbidden: one's own wish, or a part that the actor does not hold or may not share.
    """
    asked = session.get(AccessRequest, pk, with_for_update=True) if pk < 2**31 else None
    record = subject(session, asked) if asked else None
    if asked is None or record is None:
        raise Missing
    if asked.state != ASKED:
        raise NotInThisState(_("Somebody has decided this already."))
    if asked.created_by == current().actor_id:
        raise Forbidden(_("Nobody grants their own wish. Its owner or an administrator decides."))
    if not policy.may(type(record), "can:share", record):
        raise Forbidden(_("You may not share this. Its owner or your administrator can."))
    if grant:
        share(session, record, [asked.target], "read", staff_id=asked.created_by, until=now() + timedelta(hours=asked.hours))
    asked.state, asked.decided_by, asked.decided_at = GRANTED if grant else DECLINED, current().actor_id, now()
    session.flush()
    announce(f"access_request.{asked.state}", asked)
    return asked


def subject(session: Session, asked: AccessRequest) -> Any:
    """The record that is asked about, if the actor sees it."""
    model = next((m for m in records() if m.__name__ == asked.model), None)
    return query.find(session, model, asked.record_id) if model is not None else None


def waiting(session: Session) -> list[tuple[AccessRequest, Any]]:
    """What waits for the actor: the wishes of others about records that he may share."""
    open_ = select(AccessRequest).where(AccessRequest.state == ASKED, AccessRequest.created_by != current().actor_id)
    found = [(one, subject(session, one)) for one in session.scalars(open_.order_by(AccessRequest.id.desc()).limit(100))]
    return [(one, record) for one, record in found if record is not None and policy.may(type(record), "can:share", record)]


def mine(session: Session) -> list[AccessRequest]:
    own = select(AccessRequest).where(AccessRequest.created_by == current().actor_id)
    return list(session.scalars(own.order_by(AccessRequest.id.desc()).limit(50)))


def hidden(record: Any) -> list[str]:
    """The parts of a record of which the actor sees nothing."""
    fields = fields_of(type(record))
    groups = dict.fromkeys(f.group for f in fields.values())
    return [g for g in groups if all(policy.level(record, n) == Level.NONE for n, f in fields.items() if f.group == g)]
