"""Every change of a setting, and what head office published, in rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.record import Record

PLAIN = JSONB(none_as_null=True)


class SettingChange(Record):
    """What a setting was before one transaction and after it, as a package has it; None where there was none."""

    __platform__ = True
    __audited__ = False  # it is a trail itself
    __appended__ = True
    __indexes__ = (("batch",), ("kind",))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200))
    before: Mapped[Any | None] = mapped_column(PLAIN)
    after: Mapped[Any | None] = mapped_column(PLAIN)
    reason: Mapped[str] = mapped_column(String(20), default="")  # by hand, or one of ``ledger.REASONS``
    source: Mapped[str] = mapped_column(String(80), default="")  # the package
    batch: Mapped[str] = mapped_column(String(40))  # what was done in one go
    undoes: Mapped[int | None] = mapped_column()  # the change that it took back


class Publication(Record):
    """A package that head office keeps for its franchises, in the newest edition."""

    __platform__ = True
    __audited__ = False  # each franchise's changes tell of it
    __unique__ = (("code",),)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    locked: Mapped[bool] = mapped_column(default=False)
    edition: Mapped[int] = mapped_column(default=1)
    content: Mapped[Any | None] = mapped_column(PLAIN)  # kind -> key -> value


class ReceivedPackage(Record):
    """What a company has of a publication: the edition in force, and a newer one that it may take over."""

    __platform__ = True
    __audited__ = False
    __unique__ = (("code",),)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    locked: Mapped[bool] = mapped_column(default=False)
    edition: Mapped[int] = mapped_column(default=1)
    content: Mapped[Any | None] = mapped_column(PLAIN)
    offered: Mapped[int] = mapped_column(default=0)
    offer: Mapped[Any | None] = mapped_column(PLAIN)
    troubles: Mapped[Any | None] = mapped_column(PLAIN)  # "kind key" -> why it could not come in
