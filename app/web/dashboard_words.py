"""What was changed of a dashboard or of a tile, in words for the trail."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.dashboards import KINDS
from app.engine.record import records
from app.engine.rules import role_names
from app.engine.views import AUDIENCES

PARTS = {
    "name": _("Name"), "audience": _("For whom"), "role": _("Role"), "store": _("Store"), "first": _("Statistics opens with it"),
    "tiles": _("Tiles"), "title": _("Title"), "kind": _("Shows"), "model": _("Records"), "question": _("Question"), "look": _("Look"),
    "width": _("Width in columns"), "target": _("Target"), "less": _("Less is better"), "place": _("Place"),
}  # fmt: skip


def changes(kept: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What, before and after."""
    return [(str(PARTS[n]), word(n, pair[0]), word(n, pair[1])) for n, pair in kept.items() if n in PARTS]


def word(part: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if part == "model":
        model = next((m for m in records() if m.__name__ == value), None)
        return str((model.__plural__ or model.__label__) if model else value)
    words: dict[str, Any] = {"audience": AUDIENCES, "kind": KINDS, "role": role_names(archived=True)}.get(part, {})
    return str(words.get(value, value))
