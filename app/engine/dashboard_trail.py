"""The trail of dashboards that are for others: what somebody changed of one or of its tiles, before and after."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.engine.audit import AuditEntry
from app.engine.current import trusted
from app.engine.record import record_named
from app.engine.views import MINE

CHANGED = "dashboard"  # the word of the trail
BOARD = ("name", "audience", "role", "store_id", "first")
TILE = ("title", "kind", "model", "question", "look", "width", "target", "less", "place")


def state(session: Session, kept: Any) -> dict[str, Any]:
    """What the trail compares of a dashboard or a tile; nothing of one that is not there yet."""
    if kept.id is None:
        return {}
    board = hasattr(kept, "audience")
    made = {n: getattr(kept, n) for n in (BOARD if board else TILE)}
    if board:
        made["store"] = name_of(session, made.pop("store_id")) if kept.audience == "store" else None
    else:
        made |= {"target": None if made["target"] is None else f"{made['target'].normalize():f}", "place": made["place"] + 1}
    return made


def name_of(session: Session, store: int | None) -> str | None:
    """A store by its name: the trail tells what it was called then."""
    with trusted("trail"):
        found = session.get(record_named("store"), store) if store else None
    return str(found) if found is not None else None


def tell(session: Session, board: Any, before: dict[str, Any], now: dict[str, Any], tile: str = "") -> None:
    """Append what changed, unless the dashboard is and was its owner's alone."""
    names = dict.fromkeys([*before, *now])
    changes = {n: [before.get(n), now.get(n)] for n in names if before.get(n) != now.get(n) and (before.get(n), now.get(n)) != (None, "")}
    if changes and {before.get("audience", MINE), board.audience} != {MINE}:
        reason = f"{board.name} · {tile}" if tile else board.name
        session.add(AuditEntry(model="Dashboard", record_id=board.id, made=board.version, action=CHANGED, reason=reason, changes=changes))
        session.flush()
