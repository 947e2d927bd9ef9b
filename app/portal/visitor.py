"""Acting for somebody who came by a signed link: in one tenant, for one record, in the language they chose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import request, session
from flask_babel import lazy_gettext as _

from app.engine.clock import local, today
from app.engine.current import acting
from app.engine.errors import Missing
from app.extensions import db
from app.web.links import opened

OLD = _("This link is too old, or was not copied whole. Ask the office for a new one.")


@contextmanager
def visiting(purpose: str, token: str, model: Any) -> Iterator[Any]:
    """The record a link names, with the rights of the link. Raises ``Missing`` for a bad link."""
    if request.args.get("lang") in ("zh", "en"):
        session["locale"] = request.args["lang"]
    try:
        tenant, pk = opened(purpose, token)
    except Missing:
        raise Missing(OLD) from None
    db.session.remove()
    try:
        nobody: dict[str, Any] = {"actor_id": None, "store_id": None, "roles": frozenset(), "all_tenants": False}
        with acting(tenant_id=tenant, trusted=f"link: {purpose}", **nobody):
            record = db.session.get(model, pk)
            if record is None:
                raise Missing(OLD)
            yield record
            db.session.rollback()
    finally:
        db.session.remove()


def day(moment: datetime) -> str:
    """A day as a family says it."""
    there = local(moment).date()
    distance = (there - today()).days
    return str({-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get(distance, f"{there:%m-%d}"))


def span(starts_at: datetime, ends_at: datetime | None) -> str:
    """``today 10:30–12:00``, or the two days of a longer service."""
    start, end = local(starts_at), local(ends_at or starts_at)
    if start.date() == end.date():
        return f"{day(starts_at)} {start:%H:%M}–{end:%H:%M}"
    return f"{start:%m-%d %H:%M} – {end:%m-%d %H:%M}"

