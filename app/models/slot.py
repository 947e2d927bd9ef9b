"""The time of a carer that a client has booked: two of one carer cannot overlap, the database sees to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, DateTime, Index, select
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.errors import Refused
from app.engine.record import Record
from app.models.dispatch import FREE, Visit
from app.models.order import Order, end_of


class BookedSlot(Record):
    """One carer's time, held for one order from the moment it was booked until it is cancelled."""

    __platform__ = True
    __audited__ = False  # the order tells of it
    __table_args__ = (
        ExcludeConstraint(("tenant_id", "="), ("worker_id", "="), ("during", "&&"), using="gist", name="booked_slot_once"),
        CheckConstraint("ends_at > starts_at", name="booked_slot_ends_after_it_starts"),
        Index("booked_slot_order_id_idx", "tenant_id", "order_id", "id"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {"booked_slot_once": _("Somebody has just booked this time. Choose another one.")}

    order_id: Mapped[int] = mapped_column()
    worker_id: Mapped[int] = mapped_column()
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    during: Mapped[Any] = mapped_column(TSTZRANGE, Computed("tstzrange(starts_at, ends_at)", persisted=True), nullable=True, deferred=True)


def hold_slot(session: Session, order: Order) -> None:
    """Keep the time of the carer that an order asks for. The database refuses the second of two."""
    if order.wanted is not None and order.ends_at is not None:
        session.add(BookedSlot(order_id=order.id, worker_id=order.wanted.id, starts_at=order.starts_at, ends_at=order.ends_at))
        session.flush()


def free_slots(session: Session, order: Order) -> None:
    """Give back what an order holds. The caller is trusted."""
    for slot in session.scalars(select(BookedSlot).where(BookedSlot.order_id == order.id)):
        session.delete(slot)


def follow(session: Session, order: Order) -> None:
    """An order was moved: what it holds of its carer's time goes along, or is given up where somebody else holds that time.

    The caller is trusted.
    """
    ends_at = end_of(order)
    for slot in session.scalars(select(BookedSlot).where(BookedSlot.order_id == order.id)):
        there = BookedSlot.worker_id == slot.worker_id, BookedSlot.starts_at < ends_at, BookedSlot.ends_at > order.starts_at
        if session.scalar(select(BookedSlot.id).where(*there, BookedSlot.id != slot.id).limit(1)) is None:
            slot.starts_at, slot.ends_at = order.starts_at, ends_at
        else:
            session.delete(slot)
    session.flush()


def settle_slots(session: Session, order: Order) -> None:
    """A carer is sent: not in a time that another client has booked; what this order held of somebody else is free again.

    Raises ``Refused``; the caller is trusted.
    """
    mine = select(Visit).where(Visit.order_id == order.id, Visit.state.not_in(FREE)).order_by(Visit.id.desc()).limit(1)
    visit = session.scalars(mine).first()
    if visit is None:
        return
    there = BookedSlot.worker_id == visit.worker_id, BookedSlot.starts_at < visit.ends_at, BookedSlot.ends_at > visit.starts_at
    if session.scalar(select(BookedSlot.id).where(*there, BookedSlot.order_id != order.id).limit(1)) is not None:
        raise Refused(_("A client has booked this carer for that time. Choose another carer or time."))
    for slot in session.scalars(select(BookedSlot).where(BookedSlot.order_id == order.id, BookedSlot.worker_id != visit.worker_id)):
        session.delete(slot)
