"""The layout that holds now for whoever acts: of the role, for a desk or a phone, or a draft that its author tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine.current import current
from app.engine.expr.read import kept
from app.engine.expr.read import names as names_in
from app.engine.fields import fields_of
from app.engine.rules import source

PHONE = "phone"
DEVICES = ("", PHONE)  # a desk's layout holds on phones that have none of their own
UNASKED = ("flag", "signature")  # what a section that is needed does not ask for: one is never empty, the other is drawn later
Shape = dict[str, Any]  # docs/expressions.md says what it holds
device: list[Callable[[], str]] = [lambda: ""]  # the web says here what somebody holds in hand
trial: list[Callable[[Any], Shape | None]] = [lambda _model: None]  # and here what its author tries


def shape(model: Any) -> Shape | None:
    """Of several roles: hidden is what all of them hide, all else is the first one's."""
    memo, slot = current().memo, ("laid", model)
    if slot not in memo:
        memo[slot] = trial[0](model) or own(model)
    found: Shape | None = memo[slot]
    return found


def own(model: Any) -> Shape | None:
    book, who, name = source[0](), current(), model.__name__
    if not book.layouts:
        return None
    held = device[0]()
    mine = [
        (book.layouts.get((r, name, held)) if held else None) or book.layouts.get((r, name, ""))
        for r in sorted(who.roles) if (r, name) in book.scopes
    ]  # fmt: skip
    shapes = [s for s in mine if s]
    if not shapes:
        return None
    return shapes[0] | {"hidden": sorted(set.intersection(*({*s["hidden"]} if s else set() for s in mine)))}


def rules(model: Any) -> dict[str, dict[str, str]]:
    """Field -> ``shown``, ``needed`` and ``readonly``, of sections by ``§<key>``; those that ask about what is gone are left out."""
    found: dict[str, dict[str, str]] = (shape(model) or {}).get("rules", {})
    return found


def needed(model: Any) -> dict[str, list[str]]:
    """Field -> the expressions under any of which the layout needs it: its own, and its section's."""
    memo, slot = current().memo, ("laid needed", model)
    if slot not in memo:
        found, fields, held = rules(model), fields_of(model), shape(model) or {}
        homes = {n: f"§{key}" for key, names in held.get("sections", []) if found for n in names}
        made: dict[str, list[str]] = {}
        for name in dict.fromkeys([*homes, *found]):
            field = fields.get(name)
            if field is None or field.readonly or name in held.get("hidden", []):
                continue
            own, whole = (found.get(slot_, {}).get("needed", "") for slot_ in (name, homes.get(name, "")))
            able = field.kind(model, name) not in UNASKED
            if asked := [a for a in (own, whole if able else "") if a and there(model, a)]:
                made[name] = asked
        memo[slot] = made
    done: dict[str, list[str]] = memo[slot]
    return done


def shut(model: Any) -> dict[str, list[str]]:
    """Field -> the expressions under any of which the layout lets nobody of the role change it: its own, and its section's."""
    memo, slot = current().memo, ("laid shut", model)
    if slot not in memo:
        found, held = rules(model), shape(model) or {}
        homes = {n: f"§{key}" for key, names in held.get("sections", []) if found for n in names}
        asked = {n: [found.get(s, {}).get("readonly", "") for s in (n, homes.get(n, ""))] for n in dict.fromkeys([*homes, *found])}
        known = fields_of(model)
        memo[slot] = {n: some for n, a in asked.items() if n in known and (some := [e for e in a if e and there(model, e)])}
    done: dict[str, list[str]] = memo[slot]
    return done


def shown(model: Any, name: str) -> list[str]:
    """The expressions under which a field stands on the form: its own, and its section's."""
    found = rules(model)
    if not found:
        return []
    home = next((k for k, names in (shape(model) or {})["sections"] if name in names), "")
    asked = [found.get(slot, {}).get("shown", "") for slot in (name, f"§{home}")]
    return [a for a in asked if a and there(model, a)]


def section_shown(model: Any, key: str) -> str:
    asked = rules(model).get(f"§{key}", {}).get("shown", "")
    return asked if asked and there(model, asked) else ""


def there(model: Any, asked: str) -> bool:
    """Whether all that an expression asks about is there."""
    return all(n in fields_of(model) for n in names_in(kept(asked)))
