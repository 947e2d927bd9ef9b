"""What the last check of a tenant's trail found, kept in Valkey: a second place, which nobody reaches through the database."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from app.engine.chain import Head, Report, verify
from app.engine.clock import now
from app.engine.current import acting, tenant_id
from app.extensions import db, store

KEPT, NAMED = 50, 20  # breaks, and entries of each, that are kept for the page


def check(*, full: bool = True) -> Report:
    """Check the acting tenant's chain, from the seal seen last or from the first one, and keep what was found."""
    before = kept()
    with acting(trusted="trail"):
        report = verify(db.session, witness(before), full=full)
        db.session.rollback()
    broken = [[b.seal, b.what, list(b.entries[:NAMED])] for b in report.breaks[:KEPT]]
    state = before or {"number": 0, "sha256": "", "upto": ""}
    known = [] if full else before.get("breaks", [])  # what one walk found, a short one behind it does not undo
    state["breaks"] = [*known, *(b for b in broken if b not in known)][:KEPT]
    state["full_at"] = now().isoformat() if full else before.get("full_at", "")
    if not state["breaks"]:  # a broken chain is no witness: what was whole last stays on record
        state |= {"number": report.head[0], "sha256": report.head[1]}
        state["upto"] = report.upto.isoformat() if report.upto else state["upto"]
    store().set(slot(), json.dumps(state))
    return report


def kept(tenant: int | None = None) -> dict[str, Any]:
    """The last finding about a tenant, the acting one if none is named, or nothing."""
    data: Any = store().get(slot(tenant))
    found: dict[str, Any] = json.loads(data) if data else {}
    return found


def witness(state: dict[str, Any]) -> Head | None:
    return (state["number"], state["sha256"]) if state.get("number") else None


def forget() -> None:
    """Believe the chain as it is now; for after a restored backup, which ends earlier."""
    store().delete(slot())


def slot(tenant: int | None = None) -> str:
    """Where it is kept: a restored copy beside the real database must not speak for it."""
    return f"jiahe:trail:{db.engine.url.database}:{tenant or tenant_id()}"


def upto(state: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(state["upto"]) if state.get("upto") else None
