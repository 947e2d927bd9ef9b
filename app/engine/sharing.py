"""Sharing a part of one record with a colleague or a role: by right, until a day, and never more than one holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import told
from app.engine.clock import now
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import fields_of
from app.engine.parts import PARTS
from app.engine.record import record_named
from app.engine.rules import Level, Share, role_names

LEVELS = {"read": Level.READ, "fill": Level.FILL, "write": Level.WRITE}


def share(  # noqa: PLR0913
    session: Session, record: Any, targets: Iterable[str], level: str, *, staff_id: int | None = None, role: str | None = None,
    until: datetime | None = None,
) -> list[Share]:  # fmt: skip
    """Share groups, single fields or parts (files, notes) of a record; the caller commits. What was shared before is replaced.

    Raises:
        Forbidden: no right to share this record, or not so much of it.
        Refused: nobody, nothing or no such level was named, or the end lies behind.
    """
    if not policy.may(type(record), "can:share", record):
        raise Forbidden(_("You may not share this. Its owner or your administrator can."))
    wanted = sorted({part for target in targets for part in held_parts(record, target, LEVELS.get(level, Level.NONE))})
    name = reader(session, staff_id, role)
    if level not in LEVELS or not wanted:
        raise Refused(_("Choose what to share."))
    if until is not None and until <= now():
        raise Refused(_("The end must lie ahead."))
    same = Share.user_id.is_not_distinct_from(staff_id), Share.role.is_not_distinct_from(role), Share.target.in_(wanted)
    for old in session.scalars(shares_of(record).where(*same)):
        session.delete(old)
    session.flush()
    common = {"model": type(record).__name__, "record_id": record.id, "user_id": staff_id, "role": role, "until": until}
    made = [Share(target=t, level=int(LEVELS[level]), store_id=record.store_id, **common) for t in wanted]
    session.add_all([*made, told(record, "share", name, {t: [None, level] for t in wanted})])
    session.flush()
    return made


def withdraw(session: Session, record: Any, pk: int) -> None:
    """End a share at once; the caller commits. Whoever shared it, owns the record or may share it can."""
    found = session.scalars(shares_of(record).where(Share.id == pk)).first()
    if found is None:
        raise Missing
    mine = found.created_by == current().actor_id or record.owner_id == current().actor_id
    if not mine and not policy.may(type(record), "can:share", record):
        raise Forbidden
    session.add(told(record, "unshare", reader(session, found.user_id, found.role, gone=True), {found.target: [word(found.level), None]}))
    session.delete(found)


def shares_of(record: Any) -> Any:
    return select(Share).where(Share.model == type(record).__name__, Share.record_id == record.id).order_by(Share.id)


def with_me(session: Session, most: int = 500) -> list[Share]:
    """What others shared with the actor and still lives, newest first."""
    live = or_(Share.until.is_(None), Share.until > func.now())
    mine = Share.mine(current()), live, Share.created_by.is_distinct_from(current().actor_id)
    return list(session.scalars(select(Share).where(*mine).order_by(Share.id.desc()).limit(most)))


def by_me(session: Session, most: int = 500) -> list[Share]:
    """What the actor shared, newest first."""
    return list(session.scalars(select(Share).where(Share.created_by == current().actor_id).order_by(Share.id.desc()).limit(most)))


def parts(model: Any) -> list[str]:
    """What can be shared of a type of record: its groups, and its parts."""
    return [*dict.fromkeys(f.group for f in fields_of(model).values()), *PARTS]


def held_parts(record: Any, target: str, level: Level) -> list[str]:
    """A group whole if the actor holds so much of every field of it, else the fields of which he does. Raises ``Forbidden``."""
    fields = fields_of(type(record))
    if target in PARTS:
        found = [target] if policy.part(record, target) >= level else []
    elif target in fields:
        found = [target] if policy.level(record, target) >= allowed(record, target, level) else []
    else:
        group = [n for n, f in fields.items() if f.group == target]
        able = [n for n in group if policy.level(record, n) >= allowed(record, n, level)]
        found = [target] if group and able == group else able
    if not found:
        raise Forbidden(_("You can only share what you hold yourself."))
    return found


def allowed(record: Any, name: str, level: Level) -> Level:
    """What is asked of a field: nobody writes what code alone sets, so reading it is enough to share it with the rest."""
    return policy.capped(type(record), name, level)


def reader(session: Session, staff_id: int | None, role: str | None, *, gone: bool = False) -> str:
    """The name of whom it is shared with. Raises ``Refused`` when it is nobody, oneself, or somebody who left."""
    if role:
        if role not in role_names() and not gone:
            raise Refused(_("There is no such role or right."))
        return role_names(archived=True).get(role, role)
    staff = record_named("staff")
    with trusted("share"):
        person = session.get(staff, staff_id) if staff_id else None
    if gone:
        return str(person or "")
    if person is None or not person.active or person.tenant_id != current().tenant_id or person.id == current().actor_id:
        raise Refused(_("Choose a colleague who works here."))
    return str(person)


def word(level: int) -> str:
    return next((w for w, held in LEVELS.items() if held == level), "read")
