"""The parts of a record in the description of the REST surface: files and notes."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.columns import keys
from app.engine.exchange import TRIED, UNDONE, WRITTEN
from app.engine.export import KINDS
from app.engine.files import TARGET
from app.engine.notes import TARGET as NOTES
from app.engine.rules import Level
from app.engine.signatures import names
from app.web.openapi_shapes import LINK, answer, json_body, operation, ref

FILE = {"type": "object", "properties": {
    "id": {"type": "integer"}, "name": {"type": "string"}, "kind": {"type": "string"}, "size": {"type": "integer"},
    "version": {"type": "integer"}, "at": {"type": "string"}, "by": {"type": "string"}, "url": {"type": "string"},
}}  # fmt: skip


def files(spec: APISpec, model: Any, base: str, pk: dict[str, Any]) -> None:
    """The files of a record, for whoever sees those of some row."""
    has = policy.part_ceiling(model, TARGET)
    if has < Level.READ:
        return
    listed = {"type": "object", "properties": {"result": {"type": "array", "items": FILE}}}
    form = {"type": "object", "required": ["file"], "properties": {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
    }}  # fmt: skip
    sending = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    adding = operation(model, _("Add files"), listed, status="201", requestBody=sending)
    reading = download(model)
    spec.path(f"{base}{{pk}}/files", parameters=[pk], operations={
        "get": operation(model, _("Files"), listed), **({"post": adding} if has >= Level.FILL else {}),
    })  # fmt: skip
    file_id = {"name": "file_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    deleting = operation(model, _("Remove"), {"type": "object"})
    spec.path(f"{base}{{pk}}/files/{{file_id}}", parameters=[pk, file_id], operations={
        "get": reading, **({"delete": deleting} if has == Level.WRITE else {}),
    })  # fmt: skip


def pivot(spec: APISpec, model: Any, base: str, parameters: list[dict[str, Any]]) -> None:
    """Numbers by one to three fields, over the rows of a question."""
    text = {"type": "string"}
    words = [{"name": n, "in": "query", "schema": text} for n in ("rows", "across", "measure")]
    cell = {"type": "object", "properties": {
        "keys": {"type": "object"}, "labels": {"type": "object"}, "count": {"type": "integer"}, "value": text,
    }}  # fmt: skip
    told = {"type": "object", "properties": {
        "rows": {"type": "array", "items": text}, "across": text, "measure": text, "how": text, "many": {"type": "boolean"},
        "count": {"type": "integer"}, "value": text, "result": {"type": "array", "items": cell},
    }}  # fmt: skip
    asked = [p for p in parameters if p["name"] not in ("after", "size", "sort")]
    spec.path(f"{base}pivot", operations={"get": operation(model, _("Pivot table"), told, parameters=[*words, *asked])})


def transfer(spec: APISpec, model: Any, base: str, parameters: list[dict[str, Any]]) -> None:
    """Files out and in, for whoever may export or import."""
    text, number = {"type": "string"}, {"type": "integer"}
    pk = {"name": "pk", "in": "path", "required": True, "schema": number}
    task = {"type": "object", "properties": {"result": ref("Task")}}
    if policy.may(model, "can:export"):
        file = {"description": "OK", "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS.values()}}
        kind = {"name": "format", "in": "query", "schema": {"type": "string", "enum": list(KINDS), "default": "csv"}}
        cols = {"name": "cols", "in": "query", "schema": text}
        asked = [p for p in parameters if p["name"] not in ("after", "size")]
        for way, words, given in (("", _("Export"), [kind, cols, *asked]), ("/{pk}", _("Download"), [pk])):
            made = operation(model, words, task, parameters=given)
            made["responses"] |= {"200": file, "202": answer(task, "Accepted")}
            spec.path(f"{base}export{way}", operations={"get": made})
    if not policy.may(model, "can:import"):
        return
    cell = {"type": "object", "properties": {"row": number, "column": text, "label": text, "text": text, "message": text}}
    repair = {"type": "object", "properties": {"row": number, "column": text, "label": text, "was": text, "read": text}}
    counts = {"type": "object", "additionalProperties": number}
    run = {"type": "object", "properties": {
        "id": number, "state": {"type": "string", "enum": [TRIED, WRITTEN, UNDONE]}, "mode": text, "match": text, "rows": number,
        "made": number, "changed": number, "faults": {"type": "array", "items": cell}, "twins": {"type": "array", "items": cell},
        "repairs": {"type": "array", "items": repair}, "repaired": counts, "ignored": {"type": "array", "items": text},
        "columns": {"type": "object", "additionalProperties": text}, "task": ref("Task"), "error": text,
    }}  # fmt: skip
    result = {"type": "object", "properties": {"message": text, "result": run}}
    form = {"type": "object", "required": ["file"], "properties": {
        "file": {"type": "string", "format": "binary"},
        "mode": {"type": "string", "enum": ["insert", "update", "both"], "default": "insert"},
        "match": {"type": "string", "enum": ["", *keys(model)]}, "dry_run": {"type": "boolean"},
        "columns": {"type": "string", "description": "JSON: {heading: field}"},
    }}  # fmt: skip
    once = {"name": "Idempotency-Key", "in": "header", "schema": text}
    sending = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    trial = operation(model, _("Import"), result, parameters=[once], requestBody=sending)
    trial["responses"] |= {"201": answer(result, "Written"), "202": answer(result, "Accepted"), "422": answer(result, "Wrong cells")}
    spec.path(f"{base}import", operations={"post": trial})
    do = {"type": "object", "required": ["do"], "properties": {"do": {"type": "string", "enum": ["write", "undo"]}}}
    again = operation(model, _("Import"), result, requestBody=json_body(do))
    again["responses"] |= {"201": answer(result, "Written"), "202": answer(result, "Accepted"), "422": answer(result, "Wrong cells")}
    spec.path(f"{base}import/{{pk}}", parameters=[pk], operations={"get": operation(model, _("Read"), result), "post": again})
def download(model: Any) -> dict[str, Any]:
    made: dict[str, Any] = operation(model, _("Download"), {})
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return made | {"responses": made["responses"] | {"200": {"description": "OK", "content": content}}}


def drawn(spec: APISpec, model: Any, base: str, pk: dict[str, Any]) -> None:
    """The pictures of its signatures."""
    for name in [n for n in names(model) if policy.ceiling(model, n) >= Level.READ]:
        spec.path(f"{base}{{pk}}/signature/{name}", parameters=[pk], operations={"get": download(model)})


def notes(spec: APISpec, model: Any, base: str, pk: dict[str, Any]) -> None:
    """The notes of a record, and what is to be done about it, for whoever sees those of some row."""
    has, text = policy.part_ceiling(model, NOTES), {"type": "string"}
    if has < Level.READ:
        return
    day, done = {"type": "string", "format": "date", "nullable": True}, {"type": "boolean"}
    note = {"type": "object", "properties": {"id": {"type": "integer"}, "text": text, "at": text, "by": text}}
    todo = {"type": "object", "properties": note["properties"] | {"due_on": day, "for": LINK, "done": done}}  # type: ignore[operator]
    sent = {"type": "object", "required": ["text", "due_on"], "properties": {"text": text, "due_on": day, "for": {"type": "integer"}}}
    for way, words, one, given in (
        ("notes", _("Notes"), note, {"type": "object", "required": ["text"], "properties": {"text": text}}),
        ("activities", _("Things to do"), todo, sent),
    ):
        listed = {"type": "object", "properties": {"result": {"type": "array", "items": one}}}
        adding = operation(model, words, {"type": "object", "properties": {"result": one}}, status="201", requestBody=json_body(given))
        able = {"post": adding} if has >= Level.FILL else {}
        spec.path(f"{base}{{pk}}/{way}", parameters=[pk], operations={"get": operation(model, words, listed), **able})
    note_id = {"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    finishing = operation(model, _("Done"), {"type": "object"}, requestBody=json_body({"type": "object", "properties": {"done": done}}))
    spec.path(f"{base}{{pk}}/activities/{{note_id}}", parameters=[pk, note_id], operations={"put": finishing})
    if has == Level.WRITE:
        removing = operation(model, _("Remove"), {"type": "object"})
        spec.path(f"{base}{{pk}}/notes/{{note_id}}", parameters=[pk, note_id], operations={"delete": removing})
