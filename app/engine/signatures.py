"""Signatures: drawn once on a record, kept as a private picture with who took it and when, and never changed.

The picture goes by the right to its field, not by the right to the record's files.
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.clock import now
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import fields_of
from app.engine.files import Attachment
from app.engine.many import insert_rows, packed
from app.engine.rules import Level
from app.engine.storage import Storage

KIND, START = "signature", "data:image/png;base64,"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"  # then come the sides
LARGEST, WIDEST = 200 * 1024, 3000  # bytes, and pixels of a side
stores: list[Callable[[], Storage]] = []  # where pictures lie: the program says so at its start


def read(record: Any, name: str, sent: Any) -> bytes:
    """The picture that was sent as a data URL, if the actor may sign here now. Raises ``Refused`` or ``Forbidden``."""
    field = fields_of(type(record))[name]
    if record.id is None:
        raise Refused(_("Save first, then sign."))
    if field.read(record, name) is not None:
        raise Refused(_("“%(field)s” is given once and never changed.", field=field.label))
    if not policy.may_set(record, name, None):
        raise Forbidden(_("You may not change “%(field)s” here.", field=field.label))
    try:
        picture = base64.b64decode(str(sent).removeprefix(START), validate=True) if str(sent).startswith(START) else b""
    except binascii.Error:
        picture = b""
    whole = picture.startswith(PNG) and len(picture) > len(PNG) + 29
    sides = struct.unpack(">II", picture[len(PNG) : len(PNG) + 8]) if whole else (0, 0)
    if not all(0 < side <= WIDEST for side in sides) or len(picture) > LARGEST:
        raise Refused(_("A signature is drawn on the record's own page."))
    return picture


def keep(session: Session, record: Any, name: str, picture: bytes) -> int:
    """Keep a picture that :func:`read` gave; returns its number, which is the field's value. The caller commits."""
    stored, at, who = stores[0]().put(tenant_id(), io.BytesIO(picture)), now(), current().actor_id
    row: dict[str, Any] = {
        "tenant_id": tenant_id(), "version": 1, "model": type(record).__name__, "record_id": record.id, "name": f"{name}.png",
        "kind": "image/png", "size": stored.size, "sha256": stored.sha256, "key": stored.key, "field": name, "created_at": at,
        "changed_at": at, "owner_id": who, "created_by": who, "store_id": record.store_id,
    }  # fmt: skip
    # A flush would write half of the record's change; its right was asked in read(), and the trail tells of the field.
    table = Attachment.__table__
    add = insert_rows(table, tuple(row)).returning(table.c.id)
    return int(session.connection().execute(add, packed(table, [row])).scalar_one())


def signed(session: Session, record: Any, name: str) -> Attachment:
    """The picture of a signature, for whoever may read the field. Raises ``Forbidden``, or ``Missing`` where nobody has signed."""
    field = fields_of(type(record)).get(name)
    if field is None or field.kind(type(record), name) != KIND:
        raise Missing
    if policy.level(record, name) < Level.READ:
        raise Forbidden
    found = taken(session, record).get(field.read(record, name) or 0)
    if found is None:
        raise Missing
    return found


def taken(session: Session, record: Any) -> dict[int, Attachment]:
    """The pictures of a record's signatures by number, those of records it took up as well. Whoever shows them judges each field."""
    mine = Attachment.model == type(record).__name__, Attachment.record_id == record.id, Attachment.field.is_not(None)
    with trusted("signatures"):
        return {a.id: a for a in session.scalars(select(Attachment).where(*mine, Attachment.removed_at.is_(None)))}


def names(model: Any) -> list[str]:
    """The fields of a type of record that are signatures."""
    return [n for n, f in fields_of(model).items() if f.kind(model, n) == KIND]
