"""A layout as it was sent: only what is there, nothing that is needed hidden, and every expression read and kept in codes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.errors import Invalid, Refused
from app.engine.expr.fit import fitted
from app.engine.expr.read import MARK
from app.engine.expr.said import code
from app.engine.fields import fields_of
from app.engine.laid import Shape
from app.engine.layout import needed

PARTS, TABS, LONG = ("shown", "needed", "readonly"), 8, 40


def checked(model: Any, keys: set[str], sent: Any) -> Shape:
    """The layout that was sent, of the sections with these keys.

    Raises ``Invalid`` with words by place: ``<field>.shown``, ``§<section>.shown``, ``tabs``.
    """
    fields, wrong = fields_of(model), dict[str, Any]()
    try:
        placed = [(str(k), [str(n) for n in names]) for k, names in sent["sections"]]
        hidden = [str(n) for n in sent.get("hidden", [])]
        tabs = [(str(t["zh"]), str(t.get("en", "")), [str(k) for k in t["sections"]]) for t in sent.get("tabs", [])]
        rules = {str(n): {str(p): str(text) for p, text in r.items()} for n, r in sent.get("rules", {}).items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused(_("This page was open for too long, or came from elsewhere. Reload it and send again.")) from None
    seen: set[str] = set()
    made: list[list[Any]] = []
    for key, names in placed:
        if key in keys and key not in [k for k, _names in made]:
            mine = [n for n in dict.fromkeys(names) if n in fields and n not in seen]
            seen.update(mine)
            made.append([key, mine])
    away = [n for n in dict.fromkeys(hidden) if n in fields and n not in seen]
    if stays := [n for n in away if needed(model, n)]:
        wrong[f"{stays[0]}.hidden"] = _("“%(field)s” is needed and cannot be hidden.", field=fields[stays[0]].label)
    shape: Shape = {"sections": made, "hidden": away}
    if kept := ruled(model, rules, dict(map(tuple, made)), wrong):
        shape["rules"] = kept
    if found := tabbed(tabs, keys, wrong):
        shape["tabs"] = found
    if wrong:
        raise Invalid(wrong)
    return shape


def ruled(model: Any, rules: dict[str, dict[str, str]], homes: dict[str, list[str]], wrong: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The expressions of fields and of sections (``§<key>``), in codes."""
    kept: dict[str, dict[str, str]] = {}
    fields = fields_of(model)
    for slot, parts in rules.items():
        section = slot.startswith("§")
        inside = homes.get(slot[1:]) if section else [slot] if slot in fields else None
        for part, text in parts.items():
            if inside is None or part not in PARTS or not text.strip():
                continue
            if part == "shown" and (stays := [n for n in inside if needed(model, n)]):
                wrong[f"{slot}.{part}"] = _("“%(field)s” is needed and cannot be hidden.", field=fields[stays[0]].label)
                continue
            if part == "needed" and not section and fields[slot].readonly:
                wrong[f"{slot}.{part}"] = _("“%(field)s” is filled by the program. Nobody can be asked for it.", field=fields[slot].label)
                continue
            try:
                kept.setdefault(slot, {})[part] = code(fitted(model, text.strip().removeprefix(MARK)))
            except Refused as refused:
                wrong[f"{slot}.{part}"] = refused.args[0]
    return {n: p for n, p in kept.items() if p}


def tabbed(tabs: list[tuple[str, str, list[str]]], keys: set[str], wrong: dict[str, Any]) -> list[dict[str, Any]]:
    """Tabs with their sections; what no tab holds stands on the first one."""
    made, seen = [], set[str]()
    for chinese, english, inside in tabs[: TABS + 1]:
        zh, en = " ".join(chinese.split()), " ".join(english.split())
        if not (zh or en) or len(zh) > LONG or len(en) > LONG or "\x00" in zh + en:
            wrong["tabs"] = _("Give each tab a name of at most %(n)s characters.", n=LONG)
        mine = [k for k in dict.fromkeys(inside) if k in keys and k not in seen]
        seen.update(mine)
        made.append({"zh": zh or en, "en": en, "sections": mine})
    if len(made) > TABS:
        wrong["tabs"] = _("At most %(n)s tabs.", n=TABS)
    return made if len(made) > 1 else []
