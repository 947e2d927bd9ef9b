"""Packages of settings in the description of the REST surface, for whoever may move them."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask_babel import lazy_gettext as _

from app.engine.settings.package import FORMAT, VERSION
from app.engine.settings.reading import KINDS
from app.web.openapi_shapes import answer, json_body, ref
from app.web.screen import administers
from app.web.settings_pages import STATES

TEXT = {"type": "string"}


def packages(spec: APISpec) -> None:
    """Nothing for anybody but administrators."""
    if not administers():
        return
    held = {"type": "object", "properties": {kind: {"type": "object"} for kind in KINDS}}
    known = {"format": {"type": "string", "enum": [FORMAT]}, "version": {"type": "integer", "enum": [VERSION]}}
    parts = known | {"name": TEXT, "settings": held}
    spec.components.schema("SettingsPackage", {"type": "object", "properties": parts})
    line: dict[str, Any] = {"type": "object", "properties": {
        "slot": TEXT, "kind": TEXT, "title": TEXT, "word": TEXT, "why": TEXT, "state": {"type": "string", "enum": list(STATES)},
        "changes": {"type": "array", "items": {"type": "array", "items": TEXT}},
    }}  # fmt: skip
    sent = {"type": "object", "required": ["package"], "properties": {
        "package": ref("SettingsPackage"), "dry_run": {"type": "boolean"}, "only": {"type": "array", "items": TEXT},
    }}  # fmt: skip
    done = {"type": "object", "properties": {"name": TEXT, "changed": {"type": "integer"}, "result": {"type": "array", "items": line}}}
    refusals = {code: answer(ref("Refusal"), "Refused") for code in ("400", "401", "403")}
    common: dict[str, Any] = {"tags": [str(_("Settings as packages"))], "security": [{"jwt": []}]}
    kinds = {"name": "kinds", "in": "query", "schema": TEXT, "description": ",".join(KINDS)}
    spec.path("/api/v1/settings/", operations={"get": common | {
        "summary": str(_("Export")), "parameters": [kinds], "responses": {"200": answer(ref("SettingsPackage"))} | refusals,
    }})  # fmt: skip
    spec.path("/api/v1/settings/import", operations={"post": common | {
        "summary": str(_("Import")), "requestBody": json_body(sent), "responses": {"200": answer(done), "422": answer(done)} | refusals,
    }})  # fmt: skip
