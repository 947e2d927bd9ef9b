"""A program at the door with a token: who it acts for, with how much of that person's rights, and how often."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine.addresses import inside
from app.engine.audit import AuditEntry
from app.engine.clock import now
from app.engine.current import acting, current
from app.engine.errors import Forbidden, Refused
from app.engine.tokens import MARK, ApiToken, covers, number, same
from app.extensions import db, store
from app.web import enter

NOTED = 60  # seconds in which the same use, or the same refusal, is written down once
WINDOW = 60  # seconds that a rate is counted over


class Unsigned(Refused):
    """Nobody is known by what was sent."""

    status = 401
    message = _("Sign in first: this token is unknown.")


class TooOften(Refused):
    """The token was used more often than it may be."""

    status = 429


def carried() -> str:
    """The token of this request, or nothing: a JWT looks different."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return sent if sent.startswith(MARK) else ""


def bear(manager: Any, secret: str) -> None:
    """Act as the owner of a token, as far as it goes. ``manager`` knows the credentials.

    Raises:
        Unsigned: there is no such token, it ended, or its owner cannot sign in.
        Forbidden: it may not come from here, or not do this.
        TooOften: it came more often than it may.
    """
    pk = number(secret)
    tenant = db.session.scalar(select(func.token_tenant(pk))) if pk is not None else None
    db.session.rollback()
    if tenant is None:
        raise Unsigned
    enter.name_tenant(tenant)
    member = manager.user_model
    with acting(trusted="token"):
        found = db.session.execute(
            select(ApiToken, member.id, member.epoch)
            .join(member, (member.tenant_id == ApiToken.tenant_id) & (member.staff_id == ApiToken.owner_id))
            .where(ApiToken.id == pk)
        ).first()
        if found is None:
            raise Unsigned
        token, member_id, g.epoch = found
        if not same(secret, token.digest):
            refuse(token, "unknown", Unsigned())
        check(token)
        roles = frozenset(token.roles)
        used(token)
    user = manager.load_user(member_id)
    if user is None:
        with acting(trusted="token"):
            refuse(db.session.get(ApiToken, pk), "owner", Unsigned(_("Sign in first: the owner of this token cannot sign in.")))
    g.user = user
    enter.become(user, roles)


def check(token: ApiToken) -> None:
    """Refuse what ended, comes from elsewhere, comes too often, or asks for more than the token is for."""
    if token.state == "revoked":
        refuse(token, "revoked", Unsigned(_("Sign in first: this token was revoked.")))
    if token.state == "expired":
        refuse(token, "expired", Unsigned(_("Sign in first: this token expired on %(day)s.", day=token.expires_on.isoformat())))
    if not inside(token.addresses, request.remote_addr):
        refuse(token, "address", Forbidden(_("This token does not work from %(address)s.", address=request.remote_addr)))
    if counted(token) > token.rate:
        refuse(token, "rate", TooOften(_("This token may be used %(n)s times a minute. Wait a little.", n=token.rate)))
    table = request.path.removeprefix("/api/v1/").partition("/")[0]
    write, name = request.method not in enter.SAFE, table[:40]
    if not covers(token.scopes, table, write=write):
        changing, reading = _("This token may not change “%(table)s”.", table=name), _("This token may not read “%(table)s”.", table=name)
        refuse(token, "scope", Forbidden(changing if write else reading))


def counted(token: ApiToken) -> int:
    """How often the token came in this minute, this time included."""
    key = f"token:{token.digest}:{int(now().timestamp()) // WINDOW}"
    with store().pipeline() as pipe:
        pipe.incr(key)
        pipe.expire(key, 2 * WINDOW)
        return int(pipe.execute()[0])


def first_in_a_while(token: ApiToken, what: str) -> bool:
    key = f"token:{token.digest}:{what}:{request.remote_addr}"
    return bool(store().set(key, "1", nx=True, ex=NOTED))


def used(token: ApiToken) -> None:
    """Note when and from where, once a minute: past the mapper, since two requests at once must not meet in a version."""
    if not first_in_a_while(token, "used"):
        return
    table = ApiToken.__table__
    mine = (table.c.tenant_id == current().tenant_id, table.c.id == token.id)
    seen = {"last_used_at": now(), "last_used_from": request.remote_addr}
    db.session.connection().execute(table.update().where(*mine).values(seen))
    db.session.commit()


def refuse(token: Any, why: str, refusal: Refused) -> None:
    """Write the refusal into the trail, not more often than once a minute for each cause and address, and raise it."""
    if first_in_a_while(token, f"refused-{why}"):
        changes = {"why": [None, why], "address": [None, request.remote_addr], "asked": [None, f"{request.method} {request.path}"[:120]]}
        db.session.add(AuditEntry(model="ApiToken", record_id=token.id, made=0, action="token refused", changes=changes))
        db.session.commit()
    raise refusal
