"""What a company asks of everybody who signs in: from which addresses, and which roles with a second factor."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.addresses import inside, networks
from app.engine.audit import AuditEntry
from app.engine.current import acting, tenant_id
from app.engine.errors import Invalid, Refused
from app.engine.safeguard import Safeguard
from app.engine.tenant import Tenant
from app.extensions import db
from app.web import locks
from app.web.enter import page
from app.web.screen import Screen, allowed, has_role
from app.web.user_pages import roles

ADMIN = has_role("admin")


class SecurityScreen(Screen):
    """``/security/``, for the administrators of a company."""

    doors = [(92, _("Sign-in and security"), "ti-shield-lock", "/security/", ADMIN)]

    @expose("/security/", methods=["GET", "POST"])
    @allowed(ADMIN)
    def security(self) -> Any:
        if request.method == "GET":
            return page("security.html", **context())
        try:
            change(request.form.get("networks", ""), request.form.getlist("roles"))
        except Invalid as invalid:
            db.session.rollback()
            wrong = {n: str(w) for n, w in invalid.fields.items()}
            return page("security.html", invalid.status, **context(request.form) | {"wrong": wrong, "error": str(invalid)})
        flash(_("Saved. It holds from everybody's next click."), "success")
        return redirect("/security/")


def kept() -> Safeguard | None:
    """The acting company's row, its own for head office too."""
    found: Safeguard | None = db.session.scalar(select(Safeguard).where(Safeguard.tenant_id == tenant_id()))
    return found


def change(typed: str, chosen: list[str]) -> None:
    """Keep what the company asks, and commit.

    Raises:
        Invalid: an address or role that is none, or a list that would lock out whoever sends it.
    """
    wrong: dict[str, Any] = {}
    wanted: list[str] = []
    try:
        wanted = networks(typed)
        if not inside(wanted, request.remote_addr):
            here = request.remote_addr
            wrong["networks"] = _("You are at %(address)s, which is not in this list: you would lock yourself out.", address=here)
    except Refused as refused:
        wrong["networks"] = refused.args[0]
    known = [r["code"] for r in roles()]
    if set(chosen) - set(known):
        wrong["roles"] = _("Choose one from the list.")
    if wrong:
        raise Invalid(wrong)
    write({"networks": wanted, "roles": [r for r in known if r in chosen]})
    db.session.commit()


def write(values: dict[str, list[str]]) -> None:
    """Set what differs, with an entry in the trail."""
    row = kept()
    if row is None:
        row = Safeguard(networks=[], roles=[])
        db.session.add(row)
        db.session.flush()
    changes = {n: [list(getattr(row, n)), v] for n, v in values.items() if list(getattr(row, n)) != v}
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    if changes:
        db.session.add(AuditEntry(model="Safeguard", record_id=row.id, made=0, action="security", changes=changes))


def allow_anywhere(tenant: int) -> str:
    """Open a company to every address again, for those who locked themselves out. Returns its name; raises ``LookupError``."""
    with acting(tenant_id=tenant, trusted="allow-anywhere"):
        company = db.session.get(Tenant, tenant)
        if company is None:
            raise LookupError(tenant)
        name = str(company)
        write({"networks": []})
        db.session.commit()
    db.session.remove()
    return name


def context(sent: Any = None) -> dict[str, Any]:
    """What ``security.html`` shows: as it is, or as it was sent."""
    row = kept()
    tries, _space, per = str(current_app.config["AUTH_RATE_LIMIT"]).partition(" ")
    chosen = sent.getlist("roles") if sent is not None else list(row.roles) if row else []
    return {
        "networks": sent.get("networks", "") if sent is not None else "\n".join(row.networks) if row else "",
        "roles": [r | {"on": r["code"] in chosen} for r in roles()], "address": request.remote_addr, "wrong": {}, "error": "",
        "tries": locks.TRIES, "minutes": int(locks.LOCKED.total_seconds() // 60), "rate": tries if per == "per minute" else "",
        "page_title": _("Sign-in and security"),
    }  # fmt: skip
