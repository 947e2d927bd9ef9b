"""Rows out to a workbook and back in, over HTTP. A file is tried first; nothing is written until it is confirmed."""

from __future__ import annotations

import secrets
import tempfile
from typing import Any

from flask import flash, redirect, request, send_file, session
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.clock import today
from app.engine.errors import Forbidden, Refused
from app.engine.export import export, written
from app.engine.fields import fields_of
from app.engine.columns import letter
from app.engine.imports import Trial, bring_in
from app.engine.sheets import sheet_of
from app.engine.vault import seal, unseal
from app.extensions import db, store
from app.web.asked import Asked
from app.web.enter import page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = 1800  # seconds between the trial and the import
SHOWN = 50


def exported(model: Any, asked: Asked, columns: list[str]) -> Any:
    """The rows of a list as xlsx, all pages of it."""
    rest = [n for n in fields_of(model) if n not in columns]
    file = tempfile.TemporaryFile()
    export(db.session, model, asked.conditions(model), file=file, names=[*columns, *rest], by=asked.by)
    db.session.commit()
    file.seek(0)
    return send_file(file, XLSX, as_attachment=True, download_name=f"{model.__tablename__}-{today():%Y%m%d}.xlsx")


def template(view: Any) -> Any:
    """An empty workbook with the headings that an import knows."""
    if not policy.may(view.model, "can:import"):
        raise Forbidden
    names = [n for n in fields_of(view.model) if n in policy.writable(view.model)]
    file = written(view.model, names)
    return send_file(file, XLSX, as_attachment=True, download_name=f"{view.model.__tablename__}-import.xlsx")


def importing(view: Any) -> Any:
    """Upload and try; then, by the token of the trial, write."""
    if not (policy.may(view.model, "can:import") and policy.may(view.model, "can:add")):
        raise Forbidden
    if request.method == "GET":
        return shown(view)
    if token := request.form.get("token", ""):
        rows = kept(token)
        trial = bring_in(db.session, view.model, rows, keep=True)
        if trial.done:
            db.session.commit()
            store().delete(slot(token))
            flash(_("%(n)s rows were added.", n=trial.rows), "success")
            return redirect(f"{view.base}/list")
        return shown(view, rows, trial, status=422)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused(_("Choose a file first."))
    rows = sheet_of(file.filename, file.read())
    trial = bring_in(db.session, view.model, rows, keep=False)
    token = secrets.token_urlsafe(12)
    store().set(slot(token), seal("\x1e".join("\x1f".join(r) for r in rows)).encode(), ex=KEPT)  # a file is full of phones
    return shown(view, rows, trial, token, status=422 if trial.faults else 200)


def slot(token: str) -> str:
    """Where a tried file waits; its name holds the session's user, so nobody confirms another's."""
    return f"jiahe:import:{session.get('tenant')}:{session.get('_user_id')}:{token}"


def kept(token: str) -> list[list[str]]:
    data: Any = store().get(slot(token))
    if data is None:
        raise Refused(_("This trial is too old. Choose the file again."))
    return [row.split("\x1f") for row in unseal(data.decode()).split("\x1e")]


def shown(view: Any, rows: list[list[str]] | None = None, trial: Trial | None = None, token: str = "", status: int = 200) -> Any:
    preview = None
    if rows is not None and trial is not None:
        faults: dict[int, list[Any]] = {}
        for fault in trial.faults:
            faults.setdefault(fault.row, []).append(fault)
        numbered = list(enumerate(rows[1:], 2))
        wrong = [pair for pair in numbered if pair[0] in faults]
        preview = {
            "headers": rows[0], "token": token if not trial.faults else "", "ok_count": trial.rows - len(wrong),
            "bad_count": len(wrong), "head_errors": [str(f.message) for f in faults.get(1, [])],
            "ignored": trial.ignored,
            "rows": [line(n, row, faults.get(n, [])) for n, row in (wrong or numbered)[:SHOWN]],
        }  # fmt: skip
    model = view.model
    return page(
        "record/import.html", status, preview=preview, page_title=_("Import: %(kind)s", kind=model.__plural__ or model.__label__),
        template_url=f"{view.base}/import/template.xlsx", import_url=f"{view.base}/import", cancel_url=f"{view.base}/list",
        view={"plural": str(model.__plural__ or model.__label__), "table": model.__tablename__}, result="",
    )  # fmt: skip


def line(n: int, row: list[str], faults: list[Any]) -> dict[str, Any]:
    by_column = {f.column: str(f.message) for f in faults}
    cells = [{"value": value, "error": by_column.get(letter(c), "")} for c, value in enumerate(row)]
    return {"n": n, "cells": cells, "error": by_column.get("", "")}
