"""One's own tokens for programs, and for administrators everybody's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import policy
from app.engine.addresses import networks
from app.engine.audit import AuditEntry
from app.engine.clock import now, today
from app.engine.current import current, tenant_id
from app.engine.errors import Invalid, Missing, Refused
from app.engine.record import record_named, records
from app.engine.rules import role_names
from app.engine.tokens import EVERYTHING, ApiToken
from app.extensions import db
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, allowed, has_role

LONGEST = timedelta(days=365)
RATE, MOST_RATE, MOST_LIVE = 60, 6000, 50
ADMIN = has_role("admin")
STATES = {"live": _("In use"), "expired": _("Expired"), "revoked": _("Revoked")}


class TokensScreen(Screen):
    """``/account/tokens``. A token is shown once, to the person who made it, and kept nowhere."""

    @expose("/account/tokens", methods=["GET", "POST"])
    @allowed()
    def tokens(self) -> Any:
        if request.method == "GET":
            return page("tokens.html", **context())
        try:
            token, secret = make(request.form)
        except Refused as refused:
            db.session.rollback()
            wrong = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
            return page("tokens.html", refused.status, **context() | {"wrong": wrong, "error": str(refused), "sent": request.form})
        return page("tokens.html", secret={"name": token.name, "value": secret}, **context())

    @expose("/account/tokens/all")
    @allowed(ADMIN)
    def everybodys(self) -> Any:
        return page("tokens.html", **context(everybody=True))

    @expose("/account/tokens/revoke/<int:pk>", methods=["POST"])
    @allowed()
    def revoke(self, pk: int) -> Any:
        """One's own; an administrator, anybody's of the company."""
        wanted = select(ApiToken).where(ApiToken.id == pk, ApiToken.tenant_id == tenant_id()).with_for_update()
        token = db.session.scalar(wanted) if pk < 2**31 else None
        if token is None or (token.owner_id != current().actor_id and not ADMIN()):
            raise Missing
        end([token])
        db.session.commit()
        flash(_("Revoked. It does not work any more."), "success")
        return redirect("/account/tokens/all" if token.owner_id != current().actor_id else "/account/tokens")


def end(tokens: Any, why: str = "") -> None:
    """Revoke tokens for good; the caller commits."""
    for token in tokens:
        if token.revoked_at is None:
            token.revoked_at = now()
            db.session.add(note(token, "token revoked", {"name": [token.name, None]}, why))


def end_all_of(staff_id: int) -> None:
    """Whoever leaves takes no token along, and finds none again on coming back; the caller commits."""
    of = select(ApiToken).where(ApiToken.owner_id == staff_id, ApiToken.tenant_id == tenant_id(), ApiToken.revoked_at.is_(None))
    end(db.session.scalars(of).all(), "left")


def note(token: ApiToken, action: str, changes: dict[str, list[Any]], why: str = "") -> AuditEntry:
    return AuditEntry(model="ApiToken", record_id=token.id, made=0, action=action, reason=why, changes=changes)


def make(sent: Any) -> tuple[ApiToken, str]:
    """Make a token from a form, and commit. Returns it with its secret.

    Raises:
        Invalid: something cannot be so; among it a role that the actor does not hold.
    """
    wrong: dict[str, Any] = {}
    name, roles = sent.get("name", "").strip(), list(dict.fromkeys(sent.getlist("roles")))
    if not 1 <= len(name) <= 80:
        wrong["name"] = _("Needed.") if not name else _("At most %(n)s characters.", n=80)
    if not roles or set(roles) - current().roles:
        wrong["roles"] = _("Choose from the roles that you hold.")
    scopes = wanted_scopes(sent)
    if not scopes:
        wrong["scopes"] = _("Choose what it may read or change.")
    if (expires := last_day(sent.get("expires_on", ""))) is None:
        wrong["expires_on"] = _("A day from today on, at most one year away.")
    rate = sent.get("rate", "").strip() or str(RATE)
    if not rate.isascii() or not rate.isdecimal() or not 1 <= int(rate[:9]) <= MOST_RATE:
        wrong["rate"] = _("A number from 1 to %(n)s.", n=MOST_RATE)
    addresses: list[str] = []
    try:
        addresses = networks(sent.get("addresses", ""))
    except Refused as refused:
        wrong["addresses"] = refused.args[0]
    if wrong or expires is None:
        raise Invalid(wrong)
    mine = [t for t in db.session.scalars(own()) if t.state == "live"]
    if len(mine) >= MOST_LIVE:
        raise Refused(_("You have %(n)s tokens. Revoke one that is not used any more.", n=MOST_LIVE))
    token = ApiToken(name=name, roles=roles, scopes=scopes, expires_on=expires, rate=int(rate), addresses=addresses, digest="")
    db.session.add(token)
    db.session.flush()
    secret = token.issue()
    made = {"name": name, "roles": roles, "scopes": scopes, "expires_on": expires.isoformat(), "addresses": addresses, "rate": int(rate)}
    db.session.add(note(token, "token made", {k: [None, v] for k, v in made.items()}))
    db.session.commit()
    return token, secret


def last_day(sent: str) -> date | None:
    """The day that was sent, if a token may live until then."""
    try:
        day = date.fromisoformat(sent)
    except ValueError:
        return None
    return day if today() <= day <= today() + LONGEST else None


def wanted_scopes(sent: Any) -> list[str]:
    """``*``, or what was chosen; nothing at all when some of it is no table or no verb."""
    if sent.get("everything"):
        return [EVERYTHING]
    known = {f"{r.__tablename__}:{verb}" for r in records() if not r.__platform__ for verb in ("read", "write")}
    chosen = [s for s in dict.fromkeys(sent.getlist("scopes")) if s]
    return chosen if set(chosen) <= known else []


def own() -> Any:
    mine = select(ApiToken).where(ApiToken.tenant_id == tenant_id(), ApiToken.owner_id == current().actor_id)
    return mine.order_by(ApiToken.id.desc())


def context(*, everybody: bool = False) -> dict[str, Any]:
    """What ``tokens.html`` shows: the newest first, and the names of the owners in the same query."""
    staff = record_named("staff")
    query = own() if not everybody else select(ApiToken).where(ApiToken.tenant_id == tenant_id()).order_by(ApiToken.id.desc())
    found = db.session.execute(
        query.add_columns(staff.name)
        .outerjoin(staff, (staff.id == ApiToken.owner_id) & (staff.tenant_id == ApiToken.tenant_id))
        .limit(500)
    ).all()
    words = role_names(archived=True)
    tables = {r.__tablename__: str(r.__plural__ or r.__label__) for r in records() if not r.__platform__}
    mine = {r.__tablename__ for r in records() if not r.__platform__ and policy.opens(r)}
    rows = [
        {
            "id": t.id, "name": t.name, "owner": name, "roles": [str(words.get(r, r)) for r in t.roles],
            "scopes": [shown(s, tables) for s in t.scopes], "expires": t.expires_on.isoformat(), "addresses": t.addresses,
            "rate": t.rate, "used": moment(t.last_used_at) if t.last_used_at else "", "used_from": t.last_used_from or "",
            "state": t.state, "state_word": STATES[t.state],
        }
        for t, name in found
    ]  # fmt: skip
    return {
        "tokens": rows, "everybody": everybody, "may_see_all": ADMIN(), "wrong": {}, "error": "", "sent": None,
        "roles": [(r, str(w)) for r, w in words.items() if r in current().roles],
        "tables": [(t, w) for t, w in tables.items() if t in mine],
        "last_day": (today() + LONGEST).isoformat(), "first_day": today().isoformat(), "rate": RATE,
        "usual_day": (today() + timedelta(days=90)).isoformat(), "page_title": _("Tokens for programs"),
    }  # fmt: skip


def shown(scope: str, tables: dict[str, str]) -> str:
    """A scope in words."""
    if scope == EVERYTHING:
        return str(_("Everything its roles may"))
    table, _colon, verb = scope.partition(":")
    word = tables.get(table, table)
    return str(_("change %(what)s", what=word) if verb == "write" else _("read %(what)s", what=word))
