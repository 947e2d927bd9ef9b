"""What the pages of a company's own fields show: the list of a record type's fields, and the form of one."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _

from app.engine import tailor, wordlist
from app.engine.conditions import leaves, parse
from app.engine.custom import Said
from app.engine.errors import Refused
from app.engine.expr.fit import fitted
from app.engine.expr.read import MARK
from app.engine.expr.said import said
from app.engine.fields import Link, Secret, declared, fields_of
from app.engine.fitting import KINDS, LISTS, SAFE, filled
from app.engine.layout import ADDED, key_of
from app.engine.rules import CustomField
from app.extensions import db
from app.web.cells import choices, moment
from app.web.field_words import changes
from app.web.frame import record_views
from app.web.rights import GROUPS
from app.web.trail_lines import names

BLANK = 3  # rows for new choices, where no script adds them
HOW = {"eq": _("is"), "ne": _("is not"), "filled": _("is filled")}


def kinds(model: Any) -> dict[str, Any]:
    """The record types to choose from, for both pages."""
    views = [v for v in record_views() if not v.model.__appended__]
    return {
        "kinds": [(v.model.__tablename__, str(v.model.__plural__ or v.model.__label__)) for v in views],
        "table": model.__tablename__, "records": str(model.__plural__ or model.__label__), "tints": wordlist.TINTS,
    }  # fmt: skip


def listing(view: Any, rows: list[CustomField]) -> dict[str, Any]:
    """What ``fields.html`` shows."""
    model, sections = view.model, titles(view)
    base = f"/custom/{model.__tablename__}"
    lists = {r.builtin: r for r in rows if r.builtin}

    def line(row: CustomField) -> dict[str, Any]:
        both = (row.label, row.label_en)
        return {
            "id": row.id, "label": str(Said(*both)), "other": next((w for w in both if w and w != str(Said(*both))), ""),
            "kind": str(KINDS.get(row.kind, row.kind)), "group": str(GROUPS.get(row.group, row.group)), "required": row.required,
            "section": sections.get(row.section, str(_("More"))), "url": f"{base}/{row.id}", "choices": live(row.choices),
            "held": filled(db.session, model, row) if row.archived else 0,
        }  # fmt: skip

    open_ = [
        {"label": str(f.label), "url": f"{base}/choices/{n}", "own": n in lists,
         "choices": live(lists[n].choices if n in lists else wordlist.of(f))}
        for n, f in declared(model).items() if f.open
    ]  # fmt: skip
    mine = [r for r in rows if not r.builtin]
    return kinds(model) | {
        "rows": [line(r) for r in mine if not r.archived], "away": [line(r) for r in mine if r.archived], "open": open_,
        "page_title": _("Fields"), "base": base,
    }  # fmt: skip


def live(kept: list[dict[str, Any]] | None) -> list[tuple[str, str]]:
    return [(str(Said(c["zh"], c.get("en", ""))), c.get("tint", "")) for c in kept or [] if not c.get("archived")]


def titles(view: Any) -> dict[str, str]:
    return {key_of(s): str(s.title) for s in view.sections}


def form(view: Any, row: CustomField, given: dict[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    """What ``field.html`` shows; what was typed wins over what is kept."""
    model = view.model
    held = {n: getattr(row, n) for n in (*tailor.TOLD, "kind")} | given
    scheme = request.values.get("scheme") == "1"
    lists = [c | {"n": n} for n, c in enumerate(held["choices"] or [])]
    label = str(declared(model)[row.builtin].label) if row.builtin else str(Said(row.label, row.label_en or "")) if row.id else ""
    new = _("New classification scheme") if scheme else _("New field")
    base = f"/custom/{model.__tablename__}"
    return kinds(model) | {
        "first": inputs(model, row, held, wrong, ("label", "label_en") if scheme else ("label", "label_en", "kind")),
        "more": inputs(model, row, held, wrong, ("section", "group", "start", "help", "help_en")),
        "ticks": inputs(model, row, held, wrong, ("required", "listed")),
        "when": when(model, row, str(held["shown"] or "")), "wrong": wrong, "row": row, "scheme": scheme,
        "section": held["section"] or "", "choices": lists + [{"n": len(lists) + n} for n in range(BLANK)],
        "lists": LISTS, "kind": held["kind"], "heading": label or str(new), "page_title": label or new,
        "back": request.values.get("back", ""), "base": base, "new": row.id is None and not row.builtin,
        "errors": list(wrong.items()),
        "history": lines(row) if row.id else [],
        "held": filled(db.session, model, row) if row.id and not row.builtin else 0,
        "empty": filled(db.session, model, row, empty=True) if row.id and not row.builtin else 0,
    }  # fmt: skip


def inputs(model: Any, row: CustomField, held: dict[str, Any], wrong: dict[str, str], names_: tuple[str, ...]) -> list[dict[str, Any]]:
    """Inputs as ``parts/fields.html`` draws them."""
    able = [row.kind, *SAFE.get(row.kind, ())] if row.id and filled(db.session, model, row) else [*KINDS]
    groups = dict.fromkeys(f.group for f in declared(model).values())
    made: dict[str, dict[str, Any]] = {
        "label": {"label": _("Field name"), "kind": "text", "required": True},
        "label_en": {"label": _("Name in English"), "kind": "text"},
        "kind": {"label": _("Type"), "kind": "choice", "choices": [(k, str(KINDS.get(k, k))) for k in able], "required": True},
        "section": {"label": _("Section"), "kind": "choice", "choices": [*titles_of(model).items()], "required": True},
        "group": {"label": _("Group of rights"), "kind": "choice", "required": True,
                  "choices": [(g, str(GROUPS.get(g, g))) for g in groups],
                  "help": _("Whoever reads or writes this group does so here, at once. The rights matrix can say otherwise for a role.")},
        "required": {"label": _("Needed"), "kind": "flag"},
        "listed": {"label": _("A column of the list"), "kind": "flag"},
        "start": {"label": _("Begins with"), "kind": "text", "help": _("What a new record holds until somebody says otherwise.")},
        "help": {"label": _("Help"), "kind": "text", "help": _("Stands below the input, as here.")},
        "help_en": {"label": _("Help in English"), "kind": "text"},
    }  # fmt: skip
    held = held | {"section": held["section"] if held["section"] in titles_of(model) else ADDED}
    return [made[n] | {"name": n, "value": typed(held[n]), "error": wrong.get(n, "")} for n in names_]


def titles_of(model: Any) -> dict[str, str]:
    return titles(next(v for v in record_views() if v.model is model)) | {ADDED: str(_("More"))}


def typed(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def when(model: Any, row: CustomField, written: str) -> dict[str, Any]:
    """Under which condition a field is asked for: three inputs, or an expression."""
    path = how = value = typed_ = ""
    leaf = None
    try:
        if written.startswith(MARK):
            typed_ = written[1:]
            typed_ = said(model, fitted(model, typed_))
        else:
            leaf = next(iter(leaves(parse(written))), None)
    except Refused:
        pass  # what cannot be read is shown as it was typed
    if leaf is not None:
        path, how, value = leaf.path, "filled" if leaf.how == "empty" else leaf.how, "" if leaf.how == "empty" else leaf.value
    fields = {
        n: {"label": str(f.label), "choices": choices(model, n)} for n, f in fields_of(model).items()
        if not isinstance(f, (Link, Secret)) and n != (row.name if row.id else "") and (f.added or not f.readonly)
        and f.kind(model, n) in ("choice", "flag", "text", "whole", "number", "money", "rating")
    }  # fmt: skip
    words: dict[str, str] = dict(choices(model, path)) if path in fields else {}
    made = {"path": path, "how": how, "value": words.get(value, value), "fields": fields, "hows": HOW}
    return made | {"typed": typed_, "try": f"/expressions/{model.__tablename__}"}


def lines(row: CustomField) -> list[dict[str, Any]]:
    """The history of a field: who changed what, and the way back to before it."""
    entries = tailor.history(db.session, row)
    people = names(entries)
    return [
        {"id": e.id, "at": moment(e.created_at), "who": people.get(e.created_by or 0, ""), "changes": changes(e.changes),
         "begins": tailor.begins(e)}
        for e in entries
    ]  # fmt: skip

