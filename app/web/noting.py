"""What goes into the trail although no record changed: who came and went, and who was turned away."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from flask import Flask, Response, has_request_context, request
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.engine import audit
from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import acting, current
from app.engine.record import record_named
from app.extensions import db, store

log = logging.getLogger(__name__)
MINUTE = 60


def watch(app: Flask) -> None:
    """Note every refusal, however it came about, and let each entry know the caller's address."""
    audit.caller[:] = [lambda: request.remote_addr if has_request_context() else None]
    app.after_request(refused)


def coming(member: Any, action: str) -> None:
    """Note a sign-in, or a try, in the transaction of its own count; the caller commits."""
    known = action == "login"
    if action == "login_failed" and member.locked_until and member.locked_until > now() and not seldom(f"locked:{member.id}"):
        return  # whoever knocks at a locked door all day fills no book
    way = "api" if request.path.startswith("/api/") else "page"
    db.session.add(
        AuditEntry(
            model="Staff", record_id=member.staff_id or 0, made=0, action=action, changes={"way": way},
            created_by=member.staff_id if known else None, owner_id=member.staff_id if known else None,
        )
    )  # fmt: skip


def failing(member: Any, locked: bool) -> None:  # noqa: FBT001
    """Note a wrong password, and the lock that it closed."""
    coming(member, "locked" if locked else "login_failed")


def leaving() -> None:
    """Note that somebody signs out, and commit."""
    if (me := current().actor_id) is not None:
        with acting(trusted="logout", all_tenants=False):
            db.session.add(AuditEntry(model="Staff", record_id=me, made=0, action="logout", changes={}))
            db.session.commit()


def refused(answer: Response) -> Response:
    """Note a 403, once a minute for each person and address. What was asked for goes in, values do not."""
    who = current()
    if answer.status_code != 403 or who.actor_id is None:
        return answer
    path = request.path[:200]
    if not seldom(f"{who.tenant_id}:{who.actor_id}:{request.method}:{hashlib.sha256(path.encode()).hexdigest()[:20]}"):
        return answer
    changes: dict[str, Any] = {"method": request.method, "path": path}
    if names := sorted({name[:40] for name in request.args})[:10]:
        changes["names"] = names
    model, pk = meant(path)
    try:
        db.session.rollback()
        with acting(trusted="refused", all_tenants=False, read_only=False):
            db.session.add(AuditEntry(model=model, record_id=pk, made=0, action="refused", changes=changes))
            db.session.commit()
    except SQLAlchemyError:  # the refusal holds, noted or not
        log.exception("refused: %s %s", request.method, path)
        db.session.rollback()
    return answer


def meant(path: str) -> tuple[str, int]:
    """The kind of record and the row that an address is about."""
    parts = [p for p in path.split("/") if p]
    model = record_named(parts[2] if parts[:2] == ["api", "v1"] and len(parts) > 2 else parts[0] if parts else "")
    pk = (request.view_args or {}).get("pk", 0)
    fits = model is not None and not model.__platform__
    return (model.__name__, pk if isinstance(pk, int) and pk < 2**31 else 0) if fits else ("", 0)


def seldom(what: str) -> bool:
    """Whether this is the first time within a minute. Without Valkey every time is: too much said is better than too little."""
    try:
        return bool(store().set(f"jiahe:noted:{what}", "1", nx=True, ex=MINUTE))
    except RedisError:
        return True
