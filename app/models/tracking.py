"""What happens between the offer of a visit and its end: each step as it was tapped, and what family, carer and office say."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.current import current
from app.engine.fields import Code, Moment, Note, Place, choice, field, key, link
from app.engine.outbox import announce
from app.engine.record import Record
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.slip import like_visit

TAPS = {
    "accept": _("Accept"), "decline": _("Decline"), "set_out": _("Set out"), "check_in": _("Check in"), "begin": _("Begin"),
    "finish": _("Finish"), "cancel": _("Cancel"),
}  # fmt: skip
BY = {"worker": _("Carer"), "office": _("Office")}
SENDERS = {"customer": _("Customer"), "worker": _("Carer"), "office": _("Office")}


class VisitTap(Record):
    """One step of a visit: who took it, when and where. The key of a tap that is sent again finds the first one."""

    __label__ = _("Step of a visit")
    __plural__ = _("Steps of visits")
    __icon__ = "ti-map-pin"
    __apart__ = ("far",)
    __appended__ = True
    __unique__ = (("request",),)
    __called__ = ("what",)

    visit_id: Mapped[int] = key("visit")
    visit: Mapped[Visit] = link(_("Visit"), readonly=True)
    what: Mapped[Code] = choice(_("Step"), TAPS, "workflow")
    at: Mapped[Moment] = field(_("At"), "workflow", readonly=True)
    tapped_by: Mapped[Code] = choice(_("By"), BY, "workflow", default="office")
    lat: Mapped[Place | None] = field(_("Latitude"), "workflow", readonly=True)
    lng: Mapped[Place | None] = field(_("Longitude"), "workflow", readonly=True)
    far: Mapped[int | None] = field(_("Metres from the address"), "workflow", readonly=True)
    request: Mapped[str | None] = mapped_column(String(80), info={"bookkeeping": True})

    def __str__(self) -> str:
        return f"{TAPS.get(self.what, self.what)}"

    def before_create(self, session: Session) -> None:
        like_visit(self, session)


class VisitMessage(Record):
    """One thing that the family, the carer or the office said to the others about a visit."""

    __label__ = _("Message about a visit")
    __plural__ = _("Messages about visits")
    __icon__ = "ti-message"
    __appended__ = True
    __unique__ = (("request",),)
    __called__ = ("said",)

    visit_id: Mapped[int] = key("visit")
    visit: Mapped[Visit] = link(_("Visit"))
    order_id: Mapped[int | None] = key("order")
    order: Mapped[Order | None] = link(_("Order"), readonly=True)
    sender: Mapped[Code] = choice(_("From"), SENDERS, "workflow", default="office")
    said: Mapped[Note] = field(_("What was said"))
    request: Mapped[str | None] = mapped_column(String(80), info={"bookkeeping": True})

    def __str__(self) -> str:
        return self.said[:40]

    def before_create(self, session: Session) -> None:
        """It belongs to whom its visit belongs to; what a colleague writes is the office's word."""
        visit = like_visit(self, session)
        if visit is not None:
            self.order_id = visit.order_id
        if current().trusted == "created":
            self.sender = "office"

    def after_create(self, session: Session) -> None:
        """Whoever did not say it hears of it."""
        visit = session.get(Visit, self.visit_id)
        if current().trusted != "sample" and visit is not None and visit.state not in FREE:
            announce(f"visit.said_by_{self.sender or 'office'}", visit, said=self.said)
