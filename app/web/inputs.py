"""What an input brings along beside its value: where its suggestions come from, what may be made from it, when it is asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.engine import policy
from app.engine.conditions import parse
from app.engine.current import current
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
        made["shown_when"] = as_json(model, parse(asked))
    if asked := needed_of(model).get(name):
        made["needed_when"] = as_json(model, parse(asked))
    made["after"] = next((start for start, end in model.__periods__ if end == name), "")
    return made


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
