"""The same period before, and a year ago: which days those are, and which bar stands beside which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from app.engine import values
from app.engine.clock import today
from app.engine.conditions import Leaf
from app.engine.periods import month, period

BEFORE, YEAR = "before", "year"
MOVED = ("eq", "ge", "gt", "le", "lt", "bt", "when")  # conditions on a time that move with the period
DAY = timedelta(days=1)
MONTHS = {"month": 1, "year": 12}
WHOLE = len("2026-11-22")


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last one; None is no end."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier days, and how far back they lie: so many months, or so many days."""

    span: Span
    months: int = 0
    days: int = 0

    def later(self, key: str) -> str | None:
        """The place of an earlier day, month or year among those of now; None where no single one fits.

        31 October, a month on, is the 31st of November: a place of its own, so that nothing is left out or added to another day.
        """
        if self.months and (len(key) > len("2026") or not self.months % 12):
            first = month(date(int(key[:4]), int(key[5:7] or 1), 1), self.months)
            return f"{first:%Y-%m-%d}"[: min(len(key), 7)] + key[7:]
        if self.days and len(key) == WHOLE:
            return str(date.fromisoformat(key) + self.days * DAY)
        return None


def span(leaves: Iterable[Leaf]) -> Span | None:
    """The days that conditions on one time name together; None where they cut a day in two."""
    firsts, lasts = list[date](), list[date]()
    for leaf in leaves:
        if leaf.how == "when":
            first, last = period(leaf.value)
        else:
            texts = leaf.value.split(",")
            if any(len(text) != WHOLE for text in texts):
                return None
            days = [values.day(text) for text in texts]
            first, last = ends(leaf.how, days[0], days[-1])
        firsts += [first] if first else []
        lasts += [last] if last else []
    return Span(max(firsts, default=None), min(lasts, default=None))


def ends(how: str, first: date, last: date) -> tuple[date | None, date | None]:
    return {
        "eq": (first, first), "bt": (first, last), "ge": (first, None), "gt": (first + DAY, None), "le": (None, last),
        "lt": (None, last - DAY),
    }[how]  # fmt: skip


def earlier(now: Span, than: str, form: str) -> Earlier:
    """The period to compare with. Whole months go back by months, other periods by their days.

    Where no beginning is named, each day, month or year has the one before it beside it.
    """
    if than == YEAR:
        return Earlier(back(now, 12), months=12)
    if now.first is None:
        months = MONTHS.get(form, 0)
        return Earlier(back(now, months), months=months) if months else Earlier(by_days(now, 1), days=1)
    now = Span(now.first, now.last or max(now.first, end(today(), form)))
    if whole(now):
        months = count(now)
        return Earlier(back(now, months), months=months)
    days = (now.last - now.first).days + 1  # type: ignore[operator]
    return Earlier(by_days(now, days), days=days)


def end(day: date, form: str) -> date:
    """The last day of the month or year that a day is in, or the day."""
    if form not in MONTHS:
        return day
    return month(day if form == "month" else day.replace(month=12, day=1), 1) - DAY


def whole(span: Span) -> bool:
    return span.first is not None and span.last is not None and span.first.day == 1 and (span.last + DAY).day == 1


def count(span: Span) -> int:
    first, last = span.first, span.last
    return (last.year - first.year) * 12 + last.month - first.month + 1  # type: ignore[union-attr]


def back(span: Span, months: int) -> Span:
    """The last day of a month goes to the last day of the other one."""
    return Span(*(None if day is None else moved(day, -months) for day in (span.first, span.last)))


def moved(day: date, months: int) -> date:
    there = month(day, months)
    last = month(there, 1) - DAY
    return last if (day + DAY).day == 1 and day.day > 1 else there.replace(day=min(day.day, last.day))


def by_days(span: Span, days: int) -> Span:
    return Span(*(None if day is None else day - days * DAY for day in (span.first, span.last)))


def between(form: str, first: date, last: date, most: int) -> list[str]:
    """Every day, month or year of a span as its key; none when there are more than ``most``."""
    made, at = list[str](), first
    while at <= last and len(made) <= most:
        made.append({"day": f"{at:%Y-%m-%d}", "month": f"{at:%Y-%m}", "year": f"{at:%Y}"}[form])
        at = at + DAY if form == "day" else month(at, MONTHS[form]) if form == "month" else date(at.year + 1, 1, 1)
    return made if len(made) <= most else []


def opens(key: str) -> date:
    """The first day of a key."""
    return date.fromisoformat((key + "-01-01")[:WHOLE])


def closes(key: str) -> date:
    """The last day of a key."""
    return end(opens(key), {4: "year", 7: "month"}.get(len(key), "day"))


def paired(now: Iterable[str], then: Iterable[str], by: Earlier) -> list[tuple[str | None, str | None]]:
    """The keys of now and of then that stand beside each other, in the order of time; None where one has no partner."""
    here, there = sorted(now), {k: by.later(k) for k in sorted(then)}
    if any(place is None for place in there.values()):
        return list(zip_longest(here, there))
    places = {place: k for k, place in there.items()}
    known = set(here)
    return [(p if p in known else None, places.get(p)) for p in sorted({*known, *places}, key=str)]
