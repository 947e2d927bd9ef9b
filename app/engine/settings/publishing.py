"""Packages of head office in the settings of its franchises: locked or free, edition by edition; and who differs in what."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import wall
from app.engine.current import acting, tenant_id
from app.engine.errors import Missing, Refused
from app.engine.rules import OwnRole
from app.engine.settings import ledger
from app.engine.settings.bringing import SAME, Line, alone, bring, items, line, put_in
from app.engine.settings.package import LONGEST
from app.engine.settings.reading import State, all_of, real, state, states
from app.engine.settings.tables import Publication, ReceivedPackage
from app.engine.tenant import FRANCHISE, Tenant


@dataclass(slots=True)
class Holder:
    """One franchise beside a publication."""

    tenant: int
    name: str
    name_en: str
    edition: int = 0
    offered: int = 0
    locked: bool = False
    differs: list[Line] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)


def published(session: Any) -> list[Publication]:
    """What the acting company published, newest first."""
    asked = select(Publication).where(Publication.tenant_id == tenant_id()).order_by(Publication.id.desc())
    return list(session.scalars(asked))


def publication(session: Any, code: str) -> Publication:
    """Raises ``Missing``."""
    found = next((p for p in published(session) if p.code == code), None)
    if found is None:
        raise Missing
    return found


def franchises(session: Any) -> list[tuple[int, str, str]]:
    with acting(all_tenants=True, trusted=ledger.PUBLISH):
        asked = select(Tenant.id, Tenant.name, Tenant.name_en).where(Tenant.kind == FRANCHISE).order_by(Tenant.id)
        return [(pk, name, name_en) for pk, name, name_en in session.execute(asked)]


def publish(session: Any, content: State, name: str, *, locked: bool, code: str = "") -> int:
    """Publish settings, or a new edition of a publication, and commit company by company. Returns to how many.

    Raises ``Refused`` for no name and for nothing, ``Missing`` for no such publication.
    """
    name = " ".join(name.split())[:LONGEST]
    if not name or "\x00" in name:
        raise Refused(_("Give the package a name."))
    if not any(content.values()):
        raise Refused(_("Choose at least one setting that can leave the company."))
    row = publication(session, code) if code else Publication(code=secrets.token_hex(8), edition=0)
    row.name, row.locked, row.edition, row.content = name, locked, row.edition + 1, content
    session.add(row)
    session.commit()
    code, edition, reached = row.code, row.edition, 0
    for tenant, _name, _name_en in franchises(session):
        wall.leave(session)
        with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset({"admin"}), all_tenants=False, trusted=ledger.PUBLISH):
            receive(real(session), code, name, content, edition, locked=locked)
            with ledger.doing(ledger.PUBLISH, name):
                session.commit()
            reached += 1
    wall.leave(session)
    return reached


def receive(session: Session, code: str, name: str, content: State, edition: int, *, locked: bool) -> None:  # noqa: PLR0913
    """Put an edition into the acting company: a locked one over what is there; a free one where nothing is, and later as an offer."""
    row = session.scalars(select(ReceivedPackage).where(ReceivedPackage.tenant_id == tenant_id(), ReceivedPackage.code == code)).first()
    if row is not None:
        keep_roles(session, row.content or {}, locked=False)
    if row is not None and not locked:
        row.name, row.locked, row.offered, row.offer = name, False, edition, content
        return
    held = state(alone(session), content)
    here = {slot: held[slot[0]].get(slot[1]) for slot in items(content)}
    new = {slot: v for slot, v in items(content).items() if here[slot] != v and (locked or here[slot] is None)}
    why = put_in(session, new)
    if row is None:
        row = ReceivedPackage(code=code)
        session.add(row)
    row.name, row.locked, row.edition, row.content, row.offered, row.offer = name, locked, edition, content, 0, None
    row.troubles = {" ".join(slot): reason for slot, reason in why.items()}
    keep_roles(session, {"roles": {k: v for k, v in content.get("roles", {}).items() if ("roles", k) not in why}}, locked=locked)
    session.flush()


def keep_roles(session: Session, content: State, *, locked: bool) -> None:
    """The matrix and the page of roles know by a mark which roles are head office's."""
    mine = OwnRole.tenant_id == tenant_id(), OwnRole.key.in_(list(content.get("roles", {})))
    for role in session.scalars(select(OwnRole).where(*mine)):
        role.locked = locked
    session.flush()


def received(session: Any) -> list[ReceivedPackage]:
    """What the acting company has from head office."""
    asked = select(ReceivedPackage).where(ReceivedPackage.tenant_id == tenant_id()).order_by(ReceivedPackage.id)
    return list(session.scalars(asked))


def offer(session: Any, code: str) -> ReceivedPackage:
    """A newer edition that waits. Raises ``Missing``."""
    found = next((r for r in received(session) if r.code == code and r.offer), None)
    if found is None:
        raise Missing
    return found


def take(session: Any, code: str, wanted: set[tuple[str, str]] | None) -> int:
    """Take over what was chosen of a newer edition; the rest stays as it is. Commits."""
    row = offer(session, code)
    content, edition = row.offer or {}, row.offered

    def settle() -> None:
        kept = offer(session, code)
        kept.edition, kept.content, kept.offered, kept.offer, kept.troubles = edition, content, 0, None, {}

    return bring(session, content, row.name, wanted, settle)


def holders(session: Any, row: Publication) -> list[Holder]:
    """Every franchise: the edition it has, and what differs from the newest one. Reads for head office; writes nothing."""
    content, code = row.content or {}, row.code
    made = {pk: Holder(pk, name, name_en) for pk, name, name_en in franchises(session)}
    with acting(all_tenants=True, trusted=ledger.PUBLISH):
        held = states(session, made, content)
        for one in all_of(real(session), ReceivedPackage, list(made), ReceivedPackage.code == code):
            holder = made[one.tenant_id]
            holder.edition, holder.offered, holder.locked, holder.troubles = one.edition, one.offered, one.locked, one.troubles or {}
    for pk, holder in made.items():
        lines = [line(slot, held[pk][slot[0]].get(slot[1]), value) for slot, value in items(content).items()]
        holder.differs = [one for one in lines if one.state != SAME]
    wall.enter(real(session))
    return list(made.values())
