"""A record's children as rows of its own form: added, changed and removed together with it, all or nothing.

Each row goes through ``apply`` like a record that is saved alone. A row is known by its id, or by any word while it is new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.engine import query
from app.engine.errors import Conflict, Forbidden, Invalid, Missing, Refused
from app.engine.fields import fields_of
from app.engine.present import apply
from app.engine.record import record_named

PREFIX, GONE = "line", "__remove"
Rows = dict[str, dict[str, dict[str, Any]]]  # table -> row -> what was sent of it
Words = Callable[[Any], Refused]  # of an error of the database


def name_of(table: str, row: str, name: str) -> str:
    """How a cell is called among the inputs of its parent's form, and among what is wrong."""
    return f"{PREFIX}:{table}:{row}:{name}"


def read(sent: dict[str, Any]) -> tuple[dict[str, Any], Rows]:
    """What was sent of the record itself, and of its rows."""
    own, rows = dict[str, Any](), Rows()
    for key, value in sent.items():
        parts = key.split(":", 3)
        if parts[0] == PREFIX and len(parts) == 4:
            rows.setdefault(parts[1], {}).setdefault(parts[2], {})[parts[3]] = value
        else:
            own[key] = value
    return own, rows


def save(record: Any, sent: dict[str, Any], rows: Rows, inline: list[tuple[str, str]], session: Session, words: Words) -> Any:  # noqa: PLR0913, PLR0917
    """Keep a record and its rows; the caller commits, or rolls back what raised.

    Raises:
        Invalid: naming every field of the record, and every cell of its rows, that is wrong.
        Forbidden: something of it is not the actor's to do.
        Conflict: somebody changed the record meanwhile.
    """
    links, wrong = dict(inline), dict[str, Any]()
    if unknown := set(rows) - set(links):
        raise Forbidden(_("No such field, or not yours to set: %(names)s", names=", ".join(sorted(unknown))))
    try:
        apply(record, sent, session)
    except Invalid as refused:
        wrong |= refused.fields
    if record.id is None and not wrong:
        session.add(record)
    with session.no_autoflush:
        if not wrong and any(rows.values()):
            session.flush()
        for table, given in rows.items():
            for row, data in sorted(given.items(), key=lambda pair: (not pair[1].get(GONE), not pair[0].isdecimal())):
                found = one(record, record_named(table), links[table], row, dict(data), session)
                if not wrong and not found:
                    found = flushed(session, words)
                wrong |= {name_of(table, row, n): w for n, w in found.items()}
    if wrong:
        raise Invalid(wrong)
    return record


def one(parent: Any, model: Any, link: str, row: str, data: dict[str, Any], session: Session) -> dict[str, Any]:  # noqa: PLR0913, PLR0917
    """Set one row, not yet written; returns what is wrong with its cells, or under "" with the row as such."""
    data.pop(link, None)
    gone, new = data.pop(GONE, None) in (True, "1"), not row.isdecimal()
    child = model() if new else query.find(session, model, row)
    if child is None or (not new and (parent.id is None or getattr(child, fields_of(model)[link].via) != parent.id)):  # type: ignore[attr-defined]
        return {"": Missing.message}
    if gone:
        return {} if new else removed(child, data.get("version"), session)
    if new and parent.id is not None:
        data[link] = parent.id
    try:
        apply(child, data, session)
    except Conflict as refused:
        return {"": " ".join([str(Conflict.message), *(f"{d['label']}: {said(d['now'])}." for d in refused.difference)])}
    except Invalid as refused:
        return {n: w for n, w in refused.fields.items() if n != link}
    if new and parent.id is not None:
        session.add(child)
    return {}


def removed(child: Any, version: Any, session: Session) -> dict[str, Any]:
    """Let a row go, unless somebody has changed it since it was looked at."""
    if str(version or child.version) != str(child.version):
        return {"": Conflict.message}
    session.delete(child)
    return {}


def said(value: Any) -> str:
    return str(value.get("label", "") if isinstance(value, dict) else "" if value is None else value)


def flushed(session: Session, words: Words) -> dict[str, Any]:
    """Write what stands so far; returns what a rule or the database has against the last row."""
    try:
        session.flush()
    except Forbidden:
        raise
    except Refused as refused:
        return refused.fields if isinstance(refused, Invalid) else {"": refused.args[0]}
    except (IntegrityError, DataError) as error:
        return {"": words(error).args[0]}
    return {}
