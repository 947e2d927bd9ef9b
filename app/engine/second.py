"""A second factor: six digits from somebody's phone (RFC 6238), each good once, and codes for the day it is lost."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import BigInteger, DateTime, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.clock import now
from app.engine.record import Record
from app.engine.vault import Sealed

SECONDS, DRIFT = 30, 1  # a code's life, and by how many of them a phone's clock may be wrong
RECOVERY, ALPHABET = 10, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class SecondFactor(Record):
    """One person's. It counts from ``confirmed_at`` on; ``last_step`` is the latest code that was used."""

    __platform__ = True
    __audited__ = False  # its entries are written where it is turned on, off and used
    __unique__ = (("staff_id",),)
    staff_id: Mapped[int] = mapped_column()
    secret: Mapped[str] = mapped_column(Sealed("secret"))
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    codes: Mapped[list[str]] = mapped_column(ARRAY(String(64)), default=list)  # hashes: each is 80 random bits

    def take(self, typed: str) -> str:
        """Use a code up: ``code`` or ``recovery`` says which kind it was, and nothing that it was none.

        The caller holds the lock on the person's credential, so that a code sent twice at once counts once.
        """
        bare = re.sub(r"[\s-]", "", typed).upper()
        if re.fullmatch(r"[0-9]{6}", bare):
            return "code" if self.take_code(bare) else ""
        kept = digest(bare, self.staff_id)
        if kept not in (self.codes or ()):
            return ""
        self.codes = [c for c in self.codes if c != kept]
        return "recovery"

    def take_code(self, typed: str) -> bool:
        clock, present = pyotp.TOTP(self.secret, interval=SECONDS), int(now().timestamp()) // SECONDS
        for step in range(present - DRIFT, present + DRIFT + 1):
            if step > (self.last_step or 0) and hmac.compare_digest(clock.generate_otp(step), typed):
                self.last_step = step
                return True
        return False

    def recover(self) -> list[str]:
        """Ten new codes for a lost phone. They are returned once, and only their hashes are kept."""
        made = ["".join(secrets.choice(ALPHABET) for _n in range(16)) for _n in range(RECOVERY)]
        self.codes = [digest(code, self.staff_id) for code in made]
        return ["-".join(re.findall("....", code)) for code in made]

    def address(self, name: str, issuer: str) -> str:
        """What the square code holds."""
        return pyotp.TOTP(self.secret, interval=SECONDS).provisioning_uri(name=name, issuer_name=issuer)


def digest(code: str, staff_id: int) -> str:
    return hashlib.sha256(f"{staff_id}:{code}".encode()).hexdigest()


def fresh_secret() -> str:
    return str(pyotp.random_base32())
