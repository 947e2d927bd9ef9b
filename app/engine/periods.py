"""Days that move with today: this week, the last 30 days, birthdays soon. Weeks begin on Monday; days are the company's."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, extract, or_

from app.engine.clock import today
from app.engine.errors import Refused

FIXED = ("today", "yesterday", "tomorrow", "this_week", "last_week", "next_week", "this_month", "last_month", "next_month")
COUNTED = re.compile(r"(last|next|older)_([0-9]{1,4})")
YEAR = 365


def period(word: str) -> tuple[date | None, date | None]:
    """The first and the last day of ``this_week``, ``last_30``, ``next_30`` or ``older_30`` (more than 30 days ago). None is no end."""
    now = today()
    if counted := COUNTED.fullmatch(word):
        days = timedelta(days=int(counted[2]))
        return {"last": (now - days, now), "next": (now, now + days), "older": (None, now - days - timedelta(days=1))}[counted[1]]
    if word not in FIXED:
        raise Refused(_("There is no such period. Choose one from the list, such as this week or the last 30 days."))
    if "_" not in word:
        day = now + timedelta(days={"yesterday": -1, "today": 0, "tomorrow": 1}[word])
        return day, day
    which, unit = word.split("_")
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        first = now + timedelta(days=7 * step - now.weekday())
        return first, first + timedelta(days=6)
    first, after = month(now, step), month(now, step + 1)
    return first, after - timedelta(days=1)


def month(day: date, step: int) -> date:
    """The first day of the month so many months away."""
    years, number = divmod(day.month - 1 + step, 12)
    return date(day.year + years, number + 1, 1)


def days_of(text: Any) -> int:
    """How many days ahead a birthday is looked for."""
    if not str(text).isascii() or not str(text).isdecimal() or len(str(text)) > 4:
        raise Refused(_("Write a number of days, for example 7."))
    return int(text)


def around(days: int) -> tuple[int, int] | None:
    """From today for so many days, as month * 100 + day; None for the whole year.

    Who was born on a leap day has it on 28 February in other years.
    """
    if days >= YEAR:
        return None
    first, last = today(), today() + timedelta(days=days)
    leap_day = (last.month, last.day) == (2, 28) and not isleap(last.year)
    return first.month * 100 + first.day, 229 if leap_day else last.month * 100 + last.day


def yearly(column: Any, days: int) -> Any:
    """The days whose anniversary is near, in SQL; the turn of the year lies between December and January."""
    if (found := around(days)) is None:
        return column.is_not(None)
    first, last = found
    turns = extract("month", column) * 100 + extract("day", column)
    return (and_ if first <= last else or_)(turns >= first, turns <= last)


def in_yearly(held: date, days: int) -> bool:
    if (found := around(days)) is None:
        return True
    (first, last), turns = found, held.month * 100 + held.day
    return first <= turns <= last if first <= last else turns >= first or turns <= last
