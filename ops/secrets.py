"""Passwords and keys of one installation: made at the first start, kept in one file that only its owner reads."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path


class NotWritable(RuntimeError):
    """The home folder cannot hold the secrets; the text says why."""


def load(home: Path) -> dict[str, str]:
    """Return the secrets of ``home`` by name, making those that are missing.

    ``FIELD_KEY`` opens the encrypted fields: who loses this file loses them, so it belongs into every backup.
    """
    file = home / "secrets"
    try:
        known: dict[str, str] = json.loads(file.read_text())
    except FileNotFoundError:
        known = {}
    except (OSError, ValueError) as problem:
        message = f"{file} cannot be read: {problem}"
        raise NotWritable(message) from problem
    wanted = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        **{f"{who}_PASSWORD": secrets.token_urlsafe(24) for who in ("SUPERUSER", "OWNER", "WEB", "QUEUE")},
    }
    whole = wanted | known
    if whole != known:
        write_private(file, json.dumps(whole, indent=1))
    return whole


def write_private(file: Path, text: str) -> None:
    """Write ``text`` so that only its owner can read it, and so that a crash leaves the old file or the new one."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
