"""Numbers of orders, receipts and slips: never given twice, whatever the concurrency."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.clock import today
from app.engine.current import tenant_id
from app.engine.record import Record


class Counter(Record):
    """The last number given under one prefix."""

    __audited__ = False
    __platform__ = True
    __unique__ = (("prefix",),)
    prefix: Mapped[str] = mapped_column()
    last: Mapped[int] = mapped_column(default=0)


def next_number(session: Any, kind: str, place: str = "") -> str:
    """``DD-BJ01-261122-0001``: the kind, the store, the day, and a count that the row lock keeps unique.

    A transaction that rolls back gives its number back; one that waits for another gets the next.
    """
    prefix = "-".join(p for p in (kind, place, f"{today():%y%m%d}") if p)
    table = Counter.__table__
    first = insert(table).values(tenant_id=tenant_id(), version=1, prefix=prefix, last=1)
    bump = first.on_conflict_do_update(index_elements=["tenant_id", "prefix"], set_={"last": table.c.last + 1})
    return f"{prefix}-{session.connection().execute(bump.returning(table.c.last)).scalar_one():04d}"
