"""Acting for somebody who came by a signed link: in one tenant, for one record, in the language they chose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request, session

from app.engine.current import acting
from app.engine.errors import Missing
from app.extensions import db
from app.web.links import opened


@contextmanager
def visiting(purpose: str, token: str, model: Any) -> Iterator[Any]:
    """The record a link names, with the rights of the link. Raises ``Missing`` for a bad link."""
    tenant, pk = opened(purpose, token)
    if request.args.get("lang") in ("zh", "en"):
        session["locale"] = request.args["lang"]
    db.session.remove()
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), all_tenants=False, trusted=f"link: {purpose}"):
        record = db.session.get(model, pk)
        if record is None:
            raise Missing
        yield record
        db.session.rollback()
    db.session.remove()
