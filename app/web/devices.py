"""What a browser calls itself, in a word or two that its owner knows."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _

# The first that fits: everybody says Mozilla, and most say Safari.
BROWSERS = (
    ("MicroMessenger", _("WeChat")), ("DingTalk", _("DingTalk")), ("Edg", "Edge"), ("OPR/", "Opera"), ("HuaweiBrowser", "Huawei"),
    ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("OpenHarmony", "HarmonyOS"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def device(agent: str) -> str:
    """``Chrome · Windows``; the program's own name for one that is no browser."""
    parts: list[Any] = [next((w for mark, w in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    if any(parts):
        return " · ".join(str(p) for p in parts if p)
    name = re.match(r"[\w .-]{1,30}", agent)
    return name.group().strip() if name else str(_("Unknown device"))
