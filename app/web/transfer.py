"""Rows out to a file and back in, over HTTP. A file is tried first; nothing is written until it is confirmed."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import flash, redirect, request, send_file
from flask_babel import lazy_gettext as _

from app.engine import export, policy, tasks
from app.engine.clock import today
from app.engine.columns import keys
from app.engine.current import current
from app.engine.errors import Forbidden, Refused
from app.engine.exchange import TRIED, UNDONE, WRITTEN, ImportRun
from app.engine.fields import fields_of
from app.engine.imports import may_import
from app.engine.sheets import sheet_of
from app.engine.tasks import Task
from app.engine.trial import letter
from app.extensions import db
from app.web.asked import Asked
from app.web.enter import page
from app.web.exchanging import ask_for, plan_of, put_right, put_rows, rows_of, run_of, said, streamed, tried

XLSX = export.KINDS["xlsx"]
AT_ONCE = 5000  # rows of an export that nobody has to wait long for
SHOWN = 50  # duplicates that a page tells
IN_MEMORY = 8 << 20  # bytes of an answer that are kept in memory; a longer one goes through a file
TRIED_AT_ONCE = 1000  # rows of an import that are tried while the page waits
MODES = {
    "insert": _("Add all rows as new"), "update": _("Change those that are there"), "both": _("Change those that are there, add the rest"),
}  # fmt: skip


def exported(model: Any, asked: Asked, columns: list[str], kind: str = "xlsx") -> Any:
    """The rows of a list, all pages of it: as a file, or as a task that makes one when they are many."""
    made = made_of(model, asked, [*columns, *(n for n in fields_of(model) if n not in columns)], kind)
    return redirect(made.page_url) if isinstance(made, Task) else made


def made_of(model: Any, asked: Asked, names: list[str], kind: str) -> Any:
    """A list as a file, or the task that makes it; committed."""
    wanted = asked.conditions(model)
    many = export.count(db.session, model, export.allowed(model, wanted), AT_ONCE)
    if many > AT_ONCE and not current().all_tenants:  # head office reads all companies only while it asks itself
        total = export.count(db.session, model, export.allowed(model, wanted))
        task = ask_for(db.session, model, asked, names, kind, total)
        db.session.commit()
        return task
    file: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the answer closes it
    export.export(db.session, model, wanted, file=file, names=names, by=asked.by, kind=kind)
    db.session.commit()
    file.seek(0)
    return streamed(file, kind, f"{model.__tablename__}-{today():%Y%m%d}.{kind}")


def template(view: Any) -> Any:
    """An empty workbook with the headings that an import knows."""
    if not policy.may(view.model, "can:import"):
        raise Forbidden
    names = [n for n, f in fields_of(view.model).items() if n in policy.writable(view.model) and f.kind(view.model, n) != "signature"]
    return send_file(export.written(view.model, names), XLSX, as_attachment=True, download_name=f"{view.model.__tablename__}-import.xlsx")


def importing(view: Any) -> Any:
    """Upload and try; mend and try again; then write, by the number of the trial."""
    if not may_import(view.model):
        raise Forbidden
    if request.method == "GET":
        return shown(view)
    if token := request.form.get("token", ""):
        return again(view, run_of(db.session, view.model, token))
    run, rows = received(view.model)
    return worked(view, run, rows, keep=False)


def received(model: Any) -> tuple[ImportRun, list[list[str]]]:
    """The file that was sent, kept, and its rows."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused(_("Choose a file first."))
    rows = sheet_of(file.filename, file.read())
    run = ImportRun(model=model.__name__, name=file.filename[-160:], key=put_rows(rows), rows=sum(map(bool, rows[1:])))
    db.session.add(run)
    db.session.flush()
    return run, rows


def import_page(view: Any, pk: int) -> Any:
    """How an import stands: its trial, or what it wrote."""
    run = run_of(db.session, view.model, pk)
    return shown(view, run)


def again(view: Any, run: ImportRun) -> Any:
    """The same file with other columns, with mended cells; written; or taken back."""
    do = request.form.get("do", "write")
    if do == "undo":
        return undo(view, run)
    if run.state != TRIED:
        raise Refused(_("This file was written already."))
    if "mode" in request.form:
        choose(view.model, run)
    said_ = {k.partition(":")[2]: v for k, v in request.form.items() if k.startswith("map:") and v != "?"}
    if any(not n.isdecimal() or (name and name not in fields_of(view.model)) for n, name in said_.items()):
        raise Refused(_("Choose one from the list."))
    run.columns = {**run.columns, **said_}
    rows = rows_of(run.key)
    if mended(rows):
        run.key = put_rows(rows)
    return worked(view, run, rows, keep=do == "write")


def choose(model: Any, run: ImportRun) -> None:
    """What is to be done with the rows, as it was sent."""
    mode, match = request.form.get("mode", "insert"), request.form.get("match", "")
    if mode not in MODES or match not in ("", *keys(model)):
        raise Refused(_("Choose one from the list."))
    run.mode, run.match = mode, match if mode != "insert" else ""


def mended(rows: list[list[str]]) -> bool:
    """Put what was typed into the cells; returns whether anything changed."""
    moved = False
    for key, text in request.form.items():
        kind, _colon, place = key.partition(":")
        row, _dot, column = place.partition(".")
        if kind == "cell" and row.isdecimal() and column.isdecimal() and 1 < int(row) <= len(rows) and int(column) < len(rows[0]):
            cells = rows[int(row) - 1]
            cells += [""] * (int(column) + 1 - len(cells))
            moved = moved or cells[int(column)] != text[:2000]
            cells[int(column)] = text[:2000]
    return moved


def worked(view: Any, run: ImportRun, rows: list[list[str]], *, keep: bool) -> Any:
    """Try or write at once where it is little, and by a task where it is much."""
    made = done(view.model, run, rows, keep=keep)
    if isinstance(made, Task):
        return redirect(made.page_url)
    if made.done:
        flash(" ".join([said(made), *put_right(made.repaired)]), "success")
        return redirect(f"{view.base}/import/{run.id}")
    return shown(view, run, status=422 if made.faults else 200)


def done(model: Any, run: ImportRun, rows: list[list[str]], *, keep: bool) -> Any:
    """The trial of a file, or the task that makes it; committed."""
    if run.rows > TRIED_AT_ONCE:
        label = _("Import: %(kind)s", kind=model.__plural__ or model.__label__)
        task = tasks.begin(db.session, "import", {"run": run.id, "model": run.model, "keep": keep}, str(label), run.rows)
        run.extra = {**(run.extra or {}), "task": task.id}
        db.session.commit()
        return task
    trial = tried(db.session, run, rows, keep=keep)
    db.session.commit()
    return trial


def undo(view: Any, run: ImportRun) -> Any:
    return redirect(undone(view.model, run).page_url)


def undone(model: Any, run: ImportRun) -> Task:
    """The task that takes an import back, ended already where it was little; committed."""
    label = _("Undo of an import: %(kind)s", kind=model.__plural__ or model.__label__)
    if run.state != WRITTEN:
        raise Refused(_("This import was taken back already."))
    start = tasks.begin if run.rows > TRIED_AT_ONCE else tasks.at_once
    task = start(db.session, "import.undo", {"run": run.id, "model": run.model}, str(label), run.rows)
    db.session.commit()
    return task


def marked(view: Any, pk: int) -> Any:
    """The wrong rows as a workbook: each wrong cell is red, and its remark says why."""
    run = run_of(db.session, view.model, pk)
    rows, told = rows_of(run.key), run.told
    faults: dict[int, dict[str, str]] = {}
    for fault in told.get("faults", []):
        faults.setdefault(fault["row"], {})[fault["column"]] = fault["message"]
    heads = rows[0]
    lines = []
    for n, row in enumerate(rows, 1):
        if n > 1 and (said_ := faults.get(n)):
            said_.setdefault("A", said_.get("", ""))  # what is wrong with the whole row stands at its first cell
            lines.append([(cell, said_.get(letter(c), "")) for c, cell in enumerate(row + [""] * (len(heads) - len(row)))])
    file = export.written(view.model, [], lines, heads)
    return send_file(file, XLSX, as_attachment=True, download_name=f"{view.model.__tablename__}-errors.xlsx")


def shown(view: Any, run: ImportRun | None = None, status: int = 200) -> Any:
    model, base = view.model, f"{view.base}/import"
    plural = str(model.__plural__ or model.__label__)
    return page(
        "record/import.html", status, preview=preview(model, run) if run and run.trial else None, base_url=base,
        page_title=_("Import: %(kind)s", kind=plural), template_url=f"{base}/template.xlsx", import_url=base,
        cancel_url=f"{view.base}/list",
        view={"plural": plural, "table": model.__tablename__}, run=run, done=run is not None and run.state != TRIED,
        taken_back=run is not None and run.state == UNDONE,
    )  # fmt: skip


def preview(model: Any, run: ImportRun) -> dict[str, Any]:
    """What the page shows of a trial: each column and its field, and the wrong rows, ready to be mended."""
    told, plan, fields = run.told, plan_of(run), fields_of(model)
    by_row: dict[int, dict[str, str]] = {}
    for fault in told["faults"]:
        by_row.setdefault(fault["row"], {})[fault["column"]] = fault["message"]
    settable = [n for n in policy.writable(model) if fields_of(model)[n].kind(model, n) != "signature"]
    names = [n for n in fields if (n in settable or n in keys(model)) and not fields[n].readonly]
    columns = [
        {
            "n": n, "head": head, "letter": letter(n), "field": told["columns"].get(str(n), ""),
            "error": by_row.get(1, {}).get(letter(n), ""), "out": plan.columns.get(n) == "", "ignored": head in told["ignored"],
        }
        for n, head in enumerate(told["heads"]) if head.strip()
    ]  # fmt: skip
    wrong = len([n for n in by_row if n > 1])
    return {
        "columns": columns, "choices": [(n, str(fields[n].label)) for n in names], "token": run.id,
        "mode": run.mode, "match": run.match,
        "modes": list(MODES.items()), "keys": [(n, str(fields[n].label)) for n in keys(model)],
        "ok_count": run.rows - wrong, "rows": run.rows,
        "bad_count": wrong, "head_errors": [m for c, m in by_row.get(1, {}).items() if not c], "ignored": told["ignored"],
        "fit": not told["faults"], "made": told["made"], "changed": told["changed"],
        "twins": told["twins"][:SHOWN], "twin_count": len(told["twins"]),
        "repairs": told.get("repairs", [])[:SHOWN], "repaired": put_right(told.get("repaired", {})),
        "repairs_left": max(sum(told.get("repaired", {}).values()) - SHOWN, 0),
        "lines": [
            {
                "n": n, "error": by_row.get(n, {}).get("", ""),
                "cells": [
                    {"n": c, "value": row[c] if c < len(row) else "", "error": by_row.get(n, {}).get(letter(c), ""), "label": head}
                    for c, head in enumerate(told["heads"])
                ],
            }
            for n, row in told["lines"]
        ],
    }  # fmt: skip


