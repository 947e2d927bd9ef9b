"""A list as a calendar: its rows by a day or moment of theirs, a month or a week at a time, in the company's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, cast, func, select

from app.engine import policy, query, values
from app.engine.clock import local, now, today, zone
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import fields_of
from app.engine.periods import month
from app.engine.present import apply, value_of
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import Cell, cells, described
from app.web.charts import drilled
from app.web.listing import head
from app.web.look import look
from app.web.settable import settable

SPANS = {"month": _("Month"), "week": _("Week")}
MOST = {"month": 4, "week": 60}  # entries of a day before "more"
USUAL, DAY = 60, 24 * 60  # minutes: what an entry without an end takes up, and a whole day
FIRST, LAST = date(1900, 1, 1), date(2200, 1, 1)


def options(model: Any) -> list[tuple[str, str]]:
    """The days and moments that the actor may compare."""
    return [(n, described(model, n)["label"]) for n in policy.comparable(model) if described(model, n)["kind"] in ("day", "moment")]


def chosen(model: Any, asked: Asked) -> str:
    """The field of the address, else where the record's own period begins, else its first moment."""
    able, said = [n for n, _label in options(model)], dict(asked.look).get("by", "")
    usual = [*(first for first, _last in model.__periods__), *(n for n in able if described(model, n)["kind"] == "moment"), *able]
    if not able:
        raise Missing
    return said if said in able else next(n for n in usual if n in able)


def asked_day(asked: Asked) -> date:
    """The day the calendar stands at. Raises ``Refused`` for what is none."""
    day = values.day(dict(asked.look)["day"]) if dict(asked.look).get("day") else today()
    if not FIRST <= day < LAST:
        raise Refused(_("Write a day as 2026-11-20."))
    return day


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything the calendar needs; one query, beside those of every list."""
    model, by, base = view.model, chosen(view.model, asked), f"{view.base}/list"
    span = "week" if dict(asked.look).get("span") == "week" else "month"
    day = asked_day(asked)
    first, last = shown_days(day, span)
    before, after = (day - timedelta(7), day + timedelta(7)) if span == "week" else (month(day, -1), month(day, 1))
    found = entries(view, asked, by, first, last, MOST[span])
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    hours = span == "week" and described(model, by)["kind"] == "moment"
    clock = local(now())
    total, here = sum(n for n, _entries in found.values()), get_locale()
    shown_head = head(view, asked, f"{total:,}")
    return {
        "days": [
            {
                "iso": d.isoformat(), "number": d.day, "label": format_skeleton("MMMEd", d, locale=here), "today": d == today(),
                "out": span == "month" and d.month != day.month, "n": found.get(d, (0, []))[0], "entries": found.get(d, (0, []))[1],
                "url": asked.url(base, filters=[*asked.filters, *drilled(f"{by}:day", d.isoformat())], after=None,
                                 **dict.fromkeys(("as", "by", "span", "day"))),
            }
            for d in days
        ],
        "hours": [f"{h:02d}:00" for h in range(24)] if hours else [], "minute": clock.hour * 60 + clock.minute,
        "weekdays": [format_date(d, "EEE", locale=here) for d in days[:7]], "span": span, "by": by, "by_options": options(model),
        "calendar_title": format_skeleton("yMMMM", day, locale=here), "calendar_empty": not total,
        "before_url": asked.url(base, day=before.isoformat()), "after_url": asked.url(base, day=after.isoformat()),
        "today_url": asked.url(base, day=None), "at_today": first <= today() <= last and "day" not in dict(asked.look),
        "spans": [{"label": str(w), "url": asked.url(base, span=s if s != "month" else None), "on": s == span} for s, w in SPANS.items()],
        "move_url": asked.url(f"{view.base}/move/0", after=None, by=by),
    } | shown_head  # fmt: skip


def shown_days(day: date, span: str) -> tuple[date, date]:
    """The first and the last day that are drawn; weeks begin on Monday."""
    if span == "week":
        first = day - timedelta(day.weekday())
        return first, first + timedelta(6)
    first, last = month(day, 0), month(day, 1) - timedelta(1)
    return first - timedelta(first.weekday()), last + timedelta(6 - last.weekday())


def entries(view: Any, asked: Asked, by: str, first: date, last: date, most: int) -> dict[date, tuple[int, list[dict[str, Any]]]]:  # noqa: PLR0913, PLR0917
    """{day: (how many, the first of them)}. One query."""
    model, names = view.model, [n for n in look(view, asked).names if n != by][:3]
    column = fields_of(model)[by].column(model, by)
    day = cast(func.timezone(zone().key, column), Date) if described(model, by)["kind"] == "moment" else column
    wanted = [*asked.conditions(model), query.where(model, by, "ge", first.isoformat()), query.where(model, by, "le", last.isoformat())]
    place = func.row_number().over(partition_by=day, order_by=[column, model.id])
    there = func.count().over(partition_by=day)
    ranked = select(model.id, day.label("day"), place.label("at"), there.label("n")).where(*wanted).subquery()
    rows = select(ranked.c.day, ranked.c.n, model).join(ranked, ranked.c.id == model.id).where(ranked.c.at <= most)
    found: dict[date, tuple[int, list[dict[str, Any]]]] = {}
    for at, n, record in db.session.execute(rows.options(*query.loads(model, names)).order_by(ranked.c.day, ranked.c.at)):
        found.setdefault(at, (n, []))[1].append(entry(view, record, names, by))
    return found


def entry(view: Any, record: Any, names: list[str], by: str = "", levels: Any = None) -> dict[str, Any]:
    """A row in one line: what it is called, its colours and their words, and whether it may go to another day."""
    model = type(record)
    extra = [n for n in ("state", "attention") if n in fields_of(model)]
    *shown, = cells(record, [*names, *extra], levels)
    told: dict[str, Cell] = dict(zip(extra, shown[len(names) :], strict=True))
    state, rank = told.get("state"), told.get("attention")
    words = [c.shown for c in shown[: len(names)]] or [""]
    value = fields_of(model)[by].read(record, by) if by else None
    return {
        "id": record.id, "url": f"{view.base}/show/{record.id}", "peek": f"{view.base}/peek/{record.id}", "version": record.version,
        "title": words[0] or f"#{record.id}", "sub": " ".join(words[1:]),
        "time": f"{local(value):%H:%M}" if isinstance(value, datetime) else "",
        "span": lasting(record, by, value) if isinstance(value, datetime) else {},
        "tint": state.tint if state else "", "state": state.shown if state else "",
        "attention": (rank.raw if rank else "") or "", "attention_word": rank.shown if rank else "",
        "free": bool(by) and not model.__appended__ and settable(record, by),
    }  # fmt: skip


def lasting(record: Any, by: str, value: datetime) -> dict[str, Any]:
    """Where an entry stands among the hours of its day, in minutes; ``whole`` for what lasts a day or longer.

    An end that the actor may not read is none.
    """
    here = local(value)
    at = here.hour * 60 + here.minute
    last = next((last for first, last in type(record).__periods__ if first == by), "")
    _level, end = value_of(record, last) if last else (None, None)
    long = (end - value) / timedelta(minutes=1) if isinstance(end, datetime) and end > value else 0.0
    return {"at": here.replace(tzinfo=None).isoformat(), "from": at, "until": min(at + round(long or USUAL), DAY), "whole": long >= DAY}


def move(record: Any, by: str, sent: dict[str, str]) -> str:
    """Put an entry on another day, at the same time of day unless one is said; the end of its period goes along. Raises ``Refused``."""
    model = type(record)
    if by not in dict(options(model)) or model.__appended__:
        raise Forbidden
    asked, was = sent.get("to", "").strip(), fields_of(model)[by].read(record, by)
    if was is None:
        raise Refused(_("This entry has no day yet. Fill it in on its own page."))
    to = values.day(asked)
    hour = values.moment(asked) if isinstance(was, datetime) and len(asked) > len(str(to)) else None
    days = to - (local(was).date() if isinstance(was, datetime) else was)
    changes = {by: hour.isoformat() if hour else later(was, days)}
    for first, last in model.__periods__:
        end = fields_of(model)[last].read(record, last)
        if first == by and end is not None and settable(record, last):
            changes[last] = (end + (hour - was)).isoformat() if hour else later(end, days)
    apply(record, changes | {"version": sent.get("version")}, db.session)
    place = format_skeleton("MMMEd", to, locale=get_locale())
    return str(_("Moved to %(day)s.", day=f"{place} {local(hour):%H:%M}" if hour else place))


def later(value: Any, days: timedelta) -> str:
    """A day or moment so many days later; a moment keeps its time on the wall clock."""
    if not isinstance(value, datetime):
        return str(value + days)
    here = local(value)
    return datetime.combine(here.date() + days, here.time(), zone()).isoformat()
