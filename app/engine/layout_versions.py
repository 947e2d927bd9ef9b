"""Layouts on their way: a draft that its author alone tries, versions that were published, and the way back to an earlier one."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.current import current, tenant_id
from app.engine.errors import Missing, Refused
from app.engine.laid import Shape
from app.engine.layout import set_layout
from app.engine.record import Record
from app.engine.rules import Layout

LOCK = 7_401_013  # any number; the same in every process of one database
MEANWHILE = _("Somebody published another layout meanwhile. Look at the versions, then keep your draft again.")


class LayoutVersion(Record):
    """One layout as it was published; without a shape it is the common one. Never changed."""

    __platform__ = True
    __audited__ = False  # the trail is told by :func:`set_layout`
    __appended__ = True
    __unique__ = (("role", "model", "device", "number"),)
    role: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    device: Mapped[str] = mapped_column(String(10))
    number: Mapped[int] = mapped_column()
    shape: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    back_to: Mapped[int | None] = mapped_column()  # the number of the version that it brought back


class LayoutDraft(Record):
    """What somebody moves about and has not published: nobody else sees it, and it acts on nobody else."""

    __platform__ = True
    __audited__ = False
    __unique__ = (("author_id", "role", "model", "device"),)
    author_id: Mapped[int] = mapped_column()
    role: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    device: Mapped[str] = mapped_column(String(10))
    based_on: Mapped[int] = mapped_column()  # the newest version when it was begun
    shape: Mapped[dict[str, Any]] = mapped_column(JSONB)


def mine(session: Session, pk: int) -> LayoutDraft | None:
    """A draft of the actor's own."""
    wanted = LayoutDraft.id == pk, LayoutDraft.author_id == current().actor_id, LayoutDraft.tenant_id == tenant_id()
    return session.scalars(select(LayoutDraft).where(*wanted)).first()


def draft_of(session: Session, model: Any, role: str, device: str) -> LayoutDraft | None:
    own = LayoutDraft.author_id == current().actor_id, LayoutDraft.tenant_id == tenant_id()
    return session.scalars(select(LayoutDraft).where(*own, *of(LayoutDraft, model.__name__, role, device))).first()


def of(table: Any, model: str, role: str, device: str) -> tuple[Any, ...]:
    return table.model == model, table.role == role, table.device == device


def keep(session: Session, model: Any, role: str, device: str, shape: Shape) -> LayoutDraft:
    """Begin a draft, or go on with it; it is now about the newest version. The caller commits."""
    draft = draft_of(session, model, role, device)
    if draft is None:
        draft = LayoutDraft(author_id=current().actor_id, role=role, model=model.__name__, device=device)
    draft.shape, draft.based_on = shape, newest(session, model.__name__, role, device)
    session.add(draft)
    session.flush()
    return draft


def newest(session: Session, model: str, role: str, device: str) -> int:
    wanted = LayoutVersion.tenant_id == tenant_id(), *of(LayoutVersion, model, role, device)
    return session.scalar(select(func.max(LayoutVersion.number)).where(*wanted)) or 0


def versions(session: Session, model: Any, role: str, device: str) -> list[LayoutVersion]:
    """What was published, newest first."""
    wanted = LayoutVersion.tenant_id == tenant_id(), *of(LayoutVersion, model.__name__, role, device)
    return list(session.scalars(select(LayoutVersion).where(*wanted).order_by(LayoutVersion.number.desc())))


def version(session: Session, model: Any, pk: int) -> LayoutVersion:
    """Raises ``Missing`` for what is not the company's own."""
    wanted = LayoutVersion.tenant_id == tenant_id(), LayoutVersion.model == model.__name__, LayoutVersion.id == pk
    found = session.scalars(select(LayoutVersion).where(*wanted)).first()
    if found is None:
        raise Missing
    return found


def published(session: Session, model: Any, role: str, device: str) -> Shape | None:
    wanted = Layout.tenant_id == tenant_id(), *of(Layout, model.__name__, role, device)
    return session.scalars(select(Layout.shape).where(*wanted)).first()


def publish(session: Session, model: Any, role: str, device: str, shape: Shape | None, back_to: int | None = None) -> None:  # noqa: PLR0913, PLR0917
    """Let a layout hold for all, and remember it. What held before there were versions is the first one. The caller commits."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id())))
    last = newest(session, model.__name__, role, device)
    before = published(session, model, role, device)
    if not set_layout(session, model, role, shape, device):
        return
    about = {"role": role, "model": model.__name__, "device": device}
    if not last:
        last = 1
        session.add(LayoutVersion(number=1, shape=before, owner_id=None, created_by=None, **about))
    session.add(LayoutVersion(number=last + 1, shape=shape, back_to=back_to, **about))
    session.flush()


def publish_draft(session: Session, model: Any, draft: LayoutDraft) -> None:
    """Raises ``Refused`` where another layout was published since the draft was begun."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id())))
    if newest(session, draft.model, draft.role, draft.device) != draft.based_on:
        refused = Refused(MEANWHILE)
        refused.status = 409
        raise refused
    publish(session, model, draft.role, draft.device, draft.shape)
    session.delete(draft)
