"""Seals over the trail: each holds the hash of some entries and of the seal before it, so that no past can be rewritten unseen.

Writers are not slowed: they append entries as ever, and a job seals what has been committed. An entry whose transaction ends
late has a smaller number than some that are sealed already; it goes into the next seal. Below ``floor`` nothing can come late
any more, because every transaction that could hold such a number has ended: what appears there was put in by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, LargeBinary, String, Text, cast, func, not_, or_, select
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, JSONB, Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import tenant_id
from app.engine.record import Record

LARGEST = 5000  # entries under one seal
MARK = 4  # bytes kept of each entry's own hash: they prove nothing, they name the entry that was changed
START = "0" * 64  # what the first seal has for a seal before it
# The columns under a seal, for each way in which entries were ever sealed. A new column needs a new form.
FORMS: dict[int, tuple[str, ...]] = {
    1: (
        "tenant_id", "id", "model", "record_id", "made", "action", "reason", "changes", "address", "store_id", "owner_id", "version",
        "created_at", "created_by", "changed_at", "extra",
    ),
}  # fmt: skip
FORM = max(FORMS)


class AuditSeal(Record):
    """One link of a tenant's chain. Nobody changes it: the application's database role may add seals and read them."""

    __audited__ = False
    __platform__ = True
    __appended__ = True
    __unique__ = (("number",),)  # two at once cannot both follow the same seal
    __indexes__ = (("reach",),)
    number: Mapped[int] = mapped_column()  # 1, 2, 3 within the tenant, without a gap
    form: Mapped[int] = mapped_column()
    covered: Mapped[Any] = mapped_column(INT4MULTIRANGE)  # the ids of the entries
    entries: Mapped[int] = mapped_column()
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[str] = mapped_column(String(64))  # hash of the entries, in the order of their ids
    previous: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    reach: Mapped[int] = mapped_column()  # the highest id that this seal, or one before it, covers
    floor: Mapped[int] = mapped_column()  # up to here every entry is sealed, and no other can come any more
    before: Mapped[int] = mapped_column(BigInteger)  # the next transaction's number when the seal was made
    sealed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


SEALED = ("tenant_id", "number", "form", "covered", "entries", "marks", "content", "previous", "reach", "floor", "before", "sealed_at")


def seal(session: Session, settled: int, above: int = 0) -> AuditSeal | None:
    """Seal the tenant's oldest entries that have no seal, ``LARGEST`` at most. Returns None when there are none.

    ``settled`` is asked for once a round, see :func:`settled_reach`. Within a round each further seal looks ``above`` the one
    before only: what comes late below is found at the beginning of the next round. The caller is trusted, and commits.
    """
    last = session.execute(
        select(AuditSeal.number, AuditSeal.sha256, AuditSeal.reach, AuditSeal.floor).order_by(AuditSeal.number.desc()).limit(1)
    ).first()
    number, previous, reach, floor = last or (0, START, 0, 0)
    rows = session.execute(columns().where(*unsealed(max(floor, above))).order_by(AuditEntry.id).limit(LARGEST)).all()
    if not rows:
        return None
    ids, digests = [row.id for row in rows], [digest(row) for row in rows]
    made = AuditSeal(
        tenant_id=tenant_id(), number=number + 1, form=FORM, covered=ranges(ids), entries=len(ids), previous=previous,
        marks=b"".join(d[:MARK] for d in digests), content=content(digests), reach=max(reach, ids[-1]),
        floor=floor if above > floor else max(floor, min(settled, ids[-1]) if len(ids) == LARGEST else settled),
        before=session.scalar(select(transaction(func.pg_snapshot_xmax))), sealed_at=now(),
    )  # fmt: skip
    made.sha256 = own_hash(made)
    session.add(made)
    session.flush()
    return made


def settled_reach(session: Session) -> int:
    """The reach of the newest seal before which no transaction is open any more."""
    oldest, following = session.execute(select(transaction(func.pg_snapshot_xmin), transaction(func.pg_snapshot_xmax))).one()
    # A number from the future was counted by another server: this database was restored from its backup, and all that is over.
    over = or_(AuditSeal.before <= oldest, AuditSeal.before > following)
    return session.scalar(select(AuditSeal.reach).where(over).order_by(AuditSeal.number.desc()).limit(1)) or 0


def transaction(end: Any) -> Any:
    return cast(cast(end(func.pg_current_snapshot()), Text), BigInteger)


def unsealed(floor: int) -> list[Any]:
    """Entries above a floor that no seal covers."""
    return [AuditEntry.id > floor, not_(sealed(AuditSeal.reach > floor))]


def sealed(*which: Any) -> Any:
    """Whether one of some seals covers an entry."""
    union = select(func.range_agg(AuditSeal.covered)).where(AuditSeal.tenant_id == tenant_id(), *which).scalar_subquery()
    return func.coalesce(union, cast("{}", INT4MULTIRANGE)).op("@>", is_comparison=True)(AuditEntry.id)


def columns(form: int = FORM) -> Any:
    """A query of what is under a seal: each entry's id, and the entry as one JSON array.

    Moments are counted in microseconds, since a text would be in the connection's zone. JSON within is kept as the database
    writes it: reading it would make 1.0 and 1.00 the same.
    """
    values = func.json_build_array(*(flat(getattr(AuditEntry, name)) for name in FORMS[form]))
    return select(AuditEntry.id, cast(values, Text).label("written")).where(AuditEntry.tenant_id == tenant_id())


def flat(column: Any) -> Any:
    if isinstance(column.type, DateTime):
        return cast(func.extract("epoch", column) * 1_000_000, BigInteger)
    return cast(column, Text) if isinstance(column.type, JSONB) else column


def digest(row: Any) -> bytes:
    return hashlib.sha256(row.written.encode()).digest()


def content(digests: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(digests)).hexdigest()


def own_hash(made: Any) -> str:
    """The hash of a seal: of everything it says, the hash before it included."""
    return hashlib.sha256(canonical({name: getattr(made, name) for name in SEALED})).hexdigest()


def canonical(values: dict[str, Any]) -> bytes:
    """Values as JSON in its one way of being written."""
    return json.dumps({k: plain(v) for k, v in values.items()}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return [[r.lower, r.upper] for r in value] if isinstance(value, (list, tuple)) else value


def ranges(ids: list[int]) -> MultiRange[int]:
    """Sorted ids as the ranges they form."""
    found: list[list[int]] = []
    for pk in ids:
        if found and found[-1][1] == pk:
            found[-1][1] = pk + 1
        else:
            found.append([pk, pk + 1])
    return MultiRange(Range(lower, upper) for lower, upper in found)


def ids_of(covered: Any) -> list[int]:
    return [pk for r in covered for pk in range(r.lower, r.upper)]
