"""Settings as a file: written so that people can read and compare it, and read so that nothing foreign comes in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from flask_babel import lazy_gettext as _

from app.engine.conditions import leaves
from app.engine.errors import Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.reach import condition
from app.engine.record import records
from app.engine.settings.names import ABROAD
from app.engine.settings.reading import KINDS, State

FORMAT, VERSION = "jiahe-settings", 1
LARGEST, LONGEST, MOST = 2_000_000, 80, 1000  # bytes of a file, letters of its name, settings in it
RECORDS = ("eq", "ne", "in")
UNKNOWN = _("This is no package of settings.")


def chosen(held: State, wanted: set[tuple[str, str]] | None = None) -> State:
    """Those of the settings that were chosen and can travel, or all that can."""
    made = {
        kind: {k: v for k, v in values.items() if (wanted is None or (kind, k) in wanted) and not stays(kind, k, v)}
        for kind, values in held.items()
    }
    return {kind: values for kind, values in made.items() if values}


def written(content: State, name: str) -> str:
    """The file: the same settings make the same letters."""
    made = {"format": FORMAT, "version": VERSION, "name": name, "settings": content}
    return json.dumps(made, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def read(data: bytes) -> tuple[str, State]:
    """The name and the settings of a file. Raises ``Refused`` in words for what is none, or of a later program."""
    if len(data) > LARGEST:
        raise Refused(_("This file is too large for a package of settings."))
    try:
        made = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused(UNKNOWN) from None
    return opened(made)


def opened(made: Any) -> tuple[str, State]:
    """The same of what is JSON already."""
    if not isinstance(made, dict) or made.get("format") != FORMAT or not isinstance(made.get("settings"), dict):
        raise Refused(UNKNOWN)
    if made.get("version") != VERSION:
        raise Refused(_("This package was made by another version of the program."))
    content = made["settings"]
    if not all(isinstance(values, dict) and all(isinstance(v, dict) for v in values.values()) for values in content.values()):
        raise Refused(UNKNOWN)
    if "\\u0000" in json.dumps(content) or any(len(k) > 200 for values in content.values() for k in values):
        raise Refused(UNKNOWN)
    if foreign := [str(kind) for kind in content if kind not in KINDS]:
        names = ", ".join(foreign)[:200]
        raise Refused(_("This package holds settings of a kind that is not known here: %(names)s", names=names))
    if sum(map(len, content.values())) > MOST:
        raise Refused(_("A package has at most %(n)s settings.", n=MOST))
    return str(made.get("name") or "")[:LONGEST], content


def model_of(key: str) -> tuple[Any, str]:
    """The record type that a setting is about, and the rest of its key. Raises ``Refused`` where there is none."""
    name, _dot, rest = key.partition(".")
    model = next((m for m in records() if m.__name__ == name and not m.__platform__), None)
    if model is None or not rest:
        raise Refused(_("There is no kind of record “%(name)s” here.", name=name[:60]))
    return model, rest


def stays(kind: str, key: str, value: Any) -> Any:
    """Why a setting cannot leave its company, or nothing: it names a single record, or asks for a person."""
    try:
        trees = [(model_of(f"{name}.x")[0], condition(bare(text))) for name, text in asked(kind, key, value)]
    except Refused as refused:
        return str(refused)
    if any(names_record(model, tree) for model, tree in trees):
        return _("It names a single record, or somebody, whom no other company knows.")
    return ""


def bare(text: str) -> str:
    """A question whose own fields any company's parser can read."""
    return ABROAD.sub("x_0", text)


def asked(kind: str, key: str, value: Any) -> list[tuple[str, str]]:
    """The questions in a setting: a record type, and the question behind a question mark."""
    name = key.partition(".")[0]
    if kind == "views":
        return [(name, f"?{value.get('question', '')}")]
    if kind == "roles":
        return [(model, reach) for model, one in value.get("rights", {}).items() for reach in one.get("reach", [])]
    if kind == "dashboards":
        return [(str(t.get("model", "")), f"?{t.get('question', '')}") for t in value.get("tiles", [])]
    return [(name, f"?where={quote(bare(value.get('shown', '')))}")] if kind == "fields" else []


def names_record(model: Any, tree: Any) -> bool:
    """Whether a question compares a link with one record, or what says who somebody is with a value."""
    for leaf in leaves(tree):
        target, *rest = model, *leaf.path.split(".")
        for name in rest[:-1]:
            link = fields_of(target).get(name)
            if not isinstance(link, Link):
                break
            target = link.target(target, name)
        field = fields_of(target).get(rest[-1])
        if leaf.path == "q" or (isinstance(field, Link) and leaf.how in RECORDS):
            return True
        if field is not None and (field.personal or isinstance(field, Secret)) and leaf.how not in ("empty", "yearly", "when"):
            return True
    return False
