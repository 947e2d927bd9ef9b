"""Files of a record: whoever may read its files sees them, and nobody else, on every path."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine import policy, shroud
from app.engine.audit import AuditEntry, told
from app.engine.clock import now
from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.record import Record
from app.engine.rules import Level
from app.engine.storage import Storage

PDF = "application/pdf"
TARGET = "files"  # the right's name on the matrix: read sees them, fill adds, write also removes
LARGEST = 20 * 1024 * 1024  # bytes
MOST = 50  # files of one record
START = 2048  # how much of a file says what it is
# What a file is, by how it begins: the sender's word for it is not believed.
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"\x89PNG\r\n\x1a\n", "image/png"), (8, b"WEBP", "image/webp"), (0, b"GIF8", "image/gif"),
    (0, b"%PDF-", PDF), (8, b"WAVE", "audio/wav"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"),
    (8, b"heic", "image/heic"), (8, b"mif1", "image/heic"),
    (4, b"ftyp", "video/mp4"), (0, b"OggS", "audio/ogg"), (0, b"\x1aE\xdf\xa3", "video/webm"),
)  # fmt: skip
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHOWN = ("image/", "audio/", "video/")  # what a page may show itself; everything else is downloaded


class Attachment(Record):
    """One file of one record. Its content lies in the storage; a removed one keeps its row, and says who removed it."""

    __platform__ = True
    __audited__ = False  # the trail of the record it belongs to tells of it
    __indexes__ = (("model", "record_id"),)
    model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(100))  # MIME type
    size: Mapped[int] = mapped_column()  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(120))
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    removed_by: Mapped[int | None] = mapped_column()
    field: Mapped[str | None] = mapped_column(String(60))  # the signature it is; such a picture goes by the right to that field
    edition = 1  # among those of its name, the oldest first; removed ones keep theirs

    @property
    def shown(self) -> bool:
        return self.kind.startswith(SHOWN)


def attachments(session: Session, record: Any) -> list[Attachment]:
    """The files of a record, newest first. Raises ``Forbidden`` for whoever may not read them."""
    return [a for a in reversed(numbered(session, record)) if a.removed_at is None]


def numbered(session: Session, record: Any) -> list[Attachment]:
    """All that were ever attached, oldest first; one of the same name as an earlier one is the next edition of it."""
    need(record, Level.READ)
    mine = Attachment.model == type(record).__name__, Attachment.record_id == record.id, Attachment.field.is_(None)
    found, so_far = list(session.scalars(select(Attachment).where(*mine).order_by(Attachment.id))), Counter[str]()
    for one in found:
        so_far[one.name] += 1
        one.edition = so_far[one.name]
    return found


def newest(files: list[Attachment]) -> list[tuple[Attachment, list[Attachment]]]:
    """The last edition of each name, with those before it; both newest first, as they were given."""
    made: dict[str, list[Attachment]] = {}
    for one in files:
        made.setdefault(one.name, []).append(one)
    return [(first, rest) for first, *rest in made.values()]


def attachment(session: Session, record: Any, pk: int) -> Attachment:
    """One file of a record. Raises ``Missing`` when it belongs to another one, or was removed."""
    found = next((a for a in attachments(session, record) if a.id == pk), None)
    if found is None:
        raise Missing
    return found


def attach(  # noqa: PLR0913
    session: Session, storage: Storage, record: Any, name: str, stream: BinaryIO, *, kind: str = ""
) -> Attachment:
    """Keep a file with a record; the caller commits. One of a name that is there is its next edition.

    The content of a file that is the last of its name is not kept twice. ``kind`` is for what code made.

    Raises:
        Forbidden: the actor may not add files here.
        Refused: it is empty, too large, one too many, or of a kind that is not taken.
    """
    need(record, Level.FILL)
    before = numbered(session, record)
    there = [a for a in reversed(before) if a.removed_at is None]
    start = stream.read(START)
    size = stream.seek(0, 2)
    stream.seek(0)
    if not size:
        raise Refused(_("“%(name)s” is empty.", name=name))
    if size > LARGEST:
        raise Refused(_("“%(name)s” is larger than 20 MB. Send a smaller one.", name=name))
    if len(there) >= MOST:
        raise Refused(_("One record keeps at most %(most)s files. Remove one first.", most=MOST))
    kind = kind or kind_of(name, start)
    stored = storage.put(tenant_id(), stream)
    if same := next((a for a, _earlier in newest(there) if a.sha256 == stored.sha256), None):
        storage.drop(stored.key)
        return same
    made = Attachment(
        model=type(record).__name__, record_id=record.id, name=plain_name(name), kind=kind, size=stored.size, sha256=stored.sha256,
        key=stored.key, store_id=record.store_id,
    )  # fmt: skip
    made.edition = 1 + sum(a.name == made.name for a in before)
    session.add_all([made, noted(session, record, "attach", made.name)])
    try:
        session.flush()
    except Exception:
        storage.drop(stored.key)
        raise
    return made


def remove(session: Session, record: Any, pk: int) -> None:
    """Take a file off a record; its row and content stay for the trail. The caller commits."""
    need(record, Level.WRITE)
    found = attachment(session, record, pk)
    found.removed_at, found.removed_by = now(), current().actor_id
    session.add(noted(session, record, "detach", found.name))


def need(record: Any, level: Level) -> None:
    if policy.part(record, TARGET) < level:
        raise Forbidden


def noted(session: Session, record: Any, action: str, name: str) -> AuditEntry:
    """An entry of the trail. A file's name may say whose it is, so it is closed like the record's own personal values."""
    about = type(record).__name__, record.id
    return told(record, action, shroud.closed(shroud.keys(session, [about], make=True)[about], name))


def plain_name(name: str) -> str:
    """The name without its folders and without what a file name cannot hold."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in bare if c.isprintable()).strip(". ")[-160:] or "file"


def kind_of(name: str, start: bytes) -> str:
    """The MIME type, by content. Raises ``Refused`` for what is not taken."""
    for at, mark, kind in MAGIC:
        if start[at : at + len(mark)] == mark:
            return kind
    ending = "." + name.rsplit(".", 1)[-1].lower()
    if start.startswith(b"PK\x03\x04") and ending in OFFICE:
        return OFFICE[ending]
    if ending in (".txt", ".csv") and b"\x00" not in start:
        return "text/plain"
    raise Refused(_("“%(name)s” is not a picture, PDF, Word, Excel, text, sound or video file.", name=name))
