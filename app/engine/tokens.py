"""Tokens for programs: a part of one person's rights, for a time, for some tables, from some addresses."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import date, datetime

from sqlalchemy import DateTime, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.clock import today
from app.engine.fields import Tags
from app.engine.record import Record

MARK = "jh_"
SHAPE = re.compile(r"jh_([0-9]{1,10})_([A-Za-z0-9_-]{43})")
EVERYTHING = "*"
OPEN = ("openapi.json",)  # it describes the interface, and holds no record


class ApiToken(Record):
    """One token. ``owner_id`` is the person it acts for; of the secret only a hash is kept: it is 256 random bits."""

    __platform__ = True
    __audited__ = False  # its entries are written where it is made, refused and revoked, in words
    __indexes__ = (("owner_id",),)
    name: Mapped[str] = mapped_column(String(80))
    roles: Mapped[Tags] = mapped_column()
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(80)))  # order:read, order:write, or * alone
    expires_on: Mapped[date] = mapped_column()  # the last day it works
    addresses: Mapped[list[str]] = mapped_column(ARRAY(String(50)), default=list)
    rate: Mapped[int] = mapped_column(default=60)  # requests a minute
    digest: Mapped[str] = mapped_column(String(64))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_from: Mapped[str | None] = mapped_column(String(50))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def issue(self) -> str:
        """Make the secret of a token that has its id. It is returned once and kept nowhere."""
        secret = f"{MARK}{self.id}_{secrets.token_urlsafe(32)}"
        self.digest = digest(secret)
        return secret

    @property
    def state(self) -> str:
        """``live``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_on < today() else "live"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def same(secret: str, kept: str) -> bool:
    return hmac.compare_digest(digest(secret), kept)


def number(secret: str) -> int | None:
    """The id that a secret names, or None for what has not the shape of one."""
    found = SHAPE.fullmatch(secret)
    return int(found[1]) if found and int(found[1]) < 2**31 else None


def covers(scopes: list[str], table: str, *, write: bool) -> bool:
    """Whether scopes let a table be read or written; who may write may read the answer."""
    if EVERYTHING in scopes:
        return True
    if table in OPEN:
        return not write
    return f"{table}:write" in scopes or (not write and f"{table}:read" in scopes)
