"""Pieces of the description of the REST surface."""

from __future__ import annotations

from typing import Any

LINK = {"type": "object", "nullable": True, "properties": {"id": {"type": "integer"}, "label": {"type": "string"}}}


def operation(model: Any, verb: Any, result: dict[str, Any], *, status: str = "200", **more: Any) -> dict[str, Any]:
    refusals = {code: answer(ref("Refusal"), "Refused") for code in ("400", "401", "403", "404", "409", "422")}
    return {"summary": f"{verb} · {model.__label__}", "tags": [str(model.__label__)], "security": [{"jwt": []}],
            "responses": {status: answer(result)} | refusals, **more}  # fmt: skip


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def answer(made: dict[str, Any], text: str = "OK") -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": made}}}


def json_body(made: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": made}}}
