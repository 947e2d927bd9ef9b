"""An import taken back: what it made is removed, what it changed is put back, unless somebody touched it since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine import present
from app.engine.current import trusted
from app.engine.errors import Refused
from app.engine.fields import fields_of

BATCH = 200
REASON = "undo of an import"  # trusted: whoever made the rows may take them back, even where he may delete no others


def take_back(session: Session, model: Any, journal: list[Any], progress: Callable[[int], None]) -> tuple[int, int, list[tuple[int, str]]]:
    """Undo the rows of a journal, the last first. Returns how many were removed and put back, and which stay, and why.

    The caller has checked whose import it was, and commits.
    """
    removed = restored = 0
    stay: list[tuple[int, str]] = []
    journal = journal[::-1]  # noqa: FURB187  # the caller keeps his
    with trusted(REASON):
        for start in range(0, len(journal), BATCH):
            part = {pk: (version, before) for pk, version, before in journal[start : start + BATCH]}
            kept = {r.id: r for r in session.scalars(select(model).where(model.id.in_(part)))}
            fit = []
            for pk, (version, before) in part.items():
                if pk not in kept:
                    stay.append((pk, str(_("It is gone already."))))
                elif kept[pk].version != version:
                    stay.append((pk, str(_("It was changed since."))))
                else:
                    fit.append((kept[pk], before))
            if not attempt(session, model, fit):
                for pair in fit[:]:
                    if not attempt(session, model, [pair]):
                        fit.remove(pair)
                        stay.append((pair[0].id, str(_("Other records point to it."))))
            removed += sum(before is None for _record, before in fit)
            restored += sum(before is not None for _record, before in fit)
            progress(min(start + BATCH, len(journal)))
    return removed, restored, stay


def attempt(session: Session, model: Any, pairs: list[tuple[Any, dict[str, Any] | None]]) -> bool:
    inner = session.begin_nested()
    try:
        for record, before in pairs:
            if before is None:
                session.delete(record)
            for name, value in (before or {}).items():
                fields_of(model)[name].write(record, name, present.parsed(model, name, value, session))
        session.flush()
    except (IntegrityError, Refused):
        inner.rollback()
        return False
    inner.commit()
    return True
