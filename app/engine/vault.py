"""Secrets at rest: sealed with a versioned key, found again through keyed hashes that no one else can compute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

_keys: dict[str, bytes] = {}  # version -> key; the newest seals, all open


def use(key: str, version: str = "1") -> None:
    """Take the 32-byte base64 key that seals from now on. Raises ``ValueError`` for a key of another length."""
    raw = base64.b64decode(key)
    if len(raw) != 32:
        raise ValueError("FIELD_KEY must be 32 bytes in base64")
    _keys[version] = raw


def seal(plain: str) -> str:
    """Encrypt with AES-GCM; the key's version stands in front."""
    version, key = list(_keys.items())[-1]
    nonce = os.urandom(12)
    return f"{version}:" + base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain.encode(), None)).decode()


def unseal(sealed: str) -> str:
    """Decrypt what :func:`seal` made, whichever key version sealed it."""
    version, _, body = sealed.partition(":")
    raw = base64.b64decode(body)
    return AESGCM(_keys[version]).decrypt(raw[:12], raw[12:], None).decode()


def fingerprint(value: str, part: str, tenant: int) -> str:
    """A keyed hash of a value, different for each tenant and each part (whole, last4, first7)."""
    key = next(iter(_keys.values()))
    return hmac.new(key, f"{tenant}:{part}:{value}".encode(), hashlib.sha256).hexdigest()[:40]


def normal(value: str) -> str:
    """A number as it is compared: no spaces or dashes, no country code, the X of an identity number upper."""
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
