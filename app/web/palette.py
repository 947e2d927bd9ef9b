"""What the command palette offers: every place the actor may go to, every record he may begin, and his own settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app, jsonify, session
from flask_appbuilder import expose
from flask_babel import force_locale, get_locale
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.web import frame
from app.web.screen import Screen, allowed

OWN = (
    (_("Change password"), "ti-key", "/account/password"),
    (_("Tokens for programs"), "ti-plug", "/account/tokens"),
    (_("Second factor"), "ti-shield-lock", "/account/second-factor"),
    (_("Where I am signed in"), "ti-devices", "/account/sessions"),
)
SWITCHES = (  # what /prefs takes: name, value, its words, and the words of the way back
    ("text", "large", "ti-text-size", _("Larger text"), _("Normal text")),
    ("contrast", "high", "ti-contrast", _("Stronger contrast"), _("Normal contrast")),
    ("density", "compact", "ti-table", _("Closer rows"), _("Wider rows")),
)


class PaletteScreen(Screen):
    """Fetched once by a page, when the palette is first opened there."""

    @expose("/palette")
    @allowed()
    def palette(self) -> Any:
        """Groups of commands, each with its words in both languages and as they are spelled."""
        groups = [(_("Go to"), places()), (_("New"), beginnings()), (_("Settings"), settings())]
        return jsonify(groups=[{"label": str(label), "items": spelled(items)} for label, items in groups if items])


def places() -> list[dict[str, Any]]:
    return [{"label": d["label"], "icon": d["icon"], "url": d["url"]} for d in frame.doors()]


def beginnings() -> list[dict[str, Any]]:
    """Every type of record that the actor may add, whether the bar offers it or not."""
    able = [v.model for v in frame.record_views() if policy.may(v.model, "can:add")]
    return [{"label": m.__label__, "icon": "ti-plus", "url": f"/{m.__tablename__}/add"} for m in able]


def settings() -> list[dict[str, Any]]:
    """One's own pages, and switches: the latter are sent with the page's token."""
    now = str(get_locale() or "")[:2]
    found = [{"label": label, "icon": icon, "url": url} for label, icon, url in OWN]
    for code, word in current_app.config["LANGUAGES"].items():
        if code != now:
            found.append({"label": _("Language: %(name)s", name=name_of(word)), "icon": "ti-language", "send": ["/lang", {"lang": code}]})
    for name, value, icon, there, back in SWITCHES:
        on = session.get(name) == value
        found.append({"label": back if on else there, "icon": icon, "send": ["/prefs", {name: "" if on else value}]})
    return [*found, {"label": _("Sign out"), "icon": "ti-logout", "send": ["/logout/", {}]}]


def name_of(word: Any) -> str:
    return str(word["name"] if isinstance(word, dict) else word)


def spelled(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with ``words``: what one may type to find it, in every language, by sound and by first letters."""
    made = [dict(item) for item in items]
    said: list[set[str]] = [set() for _item in made]
    for code in current_app.config["LANGUAGES"]:
        with force_locale(code):
            for item, words in zip(made, said, strict=True):
                words.add(str(item["label"]))
    for item, words in zip(made, said, strict=True):
        item["label"] = str(item["label"])
        item["words"] = sorted({w.lower() for word in words for w in (word, *sounds(word))})
    return made


def sounds(word: str) -> tuple[str, ...]:
    """A Chinese word as it is typed on a keyboard, in full and by initials; nothing for one that has no Chinese."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415  # 55 MB, for those who open the palette

    full = lazy_pinyin(word)
    return () if "".join(full) == word else ("".join(full), "".join(lazy_pinyin(word, style=Style.FIRST_LETTER)))
