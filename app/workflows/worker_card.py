"""What a carer's passport says to whoever holds it: who, whether checked, which papers hold. No phone, no number, no address."""

from __future__ import annotations

from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.engine.current import current, trusted
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.files import Attachment, attach
from app.engine.storage import Storage
from app.models.organisation import Store
from app.models.worker import Worker
from app.models.worker_paper import EVER, PaperRule, WorkerPaper
from app.workflows.glance import PHOTO

PICTURES = ("image/jpeg", "image/png", "image/webp")


def partly(name: str) -> str:
    """A name as strangers see it: its first letter."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def passport(session: Session, worker: Worker) -> dict[str, Any]:
    """What the public page shows. The caller is trusted."""
    fields, store = fields_of(Worker), session.get(Store, worker.store_id) if worker.store_id else None

    def words(name: str, code: str) -> str:
        return str((fields[name].choices or {}).get(code, code))

    until = select(WorkerPaper.kind, func.max(func.coalesce(WorkerPaper.until, EVER))).where(WorkerPaper.worker_id == worker.id)
    held: dict[str, Any] = dict(session.execute(until.group_by(WorkerPaper.kind)).all())
    asked = session.scalars(select(PaperRule.kind).where(PaperRule.active, PaperRule.blocks)).all()
    kinds = fields_of(WorkerPaper)["kind"].choices or {}
    return {
        "name": partly(worker.name), "verified": worker.verified, "grade": words("grade", worker.grade), "rating": worker.rating,
        "skills": [words("skills", s) for s in worker.skills or ()], "presence": words("presence", worker.presence),
        "papers": [
            {"word": str(kinds.get(k, k)), "valid": held.get(k) is not None and held[k] >= today()}
            for k in dict.fromkeys([*held, *(k for k in asked if k in kinds)])
        ],
        "store": str(store or ""), "office": (store and store.phone) or "",
    }  # fmt: skip


def photo_of(session: Session, worker: Worker) -> Attachment | None:
    """The photo of a carer. Whoever shows it judges whether it may be seen."""
    mine = Attachment.model == "Worker", Attachment.record_id == worker.id, Attachment.field == PHOTO, Attachment.removed_at.is_(None)
    with trusted("photo"):
        return session.scalars(select(Attachment).where(*mine).order_by(Attachment.id.desc()).limit(1)).first()


def keep_photo(session: Session, storage: Storage, worker: Worker, name: str, stream: BinaryIO) -> Attachment:
    """Keep a new photo by the right to the carer's files; the one before is removed. The caller commits.

    Raises:
        Forbidden: the actor may not add files here.
        Refused: it is no picture that every browser shows.

    """
    before = photo_of(session, worker)
    made = attach(session, storage, worker, name, stream)
    if made.kind not in PICTURES:
        raise Refused(_("Choose a picture: JPEG, PNG or WebP."))
    with trusted("photo"):
        made.field = PHOTO
        if before is not None and before.id != made.id:
            before.removed_at, before.removed_by = now(), current().actor_id
        session.flush()
    return made
