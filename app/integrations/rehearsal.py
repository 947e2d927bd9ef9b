"""What would have gone out by SMS, WeChat or mail, had a real gateway been connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.clock import now
from app.engine.record import Record
from app.engine.values import hidden


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out, to one number or address."""

    tenant: int
    key: str
    channel: str
    address: str
    title: str
    text: str


class Rehearsed(Record):
    """One message that the rehearsal gateway took. The key is the message's own: it cannot be taken twice."""

    __platform__ = True
    __audited__ = False
    __appended__ = True
    __unique__ = (("key",),)
    key: Mapped[str] = mapped_column()
    channel: Mapped[str] = mapped_column()
    address: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")


class Rehearsal:
    """Keeps the message in the transaction that marks it sent: exactly once, whatever is killed."""

    def send(self, session: Any, message: Outgoing) -> None:
        """Keep it, unless it was kept before."""
        row = {n: getattr(message, n) for n in ("key", "channel", "address")} | {n: hidden(getattr(message, n)) for n in ("title", "text")}
        stamps = {"tenant_id": message.tenant, "version": 1, "created_at": now(), "changed_at": now()}
        session.connection().execute(insert(Rehearsed.__table__).values(**row, **stamps).on_conflict_do_nothing())
