"""The REST surface described: OpenAPI 3.0, made from the models for the actor who asks, so that it is always true."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask import Blueprint, jsonify
from flask_babel import lazy_gettext as _

from app.config import VERSION
from app.engine import policy, query
from app.engine.assign import RULES
from app.engine.fields import fields_of
from app.engine.record import records
from app.engine.rules import Level
from app.engine.tasks import STATES, Task
from app.engine.verbs import VERBS
from app.engine.views import AUDIENCES, SavedView
from app.web.bulk import offers
from app.web.cells import choices
from app.web.frame import record_views
from app.web.inline import described_rest
from app.web.openapi_parts import drawn, files, notes, pivot, transfer
from app.web.openapi_print import printing
from app.web.openapi_settings import packages
from app.web.openapi_shapes import LINK, answer, json_body, operation, ref
from app.web.openapi_statistics import statistics
from app.web.signed import signed_in

openapi = Blueprint("openapi", __name__)
TYPES: dict[str, dict[str, Any]] = {
    "money": {"type": "string", "format": "decimal", "example": "120.50"}, "number": {"type": "string", "format": "decimal"},
    "whole": {"type": "integer"}, "place": {"type": "number"}, "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"}, "flag": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}}, "rating": {"type": "integer", "minimum": 1, "maximum": 5},
    "signature": {"type": "integer"},
}  # fmt: skip


TASK = {"type": "object", "properties": {
    "id": {"type": "integer"}, "kind": {"type": "string"}, "label": {"type": "string"}, "state": {"type": "string", "enum": list(STATES)},
    "open": {"type": "boolean"}, "done": {"type": "integer"}, "total": {"type": "integer"},
    "words": {"type": "array", "items": {"type": "string"}}, "error": {"type": "string", "nullable": True}, "result": {"type": "object"},
}}  # fmt: skip


@openapi.get("/api/v1/openapi.json")
@signed_in
def document() -> Any:
    """Everything the actor can reach by REST."""
    return jsonify(describe().to_dict())


def describe() -> APISpec:
    """Build the document under the present actor's rights."""
    spec = APISpec("Jiahe 家和", VERSION, "3.0.3", info={"description": str(_("Records, steps and sign-in."))})
    spec.components.security_scheme("jwt", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Refusal", {"type": "object", "required": ["message"], "properties": {
        "message": {"type": "string"}, "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "difference": {"type": "array", "items": {"type": "object"}},
    }})  # fmt: skip
    login = {"type": "object", "required": ["username", "password", "provider"], "properties": {
        "username": {"type": "string"}, "password": {"type": "string"}, "provider": {"type": "string", "enum": ["db"]},
        "refresh": {"type": "boolean"}, "otp": {"type": "string", "description": str(_("Verification code"))},
    }}  # fmt: skip
    token = {"type": "object", "properties": {"access_token": {"type": "string"}, "refresh_token": {"type": "string"}}}
    spec.path("/api/v1/security/login", operations={"post": {
        "summary": str(_("Sign in")), "security": [], "requestBody": json_body(login),
        "responses": {"200": answer(token), "401": {"description": str(_("Login name or password is wrong."))}},
    }})  # fmt: skip
    tasks(spec)
    for model in records():
        if not model.__platform__ and policy.opens(model):
            resource(spec, model)
    saved(spec)
    statistics(spec)
    packages(spec)
    return spec


def saved(spec: APISpec) -> None:
    """Saved views of lists; what stands in ``question`` may follow the question mark of a list."""
    text = {"type": "string"}
    parts: dict[str, Any] = {
        "model": text, "name": text, "question": text, "role": text, "store": {"type": "integer"},
        "audience": {"type": "string", "enum": list(AUDIENCES)},
    }  # fmt: skip
    sent: dict[str, Any] = {"type": "object", "properties": parts}
    role = {"type": "object", "properties": {"role": text}}
    pk = {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer"}}
    spec.components.schema("View", {"type": "object", "properties": parts | {"id": {"type": "integer"}, "url": text}})
    one = {"type": "object", "properties": {"result": ref("View")}}
    many = {"type": "object", "properties": {"result": {"type": "array", "items": ref("View")}}}
    wanted = {"name": "model", "in": "query", "required": True, "schema": text}
    base = "/api/v1/views/"
    spec.path(base, operations={
        "get": operation(SavedView, _("List"), many, parameters=[wanted]),
        "post": operation(SavedView, _("Add"), one, status="201", requestBody=json_body(sent)),
    })  # fmt: skip
    spec.path(f"{base}{{pk}}", parameters=[pk], operations={
        "get": operation(SavedView, _("Read"), one), "put": operation(SavedView, _("Change"), one, requestBody=json_body(sent)),
        "delete": operation(SavedView, _("Delete"), {"type": "object"}),
    })  # fmt: skip
    spec.path(f"{base}{{pk}}/first", parameters=[pk], operations={
        "post": operation(SavedView, _("Open the list with this view"), one, requestBody=json_body(role, required=False)),
        "delete": operation(SavedView, _("Do not open the list with this view"), one, requestBody=json_body(role, required=False)),
    })  # fmt: skip


def resource(spec: APISpec, model: Any) -> None:
    """The paths of one type of record."""
    name, base = model.__name__, f"/api/v1/{model.__tablename__}/"
    readable = policy.readable(model)
    spec.components.schema(
        name,
        {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "version": {"type": "integer"}} | {n: schema(model, n) for n in readable},
        },
    )
    settable = policy.writable(model)
    needed = [n for n in settable if fields_of(model)[n].required(model, n)]
    sent = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"version": {"type": "integer"}} | {n: schema(model, n, sent=True) for n in settable}
        | next((described_rest(v, schema) for v in record_views() if v.model is model), {}),
    }
    spec.components.schema(f"{name}Sent", sent)
    new = {"allOf": [ref(f"{name}Sent")]} | ({"required": needed} if needed else {})
    result = {"type": "object", "properties": {"result": ref(name)}}
    rows = {"type": "object", "properties": {
        "count": {"type": "integer"}, "more": {"type": "boolean"}, "next": {"type": "integer", "nullable": True},
        "result": {"type": "array", "items": ref(name)},
    }}  # fmt: skip
    pk = {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer"}}
    spec.path(base, operations={
        "get": operation(model, _("List"), rows, parameters=asking(model)),
        **({"post": operation(model, _("Add"), result, status="201", requestBody=json_body(new))} if policy.may(model, "can:add") else {}),
    })  # fmt: skip
    spec.path(f"{base}{{pk}}", parameters=[pk], operations={
        "get": operation(model, _("Read"), result),
        **({"put": operation(model, _("Change"), result, requestBody=json_body(ref(f"{name}Sent")))} if settable else {}),
        **({"delete": operation(model, _("Delete"), {"type": "object"})} if policy.may(model, "can:delete") else {}),
    })  # fmt: skip
    files(spec, model, base, pk)
    drawn(spec, model, base, pk)
    notes(spec, model, base, pk)
    many(spec, model, base)
    transfer(spec, model, base, asking(model))
    pivot(spec, model, base, asking(model))
    printing(spec, model, base, pk)
    verbs = VERBS.get(model, {})
    for verb in verbs.values():
        if policy.may(model, verb.needs):
            inputs = {
                "type": "object",
                **({"required": list(verb.objects)} if verb.objects else {}),
                "properties": {n: {"type": "integer", "description": str(w)} for n, (w, _m) in verb.objects.items()},
            }
            spec.path(
                f"{base}{{pk}}/{verb.name}",
                parameters=[pk],
                operations={"post": operation(model, verb.label, result, requestBody=json_body(inputs, required=bool(verb.objects)))},
            )
    for step in model.__flow__.steps.values() if model.__flow__ else ():
        if step.name in verbs:
            continue
        if policy.may(model, f"step:{step.name}"):
            inputs = {"type": "object", "properties": {n: {"type": "string", "description": str(w)} for n, w in step.fields.items()}}
            spec.path(
                f"{base}{{pk}}/{step.name}",
                parameters=[pk],
                operations={"post": operation(model, step.label, result, requestBody=json_body(inputs, required=bool(step.fields)))},
            )


def tasks(spec: APISpec) -> None:
    """One's own long work."""
    pk = {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer"}}
    spec.components.schema("Task", TASK)
    made = {"type": "object", "properties": {"result": ref("Task")}}
    for way, method, words in (("", "get", _("Read")), ("/cancel", "post", _("Cancel")), ("/undo", "post", _("Undo"))):
        spec.path(f"/api/v1/task/{{pk}}{way}", parameters=[pk], operations={method: operation(Task, words, made)})


def many(spec: APISpec, model: Any, base: str) -> None:
    """The deeds that the actor may do to many rows at once."""
    acts = [o["name"] for o in offers(model)]
    if not acts:
        return
    numbers = {"type": "array", "items": {"type": "integer"}}
    row = {"type": "object", "properties": {"id": {"type": "integer"}, "version": {"type": "integer"}}}
    sent = {"type": "object", "required": ["act"], "properties": {
        "act": {"type": "string", "enum": acts}, "ids": {"type": "array", "items": {"oneOf": [{"type": "integer"}, row]}},
        "all": {"type": "boolean"}, "dry_run": {"type": "boolean"}, "set": ref(f"{model.__name__}Sent"), "to": numbers,
        "rule": {"type": "string", "enum": list(RULES)}, "step": {"type": "string"}, "field": {"type": "string"},
        "add": {"type": "array", "items": {"type": "string"}}, "remove": {"type": "array", "items": {"type": "string"}},
    }}  # fmt: skip
    done = {"type": "object", "properties": {
        "result": ref("Task"), "count": {"type": "integer"}, "able": {"type": "integer"},
        "rows": {"type": "array", "items": {"type": "object"}}, "refused": {"type": "array", "items": {"type": "object"}},
    }}  # fmt: skip
    made = operation(model, _("Change many at once"), done, parameters=asking(model), requestBody=json_body(sent))
    made["responses"]["202"] = answer(done, "Accepted")
    spec.path(f"{base}bulk", operations={"post": made})


def schema(model: Any, name: str, *, sent: bool = False) -> dict[str, Any]:
    field = fields_of(model)[name]
    kind = field.kind(model, name)
    label = str(field.label)
    if kind == "link":
        return {"type": "integer", "nullable": True, "description": label} if sent else LINK | {"description": label}
    if policy.ceiling(model, name) == Level.MASKED:
        return {"type": "string", "description": label, "nullable": True}
    if kind == "signature" and sent:
        return {"type": "string", "description": label, "example": "data:image/png;base64,iVBORw0KGgo…"}
    made = {"description": label, "nullable": True} | TYPES.get(kind, {"type": "string"})
    if codes := [code for code, _word in choices(model, name) if not sent or code not in field.retired]:
        made["enum"] = [*codes, None]
    return made


def asking(model: Any) -> list[dict[str, Any]]:
    words = {"q": "string", "sort": "string", "after": "integer", "size": "integer", "where": "string"}
    made = [{"name": n, "in": "query", "schema": {"type": t}} for n, t in words.items()]
    for name in policy.comparable(model):
        for operator in query.operators(fields_of(model)[name].kind(model, name)):
            made.append({"name": name if operator == "eq" else f"{name}.{operator}", "in": "query", "schema": {"type": "string"}})  # noqa: PERF401
    return made
