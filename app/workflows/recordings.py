"""Recordings of calls: kept in private, played by right and noted in the trail, thrown away when their time is over."""

from __future__ import annotations

import io
import math
import struct
import wave
from datetime import timedelta
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import AuditEntry, told
from app.engine.clock import now
from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.files import LARGEST, START, Attachment, kind_of
from app.engine.rules import Level
from app.engine.storage import Storage
from app.models.telephone import PhoneCall, PhoneLine

FIELD = "recording"  # of the attachment: such a file stands in no list of files, and goes by the right to this field
LONGEST = 36_500  # days; whoever types more means for ever
ONCE = timedelta(minutes=1)  # a player asks for many pieces; that is one look


def keep(session: Session, storage: Storage, call: PhoneCall, stream: BinaryIO) -> Attachment:
    """Keep the sound of a call. A second one takes the place of the first. The caller is trusted, and commits.

    Raises ``Refused`` for what is no sound, empty or too large.
    """
    start = stream.read(START)
    size = stream.seek(0, 2)
    stream.seek(0)
    kind = kind_of("recording", start) if size else ""
    if not kind.startswith("audio/") or size > LARGEST:
        raise Refused(_("Send the sound as WAV, MP3 or OGG, at most 20 MB."))
    stored = storage.put(tenant_id(), stream)
    for old in kept(session, call):
        old.removed_at = now()
        storage.drop(old.key)
    name = f"{call.ref}.{kind.rpartition('/')[2].replace('mpeg', 'mp3')}"
    made = Attachment(
        model=PhoneCall.__name__, record_id=call.id, name=name, kind=kind, size=stored.size, sha256=stored.sha256, key=stored.key,
        store_id=call.store_id, field=FIELD,
    )  # fmt: skip
    call.recording = True
    session.add(made)
    session.flush()
    return made


def kept(session: Session, call: PhoneCall) -> list[Attachment]:
    mine = Attachment.model == PhoneCall.__name__, Attachment.record_id == call.id, Attachment.field == FIELD
    return list(session.scalars(select(Attachment).where(*mine, Attachment.removed_at.is_(None)).order_by(Attachment.id.desc())))


def played(session: Session, call: PhoneCall) -> Attachment:
    """The sound of a call, for whoever may read that field; the trail notes who played it. The caller commits.

    Raises ``Forbidden``, also for whoever only looks at other companies or with another's eyes; ``Missing`` where there is none.
    """
    who = current()
    if policy.level(call, FIELD) < Level.READ or who.all_tenants or who.read_only:
        raise Forbidden
    found = next(iter(kept(session, call)), None)
    if found is None:
        raise Missing
    just = AuditEntry.model == PhoneCall.__name__, AuditEntry.record_id == call.id, AuditEntry.action == "play"
    mine = AuditEntry.created_by == who.actor_id, AuditEntry.created_at > now() - ONCE
    if not session.scalar(select(AuditEntry.id).where(*just, *mine).limit(1)):
        session.add(told(call, "play"))
    return found


def tone(seconds: float = 2.0) -> BinaryIO:
    """What a rehearsed call sounds like: a hum."""
    made, rate = io.BytesIO(), 8000
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        steps = (int(6000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(int(seconds * rate)))
        sound.writeframes(b"".join(struct.pack("<h", step) for step in steps))
    made.seek(0)
    return made


def over(session: Session, storage: Storage, most: int) -> int:
    """Throw away recordings whose time is over, as their lines say; the calls stay. Returns how many; the caller commits."""
    old = PhoneCall.rang_at < now() - func.make_interval(0, 0, 0, func.least(PhoneLine.keep_days, LONGEST))
    query = select(PhoneCall).join(PhoneLine, PhoneLine.id == PhoneCall.line_id).where(PhoneCall.recording, old)
    calls: list[Any] = list(session.scalars(query.order_by(PhoneCall.id).limit(most)))
    for call in calls:
        for file in kept(session, call):
            storage.drop(file.key)
            file.removed_at = now()
        call.recording = False
    return len(calls)
