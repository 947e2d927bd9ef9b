"""Making reminders, telling of them, and finishing or moving them."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select, update  # noqa: TID251  # when a rule ran is no change of it
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.engine import conditions, policy, query
from app.engine.clock import bounds, now, today
from app.engine.conditions import leaves
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Missing, Refused
from app.engine.fields import fields_of
from app.engine.outbox import announce
from app.engine.reminders import DUE, OWNER, ROLE, SHIPPED, Reminder, ReminderRule, begin, begins, kind_of, standing, works
from app.engine.rules import Level

GRACE = timedelta(days=30)  # so old a day still begins to be told: the program may have stood still
HOURLY, MINUTELY = timedelta(hours=1), timedelta(seconds=50)
MOST = 5000  # records of one rule and one run
LISTED = 200
FARTHEST = timedelta(days=730)


def run(session: Session, *, all_of_them: bool = False) -> int:
    """Make what is due in the acting company and tell of it; the caller is trusted, and commits. Returns how many were made."""
    begin(session)
    made, there = 0, list(session.scalars(select(ReminderRule).where(ReminderRule.tenant_id == tenant_id()).order_by(ReminderRule.id)))
    rules = [r for r in there if r.active and works(r)]
    for rule in rules:
        if all_of_them or rule.ran_at is None or rule.ran_at < now() - (MINUTELY if kind_of(rule) == "moment" else HOURLY):
            made += make(session, rule)
            mine = ReminderRule.__table__.c
            session.connection().execute(
                update(ReminderRule.__table__).where(mine.tenant_id == tenant_id(), mine.id == rule.id).values(ran_at=now())
            )
            session.expire(rule, ["ran_at"])
    speak(session, rules)
    return made


def make(session: Session, rule: Any) -> int:
    """The reminders of one rule that are not there yet, with what is to be done along with them."""
    model, rows = rule.kind, list[dict[str, Any]]()
    column = fields_of(model)[rule.field].column(model, rule.field)
    asked = select(model).where(model.tenant_id == tenant_id(), column.is_not(None), wanted(rule, column))
    there = {r.id: r for r in session.scalars(asked.where(query.ask(model, conditions.parse(rule.asked))).order_by(model.id).limit(MOST))}
    for record in there.values():
        at = begins(falls(rule, fields_of(model)[rule.field].read(record, rule.field)))
        lead = min((d for d in rule.days if at - timedelta(days=d) <= now()), default=None)
        if lead is not None:
            rows += ({**row, "at": at, "lead": lead, "due_at": at - timedelta(days=lead)} for row in readers(rule, record))
    new = kept(session, rows)
    deed = SHIPPED[rule.code].deed if rule.code in SHIPPED else None
    for record_id in dict.fromkeys(r.record_id for r in new) if deed else ():
        deed(session, rule, there[record_id], next(r for r in new if r.record_id == record_id))  # type: ignore[misc]
    return len(new)


def wanted(rule: Any, column: Any) -> ColumnElement[bool]:
    """The rows whose day is near enough to look at."""
    before, after = [d for d in rule.days if d >= 0], [d for d in rule.days if d < 0]
    if rule.yearly:
        return func.to_char(column, "MMDD").in_(sorted(coming(max(before, default=0))))
    day = kind_of(rule) == "day"
    parts = []
    if before:
        last = today() + timedelta(days=max(before))
        first = today() - GRACE
        until = now() + timedelta(days=max(before))
        parts.append(column.between(first, last) if day else and_(column >= bounds(first)[0], column <= until))
    if after:
        end = today() - timedelta(days=-max(after))
        parts.append(column <= end if day else column <= now() - timedelta(days=-max(after)))
    return or_(*parts)


def coming(days: int) -> set[str]:
    """The days of the year from today for so many days; who was born on a leap day has it on 28 February in other years."""
    found = {f"{today() + timedelta(days=n):%m%d}" for n in range(days + 1)}
    leap = any(isleap((today() + timedelta(days=n)).year) for n in (0, days))
    return found | ({"0229"} if "0228" in found and not leap else set())


def falls(rule: Any, value: date | datetime) -> date | datetime:
    """The day or moment that counts: of a yearly one the next, today's included."""
    if not rule.yearly:
        return value
    for year in (today().year, today().year + 1):
        day = anniversary(value, year)
        if day >= today():
            return day
    return anniversary(value, today().year + 1)


def anniversary(day: date, year: int) -> date:
    return date(year, 2, 28) if (day.month, day.day) == (2, 29) and not isleap(year) else date(year, day.month, day.day)


def readers(rule: Any, record: Any) -> Iterator[dict[str, Any]]:
    """A row for each whom a rule tells; a record that nobody looks after is told to the roles alone."""
    common = {"rule_id": rule.id, "model": rule.model, "record_id": record.id, "store_id": record.store_id}
    for told in rule.told:
        if told == OWNER and record.owner_id is not None:
            yield {**common, "told": told, "for_id": record.owner_id, "role": None}
        elif told.startswith(ROLE):
            yield {**common, "told": told, "for_id": None, "role": told.removeprefix(ROLE)}


def kept(session: Session, rows: list[dict[str, Any]]) -> list[Any]:
    """Write what is not there yet; of two who write the same one waits, and then finds it there."""
    if not rows:
        return []
    table = Reminder.__table__
    stamped = [{"tenant_id": tenant_id(), "version": 1, **row} for row in rows]
    new: list[int] = []
    for first in range(0, len(stamped), 500):
        write = upsert(table).values(stamped[first : first + 500]).on_conflict_do_nothing().returning(table.c.id)
        new += [pk for (pk,) in session.connection().execute(write)]
    return list(session.scalars(select(Reminder).where(Reminder.id.in_(new)).order_by(Reminder.id))) if new else []


def speak(session: Session, rules: list[Any]) -> None:
    """Send the messages that are due: the first, one more after a move, and those that a rule repeats."""
    by = {r.id: r for r in rules}
    due = Reminder.done_at.is_(None), Reminder.due_at <= now(), Reminder.rule_id.in_(by)
    later = [and_(Reminder.rule_id == r.id, Reminder.said_at < now() - timedelta(days=r.again)) for r in rules if r.again]
    silent = or_(Reminder.said_at.is_(None), *later)
    ids = list(session.scalars(select(Reminder.id).where(*due, silent).order_by(Reminder.id).limit(MOST).with_for_update(skip_locked=True)))
    for reminder, _record in standing(session, rules, Reminder.id.in_(ids)) if ids else ():
        if current().trusted != "sample":
            announce(DUE, reminder)
        reminder.said_at = now()
    session.flush()


def mine(session: Session) -> list[tuple[Reminder, Any, Any]]:
    """What the actor is to think of, with rule and record: the most pressing first. Two statements."""
    who = current()
    for_me = or_(Reminder.for_id == who.actor_id, Reminder.role.in_(sorted(who.roles)))
    open_ = Reminder.tenant_id == tenant_id(), Reminder.done_at.is_(None), Reminder.due_at <= now()
    asked = select(Reminder.id, ReminderRule).join(ReminderRule, ReminderRule.id == Reminder.rule_id)
    asked = asked.where(for_me, ReminderRule.active, *open_)
    found = session.execute(asked.order_by(ReminderRule.first.desc(), Reminder.at, Reminder.id).limit(LISTED)).all()
    rules = {rule.id: rule for _pk, rule in found if works(rule) and open_to(rule)}
    there = {r.id: (r, record) for r, record in standing(session, list(rules.values()), Reminder.id.in_([pk for pk, _rule in found]))}
    seen: dict[Any, tuple[Reminder, Any, Any]] = {}
    for pk, rule in found:
        if pk in there and policy.level(there[pk][1], rule.field) >= Level.READ:
            reminder, record = there[pk]
            slot = (rule.id, record.id, reminder.at)
            if slot not in seen or reminder.lead < seen[slot][0].lead:  # of several stages the last one speaks
                seen[slot] = (reminder, rule, record)
    return list(seen.values())


def open_to(rule: Any) -> bool:
    """Whether the actor may ask what the rule asks: who cannot read a day or a debt does not hear of it here either."""
    names = [rule.field, *(leaf.path.partition(".")[0] for leaf in leaves(conditions.parse(rule.asked)))]
    return policy.opens(rule.kind) and policy.comparable(rule.kind, names) == names


def one_of_mine(session: Session, pk: int) -> Reminder:
    """A reminder of the actor's, open or done. Raises ``Missing``."""
    found = session.get(Reminder, pk) if pk < query.BIGGEST else None
    if found is None or found.tenant_id != tenant_id():
        raise Missing
    kind, mine_ = found.kind, found.for_id == current().actor_id or (found.role or "") in current().roles
    if not mine_ or kind is None or not policy.opens(kind) or query.find(session, kind, found.record_id) is None:
        raise Missing
    return found


def finish(session: Session, pk: int, *, done: bool) -> Reminder:
    """Say that a reminder is done, or that it is not; its earlier stages go with it. The caller commits."""
    found = one_of_mine(session, pk)
    stages = select(Reminder).where(
        Reminder.rule_id == found.rule_id, Reminder.record_id == found.record_id, Reminder.at == found.at,
        Reminder.told == found.told, Reminder.lead >= found.lead,
    )  # fmt: skip
    for one in session.scalars(stages):
        one.done_at, one.done_by = (now(), current().actor_id) if done else (None, None)
    rule = session.get(ReminderRule, found.rule_id)
    hear = SHIPPED[rule.code].done if rule is not None and rule.code in SHIPPED else None
    if hear is not None:
        with trusted("reminder"):
            hear(session, found.subject(session), done)
    session.flush()
    return found


def move(session: Session, pk: int, to: date) -> datetime:
    """Let a reminder rest until a day; returns from when it was to be shown before. The caller commits."""
    found = one_of_mine(session, pk)
    if not today() < to <= today() + FARTHEST:
        raise Refused(_("Choose a day from tomorrow on, within two years."))
    before, found.due_at, found.said_at = found.due_at, bounds(to)[0], None
    session.flush()
    return before


def move_back(session: Session, pk: int, to: datetime) -> None:
    """Take a move back: it is shown as it was. The caller commits."""
    found = one_of_mine(session, pk)
    found.due_at, found.said_at = min(to, now()), now()
    session.flush()
