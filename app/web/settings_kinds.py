"""Roles and shared views as settings: written through the checks of the matrix, and of the lists they ask about."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import dashboards
from app.engine.current import tenant_id
from app.engine.dashboards import Dashboard, Tile
from app.engine.errors import Refused
from app.engine.rules import Grant, Level, OwnRole, Scope
from app.engine.settings.kinds import kind, renew, shape
from app.engine.settings.package import UNKNOWN, model_of
from app.engine.settings.reading import here
from app.engine.views import EVERYBODY, ROLE, SavedView, drop, keep
from app.web.rights import change
from app.web.roles import add_role, holders, named
from app.web.tiles import asked_of
from app.web.views import asked_for

HELD = _("Somebody still holds this role. Give them another one first.")


@kind("roles", _("Roles of one's own"))
def write_role(session: Session, key: str, value: Any) -> None:
    role = session.scalars(select(OwnRole).where(OwnRole.tenant_id == tenant_id(), OwnRole.key == key)).first()
    if value is None:
        if role is not None and holders().get(role.code):
            raise Refused(HELD)
        if role is not None:
            code = role.code
            for name in models_of(session, code):  # a field that its rows go by may be put away next
                set_reaches(session, model_of(f"{name}.x")[0], code, [])
                set_grants(session, model_of(f"{name}.x")[0], code, {})
            put_away(session, code)
        return
    sent = shape(value, name=str, name_en=str, rights=dict)
    if not key or len(key) > 60:
        raise Refused(UNKNOWN)
    if role is None:
        role = add_role(sent.get("name", ""), sent.get("name_en", ""), "")
        role.key = key
    elif sent.get("name") != role.name:
        role.name = named(sent.get("name", ""))
    role.name_en, role.archived = sent.get("name_en", "")[:60], False
    code = role.code
    renew(session)  # it is a column of the matrix from here on
    rights = here(session).back(sent.get("rights", {}))
    for name in sorted({*rights, *models_of(session, code)}):
        model = model_of(f"{name}.x")[0]
        one = shape(rights.get(name, {}), reach=list, grants=dict)
        set_reaches(session, model, code, [str(r) for r in one.get("reach", [])])
        set_grants(session, model, code, one.get("grants", {}))


def put_away(session: Session, code: str) -> None:
    session.scalars(select(OwnRole).where(OwnRole.tenant_id == tenant_id(), OwnRole.code == code)).one().archived = True


def models_of(session: Session, code: str) -> set[str]:
    """The record types of which a role has any right."""
    return {
        name for rule in (Grant, Scope)
        for name in session.scalars(select(rule.model).where(rule.tenant_id == tenant_id(), rule.role == code))
    }  # fmt: skip


def set_reaches(session: Session, model: Any, code: str, wanted: list[str]) -> None:
    asked = select(Scope.reach).where(Scope.tenant_id == tenant_id(), Scope.role == code, Scope.model == model.__name__)
    if sorted(session.scalars(asked)) == sorted(wanted):
        return
    for reach in ["", *sorted(wanted, key=lambda r: r != "shared")]:  # what was shared stays beside another one
        change(model, {(code, "reach"): reach})
        renew(session)


def set_grants(session: Session, model: Any, code: str, wanted: dict[str, Any]) -> None:
    if bad := [level for level in wanted.values() if not isinstance(level, str) or level.upper() not in Level.__members__]:
        raise Refused(_("There is no such role or right: %(name)s", name=str(bad[0])[:40]))
    asked = select(Grant.target).where(Grant.tenant_id == tenant_id(), Grant.role == code, Grant.model == model.__name__)
    cells = {(code, target): "" for target in session.scalars(asked)}
    change(model, cells | {(code, target): str(int(Level[level.upper()])) for target, level in wanted.items()})
    renew(session)


@kind("dashboards", _("Dashboards"))
def write_dashboard(session: Session, key: str, value: Any) -> None:
    board = session.scalars(select(Dashboard).where(Dashboard.tenant_id == tenant_id(), Dashboard.code == key)).first()
    if value is None:
        if board is not None:
            dashboards.drop(session, board)
        return
    names = here(session)
    sent = names.back(shape(value, name=str, audience=str, role=str, first=bool, tiles=list))
    if sent.get("audience") not in (EVERYBODY, ROLE) or not key or len(key) > 60:
        raise Refused(UNKNOWN)
    told = {"name": sent.get("name", ""), "audience": sent["audience"], "first": int(sent.get("first", False))}
    role = {"role": names.role_in(sent["role"])} if sent.get("role") else {}
    board = dashboards.keep(session, board or Dashboard(code=key), told | role)
    for old in dashboards.tiles_of(session, board):
        session.delete(old)
    session.flush()
    for one in sent.get("tiles", []):
        tile = shape(one, kind=str, title=str, width=int, model=str, question=str, look=str, target=str, less=bool)
        model = model_of(f"{tile.get('model')}.x")[0]
        asked = asked_of(model, tile.get("kind", ""), "&".join(filter(None, [tile.get("question", ""), tile.get("look", "")])))
        dashboards.keep_tile(session, board, Tile(model=model.__name__), tile | {"less": int(tile.get("less", False))} | asked)


@kind("views", _("Shared views"))
def write_view(session: Session, key: str, value: Any) -> None:
    model, code = model_of(key)
    asked = select(SavedView).where(SavedView.tenant_id == tenant_id(), SavedView.model == model.__name__, SavedView.code == code)
    view = session.scalars(asked).first()
    if value is None:
        if view is not None:
            drop(session, view)
        return
    names = here(session)
    sent = names.back(shape(value, name=str, audience=str, role=str, question=str, look=str))
    if sent.get("audience") not in (EVERYBODY, ROLE) or len(code) > 60:
        raise Refused(UNKNOWN)
    view = view or SavedView(model=model.__name__, code=code)
    role = {"role": names.role_in(sent["role"])} if sent.get("role") else {}
    question = "&".join(filter(None, [sent.get("question", ""), sent.get("look", "")]))
    keep(session, view, {"name": sent.get("name", ""), "audience": sent["audience"]} | role | asked_for(model, question))


