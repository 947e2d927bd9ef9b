"""The description of a field in words, for its own page and for the trail."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.custom import Said
from app.engine.fitting import KINDS
from app.engine.wordlist import TINTS
from app.web.rights import GROUPS

PARTS = {
    "label": _("Field name"), "label_en": _("Name in English"), "kind": _("Type"), "group": _("Group of rights"), "section": _("Section"),
    "required": _("Needed"), "listed": _("In lists"), "start": _("Begins with"), "shown": _("Shown where"), "help": _("Help"),
    "help_en": _("Help in English"), "choices": _("Choices"), "archived": _("Put away"),
    "merged": _("Merged"),
}  # fmt: skip


def changes(kept: dict[str, Any]) -> list[tuple[str, str, str]]:
    """An entry of the trail in words: what, before and after."""
    return [(str(PARTS[n]), word(n, pair[0]), word(n, pair[1])) for n, pair in kept.items() if n in PARTS and len(pair) == 2]


def word(part: str, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if part in ("required", "listed", "archived"):
        return str(_("Yes") if value else _("No"))
    if part == "choices":
        return "、".join(choice(c) for c in value)
    words: dict[str, Any] = {"kind": KINDS, "group": GROUPS}.get(part, {})
    return "、".join(value) if isinstance(value, list) else str(words.get(value, value))


def choice(one: dict[str, Any]) -> str:
    """A choice, its colour, and whether it was put away."""
    more = [str(TINTS.get(one["tint"], ""))] if one.get("tint") else []
    more += [str(_("put away"))] if one.get("archived") else []
    text = str(Said(one["zh"], one.get("en", "")))
    return f"{text} ({', '.join(more)})" if more else text
