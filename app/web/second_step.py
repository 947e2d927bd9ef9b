"""The second step of signing in: who knows the password and has a second factor is not in before the code is right."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, session
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.second import SecondFactor
from app.extensions import db
from app.web import locks

LASTS = 300  # seconds between the password and the code
KEPT = ("locale", "text", "contrast", "density")  # of the session, when its name changes
NEEDED = _("Type the six digits that your phone shows now, or a recovery code.")
WRONG = _("This code is wrong, or was used already. Wait for the next one.")


def factor_of(tenant: int, staff_id: int | None) -> SecondFactor | None:
    """A person's second factor, begun or in use."""
    mine = select(SecondFactor).where(SecondFactor.tenant_id == tenant, SecondFactor.staff_id == staff_id)
    found: SecondFactor | None = db.session.scalar(mine)
    return found


def holders(tenant: int) -> set[int]:
    """Who of a company has one in use."""
    query = select(SecondFactor.staff_id).where(SecondFactor.tenant_id == tenant, SecondFactor.confirmed_at.is_not(None))
    return set(db.session.scalars(query))


def met(member: Any, code: str | None) -> Any:
    """The member if nothing more is asked, or the code is right; else None, and ``g`` says what is missing.

    The caller holds the row of the credential, and commits.
    """
    factor = factor_of(member.tenant_id, member.staff_id)
    if factor is None or factor.confirmed_at is None:
        locks.passed(member)
        return member
    if code is None:
        g.second_step = {"tenant": member.tenant_id, "pk": member.id, "epoch": member.epoch}
        g.login_refusal = NEEDED
        return None
    if not spent(member, factor, code):
        g.second_step, g.login_refusal = None, locks.WORDS if locks.locked(member) else WRONG
        return None
    locks.passed(member)
    return member


def spent(member: Any, factor: SecondFactor, code: str) -> bool:
    """Use a code up, or count it as wrong. A recovery code goes into the trail."""
    if locks.locked(member):
        return False
    kind = factor.take(code)
    if not kind:
        locks.failed(member)
    if kind == "recovery":
        left = {"left": [None, len(factor.codes)]}
        db.session.add(AuditEntry(model="Staff", record_id=member.staff_id, made=0, action="recovery code used", changes=left))
    return bool(kind)


def asked() -> dict[str, Any] | None:
    """Who gave the right password in this request and owes the code."""
    found: dict[str, Any] | None = g.get("second_step")
    return found


def begin(who: dict[str, Any], address: str) -> None:
    """Remember who owes the code, in a session of a new name that is not signed in."""
    renamed({"second": who | {"until": int(now().timestamp()) + LASTS, "next": address}})


def waiting() -> dict[str, Any] | None:
    """Who owes the code in this session, unless it took too long."""
    found: dict[str, Any] | None = session.get("second")
    return found if found and found["until"] > now().timestamp() else None


def renamed(values: dict[str, Any]) -> None:
    """Go on in a session of a new name, so that a planted one is worth nothing."""
    kept = {k: session[k] for k in KEPT if k in session}
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]  # before it is empty: then it does nothing
    session.clear()
    session.update(kept, **values)
