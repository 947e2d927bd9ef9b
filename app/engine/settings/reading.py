"""The settings of companies as they are in the database, as plain data: kind -> key -> value, with no number of any row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import wall, wordlist
from app.engine.current import tenant_id
from app.engine.dashboards import Dashboard, Tile
from app.engine.fields import declared
from app.engine.printing.templates import KEPT, SHIPPED, PrintTemplate
from app.engine.record import records
from app.engine.rules import CustomField, Grant, Layout, Level, OwnRole, Scope
from app.engine.settings.names import OWN, Names
from app.engine.views import EVERYBODY, ROLE, SavedView

KINDS = ("fields", "lists", "roles", "layouts", "views", "templates", "dashboards")  # in the order in which they may need one another
State = dict[str, dict[str, Any]]
Read = Callable[[Session, list[int], dict[int, Names]], dict[int, dict[str, Any]]]
TILE = ("kind", "title", "width", "model", "question", "look", "less")
TOLD = ("label", "label_en", "kind", "group", "section", "required", "listed", "start", "shown", "help", "help_en")


def real(session: Any) -> Session:
    """The session itself, where a registry of sessions was given."""
    made: Session = session() if hasattr(session, "registry") else session
    return made


def all_of(session: Any, rule: Any, tenants: list[int], *conditions: Any) -> list[Any]:
    """The rows of a table past the rule book, which may be older than they are; the wall holds."""
    table = rule.__table__
    asked = select(table).where(table.c.tenant_id.in_(tenants), *conditions).order_by(table.c.id)
    return list(session.connection().execute(asked))


def states(session: Any, tenants: Iterable[int], kinds: Iterable[str] = KINDS) -> dict[int, State]:
    """The settings of companies. The actor's is one of them, or he reads for head office."""
    session, tenants = real(session), list(tenants)
    wall.enter(session)
    names = names_of(session, tenants)
    made: dict[int, State] = {t: {} for t in tenants}
    for kind in kinds:
        found = READERS[kind](session, tenants, names)
        for t in tenants:
            made[t][kind] = found.get(t, {})
    return made


def state(session: Any, kinds: Iterable[str] = KINDS) -> State:
    """Those of the acting company."""
    return states(session, [tenant_id()], kinds)[tenant_id()]


def names_of(session: Any, tenants: list[int]) -> dict[int, Names]:
    made = {t: Names() for t in tenants}
    for row in all_of(session, CustomField, tenants, CustomField.builtin.is_(None)):
        made[row.tenant_id].fields[row.id] = f"{row.model}.{row.code or row.id}"
        if row.archived:
            made[row.tenant_id].away.add(f"x_{row.id}")
    for row in all_of(session, OwnRole, tenants):
        made[row.tenant_id].roles[row.code] = f"{OWN}{row.key or row.code}"
    return made


def here(session: Any) -> Names:
    """The names of the acting company, as they are now."""
    wall.enter(real(session))
    return names_of(real(session), [tenant_id()])[tenant_id()]


def live(choices: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The choices that are offered; what was put away stays at home."""
    return [{n: c.get(n, "") for n in ("code", "zh", "en", "tint")} for c in choices or [] if not c.get("archived")]


def put(made: dict[int, dict[str, Any]], tenant: int, key: str, value: Any) -> None:
    made.setdefault(tenant, {})[key] = value


def fields(session: Any, tenants: list[int], names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    for row in all_of(session, CustomField, tenants, CustomField.builtin.is_(None), ~CustomField.archived):
        value = {n: getattr(row, n) for n in TOLD} | ({"choices": live(row.choices)} if row.choices else {})
        put(made, row.tenant_id, names[row.tenant_id].fields[row.id], names[row.tenant_id].out(value))
    return made


def lists(session: Any, tenants: list[int], _names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    known = {m.__name__: m for m in records()}
    for row in all_of(session, CustomField, tenants, CustomField.builtin.is_not(None)):
        field = declared(known[row.model]).get(row.builtin) if row.model in known else None
        if field is not None and field.open and live(row.choices) != live(wordlist.of(field)):  # the program's own words are no setting
            put(made, row.tenant_id, f"{row.model}.{row.builtin}", {"choices": live(row.choices)})
    return made


def roles(session: Any, tenants: list[int], names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    rights: dict[tuple[int, str], dict[str, Any]] = {}
    for row in all_of(session, OwnRole, tenants, ~OwnRole.archived):
        rights[row.tenant_id, row.code] = {}
        value = {"name": row.name, "name_en": row.name_en, "rights": rights[row.tenant_id, row.code]}
        put(made, row.tenant_id, row.key or row.code, value)
    if not rights:
        return made
    codes = sorted({code for _tenant, code in rights})
    for row in all_of(session, Scope, tenants, Scope.role.in_(codes)):
        if (mine := rights.get((row.tenant_id, row.role))) is not None:
            one = mine.setdefault(row.model, {"reach": [], "grants": {}})
            one["reach"] = sorted([*one["reach"], names[row.tenant_id].out(row.reach)])
    for row in all_of(session, Grant, tenants, Grant.role.in_(codes)):
        if (mine := rights.get((row.tenant_id, row.role))) is not None:
            one = mine.setdefault(row.model, {"reach": [], "grants": {}})
            one["grants"][names[row.tenant_id].out(row.target)] = Level(row.level).name.lower()
    return made


def layouts(session: Any, tenants: list[int], names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    for row in all_of(session, Layout, tenants):
        mine = names[row.tenant_id]
        sections = [[key, [n for n in placed if n not in mine.away]] for key, placed in row.shape["sections"]]
        shape = row.shape | {"sections": sections, "hidden": [n for n in row.shape["hidden"] if n not in mine.away]}
        if "rules" in shape:
            shape["rules"] = {slot: parts for slot, parts in shape["rules"].items() if slot not in mine.away}
        put(made, row.tenant_id, f"{row.model}.{held_by(mine.role_out(row.role), row.device)}", mine.out(shape))
    return made


def held_by(role: str, device: str) -> str:
    """Whose layout it is, in one word: ``agent``, or ``agent@phone``."""
    return f"{role}@{device}" if device else role


def views(session: Any, tenants: list[int], names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    """Those for everybody and for a role: a person's are nobody else's, and a store's belong to that store."""
    made: dict[int, dict[str, Any]] = {}
    for row in all_of(session, SavedView, tenants, SavedView.audience.in_((EVERYBODY, ROLE))):
        mine = names[row.tenant_id]
        value = {"name": row.name, "audience": row.audience, "question": row.question, "look": row.look, "role": mine.role_out(row.role)}
        put(made, row.tenant_id, f"{row.model}.{row.code or row.id}", mine.out(value))
    return made


def templates(session: Any, tenants: list[int], names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    for row in all_of(session, PrintTemplate, tenants):
        if not row.archived or shipped(row.model, row.code):
            put(made, row.tenant_id, f"{row.model}.{row.code}", names[row.tenant_id].out({n: getattr(row, n) for n in KEPT}))
    return made


def dashboards(session: Any, tenants: list[int], names: dict[int, Names]) -> dict[int, dict[str, Any]]:
    """Those for everybody and for a role, each with its tiles."""
    made: dict[int, dict[str, Any]] = {}
    tiles: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in sorted(all_of(session, Tile, tenants), key=lambda row: (row.place, row.id)):
        told = {n: getattr(row, n) for n in TILE} | {"target": "" if row.target is None else f"{row.target.normalize():f}"}
        tiles.setdefault((row.tenant_id, row.dashboard_id), []).append(told)
    for row in all_of(session, Dashboard, tenants, Dashboard.audience.in_((EVERYBODY, ROLE))):
        mine = names[row.tenant_id]
        value = {"name": row.name, "audience": row.audience, "role": mine.role_out(row.role), "first": row.first}
        put(made, row.tenant_id, row.code or str(row.id), mine.out(value | {"tiles": tiles.get((row.tenant_id, row.id), [])}))
    return made


def shipped(model: str, code: str) -> bool:
    """Whether the program has a template of this code itself."""
    return code == "card" or any(t.code == code for t in SHIPPED.get(model, []))


READERS: dict[str, Read] = {
    "fields": fields, "lists": lists, "roles": roles, "layouts": layouts, "views": views, "templates": templates,
    "dashboards": dashboards,
}  # fmt: skip
