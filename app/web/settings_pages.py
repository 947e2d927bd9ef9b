"""What the pages of settings have in common: who may, what was chosen, and a package between its trial and its import."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _

from app.engine.current import current
from app.engine.errors import Missing, Refused
from app.engine.fields import fields_of
from app.engine.record import records
from app.engine.settings.kinds import KINDS, title
from app.engine.settings.locks import locks
from app.engine.settings.names import ABROAD
from app.engine.settings.package import LARGEST, stays
from app.engine.settings.reading import KINDS as ORDER
from app.engine.settings.reading import State, here
from app.engine.vault import seal, unseal
from app.extensions import db, store
from app.web.rights import GROUPS

KEPT = 1800  # seconds
STATES = {"new": _("New"), "changed": _("Changed"), "same": _("The same"), "refused": _("Cannot come in")}
REASONS = {"": _("by hand"), "import": _("from a package"), "publish": _("from head office"), "undo": _("taken back")}
PARTS = {
    "label": _("Label"), "label_en": _("Label in English"), "name": _("Name"), "name_en": _("Name in English"), "kind": _("Type"),
    "group": _("Group of rights"), "section": _("Section"), "sections": _("Sections"), "required": _("Required"), "listed": _("In lists"),
    "start": _("Begins with"), "shown": _("Shown where"), "help": _("Help"), "help_en": _("Help in English"), "choices": _("Choices"),
    "hidden": _("Hidden"), "rights": _("Rights"), "reach": _("Rows"), "grants": _("Levels"), "audience": _("For whom"), "role": _("Role"),
    "question": _("Question"), "look": _("Look"), "paper": _("Paper"), "width": _("Width"), "height": _("Height"),
    "margins": _("Margins"), "copies": _("Copies"), "language": _("Language"), "first": _("Default"), "archived": _("put away"),
    "body": _("Template"), "rules": _("Rules"), "needed": _("Needed where"), "tabs": _("Tabs"), "tiles": _("Tiles"), "title": _("Title"),
    "target": _("Target"), "less": _("The target is the most"), "model": _("Record type"),
    "zh": _("Word"), "en": _("In English"), "tint": _("Colour"),
}  # fmt: skip


def shelves(held: State) -> list[dict[str, Any]]:
    """Every setting of the company by kind, with what may be done with it."""
    kept = locks(db.session)
    return [
        {
            "kind": kind, "label": str(KINDS[kind].label), "rows": [
                {"slot": f"{kind} {key}", "title": title(kind, key, value), "stays": str(stays(kind, key, value)),
                 "by": kept.get((kind, key), "")}
                for key, value in sorted(held[kind].items())
            ],
        }
        for kind in ORDER
    ]  # fmt: skip


def picked(held: State | None = None) -> set[tuple[str, str]]:
    """The settings that were ticked, one by one or a whole kind."""
    pairs = [one.partition(" ") for one in request.form.getlist("s")]
    whole = [(kind, key) for kind in request.form.getlist("k") for key in (held or {}).get(kind, {})]
    return {(kind, key) for kind, _space, key in pairs} | set(whole)


def speaker() -> Callable[[list[tuple[str, str, str]]], list[tuple[str, str, str]]]:
    """What tells differences in words: fields of one's own and parts of a setting by what people call them."""
    numbers = {key: f"x_{pk}" for pk, key in here(db.session).fields.items()}
    kinds = {m.__name__: str(m.__label__) for m in records() if not m.__platform__}

    def field(match: re.Match[str]) -> str:
        model = record_class(match[1].partition(".")[0])
        known = fields_of(model).get(numbers.get(match[1], "")) if model is not None else None
        return f"“{known.label}”" if known is not None else match[0]

    def part(text: str) -> str:
        return ABROAD.sub(field, str(PARTS.get(text, GROUPS.get(text, kinds.get(text, text)))))

    def say(changes: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        return [(" › ".join(map(part, path.split(" › "))), ABROAD.sub(field, old), ABROAD.sub(field, new)) for path, old, new in changes]

    return say


def record_class(name: str) -> Any:
    return next((m for m in records() if m.__name__ == name), None)


def shown(lines: list[Any]) -> list[dict[str, Any]]:
    say = speaker()
    return [
        {"slot": f"{one.kind} {one.key}", "kind": str(KINDS[one.kind].label), "title": one.title, "state": one.state, "why": one.why,
         "word": str(STATES[one.state]), "changes": say(one.changes)}
        for one in lines
    ]  # fmt: skip


def slot(token: str) -> str:
    return f"jiahe:settings:{current().tenant_id}:{current().actor_id}:{token}"


def remember(name: str, content: State) -> str:
    """Keep a package until its owner decides."""
    token = secrets.token_urlsafe(12)
    store().set(slot(token), seal(json.dumps([name, content])).encode(), ex=KEPT)
    return token


def recall(token: str) -> tuple[str, State]:
    """Raises ``Missing`` when it is too old, or was never there."""
    data: Any = store().get(slot(token)) if 0 < len(token) < 40 else None
    if data is None:
        raise Missing(_("This choice is too old. Begin again."))
    name, content = json.loads(unseal(data.decode()))
    return name, content


def sent_file() -> bytes:
    file = request.files.get("file")
    data = file.read(LARGEST + 1) if file is not None else b""
    if file is not None:
        file.close()
    if not data:
        raise Refused(_("Choose a file."))
    return bytes(data)
