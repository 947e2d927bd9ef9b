"""Printing in the description of the REST surface."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.files import PDF
from app.engine.printing.papers import PAPERS
from app.web.openapi_shapes import answer, json_body, operation, ref

FILE = {"description": "OK", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}


def printing(spec: APISpec, model: Any, base: str, pk: dict[str, Any]) -> None:
    """The templates of a record, one record on paper, and many; for whoever may print."""
    if not policy.may(model, "can:print"):
        return
    text, number = {"type": "string"}, {"type": "integer"}
    one = {"type": "object", "properties": {
        "code": text, "name": text, "paper": {"type": "string", "enum": list(PAPERS)}, "paper_label": text, "width": number,
        "height": number, "first": {"type": "boolean"},
    }}  # fmt: skip
    listed = {"type": "object", "properties": {"result": {"type": "array", "items": one}}}
    spec.path(f"{base}{{pk}}/print", parameters=[pk], operations={"get": operation(model, _("Print templates"), listed)})
    made = operation(model, _("Print"), {})
    code = {"name": "code", "in": "path", "required": True, "schema": text}
    spec.path(f"{base}{{pk}}/print/{{code}}", parameters=[pk, code], operations={
        "get": made | {"responses": made["responses"] | {"200": FILE}},
    })  # fmt: skip
    sent = {"type": "object", "properties": {
        "ids": {"type": "array", "items": number}, "all": {"type": "boolean"}, "template": text,
    }}  # fmt: skip
    task = {"type": "object", "properties": {"result": ref("Task")}}
    many = operation(model, _("Print"), task, requestBody=json_body(sent))
    many["responses"] |= {"200": FILE, "202": answer(task, "Accepted")}
    spec.path(f"{base}print", operations={"post": many})
