"""Where a person is signed in: each session has an entry in the store, and ends with it, whatever its cookie says."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from flask import current_app, flash, redirect, request, session
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import current
from app.engine.errors import Missing
from app.extensions import db, store
from app.web.cells import moment
from app.web.devices import device
from app.web.screen import Screen, allowed

NOTED = 60  # seconds between two notes that a session was seen


def entry_key(member_id: int, ref: str) -> str:
    return f"signed-in:{member_id}:{ref}"


def index_key(member_id: int) -> str:
    return f"signed-in:{member_id}"


def life() -> int:
    return int(current_app.permanent_session_lifetime.total_seconds())


def begin(member: Any) -> None:
    """Give the session that was just signed in its entry."""
    signed_in(member)  # clears away the names of those that ended by themselves
    session["ref"], session["since"] = secrets.token_urlsafe(16), int(now().timestamp())
    note(member.id, new=True)


def lend(member_id: int, epoch: int, address: str, seconds: int) -> dict[str, Any]:
    """What a session made by hand must hold to count as signed in, for a short time: the proof looks around with it."""
    ref, seen = f"lent-{secrets.token_urlsafe(16)}", int(now().timestamp())
    said = {"agent": "", "address": address, "since": seen, "seen": seen, "epoch": epoch}
    store().set(entry_key(member_id, ref), json.dumps(said), ex=seconds)
    return {"ref": ref, "since": seen, "noted": [seen, address, epoch]}


def note(member_id: int, *, new: bool = False) -> bool:
    """Write down that this session was seen, now and here. False when it has been ended."""
    here, seen = request.remote_addr, int(now().timestamp())
    agent = (request.user_agent.string or "")[:300]
    said = {"agent": agent, "address": here, "since": session["since"], "seen": seen, "epoch": session.get("epoch")}
    with store().pipeline() as pipe:
        pipe.set(entry_key(member_id, session["ref"]), json.dumps(said), xx=not new, ex=life())  # never brings an ended one back
        pipe.sadd(index_key(member_id), session["ref"])
        pipe.expire(index_key(member_id), life())
        there = pipe.execute()[0]
    session["noted"] = [seen, here, session.get("epoch")]
    return bool(there)


def alive(member_id: int) -> bool:
    """Whether this session has not been ended. Asked of the store in each request."""
    ref, noted = session.get("ref"), session.get("noted") or [0, "", 0]
    if not ref:
        return False
    if now().timestamp() - noted[0] < NOTED and noted[1:] == [request.remote_addr, session.get("epoch")]:
        return bool(store().exists(entry_key(member_id, ref)))
    return note(member_id)


def end(member_id: int, ref: str) -> bool:
    """End one session. False when there is none of this name."""
    store().srem(index_key(member_id), ref)
    return bool(store().delete(entry_key(member_id, ref)))


def signed_in(member: Any) -> list[dict[str, Any]]:
    """Where a person is signed in now, the latest first. What another epoch opened is over."""
    refs = sorted(r.decode() if isinstance(r, bytes) else r for r in store().smembers(index_key(member.id)))
    read = dict(zip(refs, entries(member.id, refs), strict=True))
    if gone := [ref for ref, raw in read.items() if raw is None]:
        store().srem(index_key(member.id), *gone)
    found = [json.loads(raw) | {"ref": ref} for ref, raw in read.items() if raw]
    return sorted((e for e in found if e["epoch"] == member.epoch), key=lambda e: -e["seen"])


def when(seconds: int) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC))


def entries(member_id: int, refs: list[str]) -> list[Any]:
    return list(store().mget([entry_key(member_id, r) for r in refs])) if refs else []


def keep_only_this(member: Any) -> None:
    """End every other session and token of a person, and go on here under a new name; commits."""
    member.epoch = (member.epoch or 0) + 1
    db.session.commit()
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    session["epoch"] = member.epoch
    note(member.id)


def held(member_class: Any) -> Any:
    """The actor's own credential, locked until the commit."""
    return db.session.scalars(select(member_class).where(member_class.id == current_user.id).with_for_update(of=member_class)).one()


class SessionsScreen(Screen):
    """``/account/sessions``."""

    @expose("/account/sessions")
    @allowed()
    def sessions(self) -> Any:
        rows = [
            {
                "ref": e["ref"], "device": device(e["agent"]), "address": e["address"], "own": e["ref"] == session.get("ref"),
                "since": when(e["since"]), "seen": when(e["seen"]),
            }
            for e in signed_in(current_user)
        ]  # fmt: skip
        return self.render("sessions.html", sessions=rows, page_title=_("Where I am signed in"))

    @expose("/account/sessions/end/<ref>", methods=["POST"])
    @allowed()
    def end_one(self, ref: str) -> Any:
        if not end(current_user.id, ref[:40]):
            raise Missing
        written()
        flash(_("Ended."), "success")
        return redirect("/account/sessions")

    @expose("/account/sessions/others", methods=["POST"])
    @allowed()
    def end_others(self) -> Any:
        written(commit=False)
        keep_only_this(held(type(current_user._get_current_object())))
        flash(_("Everybody else who was signed in with your name is signed out."), "success")
        return redirect("/account/sessions")


def written(*, commit: bool = True) -> None:
    db.session.add(AuditEntry(model="Staff", record_id=current().actor_id, made=0, action="sessions ended", changes={}))
    if commit:
        db.session.commit()
