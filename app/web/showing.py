"""What a record's page and its forms show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Load

from app.engine import policy, query
from app.engine.asks import hidden
from app.engine.audit import AuditEntry
from app.engine.current import trusted
from app.engine.fields import Link, fields_of
from app.engine.files import TARGET
from app.engine.held import first_value
from app.engine.layout import arranged, key_of
from app.engine.present import label
from app.engine.record import record_named
from app.engine.rules import Level
from app.engine.shroud import open_of, sealed_key
from app.engine.verbs import VERBS as DEEDS
from app.extensions import db
from app.web import besides, designing, notes
from app.web.cells import NOTHING, cell, choices, described, moment, shown, typed
from app.web.diagram import diagram
from app.web.files import drawn
from app.web.frame import record_views
from app.web.inputs import beside as beside_input
from app.web.inputs import laid_out, laid_shut, paired, section_when, tabbed, told, used
from app.web.screen import administers
from app.web.settable import open_to, settable
from app.web.trail_words import NOTED, OF_PEOPLE, VERBS

KEPT, BESIDE = 30, 10
TOLD = ("print", "tell", "reveal", "attach", "detach", "share", "unshare", "ask")  # of these the reason is for people to read
MODES = {"phone": "tel", "money": "decimal", "number": "decimal", "whole": "numeric", "place": "decimal", "rating": "numeric"}


def context(view: Any, record: Any) -> dict[str, Any]:
    """Everything ``record/show.html`` needs: one query for the history, one for each related list."""
    model = type(record)
    flow = model.__flow__(record) if model.__flow__ else None
    readable = policy.readable(model)
    sections = []
    declared = view.declared()
    homes = {id(s.title): key_of(s) for s in declared}
    for section in arranged(model, declared):
        cells = [(described(model, n), cell(record, n)) for n in section.fields if n in readable]
        if cells:
            edit = f"{view.base}/edit/{record.id}" if any(settable(record, n) for n in section.fields) else ""
            sections.append({"title": str(section.title), "cells": cells, "edit_url": edit, "key": homes[id(section.title)]})
    drawn(record, sections)
    tabs = used(tabbed(model, sections), sections)
    can_edit = any(settable(record, n) for n in policy.writable(model))
    title, noted = label(record), notes.context(record)
    state = cell(record, "state") if flow and "state" in readable else NOTHING
    return {
        "record": {
            "id": record.id, "title": title, "number": cell(record, "number").raw if "number" in readable else "",
            "version": record.version,
            "state_label": state.shown, "state_tint": state.tint, "model_label": str(model.__label__),
        },
        "page_title": title, "sections": sections, "tabs": tabs, "steps": steps(view, flow, record),
        "over": flow is not None and flow.state.final,
        "diagram": diagram(model.__flow__, record.state) if flow and "state" in readable else "",
        "history": notes.timeline([*history(record), *besides.talks(view, record)], noted["notes"]),
        "related": [r for r in (beside(t, n, record) for t, n in besides.at_once(view)) if r],
        "blocks": [b for b in (beside(t, n, record, short=True) for t, n in view.blocks) if b], "later": besides.later(view, record),
        "inline": [t for t, _link in view.inline],
        "parts": parts(view, record), "ask_url": f"/ask/{model.__tablename__}/{record.id}" if hidden(record) else "",
        "can_edit": can_edit and not model.__appended__, "edit_url": f"{view.base}/edit/{record.id}",
        "can_delete": policy.may(model, "can:delete", record) and not model.__appended__,
        "delete_url": f"{view.base}/delete/{record.id}", "version": record.version,
        "actions": besides.actions(view, record),
        "layout_url": f"/layouts/{model.__tablename__}" if administers() else "",
        "print_url": f"{view.base}/print/{record.id}" if policy.may(model, "can:print", record) else "",
        "fields_url": f"/custom/{model.__tablename__}/add?back={view.base}/show/{record.id}" if administers() else "",
        "same_url": f"{view.base}/same/{record.id}" if model.__alike__ else "",
    } | noted  # fmt: skip


def peek(view: Any, record: Any) -> dict[str, Any]:
    """What stands of a record beside its list: the fields that hold something, and where it opens."""
    model, title = type(record), label(record)
    readable = set(policy.readable(model))
    sections = [(str(s.title), [(described(model, n), cell(record, n)) for n in s.fields if n in readable]) for s in view.parts()]
    shown = [(title, kept) for title, pairs in sections if (kept := [(f, c) for f, c in pairs if c.look not in ("none", "empty")])]
    return {"title": title, "kind": str(model.__label__), "sections": shown, "url": f"{view.base}/show/{record.id}"}


def parts(view: Any, record: Any) -> list[dict[str, str]]:
    """The tabs that are fetched when opened: those of its type, its files, and whom it is shared with."""
    mine = policy.may(type(record), "can:share", record) or (type(record).__name__, record.id) in policy.shares()
    able = {"files": (_("Files"), policy.part(record, TARGET) >= Level.READ), "shares": (_("Sharing"), mine)}
    tabs = [*((t.name, t.title) for t in view.own_tabs if t.when(record)), *((n, words) for n, (words, on) in able.items() if on)]
    return [{"tab": n, "label": str(words), "url": f"{view.base}/{n}/{record.id}"} for n, words in tabs]


def steps(view: Any, flow: Any, record: Any) -> list[dict[str, Any]]:
    """What can be done from here: open to the actor, or shown with the reason why not. No role's own moves are not shown."""
    model, verbs = type(record), DEEDS.get(type(record), {})
    made = []
    for verb in verbs.values():
        if verb.fits(record) and policy.anyone(model, verb.needs):
            inputs = [
                {"name": n, "label": str(w), "kind": "link", "required": True, "lookup_url": f"/{m.__tablename__}/lookup"}
                for n, (w, m) in verb.objects.items()
            ]
            made.append(
                {"name": verb.name, "label": verb.label, "danger": False, "allowed": verb.allowed(record), "fields": inputs, "target": ""}
            )
    for step in flow.possible() if flow else ():
        if step.name not in verbs and policy.anyone(model, f"step:{step.name}"):
            inputs = [{"name": f, "label": str(w), "kind": "note", "required": f not in step.optional} for f, w in step.fields.items()]
            made.append(
                {"name": step.name, "label": step.label, "danger": step.danger, "allowed": flow.allowed(step), "fields": inputs, "target": str(step.target.label)}  # noqa: E501
            )  # fmt: skip
    why_not = str(_("Not part of your role."))
    return [
        one
        | {
            "label": str(one["label"]),
            "n": n,
            "why_not": "" if one["allowed"] else why_not,
            "url": f"{view.base}/step/{record.id}/{one['name']}",
        }
        for n, one in enumerate(made, 1)
    ]


def history(record: Any) -> list[dict[str, Any]]:
    """The trail of one record, newest first; only the cells that the actor may read."""
    model, staff = type(record), record_named("staff")
    known = query.known_by(staff)
    with trusted("history"):
        query_ = (
            select(AuditEntry, staff, sealed_key(model, record.id))
            .outerjoin(staff, staff.id == AuditEntry.created_by)
            .where(AuditEntry.model == model.__name__, AuditEntry.record_id == record.id, AuditEntry.action.not_in((*OF_PEOPLE, *NOTED)))
            .order_by(AuditEntry.id.desc())
            .options(Load(staff).load_only(*known))
            .limit(query.fixed(KEPT))
        )
        found = db.session.execute(query_).all()
    open_of(found[0][2] if found else None, [row[0] for row in found])
    fields, files = fields_of(model), policy.part(record, TARGET) >= Level.READ
    return [
        {
            "at": moment(entry.created_at), "when": entry.created_at, "who": label(person) if person else str(_("System")),
            "verb": verb(model, entry), "action": entry.action,
            "text": entry.reason if entry.action in TOLD and (entry.action not in ("attach", "detach") or files) else "",
            "changes": [
                {"label": str(fields[n].label), "before": word(model, n, pair[0]), "after": word(model, n, pair[1])}
                for n, pair in entry.changes.items()
                if n in fields and entry.action == "update" and policy.level(record, n) >= Level.READ and not isinstance(fields[n], Link)
            ],
        }
        for entry, person, _key in found
    ]  # fmt: skip


def verb(model: Any, entry: Any) -> str:
    step = entry.reason.removeprefix("step: ")
    if entry.reason.startswith("step: ") and model.__flow__ and step in model.__flow__.steps:
        return str(model.__flow__.steps[step].label)
    return str(VERBS.get(entry.action, entry.action))


def word(model: Any, name: str, value: Any) -> str:
    kind = described(model, name)["kind"] if value is not None else ""
    if kind == "moment":
        return moment(datetime.fromisoformat(str(value)))
    if kind in ("rating", "signature", "flag"):
        return str(value) if kind == "rating" else shown(kind, value)
    return dict(choices(model, name)).get(value, "" if value is None else str(value))


def beside(table: str, name: str, record: Any, *, short: bool = False) -> dict[str, Any] | None:
    """The first rows of a related list, if the actor opens that type of record at all."""
    model = record_named(table)
    view = next((v for v in record_views() if v.model is model), None)
    if view is None or not policy.opens(model) or not policy.comparable(model, [name]):
        return None
    names = [n for n in policy.readable(model, (short and view.line) or view.columns) if n != name]
    query_ = select(model).where(query.where(model, name, "eq", record.id)).order_by(model.id.desc())
    rows = list(db.session.scalars(query_.options(*query.loads(model, names)).limit(query.fixed(BESIDE + 1))))
    base = f"/{table}"
    return {
        "table": table, "title": str(model.__plural__ or model.__label__), "count": len(rows) if len(rows) <= BESIDE else f"{BESIDE}+",
        "columns": [described(model, n) for n in names],
        "rows": [{"id": r.id, "url": f"{base}/show/{r.id}", "cells": [cell(r, n) for n in names]} for r in rows[:BESIDE]],
        "more": len(rows) > BESIDE,
        "add_url": f"{base}/add?{name}={record.id}" if policy.may(model, "can:add") else "",
        "more_url": f"{base}/list?{name}={record.id}",
    }  # fmt: skip


def form(view: Any, record: Any, given: dict[str, str], wrong: dict[str, str]) -> dict[str, Any]:
    """Everything ``record/form.html`` needs; what was typed wins over what is stored."""
    model = view.model
    declared, above = view.declared(), administers()
    homes, design = {id(s.title): key_of(s) for s in declared}, designing.context(view, declared)
    sections, back = [], f"{view.base}/edit/{record.id}" if record else f"{view.base}/add"
    for section in arranged(model, declared):
        inputs = [i for i in (one(model, record, n, given, wrong, live=True) for n in section.fields if n in fields_of(model)) if i]
        if design or any(not i["readonly"] for i in inputs):
            home = homes[id(section.title)]
            url = f"/custom/{model.__tablename__}/add?section={home}&back={back}" if above else ""
            sections.append({"title": str(section.title), "inputs": inputs, "fields_url": url, "key": home} | section_when(model, home))
    known = told(model, record, sections)
    for made in sections:
        made["inputs"] = paired(model, made["inputs"]) if not design else made["inputs"]
    errors = [{"label": str(fields_of(model)[n].label), "text": w, "anchor": f"f-{n}"} for n, w in wrong.items() if n in fields_of(model)]
    heading = _("Change %(name)s", name=label(record)) if record else _("New: %(kind)s", kind=model.__label__)
    return {
        "heading": str(heading), "page_title": str(heading), "sections": sections, "errors": errors,
        "version": given.get("version") or (record.version if record else ""),
        "known": known, "design": design, "tabs": tabbed(model, sections),
        "cancel_url": f"{view.base}/show/{record.id}" if record else f"{view.base}/list",
        "design_url": f"{back}?design={designing.first_role()}" if above else "",
    }  # fmt: skip


def one(  # noqa: PLR0913
    model: Any, record: Any, name: str, given: dict[str, str], wrong: dict[str, str], *, live: bool = False
) -> dict[str, Any] | None:
    """One input, a value shown beside the inputs, or nothing when the actor may not even see it."""
    field = fields_of(model)[name]
    value = field.read(record, name) if record else None
    has = policy.level(record, name) if record else policy.ceiling(model, name)
    able = (open_to if live else settable)(record, name) if record else has >= Level.FILL
    kind = field.kind(model, name)
    if has == Level.NONE or (record is None and (not able or kind == "signature")):  # it is drawn on a record that is there
        return None
    made = described(model, name)
    shown = cell(record, name).shown if record else ""
    value = value if record else first_value(model, name)
    entered = given.get(name, typed(kind, value)) if able else ""
    held = value if isinstance(value, list) else [value]
    kept = [(c, w) for c, w in made["words"].items() if c in field.retired and c in held]  # put away, and still what it is
    return made | {
        "choices": made["choices"] + kept, "kind": kind, "value": entered, "required": field.required(model, name),
        "readonly": not able, "shown": shown,
        "error": wrong.get(name, ""), "inputmode": MODES.get(kind, ""), "level": has.name.lower(),
        "option_label": option(model, name, entered) if kind == "link" and able else "",
    } | laid_out(model, name) | (beside_input(model, name, kind) | laid_shut(record, name) if able else {})  # fmt: skip


def option(model: Any, name: str, entered: str) -> str:
    if not entered.isdecimal():
        return ""
    field = fields_of(model)[name]
    target = db.session.get(field.target(model, name), int(entered)) if isinstance(field, Link) else None
    return label(target) if target else ""
