"""Follow-ups: what was said to a customer, by which way, and when we talk again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from app.engine.clock import local, now
from app.engine.fields import Code, Flag, Moment, Name, Note, choice, field, key, link
from app.engine.record import Record
from app.models.customer import Customer, belongs

WAYS = {
    "phone": _("Phone call"), "wechat": _("WeChat"), "visit": _("Visit at home"), "shop": _("In the shop"), "message": _("Text message"),
    "other": _("Other way"),
}  # fmt: skip


class Followup(Record):
    """One talk with one customer. It belongs to whom the customer belongs to; who had it is who wrote it."""

    __label__ = _("Follow-up")
    __plural__ = _("Follow-ups")
    __icon__ = "ti-message"
    __indexes__ = (("customer_id", "talked_at"), ("next_at",))
    __search__ = ("said",)
    __called__ = ("customer", "talked_at")
    __told__ = "customer"

    customer_id: Mapped[int] = key("customer")
    customer: Mapped[Customer] = link(_("Customer"))
    talked_at: Mapped[Moment] = field(_("Talked at"), default=now)
    way: Mapped[Code] = choice(_("Way"), WAYS, open=True, default="phone")
    whom: Mapped[Name | None] = field(_("With whom"), personal=True)
    said: Mapped[Note] = field(_("What was said"), "internal")
    next_at: Mapped[Moment | None] = field(_("Next contact"))
    done: Mapped[Flag] = field(_("Next contact done"), default=False)

    def __str__(self) -> str:
        return f"{self.customer} {local(self.talked_at):%Y-%m-%d}" if self.talked_at else str(self.customer)

    def before_create(self, session: Session) -> None:
        """Whoever talks now has done what was planned for until now."""
        belongs(self, session)
        if self.next_at is None or self.next_at > now():
            with session.no_autoflush:
                whose = self.customer_id or getattr(self.customer, "id", None)
                open_ = Followup.customer_id == whose, Followup.next_at <= now(), ~Followup.done
                for earlier in session.scalars(select(Followup).where(*open_)) if whose else ():
                    earlier.done = True
