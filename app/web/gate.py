"""Whether somebody who is known may act from where they are, and with the second factor that their company asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request
from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select

from app.engine.addresses import inside
from app.engine.audit import AuditEntry
from app.engine.errors import Forbidden
from app.engine.safeguard import Safeguard
from app.engine.second import SecondFactor
from app.extensions import db

SET_UP = "/account/second-factor"


class SecondFactorFirst(Forbidden):
    """The person's role needs a second factor, and they have none. A page leads to where it is set up."""

    message = _("Your role needs a second factor. Set it up in the browser first, under “Second factor”.")
    go = SET_UP


@dataclass(frozen=True, slots=True)
class Asked:
    """What the company asks of a person, and whether the second factor is there; read together with the person."""

    networks: list[str] | None
    roles: list[str] | None
    has_factor: bool


def columns(member: Any) -> tuple[Any, ...]:
    """The parts of :class:`Asked`, for the query that reads the credential."""
    of = Safeguard.tenant_id == member.tenant_id
    factor = exists().where(
        SecondFactor.tenant_id == member.tenant_id, SecondFactor.staff_id == member.staff_id, SecondFactor.confirmed_at.is_not(None)
    )
    return select(Safeguard.networks).where(of).scalar_subquery(), select(Safeguard.roles).where(of).scalar_subquery(), factor


def lets(user: Any) -> bool:
    """Whether a person who is known acts in this request. Pages that are open to all stay open: nobody acts on them.

    Raises:
        Forbidden: not from this address.
        SecondFactorFirst: the person has yet to set it up.
    """
    asked: Asked = g.asked
    if not inside(asked.networks, request.remote_addr):
        if is_open():
            return False
        raise Forbidden(outside())
    if missing(asked, user.staff.roles) and not (is_open() or request.path == SET_UP):
        raise SecondFactorFirst
    return True


def missing(asked: Asked, roles: Any) -> bool:
    return not asked.has_factor and bool(set(asked.roles or ()) & set(roles or ()))


def is_open() -> bool:
    """Whether the page asked for needs nobody: a link of a customer or carer, the sign-in, the way out."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "open", False) or (request.endpoint or "").startswith("AuthDBView.")


def outside() -> Any:
    return _(
        "Your company lets people in from its own addresses only, and %(address)s is not among them. Ask your administrator.",
        address=request.remote_addr,
    )


def hold_outside(member: Any) -> None:
    """Refuse a sign-in from elsewhere, with an entry in the trail. The password was right, so this tells a guesser nothing new."""
    networks = db.session.scalar(select(Safeguard.networks).where(Safeguard.tenant_id == member.tenant_id))
    if inside(networks, request.remote_addr):
        return
    changes = {"address": [None, request.remote_addr]}
    db.session.add(AuditEntry(model="Staff", record_id=member.staff_id, made=0, action="login refused", changes=changes))
    db.session.commit()
    raise Forbidden(outside())
