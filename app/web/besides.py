"""What stands beside a record besides its own cells: related rows in its timeline, and those that are fetched when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.engine import policy, query
from app.engine.present import label
from app.engine.record import record_named
from app.extensions import db
from app.web.cells import cell, described

KEPT = 30
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Talk:
    """Records that are lines of another one's timeline: when, what it was, what was said, and what else is worth a word."""

    table: str
    link: str
    when: str
    what: str
    said: str
    more: tuple[str, ...] = ()


def actions(view: Any, record: Any) -> list[dict[str, str]]:
    """The buttons beside the title; one that makes a record is there for whoever may make it."""
    found = []
    for words, url, icon in view.actions:
        table, _slash, what = url.lstrip("/").partition("/")
        if not what.startswith("add") or policy.may(record_named(table), "can:add"):
            found.append({"label": str(words), "url": url.format(id=record.id), "icon": icon})
    return found


def at_once(view: Any) -> list[tuple[str, str]]:
    """The related lists that a page brings along; what stands elsewhere on it is not brought twice."""
    elsewhere = {*view.blocks, *view.later}
    return [pair for pair in dict.fromkeys([*view.related, *view.inline]) if pair not in elsewhere]


def later(view: Any, record: Any) -> list[dict[str, Any]]:
    """The tabs that are fetched when opened, each with the number of its rows: one statement for all."""
    found = []
    for table, link in view.later:
        model = record_named(table)
        if policy.opens(model) and policy.comparable(model, [link]):
            counted = select(func.count()).select_from(model).where(query.where(model, link, "eq", record.id)).scalar_subquery()
            found.append((table, link, model, counted))
    counts = db.session.execute(select(*(one[3] for one in found))).one() if found else ()
    return [
        {
            "tab": f"of-{table}-{link}", "label": str(model.__plural__ or model.__label__), "count": count,
            "url": f"{view.base}/related/{record.id}/{table}/{link}", "more_url": f"/{table}/list?{link}={record.id}",
        }
        for (table, link, model, _counted), count in zip(found, counts, strict=True)
    ]  # fmt: skip


def talks(view: Any, record: Any) -> list[dict[str, Any]]:
    """The lines of the timeline that are records of their own, newest first; one statement for each kind."""
    return [line for talk in view.talks for line in told(talk, record)]


def told(talk: Talk, record: Any) -> list[dict[str, Any]]:
    model, staff = record_named(talk.table), aliased(record_named("staff"))
    if not policy.opens(model) or policy.comparable(model, [talk.link, talk.when]) != [talk.link, talk.when]:
        return []
    column = getattr(model, talk.when)
    asked = select(model, staff).where(query.where(model, talk.link, "eq", record.id))
    asked = asked.outerjoin(staff, staff.id == model.created_by).order_by(column.desc(), model.id.desc())
    rows = db.session.execute(asked.limit(KEPT)).all()
    return [
        {
            "at": cell(one, talk.when).shown, "when": stands(getattr(one, talk.when), one.created_at), "talk": True,
            "who": label(person) if person else "",
            "verb": cell(one, talk.what).shown or str(model.__label__), "action": "talk", "url": f"/{talk.table}/show/{one.id}",
            "text": " · ".join(w for w in (cell(one, talk.said).shown, *(worded(one, n) for n in talk.more)) if w), "changes": [],
        }
        for one, person in rows
    ]  # fmt: skip


def stands(when: datetime, written: datetime) -> datetime:
    """Where a talk stands among what else happened: one that was written down within the hour, where it was written."""
    return written if timedelta(0) <= written - when < HOUR else when


def worded(record: Any, name: str) -> str:
    """A cell with its label, when it holds something that the actor may read."""
    word = cell(record, name).shown
    return f"{described(type(record), name)['label']}: {word}" if word else ""
