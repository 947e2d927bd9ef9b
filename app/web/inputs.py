"""What an input brings along beside its value: where its suggestions come from, what may be made from it, when it is asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.engine import answers, laid, policy
from app.engine.conditions import parse
from app.engine.current import current
from app.engine.custom import Said
from app.engine.expr.read import kept
from app.engine.fields import Secret, fields_of
from app.engine.wanted import needed_of, shown_of
from app.web.said import as_json


def beside(model: Any, name: str, kind: str) -> dict[str, Any]:
    """For one input that the actor may fill."""
    field = fields_of(model)[name]
    made: dict[str, Any] = {"sealed": isinstance(field, Secret) or kind == "signature"}  # such values no draft keeps
    if kind == "link":
        made["new_url"] = short_url(field.target(model, name))  # type: ignore[attr-defined]
    if name in suggested(model) and policy.comparable(model, [name]):
        made["values_url"] = f"/{model.__tablename__}/values/{name}"
        made["within"] = model.__within__.get(name, "")
    if asked := shown_of(model).get(name):
        made["shown_when"] = tree(model, asked)
    if needs := [a for a in (needed_of(model).get(name), *laid.needed(model).get(name, ())) if a]:
        made["needed_when"] = {"mode": "any", "terms": [tree(model, a) for a in needs]}
    made["after"] = next((start for start, end in model.__periods__ if end == name), "")
    return made


def laid_out(model: Any, name: str) -> dict[str, Any]:
    """Where the layout shows a field, beside its section."""
    own = laid.rules(model).get(name, {}).get("shown", "")
    return {"laid_when": tree(model, own)} if own and laid.there(model, own) else {}


def laid_shut(record: Any, name: str) -> dict[str, Any]:
    """Where the layout lets nobody change a field of a kept record: by the other inputs as they stand, and by what it held itself."""
    asked = laid.shut(type(record)).get(name) if record is not None else None
    if not asked:
        return {}
    model, was = type(record), {name: answers.read(record, type(record), name)}
    terms = [{"expr": answers.on_page(model, kept(a), was)} for a in asked]
    return {"readonly_when": {"mode": "any", "terms": terms}}


def section_when(model: Any, key: str) -> dict[str, Any]:
    """The same of a section."""
    asked = laid.section_shown(model, key)
    return {"laid_when": tree(model, asked)} if asked else {}


def tabbed(model: Any, sections: list[dict[str, Any]]) -> list[str]:
    """The words of the tabs; each section learns the number of its own. What no tab holds stands on the first."""
    tabs = (laid.shape(model) or {}).get("tabs", [])
    for section in sections:
        section["tab"] = next((n for n, t in enumerate(tabs) if section["key"] in t["sections"]), 0)
    return [str(Said(t["zh"], t["en"])) for t in tabs]


def used(tabs: list[str], sections: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The tabs of a layout that hold something for this reader; none where one would stand alone."""
    held = {s["tab"] for s in sections}
    found = [(n, word) for n, word in enumerate(tabs) if n in held]
    return found if len(found) > 1 else []


def tree(model: Any, asked: str) -> dict[str, Any]:
    """A condition or an expression as the page takes it up."""
    if answers.is_expression(asked):
        return {"expr": answers.on_page(model, kept(asked))}
    return as_json(model, parse(asked))


def told(model: Any, record: Any, sections: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What the page must know to work out its expressions; nothing where there are none."""
    names = {i["name"] for s in sections for i in s["inputs"]}
    keys = [s["key"] for s in sections]
    found = laid.rules(model)
    asked = [a for n in (*names, *(f"§{k}" for k in keys)) for a in found.get(n, {}).values()]
    asked += [a for n in names for a in (shown_of(model).get(n), needed_of(model).get(n)) if a]
    trees = [kept(a) for a in asked if answers.is_expression(a) and laid.there(model, a)]
    return answers.sent(record, model, trees) if trees else None


def paired(model: Any, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Beginning and end of a period side by side, where both can be set."""
    able = {i["name"]: i for i in inputs if not i["readonly"]}
    pairs = {start: end for start, end in model.__periods__ if start in able and end in able}
    ends = set(pairs.values())
    return [{"pair": (i, able[pairs[i["name"]]])} if i["name"] in pairs else i for i in inputs if i["name"] not in ends]


@cache
def suggested(model: Any) -> frozenset[str]:
    """The fields for which there are suggestions: places that lie within others, and words that are free to choose."""
    free = {n for n, f in model.__fields__.items() if not f.choices and not f.readonly and f.kind(model, n) == "tags"}
    return frozenset({*model.__within__, *model.__within__.values(), *free})


def short_url(target: Any) -> str:
    """Where the short form of a new record stands, if the actor may add one at all."""
    memo, slot = current().memo, ("short", target)
    if slot not in memo:
        able = not target.__platform__ and not target.__appended__ and policy.may(target, "can:add")
        memo[slot] = f"/{target.__tablename__}/short" if able else ""
    return str(memo[slot])
