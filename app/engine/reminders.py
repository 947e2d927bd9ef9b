"""Reminders as rules of data: a day of a kind of record, so long before or after it, told to somebody until it is done or moved.

A rule makes one reminder for each record, day, stage and reader: the database holds to that, whoever ticks at the same moment.
What it says is asked anew whenever it is shown: a day that moved, or a condition that no longer holds, ends it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as holding
from datetime import date, datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, String, Text, and_, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.engine import conditions, query
from app.engine.clock import bounds, local, zone
from app.engine.current import tenant_id
from app.engine.fields import fields_of
from app.engine.fields import key as foreign_key
from app.engine.present import label
from app.engine.record import Record, records

OWNER, ROLE = "owner", "role:"
DUE = "reminder.due"
MOMENTS = ("day", "moment")


class ReminderRule(Record):
    """What is told, when, to whom. ``days`` count before the day; below zero they count after it."""

    __platform__ = True
    __unique__ = (("code",),)
    code: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(60))
    yearly: Mapped[bool] = mapped_column(default=False)
    days: Mapped[list[int]] = mapped_column(JSONB)
    told: Mapped[list[str]] = mapped_column(JSONB)  # "owner", "role:finance"
    asked: Mapped[str] = mapped_column(Text, default="")  # a written question: of which records
    title: Mapped[str] = mapped_column(String(120), default="")  # empty: the words it came with
    title_en: Mapped[str] = mapped_column(String(120), default="")
    again: Mapped[int] = mapped_column(default=0)  # days between two messages of one reminder; 0 is one message
    first: Mapped[bool] = mapped_column(default=False)  # whether it heads the list
    active: Mapped[bool] = mapped_column(default=True)
    more: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # what its deed needs
    ran_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __str__(self) -> str:
        own = (self.title_en if str(get_locale()) == "en" else "") or self.title
        return own or str(SHIPPED[self.code].title if self.code in SHIPPED else self.code)

    @property
    def kind(self) -> Any:
        """The type of record, or None where the product no longer has it."""
        return next((m for m in records() if m.__name__ == self.model and not m.__platform__), None)


class Reminder(Record):
    """One thing to think of: for one person, or for everybody of a role who sees the record."""

    __plural__ = _("Reminders")
    __platform__ = True
    __audited__ = False  # it repeats what stands in its record
    __unique__ = (("rule_id", "record_id", "at", "lead", "told"),)
    __indexes__ = (("for_id", "due_at"), ("role", "due_at"), ("model", "record_id"))
    rule_id: Mapped[int] = foreign_key("reminder_rule")
    model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))  # when the thing falls; of a day its first moment
    lead: Mapped[int] = mapped_column()
    told: Mapped[str] = mapped_column(String(50))
    for_id: Mapped[int | None] = mapped_column()
    role: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))  # from when on it is shown; later once it was moved
    said_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # when its last message went out
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    done_by: Mapped[int | None] = mapped_column()

    @property
    def kind(self) -> Any:
        return next((m for m in records() if m.__name__ == self.model), None)

    @property
    def page_url(self) -> str:
        return f"/{self.kind.__tablename__}/show/{self.record_id}"

    def subject(self, session: Session) -> Any:
        """The record it is about, for the program."""
        return session.get(self.kind, self.record_id)

    def facts(self) -> dict[str, str]:
        """What a message may say to whoever may read the record and the day."""
        session = object_session(self)
        rule = session.get(ReminderRule, self.rule_id) if session else None
        record = self.subject(session) if session else None
        return {"what": str(rule or ""), "who": called(record) if record is not None else "", "day": f"{local(self.at):%Y-%m-%d}"}


@dataclass(frozen=True, slots=True)
class Shipped:
    """A rule that every company begins with; it may be changed and switched off, not removed.

    ``link`` leads on from a reminder: (words, the record -> an address). ``deed`` is done once, with the reminder. ``done`` hears
    that it was done, or is open again.
    """

    code: str
    model: str
    field: str
    title: Any
    days: tuple[int, ...]
    told: tuple[str, ...] = (OWNER,)
    yearly: bool = False
    asked: str = ""
    again: int = 0
    first: bool = False
    active: bool = True
    more: Mapping[str, Any] = holding(default_factory=dict)
    link: tuple[Any, Callable[[Any], str]] | None = None
    deed: Callable[[Session, ReminderRule, Any, Reminder], None] | None = None
    done: Callable[[Session, Any, bool], None] | None = None


SHIPPED: dict[str, Shipped] = {}


def ship(*rules: Shipped) -> None:
    """Let every company have these rules."""
    SHIPPED.update({rule.code: rule for rule in rules})


def begin(session: Session) -> None:
    """Give the acting company the shipped rules it does not have yet. The caller is trusted, and commits."""
    there = set(session.scalars(select(ReminderRule.code).where(ReminderRule.tenant_id == tenant_id())))
    new = [
        {
            "tenant_id": tenant_id(), "version": 1, "code": s.code, "model": s.model, "field": s.field, "yearly": s.yearly,
            "days": list(s.days), "told": list(s.told), "asked": s.asked, "title": "", "title_en": "", "again": s.again,
            "first": s.first, "active": s.active, "more": dict(s.more) or None,
        }
        for s in SHIPPED.values() if s.code not in there
    ]  # fmt: skip
    if new:  # two who look for the first time at once: the second finds them there
        session.connection().execute(upsert(ReminderRule.__table__).on_conflict_do_nothing(), new)


def called(record: Any) -> str:
    """Whom a record is about, and its own name where that is another: as far as the actor may know them."""
    behind = getattr(record, type(record).__told__, None) if type(record).__told__ else None
    own = label(record)
    if behind is None or label(behind) in own:
        return own
    return f"{label(behind)} · {own}"


def still(rule: Any) -> Any:
    """The records of a rule whose day is still that of the reminder, in SQL; the actor may ask the rule's question."""
    model = rule.kind
    parts = [query.ask(model, conditions.parse(rule.asked))]
    column = fields_of(model)[rule.field].column(model, rule.field)
    if not rule.yearly:
        day = cast(func.timezone(zone().key, Reminder.at), Date)
        parts.append(column == day if kind_of(rule) == "day" else column == Reminder.at)
    return and_(true(), *parts)


def kind_of(rule: Any) -> str:
    return fields_of(rule.kind)[rule.field].kind(rule.kind, rule.field)


def works(rule: Any) -> bool:
    """Whether a rule still fits the records of the product."""
    model = rule.kind
    known = fields_of(model).get(rule.field) if model is not None else None
    return known is not None and known.kind(model, rule.field) in MOMENTS


def begins(day: date | datetime) -> datetime:
    return day if isinstance(day, datetime) else bounds(day)[0]


def standing(session: Session, rules: list[Any], *extra: Any) -> list[tuple[Reminder, Any]]:
    """Open reminders of some rules with their records, of those the actor sees; one statement however many kinds there are."""
    models = list(dict.fromkeys(r.kind for r in rules))
    if not models:
        return []
    asked = select(Reminder, *models).select_from(Reminder)
    for model in models:
        mine = or_(*(and_(Reminder.rule_id == r.id, still(r)) for r in rules if r.kind is model))
        asked = asked.outerjoin(model, and_(Reminder.model == model.__name__, model.id == Reminder.record_id, mine))
    names = {m: [m.__told__] if m.__told__ else [] for m in models}
    asked = asked.options(*(option for m in models for option in query.loads(m, names[m])))
    asked = asked.where(Reminder.tenant_id == tenant_id(), Reminder.done_at.is_(None), or_(*(m.id.is_not(None) for m in models)), *extra)
    found = session.execute(asked.order_by(Reminder.at, Reminder.id)).unique().all()
    return [(row[0], next(r for r in row[1:] if r is not None)) for row in found]
