"""Who is told what, how, in which words. Delivery is a job's; the words are chosen in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.record import Record

CHANNELS = ("bell", "mail", "sms", "wechat")


@dataclass(frozen=True, slots=True)
class Subscription:
    """When ``event`` happens, tell ``to`` (role:<code>, owner, worker, customer; of a note: mentioned, given) over ``channel``.

    ``title`` and ``text`` are lazy strings with %(fact)s places, filled from the notice's facts and the record.
    """

    event: str
    to: str
    channel: str
    title: Any
    text: Any
    sound: bool = False


SUBSCRIPTIONS: list[Subscription] = []


class Message(Record):
    """One message to one person over one channel. ``key`` makes it unique, so that no retry tells twice."""

    __audited__ = False
    __platform__ = True
    __unique__ = (("key",),)
    __indexes__ = (("staff_id", "id"),)
    key: Mapped[str] = mapped_column()  # notice:channel:recipient
    event: Mapped[str] = mapped_column()
    channel: Mapped[str] = mapped_column()
    staff_id: Mapped[int | None] = mapped_column()  # whom the bell rings for
    address: Mapped[str] = mapped_column(default="")  # masked phone or mail address, as shown to people
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    sound: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def unread(tenant: Any, staff: Any) -> Any:
    """How many notices wait on the bell of one person: a query within others, of two values or two columns."""
    mine = Message.tenant_id == tenant, Message.staff_id == staff, Message.channel == "bell", Message.read_at.is_(None)
    return select(func.count()).select_from(Message).where(*mine).scalar_subquery()
