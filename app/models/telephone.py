"""The telephone: lines that a company owns, whose telephone an extension is, and every call with what happened in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, Computed, DateTime, Integer, String, select
from sqlalchemy.orm import Mapped, MappedColumn, Session, mapped_column

from app.engine import vault
from app.engine.clock import local
from app.engine.current import tenant_id, trusted
from app.engine.fields import Code, Field, Flag, Moment, Name, Note, Phone, Secret, field, fields_of, key, link
from app.engine.record import Record, records
from app.engine.vault import Sealed
from app.models.customer import Customer
from app.models.organisation import Staff

DIRECTIONS = {"in": _("Incoming call"), "out": _("Outgoing call")}
RESULTS = {
    "ringing": _("Ringing"), "talking": _("On the telephone"), "answered": _("Answered"), "missed": _("Missed"),
    "transferred": _("Transferred"),
}  # fmt: skip
TINTS = {"ringing": "wait", "talking": "run", "answered": "done", "missed": "bad", "transferred": "plan"}
KEPT = 180  # days that a recording is kept unless the line says otherwise


def told(label: Any, words: Any, tints: Any = None, **column: Any) -> MappedColumn[Any]:
    """One code out of a few that the telephone tells: nobody types it."""
    return mapped_column(info={"field": Field(label, choices=words, tints=tints, readonly=True)}, **column)


class PhoneLine(Record):
    """A number that customers call. Its exchange signs what it tells with a secret of the line's own."""

    __label__ = _("Telephone line")
    __plural__ = _("Telephone lines")
    __icon__ = "ti-phone"
    __unique__ = (("number",),)
    __search__ = ("name", "number")
    __table_args__ = (CheckConstraint("keep_days > 0", name="phone_line_keeps_for_a_time"),)
    __refusals__: ClassVar[dict[str, Any]] = {
        "phone_line_keeps_for_a_time": _("Recordings are kept for one day at least."),
        "phone_line_number_key": _("This number is one of your lines already."),
    }

    name: Mapped[Name] = field(_("Name"))
    number: Mapped[Code] = field(_("Line number"), help=_("As customers dial it, digits only."))
    active: Mapped[Flag] = field(_("In use"), default=True, server_default="true")
    recorded: Mapped[Flag] = field(_("Calls are recorded"), default=True, server_default="true")
    notice: Mapped[Note | None] = field(_("Notice to the caller"), help=_("What is played about the recording, before anybody speaks."))
    keep_days: Mapped[int] = field(_("Keep recordings for (days)"), default=KEPT, server_default=str(KEPT))
    hook: Mapped[str | None] = mapped_column(Sealed(), info={"bookkeeping": True})  # what its exchange signs with

    def __str__(self) -> str:
        return self.name


class PhoneExtension(Record):
    """Whose telephone rings at an extension of a line."""

    __label__ = _("Extension")
    __plural__ = _("Extensions")
    __icon__ = "ti-phone"
    __unique__ = (("line_id", "number"),)
    __search__ = ("number",)
    __refusals__: ClassVar[dict[str, Any]] = {"phone_extension_line_id_number_key": _("This extension is somebody's already.")}

    line_id: Mapped[int] = key("phone_line")
    line: Mapped[PhoneLine] = link(_("Telephone line"))
    number: Mapped[Code] = field(_("Extension"))
    agent_id: Mapped[int] = key("staff")
    agent: Mapped[Staff] = link(_("Colleague"))

    def __str__(self) -> str:
        return self.number


class PhoneCall(Record):
    """One call. What happened in it is told by the exchange; people only add a note."""

    __label__ = _("Call")
    __plural__ = _("Calls")
    __icon__ = "ti-phone"
    __unique__ = (("line_id", "ref"),)
    __indexes__ = (("rang_at",), ("agent_id", "rang_at"), ("result", "rang_at"))
    __search__ = ("phone",)
    __called__ = ("direction", "rang_at")
    __sounds__: ClassVar[dict[str, str]] = {"recording": "/phone_call/recording/{id}"}

    line_id: Mapped[int] = key("phone_line")
    line: Mapped[PhoneLine] = link(_("Telephone line"), readonly=True)
    ref: Mapped[Code] = field(_("Number of the call"), "workflow", readonly=True)
    direction: Mapped[Code] = told(_("Direction"), DIRECTIONS, default="in", server_default="in")
    phone: Mapped[Phone | None] = mapped_column(info={"field": Secret(_("Phone"), "private", readonly=True)})
    customer_id: Mapped[int | None] = key("customer")
    customer: Mapped[Customer | None] = link(_("Customer"), readonly=True)
    agent_id: Mapped[int | None] = key("staff")
    agent: Mapped[Staff | None] = link(_("Taken by"), readonly=True)
    rang_at: Mapped[Moment] = field(_("Rang at"), readonly=True)
    answered_at: Mapped[Moment | None] = field(_("Answered at"), readonly=True)
    ended_at: Mapped[Moment | None] = field(_("Ended at"), readonly=True)
    seconds: Mapped[int | None] = mapped_column(
        Integer, Computed("CAST(EXTRACT(epoch FROM ended_at - answered_at) AS integer)", persisted=True),
        info={"field": Field(_("Length in seconds"), readonly=True)},
    )  # fmt: skip
    result: Mapped[Code] = told(_("Result"), RESULTS, TINTS, default="ringing", server_default="ringing")
    called_back_at: Mapped[Moment | None] = field(_("Called back at"), readonly=True)
    note: Mapped[Note | None] = field(_("What was said"), "internal")
    recording: Mapped[Flag] = field(
        _("Recording"), "internal", help=_("The trail notes who plays it."), default=False, server_default="false", readonly=True
    )

    def __str__(self) -> str:
        return f"{DIRECTIONS.get(self.direction, self.direction)} {local(self.rang_at):%m-%d %H:%M}"


class CallFact(Record):
    """One thing the exchange told about a call: kept as it came, told twice it is kept once. Its id lets a page say what it heard last."""

    __platform__ = True
    __audited__ = False
    __appended__ = True
    __unique__ = (("call_id", "event", "extension"),)
    __indexes__ = (("agent_id", "id"),)
    call_id: Mapped[int] = key("phone_call")
    event: Mapped[str] = mapped_column(String(20))
    extension: Mapped[str] = mapped_column(String(40), default="")
    agent_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class CallTrace(Record):
    """What was made during a call: it finds its call by itself."""

    __platform__ = True
    __audited__ = False
    __unique__ = (("call_id", "model", "record_id"),)
    __indexes__ = (("model", "record_id"),)
    call_id: Mapped[int] = key("phone_call")
    model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(Integer)


def numbered(model: Any) -> list[str]:
    """The telephone numbers of a type of record, by which a caller may be known."""
    return [n for n, f in fields_of(model).items() if isinstance(f, Secret) and hasattr(model, f"{n}_last4")]


def callers(session: Session, phone: str) -> list[Customer]:
    """Every customer of this tenant who is reached at a number, or whose family is, whoever looks after them.

    Other records of a customer that hold a number, contacts of a household say, count as well. The rows may be out of the
    actor's reach: see :func:`app.models.customer.same_phone`.
    """
    bare, found = vault.normal(phone), []
    with trusted("same phone"):
        for model in (m for m in records() if not m.__platform__ and m is not PhoneCall):
            key_ = model.id if model is Customer else getattr(model, "customer_id", None)
            if key_ is not None and (names := numbered(model)):
                for name in names:
                    same = vault.same(model.__table__.c[f"{name}_hash"], bare, "hash", tenant_id())
                    found.append(select(key_.label("pk")).where(same))
        query = found[0].union(*found[1:]) if len(found) > 1 else found[0]
        return list(session.scalars(select(Customer).where(Customer.id.in_(query)).order_by(Customer.id).limit(20)))
