"""The only clock. Moments are UTC; days are the days of the tenant's time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STANDARD = "Asia/Shanghai"  # where no tenant is known, and what a new one begins with
home: list[Callable[[], str]] = [lambda: STANDARD]  # the rule book says here where the acting tenant lives


def zone() -> ZoneInfo:
    """The acting tenant's time zone."""
    return ZoneInfo(home[0]())


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)  # noqa: TID251


def today() -> date:
    """The tenant's day."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """A moment as the tenant's wall clock shows it; a naive one is taken for the tenant's own time."""
    return moment.replace(tzinfo=zone()) if moment.tzinfo is None else moment.astimezone(zone())


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day and of the next one."""
    start = datetime.combine(day, time(), zone())
    return start, start + timedelta(days=1)
