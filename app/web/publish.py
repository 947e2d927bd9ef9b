"""A role of head office, copied into the book of every franchise: each company's rights stay its own rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.engine.audit import AuditEntry
from app.engine.current import acting, tenant_id
from app.engine.rules import Grant, OwnRole, Scope, role_names
from app.engine.tenant import FRANCHISE, Tenant
from app.engine.wall import leave


def publish(session: Any, code: str, *, locked: bool) -> int:
    """Copy a role with its rights to every franchise, and commit company by company. Returns to how many.

    A locked role is replaced each time and stays head office's; a free one is given once, and then the franchise's own.
    """
    mine = {"tenant_id": tenant_id(), "role": code}
    grants = [(g.model, g.target, g.level) for g in session.scalars(select(Grant).filter_by(**mine))]
    scopes = [(s.model, s.reach) for s in session.scalars(select(Scope).filter_by(**mine))]
    own = session.scalars(select(OwnRole).filter_by(tenant_id=tenant_id(), code=code)).first()
    names = (own.name, own.name_en) if own else (role_names()[code], "")
    with acting(all_tenants=True, trusted="publish"):
        franchises = list(session.scalars(select(Tenant.id).where(Tenant.kind == FRANCHISE).order_by(Tenant.id)))
    reached = 0
    for tenant in franchises:
        leave(session)
        with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), all_tenants=False, trusted="publish"):
            reached += given(session, f"hq-{code}", names, grants, scopes, locked=locked)
            session.commit()
    leave(session)
    return reached


def given(session: Any, code: str, names: tuple[str, str], grants: list[Any], scopes: list[Any], *, locked: bool) -> int:  # noqa: PLR0913
    """Put the role into the acting tenant's book; 0 when it is there already and free."""
    there = session.scalars(select(OwnRole).where(OwnRole.code == code)).first()
    if there is not None and not there.locked:
        return 0
    if there is None:
        there = OwnRole(code=code)
        session.add(there)
    there.name, there.name_en, there.locked = names[0], names[1], locked
    for rule in (Grant, Scope):
        for old in session.scalars(select(rule).where(rule.role == code)):
            session.delete(old)
    session.flush()
    session.add_all([Grant(role=code, model=m, target=t, level=n) for m, t, n in grants])
    session.add_all([Scope(role=code, model=m, reach=r) for m, r in scopes])
    session.add(AuditEntry(model="OwnRole", record_id=0, made=0, action="rights", reason="publish", changes={"role": [None, names[0]]}))
    session.flush()
    return 1

