"""Secrets at rest: sealed with a key that names itself, found again through keyed hashes that no one else can compute.

Every sealed value and every hash begins with the mark of the key that made it. So the place of a key in the setting
says nothing but its age, an old key can be dropped once nothing bears its mark, and a program that has several keys
finds what any of them made. See :mod:`app.jobs.rotate`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

_keys: dict[str, bytes] = {}  # mark -> key, oldest first; the newest seals and hashes, all open and find


class NoSuchKey(RuntimeError):
    """A value was sealed with a key that FIELD_KEY no longer holds; the text names the key's mark."""


def use_all(setting: str) -> None:
    """Take the keys of ``FIELD_KEY``, separated by commas, oldest first, in place of those known so far."""
    _keys.clear()
    for key in setting.split(","):
        use(key)


def use(key: str) -> str:
    """Take the 32-byte base64 key that seals from now on; returns its mark. Raises ``ValueError`` for another length."""
    raw = base64.b64decode(key.strip())
    if len(raw) != 32:
        raise ValueError("FIELD_KEY must be 32 bytes in base64")
    mark = hashlib.sha256(b"jiahe field key " + raw).hexdigest()[:8]
    _keys.pop(mark, None)
    _keys[mark] = raw
    return mark


@lru_cache(16)
def cipher(key: bytes) -> AESGCM:
    """The cipher of a key: making one costs as much as using it."""
    return AESGCM(key)


def newest() -> str:
    """The mark of the key that seals now."""
    return next(reversed(_keys))


def rotating() -> bool:
    """Whether there is more than one key, so that one value may have several hashes."""
    return len(_keys) > 1


def seal(plain: str) -> str:
    """Encrypt with AES-GCM; the key's mark stands in front."""
    mark = newest()
    nonce = os.urandom(12)
    return f"{mark}:" + b2a_base64(nonce + cipher(_keys[mark]).encrypt(nonce, plain.encode(), None), newline=False).decode()


def unseal(sealed: str) -> str:
    """Decrypt what :func:`seal` made, whichever key sealed it. Raises ``NoSuchKey`` when that one is not there."""
    mark, _, body = sealed.partition(":")
    if mark not in _keys:
        raise NoSuchKey(f"FIELD_KEY lacks the key {mark}: put it back in front of the others")
    raw = a2b_base64(body)
    return cipher(_keys[mark]).decrypt(raw[:12], raw[12:], None).decode()


def fingerprint(value: str, part: str, tenant: int, mark: str = "") -> str:
    """A keyed hash of a value, different for each tenant and each part (whole, last4, first7); 40 places."""
    mark = mark or newest()
    made = hmac.digest(_keys[mark], f"{tenant}:{part}:{value}".encode(), "sha256").hex()
    return mark + made[:32]


def fingerprints(value: str, part: str, tenant: int) -> list[str]:
    """The hashes of a value under every key there is, the newest first: while a rotation runs, any may be kept."""
    return [fingerprint(value, part, tenant, mark) for mark in reversed(_keys)]


def same(column: Any, value: str, part: str, tenant: int) -> Any:
    """The condition that a hash column holds this value."""
    made = fingerprints(value, part, tenant)
    return column == made[0] if len(made) == 1 else column.in_(made)


def cuts(value: str) -> dict[str, str]:
    """The parts of a value that are hashed; empty ones for an empty value."""
    bare = normal(value)
    return {"hash": bare, "last4": bare[-4:], "first7": bare[:7]}


def normal(value: str) -> str:
    """A number as it is compared: no spaces or dashes, no country code, the X of an identity number upper."""
    if value.isdecimal() and not value.startswith("0086"):
        return value
    bare = re.sub(r"[\s\-().]", "", value).upper()
    return re.sub(r"^(\+86|0086)", "", bare)


class Sealed(TypeDecorator[str]):
    """Text that the database only ever sees encrypted."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: str = "phone") -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, _dialect: Any) -> Any:
        return value if value is None else seal(str(value))

    def process_result_value(self, value: Any, _dialect: Any) -> Any:
        return value if value is None else unseal(value)
