"""Programs of others that call us: an address that names one record, a signature over what they send, and no replay."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, request
from flask_babel import lazy_gettext as _
from itsdangerous import BadData, URLSafeSerializer

from app.engine.clock import now
from app.engine.current import acting
from app.engine.errors import Missing, Refused
from app.extensions import db, store

SLACK = 300  # seconds that the clocks may differ, and after which a signature is too old
WINDOW = 60  # seconds that a rate is counted over
WRONG = 30  # signatures that do not fit, from one address in a window; then it is not even looked at
SIGNED = re.compile(r"t=([0-9]{9,11}),v1=([0-9a-f]{64})")
HEADER = "Jiahe-Signature"


class Unsigned(Refused):
    """It was not sent by whoever knows the secret."""

    status = 401
    message = _("The signature is missing, old or wrong.")


class Again(Refused):
    """The very same was sent before."""

    status = 409
    message = _("This was received already.")


class TooOften(Refused):
    """More than one address, or one sender, may send."""

    status = 429
    message = _("Too many at once. Wait a minute.")


def signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"hook:{purpose}")


def address(purpose: str, record: Any) -> str:
    """The part of an address that names a record for a purpose; it does not grow old, and opens nothing without the secret."""
    return str(signer(purpose).dumps([record.tenant_id, record.id]))


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def sign(secret: str, body: bytes, at: int) -> str:
    """The header that goes with a body."""
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


@contextmanager
def called(purpose: str, token: str, model: Any, most: int) -> Iterator[Any]:
    """The record that an address names, with the rights of the program; ``record.hook`` is the secret.

    What is refused after this may be sent again; what went well may not.

    Raises:
        Missing: nobody gave out this address.
        Unsigned: the signature does not fit, or is too old.
        Again: this very request was taken before.
        TooOften: more than ``most`` in a minute, or too many wrong ones from one address.
    """
    if often(f"hook:wrong:{request.remote_addr}", 0) > WRONG:
        raise TooOften
    try:
        tenant, pk = signer(purpose).loads(token)
    except (BadData, ValueError, TypeError):
        often(f"hook:wrong:{request.remote_addr}")
        raise Missing from None
    db.session.remove()
    nobody: dict[str, Any] = {"actor_id": None, "store_id": None, "roles": frozenset(), "all_tenants": False, "read_only": False}
    try:
        with acting(tenant_id=int(tenant), trusted=f"hook: {purpose}", **nobody):
            record = db.session.get(model, int(pk))
            if record is None:
                raise Missing
            mark = verified(record.hook or "")
            if often(f"hook:{purpose}:{record.tenant_id}:{record.id}") > most:
                raise TooOften
            if not store().set(mark, "1", nx=True, ex=2 * SLACK):
                raise Again
            try:
                yield record
            except BaseException:
                store().delete(mark)
                raise
    finally:
        db.session.remove()


def verified(secret: str) -> str:
    """The mark of this request, by which a second one of the same signature is known."""
    found = SIGNED.fullmatch(request.headers.get(HEADER, "").strip())
    good = sign(secret, request.get_data(), int(found[1])) if found and secret else ""
    if not found or not secret or not hmac.compare_digest(good, found[0]) or abs(now().timestamp() - int(found[1])) > SLACK:
        often(f"hook:wrong:{request.remote_addr}")
        raise Unsigned
    return f"hook:seen:{found[2]}"


def often(key: str, by: int = 1) -> int:
    """How often something came in this minute, this time included unless ``by`` is 0."""
    slot = f"{key}:{int(now().timestamp()) // WINDOW}"
    with store().pipeline() as pipe:
        pipe.incr(slot, by)
        pipe.expire(slot, 2 * WINDOW)
        return int(pipe.execute()[0])
