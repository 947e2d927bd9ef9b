"""The children of a record on its own form: a grid for each type that its view declares, and the same by REST."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.engine import lines, policy, query
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.held import first_value
from app.engine.record import STAMPS, record_named
from app.extensions import db
from app.web import showing
from app.web.cells import cell as shown_cell
from app.web.cells import described
from app.web.enter import in_words
from app.web.frame import record_views

MOST = 60  # rows on a form; more are changed on their own pages
BLANK = "__n__"  # stands for a row's name in the pattern that new rows are made from
NEW = "new"


def keep(view: Any, record: Any, sent: dict[str, Any], version: str | None) -> Any:
    """Keep what a form sent, rows included; the caller commits."""
    own, rows = lines.read(sent)
    for table, given in rows.items():
        rows[table] = {row: data for row, data in given.items() if row.isdecimal() or not blank(record_named(table), data)}
    return lines.save(record, own | {"version": version}, rows, view.inline, db.session, in_words)


def blank(model: Any, data: dict[str, Any]) -> bool:
    """Whether a new row was left as it was offered."""
    fields = fields_of(model) if model is not None else {}
    for name, value in data.items():
        start = first_value(model, name) if name in fields else None
        if name in fields and value not in ("", None, str(start), "0" if fields[name].kind(model, name) == "flag" and not start else ""):
            return False
    return True


def rest(record: Any, sent: dict[str, Any]) -> Any:
    """The same from JSON: ``{"lines": {"<table>": [{...}, {"id": 5, ...}, {"id": 6, "remove": true}]}}``."""
    given, made = sent.pop("lines", None) or {}, lines.Rows()
    view = next((v for v in record_views() if v.model is type(record)), None)
    if not isinstance(given, dict) or not all(isinstance(v, list) and all(isinstance(r, dict) for r in v) for v in given.values()):
        raise Refused('Send lines as {"table": [{...}]}.')
    for table, rows in given.items():
        made[table] = {}
        for n, row in enumerate(rows):
            data = {k: v for k, v in row.items() if k not in ("id", "remove")}
            made[table][str(row.get("id") or f"{NEW}{n}")] = data | {lines.GONE: row.get("remove") is True}
    return lines.save(record, sent, made, view.inline if view else [], db.session, in_words)


def grids(view: Any, record: Any, given: dict[str, str], wrong: dict[str, str], more: str = "") -> list[dict[str, Any]]:
    """Everything ``parts/grid.html`` needs; one query for each type of child."""
    typed = lines.read(given)[1]
    faults = lines.read(wrong)[1]
    made = (grid(record, table, link, typed.get(table, {}), faults.get(table, {}), more == table) for table, link in view.inline)
    return [g for g in made if g]


def grid(  # noqa: PLR0913, PLR0917
    record: Any, table: str, link: str, given: dict[str, Any], wrong: dict[str, Any], more: bool  # noqa: FBT001
) -> dict[str, Any] | None:
    model = record_named(table)
    if not policy.opens(model) or not policy.comparable(model, [link]):
        return None
    names, children = shown(model, link), list[Any]()
    if record is not None:
        wanted = select(model).where(query.where(model, link, "eq", record.id)).order_by(model.id)
        children = list(db.session.scalars(wanted.options(*query.loads(model, names)).limit(MOST + 1)))
    can_add = policy.may(model, "can:add") and link in policy.writable(model)
    if not children and not can_add:
        return None
    new = [r for r in given if not r.isdecimal()] + ([f"{NEW}-{len(given)}"] if more else [])
    rows = [line(model, c, str(c.id), names, given, wrong) for c in children[:MOST]]
    rows += [line(model, None, r, names, given, wrong) for r in new if can_add]
    heads = [described(model, n) | {"required": fields_of(model)[n].required(model, n)} for n in names]
    return {
        "table": table, "title": str(model.__plural__ or model.__label__), "heads": heads, "rows": rows,
        "more_url": f"/{table}/list?{link}={record.id}" if len(children) > MOST else "",
        "pattern": line(model, None, BLANK, names, {}, {}) if can_add else None,
        "errors": [e for r in rows for e in r["errors"]],
    }  # fmt: skip


def shown(model: Any, link: str) -> list[str]:
    """The columns of a grid: those of the type's own list, and what cannot be left out."""
    fields, view = fields_of(model), next((v for v in record_views() if v.model is model), None)
    listed = [n for n in (view.columns if view else []) if n in fields] or list(fields)[:6]
    names = [*listed, *(n for n in fields if fields[n].required(model, n) and n not in listed)]
    hidden = {link, "number", *STAMPS} | {n for n in names if fields[n].kind(model, n) == "signature"}
    return [n for n in policy.readable(model, names) if n not in hidden]


def line(model: Any, child: Any, row: str, names: list[str], given: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0913, PLR0917
    """One row: an input, a value or nothing for each column."""
    table, typed, faults = model.__tablename__, given.get(row, {}), wrong.get(row, {})
    fixed = child is not None and model.__appended__
    cells = [None if fixed else showing.one(model, child, n, typed, faults) for n in names]
    for n, cell in enumerate(cells):
        if cell is None or cell["readonly"]:
            words = shown_cell(child, names[n]) if child is not None else None
            cells[n] = described(model, names[n]) | {"readonly": True, "cell": words}
            continue
        cell |= {"name": lines.name_of(table, row, cell["name"]), "id": f"l-{table}-{row}-{cell['name']}", "new_url": "", "help": ""}
        cell |= {n: lines.name_of(table, row, cell[n]) for n in ("after", "within") if cell.get(n)}
        cell |= {"shown_when": None, "needed_when": None, "rows": 1}
    labels = {n: str(fields_of(model)[n].label) for n in faults if n}
    place = str(model.__plural__ or model.__label__)
    return {
        "key": row, "version": child.version if child is not None else "", "cells": cells, "error": faults.get("", ""),
        "gone": typed.get(lines.GONE) == "1", "url": f"/{table}/show/{child.id}" if child is not None else "",
        "can_remove": child is None or (not model.__appended__ and policy.may(model, "can:delete", child)),
        "errors": [
            {"label": f"{place} · {labels.get(n, row if child is None else str(child))}", "text": w,
             "anchor": f"l-{table}-{row}-{n}" if n else f"r-{table}-{row}"}
            for n, w in faults.items()
        ],
    }  # fmt: skip


def described_rest(view: Any, schema: Any) -> dict[str, Any]:
    """The shape of ``lines`` in the description of the REST surface, for what the actor may set; ``schema`` tells of one field."""
    made = dict[str, Any]()
    for table, link in view.inline:
        model = record_named(table)
        names = [n for n in policy.writable(model) if n != link] if policy.opens(model) else []
        if names:
            row = {"id": {"type": "integer"}, "version": {"type": "integer"}, "remove": {"type": "boolean"}}
            one = {"type": "object", "properties": row | {n: schema(model, n, sent=True) for n in names}}
            made[table] = {"type": "array", "items": one}
    return {"lines": {"type": "object", "properties": made}} if made else {}
