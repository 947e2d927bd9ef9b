"""Act in a test as one of the sample's people, on the engine alone, without a page."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import select

from app.engine.current import acting
from app.models.organisation import Staff

TENANTS = {"hq": 1, "bj": 2, "sh": 3}


@contextmanager
def as_person(session, username: str):
    """Act as ``bj-agent`` and the like. Returns the member of staff."""
    tenant = TENANTS[username.partition("-")[0]]
    with acting(tenant_id=tenant, actor_id=None, roles=frozenset(), trusted="test"):
        person = session.scalars(select(Staff).where(Staff.username == username)).one()
    who = {"tenant_id": tenant, "actor_id": person.id, "store_id": person.store_id, "roles": frozenset(person.roles)}
    with acting(**who, trusted=""):
        yield person


@contextmanager
def as_program(session, tenant: int = 2):
    """Act as the product itself: rights are off, the tenant is not."""
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="test"):
        yield
