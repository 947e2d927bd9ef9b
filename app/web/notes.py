"""Notes and things to do as people meet them: in a record's timeline, on its form, by REST, and on the home page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.clock import today
from app.engine.current import current
from app.engine.notes import MOST, TARGET, RecordNote, due, kept, need, write
from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.present import label
from app.engine.record import record_named
from app.engine.rules import Level
from app.extensions import db
from app.web.cells import moment, shown

WHERE = _("%(kind)s: open its page to read it.")
SUBSCRIPTIONS.extend((
    Subscription("record_note.mention", "mentioned", "bell", _("%(who)s mentioned you"), WHERE),
    Subscription("record_note.given", "given", "bell", _("%(who)s gave you something to do by %(day)s"), WHERE),
))  # fmt: skip
DUE = {"late": _("Past due"), "today": _("Today"), "soon": _("Tomorrow")}
TINTS = {"late": "bad", "today": "wait", "soon": "plan", "later": "plan"}


def left(record: Any, sent: dict[str, Any]) -> tuple[RecordNote, list[str]]:
    """Leave the note that a form or JSON sends; the caller commits. Returns it, and whom it calls in vain."""
    return write(db.session, record, str(sent.get("text") or ""), str(sent.get("due_on") or ""), str(sent.get("for") or ""))


def context(record: Any) -> dict[str, Any]:
    """What the timeline of a record's page needs; one query, and none for whoever may not read notes."""
    has = policy.part(record, TARGET)
    found = lines(record) if has >= Level.READ else []
    staff, table = record_named("staff"), type(record).__tablename__
    return {
        "notes": found, "todo": sorted((n for n in found if n["due_on"] and not n["done"]), key=lambda n: n["due_on"]),
        "can_note": has >= Level.FILL, "can_unnote": has == Level.WRITE, "notes_url": f"/{table}/notes/{record.id}",
        "people_url": f"/{staff.__tablename__}/lookup" if policy.opens(staff) else "", "notes_more": len(found) == MOST,
        "today": today().isoformat(),
    }  # fmt: skip


def lines(record: Any, *extra: Any) -> list[dict[str, Any]]:
    """The notes of a record, ready to be shown. Raises ``Forbidden``."""
    need(record, Level.READ)
    has = policy.part(record, TARGET)
    return [described(record, has, *row) for row in kept(db.session, record, *extra)]


def described(record: Any, has: Level, note: RecordNote, author: Any, doer: Any) -> dict[str, Any]:
    return {
        "id": note.id, "text": note.text, "when": note.created_at, "at": moment(note.created_at), "who": label(author) if author else "",
        "due_on": note.due_on.isoformat() if note.due_on else None, "day": shown("day", note.due_on) if note.due_on else "",
        "for": label(doer) if doer else "", "for_id": note.for_id, "done": note.done_at is not None,
        "done_at": moment(note.done_at) if note.done_at else "", "state": state(note), "word": str(DUE.get(state(note), "")),
        "tint": TINTS.get(state(note), "done"), "note": True,
        "can_finish": note.due_on is not None and (has >= Level.FILL or note.for_id == current().actor_id),
        "url": f"/{type(record).__tablename__}/note/{record.id}/{note.id}",
    }  # fmt: skip


def state(note: RecordNote) -> str:
    """Where something to do stands: ``late``, ``today``, ``soon`` or ``later``; nothing when it is done, or is a note alone."""
    if note.due_on is None or note.done_at is not None:
        return ""
    day = today()
    if note.due_on <= day:
        return "today" if note.due_on == day else "late"
    return "soon" if note.due_on == day + timedelta(days=1) else "later"


def as_json(line: dict[str, Any]) -> dict[str, Any]:
    """A note for programs; a thing to do says by when, whose it is, and whether it is done."""
    made = {"id": line["id"], "text": line["text"], "at": line["when"].isoformat(), "by": line["who"]}
    more = {"due_on": line["due_on"], "for": {"id": line["for_id"], "label": line["for"]} if line["for_id"] else None, "done": line["done"]}
    return made | more if line["due_on"] else made


def one_json(record: Any, pk: int) -> dict[str, Any]:
    return as_json(lines(record, RecordNote.id == pk)[0])


def timeline(changes: list[dict[str, Any]], notes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes of the trail and notes together, newest first."""
    return sorted([*changes, *notes], key=lambda line: line["when"], reverse=True)


def mine() -> list[dict[str, Any]]:
    """What is mine to do until in a week, as a list of the home page; nothing when there is none."""
    found = due(db.session)
    made = [
        {
            "text": note.text.splitlines()[0][:90], "sub": f"{label(record)} · {type(record).__label__}",
            "url": f"/{type(record).__tablename__}/show/{record.id}", "tint": TINTS[state(note)],
            "state": DUE.get(state(note)) or shown("day", note.due_on),
            "done_url": f"/{type(record).__tablename__}/note/{record.id}/{note.id}/done",
        }
        for note, record in found
    ]  # fmt: skip
    return [{"title": _("My things to do"), "rows": made, "empty": "", "more_url": ""}] if made else []

