"""The parts of a record in the description of the REST surface: files and notes."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.files import TARGET
from app.engine.notes import TARGET as NOTES
from app.engine.rules import Level
from app.engine.signatures import names
from app.web.openapi_shapes import LINK, json_body, operation

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
