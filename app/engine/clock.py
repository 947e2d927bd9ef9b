"""The only clock. Moments are UTC; days are the days of the tenant's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")  # where every tenant of today lives; Tenant.zone names another


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)  # noqa: TID251


def today() -> date:
    """The tenant's day."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """A moment as the tenant's wall clock shows it; a naive one is taken for the tenant's own time."""
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day and of the next one."""
    start = datetime.combine(day, time(), ZONE)
    return start, start + timedelta(days=1)
