"""Rights changed cell by cell, by somebody who may: nobody lifts himself, nobody gives what he does not hold."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import reach
from app.engine.audit import AuditEntry
from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Refused
from app.engine.fields import fields_of
from app.engine.parts import PARTS
from app.engine.rules import Grant, Level, Scope, role_names, source
from app.engine.tenant import HEAD_OFFICE, Tenant
from app.extensions import db
from app.web.asked import LOOKS
from app.web.screen import ABOVE

GROUPS = {
    "basic": _("Basic"), "private": _("Private"), "finance": _("Finance"), "cost": _("Cost and pay"),
    "internal": _("Internal"), "workflow": _("Workflow"), "terms": _("Contract terms"),
}  # fmt: skip
VERBS = {
    "add": _("Add"), "delete": _("Delete"), "assign": _("Assign"), "export": _("Export"), "import": _("Import"),
    "print": _("Print"), "reveal": _("Reveal"), "share": _("Share"), "bulk": _("Change many at once"),
}  # fmt: skip
LEVELS = {0: _("None"), 1: _("Masked"), 2: _("Read"), 3: _("Fill"), 4: _("Write")}
REACHES = {
    "": _("No rows"), "own": _("Own"), "shared": _("Shared"), "given": _("Given to the store"), "team": _("Team"), "store": _("Store"),
    "below": _("Store and below"), "region": _("Region"), "all": _("All"),
}  # fmt: skip  # narrow to wide
LONGEST = 1000  # characters of a condition


def change(model: Any, sent: dict[tuple[str, str], str]) -> int:
    """Set what was sent and differs; returns how many. The caller commits.

    Raises:
        Forbidden: a role is not the actor's to change, or he does not hold the right himself.
        Refused: there is no such role, right or level.
    """
    levels, reaches = kept(model)
    known, roles = all_targets(model), {r["code"]: r for r in columns()}
    changes: dict[str, list[Any]] = {}
    for (role, target), value in merged(sent, reaches).items():
        if role not in roles or target not in known:
            raise Refused(_("There is no such role or right."))
        if target == "reach":
            before: Any = widest(reaches.get(role, {}))
        else:
            row = levels.get((role, target))
            before = "" if row is None else str(row.level)
        if value == before:
            continue
        if roles[role]["locked"]:
            raise Forbidden(
                _(
                    "Nobody changes the rights of a role above their own, or of this one: “%(role)s”.",
                    role=roles[role]["label"],
                )
            )
        check(model, role, target, value, before)
        if target == "reach":
            set_reach(model, role, value, reaches.get(role, {}))
        else:
            set_level(model, role, target, value, levels.get((role, target)))
        changes[f"{role} {target}"] = [before, value]
    if changes:
        db.session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="rights", changes=changes))
    db.session.flush()
    return len(changes)


def check(model: Any, role: str, target: str, value: str, before: str) -> None:
    """Refuse a value that does not exist, or that is more than the actor holds or may give himself."""
    if target == "reach":
        order, (word, _q, asked), was = list(REACHES), value.partition("?"), before.partition("?")
        if word not in order or len(asked) > LONGEST or (asked and not word):
            raise Refused(_("There is no such role or right."))
        reach.check(model, value)
        more = order.index(word) > order.index(was[0]) or asked != was[2]
    else:
        allowed_ = ("", "0", "4") if ":" in target else ("", "0", "2", "3", "4") if target in PARTS else ("", "0", "1", "2", "3", "4")
        if value not in allowed_:
            raise Refused(_("There is no such role or right."))
        more = int(value or inherited(model, role, target)) > int(before or inherited(model, role, target))
    if not more:
        return
    if role in current().roles:
        raise Forbidden(_("Nobody gives more to a role they hold themselves. Ask another administrator."))
    if not held(model, target, value):
        raise Forbidden(_("You can only give what you hold yourself."))


def inherited(model: Any, role: str, target: str) -> int:
    """The level a field has when nothing is said about it: its group's."""
    field = fields_of(model).get(target)
    if "@" in target:
        return int(Level.WRITE)  # what is not said of a state is not narrowed in it
    row = kept(model)[0].get((role, field.group)) if field and ":" not in target else None
    return row.level if row else 0


def held(model: Any, target: str, value: str) -> bool:
    """Whether the actor holds so much of a right. An administrator holds everything in the tenant."""
    who = current()
    if "admin" in who.roles:
        return True
    levels, reaches = kept(model)
    if target == "reach":
        mine = max((list(REACHES).index(reach.base(widest(reaches.get(r, {})))) for r in who.roles), default=0)
        return mine >= list(REACHES).index(reach.base(value))
    mine_ = [levels[r, target].level if (r, target) in levels else inherited(model, r, target) for r in who.roles]
    return max(mine_, default=0) >= int(value or 0)


def set_level(model: Any, role: str, target: str, value: str, row: Any) -> None:
    if value == "":
        db.session.delete(row)
    elif row is None:
        db.session.add(Grant(role=role, model=model.__name__, target=target, level=int(value)))
    else:
        row.level = int(value)


def set_reach(model: Any, role: str, value: str, rows: dict[str, Any]) -> None:
    """A role has one reach of its rows; what was shared stays beside it."""
    for one, row in rows.items():
        if one != value and (one != "shared" or not value):
            db.session.delete(row)
    if value and value not in rows:
        db.session.add(Scope(role=role, model=model.__name__, reach=value))


def kept(model: Any) -> tuple[dict[tuple[str, str], Any], dict[str, dict[str, Any]]]:
    """The rows of rights of one kind of record, in the actor's own tenant: for head office too."""
    memo = current().memo
    if ("matrix", model) not in memo:
        levels = {(g.role, g.target): g for g in db.session.scalars(own(Grant, model))}
        reaches: dict[str, dict[str, Any]] = {}
        for scope in db.session.scalars(own(Scope, model)):
            reaches.setdefault(scope.role, {})[scope.reach] = scope
        memo["matrix", model] = levels, reaches
    found: tuple[dict[tuple[str, str], Any], dict[str, dict[str, Any]]] = memo["matrix", model]
    return found


def own(rule: Any, model: Any) -> Any:
    return select(rule).where(rule.model == model.__name__, rule.tenant_id == tenant_id())


def widest(rows: dict[str, Any]) -> str:
    return max(rows, key=lambda r: list(REACHES).index(reach.base(r)), default="")


def merged(sent: dict[tuple[str, str], str], reaches: dict[str, dict[str, Any]]) -> dict[tuple[str, str], str]:
    """A reach and its condition are two inputs of the page, and one right."""
    made = {key: value for key, value in sent.items() if key[1] != "where"}
    for role in {role for role, target in sent if target == "where"}:
        word, _q, asked = widest(reaches.get(role, {})).partition("?")
        word = sent.get((role, "reach"), word).partition("?")[0]
        asked = condition_of(sent[role, "where"])
        made[role, "reach"] = f"{word}?{asked}" if asked and word else word
    return made


def condition_of(text: str) -> str:
    """The conditions of a list's address; its order, page and look are nothing to rights. A search stays, and is refused later."""
    asked = text.strip().rpartition("?")[2]
    kept_ = [p for p in asked.split("&") if p.partition("=")[0] not in ("sort", "after", "size", "view", "lang", *LOOKS)]
    return "&".join(kept_)


def columns() -> list[dict[str, Any]]:
    """The roles of this tenant. Nobody edits administrators, and head office exists at head office only."""
    own, home = source[0]().roles, at_home()
    return [
        {"code": c, "label": w, "locked": c in ABOVE or (c in own and own[c].locked)}
        for c, w in role_names().items() if home or c != "head_office"
    ]  # fmt: skip


def at_home() -> bool:
    """Whether the actor's company is head office."""
    here = db.session.get(Tenant, tenant_id())
    return here is not None and here.kind == HEAD_OFFICE


def all_targets(model: Any) -> dict[str, tuple[str, Any]]:
    states = model.__flow__.states if model.__flow__ else ()
    return targets(model) | {t: kind for state in states for t, kind in targets(model, state).items()}


def targets(model: Any, state: str = "") -> dict[str, tuple[str, Any]]:
    """Every right there is to give: target -> (kind, label). Fields stand behind their group.

    With a state of its workflow: only what may be narrowed while a record is in it.
    """
    fields = fields_of(model)
    found: dict[str, tuple[str, Any]] = {} if state else {"reach": ("reach", _("Rows")), "where": ("where", _("Only where"))}
    for group in dict.fromkeys(f.group for f in fields.values()):
        found[group] = ("group", GROUPS.get(group, group))
        found |= {n: ("field", f.label) for n, f in fields.items() if f.group == group and n != group}
    if state:
        return {f"{target}@{state}": (kind, label) for target, (kind, label) in found.items()}
    found |= {name: ("part", word) for name, word in PARTS.items()}
    found |= {f"can:{verb}": ("verb", label) for verb, label in VERBS.items()}
    if model.__flow__:
        found |= {f"step:{s.name}": ("step", s.label) for s in model.__flow__.steps.values()}
    return found
