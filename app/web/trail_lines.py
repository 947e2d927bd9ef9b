"""Entries of the trail as lines for people: in their language, and with no value that they may not read today."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import load_only

from app.engine import policy, query, values
from app.engine.current import trusted
from app.engine.errors import Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.files import TARGET
from app.engine.present import label
from app.engine.record import record_named, records
from app.engine.rules import Level, role_names
from app.extensions import db
from app.web.cells import shown, worded
from app.web.dashboard_words import changes as dashboard_changes
from app.web.field_words import changes as field_changes
from app.web.frame import record_views
from app.web.layouts import changes as layout_changes
from app.web.rights import LEVELS, REACHES, all_targets
from app.web.showing import verb
from app.web.trail_words import OF_PEOPLE, PLATFORM, TEMPLATE, VERBS

TOLD = {"field": field_changes, "dashboard": dashboard_changes}
STRANGER = ("login_failed", "locked")  # done to a person's login by nobody knows whom


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an entry. A hidden one says that it changed, and nothing else."""

    label: str
    before: str = ""
    after: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, ready to be shown."""

    id: int
    at: datetime
    who: str
    verb: str
    kind: str
    name: str
    url: str
    text: str
    changes: list[Change]
    address: str


def lines(entries: list[Any]) -> list[Line]:
    """Turn a page of entries into lines, with one query for each kind of record on it."""
    known = {m.__name__: m for m in records()}
    people, rows = names(entries), found(entries, known)
    linked = called(linked_ids(entries, rows, known))
    tables = {view.model: view.model.__tablename__ for view in record_views()}
    made = []
    for e in entries:
        model, row = known.get(e.model), rows.get((e.model, e.record_id))
        kind = kind_of(model, e.model)
        shows = row is not None and model in tables
        made.append(
            Line(
                id=e.id, at=e.created_at, kind=kind, address=e.address or "",
                who=people.get(e.created_by) or str(_("Somebody") if e.action in STRANGER else _("System")),
                verb=verb(model, e) if model is not None else str(VERBS.get(e.action, e.action)),
                name=label(row) if row is not None else f"{kind} {e.record_id}" if e.record_id else "",
                url=f"/{tables[model]}/show/{e.record_id}" if shows else "",
                text=text_of(e, model, row), changes=changes_of(e, model, row, linked),
            )
        )  # fmt: skip
    return made


def kind_of(model: Any, name: str) -> str:
    """What a kind of record is called."""
    return str(getattr(model, "__label__", "") or PLATFORM.get(name, name))


def names(entries: Iterable[Any]) -> dict[int, str]:
    """Who did it. Whoever sees the trail sees the names in it."""
    staff, wanted = record_named("staff"), {e.created_by for e in entries if e.created_by}
    with trusted("trail"):
        return {row.id: row.name for row in db.session.execute(select(staff.id, staff.name).where(staff.id.in_(wanted)))}


def found(entries: Iterable[Any], known: dict[str, Any]) -> dict[tuple[str, int], Any]:
    """The records that are still there and that the actor sees, with what decides about their cells."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for e in entries:
        model = known.get(e.model)
        if model is not None and e.record_id and not model.__platform__ and policy.opens(model):
            wanted[model].add(e.record_id)
    return {(m.__name__, row.id): row for m, pks in wanted.items() for row in rows_of(m, pks)}


def rows_of(model: Any, pks: set[int]) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.id.in_(pks)).options(load_only(*query.known_by(model)))))


def linked_ids(entries: Iterable[Any], rows: dict[tuple[str, int], Any], known: dict[str, Any]) -> dict[Any, set[int]]:
    """The records that readable links of these entries point at."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for e in entries:
        model = known.get(e.model)
        if model is None or model.__platform__ or e.action in OF_PEOPLE:
            continue
        for name, pair in e.changes.items():
            field = fields_of(model).get(name)
            if isinstance(field, Link) and readable(model, rows.get((e.model, e.record_id)), name):
                wanted[field.target(model, name)] |= {pk for pk in pair if isinstance(pk, int)}
    return wanted


def called(wanted: dict[Any, set[int]]) -> dict[tuple[Any, int], str]:
    return {(m, row.id): label(row) for m, pks in wanted.items() if pks and policy.opens(m) for row in rows_of(m, pks)}


def readable(model: Any, row: Any, name: str) -> bool:
    """Whether the actor may read a field now: of this row, or, when it is gone or out of sight, of every row there can be."""
    if row is not None:
        return policy.level(row, name) >= Level.READ
    return policy.visible(model) is None and policy.ceiling(model, name) >= Level.READ and policy.readable_where(model, name) is None


def changes_of(e: Any, model: Any, row: Any, linked: dict[tuple[Any, int], str]) -> list[Change]:
    """The fields of an entry, in the order of the record."""
    if e.action in TOLD:
        return [Change(*one) for one in TOLD[e.action](e.changes)]
    if model is None or model.__platform__ or e.action in OF_PEOPLE:
        return []
    if e.action == "rights":
        return [right(model, what, pair) for what, pair in e.changes.items()]
    if e.action == "layout":
        roles = role_names(archived=True)
        return [Change(roles.get(role, role), before, after) for role, before, after in layout_changes(model, e.changes)]
    if e.action == "template":
        return [Change(str(TEMPLATE.get(n, n)), *pair) for n, pair in e.changes.items()]
    fields, made = fields_of(model), []
    for name, pair in e.changes.items():
        if name not in fields or not isinstance(pair, list) or len(pair) != 2:
            continue
        title = str(fields[name].label)
        if isinstance(fields[name], Secret) or not readable(model, row, name):
            made.append(Change(title, hidden=True))
            continue
        before, after = (word(model, name, value, linked) for value in pair)
        if before or after:
            made.append(Change(title, before, after))
    return made


def word(model: Any, name: str, value: Any, linked: dict[tuple[Any, int], str]) -> str:  # noqa: PLR0911
    """A kept value as people write it."""
    if value is None or value == "":
        return ""
    field = fields_of(model)[name]
    kind = field.kind(model, name)
    if isinstance(field, Link):
        return linked.get((field.target(model, name), value)) or str(_("not shown to you"))
    words = worded(model, name)
    if kind == "signature":
        return shown(kind, value)
    if kind == "tags":
        return "、".join(words.get(code, code) for code in re.findall(r"'([^']*)'", str(value)))
    if words:
        return words.get(value, str(value))
    try:
        return shown(kind, value if isinstance(value, bool) else values.read(kind, str(value)))
    except Refused:
        return str(value)


def right(model: Any, what: str, pair: list[Any]) -> Change:
    """A changed right: which role, which right, from what to what."""
    role, _space, target = what.partition(" ")
    kind, title = all_targets(model).get(target, ("", target))
    words = REACHES if kind == "reach" else {str(n): w for n, w in LEVELS.items()}
    before, after = (str(words.get(value, value) or "") for value in pair)
    return Change(f"{role_names(archived=True).get(role, role)} · {title}", before, after)


def text_of(e: Any, model: Any, row: Any) -> str:
    """What an entry says beside its fields."""
    changes = e.changes
    if e.action in ("export", "import"):
        known = fields_of(model) if model is not None else {}
        columns = [str(known[n].label) for n in changes.get("fields", ()) if n in known]
        return ": ".join(filter(None, [str(_("%(n)s rows", n=changes.get("rows", 0))), "、".join(columns)]))
    if e.action == "refused":
        asked = "、".join(changes.get("names", ()))
        return f"{changes.get('method', '')} {changes.get('path', '')}{f' ({asked})' if asked else ''}"
    if e.action in ("attach", "detach"):
        return e.reason if row is not None and policy.part(row, TARGET) >= Level.READ else ""
    if e.action in ("print", "template", "dashboard"):
        return str(e.reason)
    if e.action in ("login", *STRANGER):
        return str(_("by the interface for programs") if changes.get("way") == "api" else "")
    return str(_("Reason: %(text)s", text=e.reason)) if e.action == "reveal" else ""
